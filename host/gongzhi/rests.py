"""Takes a program's sleeping and waiting, gives which of its threads rest: who rests is not at work without end."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Final

RESTING: Final[dict[int, float]] = {}  # s that a thread (its ident) wants to rest at once
_sleep = time.sleep


@contextlib.contextmanager
def rest(seconds: float) -> Iterator[None]:
    """Within it the calling thread rests; in a rest within a rest the outer one counts."""
    me = threading.get_ident()
    outer = RESTING.get(me)
    if outer is None:
        RESTING[me] = seconds
    try:
        yield
    finally:
        if outer is None:
            RESTING.pop(me, None)


def sleep(seconds: float) -> None:
    """As time.sleep."""
    with rest(seconds):
        _sleep(seconds)
