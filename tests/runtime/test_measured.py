"""What is measured in the picture reaches rules, page and program; where no picture comes, the camera abstains."""

from __future__ import annotations

import math

import numpy as np
from gongzhi import paths, project
from gongzhi.conditions import SIGHT_TTL
from gongzhi.loop import Sight
from gongzhi.page.hub import Hub
from gongzhi.runtime.face import Face
from gongzhi.runtime.rulebook import Rulebook
from gongzhi.runtime.stats import Stats
from gongzhi.values import Frame


class Heard:
    """A loop that notes what it is told."""

    def __init__(self):
        self.readings, self.ttl = {}, {}

    def declare(self, *_all):
        pass

    def sense(self, readings, _now, *, sim, ttl):
        assert not sim
        self.readings |= readings
        self.ttl |= dict.fromkeys(readings, ttl)

    def deaf(self, parts):
        for part in parts:
            self.readings.pop(part, None)

    def reconsider(self, _now):
        return []


def test_a_camera_that_sees_nothing_abstains_until_a_picture_comes():
    manifest, loop, told, posted = project.load(paths.share("examples") / "13_sorting_bin"), Heard(), [], []
    face = Face(manifest, Hub(lambda _message: None), Stats())
    face.post = posted.append
    book = Rulebook(manifest, loop, face, lambda _event: None, lambda kind, message: told.append((kind, message)))

    def notices():
        return [one["on"] for one in posted if one["type"] == "notice" and one["id"] == "looks"]

    book.unseen(100.0)
    assert loop.readings == {"paper.clear": 0.0}
    assert loop.ttl["paper.clear"] == math.inf  # known until a picture comes, and not only for a while
    assert told[-1] == ("looks", {"d": {"paper": None, "paper.clear": 0.0}})
    assert notices() == [True]
    frame = Frame(np.zeros((4, 4, 3), np.uint8), 0.0, 0)
    sight = Sight(frame, None, (), measured={"paper": 59.4, "paper.clear": 1.0})
    book.measured(sight, 101.0)
    assert (loop.readings, loop.ttl["paper"]) == ({"paper": 59.4, "paper.clear": 1.0}, SIGHT_TTL)
    assert posted[-2:-1] == [{"type": "looked", "d": {"paper": 59, "paper.clear": 1}}]
    assert notices() == [True, False]
    before = len(told)
    book.measured(sight, 101.1)
    book.unseen(101.5)
    assert len(told) == before  # nothing has changed
    book.unseen(101.2 + SIGHT_TTL)
    assert loop.readings == {"paper.clear": 0.0}
    assert notices() == [True, False, True]
