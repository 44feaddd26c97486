"""Takes a manifest, gives the users of its embedded broker, their one-run passwords and what each may do."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

from gongzhi.board import room_net
from gongzhi.broker.access import AccessRule
from gongzhi.errors import ConfigError
from gongzhi.project import Manifest
from gongzhi.text import N_

SPACE = "local"
_TOLD = (
    "_co/decision", "_co/met", "_co/dropped", "_co/told", "_co/owner", "_co/dial", "_co/seen", "_co/looks", "_co/time",
)  # fmt: skip
_SAID = ("declare", "propose", "say", "fault", "own", "paced")


@dataclass(frozen=True, slots=True)
class Login:
    """A user of the broker."""

    user: str
    password: str


@dataclass(frozen=True, slots=True)
class Logins:
    """Who takes part in a run: the boards (user = team), the runtime, and the pupil's program."""

    board: Login
    runtime: Login
    program: Login

    @property
    def all(self) -> tuple[Login, ...]:
        """All of them."""
        return (self.board, self.runtime, self.program)


def logins(manifest: Manifest, *, room: bool = False) -> Logins:
    """New logins with random passwords, good for one run; with `room` the boards' is that which `gongzhi board setup`
    has given them. Raises BoardError, ConfigError."""
    team = manifest.id
    made = Logins(*(Login(name, secrets.token_urlsafe(18)) for name in (team, f"{team}-host", f"{team}-prog")))
    if not room:
        return made
    given = room_net.load().logins.get(team)
    if given is None:
        raise ConfigError(
            N_("No board of “{team}” has been set up for this room."), N_("First: gongzhi board setup {folder}"),
            team=team, folder=manifest.folder,
        )  # fmt: skip
    return replace(made, board=Login(given.user, given.password))


def rules(manifest: Manifest, board: str = "") -> tuple[AccessRule, ...]:
    """(user, "read" | "write" | "readwrite", filter) as in docs/wire.md: a board writes only up, and only the runtime
    writes down; nobody but a teacher's own user writes _all. `board` is the boards' user, else the team's name."""
    team = manifest.id
    board = board or team
    top, host, program = f"v1/{SPACE}/{team}", f"{team}-host", f"{team}-prog"
    return (
        AccessRule(board, "write", f"{top}/+/up/#"),
        AccessRule(board, "read", f"{top}/+/down/#"),
        AccessRule(board, "read", f"v1/{SPACE}/_all/down/#"),
        AccessRule(host, "read", f"{top}/+/up/#"),
        AccessRule(host, "write", f"{top}/+/down/#"),
        AccessRule(host, "readwrite", f"{top}/_co/#"),
        AccessRule(host, "read", f"v1/{SPACE}/_all/down/#"),
        AccessRule(host, "read", "$SYS/gongzhi/#"),
        # A program is an agent: it hears everything, proposes and asks, and answers for nobody.
        *(AccessRule(program, "read", f"{top}/{what}") for what in (*_TOLD, "+/up/s", "+/up/ev/+")),
        *(AccessRule(program, "write", f"{top}/_co/{what}") for what in _SAID),
    )
