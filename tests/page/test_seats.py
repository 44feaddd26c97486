"""Seats without names: codes, roles, slow guessing, taking away; and a page that the network reaches."""

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from gongzhi.broker.access import Users
from gongzhi.clock import ManualClock
from gongzhi.page import messages
from gongzhi.page.app import application
from gongzhi.page.hub import Hub
from gongzhi.page.joining import Joining
from gongzhi.page.key import COOKIE
from gongzhi.page.seats import MOST, OPERATOR, Seats, TooManyError, WrongError, may

KEY = "abc-123_x"


@pytest.fixture
def clock():
    return ManualClock(100.0)


@pytest.fixture
def seats(clock):
    teacher = Users()
    teacher.add("teacher", "271828")
    return Seats(teacher, clock)


def test_each_code_gives_its_role_and_every_seat_its_own_number(seats):
    made = [seats.seat(seats.join(code, "1")) for code in (*seats.codes.values(), seats.codes["visitor"], "271828")]
    assert made == ["human:visitor#v1", "human:owner#o2", "human:visitor#v3", "human:teacher#t4"]
    assert [len(code) for code in seats.codes.values()] == [4, 6]
    assert seats.seat("nonsense") == ""


def test_guessing_is_slow_for_one_address_and_for_all_together(seats, clock):
    for _ in range(5):
        with pytest.raises(WrongError):
            seats.join("x", "1")
    with pytest.raises(TooManyError):
        seats.join(seats.codes["visitor"], "1")  # not even the right one is looked at
    assert seats.join(seats.codes["visitor"], "2")
    for n in range(25):
        with pytest.raises(WrongError):
            seats.join("x", f"a{n}")
    with pytest.raises(TooManyError):
        seats.join("x", "new")
    clock.forward(60)
    assert seats.join(seats.codes["visitor"], "1")


def test_new_numbers_end_the_old_ones_and_a_seat_can_be_taken_away(seats):
    old = seats.codes["owner"]
    token = seats.join(old, "1")
    while seats.codes["owner"] == old:
        seats.renew()
    with pytest.raises(WrongError):
        seats.join(old, "1")
    assert seats.seat(token) == "human:owner#o1", "who is there stays"
    assert seats.remove("human:owner#o1")
    assert seats.seat(token) == ""
    assert not seats.remove("human:owner#o1")


def test_a_crowd_takes_the_place_of_whoever_was_silent(seats, clock):
    first, second = seats.join(seats.codes["visitor"], "1"), seats.join(seats.codes["visitor"], "1")
    clock.forward(1)
    seats.spoke(seats.seat(first))
    for _ in range(MOST - 1):
        seats.join(seats.codes["visitor"], "1")
    assert len(seats.rows()) == MOST
    assert (seats.seat(first) != "", seats.seat(second)) == (True, "")


def test_a_crowd_of_visitors_takes_no_seat_of_the_team_or_the_teacher(seats, clock):
    owner, teacher = seats.join(seats.codes["owner"], "1"), seats.join("271828", "1")
    for _ in range(2 * MOST):
        clock.forward(1)
        seats.join(seats.codes["visitor"], "2")
    assert (seats.seat(owner), seats.seat(teacher)) == ("human:owner#o1", "human:teacher#t2")


def test_guesses_at_the_same_time_are_counted_before_they_are_looked_at(seats):
    gate = threading.Barrier(12)

    def guess(_):
        gate.wait()
        with pytest.raises((WrongError, TooManyError)) as caught:
            seats.join("99x99", "1")
        return caught.type

    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(guess, range(12))).count(WrongError) == 5


@pytest.mark.parametrize(
    ("message", "roles"),
    [
        (messages.Stop(), {"visitor", "owner", "operator", "teacher"}),
        (messages.Answer("confirm", "d-1", "x"), {"visitor", "owner", "operator", "teacher"}),  # the arbiter refuses it
        (messages.Press("door", "button", True), {"owner", "operator", "teacher"}),  # a drawn button can say yes
        (messages.Move("light", 1), {"owner", "operator", "teacher"}),
        (messages.Agreed("gestures", "p01", "parent"), {"owner", "operator", "teacher"}),
        (messages.Restart(), {"operator", "teacher"}),
    ],
)
def test_what_a_role_may_ask_of_the_run(message, roles):
    assert {role for role in ("visitor", "owner", "operator", "teacher") if may(f"human:{role}#1", message)} == roles


@pytest.mark.parametrize(
    ("seat", "may_press"),
    [
        ("human:visitor#v1", set()),
        ("human:owner#o1", {"", "visitor", "owner"}),
        ("human:teacher#t1", {"", "visitor", "owner", "operator", "teacher"}),
        (OPERATOR, {"", "visitor", "owner", "operator", "teacher", "safety"}),  # has the real ones at hand as well
    ],
)
def test_nobody_gains_a_rank_by_a_drawn_button(seat, may_press):
    roles = ("", "visitor", "owner", "operator", "teacher", "safety")
    down, up = messages.Press("door", "b", True), messages.Press("door", "b", False)
    assert {role for role in roles if may(seat, down, {"b": role})} == may_press
    assert seat == "human:visitor#v1" or may(seat, up, {"b": "safety"}), "letting go is never refused"


class Page:
    """A page in a network, asked by hand."""

    def __init__(self, seats):
        self.gone = []
        joining = Joining(seats, self.gone.append, lambda: "http://192.168.1.7:8016/")
        self.app = application(Hub(), "0.0.0.0", key=KEY, joining=joining, seats=seats)

    def ask(self, path, query="", cookie="", body=None, kind="http"):
        """(status, headers, body) of the answer."""
        headers = [(b"host", b"192.168.1.7:8016")] + ([(b"cookie", cookie.encode())] if cookie else [])
        scope = {
            "type": kind, "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST" if body else "GET",
            "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": query.encode(),
            "headers": headers, "server": ("x", 80), "client": ("192.168.1.8", 5), "subprotocols": [],
        }  # fmt: skip
        sent = []

        async def receive():
            return {"type": "http.request", "body": json.dumps(body).encode() if body else b""}

        async def send(message):
            sent.append(message)

        asyncio.run(asyncio.wait_for(self.app(scope, receive, send), 10))
        if kind == "websocket":
            return sent[0]["type"]
        return sent[0]["status"], dict(sent[0]["headers"]), b"".join(one.get("body", b"") for one in sent[1:])


@pytest.fixture
def page_(seats):
    return Page(seats)


def token(headers):
    return headers[b"set-cookie"].decode().split(";")[0]


def test_whoever_opens_the_bare_address_comes_to_the_page_to_join_at(page_):
    status, headers, _ = page_.ask("/")
    assert (status, headers[b"location"]) == (303, b"/join")
    for path in ("/join", "/static/join.js", "/static/dom.js", "/api/catalogue"):
        assert page_.ask(path)[0] == 200
    for path in ("/static/main.js", "/api/seats", "/api/join.svg"):
        assert page_.ask(path)[0] == 403
    assert page_.ask("/ws", kind="websocket") == "websocket.close"


def test_a_scanned_code_and_a_typed_one_give_a_seat(page_, seats):
    status, headers, _ = page_.ask("/join", query=f"code={seats.codes['visitor']}")
    assert (status, headers[b"location"]) == (303, b"/")
    assert b"httponly" in headers[b"set-cookie"].lower()
    assert b"samesite=strict" in headers[b"set-cookie"].lower()
    assert page_.ask("/", cookie=token(headers))[0] == 200
    assert page_.ask("/api/seats", cookie=token(headers))[0] == 403, "the codes are for whoever runs the piece"
    status, headers, _ = page_.ask("/api/join", body={"code": seats.codes["owner"]})
    assert status == 200
    assert page_.ask("/", cookie=token(headers))[0] == 200
    assert page_.ask("/api/join", body={"code": "0"})[0] == 403
    assert page_.ask("/api/join", body={"nonsense": 1})[0] == 400
    for _ in range(5):
        page_.ask("/join", query="code=0")
    assert page_.ask("/api/join", body={"code": "0"})[0] == 429


def test_whoever_runs_the_piece_sees_the_codes_and_takes_seats_away(page_, seats):
    operator = f"{COOKIE}={KEY}"
    _, headers, _ = page_.ask("/api/join", body={"code": seats.codes["visitor"]})
    told = json.loads(page_.ask("/api/seats", cookie=operator)[2])
    assert told["codes"] == seats.codes
    assert [one["seat"] for one in told["seats"]] == ["human:visitor#v1"]
    assert (told["url"], told["teacher"]) == ("http://192.168.1.7:8016/", True)
    assert page_.ask("/api/join.svg", query="role=visitor", cookie=operator)[2].startswith(b"<?xml")
    assert page_.ask("/api/join.svg", query="role=teacher", cookie=operator)[0] == 403, "the PIN stands in no picture"
    assert json.loads(page_.ask("/api/seats", cookie=operator, body={"remove": "human:visitor#v1"})[2])["seats"] == []
    assert page_.gone == ["human:visitor#v1"]
    assert page_.ask("/", cookie=token(headers))[0] == 303
