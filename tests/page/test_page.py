"""The page in a real browser: what a person sees, clicks, presses and holds, in both languages and any window."""

from __future__ import annotations

import re

import pytest
from gongzhi.page import Answer, Press, Rearm, Stop
from gongzhi.values import LANDMARK
from playwright.sync_api import expect

PATIENCE = 5  # seconds that only a defect reaches
LOST = r"WebSocket connection to .* failed|net::ERR_CONNECTION"


def heard(served):
    """The next message from the page."""
    return served.runtime.received.get(timeout=PATIENCE)


def test_a_proposal_appears_with_reason_and_certainty(shown, served):
    expect(shown.locator("#card-machine")).to_contain_text("Both hands up")  # what one may try
    served.runtime.propose()
    expect(shown.locator("#what")).to_have_text("Open the gate")
    expect(shown.locator("#card-machine")).to_contain_text("Because both hands are up")
    expect(shown.locator("#card-machine")).to_contain_text("How sure: 93%")
    expect(shown.locator("#card-machine")).to_contain_text("A2 asks first")
    expect(shown.locator("#card-human")).to_contain_text("seconds left")
    expect(shown.locator("#card-human")).to_contain_text("No answer means: it is not done")
    expect(shown.locator("#card-act")).to_contain_text("Not done yet")
    expect(shown.locator("#said")).to_have_text("Waits for a person: Open the gate")


@pytest.mark.parametrize(
    ("how", "verb"), [("#yes", "confirm"), ("#no", "reject"), ("y", "confirm"), ("n", "reject")]
)
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
    seen = shown.evaluate("window.seen")
    assert seen[0] == [True, True]
    assert [True, False] in seen


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
    expect(banner).to_have_attribute("role", "alert")
    shown.get_by_role("button", name="Allow again: Gate").click()
    assert heard(served) == Rearm("gate.angle")
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
    expect(part('[data-ch="gate"] svg')).to_have_attribute("data-value", "90")
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


def test_the_picture_its_skeleton_and_what_the_machine_sees(shown, served, feeder):
    expect(shown.locator(".veil")).to_have_text("No picture yet")
    show_frames(shown, served, raised=1.0)
    expect(shown.locator(".sees")).to_have_text("The machine sees: Both hands up")
    expect(shown.locator('.chip[data-action="hands_up"]')).to_have_attribute("data-held", "true")
    # The left wrist's yellow joint is on its place of this very frame.
    colour = shown.evaluate(
        "([x, y]) => [...document.querySelector('canvas').getContext('2d').getImageData(x, y, 1, 1).data]",
        [int(value) for value in feeder.joints(1.0)[LANDMARK["left_wrist"]]],
    )
    assert colour[0] > 200
    assert colour[1] > 200
    assert colour[2] < 110
    expect(shown.locator(".veil")).to_have_text("The picture stands still")  # when no more frames come
    expect(shown.locator("#see")).to_have_class("stale")


def test_a_picture_without_a_person(shown, served):
    show_frames(shown, served, empty=True)
    expect(shown.locator(".sees")).to_contain_text("The machine sees nobody")


def show_frames(page, served, **scene):
    """Frames until one is on the canvas."""
    served.runtime.frame(0, **scene)
    expect(page.locator(".veil")).to_be_hidden()


def test_no_pose_model_is_said_loudly_and_notices_come_and_go(shown, served, feeder):
    served.runtime.hub.post({**feeder.HELLO, "pose": "truth"}, "hello")
    expect(shown.locator(".banner.warn")).to_contain_text("No pose model: the drawn person’s own joints are used.")
    notice = {"zh": "摄像头不见了。", "en": "The camera is gone."}
    served.runtime.post("notice", id="camera", level="error", text=notice, on=True)
    expect(shown.locator(".banner.error")).to_have_text("The camera is gone.")
    served.runtime.post("notice", id="camera", level="error", text=notice, on=False)
    expect(shown.locator(".banner.error")).to_have_count(0)


def test_a_lost_connection_is_shown_and_comes_back_without_a_reload(shown, served, watched):
    watched.allow(LOST)
    served.runtime.propose()
    expect(shown.locator("#yes")).to_be_enabled()
    shown.evaluate("window.same = true")
    served.run(served.server.stop())
    expect(shown.locator(".banner.lost")).to_contain_text("The connection is lost.")
    expect(shown.locator("#link")).to_have_text("not connected")
    expect(shown.locator("#yes")).to_be_disabled()
    expect(shown.locator(".board")).to_have_attribute("data-online", "false")
    shown.keyboard.press("y")
    shown.click("#stop")
    expect(shown.locator(".banner.lost")).to_contain_text("Stop is sent as soon as it is back")
    served.run(served.server.start())
    expect(shown.locator("#link")).to_have_text("connected", timeout=10_000)
    expect(shown.locator(".board")).to_have_attribute("data-online", "true")
    assert heard(served) == Stop()  # and not the yes: that is perishable
    assert served.runtime.received.empty()
    assert shown.evaluate("window.same")


def test_a_server_that_falls_silent_counts_as_lost(page, served, monkeypatch, opened):
    page.clock.install()
    monkeypatch.setattr("gongzhi.page.hub.BEAT", 3600)
    opened("?lang=en")
    page.clock.run_for(6000)
    expect(page.locator("#link")).to_have_text("not connected")


def test_labels_are_text_and_never_html(shown, served, feeder):
    evil = "<img src=x onerror=alert(1)>"
    hello = {**feeder.HELLO, "project": {"id": "x", "title": {"en": evil, "zh": evil}}}
    served.runtime.hub.post(hello, "hello")
    served.runtime.propose(what={"en": evil, "zh": evil}, because={"en": evil})
    expect(shown.locator("#project")).to_have_text(evil)
    expect(shown.locator("#what")).to_have_text(evil)
    assert shown.locator("img").count() == 0


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_phone_needs_no_sideways_scrolling_and_its_buttons_are_big(page, served, language, opened):
    page.set_viewport_size({"width": 390, "height": 844})
    opened(f"?lang={language}")
    served.runtime.post("stopped", on=True, by="human:owner#door", resources=["gate.angle", "lamp.level"])
    served.runtime.propose()
    expect(page.locator("#yes")).to_be_enabled()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    for button in page.get_by_role("button").all():
        box = button.bounding_box()
        assert box["width"] >= 44, button
        assert box["height"] >= 44, button
    for name in ("#yes", "#no", "#stop"):
        expect(page.locator(name)).to_be_in_viewport(ratio=1)
    # Nothing lies over them.
    page.click("#no", trial=True)
    page.click("#stop", trial=True)


def test_everything_important_fits_on_a_laptop(page, served, opened):
    opened("?lang=zh")
    served.runtime.propose()
    expect(page.locator("#yes")).to_be_enabled()
    for name in ("#see", "#yes", "#no", "#stop", ".press"):
        expect(page.locator(name)).to_be_in_viewport(ratio=1)


def test_less_motion_is_respected(page, served, opened):
    page.emulate_media(reduced_motion="reduce")
    opened("?lang=en")
    served.runtime.part("bell", tone=440)
    expect(page.locator(".sounds .waves")).to_have_css("animation-name", "none")
    expect(page.locator(".horn")).to_have_css("transition-property", "none")


def test_the_page_can_be_used_with_the_tab_key_alone(shown, served):
    served.runtime.propose()
    expect(shown.locator("#yes")).to_be_enabled()
    order = []
    for _ in range(5):
        shown.keyboard.press("Tab")
        order.append(shown.evaluate("document.activeElement.id || document.activeElement.className"))
    assert order == ["language", "stop", "yes", "no", "press"]
    assert shown.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_all_text_has_enough_contrast(shown, served):
    served.runtime.propose()
    served.runtime.carry_out(served.runtime.propose("lamp.level", None, state="draft"), "dial")
    served.runtime.turn(served.runtime.propose(), "rejected", "human:owner#door")
    expect(shown.locator("#past li")).to_have_count(2)
    assert shown.evaluate(CONTRAST) == []


# WCAG 2.2, 1.4.3: 4.5 to 1, 3 to 1 for large text. Disabled buttons are exempt; backgrounds here are plain colours.
CONTRAST = """() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const part = (value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const bright = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const found = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
    if (!own || !node.checkVisibility() || node.closest(":disabled, .unseen, .veil, noscript")) continue;
    let behind = node;
    while (behind && (parse(getComputedStyle(behind).backgroundColor)[3] ?? 1) === 0) behind = behind.parentElement;
    const style = getComputedStyle(node);
    const [a, b] = [bright(parse(style.color)), bright(parse(getComputedStyle(behind).backgroundColor))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) found.push(`${node.textContent}: ${ratio.toFixed(2)}`);
  }
  return found;
}"""
