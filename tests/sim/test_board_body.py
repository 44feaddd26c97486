"""Which interpreter runs a virtual board, and what is MicroPython's own: the size of its heap, its prompt."""

from __future__ import annotations

import importlib.util

import pytest
from gongzhi.errors import BoardError
from gongzhi.sim import board_body
from gongzhi.sim.board import SIMULATION_HEAP


@pytest.mark.parametrize("body", ["vm"], indirect=True)
def test_the_heap_is_as_small_as_the_boards(board, body):
    one = board(
        "import gc\nprint('free', gc.mem_free())\nkept = []\ntry:\n    while True:\n        kept.append(bytes(1000))\n"
        "except MemoryError:\n    n = len(kept)\n    kept = None\n    print('full', n)\n",
        heap_kb=112,
    )
    whole = 112 * 1024 * 1.56
    # The collector's own tables, 1 in 85 bytes of the whole heap, are part of it, as on a board.
    assert 0.95 * whole < int(one.said("free").split()[1]) < whole
    # The list that holds the blocks is moved each time it grows, and leaves holes: up to an eighth is not reached.
    assert 0.875 * whole < int(one.said("full").split()[1]) * 1056 < whole
    assert SIMULATION_HEAP - 4096 < one.simulation_heap <= SIMULATION_HEAP


@pytest.mark.parametrize("body", ["vm"], indirect=True)
def test_the_prompt_answers(board, body):
    one = board("x = 6\n")
    one.until(lambda: one.console[-1:] == [">>> "])
    one.type_in("x * 7\r")
    one.until(lambda: "42" in one.console)


def test_without_micropython_a_board_runs_on_cpython_and_says_why(board, mocker, monkeypatch):
    mocker.patch.object(board_body.importlib.util, "find_spec", return_value=None)
    board_body.library.cache_clear()
    try:
        one = board("import sys\nprint('on', sys.implementation.name)", body="auto")
        one.said("on cpython")
        assert one.body == "cpython"
        assert "no package" in str(one.body_reason)
        monkeypatch.setenv("GONGZHI_LANG", "zh")
        assert "没有可用的 MicroPython" in str(one.body_reason)
        with pytest.raises(BoardError, match="MicroPython"):
            board("", body="vm")
    finally:
        board_body.library.cache_clear()


@pytest.mark.parametrize(
    ("library", "why"),
    [("msgspec._core", "lacks micropython_unix_main mp_sched_schedule"), (None, "cannot be loaded")],
    ids=["lacks", "broken"],
)
def test_a_micropython_that_does_not_serve_is_not_used(board, mocker, tmp_path, library, why):
    path = tmp_path / "broken.so"
    path.write_bytes(b"no library")
    if library:  # one that loads and is another
        path = importlib.util.find_spec(library).origin
    mocker.patch.object(board_body.importlib.util, "find_spec", return_value=mocker.Mock(origin=str(path)))
    board_body.library.cache_clear()
    try:
        one = board("print('here')", body="auto")
        one.said("here")
        assert one.body == "cpython"
        assert why in str(one.body_reason)
    finally:
        board_body.library.cache_clear()
