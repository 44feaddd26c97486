"""Phones that join, in a browser: a visitor may say no and stop but not yes, a team member may say yes."""

import queue

import pytest
from gongzhi.page import Answer, Stop
from gongzhi.page.seats import Seats
from playwright.sync_api import expect

PATIENCE = 5  # seconds that only a defect reaches
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
    page.keyboard.press("y")
    page.click("#no")
    assert heard(served) == (Answer("reject", id_, f"sha{id_}"), "human:visitor#v1")
    page.keyboard.press("Escape")
    assert heard(served) == (Stop(), "human:visitor#v1")


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
    page.click("#seats")
    expect(page.locator("dialog li")).to_contain_text("visitor 1")
    page.click("dialog [data-seat]")
    expect(page.locator("dialog li")).to_have_count(0)
    expect(phone.locator("#link")).to_contain_text("not connected")
    phone.goto(served.url)
    assert phone.url.endswith("/join")
    page.click("#closeseats")
    context.close()
