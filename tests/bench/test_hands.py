"""The bench follows two drawn hands, and compares what another program finds hand by hand."""

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
from gongzhi.bench import hands
from gongzhi.pose.hand import HandLandmarks


def found(x):
    return HandLandmarks(1.0, np.full((21, 2), x, np.float32), np.zeros((21, 3), np.float32), 0.5)


def test_hands_are_compared_with_the_nearest_one_of_the_other_program():
    tally, theirs = hands.HandTally(), [np.full((21, 2), 103.0, np.float32), np.full((21, 2), 9.0, np.float32)]
    tally.judge([found(9), found(100)], theirs)
    tally.judge([found(10)], theirs)
    tally.judge([], [])
    assert tally.figures == {"pictures": 3, "same_found": 0.6667, "mean_px": round((3 + 1) * 2**0.5 / 3, 3)}


def test_the_bench_has_its_figures_and_the_peers(monkeypatch):
    class Solution:
        def __init__(self, static_image_mode):
            pass

        def process(self, image):
            points = SimpleNamespace(landmark=21 * [SimpleNamespace(x=0.5, y=0.5)])
            return SimpleNamespace(multi_hand_landmarks=[points] if image.std() else None)

        def close(self):
            pass

    for name in ("mediapipe", "mediapipe.python", "mediapipe.python.solutions", "mediapipe.python.solutions.hands"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    sys.modules["mediapipe"].__version__ = "0.10.18"
    sys.modules["mediapipe.python.solutions.hands"].Hands = Solution
    monkeypatch.setattr(hands, "_WARM", 8)
    monkeypatch.setattr(hands, "_ROUNDS", 4)
    monkeypatch.setattr(hands, "_FRAMES", 6)
    film = hands._film()
    monkeypatch.setattr(hands, "_film", lambda: film)
    monkeypatch.setattr(hands, "_stills", lambda: [film[0], np.full_like(film[0], 128)])
    figures = hands.run(peer="mediapipe")
    assert figures["track_ms_p50"] > figures["invoke_ms_p50"] > 0
    assert figures["peer"]["film"]["pictures"] == 12
    assert figures["peer"]["stills"]["pictures"] == 2
