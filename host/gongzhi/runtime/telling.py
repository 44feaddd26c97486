"""Takes the arbiter's effects, tells them to the people before the page and to programs on the bus."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from gongzhi import words as words_of
from gongzhi.arbiter.effects import Effect, Owner, Told
from gongzhi.arbiter.record import Record
from gongzhi.arbiter.rivals import alternative
from gongzhi.arbiter.state import Case
from gongzhi.cli.output import say
from gongzhi.clock import Clock
from gongzhi.journal import explain as words
from gongzhi.journal.book import open_book
from gongzhi.project import Manifest
from gongzhi.runtime import view
from gongzhi.runtime.face import Face
from gongzhi.stages.resolve import Arbiter
from gongzhi.text import LANGUAGES, N_, pick, tr
from gongzhi.values import Decision, Proposal

_TOLD: Final = (
    "id", "resource", "what", "because", "value", "p", "state", "by", "level", "reason", "digest", "choices",
    "remaining_ms",
)  # fmt: skip
_EXPLAINS: Final = 8  # decisions that wait for their explanation; a day's journal takes a second to read


class Telling:
    """What page and programs get to know. `publish(kind, message)` sends to programs, `later(seconds, call, …)` is
    the loop's timer. All methods belong to the asyncio thread."""

    def __init__(
        self, manifest: Manifest, arbiter: Arbiter, clock: Clock, face: Face,
        publish: Callable[[str, dict[str, Any]], None], later: Callable[..., object],
    ) -> None:  # fmt: skip
        self._desks, self._arbiter, self._clock, self._face = manifest.desks, arbiter, clock, face
        self._publish, self._later = publish, later
        self._names = {board.id: board.label for board in manifest.boards.values()}
        self._refs: set[str] = set()  # of programs' proposals that wait for their turn
        self._asked: dict[str, str] = {}  # decision -> the seat that asked why; the first one's is being read

    def begin(self) -> None:
        """Tell what is stopped, who holds what and how the dials stand from an earlier run."""
        now = self._clock.now()
        self._still_stopped()
        for id_, desk in self._arbiter.desks.items():
            if desk.lease is not None:
                self.carry(Owner(id_, desk.lease.seat, desk.lease.until), now)
            if desk.asked_level != desk.resource.level:
                self._dial(id_, "runtime")

    def _still_stopped(self) -> None:
        """In the terminal, for whoever has no page before them: else nothing would move, and nobody knew why."""
        stopped = [desk for desk in self._arbiter.desks.values() if desk.stopped]
        if not stopped:
            return
        todo = N_("Allow it again on the page; a run with --headless has none.")
        if any(desk.room for desk in stopped):
            todo = N_("The teacher allows it again: gongzhi room release, or on this project’s page with the PIN.")
        names = ", ".join(pick(desk.resource.label) for desk in stopped)
        say(tr("Still stopped since an earlier run, so it does nothing: {names}.", names=names), "bold yellow")
        say(tr(todo), "yellow")

    def carry(self, effect: Effect, now: float) -> None:
        """Tell what is no decision: why an answer did nothing, who holds what, how a dial was turned."""
        match effect:
            case Told(seat, verb, id_, code):
                told = {"seat": seat, "verb": verb, "id": id_, "code": code}
                self._face.post({"type": "told", **told})
                self._publish("told", told)
            case Owner(resource, seat, until):
                left = None if until == math.inf or not seat else max(0, round(1000 * (until - now)))
                lease = self._arbiter.desks[resource].lease
                owner = {"resource": resource, "seat": seat, "remaining_ms": left, "value": lease and lease.value}
                self._face.post({"type": "owner", **owner})
                self._publish("owner", owner)
            case Record(to="dial", res=resource, by=by):
                self._dial(resource, by)
            case Record(from_="done", to="done", dec=id_):
                self._ended(id_, now)

    def _ended(self, id_: str, now: float) -> None:
        """Show anew what was done, if what has been noted of it is that it stands no longer."""
        decision = self._arbiter.decision(id_)
        if decision is not None and decision.state == "done" and decision.until <= now:
            self._face.post(self._card(decision, now))

    def _dial(self, resource: str, by: str) -> None:
        dial = {"resource": resource, "level": self._arbiter.desks[resource].asked_level, "by": by}
        self._face.post({"type": "dial", **dial})
        self._publish("dial", dial)

    def changed(self, decision: Decision, now: float) -> None:
        """Tell a decision's new state."""
        case = self._arbiter.cases.get(decision.id)
        card = self._card(decision, now)
        self._face.post(card)
        by = {language: words_of.who(decision.by, language, self._names) for language in LANGUAGES}
        more = {"trigger": decision.trigger, "ref": self._ref(case), "who": by}
        self._publish("decision", {key: card[key] for key in _TOLD} | more)
        if card["undo"]:
            self._later(view.UNDO_S, self._undo_over, decision)

    @staticmethod
    def _ref(case: Case | None) -> str:
        """Whose proposal it is; where a person has chosen another agent's, that of a program, whichever it is."""
        return (case.proposal.ref or (case.card.ref if case.card else "")) if case else ""

    def _card(self, decision: Decision, now: float) -> dict[str, Any]:
        case = self._arbiter.cases.get(decision.id)
        answered = (case and (case.yes or case.no)) or ("",)  # whose yes or no counted
        model = case.proposal.model.partition("@")[0] if case else ""  # what can be taught by this decision
        card = view.decision(decision, self._desks[decision.resource], now, answered[0])
        return card | {
            "model": model, "calibrated": bool(case and case.proposal.calibrated), "instead": self._instead(decision),
        }  # fmt: skip

    def _instead(self, decision: Decision) -> dict[str, Any] | None:
        """What another source of the machine would do, where that waits for this card's end."""
        desk = self._arbiter.desks[decision.resource]
        other = alternative(desk) if desk.case and desk.case.decision.id == decision.id else None
        if other is None:
            return None
        said = view.what(desk.resource, other.value, other.what)
        return {"what": said, "because": other.because, "value": other.value}

    def settled(self, by: str) -> None:
        """An event has been carried out: tell what is stopped, if that has changed (`by` whom, if it was just now), and
        which proposals have come to nothing."""
        self.dropped()
        stopped = {id_: desk.room for id_, desk in self._arbiter.desks.items() if desk.stopped}
        self._face.stopped(frozenset(stopped), by, room=any(stopped.values()))

    @property
    def all_stopped(self) -> bool:
        """Whether no part may act."""
        return all(desk.stopped for desk in self._arbiter.desks.values() if desk.resource.device)

    def taken(self, proposal: Proposal) -> None:
        """A program has proposed something: tell it if nothing came of it, now or later."""
        if proposal.ref:
            self._refs.add(proposal.ref)
            self.dropped()

    def dropped(self) -> None:
        """Tell programs which of their proposals will never be decisions: what waited its turn may have been taken
        back or replaced meanwhile."""
        if not self._refs:
            return
        self._refs -= {case.proposal.ref for case in self._arbiter.cases.values()}
        waiting = {one.ref for desk in self._arbiter.desks.values() for one in desk.queue}
        for ref in self._refs - waiting:
            self._publish("dropped", {"ref": ref})
        self._refs &= waiting

    def _undo_over(self, decision: Decision) -> None:
        latest = self._arbiter.decision(decision.id)
        if latest is not None and latest.state == "done":
            self._face.post(self._card(latest, self._clock.now()) | {"undo": False})

    def explain(self, id_: str, seat: str, folder: Path) -> None:
        """Tell why decision `id_` came about, from the journal in `folder` alone; in a thread, for a day's journal is
        long, and one after the other, for who asks again and again must not take the eyes' time."""
        if len(self._asked) >= _EXPLAINS and id_ not in self._asked:
            self.carry(Told(seat, "explain", id_, "rate"), self._clock.now())
            return
        self._asked.setdefault(id_, seat)
        if len(self._asked) == 1:
            self._read(folder)

    def _read(self, folder: Path) -> None:
        id_, seat = next(iter(self._asked.items()))

        def over(done: asyncio.Future[dict[str, list[str]] | None]) -> None:
            del self._asked[id_]
            if done.cancelled():
                return
            self._explained(done, id_, seat)
            if self._asked:
                self._read(folder)

        asyncio.get_running_loop().run_in_executor(None, _explained, id_, folder).add_done_callback(over)

    def _explained(self, done: asyncio.Future[dict[str, list[str]] | None], id_: str, seat: str) -> None:
        lines = None if done.exception() else done.result()
        if lines is None:
            self.carry(Told(seat, "explain", id_, "unknown"), self._clock.now())
            return
        self._face.post({"type": "explained", "id": id_, "lines": lines})
        self._publish("explained", {"id": id_, "lines": lines})


def _explained(id_: str, folder: Path) -> dict[str, list[str]] | None:
    """The decision's explanation as lines in both languages; None for one that the journal does not hold."""
    life = open_book(folder).life(id_)
    if life is None:
        return None
    return {
        language: [
            words.sentence(life, language),
            *(tr("{name}: {value}", language, name=name, value=value) for name, value in words.values(life, language)),
            *words.course(life, language),
        ]
        for language in LANGUAGES
    }
