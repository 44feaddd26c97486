"""Takes a project's resources, gives the arbiter's whole state: one desk per resource, the cases on it, the people."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gongzhi.arbiter.people import Crowd
from gongzhi.arbiter.record import STAGED
from gongzhi.arbiter.school import School
from gongzhi.values import Command, Decision, Level, Proposal, Question, Resource

if TYPE_CHECKING:
    from gongzhi.arbiter.events import Reported
    from gongzhi.arbiter.record import Record

ASKED: Final = ("proposed", "deferred")
ORDER: Final = "c-"  # how the ids of all commands begin


@dataclass(frozen=True, slots=True)
class Policy:
    """The specification's numbers, in seconds unless said otherwise."""

    undo: float = 10.0  # how long after "done" an act can be taken back
    suppress: float = 30.0  # how long a refused proposal is not asked again
    merge: float = 10.0  # how long an equal question is the same question
    veto: float = 3.0  # at A3: how long anybody can say no before it is done
    lease: float = 60.0  # how long an override lasts without activity …
    beats: float = 1.5  # … and of what moves: three heartbeats of 500 ms
    cool: float = 5.0  # how long after a change of owner the agent stays in shadow
    staged: int = STAGED  # the agent's first decisions after a hand-back run one level lower
    pingpong: int = 3  # more changes of owner than this within …
    pingpong_window: float = 30.0  # … so many seconds, and the dial falls to A1
    lead: float = 5.0  # how long what the agent gives up stands on, for a person to take it over …
    lead_moving: float = 10.0  # … and where it moves (H2 and above)
    m1: float = 0.6  # the machine is sure from this p on …
    m0: float = 0.5  # … and no longer below this one
    dwell: float = 1.5  # unsure for at least so long
    absent: float = 60.0  # nobody seen or pressing for so long: nobody is asked
    display: float = 1.5  # how long a card stays before another may take its place
    lock: float = 0.4  # how long a card that took another's place takes no yes
    conflict: float = 0.3  # how close two answers must be to contradict each other
    resend: float = 1.0  # without an acknowledgement for so long: send once more
    ack: float = 2.0  # without an acknowledgement for so long: aborted
    read: float = 60.0  # how long a board may stay away that has to say how an earlier run's act has ended
    stop_again: float = 0.5  # a stop is sent again this often until the board has it
    asks: int = 6  # questions per minute …
    asks_window: float = 60.0
    rate: int = 4  # answers per second and seat
    openings: int = 20  # decisions per second and resource: more is a program that runs wild, and would fill the disk
    samples: int = 20  # in quarantine, of one seat …
    samples_all: int = 120  # … and of all: many seats are not many times the share
    lease_ms: int = 1500  # a command's ttl
    rearm: float = 60.0  # in an exhibition what is no motion re-arms itself so long after a stop
    memory: int = 256  # ended decisions that a late answer can still name
    rank: tuple[str, ...] = ()  # agents that go before others where two want one resource, the first one first


@dataclass(slots=True)
class Case:
    """One decision while it is remembered: what was proposed, where it stands, and who said what."""

    proposal: Proposal
    decision: Decision
    shown: float
    wait: float  # how long it is shown before silence is an answer
    swapped: bool = False  # took another card's place
    command: Command | None = None
    sent: float = 0.0
    resent: bool = False
    card: Proposal | None = None  # what was asked, where a person has chosen another agent's proposal instead
    gone: bool = False  # the evidence has gone since
    staged: bool = False  # one of the first after a hand-back
    escalated: bool = False  # a deferred question was put to the next rank
    above: int = -1  # only a yes of a higher rank than this counts: people of this one have contradicted each other
    leaving: bool = False  # the agent has asked to be relieved
    yes: tuple[str, float] | None = None  # seat and time of the answer that counted
    no: tuple[str, float] | None = None
    heard: set[tuple[str, str]] = field(default_factory=set)  # (seat, verb), to know repeats

    @property
    def question(self) -> Question:
        """As Proposal.question."""
        return self.proposal.question


@dataclass(slots=True)
class Asked:
    """When a question was last asked, and until when a no forbids to ask it again; `snoozed`: whatever is seen."""

    t: float
    quiet_until: float = float("-inf")
    session: str = ""
    snoozed: bool = False


@dataclass(slots=True)
class Lease:
    """Who holds a resource, the value they set and until when; `command` is their order while it may stand, `stands`
    once the board has it."""

    seat: str
    value: float
    until: float
    command: Command | None = None
    sent: float = 0.0
    resent: bool = False
    stands: bool = False


@dataclass(slots=True)
class Unread:
    """An act that was under way when the last run ended, by its `last` record; what its board has `told` of the part
    since, until when that is waited for, and whether the board is known to be `away`."""

    last: Record
    until: float
    told: Reported | None = None
    away: bool = False


@dataclass(slots=True)
class Desk:
    """One resource: its dial, its epoch, the live case, the act that stands, what waits for its turn."""

    resource: Resource
    asked_level: Level
    epoch: int = 1
    stopped: bool = False
    room: bool = False  # … with the whole room: only a teacher re-arms it
    stopped_at: float = float("-inf")
    case: Case | None = None
    held: Case | None = None
    last: Case | None = None  # the latest case, live or not
    newer: Proposal | None = None  # what the card's own agent has said since
    waiting: Proposal | None = None  # what another one would do
    offered: Proposal | None = None  # what waits, as it was shown last beside the card …
    offers: tuple[float, ...] = ()  # … its value and that of the one which stood there before …
    offers_t: float = float("-inf")  # … and since when
    unread: Unread | None = None
    lease: Lease | None = None
    changed: float = float("-inf")  # when the owner changed last
    released: float = float("-inf")  # when a person gave it back last
    staged: int = 0  # decisions still to run one level lower
    kept: bool = False  # one of them was refused: they all do, until a teacher turns the dial
    away: bool = False  # the agent has not acted since a person gave it back
    sure: dict[tuple[str, str], tuple[bool, float]] = field(default_factory=dict)  # (agent, trigger): so since when
    changes: deque[float] = field(default_factory=deque)
    told: tuple[str, int, str] = ("", 0, "")  # what the board said of itself last: by, epoch, id
    asked: dict[Question, Asked] = field(default_factory=dict)
    opened: deque[float] = field(default_factory=deque)  # when the last decisions began

    @property
    def queue(self) -> list[Proposal]:
        """What waits for its turn, the card's own agent first."""
        return [one for one in (self.newer, self.waiting) if one is not None]

    def drop(self, over: Callable[[Proposal], bool]) -> None:
        """Forget what waits and is `over`."""
        self.newer = None if self.newer and over(self.newer) else self.newer
        self.waiting = None if self.waiting and over(self.waiting) else self.waiting


@dataclass(slots=True)
class Stopping:
    """A stop that a board has not yet acknowledged."""

    command: Command
    again: float


class Arbiter:
    """Everything that the arbiter knows. Only `resolve` changes it; time and the `nonce` come from outside.

    `nonce` is a short text, new in each run, that keeps command ids apart from those of earlier runs: a board
    acknowledges an id that it knows without acting on it.
    """

    def __init__(
        self, resources: Iterable[Resource], *, nonce: str = "0", policy: Policy | None = None, exhibition: bool = False
    ) -> None:
        self.policy = policy or Policy()
        self.nonce = nonce
        self.exhibition = exhibition  # among visitors nothing is taught
        self.schools: dict[str, School] = {}  # by the model's name
        self.desks = {resource.id: Desk(resource, resource.level) for resource in resources}
        self.devices: dict[str, list[Desk]] = {}
        for desk in self.desks.values():
            if desk.resource.device:
                self.devices.setdefault(desk.resource.device, []).append(desk)
        self.online: dict[str, str] = {}  # device -> the name of its connection
        self.virtual: set[str] = set()  # devices that are no real boards
        self.seen = float("inf")  # when somebody was seen or pressed last; infinity: there is no eye to tell
        self.recorded = True
        self.next = 1
        self.commands = 0
        self.cases: dict[str, Case] = {}
        self.sent: dict[str, Case] = {}  # command id -> the case that waits for it or stands by it
        self.stopping: dict[tuple[str, str], Stopping] = {}  # (device, channel; "*" for all)
        self.own: dict[str, str] = {}  # device -> the stop, none of ours, that it has said stops it
        self.heeded = ""  # the room's stop that was obeyed last
        self.asks: deque[float] = deque()
        self.crowd = Crowd(self.policy.rate)
        self.counts: Counter[str] = Counter()

    def decision(self, id_: str) -> Decision | None:
        """The decision as it stands now, while it is remembered."""
        case = self.cases.get(id_)
        return case.decision if case else None

    @property
    def live(self) -> list[Decision]:
        """All decisions that have not reached an end."""
        return [desk.case.decision for desk in self.desks.values() if desk.case]

    def place(self, agent: str) -> int:
        """How high an agent ranks among agents; 0 for all that the project does not name."""
        rank = self.policy.rank
        return len(rank) - rank.index(agent) if agent in rank else 0

    def question(self, device: str = "") -> Decision | None:
        """The card that the button of `device` answers: the oldest question about the device's own parts, else the
        oldest of all, and a hint only where nothing is asked; None when nothing is shown."""
        asked = [d for d in self.live if d.state in ("proposed", "deferred")]
        own = [d for d in asked if self.desks[d.resource].resource.device == device]
        return min(own or asked, key=lambda d: (d.level.eff == "A1" and d.state == "proposed", d.t), default=None)

    def command(self, epoch: int, op: str, channel: str, args: dict[str, float], ttl: int, decision: str) -> Command:
        """A new command with an id that no board has seen."""
        self.commands += 1
        return Command(f"{ORDER}{self.commands}-{self.nonce}", epoch, op, channel, args, ttl, decision)
