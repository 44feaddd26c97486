"""Takes the runtime's messages about a decision, gives them to a program as things to read and to wait for."""

from __future__ import annotations

import math
import threading
from typing import Any, Final

from gongzhi import words
from gongzhi.api.timing import TIMING
from gongzhi.rests import rest
from gongzhi.text import pick, tr
from gongzhi.values import LIVE_STATES

_MOST_S: Final = 3600.0


class Decided:
    """One step in the life of a decision, as the program hears it; print it to read it.

    `id` such as "d-7"; `resource` such as "lamp.level"; `value`; `what` and `because` in the user's language; `sure`
    0..1; `state` and `reason` as in docs/decisions.md; `by` who made this step (`who` in words); `level` A0 to A5;
    `choice` the words of the answer that was chosen, where the question offered some ("" else).
    """

    def __init__(self, message: dict[str, Any]) -> None:
        self.id: str = message["id"]
        self.state: str = message["state"]
        self.resource: str = message.get("resource", "")
        self.value: float = message.get("value", 0.0)
        self.what: str = pick(message["what"])
        self.because: str = pick(message["because"])
        self.sure: float = message["p"]
        self.by: str = message["by"]
        self.who: str = pick(message["who"]) if message.get("who") else words.who(self.by)
        self.reason: str = message.get("reason", "")
        self.level: str = message.get("level", {}).get("eff", "")
        offered = message.get("choices", ())
        self.choices: list[str] = [pick(one["label"]) for one in offered]
        chosen = [pick(one["label"]) for one in offered if one["value"] == self.value]
        self.choice: str = chosen[0] if chosen and self.state in ("confirmed", "edited", "executing", "done") else ""

    @property
    def asked(self) -> bool:
        """True while people are asked."""
        return self.state == "deferred" or (self.state == "proposed" and self.level in ("A1", "A2", "A3"))

    @property
    def over(self) -> bool:
        """True once it is done, or will not be done."""
        return self.state not in LIVE_STATES

    def __str__(self) -> str:
        return tr(
            "{id} {what}: {state} ({by})",
            id=self.id,
            what=self.what,
            state=words.state(self.state, self.level, self.reason),
            by=self.who,
        )


class Proposal:
    """What a program has proposed itself, and what has become of it so far.

    `state` is "" until the runtime has taken it; then as in docs/decisions.md, or "dropped" where it came to no
    question: the same was refused a moment ago, or is asked already. `by` is who made the last step.
    """

    def __init__(self, ref: str) -> None:
        self.ref = ref
        self.last: Decided | None = None
        self._dropped = False
        self._over = threading.Event()

    @property
    def state(self) -> str:
        """Where it stands."""
        return "dropped" if self._dropped else self.last.state if self.last else ""

    @property
    def by(self) -> str:
        """Who made the last step."""
        return self.last.by if self.last else ""

    @property
    def value(self) -> float | None:
        """The value, as a person may have changed it."""
        return self.last.value if self.last else None

    @property
    def choice(self) -> str:
        """The words of the answer that was chosen; "" as long as there is none."""
        return self.last.choice if self.last else ""

    def wait(self, seconds: float = _MOST_S) -> str:
        """Wait until it is done or will not be done, at most `seconds`; the state. Other functions of the program
        wait, too."""
        with rest(math.inf):
            TIMING.wait(min(max(float(seconds), 0.0), _MOST_S), self._over.is_set)
        return self.state

    def hear(self, decided: Decided | None) -> None:
        """The runtime says what has become of it; None: nothing."""
        if decided is None:
            self._dropped = self.last is None
        else:
            self.last = decided
        if self._dropped or (self.last and self.last.over):
            self._over.set()
            TIMING.poke()

    def __repr__(self) -> str:
        return f"<Proposal {self.last or self.state or '…'}>"
