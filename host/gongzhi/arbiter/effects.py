"""Takes nothing; gives the values by which the arbiter says what is to be done, in the order in which to do it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gongzhi.arbiter.record import Record
from gongzhi.values import Command, Decision

Code = Literal[
    "late_yes",
    "late_no",
    "conflict",
    "changed",
    "dup",
    "already",
    "outranked",
    "rate",
    "locked",
    "unknown",
    "verb",
    "hint",
    "range",
    "stopped",
    "link",
    "journal",
    "taken",
    "refused",
    "pingpong",
    "asked",
    "room",
    "exhibition",
    "consent",
    "label",
    "cap",
    "full",
    "short",
    "worse",
    "nothing",
]


@dataclass(frozen=True, slots=True)
class Send:
    """Send `command` to `device`; `recorded`: only if the records before it are written (H2 and above)."""

    device: str
    command: Command
    recorded: bool = False


@dataclass(frozen=True, slots=True)
class Stand:
    """The board has taken `command`: renew it until `until` (seconds of the arbiter's clock) or until Cease."""

    device: str
    command: Command
    until: float


@dataclass(frozen=True, slots=True)
class Cease:
    """Renew nothing on this channel any more."""

    device: str
    channel: str


@dataclass(frozen=True, slots=True)
class Changed:
    """A decision reached a new state, or is to be shown again."""

    decision: Decision


@dataclass(frozen=True, slots=True)
class Told:
    """Tell the person at `seat` why their `verb` about `id` did not do what it says; the codes are explained in
    docs/decisions.md."""

    seat: str
    verb: str
    id: str
    code: Code


@dataclass(frozen=True, slots=True)
class Owner:
    """`seat` holds `resource` until `until` (s; infinity: until given back); "" means that nobody does."""

    resource: str
    seat: str
    until: float


@dataclass(frozen=True, slots=True)
class Keep:
    """Put the sample into quarantine: `label` and who taught it (`seat`), about which decision (`of`, "" for none)."""

    model: str
    sample: str
    label: str
    seat: str
    of: str


@dataclass(frozen=True, slots=True)
class Forget:
    """Take the sample out of quarantine."""

    model: str
    sample: str


@dataclass(frozen=True, slots=True)
class Install:
    """Put `version` of a model in force in the place of `before`: the measured one with its `samples`, or, `back`, the
    one before, and its samples return into quarantine."""

    model: str
    version: str
    before: str
    samples: tuple[str, ...]
    back: bool
    by: str


Effect = Record | Send | Stand | Cease | Changed | Told | Owner | Keep | Forget | Install
