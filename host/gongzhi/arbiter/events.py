"""Takes nothing; gives the values that happen to the arbiter: what agents, people, boards, disk and clock report."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gongzhi.values import Answer, Proposal

if TYPE_CHECKING:
    from gongzhi.arbiter.record import Past
    from gongzhi.arbiter.school import Step


@dataclass(frozen=True, slots=True)
class Proposed:
    """An agent proposes."""

    proposal: Proposal


@dataclass(frozen=True, slots=True)
class EvidenceGone:
    """What `trigger` named is no longer seen by `agent`: the next time it is seen is a new question."""

    trigger: str
    agent: str = "agent:pose"


@dataclass(frozen=True, slots=True)
class Answered:
    """A person answered."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Acked:
    """A board took (`ok`) or refused (`err`, a code of wire.ERRORS) the command `id`; `device` "" is any board."""

    id: str
    ok: bool
    err: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True)
class Online:
    """A board came (`on`) or went; `sid` names its connection, so that a restart between two messages is seen;
    `virtual`: it is a program. `why` it went: its own connection ended ("lwt"), or ours did ("link")."""

    device: str
    on: bool
    sid: str = ""
    virtual: bool = False
    why: str = "lwt"


@dataclass(frozen=True, slots=True)
class Reported:
    """A board says how one of its outputs stands (`values`, by property), and `by` what: cmd, safe, stop, lease, loss,
    limit, fault, boot; `epoch` and `id` are those of the command that it followed last."""

    device: str
    channel: str
    by: str
    epoch: int = 0
    id: str = ""
    values: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StopAll:
    """Somebody pressed a stop; `by` is their seat. `order` is the id of the room's stop: one id stops once."""

    by: str
    order: str = ""


@dataclass(frozen=True, slots=True)
class Rearmed:
    """A teacher allows everything again, that the room's stop has stopped or somebody here."""

    by: str


@dataclass(frozen=True, slots=True)
class JournalState:
    """The journal can (not) be written."""

    writable: bool


@dataclass(frozen=True, slots=True)
class Resumed:
    """The runtime starts again on a journal that holds the `past`; the first event of an arbiter, if at all."""

    past: Past


@dataclass(frozen=True, slots=True)
class Seen:
    """Somebody is there. Without such an event the arbiter cannot know that nobody is."""


@dataclass(frozen=True, slots=True)
class Left:
    """The person whose visit was `session` has gone; the next one begins anew."""

    session: str


@dataclass(frozen=True, slots=True)
class TakeOver:
    """`agent` cannot go on with `resource` (its sensor has gone, it does not understand any more), with what `trigger`
    led to or, without it, with anything."""

    resource: str
    agent: str = "agent:pose"
    trigger: str = ""


@dataclass(frozen=True, slots=True)
class Schooled:
    """What lies on the disk of a model: the `version` in force ("": nobody knows), the `steps` that led to it (the
    newest last), and what waits in quarantine (`waiting`, sample: seat); at the start of a run, or where something
    could not be written, or where somebody at the seat `by` has put a newly trained model to use."""

    model: str
    version: str
    steps: tuple[Step, ...] = ()
    waiting: dict[str, str] = field(default_factory=dict)
    by: str = "runtime"


@dataclass(frozen=True, slots=True)
class Measured:
    """A lesson has been trained from the version `base` and these `samples`, and measured on the golden set: `effect`
    is (right before, right after, windows) of each label; `ok`: in no label it has become worse than is allowed."""

    model: str
    version: str
    base: str
    samples: tuple[str, ...]
    ok: bool
    effect: dict[str, tuple[int, int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed; every other event says so too."""

    note: str = field(default="", repr=False)


Event = (
    Proposed
    | EvidenceGone
    | Answered
    | Acked
    | Online
    | Reported
    | StopAll
    | Rearmed
    | JournalState
    | Resumed
    | Seen
    | Left
    | TakeOver
    | Schooled
    | Measured
    | Tick
)
