"""The bench runs whole, small, and its figures are there; how fast is not a test's business."""

from __future__ import annotations

import os

import pytest
from gongzhi.bench import broker as bench
from gongzhi.bench.mqtt_load import cpu_seconds, find_mosquitto


def test_it_measures_ours_and_its_peer():
    figures = bench.run(seconds=0.4, clients=30)
    peer = figures.pop("peer")
    for found in (figures, *([peer] if peer else [])):
        assert found.keys() == {"rtt_ms_p50", "fanin_cpu", "storm_s", "lost"}
        assert found["lost"] == 0
        assert found["rtt_ms_p50"] > 0
        assert found["storm_s"] is not None
    assert (peer is None) == (find_mosquitto() is None)


def test_without_mosquitto_there_is_no_peer_and_it_says_so(monkeypatch, capsys):
    monkeypatch.setattr(bench, "find_mosquitto", lambda: None)
    assert bench.run(seconds=0.2, clients=5)["peer"] is None
    assert "mosquitto is not installed" in capsys.readouterr().err


def test_messages_that_do_not_come_are_counted(monkeypatch):
    """The count of lost messages can fail: a subscriber of something else gets none."""
    monkeypatch.setattr(bench, "find_mosquitto", lambda: None)
    monkeypatch.setattr(bench, "_DRAIN", 0.05)
    subscribe = bench.LoadClient.subscribe
    monkeypatch.setattr(bench.LoadClient, "subscribe", lambda self, what: subscribe(self, what.replace("#", "none")))
    assert bench.run(seconds=0.2, clients=5)["lost"] == 2 * bench.BOARDS * 2


@pytest.mark.skipif(os.name != "posix", reason="/proc or ps")
def test_cpu_time_of_a_process():
    before = cpu_seconds(os.getpid())
    sum(range(3_000_000))
    assert 0 <= cpu_seconds(os.getpid()) - before < 60
    assert before > 0
