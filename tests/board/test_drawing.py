"""Each board's picture is what its data make, is well-formed, and no word lies on another or off the sheet."""

import itertools
import unicodedata
import xml.etree.ElementTree as ET

import pytest
from gongzhi import paths
from gongzhi.board import types
from gongzhi.board.drawing import WIDTH, broken, drawing

SVG = "{http://www.w3.org/2000/svg}"
EACH = pytest.mark.parametrize("name", types.known())


def boxes(svg):
    """(words, left, top, right, bottom) of each text, by a measure of the test's own: a Chinese character is 1 em
    wide, another 0.55, a line is 0.75 em above its baseline and 0.15 below."""
    for one in ET.fromstring(svg).iter(f"{SVG}text"):
        size, x, y = (float(one.get(key)) for key in ("font-size", "x", "y"))
        wide = size * sum(1 if unicodedata.east_asian_width(c) in "WF" else 0.55 for c in one.text)
        left = x - wide * {"start": 0, "middle": 0.5, "end": 1}[one.get("text-anchor")]
        yield one.text, left, y - 0.75 * size, left + wide, y + 0.15 * size


@EACH
@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_word_lies_on_another_or_off_the_sheet(name, language):
    svg = drawing(types.board_type(name), language)
    height = float(ET.fromstring(svg).get("height"))
    found = list(boxes(svg))
    for words, left, top, right, bottom in found:
        assert left >= 0, words
        assert right <= WIDTH, words
        assert top >= 0, words
        assert bottom <= height, words
    for (a, l1, t1, r1, b1), (b, l2, t2, r2, b2) in itertools.combinations(found, 2):
        assert r1 <= l2 or r2 <= l1 or b1 <= t2 or b2 <= t1, (a, b)


@EACH
def test_the_picture_in_the_folder_is_what_the_data_make(name):
    kept = (paths.share("boards") / name / "board.svg").read_text(encoding="utf-8")
    assert kept == drawing(types.board_type(name)), "gongzhi board show TYPE --svg boards/TYPE/board.svg"


@EACH
def test_every_contact_and_pin_is_drawn(name):
    board = types.board_type(name)
    words = [text for text, *_ in boxes(drawing(board))]
    for contact in [*board.header.left, *board.header.right]:
        assert str(contact) in words
        pin = board.gpio(contact)
        if pin is not None:
            assert str(pin) in words
    for part in board.onboard:
        assert any(part.label["zh"] in text for text in words)
    assert any(board.name["en"] in text for text in words)


def test_lines_break_between_words_and_chinese_characters():
    assert broken("one two three", 45, 10) == ["one two", "three"]
    assert broken("一二三四，五", 40, 10) == ["一二三四，", "五"]
    assert broken("", 40, 10) == []
