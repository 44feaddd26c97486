"""The power fails at the n-th write to a board's flash: what was written by tmp and rename is old or new then."""

from __future__ import annotations

import pytest
from gongzhi.errors import BoardError

# Exchanges a file of two blocks at each start, says how it found it; the button says when.
MAIN = """
import machine, os, time
try:
    with open("f") as f:
        text = f.read()
except OSError:
    text = "none"
print("found", text[:3], len(text), text == text[:1] * len(text))
button = machine.Pin(4, machine.Pin.IN, machine.Pin.PULL_UP)
while not button.value():
    time.sleep_ms(1)
print("ready")
while button.value():
    time.sleep_ms(1)
with open("f.new", "w") as f:
    f.write(("b" if text[0] == "a" else "a") * 5000)
os.rename("f.new", "f")
print("done")
"""


@pytest.mark.parametrize("body", ["cpython"], indirect=True)
def test_a_body_without_a_flash_says_so(board):
    with pytest.raises(BoardError, match="no flash"):
        board("").cut_at_write(1)


@pytest.mark.parametrize("body", ["vm"], indirect=True)
def test_the_power_fails_at_each_write(board):
    one = board(MAIN, flash_kb=512)
    one.said("found non")
    number = 0
    while "done" not in one.console:
        number += 1
        one.release(4)
        one.until(lambda number=number: one.console.count("ready") == number)
        one.cut_at_write(number, "half" if number % 2 else "nothing")
        one.press(4)
        one.until(lambda number=number: "done" in one.console or one.boots > number)
    found = [line for line in one.console if line.startswith("found")]
    assert number > 5, "there are several writes at which it can fail"
    assert [event.data["cause"] for event in one.events if event.kind == "exit"] == ["power"] * (number - 1)
    assert set(found) <= {"found non 4 False", "found aaa 5000 True", "found bbb 5000 True"}
    assert len(found) == number
    assert one.short_lives == 0, "a power cut is nobody's fault"


@pytest.mark.parametrize("body", ["vm"], indirect=True)
def test_what_lies_in_nvs_counts_too(board):
    one = board(
        "import esp32, machine, time\nn = esp32.NVS('n')\nb = bytearray(9)\n"
        "try:\n    print('has', bytes(b[:n.get_blob('k', b)]))\nexcept OSError:\n    print('has none')\n"
        "p = machine.Pin(4, machine.Pin.IN, machine.Pin.PULL_UP)\nwhile p.value():\n    time.sleep_ms(1)\n"
        "n.set_blob('k', b'one')\nn.set_blob('k', b'two')\nn.commit()\nprint('done')\n"
    )
    one.said("has none")
    one.cut_at_write(2)
    one.press(4)
    one.said("has b'one'")
    assert "done" not in one.console
