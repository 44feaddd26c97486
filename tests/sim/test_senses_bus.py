"""The real drivers of parts on an I2C bus on a virtual board, against the simulated chips on its bus."""

from __future__ import annotations

import json
from pathlib import Path

import gongzhi_node
import pytest
from gongzhi.board import font
from gongzhi.parts import KINDS
from gongzhi.sim.i2c.panel import Panel
from gongzhi.sim.senses_bus import BUS_SENSES

NODE = Path(gongzhi_node.__file__).parent
LINES = {"scl": 22, "sda": 21}
# All the project's parts on one bus, as the node has them: each is ticked every 20 ms of the loop's own time.
MAIN = """
import json, time
from gongzhi_node.board import Board
with open('parts.json') as f:
    board = Board({'parts': json.load(f)})
board.on_fault = lambda name, error: print('fault', name)
print('error', board.error)
t, said, failed, shown = 1000, {}, {}, False
while True:
    t += 20
    for part in board.all:
        board.tick(part, t)
        if part.failed != failed.get(part.name, False):
            failed[part.name] = part.failed
            print('well' if not part.failed else 'lost', part.name)
        if not part.OUTPUT and not part.failed and part.value() != said.get(part.name):
            said[part.name] = part.value()
            print('reads', part.name, part.value(), '.')
    if 'screen' in board.parts and not shown and t > 2000:
        shown = board.set('screen', 1, t)
        print('shown', shown)
    time.sleep(0.001)
"""


def program(specs: list[dict[str, object]]) -> dict[str, bytes]:
    files = {f"gongzhi_node/{path.relative_to(NODE).as_posix()}": path.read_bytes() for path in NODE.rglob("*.py")}
    return files | {"main.py": MAIN.encode(), "parts.json": json.dumps(specs).encode()}


def says(one, line):
    one.until(lambda: line in one.console, line)


def reads(one, name, low, high):
    """The last value of the part lies there."""

    def there() -> bool:
        told = [line.split()[2] for line in one.console if line.startswith(f"reads {name} ") and line[-1] == "."]
        return bool(told) and low <= float(told[-1]) <= high

    one.until(there, f"{name} in {low}..{high}")


def test_every_input_on_a_bus_has_its_counterpart():
    assert set(BUS_SENSES) == {name for name, kind in KINDS.items() if kind.address and not kind.output}
    for name, sense in BUS_SENSES.items():
        assert set(sense.FIRST) == {"", *KINDS[name].more}, name
        assert KINDS[name].address == sense.CHIP().ADDRESS, name
        assert KINDS[name].low <= sense.FIRST[""] <= KINDS[name].high, name


WORLD = {
    "mpu6050": (0, (40, 39, 41)), "qmi8658": (0, (120, 119, 121)), "msa300": (0, (90, 89, 91)),
    "vl53l0x": (120, (55, 55, 55)), "ltr308": (300, (2000, 1900, 2100)),
}  # fmt: skip


def test_all_of_them_on_one_bus(board):
    one = board(program([{"ch": kind, "kind": kind, "pins": LINES} for kind in WORLD]), start=False)
    senses = {kind: BUS_SENSES[kind](one, LINES, {}) for kind in WORLD}
    one.start()
    says(one, "error None")
    for kind, (first, _) in WORLD.items():
        if first:
            reads(one, kind, 0.95 * first, 1.05 * first)
    for kind, (_, (put, low, high)) in WORLD.items():
        senses[kind].put(put)
        reads(one, kind, low, high)
    for kind in WORLD:
        senses[kind].cable(False)
        says(one, f"lost {kind}")
        senses[kind].cable(True)
        says(one, f"well {kind}")
    assert [line for line in one.console if line.startswith("fault")] == [f"fault {kind}" for kind in WORLD]


def test_a_display_with_chinese_and_a_number(board):
    text = "土壤 {soil}%\n浇水吗？"
    parts = [
        {"ch": "soil", "kind": "soil", "pin": 34},
        {"ch": "screen", "kind": "oled", "pins": LINES, "lo": 0, "hi": 1, "safe": 0, "texts": [text]},
    ]
    panel = Panel()
    one = board(program(parts) | {"font.bin": font.font(text)}, i2c={Panel.ADDRESS: panel}, start=False)
    one.adc(34, 2000)
    one.start()
    wanted = drawn("土壤 50%\n浇水吗？")
    one.until(lambda: panel.dots() == wanted, "the text")
    one.adc(34, 1200)
    dry = drawn("土壤 100%\n浇水吗？")
    one.until(lambda: panel.dots() == dry, "the new number")


def drawn(text: str) -> bytes:
    """What the text looks like, character by character."""
    dots = bytearray(1024)
    for row, line in enumerate(text.split("\n")):
        x = 0
        for char in line:
            width, columns = font.glyph(char)
            for half in range(2):
                at = (2 * row + half) * 128 + x
                dots[at : at + width] = columns[16 * half : 16 * half + width]
            x += width
    return bytes(dots)


@pytest.mark.parametrize("body", ["cpython"], indirect=True)
def test_an_empty_bus_stops_nothing_else(board):
    parts = [
        {"ch": "imu", "kind": "msa300", "pins": LINES},
        {"ch": "screen", "kind": "oled", "pins": LINES, "lo": 0, "hi": 1, "safe": 0, "texts": ["x"]},
        {"ch": "door", "kind": "switch", "pin": 4},
    ]
    one = board(program(parts))
    says(one, "fault imu")
    one.drive(4, 0)
    says(one, "reads door 1 .")
    says(one, "shown False")
