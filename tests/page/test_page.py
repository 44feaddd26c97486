"""The page in a real browser: what a person sees, clicks, presses and holds, in both languages and any window."""

from __future__ import annotations

import re

import pytest
from gongzhi.page import Answer, Press, Rearm, Stop
from playwright.sync_api import expect

PATIENCE = 30  # seconds that only a defect reaches
LOST = r"WebSocket connection to .* failed|net::ERR_CONNECTION"


def heard(served):
    """The next message from the page."""
    return served.runtime.received.get(timeout=PATIENCE)


def test_only_what_recordings_have_measured_is_said_in_percent(shown, served):
    served.runtime.propose(calibrated=True)
    expect(shown.locator("#card-machine")).to_contain_text("How sure: 93%")


def test_a_proposal_appears_with_reason_and_certainty(shown, served):
    expect(shown.locator("#card-machine")).to_contain_text("Both hands up")  # what one may try
    served.runtime.propose()
    expect(shown.locator("#what")).to_have_text("Open the gate")
    expect(shown.locator("#card-machine")).to_contain_text("Because both hands are up")
    expect(shown.locator("#card-machine")).to_contain_text("How clear it is (uncalibrated)")
    expect(shown.locator("#card-machine")).to_contain_text("A2 asks first")
    expect(shown.locator("#card-human")).to_contain_text("seconds left")
    expect(shown.locator("#card-human")).to_contain_text("No answer means: it is not done")
    expect(shown.locator("#card-act")).to_contain_text("Not done yet")
    expect(shown.locator("#said")).to_have_text("Waits for a person: Open the gate")


@pytest.mark.parametrize(("how", "verb"), [("#yes", "confirm"), ("#no", "reject"), ("y", "confirm"), ("n", "reject")])
def test_yes_and_no_by_click_and_by_key(shown, served, how, verb):
    id_ = served.runtime.propose()
    expect(shown.locator("#yes")).to_be_enabled()
    if how.startswith("#"):
        shown.click(how)
    else:
        shown.keyboard.press(how)
    assert heard(served) == Answer(verb, id_, f"sha{id_}")
    expect(shown.locator("#yes")).to_be_disabled()
    expect(shown.locator("#card-human")).to_contain_text("Sent…")


def test_a_double_click_answers_once(shown, served):
    served.runtime.propose()
    expect(shown.locator("#yes")).to_be_enabled()
    shown.dblclick("#yes", force=True)
    shown.keyboard.press("s")
    assert isinstance(heard(served), Answer)
    assert heard(served) == Stop()


def test_a_new_question_is_locked_for_a_moment(shown, served):
    served.runtime.propose()
    expect(shown.locator("#yes")).to_be_enabled()
    shown.evaluate(
        """() => {
          window.seen = [];
          const yes = document.querySelector("#yes"), what = document.querySelector("#card-machine");
          const note = () => window.seen.push([what.textContent.includes("light"), yes.disabled]);
          new MutationObserver(note).observe(document.querySelector("#steps"), {
            attributes: true, childList: true, subtree: true, characterData: true });
        }"""
    )
    served.runtime.propose("lamp.level", 8000)
    expect(shown.locator("#what")).to_have_text("Turn on the light")
    expect(shown.locator("#yes")).to_be_enabled()
    locked = [disabled for light, disabled in shown.evaluate("window.seen") if light]  # a clock may tick before
    assert locked[0]
    assert False in locked


def test_an_alternative_that_comes_under_a_finger_is_locked_for_a_moment(shown, served):
    id_ = served.runtime.propose(total_ms=None)
    expect(shown.locator("#yes")).to_be_enabled()
    shown.evaluate(
        """() => {
          window.locks = [];
          const rather = document.querySelector("#rather");
          const note = () => rather.checkVisibility() && window.locks.push(rather.disabled);
          new MutationObserver(note).observe(document.querySelector("#steps"), {
            attributes: true, childList: true, subtree: true });
        }"""
    )
    served.runtime.turn(id_, "proposed", instead={"what": {"en": "open it halfway"}, "because": {}, "value": 45})
    expect(shown.locator("#rather")).to_be_enabled()
    expect(shown.locator("#rather")).to_be_visible()
    assert shown.evaluate("window.locks[0]")


def test_what_was_done_can_be_undone(shown, served):
    id_ = served.runtime.propose()
    served.runtime.carry_out(id_, "human:operator#page")
    expect(shown.locator("#card-human")).to_contain_text("A person said yes")
    expect(shown.locator("#card-human")).to_contain_text("From: this page")
    expect(shown.locator("#card-act")).to_contain_text("Done")
    shown.click("#undo")
    assert heard(served) == Answer("undo", id_, f"sha{id_}")
    served.runtime.turn(id_, "undone", "human:operator#page", undo=False)
    expect(shown.locator("#card-act")).to_contain_text("Undone")
    expect(shown.locator("#undo")).to_be_hidden()


def test_a_timeout_is_nobodys_decision(shown, served):
    id_ = served.runtime.propose()
    served.runtime.turn(id_, "expired")
    expect(shown.locator("#card-human")).to_contain_text("Nobody decided")
    expect(shown.locator("#card-act")).to_contain_text("Not done")
    expect(shown.locator("#past li")).to_have_attribute("data-state", "expired")
    expect(shown.locator("#past li")).to_contain_text("Nobody decided")
    assert "yes" not in shown.inner_text("#card-human").lower()


def test_when_the_time_is_over_a_yes_is_no_longer_possible(shown, served):
    served.runtime.propose(total_ms=1)
    expect(shown.locator("#card-human")).to_contain_text("0 seconds left")
    expect(shown.locator("#yes")).to_be_disabled()


def test_an_answer_that_did_nothing_is_told_why(shown, served):
    served.runtime.hub.post({"type": "told", "seat": "human:owner#door", "verb": "confirm", "id": "d-1", "code": "dup"})
    served.runtime.hub.post(
        {"type": "told", "seat": "human:operator#page", "verb": "confirm", "id": "d-1", "code": "late_yes"}
    )
    expect(shown.locator("#banners")).to_have_text("Too late: the time was over.")


def test_a_refusal_names_the_button_of_the_board(shown, served):
    id_ = served.runtime.propose()
    served.runtime.turn(id_, "rejected", "human:owner#door")
    expect(shown.locator("#card-human")).to_contain_text("A person said no")
    expect(shown.locator("#past li")).to_contain_text("the button on the board at the door")


def test_an_act_by_the_dial_is_not_called_a_yes(shown, served):
    served.runtime.carry_out(served.runtime.propose("lamp.level", None, state="draft"), "dial")
    expect(shown.locator("#card-human")).to_contain_text("The machine may do this by itself")
    expect(shown.locator("#undo")).to_be_visible()


def test_a_question_goes_before_an_act_that_is_newer(shown, served):
    served.runtime.propose()
    served.runtime.carry_out(served.runtime.propose("lamp.level", None, state="draft"), "dial")
    expect(shown.locator("#past li")).to_have_count(1)
    expect(shown.locator("#what")).to_have_text("Open the gate")


@pytest.mark.parametrize("how", ["click", "Escape", "s"])
def test_stop_and_allow_again(shown, served, how):
    if how == "click":
        shown.click("#stop")
    else:
        shown.keyboard.press(how)
    assert heard(served) == Stop()
    served.runtime.post("stopped", on=True, by="human:operator#page", resources=["gate.angle", "lamp.level"])
    banner = shown.locator(".banner.stopped")
    expect(banner).to_contain_text("Everything is stopped.")
    expect(banner).to_contain_text("From: this page")
    # Case 20: the operator's counter.
    expect(shown.locator(".unasked")).to_have_text("not asked (nobody there, or too many questions): 3")
    expect(banner).to_have_attribute("role", "alert")
    shown.get_by_role("button", name="Allow again: Gate").click()
    assert heard(served) == Rearm("gate.angle")
    shown.get_by_role("button", name="Allow all again").click()
    assert heard(served) == Rearm(None)
    served.runtime.post("stopped", on=True, by="human:operator#page", resources=["lamp.level"])
    expect(banner).to_contain_text("Still stopped: Light.")
    expect(shown.get_by_role("button", name="Allow all again")).to_have_count(0)
    served.runtime.post("stopped", on=False, by="", resources=[])
    expect(banner).to_have_count(0)


def test_the_language_changes_at_once_and_is_remembered(page, served, opened):
    opened()
    served.runtime.propose()
    expect(page.locator("#motto")).to_have_text("你动，机器猜，你说了算")
    expect(page.locator("#what")).to_have_text("打开大门")
    expect(page.locator('[data-ch="lamp"] small')).to_have_text("引脚 23")
    page.click("#language")
    expect(page.locator("#motto")).to_have_text("You move, it guesses, you decide")
    expect(page.locator("#what")).to_have_text("Open the gate")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.reload()
    expect(page.locator("#what")).to_have_text("Open the gate")
    assert page.title() == "Hands up, gate opens · 共智 Gongzhi"


def test_the_parts_move_with_the_board(shown, served):
    part = shown.locator
    served.runtime.part("gate", angle=90)
    expect(part('[data-ch="gate"] > svg')).to_have_attribute("data-value", "90")
    expect(part('[data-ch="gate"] .value')).to_have_text("90°")
    expect(part('[data-ch="gate"] .horn')).to_have_css("transform", "matrix(1, 0, 0, 1, 0, 0)")
    served.runtime.part("lamp", level=1)
    expect(part('[data-ch="lamp"] .lens-on')).to_have_css("opacity", "1")
    expect(part('[data-ch="lamp"] .value')).to_have_text("on, 100%")
    served.runtime.part("lamp", level=0)
    expect(part('[data-ch="lamp"] .lens-on')).to_have_css("opacity", "0")
    served.runtime.part("bell", tone=440)
    expect(part('[data-ch="bell"] .value')).to_have_text("440 Hz")
    served.runtime.part("button", pressed=1)
    expect(part(".press")).to_have_class(re.compile("pressed"))


def test_a_board_that_is_gone_is_grey_and_its_button_dead(shown, served):
    served.runtime.post(
        "board", id="door", online=False, body="vm", note={"zh": "两块板子同名", "en": "Two have one id."}
    )
    board = shown.locator(".board")
    expect(board).to_have_attribute("data-online", "false")
    expect(board).to_contain_text("offline")
    expect(board).to_contain_text("Two have one id.")
    expect(shown.locator(".press")).to_have_attribute("aria-disabled", "true")
    shown.locator(".press").dispatch_event("pointerdown", {"button": 0})
    served.runtime.post("board", id="door", online=True, body="vm", note=None)
    expect(board).to_contain_text("online")
    assert served.runtime.received.empty()


def test_the_button_is_held_with_the_mouse(shown, served):
    box = shown.locator(".press").bounding_box()
    shown.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    shown.mouse.down()
    assert heard(served) == Press("door", "button", True)
    expect(shown.locator(".meaning")).to_have_text("Yes")
    expect(shown.locator(".meaning")).to_have_text("No")  # after a second of real holding
    full = float(shown.locator(".ring").get_attribute("stroke-dasharray"))
    assert float(shown.locator(".ring").get_attribute("stroke-dashoffset")) < 0.7 * full
    shown.mouse.move(5, 5)  # a finger that slides off still holds
    shown.mouse.up()
    assert heard(served) == Press("door", "button", False)
    expect(shown.locator(".meaning")).to_have_text("")


def test_the_button_is_held_with_the_keyboard(shown, served):
    shown.locator(".press").focus()
    shown.keyboard.down(" ")
    assert heard(served) == Press("door", "button", True)
    shown.keyboard.down(" ")  # the keyboard's own repetition is no second press
    shown.keyboard.up(" ")
    assert heard(served) == Press("door", "button", False)


def test_a_button_whose_focus_is_taken_does_not_mean_yes(shown, served):
    shown.locator(".press").focus()
    shown.keyboard.down(" ")
    assert heard(served) == Press("door", "button", True)
    shown.locator("#language").focus()
    released = heard(served)  # the server keeps it down until a let-go means no (press.py)
    assert released == Press("door", "button", False)
    assert shown.locator(".press").get_attribute("data-step") == ""


def test_labels_are_text_and_never_html(shown, served, feeder):
    evil = "<img src=x onerror=alert(1)>"
    hello = {**feeder.HELLO, "project": {"id": "x", "title": {"en": evil, "zh": evil}}}
    served.runtime.hub.post(hello, "hello")
    served.runtime.propose(what={"en": evil, "zh": evil}, because={"en": evil})
    expect(shown.locator("#project")).to_have_text(evil)
    expect(shown.locator("#what")).to_have_text(evil)
    assert shown.locator("img").count() == 0


def test_a_movement_that_leads_to_two_acts_is_offered_once(shown, served, feeder):
    rules = [{**rule, "label": feeder.UP} for rule in feeder.HELLO["rules"]]
    served.runtime.hub.post({**feeder.HELLO, "rules": rules}, "hello")
    expect(shown.locator(".tries li")).to_have_text(["Both hands up"])
    expect(shown.locator("#card-machine")).to_contain_text("Move, and the machine guesses")
    served.runtime.hub.post({**feeder.HELLO, "rules": [{**rules[0], "when": "soil < 30 and metal"}]}, "hello")
    expect(shown.locator("#card-machine")).to_contain_text("The sensors change, the machine proposes.")
    chinese = {"rules": [{**rules[0], "when": "soil < 30 and 举手"}], "actions": {"举手": feeder.UP}}
    served.runtime.hub.post({**feeder.HELLO, **chinese}, "hello")
    expect(shown.locator("#card-machine")).to_contain_text("Move, and the machine guesses")


def test_a_question_does_not_hide_what_can_still_be_undone(shown, served):
    lamp = served.runtime.propose(resource="lamp.level", total_ms=None)
    served.runtime.turn(lamp, "done", "board:door", undo=True)
    gate = served.runtime.propose()
    expect(shown.locator("#what")).to_have_text("Open the gate")
    expect(shown.locator("#undo")).to_be_visible()
    expect(shown.locator("#undo")).to_be_enabled()
    shown.click("#undo")
    assert heard(served) == Answer("undo", lamp, f"sha{lamp}")
    served.runtime.turn(gate, "expired", "clock")
    served.runtime.turn(lamp, "undone", "human:operator#page")
    expect(shown.locator("#undo")).to_be_hidden()


def test_a_project_that_only_senses_keeps_no_place_for_a_picture(shown, served):
    expect(shown.locator("#see")).to_be_visible()
    served.runtime.begin(pose="none")
    expect(shown.locator("#see")).to_be_hidden()
    expect(shown.locator("#boards")).to_be_visible()
