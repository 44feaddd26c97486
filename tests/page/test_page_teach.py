"""The corner where people teach, in a real browser: roles, quarantine that moves, a lesson, one press back."""

from __future__ import annotations

import re

import pytest
from feeder import SCHOOL
from gongzhi.page.messages import Agreed, Forget, Golden, Measure, Promote, Rollback, Teach
from playwright.sync_api import expect

SAMPLE = "a" * 16
ACTIONS = {"arms_wide": {"zh": "张开双臂", "en": "arms wide"}, "wave": {"zh": "挥手", "en": "waving"},
           "rest": {"zh": "站着", "en": "standing"}}  # fmt: skip
WAITS = {"sample": SAMPLE, "label": "wave", "seat": "human:operator#page", "of": "", "said": "", "suggested": "rest",
         "seconds": 3.7}  # fmt: skip
LESSON = {
    "version": "b" * 16, "ok": True, "current": True, "lines": {"zh": ["变好了"], "en": ["Better."]},
    "effects": [
        {"label": "arms wide", "windows": 22, "recordings": 2, "before": 20, "after": 22, "new": False, "worse": False,
         "intervals": [[0.72, 0.97], [0.85, 1.0]]},
        {"label": "wave", "windows": 0, "recordings": 0, "before": 0, "after": 0, "new": True, "worse": False,
         "intervals": [[0.0, 1.0], [0.0, 1.0]]},
    ],
}  # fmt: skip


def frames():
    """Somebody whose left hand goes up and down."""
    return [
        [[0, 1.5], [0.3, 1], [-0.3, 1], [0.6, 0.8], [-0.5, 0.5], [0.8, y], [-0.5, 0.1], [0.2, 0], [-0.2, 0],
         [0.2, -0.9], [-0.2, -0.9], [0.2, -1.7], [-0.2, -1.7]]
        for y in (0.4, 0.9, 1.4, 0.9)
    ]  # fmt: skip


def school(served, **changes):
    served.runtime.post("school", **{**SCHOOL, **changes})


def heard(served):
    return served.runtime.received.get(timeout=30)


@pytest.fixture
def taught(shown, served):
    served.runtime.begin(actions=ACTIONS)
    served.runtime.post("sample", sample=SAMPLE, frames=frames())
    school(served)
    expect(shown.locator("#school")).to_be_visible()
    return shown


def test_without_a_model_there_is_no_corner_and_whatever_comes_first_its_labels_are_in_words(shown, served):
    expect(shown.locator("#school")).to_be_hidden()
    school(served)
    expect(shown.locator('[data-label="wave"]')).to_have_text("Wave")
    served.runtime.begin(actions=ACTIONS)
    expect(shown.locator('[data-label="wave"]')).to_have_text("Waving")


def test_one_press_teaches_what_was_just_done_and_a_new_label_can_be_written(taught, served):
    taught.get_by_role("button", name="Waving").click()
    assert heard(served) == Teach("wave", "", "gestures", "p01")
    served.runtime.propose(total_ms=None)
    expect(taught.locator("#yes")).to_be_enabled()
    taught.get_by_label("Label", exact=True).press_sequentially("sny1")  # letters that mean stop, no and yes elsewhere
    taught.get_by_label("Label", exact=True).fill("敬礼")
    taught.locator(".whose select").select_option("p02")
    taught.get_by_role("button", name="Teach", exact=True).click()
    assert heard(served) == Teach("敬礼", "", "gestures", "p02")


def test_a_card_leads_to_the_lesson_about_it(taught, served):
    id_ = served.runtime.propose(model="gestures")
    taught.locator("#card-machine .teach").click()
    expect(taught.locator(".lesson-form .what")).to_contain_text("open the gate")
    taught.get_by_role("button", name="Standing").click()
    assert heard(served) == Teach("rest", id_, "gestures", "p01")
    expect(taught.locator(".lesson-form .what")).to_have_text("What have I just done?")


def test_a_card_that_no_model_has_judged_teaches_nothing(taught, served):
    served.runtime.propose()
    expect(taught.locator("#what")).to_be_visible()
    expect(taught.locator("#card-machine .teach")).to_be_hidden()


def test_a_correction_becomes_a_lesson_by_one_press(taught, served):
    edited = {"id": "d-9", "model": "gestures", "label": "arms wide", "state": "edited", "what": {"en": "soft light"},
              "because": {"en": "…"}}  # fmt: skip
    school(served, candidates=[edited])
    taught.locator("[data-about='d-9']").click()
    assert heard(served) == Teach("arms wide", "d-9", "gestures", "p01")


def test_what_was_never_learnt_is_said_and_teaching_is_offered(taught, served):
    served.runtime.post("strange", models=["gestures"])
    expect(taught.locator(".strange")).to_have_text("I have not learnt this. Will you teach me?")
    served.runtime.post("strange", models=[])
    expect(taught.locator(".strange")).to_have_text("")
    served.runtime.propose(model="gestures", state="deferred", reason="unseen")
    expect(taught.locator("#card-machine .doubt")).to_contain_text("I have not learnt this")


def test_quarantine_moves_doubts_and_can_be_taken_out(taught, served):
    school(served, waiting=[WAITS])
    card = taught.locator(f"[data-sample='{SAMPLE}']")
    expect(card).to_contain_text("Looks more like “Standing”")
    expect(card).to_contain_text("this page")
    picture = f"document.querySelector(\"[data-sample='{SAMPLE}'] canvas\").toDataURL()"
    before = taught.evaluate(picture)
    taught.wait_for_function(f"before => {picture} !== before", arg=before, timeout=30_000)
    card.get_by_role("button").click()
    assert heard(served) == Forget("gestures", SAMPLE)
    school(served)
    expect(taught.locator(".quarantine")).to_be_hidden()


def test_a_lesson_is_measured_shown_promoted_and_taken_back(taught, served):
    school(served, golden=0, waiting=[WAITS])
    expect(taught.locator("[data-do=measure]")).to_be_disabled()
    taught.locator("[data-do=golden]").click()
    assert heard(served) == Golden("gestures")
    school(served, waiting=[WAITS])
    taught.locator("[data-do=measure]").click()
    assert heard(served) == Measure("gestures")
    school(served, waiting=[WAITS], busy=[3, 13])
    expect(taught.locator("progress")).to_have_attribute("value", re.compile(r"0\.23"))
    school(served, waiting=[WAITS], lesson=LESSON)
    expect(taught.locator(".effect[data-label='arms wide']")).to_contain_text("20 → 22 / 22")
    taught.locator("[data-do=promote]").click()
    assert heard(served) == Promote("gestures", "b" * 16)
    school(served, version="b" * 16, back=SCHOOL["version"])
    expect(taught.locator("#past")).to_contain_text("Another version of the model")
    taught.locator("[data-do=rollback]").click()
    assert heard(served) == Rollback("gestures")


def test_what_has_become_worse_cannot_be_promoted(taught, served):
    bad = LESSON["effects"][0] | {"before": 22, "after": 12, "worse": True}
    school(served, waiting=[WAITS], lesson=LESSON | {"ok": False, "effects": [bad]})
    expect(taught.locator(".effect")).to_have_attribute("data-worse", "true")
    expect(taught.locator(".changes")).to_contain_text("It does not count like this")
    expect(taught.locator("[data-do=promote]")).to_be_hidden()


def test_who_may_not_is_told_why_beside_it(taught, served):
    served.runtime.post("told", seat="human:visitor#1", verb="promote", id="gestures", code="outranked")
    expect(taught.locator(".corner .told")).to_contain_text("more responsibility")


def test_nobody_is_taught_without_having_agreed(taught, served):
    school(served, people=[])
    expect(taught.locator(".whose")).to_be_hidden()
    taught.locator(".consent summary").click()
    taught.get_by_label("Number of the person").fill("p07")
    taught.get_by_role("button", name="the parents").click()
    assert heard(served) == Agreed("gestures", "p07", "parent")


def test_among_visitors_nothing_is_taught(taught, served):
    school(served, exhibition=True)
    expect(taught.locator(".corner")).to_contain_text("shown to visitors")
    expect(taught.locator(".lesson-form")).to_be_hidden()


@pytest.mark.parametrize("width", [360, 1280])
def test_in_chinese_and_in_a_narrow_window_it_has_its_place(opened, served, width, tmp_path):
    page = opened("?lang=zh")
    page.set_viewport_size({"width": width, "height": 800})
    served.runtime.begin(actions=ACTIONS)
    served.runtime.post("sample", sample=SAMPLE, frames=frames())
    school(served, waiting=[WAITS, WAITS | {"sample": "c" * 16}], lesson=LESSON, back="0" * 16)
    expect(page.locator(".corner h2")).to_contain_text("教它")
    expect(page.locator(".quarantine h3")).to_have_text("隔离区：2 个样本，现在都还不算数。")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    buttons = page.locator(".corner button:visible")
    assert min(buttons.nth(n).bounding_box()["height"] for n in range(buttons.count())) >= 44
