"""A light matrix shows a picture's frames light for light, dark where it has none; its whole heap stays small."""

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
