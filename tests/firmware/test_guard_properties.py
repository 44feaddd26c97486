"""Whatever comes in whatever order: the guard's promises, checked by a witness that knows only the wire's text."""

from __future__ import annotations

import json
from typing import Any

from gongzhi_node import packets, wire
from gongzhi_node.guard import Channel, Guard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

LIMITS = {"gate": (0.0, 180.0, 500), "lamp": (0.0, 1.0, 0)}
PROPS = {"gate": ("servo.set", "angle"), "lamp": ("led.set", "level")}
OFFSET = wire.PERIOD - 777
TICK = 20


def mostly(good: st.SearchStrategy[Any], other: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Good four times of five: what is wrong in one way must be right in all others to say something."""
    return st.integers(0, 4).flatmap(lambda n: other if n == 4 else good)


commands = st.fixed_dictionaries(
    {
        "do": st.just("command"),
        "id": mostly(st.integers(0, 400), st.integers(0, 3)),
        "ep": mostly(st.integers(2, 4), st.integers(0, 6)),
        "ch": mostly(st.just("gate"), st.sampled_from(["lamp", "roof"])),
        "op": mostly(st.just("set"), st.sampled_from(["rest", "rest", "wrong"])),
        "value": mostly(
            st.sampled_from([0, 1, 0.5, 180.001, 1.001, -0.001]),
            st.floats(-50, 250) | st.sampled_from([180, float("nan"), float("inf"), "90"]),
        ),
        "age": st.sampled_from([0, 0, 0, 0, 5, 1500, 1501, 9000, -999, -1001]),
        "ttl": mostly(st.just(1500), st.sampled_from([100, 60000])),
        "renew": mostly(st.just(False), st.just(True)),
        "known": mostly(st.just(True), st.booleans()),
    }
)
stops = st.fixed_dictionaries(
    {
        "do": st.just("stop"), "ch": st.sampled_from(["*", "gate"]), "ep": st.one_of(st.none(), st.integers(0, 6)),
        "answers": st.booleans(),
    }
)  # fmt: skip
waits = st.fixed_dictionaries({"do": st.just("wait"), "ms": st.sampled_from([1, 20, 300, 1600, 2100, 70000])})


class Witness:
    """Drives a guard as the node does, and holds what it does against the promises."""

    def __init__(self, start: int) -> None:
        self.t = start
        self.guard = Guard([Channel(n, PROPS[n][0][:-4], PROPS[n][1], lo, hi, h) for n, (lo, hi, h) in LIMITS.items()])
        self.out = dict.fromkeys(LIMITS, "safe")
        self.since = dict.fromkeys(LIMITS, 0)  # ms since the last motion was let through
        self.allowed = dict.fromkeys(LIMITS, 0)  # that motion's ttl + hold
        self.highest = dict.fromkeys(LIMITS, -1)
        self.barrier: dict[str, int | None] = dict.fromkeys(LIMITS)  # motion needs a higher epoch than this
        self.stops, self.own = 0, ""  # the stop that no host has ordered, until one has answered it
        self.executed: list[str] = []

    def tick(self, ms: int) -> None:
        """Let time pass; then what is due must be resting."""
        self.t = wire.add(self.t, ms)
        while (name := self.guard.due(self.t)) is not None:
            assert self.out[name] == "moved", "a lease that nobody holds"
            self.out[name] = "safe"
        for name in LIMITS:
            self.since[name] += ms
            assert self.out[name] == "safe" or self.since[name] < self.allowed[name], f"{name} outlived its lease"

    def stop(self, step: dict[str, Any]) -> None:
        self.stops += 1
        of = self.own if step["answers"] else f"t{self.stops - 1}x"
        self.guard.stop(step["ch"], step["ep"], f"t{self.stops}", of)
        self.own = f"t{self.stops}" if step["ep"] is None else "" if of == self.own else self.own
        for name in LIMITS if step["ch"] == "*" else (step["ch"],):
            self.out[name] = "safe"
            known = max(self.highest[name], -1 if step["ep"] is None else step["ep"], self.barrier[name] or -1)
            self.barrier[name] = self.highest[name] = known

    def command(self, step: dict[str, Any]) -> None:
        name, ident = step["ch"], f"c-{step['id']}"
        op, prop = PROPS.get(name, ("set", "value"))
        op = {"set": op, "rest": "rest"}.get(step["op"], "wrong")
        host = wire.add(self.t, OFFSET)
        args = {} if op == "rest" else {prop: step["value"]}
        message = {
            "v": 1, "id": ident, "ep": step["ep"], "op": op, "ch": name, "a": args,
            "t": wire.add(host, -step["age"]), "ttl": step["ttl"], "dec": "d", "renew": 1 if step["renew"] else 0,
        }  # fmt: skip
        code = self.guard.judge(message, self.t, OFFSET if step["known"] else None)
        assert code is None or code in wire.ERRORS
        if self.guard.repeated:
            assert ident in self.executed[-32:], "a repetition of something that never was"
            return
        if code is None:
            assert ident not in self.executed[-32:], "executed twice"
            self.guard.remember(ident, None)
            self.executed.append(ident)
            self.passed(step, name, op)

    def passed(self, step: dict[str, Any], name: str, op: str) -> None:
        """The guard let it through: was it right?"""
        assert step["ep"] >= self.highest[name], "an old epoch"
        if op == "rest":
            self.out[name] = "safe"
            self.highest[name] = step["ep"]
            if self.barrier[name] is not None:
                self.barrier[name] = step["ep"]  # a rest while stopped holds back its own epoch, too
            return
        low, high, hold = LIMITS[name]
        assert op == PROPS[name][0]
        assert low <= step["value"] <= high, "outside its range"
        assert step["known"], "without a clock"
        assert -1000 <= step["age"] <= step["ttl"], "too old or from the future"
        barrier = self.barrier[name]
        assert barrier is None or (step["ep"] > barrier and not self.own), "moved after a stop"
        assert not step["renew"] or (self.out[name] == "moved" and step["ep"] == self.highest[name]), (
            "started by a renewal"
        )
        self.barrier[name] = None
        self.highest[name] = step["ep"]
        self.out[name], self.since[name], self.allowed[name] = "moved", 0, step["ttl"] + hold + TICK


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from([0, 12345, wire.PERIOD - 1500, wire.PERIOD // 2 - 700]),
    st.lists(st.one_of(commands, commands, commands, stops, waits), max_size=60),
)
def test_the_guard_keeps_its_promises(start: int, steps: list[dict[str, Any]]) -> None:
    witness = Witness(start)
    for step in steps:
        if step["do"] == "command":
            witness.command(step)
        elif step["do"] == "stop":
            witness.stop(step)
        else:
            left = step["ms"]
            while left > 0:
                witness.tick(min(TICK if left < 3000 else 500, left))
                left -= TICK if left < 3000 else 500
        witness.tick(1)
    for _ in range(140):
        witness.tick(500)
    assert set(witness.out.values()) == {"safe"}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
fields = st.dictionaries(st.sampled_from([*wire.CMD_KEYS, "v", "renew"]), json_values)


@settings(max_examples=300, deadline=None)
@given(fields)
def test_no_message_makes_the_guard_raise_or_move(message: dict[str, Any]) -> None:
    witness = Witness(5)
    good = {
        "v": 1,
        "id": "i",
        "ep": 1,
        "op": "servo.set",
        "ch": "gate",
        "a": {"angle": 9},
        "t": 5,
        "ttl": 9,
        "dec": "d",
    }
    for given_message in (message, good | message):
        code = witness.guard.judge(given_message, 5, 0)
        assert code is None or code in wire.ERRORS
        if code is None:
            assert given_message["op"] == "rest" or 0 <= given_message["a"]["angle"] <= 180


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=200), json_values.map(lambda v: json.dumps(v).encode())))
def test_unpack_gives_a_message_or_a_code(payload: bytes) -> None:
    try:
        message = wire.unpack(payload)
    except ValueError as error:
        assert error.args[0] in wire.ERRORS
    else:
        assert message["v"] == 1


def feed(stream: bytes, cuts: list[int], size: int = 300) -> list[tuple[Any, ...]]:
    """What an inbox of `size` bytes makes of a stream that comes in the pieces given."""
    out: list[tuple[Any, ...]] = []
    box: Any = packets.Inbox(
        size,
        lambda kind, at, end: out.append((kind, bytes(box.buf[at:end]))),
        lambda kind, at: out.append((kind, "large", bytes(box.buf[at : at + 4]))),
    )
    for cut in [*cuts, len(stream)]:
        piece, stream = stream[:cut], stream[cut:]
        while piece:
            room = box.room()
            assert len(room) > 0
            n = min(len(room), len(piece))
            room[:n] = piece[:n]
            piece = piece[n:]
            box.fed(n)
    return out


sizes = st.one_of(st.integers(0, 140), st.integers(250, 320), st.integers(1000, 20000))


@settings(max_examples=200, deadline=None)
@given(st.lists(sizes, max_size=6), st.lists(st.integers(1, 400), max_size=40))
def test_packets_are_the_same_however_they_are_cut(bodies: list[int], cuts: list[int]) -> None:
    sent = [packets.publish_packet(b"topic", bytes(n), 1, False, 7 + i) for i, n in enumerate(bodies)]
    whole = feed(b"".join(sent), [])
    assert len(whole) == len(sent)
    assert feed(b"".join(sent), cuts) == whole
    for packet, got in zip(sent, whole, strict=True):
        assert got[1] == ("large" if len(packet) > 300 else bytes(packet[-len(got[1]) :]))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=900), st.lists(st.integers(1, 100), max_size=20))
def test_junk_is_a_value_error_at_worst(stream: bytes, cuts: list[int]) -> None:
    try:
        feed(stream, cuts)
    except ValueError as error:
        assert str(error) == "protocol: length"
