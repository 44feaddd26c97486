"""Takes codes that people type or scan, gives them seats with a role at the page: no names, revocable, slowly guessed.

Whoever sits at the address that the program shows runs the piece (OPERATOR). Phones and tablets join with a code: the
visitors' (short, for everybody at the stand), the owners' (for the team), or the teacher's PIN, which is set once for
the computer. The role decides what the arbiter accepts; this file only keeps apart who is who.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from gongzhi.arbiter.people import RANKS
from gongzhi.broker.access import Users
from gongzhi.clock import Clock, MonotonicClock
from gongzhi.page import messages
from gongzhi.page.studio_messages import Use

Role = Literal["visitor", "owner", "teacher"]
OPERATOR: Final = "human:operator#page"
# Seats. Whoever joins then takes that of who has not opened the page for longest, a visitor's before all others: their
# code hangs on the wall.
MOST: Final = 64
_DIGITS: Final[dict[Role, int]] = {"visitor": 4, "owner": 6}
_TRIES: Final = 5  # wrong codes from one address within …
_ALL_TRIES: Final = 30  # … and from everybody
_WINDOW: Final = 60.0  # seconds
_ADDRESSES: Final = 256
TEACHER: Final = "teacher"
_NOBODY: Final[Mapping[str, str]] = {}

# What each role may ask of the run itself; answers, stops, overrides and dials are the arbiter's to judge.
# The drawn surroundings (a drawn button can say yes), the mat's place, the lessons that are measured, who agreed to be
# in the data set, recording and training: the team's. What comes into force is the teacher's, or of whoever runs the
# piece; a model is taken back by the team, too: that is a no.
_HANDS = (
    messages.Press | messages.Move | messages.Cable | messages.Carry | messages.Show | messages.SetMat
    | messages.Measure | messages.Golden | messages.Agreed | messages.StudioMessage
)  # fmt: skip


class WrongError(Exception):
    """The code is nobody's."""


class TooManyError(Exception):
    """So many wrong codes have been tried that none is looked at for a while."""


@dataclass(slots=True)
class Seat:
    """Somebody who has joined: `name` such as "human:visitor#v3", when they came and when they opened the page last."""

    name: str
    role: Role
    since: float
    heard: float


@dataclass(slots=True)
class _Tries:
    times: deque[float] = field(default_factory=deque)

    def many(self, now: float, most: int) -> bool:
        while self.times and now - self.times[0] >= _WINDOW:
            self.times.popleft()
        return len(self.times) >= most


class Seats:
    """Who has joined. `teacher` knows the teacher's PIN, if one is set (`gongzhi room pin`)."""

    def __init__(self, teacher: Users | None = None, clock: Clock | None = None) -> None:
        self._teacher, self._clock = teacher, clock or MonotonicClock()
        self.codes: dict[Role, str] = {}
        self._seats: dict[str, Seat] = {}  # by the browser's token
        self._number = 0
        self._wrong: dict[str, _Tries] = {}
        self._all = _Tries()
        self._one = threading.Lock()
        self.renew()

    @property
    def has_pin(self) -> bool:
        """Whether a teacher can join."""
        return self._teacher is not None

    def renew(self) -> None:
        """New codes; who has joined stays."""
        self.codes = {role: _code(digits) for role, digits in _DIGITS.items()}

    def join(self, code: str, address: str) -> str:
        """The token of a new seat for who knows this code. May take 50 ms (the PIN's hash). Raises WrongError and
        TooManyError; a right code is not looked at either while too many wrong ones are new."""
        with self._one:  # those who guess at the same time come one after the other
            return self._join(code, address)

    def _join(self, code: str, address: str) -> str:
        now = self._clock.now()
        tries = self._wrong.pop(address, None) or _Tries()
        while len(self._wrong) >= _ADDRESSES:
            self._wrong.pop(next(iter(self._wrong)))
        self._wrong[address] = tries
        if tries.many(now, _TRIES) or self._all.many(now, _ALL_TRIES):
            raise TooManyError
        role = self._role(code)
        if role is None:
            tries.times.append(now)
            self._all.times.append(now)
            raise WrongError
        if len(self._seats) >= MOST:
            del self._seats[min(self._seats, key=self._last)]
        self._number += 1
        token = secrets.token_urlsafe(18)
        self._seats[token] = Seat(f"human:{role}#{role[0]}{self._number}", role, now, now)
        return token

    def _last(self, token: str) -> tuple[bool, float]:
        return self._seats[token].role != "visitor", self._seats[token].heard

    def _role(self, code: str) -> Role | None:
        for role, known in self.codes.items():
            if hmac.compare_digest(code.encode(), known.encode()):
                return role
        if self._teacher is not None and len(code) >= 4 and self._teacher.check(TEACHER, code):
            return "teacher"
        return None

    def seat(self, token: str) -> str:
        """The seat of the browser with this token; "" if it has none (any more)."""
        found = self._seats.get(token)
        return found.name if found else ""

    def spoke(self, name: str) -> None:
        """Somebody at this seat has opened the page."""
        for seat in self._seats.values():
            if seat.name == name:
                seat.heard = self._clock.now()

    def remove(self, name: str) -> bool:
        """Take a seat away; False if there is none of that name."""
        tokens = [token for token, seat in self._seats.items() if seat.name == name]
        for token in tokens:
            del self._seats[token]
        return bool(tokens)

    def rows(self) -> list[dict[str, object]]:
        """Who has joined, for whoever runs the piece: [{"seat", "role", "since" (s ago)}]."""
        now = self._clock.now()
        return [
            {"seat": one.name, "role": one.role, "since": round(now - one.since)} for one in self._seats.values()
        ]  # fmt: skip


def may(seat: str, message: messages.Message | messages.StudioMessage, answers: Mapping[str, str] = _NOBODY) -> bool:
    """True if whoever sits there may ask this of the run; what is the arbiter's to judge goes on to it. `answers`: for
    which role each button answers. Who has joined presses none that speaks for a higher rank; who runs the piece has
    its real buttons at hand as well."""
    role = seat.removeprefix("human:").partition("#")[0]
    if isinstance(message, messages.Press) and message.down and seat != OPERATOR:
        return role != "visitor" and RANKS.get(answers.get(message.ch, ""), 0) <= RANKS.get(role, 0)
    if isinstance(message, messages.Restart | Use):
        return role in ("operator", "teacher")
    return role != "visitor" or not isinstance(message, _HANDS)


def _code(digits: int) -> str:
    return "".join(secrets.choice("0123456789") for _ in range(digits))
