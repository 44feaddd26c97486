"""The shapes of the messages that boards, tablets and programs send (docs/wire.md), as msgspec checks them."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec
from gongzhi_node import wire
from msgspec import Meta

from gongzhi.project.rules import MAX_RULES, MAX_TEXT
from gongzhi.rules import MAX_CHOICES
from gongzhi.values import Choice, Level, Rule, Verb, Watch

MAX_OWN: Final = 16  # actions that a program recognises itself
MAX_FAULT: Final = 600  # characters of what went wrong in a program

Ident = Annotated[str, Meta(max_length=wire.MAX_ID)]
Name = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,15}\Z")]
Word = Annotated[str, Meta(max_length=48)]
Text = Annotated[str, Meta(max_length=MAX_TEXT)]
Words = dict[Literal["zh", "en"], Text]
Time = Annotated[int, Meta(ge=0, lt=wire.PERIOD)]
Epoch = Annotated[int, Meta(ge=0, lt=wire.PERIOD)]
Count = Annotated[int, Meta(ge=0, le=2**53)]
# A part's name, or one of its further readings, such as "imu.tilt".
Reads = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,15}([.][a-z0-9_]{1,16})?\Z")]
Readings = Annotated[dict[Name, float], Meta(max_length=32)]
# Samples of a part: of each how many ms ago it was, then its whole numbers (docs/wire.md, Samples).
Batch = Annotated[list[Annotated[int, Meta(ge=-(2**30), lt=2**30)]], Meta(max_length=256)]
AllReadings = Annotated[dict[Reads, float], Meta(max_length=32)]
Version = Annotated[int, Meta(ge=wire.VERSION, le=wire.VERSION)]


class Online(msgspec.Struct):
    v: Version
    on: Literal[0, 1]
    boot: Count = 0
    sid: Word = ""
    body: Word = ""


class State(msgspec.Struct):
    v: Version
    ch: Name
    d: Readings
    by: Word = ""
    ep: Epoch = 0
    id: Ident = ""


class Event(msgspec.Struct):
    v: Version
    ch: Name
    ev: Name
    q: Word
    t: Time = 0


class Ack(msgspec.Struct):
    v: Version
    id: Ident
    ok: bool
    err: Word | None = None


class Telemetry(msgspec.Struct):
    v: Version
    t: Time
    s: Count
    d: AllReadings
    w: Annotated[dict[Name, Batch], Meta(max_length=16)] = {}


class Clock(msgspec.Struct):
    v: Version
    b: Time


class Answer(msgspec.Struct):
    v: Version
    verb: Verb
    seat: Word
    id: Ident = ""
    digest: Word = ""
    value: float | None = None
    resource: Word = ""
    level: Level | None = None


class Declare(msgspec.Struct):
    v: Version
    rules: Annotated[list[Rule], Meta(max_length=MAX_RULES)]
    watches: Annotated[list[Watch], Meta(max_length=MAX_RULES)] = []
    own: Annotated[list[Word], Meta(max_length=MAX_OWN)] = []


class Propose(msgspec.Struct):
    v: Version
    resource: Word
    value: float
    because: Words
    what: Words = {}  # msgspec copies it for each value
    p: Annotated[float, Meta(ge=0, le=1)] = 1.0
    trigger: Word = "program"
    deadline: Annotated[float, Meta(gt=0, le=600)] = 8.0
    hold: Annotated[float, Meta(gt=0, le=3600)] = 5.0
    veto: Annotated[float, Meta(gt=0, le=600)] | None = None
    snooze: Annotated[float, Meta(ge=0, le=86_400)] | None = None
    choices: Annotated[list[Choice], Meta(max_length=MAX_CHOICES)] = []
    level: Level | None = None
    ref: Ident = ""


class Own(msgspec.Struct):
    v: Version
    t: float
    p: Annotated[dict[Word, Annotated[float, Meta(ge=0, le=1)]], Meta(max_length=MAX_OWN)]


class Paced(msgspec.Struct):
    v: Version
    t: Annotated[float, Meta(ge=0)]
    due: Annotated[float, Meta(ge=0)]


class Say(msgspec.Struct):
    v: Version
    text: Words = {}


class Fault(msgspec.Struct):
    v: Version
    text: Annotated[str, Meta(max_length=MAX_FAULT)]


SHAPES: Final[dict[str, msgspec.json.Decoder[Any]]] = {
    "online": msgspec.json.Decoder(Online),
    "state": msgspec.json.Decoder(State),
    "ev": msgspec.json.Decoder(Event),
    "ack": msgspec.json.Decoder(Ack),
    "s": msgspec.json.Decoder(Telemetry),
    "clock": msgspec.json.Decoder(Clock),
    "answer": msgspec.json.Decoder(Answer),
    "declare": msgspec.json.Decoder(Declare),
    "propose": msgspec.json.Decoder(Propose),
    "own": msgspec.json.Decoder(Own),
    "paced": msgspec.json.Decoder(Paced),
    "say": msgspec.json.Decoder(Say),
    "fault": msgspec.json.Decoder(Fault),
}
ANY: Final = msgspec.json.Decoder(dict[str, Any])
