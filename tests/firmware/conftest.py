"""Takes the files in `both/`, gives each of their tests to pytest twice: on CPython and on real MicroPython."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
BOTH = HERE / "both"
FIRMWARE = HERE.parents[1] / "firmware"
BODIES = ("cpython", "micropython")
HAS_VM = importlib.util.find_spec("micropython_run") is not None
MARK = "@result@ "
# Seconds for one file in one body; its lines take longer when each is counted.
PATIENCE = 500 if "GONGZHI_COUNTED" in os.environ else 100


def interpreter(body: str, *path: Path) -> tuple[list[str], dict[str, str]]:
    """The command and environment that run a Python file on `body` with the firmware and `path` importable."""
    # Measured by `tools/dev.py coverage`: there it lies once more, with its lines counted for MicroPython.
    counted = os.environ.get("GONGZHI_COUNTED") if body == "micropython" else None
    where = os.pathsep.join(str(p) for p in (*path, counted or FIRMWARE))
    env = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "MICROPYPATH")}
    if body == "cpython":
        return [sys.executable, "-W", "error"], env | {"PYTHONPATH": where, "PYTHONIOENCODING": "utf-8"}
    return [sys.executable, "-m", "micropython_unix"], env | {"MICROPYPATH": f"{where}{os.pathsep}.frozen"}


class BothFile(pytest.File):
    """One file of tests, run once in each body; its items report what the run said of them."""

    def collect(self) -> Iterator[pytest.Item]:
        """One item for each test and body."""
        self.results: dict[str, dict[str, str | None]] = {}
        tree = ast.parse(self.path.read_text(encoding="utf-8"))
        self.names = [
            node.name
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
        ]
        for body in BODIES:
            for name in self.names:
                item = BothItem.from_parent(self, name=f"{name}[{body}]", test=name, body=body)
                if body == "micropython" and not HAS_VM:
                    item.add_marker(pytest.mark.skip(reason="no MicroPython wheel for this machine: CPython only"))
                yield item

    def result(self, body: str, name: str) -> str | None:
        """What went wrong in this test, or None."""
        if body not in self.results:
            self.results[body] = self._run(body)
        results = self.results[body]
        return results[name] if name in results else results["*"]

    def _run(self, body: str) -> dict[str, str | None]:
        command, env = interpreter(body, HERE / "fake", BOTH)
        command += [str(HERE / "runner.py"), str(self.path), *self.names]
        try:
            with tempfile.TemporaryDirectory() as folder:
                done = subprocess.run(
                    command, env=env, cwd=folder, capture_output=True, text=True, encoding="utf-8", timeout=PATIENCE
                )
            out, end = done.stdout, f"exit status {done.returncode}\n{done.stderr}"
        except subprocess.TimeoutExpired as late:
            out, end = (late.stdout or b"").decode(), f"no end after {PATIENCE} s"
        results: dict[str, str | None] = {"*": f"the {body} process did not get so far: {end}\n{out[-2000:]}"}
        for line in out.splitlines():
            if MARK in line:
                said = json.loads(line.split(MARK, 1)[1])
                results[said["name"]] = said["error"]
        return results


class BothItem(pytest.Item):
    """One test in one body."""

    def __init__(self, *, test: str, body: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.test, self.body = test, body

    def runtest(self) -> None:
        """Fail with the traceback that the body printed."""
        assert isinstance(self.parent, BothFile)
        error = self.parent.result(self.body, self.test)
        if error is not None:
            raise Failed(error)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        """The body's own traceback."""
        return str(excinfo.value)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where it is, for the report."""
        return self.path, None, self.name


class Failed(Exception):
    """A test failed in its body."""


@pytest.fixture(params=BODIES)
def body(request: pytest.FixtureRequest) -> str:
    """Each interpreter that is there."""
    if request.param == "micropython" and not HAS_VM:
        pytest.skip("no MicroPython wheel for this machine: CPython only")
    return str(request.param)


@pytest.fixture
def command(body: str) -> tuple[list[str], dict[str, str]]:
    """Command and environment that run a Python file on `body`, with the firmware and the stand-in chip."""
    return interpreter(body, HERE / "fake")


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Iterator[None]:
    """Replace pytest's own way of collecting the files in `both/`."""
    found = yield
    if file_path.parent == BOTH and file_path.name.startswith("test_"):
        return [BothFile.from_parent(parent, path=file_path)]
    return found
