"""Phones that join, in a browser: a visitor may say no and stop but not yes, a team member may say yes."""

import queue

import pytest
from gongzhi.page import Answer, Stop
from gongzhi.page.seats import Seats
from playwright.sync_api import expect

PATIENCE = 30  # seconds that only a defect reaches
KEY = "the-key"


@pytest.fixture
def served(feeder):
    """A page that asks for a key or a code."""
    seats = Seats()
    found = feeder.Served(key=KEY, seats=seats)
    found.seats, found.said = seats, queue.Queue()
    found.runtime.hub.on_said = lambda message, seat: found.said.put((message, seat))
    found.runtime.begin()
    found.url = found.url.partition("?")[0]
    yield found
    found.close()


def joined(page, served, role):
    page.set_default_timeout(1000 * PATIENCE)
    page.goto(f"{served.url}?lang=en")
    page.goto(f"{served.url}join?lang=en")
    expect(page.locator("h1")).to_have_text("Type the code")
    code, go = page.locator("#code").bounding_box(), page.locator("#go").bounding_box()
    assert (code["x"], code["width"]) == (go["x"], go["width"])  # one below the other in a wide window as on a phone
    page.fill("#code", served.seats.codes[role])
    page.click("#go")
    page.wait_for_selector("body[data-ready=true][data-linked=true] .board")
    return page


def heard(served):
    return served.said.get(timeout=PATIENCE)


def test_a_visitor_may_say_no_and_stop_but_not_yes(page, served):
    joined(page, served, "visitor")
    id_ = served.runtime.propose()
    expect(page.locator("#no")).to_be_enabled()
    expect(page.locator("#yes")).to_be_disabled()
    expect(page.locator("#card-human")).to_contain_text("You are a visitor")
    expect(page.locator("#seats")).to_be_hidden()
    expect(page.locator(".unasked")).to_have_count(0)
    page.keyboard.press("y")
    page.click("#no")
    assert heard(served) == (Answer("reject", id_, f"sha{id_}"), "human:visitor#v1")
    page.keyboard.press("Escape")
    assert heard(served) == (Stop(), "human:visitor#v1")


def test_a_visitor_is_shown_nothing_that_would_be_refused(page, served):
    joined(page, served, "visitor")
    runtime = served.runtime
    runtime.post("mat", corners=[], can=True)
    runtime.post("studio")
    runtime.post("stopped", on=True, by="human:operator#page", resources=["gate.angle"], room=False)
    runtime.post("notice", id="program", level="error", on=True, text={"zh": "坏了", "en": "It broke."})
    expect(page.locator(".banner.stopped")).to_contain_text("The teacher allows it, or whoever runs the piece.")
    for refused in (".mat-open", ".rearm", "#restart", "#studio", ".world", ".own .take"):
        expect(page.locator(refused).locator("visible=true")).to_have_count(0)
    dial = page.locator(".own .level").first
    assert dial.locator("option:not([disabled])").count() < dial.locator("option").count(), "down, and not up"


def test_a_team_member_takes_a_lamp_into_the_hand_and_keeps_hold_of_it(page, served):
    joined(page, served, "owner")
    own = page.locator(".own[data-resource='lamp.level']")
    own.locator(".take").click()
    said, seat = heard(served)
    assert (said.resource, seat) == ("lamp.level", "human:owner#o1")
    served.runtime.post("owner", resource="lamp.level", seat=seat, remaining_ms=60000, value=0.0)
    expect(own.locator(".grip")).to_be_visible()
    expect(own.locator(".holder")).to_contain_text("This page")
    served.runtime.post("owner", resource="lamp.level", seat="human:operator#page", remaining_ms=60000, value=0.0)
    expect(own.locator(".holder")).to_contain_text("Whoever runs the piece")


def test_a_team_member_may_say_yes_and_a_wrong_code_gives_no_seat(page, served, watched):
    watched.allow("403")
    page.set_default_timeout(1000 * PATIENCE)
    page.goto(f"{served.url}join?lang=en")
    page.fill("#code", "x")
    page.click("#go")
    expect(page.locator("#why")).to_have_text("That code is not right.")
    joined(page, served, "owner")
    id_ = served.runtime.propose()
    expect(page.locator("#yes")).to_be_enabled()
    page.click("#yes")
    assert heard(served) == (Answer("confirm", id_, f"sha{id_}"), "human:owner#o1")


def test_whoever_runs_the_piece_sends_a_seat_away(page, served, browser):
    page.set_default_timeout(1000 * PATIENCE)
    page.goto(f"{served.url}?key={KEY}")
    page.goto(f"{served.url}?lang=en")
    page.wait_for_selector("body[data-linked=true] .board")
    context = browser.new_context()
    phone = joined(context.new_page(), served, "visitor")
    served.seats.join(served.seats.codes["visitor"], "192.168.1.9")
    page.click("#seats")
    expect(page.locator("dialog li span")).to_have_text(["visitor 1", "visitor 2"])
    expect(page.locator("#closeseats")).to_be_focused()
    page.locator("dialog [data-seat]").first.press("Enter")
    expect(page.locator("dialog li")).to_have_count(1)
    expect(page.locator("dialog [data-seat]")).not_to_be_focused()  # another person's
    expect(phone.locator("#why")).to_have_text(
        "You are no longer in: type the code again, or open the address that the program shows."
    )
    expect(phone.locator("#code")).to_be_focused()
    phone.click("#language")
    expect(phone.locator("#why")).to_have_text("你的座位没有了：请再输一次号码，或者重新打开程序显示的地址。")
    page.click("#stop")
    assert isinstance(heard(served)[0], Stop)
    expect(page.locator("dialog")).to_be_visible()
    page.click("#closeseats")
    context.close()
