"""What a light matrix is to show: names, letters, eight rows of a pupil's own in; frames and their lights out."""

from __future__ import annotations

import pytest
from gongzhi.board import pictures
from gongzhi.errors import BoardError
from gongzhi.sim.board_pins import PinEdge
from gongzhi.sim.things import Grid
from hypothesis import given
from hypothesis import strategies as st

RED, DARK = bytes((255, 0, 0)), bytes(3)


def lights(text):
    return [[one[3 * n : 3 * n + 3] for n in range(64)] for one in pictures.frames(pictures.drawn(text))]


def test_a_name_in_either_language_is_the_same_picture():
    (heart,) = lights("heart")
    assert lights("爱心") == [heart]
    assert heart[0] == DARK
    assert heart[1] == heart[8] == RED


def test_letters_come_one_after_the_other():
    frames = lights("2 hi")
    assert len(frames) == 4
    assert frames[1] == [DARK] * 64  # the space
    assert frames[2] == lights("H")[0]
    assert frames[2] != frames[3]


@given(st.lists(st.text("..rgb", min_size=8, max_size=8), min_size=8, max_size=8))
def test_a_pupils_own_rows_are_shown_as_they_are_written(rows):
    colours = {".": DARK, "r": RED, "g": bytes((0, 204, 34)), "b": bytes((0, 51, 255))}
    assert lights("\n" + "\n".join(rows)) == [[colours[char] for row in rows for char in row]]


@pytest.mark.parametrize("text", ["", "福", "\n".join(["rgbowy.."] * 8), "\n".join(["........"] * 7), "r" * 3 + "\nrr"])
def test_what_is_no_picture_is_said_with_what_would_be_one(text):
    with pytest.raises(BoardError) as caught:
        pictures.drawn(text)
    assert "heart" in str(caught.value)


def test_a_board_holds_so_many_frames_and_no_more():
    assert len(pictures.drawn_all(["ABCDEFGH"] * 4)) == 4
    for texts in ([], ["heart"] * 17, ["ABCDEFGH"] * 5):
        with pytest.raises(BoardError, match="32"):
            pictures.drawn_all(texts)


def sent(frame, order="rows"):
    """The edge of the pin while the driver sends a frame."""
    data = bytearray(192)
    for n in range(64):
        place = n ^ 7 if order == "serpentine" and n & 8 else n
        red, green, blue = frame[3 * n : 3 * n + 3]
        data[3 * place : 3 * place + 3] = green, red, blue
    return PinEdge(0.0, 5, "pixels", 192, data=bytes(data))


@pytest.mark.parametrize("order", ["rows", "serpentine"])
def test_the_simulated_lights_know_their_picture(order):
    made = pictures.drawn_all(["heart", "2026"])
    grid = Grid({"pin": 5}, {"order": order, "bright": 20}, made)
    for page, text in enumerate(made, 1):
        for frame in pictures.frames(text, 20):
            assert grid.edge(sent(frame, order)) == {"page": page}
            assert grid.dots == frame
    assert grid.edge(PinEdge(0.0, 5, "pixels", 192, data=bytes(192))) == {"page": 0}
    assert grid.edge(PinEdge(0.0, 5, "pixels", 192, data=bytes([9]) * 192)) is None


@pytest.mark.parametrize(
    ("texts", "letters", "pages"),
    [
        (["AB", "CB"], "ABACBCA", [1, 1, 1, 2, 2, 2, 1]),  # one letter in two pictures
        (["AB", "AC"], "ACACABA", [1, 2, 2, 2, 2, 1, 1]),  # the first letter may be of either, until the next one comes
        (["AB", "B"], "ABACB", [1, 1, 1, None, 2]),  # what another shows in its turn is that one's, else it is its own
        (["A B"], "A BA  ", [1, 0, 1, 1, 0, 0]),  # a dark letter is dark
    ],
)
def test_pictures_with_a_letter_in_common_are_told_apart_by_what_came_before(texts, letters, pages):
    grid = Grid({"pin": 5}, {"order": "rows", "bright": 20}, pictures.drawn_all(texts))
    frames = {letter: pictures.frames(pictures.drawn(letter), 20)[0] for letter in "ABC"} | {" ": bytes(192)}
    told = [grid.edge(sent(frames[letter])) for letter in letters]
    assert [one and one["page"] for one in told] == pages
