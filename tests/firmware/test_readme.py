"""What firmware/README.md shows a student to write works as it stands there, and its table names what exists."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

FIRMWARE = Path(__file__).parents[2] / "firmware"
README = (FIRMWARE / "README.md").read_text(encoding="utf-8")
SCRIPT = """
import machine
from gongzhi_node import board, config
doc = {"parts": [{"ch": "pump", "kind": "fan", "pin": 5, "lo": 0, "hi": 1, "safe": 0}]}
made = board.Board(doc)
assert made.error is None, made.error
assert machine.levels[5] == 0
assert made.set("pump", 1, 1000) and machine.levels[5] == 1
assert made.rest("pump", 1100) and machine.levels[5] == 0
print("good")
"""


def test_a_part_of_your_own(command: tuple[list[str], dict[str, str]], tmp_path: Path) -> None:
    shutil.copytree(FIRMWARE / "gongzhi_node", tmp_path / "gongzhi_node")
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    (tmp_path / "gongzhi_node" / "parts" / "fan.py").write_text(code, encoding="utf-8")
    (tmp_path / "try.py").write_text(SCRIPT, encoding="utf-8")
    env = {key: value.replace(str(FIRMWARE), str(tmp_path)) for key, value in command[1].items()}
    done = subprocess.run([*command[0], str(tmp_path / "try.py")], env=env, capture_output=True, text=True, timeout=60)
    assert done.stdout == "good\n", done.stdout + done.stderr


def test_the_table_names_every_file() -> None:
    table = "\n".join(line for line in README.splitlines() if line.startswith("|"))
    for path in [*FIRMWARE.glob("*.py"), *(FIRMWARE / "gongzhi_node").glob("*.py")]:
        assert path.name in table or path.name == "__init__.py", path
    for path in [
        *(FIRMWARE / "gongzhi_node" / "parts").glob("*.py"),
        *(FIRMWARE / "gongzhi_node" / "ports").glob("*.py"),
    ]:
        assert path.stem in table or path.stem in ("__init__", "base"), path
