"""Each test of a virtual board runs on both bodies; MicroPython's is skipped, and says so, where it does not exist."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
from gongzhi.sim import board_body

# The helpers beside this file, under a name of their own (pytest imports files here, not packages).
_spec = importlib.util.spec_from_file_location("gongzhi_test_boards", Path(__file__).with_name("boards.py"))
boards = importlib.util.module_from_spec(_spec)
sys.modules["gongzhi_test_boards"] = boards
_spec.loader.exec_module(boards)


@pytest.fixture(params=["vm", "cpython"])
def body(request):
    """The name of the body under test."""
    library, why = board_body.library()
    if request.param == "vm" and library is None:
        pytest.skip(str(why))
    return request.param


@pytest.fixture
def board(body, tmp_path):
    """Makes started boards from a main.py (text) or a dict of files; all are stopped at the end."""
    made = []

    def make(files, config=None, *, start=True, **rest):
        rest.setdefault("state_dir", tmp_path / "board")
        rest.setdefault("body", body)
        rest.setdefault("back_off", 0.01)
        rest.setdefault("join_ms", 20)
        one = boards.Watched(files, config, **rest)
        made.append(one)
        if start:
            one.start()
        return one

    yield make
    for one in made:
        one.stop()
