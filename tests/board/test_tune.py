"""Tunes in numbered notation become notes that a buzzer plays, or an error that says which note is none."""

import pytest
from gongzhi.board import tune
from gongzhi.errors import BoardError
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("1 5-", [523, 500, 784, 1000]),
        ("1 1", [523, 470, 0, 30, 523, 500]),
        ("bpm=60 1_ 2__ 3. | 0 -", [523, 500, 587, 250, 659, 1500, 0, 2000]),
        ("1' 1, #4 b7", [1047, 500, 262, 500, 740, 500, 932, 500]),
        ("6 - -", [880, 1500]),
    ],
)
def test_what_is_written_is_what_is_heard(text, notes):
    assert tune.notes(text) == notes


@pytest.mark.parametrize("text", ["", "bpm=90", "8", "H", "1;2", "bpm=29 1", "bpm=301 1", "1 bpm=90", "-", "1''' 2"])
def test_what_is_no_tune_is_said(text):
    with pytest.raises(BoardError):
        tune.notes(text)


def test_there_is_room_for_so_much():
    assert tune.most([]) == 4
    assert tune.most(["1 2"] * 4) == 8
    assert tune.most(["1 2 " * 32]) == 5
    for tunes in (["1"] * 5, ["1 2 " * 32 + "3"], ["1 " * 33]):
        with pytest.raises(BoardError, match="too much music"):
            tune.most(tunes)


@given(st.lists(st.sampled_from(["1", "1", "2_", "7,.", "#4'", "0", "5__", "3-", "-", "|"]), min_size=1, max_size=30))
def test_no_time_is_lost_and_a_board_takes_it(words):
    try:
        made = tune.notes("1 " + " ".join(words))
    except BoardError:
        return
    assert len(made) % 2 == 0
    beats = 1 + sum({"2_": 0.5, "7,.": 1.5, "5__": 0.25, "3-": 2, "|": 0}.get(word, 1) for word in words)
    assert abs(sum(made[1::2]) - 500 * beats) <= len(made)
    assert all(hz == 0 or 20 <= hz <= 20000 for hz in made[::2])
    assert all(1 <= ms <= 20000 for ms in made[1::2])
