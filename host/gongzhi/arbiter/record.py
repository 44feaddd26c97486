"""Takes transitions, gives journal records in their final form, sealed into a chain; and takes records, gives the past.

The form is the audit record of the specification: one record per transition, all of its fields always there, those of
this file's second group only where they say something. A record whose `from` equals its `to` notes something that
happened to a decision without moving it (a late yes, the end of its hold).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from gongzhi.arbiter.school import TAUGHT, School, Step
from gongzhi.values import LIVE_STATES, DecisionState, Effective, Labels, Level, canonical

STAGED: Final = 3
"""So many of the agent's first decisions after a hand-back run one level lower."""
Return = tuple[float, int, bool, bool]
"""How far the agent has come back since a hand-back: when that was (s), its decisions since, whether it has acted, and
whether somebody refused one of the first."""
_IN_CHARGE: Final = ("human:teacher#", "human:operator#", "human:safety#")
GENESIS: Final = "sha:" + "0" * 16
_encoder = msgspec.json.Encoder(order="sorted")
# Python and msgspec write a float alike in this range, and differently outside it (1e-07 and 1e-7).
_PLAIN_LOW, _PLAIN_HIGH = 1e-4, 1e16

NEXT: Final[dict[str, frozenset[str]]] = {
    "draft": frozenset({"proposed", "withdrawn", "expired"}),
    "proposed": frozenset(
        {"confirmed", "edited", "rejected", "expired", "superseded", "deferred", "withdrawn", "executing"}
    ),
    "deferred": frozenset({"confirmed", "edited", "rejected", "expired", "superseded", "withdrawn"}),
    "confirmed": frozenset({"executing", "aborted"}),
    "edited": frozenset({"executing", "aborted"}),
    "executing": frozenset({"done", "aborted"}),
    "done": frozenset({"undone"}),
}
"""Which state may follow which; a state that is no key here is an end for good."""


class Record(msgspec.Struct, omit_defaults=True, kw_only=True):
    """One line of the journal; times in seconds of the arbiter's clock, rounded to ms.

    `dec` and `res` are empty where a record concerns no decision or no resource. Records without a decision have an
    empty `from` and in `to` what happened: "run" (the runtime began), "part" (it goes on in another file), "names"
    (what parts and boards are called), "trim" (files were erased to make room), "stop", "rearm", "loss" (of a board),
    "reflex" (a board acted by itself), "epoch" (a board knew a later one), "gap" (records lost), "torn" (a half-written
    line was set aside); of teaching "teach", "teach_rejected", "forget", "lesson" (one was measured) and "model" (which
    version is in force: school.py). `saw` is the digest of the card that a person saw.
    """

    seq: int
    t: float
    dec: str
    res: str
    epoch: int
    from_: str = msgspec.field(name="from")
    to: str
    by: str
    saw: str
    level: Effective | None
    p: float | None
    set: tuple[str, ...]
    ev: tuple[str, ...]
    model: str
    prev: str
    # Only where it says something: the code of the cause, the command sent, …
    why: str = ""
    cmd: str = ""
    # … what the card showed, in a decision's first record, …
    value: float | None = None
    what: Labels | None = None
    because: Labels | None = None
    trigger: str = ""
    agent: str = ""
    deadline: float | None = None
    hold: float | None = None
    digest: str = ""
    choices: list[tuple[Labels, float]] | None = None
    calibrated: bool = False  # whether recordings have said how often such a p is right
    # … and how a run begins ("run": wall clock, next decision, epochs, stopped resources, those of them that a teacher
    # stopped with the whole room) or what was lost.
    wall: str = ""
    next: int = 0
    epochs: dict[str, int] | None = None
    stopped: tuple[str, ...] = ()
    room: tuple[str, ...] = ()
    dials: dict[str, Level] | None = None  # "part": those that were turned …
    leases: dict[str, tuple[str, float, float]] | None = None  # … and who holds what: seat, value, seconds left
    lost: int = 0
    # Of "names" and "part": what parts ("lamp.level") and boards ("board:door") are called.
    names: dict[str, Labels] | None = None
    # Of the room's stop: its order. Of teaching: the decision that a sample is about, or the version that a lesson
    # began from; how many golden windows of each label were right before, are right after, and are there; who taught
    # what waits; the steps to a version.
    of: str = ""
    back: dict[str, Return] | None = None  # "run": where the agent has not come back all the way
    effect: dict[str, tuple[int, int, int]] | None = None
    waiting: dict[str, str] | None = None
    steps: tuple[Step, ...] = ()


def plain(number: float | None) -> bool:
    """True if both encoders write `number` alike."""
    return not number or _PLAIN_LOW <= abs(number) < _PLAIN_HIGH


def encode(record: Record) -> bytes:
    """The record as canonical JSON (values.canonical), without a line end."""
    # The quick encoder gives the same bytes for all that a record holds, except floats at the ends of their range;
    # only a decision's first record holds more of them than the time and p.
    if plain(record.t) and plain(record.p) and not (record.choices or record.leases or record.back):
        if record.value is None and record.deadline is None and record.hold is None:
            return _encoder.encode(record)
        if plain(record.value) and plain(record.deadline) and plain(record.hold):
            return _encoder.encode(record)
    return canonical(msgspec.to_builtins(record))


def card_digest(card: dict[str, Any], *floats: float) -> str:
    """values.digest of `card`, quicker where `floats`, which are all that it holds, allow it."""
    line = _encoder.encode(card) if all(map(plain, floats)) else canonical(card)
    return hashlib.sha256(line).hexdigest()[:16]


def seal_of(line: bytes) -> str:
    """The name under which the next record knows this line (without its line end)."""
    return "sha:" + hashlib.sha256(line).hexdigest()[:16]


@dataclass(slots=True)
class Chain:
    """The end of a journal: the next record's number and the last record's seal."""

    seq: int = 0
    prev: str = GENESIS

    def seal(self, record: Record) -> bytes:
        """Give the record its number and its place in the chain, and return its line without the line end."""
        record.seq, record.prev = self.seq, self.prev
        line = encode(record)
        self.seq, self.prev = self.seq + 1, seal_of(line)
        return line


_decoder = msgspec.json.Decoder(Record)


def decode(line: bytes) -> Record:
    """The record in one line of a journal; raises msgspec.ValidationError or DecodeError."""
    return _decoder.decode(line)


def occurrence(to: str, now: float, by: str, **more: Any) -> Record:
    """A record that concerns no decision."""
    fields: dict[str, Any] = {
        "res": "", "epoch": 0, "saw": "", "level": None, "set": (), "ev": (), "model": "", **more
    }  # fmt: skip
    return Record(seq=0, t=round(now, 3), dec="", from_="", to=to, by=by, p=None, prev="", **fields)


@dataclass(slots=True)
class Past:
    """What a journal says has been: for each decision its `states` so far and its last record, the `epochs` and the
    `stopped` resources and those stopped with the whole `room`, who holds what (`leases`: seat, value, end in
    s), the `dials` that were turned, where the agent comes `back` by stages and which decisions may be among its
    `first` (when it was given back, s), what was taught (`schools`, by the model), the room's stop that was `heeded`
    last, the number of the `next` decision, and `illegal` transitions (none in an honest journal)."""

    states: dict[str, DecisionState] = field(default_factory=dict)
    last: dict[str, Record] = field(default_factory=dict)
    epochs: dict[str, int] = field(default_factory=dict)
    stopped: set[str] = field(default_factory=set)
    room: set[str] = field(default_factory=set)
    leases: dict[str, tuple[str, float, float]] = field(default_factory=dict)
    dials: dict[str, Level] = field(default_factory=dict)
    schools: dict[str, School] = field(default_factory=dict)
    back: dict[str, Return] = field(default_factory=dict)
    first: dict[str, float] = field(default_factory=dict)
    heeded: str = ""
    next: int = 1
    illegal: list[str] = field(default_factory=list)
    part: bool = field(default=False, compare=False)  # it begins with, or goes on in, a further file of a run

    @property
    def open(self) -> list[Record]:
        """The last records of the decisions that have not reached an end."""
        return [self.last[id_] for id_, state in self.states.items() if state in LIVE_STATES]

    def add(self, record: Record) -> None:
        """Go on by one record."""
        if record.res:
            self.epochs[record.res] = max(self.epochs.get(record.res, 0), record.epoch)
        if record.dec:
            self._move(record)
        elif record.to in ("run", "part"):
            self.heeded = record.of or self.heeded
            self.part = self.part or record.to == "part"
            self.dials |= record.dials or {}
            self.leases |= {
                id_: (by, value, record.t + left) for id_, (by, value, left) in (record.leases or {}).items()
            }
            self.back |= record.back or {}
            self.next = max(self.next, record.next)
            for resource, epoch in (record.epochs or {}).items():
                self.epochs[resource] = max(self.epochs.get(resource, 0), epoch)
            self.stopped |= set(record.stopped)
            self.room |= set(record.room)
        elif record.to == "stop":
            self.stopped.add(record.res)
            if record.why == "room":
                self.room.add(record.res)
                self.heeded = record.of or self.heeded
        elif record.to == "rearm":
            self.stopped.discard(record.res)
            self.room.discard(record.res)
        elif record.to == "override":
            self.leases[record.res] = (record.by, record.value or 0.0, record.t + (record.hold or 0.0))
            self.back.pop(record.res, None)
        elif record.to == "handback":
            self.leases.pop(record.res, None)
            self.back[record.res] = (record.t, 0, False, False)
        elif record.to == "dial" and record.level:
            self.dials[record.res] = record.level.eff
            if record.why == "lapsed":  # a raised one ended with its run: the project's word again
                del self.dials[record.res]
            if record.res in self.back and record.by.startswith(_IN_CHARGE):
                t, _, acted, _ = self.back[record.res]
                self.back[record.res] = (t, STAGED, acted, False)
        elif record.to in TAUGHT:
            name = record.model.partition("@")[0]
            # What is met in the middle is put right by what lies on the disk (Schooled).
            if not self.schools.setdefault(name, School()).apply(record) and not self.part:
                self.illegal.append(f"{record.seq}: {record.to} of {record.model} does not follow")

    def _move(self, record: Record) -> None:
        # A run that found an open decision in the file of an earlier day closes it in its own file.
        # A decision that is under way when a file is begun, or an erased one, is met in the middle.
        met = record.why == "recovered" or self.part
        state = self.states.get(record.dec, record.from_ if met else "draft")
        note = record.to == record.from_
        if record.from_ != state or not (note or record.to in NEXT.get(state, ())):
            self.illegal.append(f"{record.seq}: {record.dec} is {state}, record says {record.from_} to {record.to}")
        if record.res in self.back and record.dec not in self.states:
            self.first[record.dec] = self.back[record.res][0]
        self._come_back(record, note=note)
        self.states[record.dec] = record.to  # type: ignore[assignment]
        self.last[record.dec] = record
        number = record.dec.removeprefix("d-")
        if number.isdecimal():
            self.next = max(self.next, int(number) + 1)

    def _come_back(self, record: Record, *, note: bool) -> None:
        """A decision about what was given back; where it is not clear whether it was one of the first, it was. A no to
        one of them counts also when it comes late."""
        refused = record.to in ("rejected", "aborted", "undone") and record.why != "stop"
        if note:
            refused = record.to in ("done", "superseded") and record.why == "late_no"
        refused = refused and record.by.startswith("human:") and record.dec in self.first
        back = self.back.pop(record.res, None)
        if back is None and not refused:
            return
        t, count, acted, kept = back or (self.first[record.dec], STAGED, True, False)
        count += (record.from_, record.to) == ("draft", "proposed")
        acted = acted or (record.to == "executing" and not note)
        kept = kept or refused
        if count <= STAGED or kept or not acted:
            self.back[record.res] = (t, count, acted, kept)


def replay(records: Iterable[Record]) -> Past:
    """Read a journal again: the same end states, epochs and stops as when it was written."""
    past = Past()
    for record in records:
        past.add(record)
    return past
