"""Frames come out whole and in order however the pipe cuts them."""

from __future__ import annotations

from gongzhi.sim.chip.frames import Frames, pack
from hypothesis import given
from hypothesis import strategies as st

FRAME = st.tuples(st.integers(0, 255), st.binary(max_size=300))


@given(st.lists(FRAME, max_size=20), st.lists(st.integers(0, 400), max_size=20))
def test_frames_survive_any_cut(sent, cuts):
    stream = b"".join(pack(kind, payload) for kind, payload in sent)
    frames, got, at = Frames(), [], 0
    for cut in [*cuts, len(stream)]:
        got += frames.feed(stream[at : at + cut])
        at += cut
    got += frames.feed(stream[at:])
    assert got == sent


def test_a_consumer_that_stops_early_loses_no_frame():
    frames = Frames()
    first = next(frames.feed(pack(1, b"a") + pack(2, b"b")))
    assert first == (1, b"a")
    assert list(frames.feed(b"")) == [(2, b"b")]
