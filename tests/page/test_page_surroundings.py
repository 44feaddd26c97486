"""The page and what surrounds it: pictures, notices, a lost connection, small windows, keys only, weak eyes."""

from __future__ import annotations

import pytest
from feeder import SCHOOL
from gongzhi.page import Stop
from gongzhi.values import LANDMARK
from playwright.sync_api import expect

PATIENCE = 30  # seconds that only a defect reaches
LOST = r"WebSocket connection to .* failed|net::ERR_CONNECTION"


def heard(served):
    """The next message from the page."""
    return served.runtime.received.get(timeout=PATIENCE)


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
    expect(shown.locator("#link")).to_have_text("connected", timeout=30_000)
    expect(shown.locator(".board")).to_have_attribute("data-online", "true")
    assert heard(served) == Stop()  # and not the yes: that is perishable
    assert served.runtime.received.empty()
    assert shown.evaluate("window.same")


def test_a_server_that_falls_silent_counts_as_lost(page, served, monkeypatch, opened):
    page.clock.install()
    monkeypatch.setattr("gongzhi.page.hub.BEAT", 3600)
    opened("?lang=en")
    page.evaluate(
        """() => {
          window.states = [];
          const link = document.querySelector("#link");
          new MutationObserver(() => window.states.push(link.dataset.state)).observe(link, { attributes: true });
        }"""
    )
    page.clock.run_for(6000)
    expect(page.locator("#link")).to_have_text("connected")  # the server itself is well
    assert "off" in page.evaluate("window.states")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_phone_needs_no_sideways_scrolling_and_its_buttons_are_big(page, served, language, opened):
    page.set_viewport_size({"width": 390, "height": 844})
    opened(f"?lang={language}")
    served.runtime.post("stopped", on=True, by="human:owner#door", resources=["gate.angle", "lamp.level"])
    served.runtime.post("mat", corners=[], can=True)
    served.runtime.post("school", **SCHOOL)
    served.runtime.propose(total_ms=None)
    expect(page.locator("#yes")).to_be_enabled()
    expect(page.locator(".consent summary")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.evaluate(SMALL) == []
    for name in ("#yes", "#no", "#stop"):
        expect(page.locator(name)).to_be_in_viewport(ratio=1)
    # Nothing lies over them.
    page.click("#no", trial=True)
    page.click("#stop", trial=True)


# What a finger is to hit and is smaller than 44 px.
SMALL = """() => [...document.querySelectorAll("button, a, select, input, summary")].filter((node) => {
  const { width, height } = node.getBoundingClientRect();
  return node.checkVisibility() && (width < 44 || height < 44);
}).map((node) => node.outerHTML)"""


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
    for _ in range(10):
        shown.keyboard.press("Tab")
        order.append(shown.evaluate("document.activeElement.id || document.activeElement.className"))
    assert order == ["seats", "language", "stop", "why", "yes", "no", "level", "take", "level", "take"]
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


def test_boards_that_are_drawn_anew_leave_nothing_behind(shown):
    """An exhibition's page is open for days; what the window knows keeps all that it belongs to."""
    tools = shown.context.new_cdp_session(shown)

    def known():
        places = [tools.send("Runtime.evaluate", {"expression": place})["result"] for place in ("window", "document")]
        return sum(
            len(tools.send("DOMDebugger.getEventListeners", {"objectId": one["objectId"]})["listeners"])
            for one in places
        )

    before = known()
    for other in ("English", "中文"):
        shown.click("#language")
        expect(shown.locator("#language")).to_have_text(other)
    assert known() == before


def test_a_program_that_ends_says_so_and_is_awaited(shown, served, watched):
    watched.allow(LOST)
    served.runtime.hub.post({"type": "bye"})
    served.run(served.server.stop())
    expect(shown.locator("#banners")).to_contain_text("The program has ended.")
    served.run(served.server.start())
    expect(shown.locator("body")).to_have_attribute("data-linked", "true")
    expect(shown.locator("#banners")).not_to_contain_text("The program has ended.")
