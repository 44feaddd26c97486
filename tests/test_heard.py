"""What comes from outside is typed or dropped, and never an exception."""

from __future__ import annotations

import json

import pytest
from gongzhi.arbiter.events import Acked, Answered, Online, Proposed, Reported
from gongzhi.heard import MAX_PAYLOAD, About, ClockAsked, Declared, Ears, Felt, OutputState, Telemetry
from gongzhi.values import Answer, Rule, State
from hypothesis import given
from hypothesis import strategies as st

TOP = "v1/local/gate01/"


@pytest.fixture
def ears():
    return Ears("local", "gate01")


def say(ears, topic, now=5.0, **message):
    return ears.hear(TOP + topic, json.dumps({"v": 1, **message}).encode(), now)


def test_what_boards_say(ears):
    assert say(ears, "door/up/ack", id="c-1", ok=True, err=None, t=5, ep=3) == [Acked("c-1", True, "", "door")]
    assert say(ears, "door/up/ack", id="c-1", ok=False, err="range", t=5, ep=3) == [
        Acked("c-1", False, "range", "door")
    ]
    assert say(ears, "door/up/state/gate", ch="gate", d={"angle": 90}, by="cmd", ep=3, id="c-1") == [
        OutputState(
            State("door", "gate", {"angle": 90.0}, 5.0), Reported("door", "gate", "cmd", 3, "c-1", {"angle": 90.0})
        )
    ]
    assert say(ears, "door/up/ev/button", ch="button", ev="press", q="3:7", t=9) == [Felt("door", "button", "press", 9)]
    assert say(ears, "door/up/s", t=1, s=2, d={"button": 1}) == [Telemetry("door", {"button": 1.0}, 2, 1)]
    assert say(ears, "door/up/clock", b=77) == [ClockAsked("door", 77)]
    assert say(ears, "door/up/meta", fw="0.1", ch={}) == [About("door", "meta", {"v": 1, "fw": "0.1", "ch": {}})]
    assert say(ears, "door/up/online", on=1, boot=3, sid="a-3-1")[0] == Online("door", True, "a-3-1")
    assert say(ears, "door/up/online", on=1, boot=3, sid="a-3-2", body="vm")[0] == Online("door", True, "a-3-2", True)
    assert not say(ears, "door/up/online", on=1, boot=3, sid="a-3-3", body="esp32")[0].virtual
    assert ears.dropped.total() == 0


def test_an_acknowledgement_of_another_kind_is_heard_too(ears):
    assert say(ears, "door/up/ack", id="cfg", ok=False, err="cfg", t=1, ep=0, why="pin", at="parts.0") == [
        Acked("cfg", False, "cfg", "door")
    ]


def test_case_14_a_late_will_of_an_older_connection_is_dropped(ears):
    say(ears, "door/up/online", on=1, boot=3, sid="a-3-1")
    say(ears, "door/up/online", on=1, boot=4, sid="a-4-1")
    assert say(ears, "door/up/online", on=0, boot=3, sid="a-3-1") == []
    assert say(ears, "door/up/online", on=0, boot=4, sid="a-4-0") == []
    assert say(ears, "door/up/online", on=0, boot=4, sid="a-4-1") == [Online("door", False, "a-4-1")]
    assert ears.dropped["late will"] == 2


def test_case_18_no_clock_but_the_arbiters_is_believed(ears):
    """A tablet or a program may say what time it likes: an answer names the card it saw, a proposal is of now."""
    for t in (0, 9e9, -1):
        (said,) = say(ears, "_co/answer", verb="confirm", id="d-1", digest="ab", seat="human:owner#t", t=t)
        assert said == Answered(Answer("confirm", "human:owner#t", "d-1", "ab"))
        (heard,) = say(ears, "_co/propose", now=7.0, resource="gate.angle", value=9, because={"en": "hands"}, t=t)
        assert heard.proposal.t == 7.0
        # A board's clock runs by itself, too: what it has heard and felt is of now.
        ms = int(t) % (1 << 30)
        acked = say(ears, "door/up/ack", id="c-1", ok=True, err=None, t=ms, ep=3)
        assert acked == [Acked("c-1", True, "", "door")]
        pressed = say(ears, "door/up/ev/button", ch="button", ev="press", q=f"1:{ms % 1000}", t=ms)
        assert [(one.device, one.event) for one in pressed] == [("door", "press")]


def test_case_6_a_press_that_is_delivered_twice_is_one_press(ears):
    assert len(say(ears, "door/up/ev/button", ch="button", ev="press", q="3:7", t=9)) == 1
    assert say(ears, "door/up/ev/button", ch="button", ev="press", q="3:7", t=9) == []
    assert len(say(ears, "yard/up/ev/button", ch="button", ev="press", q="3:7", t=9)) == 1
    assert len(say(ears, "door/up/ev/button", ch="button", ev="press", q="4:7", t=9)) == 1


def test_what_programs_and_tablets_say(ears):
    assert say(ears, "_co/answer", verb="confirm", id="d-1", digest="ab", seat="human:owner#t") == [
        Answered(Answer("confirm", "human:owner#t", "d-1", "ab"))
    ]
    rule = {"when": "hands_up", "resource": "gate.angle", "value": 90, "because": {"zh": "手", "en": "hands"}}
    assert say(ears, "_co/declare", rules=[rule]) == [
        Declared((Rule("hands_up", "gate.angle", 90.0, {"zh": "手", "en": "hands"}),))
    ]
    (heard,) = say(ears, "_co/propose", now=7.0, resource="gate.angle", value=9, because={"en": "hands"})
    assert isinstance(heard, Proposed)
    assert (heard.proposal.t, heard.proposal.agent, heard.proposal.p) == (7.0, "agent:program", 1.0)


@pytest.mark.parametrize(
    ("topic", "message", "why"),
    [
        ("door/up/ack", {"id": "c" * 25, "ok": True}, "form"),
        ("door/up/ack", {"id": 1, "ok": True}, "form"),
        ("door/up/ack", {"id": "c", "ok": True, "v": 2}, "form"),
        ("door/up/state/gate", {"ch": "lamp", "d": {}}, "form"),
        ("door/up/state/gate", {"ch": "gate", "d": {"angle": "90"}}, "form"),
        ("door/up/state/gate", {"ch": "gate", "d": {}, "ep": -1}, "form"),
        ("door/up/ev/b", {"ch": "b", "ev": "PRESS!", "q": "1:1"}, "form"),
        ("door/up/clock", {"b": 1 << 30}, "form"),
        ("door/up/s", {"t": 1, "s": 1, "d": {f"c{n}": 1 for n in range(33)}}, "form"),
        ("door/up/nothing", {}, "topic"),
        ("door/up/ack/more", {"id": "c", "ok": True}, "topic"),
        ("door/up/state", {"ch": "gate", "d": {}}, "topic"),
        ("door/down/cmd", {}, "topic"),
        ("Door/up/ack", {"id": "c", "ok": True}, "topic"),
        ("_co/decision", {}, "topic"),
        ("_co/answer", {"verb": "destroy", "seat": "human:owner#1"}, "form"),
        ("_co/declare", {"rules": [{"when": "", "resource": "a.b", "value": 1, "because": {}}]}, "form"),
        ("_co/declare", {"rules": [{"when": "x", "resource": "a.b", "value": 1, "because": {}, "hold": -1}]}, "form"),
        ("_co/propose", {"resource": "gate", "value": 1, "because": {}}, "form"),
        ("_co/propose", {"resource": "gate.angle", "value": 1, "because": {"fr": "les mains"}}, "form"),
        ("_co/propose", {"resource": "gate.angle", "value": 1, "because": {"en": "x" * 121}}, "form"),
    ],
)
def test_what_is_not_valid_is_counted_and_dropped(ears, topic, message, why):
    assert say(ears, topic, **message) == []
    assert ears.dropped == {why: 1}


def test_another_teams_message_is_not_ours(ears):
    assert ears.hear("v1/local/gate02/door/up/ack", b'{"v":1,"id":"c","ok":true}', 0.0) == []


def test_a_cleared_retained_message_is_nothing(ears):
    assert ears.hear(TOP + "door/up/state/gate", b"", 0.0) == []
    assert ears.dropped.total() == 0


def test_a_payload_without_end_is_dropped_unread(ears):
    assert ears.hear(TOP + "door/up/meta", b" " * (MAX_PAYLOAD + 1), 0.0) == []
    assert ears.dropped == {"size": 1}


@pytest.mark.parametrize(
    "payload", [b"[" * 16_000, b'{"v":1,"x":' + b"[" * 16_000, b"\xff", b"null", b"NaN", b'{"v":1,"v":']
)
def test_what_breaks_parsers_does_not_break_this_one(ears, payload):
    for kind in ("ack", "meta", "online", "s"):
        assert ears.hear(f"{TOP}door/up/{kind}", payload, 0.0) == []


def test_memory_is_bounded(ears):
    for n in range(500):
        say(ears, f"b{n}/up/online", on=1, boot=n, sid="x")
    assert len(ears._boards) <= 64


_scalar = st.none() | st.booleans() | st.integers(-5, 1 << 54) | st.floats() | st.text(max_size=5) | st.just("gate")
_keys = st.sampled_from(
    ["id", "ok", "err", "ch", "d", "ev", "q", "on", "boot", "sid", "b", "t", "s", "verb", "seat", "rules"]
)


@given(
    st.sampled_from(["ack", "online", "state/gate", "ev/gate", "s", "clock", "meta"]).map("door/up/".__add__)
    | st.sampled_from(["_co/answer", "_co/declare", "_co/propose"])
    | st.text(max_size=20),
    st.binary(max_size=60)
    | st.dictionaries(_keys, _scalar | st.dictionaries(st.text(max_size=3), _scalar), max_size=8).map(
        lambda m: json.dumps({"v": 1, **m}).encode()
    ),
)
def test_no_message_is_an_exception(topic, payload):
    assert isinstance(Ears("local", "gate01").hear(TOP + topic, payload, 0.0), list)
