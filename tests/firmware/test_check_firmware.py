"""The firmware compiles and is typed for the ESP32; the check itself catches what it is there for."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def check() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_firmware", ROOT / "tools" / "check_firmware.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_file_compiles(check: ModuleType) -> None:
    assert len(check.sources(check.FIRMWARE)) >= 20
    assert check.compile_all(check.FIRMWARE) == []


def test_every_call_is_one_that_the_board_has(check: ModuleType) -> None:
    assert check.type_errors(check.FIRMWARE) == []


@pytest.fixture
def copy(check: ModuleType, tmp_path: Path) -> Path:
    target = tmp_path / "firmware"
    shutil.copytree(check.FIRMWARE, target, ignore=shutil.ignore_patterns("__pycache__"))
    return target


def alter(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_wrong_calls_are_caught(check: ModuleType, copy: Path) -> None:
    alter(copy / "gongzhi_node/parts/led.py", "self._pwm.duty_u16(raw)", "self._pwm.duty_percent(raw)")
    alter(copy / "gongzhi_node/parts/servo.py", "PWM(Pin", 'PWM(speed="fast", dest=Pin')
    alter(copy / "gongzhi_node/parts/button.py", "Pin.PULL_UP", "Pin.PULL_SIDEWAYS")
    alter(copy / "gongzhi_node/ports/esp32.py", "machine.unique_id()", "machine.serial_number()")
    alter(copy / "gongzhi_node/ports/esp32.py", "self._wlan.isconnected():", "self._wlan.is_connected():")
    alter(copy / "gongzhi_node/config.py", "import json\n", "import json\nimport pathlib\n")
    said = "\n".join(check.type_errors(copy))
    for word in ("duty_percent", "servo.py", "PULL_SIDEWAYS", "serial_number", "pathlib", "is_connected"):
        assert word in said, f"{word} in {said}"


def test_what_micropython_cannot_parse_is_caught(check: ModuleType, copy: Path) -> None:
    with (copy / "gongzhi_node/clock.py").open("a", encoding="utf-8") as file:
        file.write("\nmatch 1:\n    case _:\n        pass\n")
    (wrong,) = check.compile_all(copy)
    assert "clock.py" in wrong
    assert "SyntaxError" in wrong


def test_nothing_but_our_own_runs_as_the_tool(check: ModuleType, monkeypatch: pytest.MonkeyPatch, copy: Path) -> None:
    monkeypatch.setattr(sys, "argv", ["check_firmware.py", str(copy)])
    assert check.main() == 0
    alter(copy / "main.py", "slots.choose", "slots.chosen")
    assert check.main() == 1
