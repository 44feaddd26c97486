"""Takes what is seen, said and reported, lets the loop decide, and carries the effects to boards, page and programs."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, Literal

from gongzhi_node import wire

from gongzhi.arbiter.effects import Changed, Effect, Owner, Told
from gongzhi.arbiter.events import Event, Online, Tick
from gongzhi.arbiter.record import Record
from gongzhi.broker.notices import NOTICE
from gongzhi.bus import Bus
from gongzhi.clock import Clock
from gongzhi.loop import Loop, Sight
from gongzhi.page import messages
from gongzhi.page.hub import Hub
from gongzhi.project import Manifest, Part
from gongzhi.runtime import pacing, people, view
from gongzhi.runtime.access import SPACE
from gongzhi.runtime.boards import VirtualBoards
from gongzhi.runtime.face import Face
from gongzhi.runtime.floor import Floor
from gongzhi.runtime.hearing import Hearing
from gongzhi.runtime.programs import Programs
from gongzhi.runtime.reaction import Reaction
from gongzhi.runtime.room import RoomLink
from gongzhi.runtime.rulebook import Rulebook
from gongzhi.runtime.stats import Stats
from gongzhi.runtime.teaching import Teaching
from gongzhi.runtime.telling import Telling
from gongzhi.runtime.twins import TwinWatch
from gongzhi.runtime.wake import Wake
from gongzhi.sim.props import FEELS, Props
from gongzhi.text import N_
from gongzhi.values import Decision

OnFault = Callable[[BaseException], None]


class Core:
    """The arbiter's side of a run. All methods belong to the asyncio thread, except those that say otherwise.

    `on_fault(error)` is called once something here raises: a run whose arbiter failed halfway is not to be trusted,
    and its boards go to safe by themselves when it ends.
    """

    def __init__(
        self, manifest: Manifest, loop: Loop, clock: Clock, stats: Stats, on_fault: OnFault,
        *, live: bool, scripted: bool,
    ) -> None:  # fmt: skip
        self.manifest, self.loop, self.clock, self.stats = manifest, loop, clock, stats
        self.face = Face(manifest, Hub(lambda message: self._guarded(self.on_page, message)), stats)
        self.face.hub.on_said = lambda message, seat: self._guarded(self.on_page, message, seat)
        self.boards: VirtualBoards | None = None
        self.props: Props | None = None  # what stands before a drawn camera
        self._aio = asyncio.get_running_loop()
        self._on_fault = on_fault
        self.witness = people.Script(self._later, self.happen) if scripted else people.Witness()
        self.floor = Floor(manifest.folder / "project.toml", manifest.mat, loop.estimator, self.face)
        self.top = f"v1/{SPACE}/{manifest.id}"
        self.bus: Bus | None = None
        self.book = Rulebook(manifest, loop, self.face, self.happen, self._publish)
        self.programs = Programs(manifest, self.book, self.face, self._publish)
        self.teaching = Teaching(loop.arbiter, self.face, self.happen, self._later, on_fault)
        self.book.streams.listeners.append(self.teaching.felt)
        self.telling = Telling(manifest, loop.arbiter, clock, self.face, self._publish, self._later)
        self.room = RoomLink(manifest, loop.arbiter, self.happen, self.soon)
        self.wake = Wake(loop, self._later, self._look_again)
        self._ending = False
        self.declared = False
        self.online: set[str] = set()  # the arbiter's own has only boards with outputs
        self._hearing = Hearing(self, TwinWatch(self.face, clock, self._later))
        self.ready = asyncio.Event()  # every board is online, and the program has said what it has to say
        self.on_restart: Callable[[], None] = lambda: None  # somebody wants the program to be started again
        self._live = live
        self._reaction = Reaction(stats, clock)
        loop.journal.on_change = self._journal_changed

    def begin(self, bus: Bus) -> None:
        """Listen to boards and programs."""
        self.bus = bus
        kinds = ("declare", "propose", "answer", "say", "fault", "own")
        for pattern in (f"{self.top}/+/up/#", *(f"{self.top}/_co/{kind}" for kind in kinds)):
            bus.subscribe(pattern, lambda topic, payload: self.soon(self._hearing.hear, topic, payload))
        self.room.begin(bus)
        bus.subscribe(NOTICE, lambda _t, payload: self.face.broker(payload), 0)
        self.telling.begin()
        if not self.loop.journal.writable:  # since before anybody could hear of it
            self._journal_changed(False)

    def leave(self) -> None:
        """The end begins: what the boards' pins do from now on is the end's doing. Browsers are told."""
        self.face.post({"type": "bye"})
        self._ending = True

    def end(self) -> None:
        """Carry nothing out any more."""
        self.wake.cancel()
        self.room.end()
        self.bus = None

    def soon(self, call: Callable[..., None], *arguments: Any) -> None:
        """From any thread: make the call in the asyncio thread. After the end there is nobody to call."""
        with contextlib.suppress(RuntimeError):
            self._aio.call_soon_threadsafe(self._guarded, call, *arguments)

    def _later(self, seconds: float, call: Callable[..., None], *arguments: Any) -> pacing.Handle:
        return pacing.later(self._aio, self.clock, seconds, lambda: self._guarded(call, *arguments))

    def _guarded(self, call: Callable[..., None], *arguments: Any) -> None:
        # asyncio would only log what a callback raises, and go on without it.
        try:
            call(*arguments)
        except Exception as error:  # noqa: BLE001  (whatever it is, it ends the run)
            self._on_fault(error)

    # What happens.

    def happen(self, event: Event) -> None:
        """Let the arbiter resolve an event, and carry out what follows."""
        if self.bus is None:
            return
        now = self.clock.now()
        effects = self.loop.resolve(event, now)
        self._reaction.decided(effects)  # before anything is sent: the pin may move before the page has been told
        for message in self.loop.send(effects, now):
            self.bus.publish(message.topic, message.payload, message.qos)
        for effect in effects:
            self._carry(effect, now)
        # A board that was stopped at its own button names itself: no event of ours does.
        stops = (one.by for one in effects if isinstance(one, Record) and one.to == "stop")
        self.telling.settled(next(stops, ""))
        self.room.tell()
        self.wake.schedule(now)

    def on_sight(self, sight: Sight) -> None:
        """One frame has been looked at."""
        self.stats.frames += 1
        self.stats.people_frames += sight.keypoints is not None
        self._reaction.captured = sight.frame.t
        now = self.clock.now()
        self.face.person(sight, now)
        self.witness.said(self.face.coach(() if self.telling.all_stopped else sight.noticed))
        self.programs.seen(sight)
        self.teaching.sight(sight)
        # A recording that is looked at late is no staler for that.
        captured = sight.frame.t if self._live else now
        self.book.measured(sight, captured)
        self.book.mean(self.loop.propose(sight, now, captured=captured))
        self.wake.sooner(self.clock.now())

    def on_last(self) -> None:
        """No frame will come any more: what was done last is settled."""
        self.witness.said(self.face.coach(self.loop.coach.end() if self.loop.coach else ()))

    def on_page(self, message: messages.Message, seat: str = people.PAGE) -> None:
        """A browser said something; what its seat may not ask at all has not got here (page/seats.py)."""
        if isinstance(message, messages.Press | messages.Move | messages.Cable | messages.Carry):
            if self.boards is not None:
                self.boards.hand(message)
        elif isinstance(message, messages.Show):
            self._put_before(message)
        elif isinstance(message, messages.SetMat):
            self.floor.put(message.corners)
        elif isinstance(message, messages.Explain):
            self.telling.explain(message.id, seat, self.loop.journal.path.parent)
        elif isinstance(message, messages.Restart):
            self.on_restart()
        elif isinstance(message, messages.Lesson):
            self.teaching.on_page(message, seat)
        else:
            self.happen(people.from_page(message, seat))

    def _put_before(self, message: messages.Show) -> None:
        """Put something before the drawn camera; the virtual sensors beside the tray feel it, too."""
        if self.props is None or message.person not in (None, "", *view.does(self.manifest)):
            return
        self.props.show(message.thing, message.besides, message.dim, message.person)
        self.face.props(self.props)
        feels = FEELS[message.thing] if message.thing else {}
        for part in self.manifest.parts.values():
            if self.boards is not None and part.kind.name in feels:
                self.boards.hand(messages.Move(part.id, feels[part.kind.name]))

    def program_done(self) -> None:
        """The program has declared its rules, or will never do so."""
        self.declared = True
        self._look_ready()

    def attend(self, device: str, *, on: bool) -> None:
        """A board of the project came or went."""
        (self.online.add if on else self.online.discard)(device)
        self._look_ready()

    def _look_ready(self) -> None:
        if self.declared and set(self.manifest.boards) <= self.online:
            self.ready.set()

    # What follows.

    def _carry(self, effect: Effect, now: float) -> None:
        if step := self.teaching.carry(effect):
            self.witness.lesson(step)
        if isinstance(effect, Changed):
            self._changed(effect.decision, now)
        else:
            self.telling.carry(effect, now)
            if isinstance(effect, Told):
                self.witness.told(effect)
            elif isinstance(effect, Owner):
                self.witness.owner(effect)

    def _changed(self, decision: Decision, now: float) -> None:
        self.stats.decided(decision)
        self.telling.changed(decision, now)
        self.witness.changed(decision)

    def _look_again(self) -> None:
        """Something is due: a condition, or something of the arbiter's."""
        self.book.look(self.clock.now())
        self.happen(Tick())

    def _publish(self, kind: str, message: dict[str, Any], qos: Literal[0, 1] = 1) -> None:
        """Tell programs and tablets."""
        if self.bus is not None:
            self.bus.publish(f"{self.top}/_co/{kind}", wire.pack(message), qos)

    # What the boards' pins show, and what else reports from threads of its own.

    def on_link(self, up: bool) -> None:
        """From paho's thread: the broker is there, or has gone."""
        message = N_("The broker does not answer; boards go to safe by themselves.")
        self.face.notice("broker", "error", message, on=not up)
        self.soon(self.room.again if up else self._lose_all)

    def _lose_all(self) -> None:
        # No board can be reached; each says anew that it is there when the broker is back (cointelligence, case 13).
        for device in sorted(self.online):
            self.online.discard(device)
            self.face.board(device, online=False)
            self.happen(Online(device, False, why="link"))

    def on_part(self, part: Part, values: dict[str, float] | None, changed: bool, t: float) -> None:
        """On a board's thread: the pin of an output has an edge."""
        assert part.resource is not None
        if changed:
            self._reaction.moved(part.resource.id, t)
        self.soon(self._edge, part, values, changed)

    def blind(self) -> None:
        """The camera has gone: no pose goes on being held by a picture of the past."""
        self.book.mean(self.loop.blind(self.clock.now()))
        self.wake.sooner(self.clock.now())

    def _journal_changed(self, writable: bool) -> None:
        self.face.journal(self.loop.journal.fault, writable=writable)

    def _edge(self, part: Part, values: dict[str, float] | None, changed: bool) -> None:
        # What a board's own start and end do to its pins is no act of ours.
        if not self._ending and part.board in self.online:
            self.stats.pin_changes += changed
        if values is not None:
            self.face.part(part.board, part.id, values)
            self.witness.pin(part, values.get(part.kind.prop, next(iter(values.values()))))
