"""What a run shows of its boards, whatever their threads do meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest
from gongzhi import paths, project
from gongzhi.page.hub import Hub
from gongzhi.runtime import view
from gongzhi.runtime.face import Face
from gongzhi.runtime.stats import Stats
from gongzhi.sim import scene
from gongzhi.sim.board import BoardEvent


def test_a_drawn_person_can_be_told_what_the_project_looks_for():
    hand, pack = (project.load(paths.share("examples") / one) for one in ("18_sign_desk", "17_break_exercise"))
    assert {"stand", "fist", "nobody"} <= set(view.does(hand))
    assert {"form:stretch", "lying"} <= set(view.does(pack))
    assert "fist" not in view.does(pack)
    known = scene.doings(pack.seen.pack)
    assert set(view.does(pack)) | set(view.does(hand)) <= set(known)


def test_several_people_are_asked_to_step_aside_but_where_they_are_counted():
    for example, told in (
        ("01_hands_up_gate", True), ("16_crossing_guard", False), ("13_sorting_bin", True),
        ("15_fall_alarm", True), ("19_lantern", False),
    ):  # fmt: skip
        face, said = Face(project.load(paths.share("examples") / example), Hub(lambda _message: None), Stats()), []
        face.post = said.append
        face._somebody("many")
        assert ("notice" in {one["type"] for one in said}) is told


@pytest.mark.parametrize("watch", [False, True])
def test_what_is_asked_during_a_run_says_whether_several_are_welcome(watch):
    manifest = project.load(paths.share("examples") / "15_fall_alarm")
    look = next(iter(manifest.looks))
    face, said = Face(manifest, Hub(lambda _message: None), Stats()), []
    face.post = said.append
    face._somebody("many")
    more = f"{look} > 2"
    rules = manifest.rules if watch else (*manifest.rules, replace(manifest.rules[0], when=more))
    face.rules(rules, [more] if watch else [])
    face.rules(manifest.rules)
    assert [one["on"] for one in said if one["type"] == "notice"] == [True, False, True]


def test_a_board_may_restart_while_the_figures_are_told():
    face = Face(project.load(paths.share("examples") / "01_hands_up_gate"), Hub(lambda _message: None), Stats())

    class Moment(float):
        def __rsub__(self, now):
            face.virtual("door", BoardEvent(100.0, "exit", {}))  # what a board's own thread does
            return now - float(self)

    face._restarted["before"] = Moment(99.0)
    face.figures(0, None, 101.0)
    assert face._restarted == {"before": 99.0, "door": 100.0}
    face.figures(0, None, 110.0)
    assert "before" not in face._restarted
