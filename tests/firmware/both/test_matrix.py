"""A light matrix shows a picture's frames light for light, dark where it has none; a tick draws a row at most, and
allocates nothing."""

import gc
import sys

import machine
from gongzhi_node import config, parts

# Three colours, then two frames: the first light of each row, and nothing but the last light in the third colour.
RED, GREEN, BLUE = (0, 255, 0), (255, 0, 0), (0, 0, 255)
ROWS = "f000f000f" + "40000000"[:4] * 8 + "0" * 31 + "3"
ONE = "f000f000f" + "1" + "0" * 31


def make(**spec):
    machine.reset_world()
    base = {"ch": "x", "kind": "matrix", "pin": 18, "lo": 0, "hi": 2, "safe": 0, "texts": [ROWS, ONE], "bright": 100}
    base.update(spec)
    config.check_parts([base])
    return parts.find("matrix")(base)


def lights():
    pin, data = machine.bits[-1]
    assert pin == 18 and len(data) == 192
    return [tuple(data[3 * i : 3 * i + 3]) for i in range(64)]


def lit():
    return {i: one for i, one in enumerate(lights()) if one != (0, 0, 0)}


def test_rows_and_serpentine():
    part = make(order="rows")
    assert not lit(), "dark from birth: the lights may have had other colours"
    part.set(1, 0)
    assert lit() == {8 * row: RED for row in range(8)}
    part = make()
    part.set(1, 0)
    assert lit() == {8 * row + (7 if row & 1 else 0): RED for row in range(8)}, "every other row comes from the right"
    part.set(2, 0)
    assert lit() == {1: RED}
    part.close()
    assert not lit()


def test_frames_follow_each_other_and_a_still_picture_is_sent_once():
    part = make(order="rows")
    part.set(1, 0)
    seen = []
    for t in range(0, 2000, 20):
        part.tick(t)
        if not seen or lit() != seen[-1]:
            seen.append(lit())
    first, last = {8 * row: RED for row in range(8)}, {63: BLUE}
    assert seen == [first, last, first, last]
    part.set(2, 2000)
    sent = len(machine.bits)
    for t in range(2000, 4000, 20):
        part.tick(t)
    assert len(machine.bits) == sent and lit() == {1: RED}


def test_a_tick_draws_a_row_or_sends_and_allocates_nothing():
    part = make()
    part.set(1, 0)
    row = part._draw
    drawn, most, ticks = [], 0, 0
    part._draw = lambda which: (drawn.append(which), row(which))
    for t in range(0, 3020, 20):
        before = len(drawn) + 8 * len(machine.bits)
        part.tick(t)
        most = max(most, len(drawn) + 8 * len(machine.bits) - before)
        ticks += len(drawn) + 8 * len(machine.bits) > before
    assert drawn == list(range(8)) * 5 and most == 8, "a row, or all of it sent"
    assert ticks == 5 * 8 + 5, "else nothing"
    part._draw = row
    if sys.implementation.name == "micropython":
        gc.collect()
        sent, before = len(machine.bits), gc.mem_alloc()
        for t in range(3020, 3500, 20):
            part.tick(t)
        assert gc.mem_alloc() == before and len(machine.bits) == sent, gc.mem_alloc() - before


def test_what_is_no_whole_picture_is_refused():
    for text in ("", "f000f000f", "f000f000f" + 31 * "0", "f000f000f" + 33 * "0", "f000f000f" + 31 * "0" + "x"):
        try:
            make(texts=[text])
        except ValueError:
            continue
        raise AssertionError(text)


def test_how_bright():
    part = make(bright=20)
    part.set(2, 0)
    assert lit() == {1: (0, 51, 0)}
    try:
        make(bright=0)
    except config.Bad as error:
        assert (error.code, error.at) == ("option", "parts[0].bright")
    else:
        raise AssertionError("not refused")


def test_a_page_without_a_picture_is_dark():
    part = make(texts=[])
    part.set(1, 0)
    assert not lit()
