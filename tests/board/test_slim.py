"""What goes onto a board with MicroPython: fewer files than are written, in which everything is still found."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from gongzhi.board import firmware, slim
from gongzhi.errors import BoardError

FAKE = Path(__file__).parents[1] / "firmware" / "fake"
OWN = b"""
from gongzhi_node.parts.base import Output
from gongzhi_node.ports import const
from gongzhi_node.wire import diff
_FIVE = const(5)

class Fan(Output):
    PROP = "level"

    def _open(self, spec):
        pass

    def _write(self, raw):
        self.seen = diff(_FIVE, 3), raw

PART = Fan
"""
TRY = """
import json
from gongzhi_node import app, parts
fan = parts.find("fan")({"ch": "fan", "kind": "fan", "safe": 1})
print(json.dumps([fan.seen, fan.__class__.__name__, isinstance(fan, app.Part)]))
"""


@pytest.fixture
def micropython(tmp_path):
    """Run a program in MicroPython with the board's files on its path; what it printed, both ways."""
    pytest.importorskip("micropython_run", reason="no MicroPython wheel for this machine")
    for path, data in firmware.compiled().items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)

    def run(text):
        command = [sys.executable, "-m", "micropython_unix", "-c", text]
        env = {"MICROPYPATH": os.pathsep.join([str(tmp_path), str(FAKE), ".frozen"])}
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)

    return run


def test_what_is_loaded_together_is_one_file():
    source, board = firmware.source(), slim.slim(firmware.source())
    assert set(source) - set(board) == {"gongzhi_node/ports/cpython.py", "gongzhi_node/ports/upy.py"}
    assert not set(board) - set(source)
    assert len(board["gongzhi_node/ports/__init__.py"].splitlines()) == 1
    for target, group in slim.GROUPS.items():
        for name in group:
            if name not in (target, "ports/upy"):
                assert len(board[f"gongzhi_node/{name}.py"].splitlines()) == 1


def test_each_line_stays_where_it_was():
    board, source = slim.slim(firmware.source()), firmware.source()
    joined = board["gongzhi_node/node.py"].splitlines()
    for n, name in enumerate(slim.GROUPS["node"]):
        same = 0
        for line, text in enumerate(source[f"gongzhi_node/{name}.py"].splitlines()):
            if text.strip().startswith((b"def ", b"return", b"if ", b"class ")):
                assert joined[1000 * n + line] == text
                same += 1
        assert same > 3


def test_a_part_that_somebody_wrote_finds_its_base(micropython, tmp_path):
    (tmp_path / "gongzhi_node" / "parts" / "fan.py").write_bytes(OWN)
    done = micropython(TRY)
    assert json.loads(done.stdout) == [[2, 1], "Fan", True], done.stderr


def test_a_traceback_names_the_source(micropython):
    done = micropython("from gongzhi_node import node\nnode.Guard().judge({}, 0, 0)\nnode.Guard().drop('x')")
    said = slim.traced(done.stdout + done.stderr)
    text = firmware.source()["gongzhi_node/guard.py"].decode().splitlines()
    line = next(n for n, line in enumerate(text, 1) if "self.channels[name]" in line)
    assert f'File "gongzhi_node/guard.py", line {line}, in drop' in said


def test_where_a_line_is_meant():
    assert slim.traced('  File "gongzhi_node.app", line 1007, in x') == '  File "gongzhi_node/wire.py", line 7, in x'
    assert slim.traced('File "gongzhi_node.parts.led", line 9') == 'File "gongzhi_node/parts/led.py", line 9'
    assert slim.traced('File "main.py", line 2007') == 'File "main.py", line 2007'


def test_a_name_with_two_meanings_is_refused():
    files = firmware.source()
    files["gongzhi_node/clock.py"] += b"\n\nclass Guard:\n    pass\n"
    with pytest.raises(BoardError, match=r"clock\.py and gongzhi_node/guard\.py both define Guard"):
        slim.slim(files)


def test_nothing_on_the_board_asks_for_what_is_not_there():
    for path, text in slim.slim(firmware.source()).items():
        assert b"ERRORS" not in text, path


def test_every_constant_is_one_that_the_compiler_folds():
    # It folds `NAME = const(…)` alone, and the import of `const` goes: in any other place the name is then missing.
    for path, data in firmware.source().items():
        if not path.endswith(".py") or path.endswith(("ports/upy.py", "ports/cpython.py")):
            continue
        tree = ast.parse(data)
        good = [
            node.value for node in tree.body
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
        ]  # fmt: skip
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "const":
                assert node in good, f"{path}, line {node.lineno}"
