"""Takes what is seen, said and reported, lets the loop decide, and carries the effects to boards, page and programs."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from gongzhi_node import wire

from gongzhi.arbiter.effects import Changed, Effect, Told
from gongzhi.arbiter.events import Acked, Answered, Event, JournalState, Online, Proposed, StopAll, Tick
from gongzhi.bus import Bus
from gongzhi.clock import Clock
from gongzhi.errors import CameraError
from gongzhi.heard import About, ClockAsked, Declared, Ears, Felt, Heard, Telemetry
from gongzhi.heard import Told as BoardTold
from gongzhi.journal import AGAIN, FREE, FULL
from gongzhi.loop import Loop, Sight
from gongzhi.page import messages
from gongzhi.page.hub import Hub
from gongzhi.page.messages import frame_meta, key_of
from gongzhi.project import Manifest, Part
from gongzhi.runtime import people, view
from gongzhi.runtime.access import SPACE
from gongzhi.runtime.boards import VirtualBoards
from gongzhi.runtime.stats import Stats, percentile
from gongzhi.sim.board import BoardEvent
from gongzhi.stages.resolve import due
from gongzhi.text import N_
from gongzhi.values import Decision, Rule

TEACHER = "human:teacher#all"
# What other programs hear of a decision.
_TOLD = ("id", "resource", "what", "because", "value", "p", "state", "by", "level")


class Core:
    """The arbiter's side of a run. All methods belong to the asyncio thread, except those that say otherwise."""

    def __init__(self, manifest: Manifest, loop: Loop, clock: Clock, stats: Stats, *, scripted: bool) -> None:
        self.manifest, self.loop, self.clock, self.stats = manifest, loop, clock, stats
        self.hub = Hub(self.on_page)
        self.boards: VirtualBoards | None = None
        self._aio = asyncio.get_running_loop()
        self._script = people.Script(self._aio.call_later, self.happen) if scripted else None
        self._ears = Ears(SPACE, manifest.id)
        self._top = f"v1/{SPACE}/{manifest.id}"
        self._bus: Bus | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._awaiting: dict[str, float] = {}  # resource -> capture time of the evidence, until its pin moves
        self._hello: dict[str, Any] = {}
        self._stopped: frozenset[str] = frozenset()
        self._person = ""
        self._frames: deque[float] = deque(maxlen=60)

    def begin(self, bus: Bus) -> None:
        """Listen to boards and programs."""
        self._bus = bus
        for pattern in (f"{self._top}/+/up/#", f"{self._top}/_co/declare", f"{self._top}/_co/propose"):
            bus.subscribe(pattern, lambda topic, payload: self.soon(self._hear, topic, payload))
        bus.subscribe(f"v1/{SPACE}/_all/down/stop", lambda _t, _p: self.soon(self.happen, StopAll(TEACHER)))

    def end(self) -> None:
        """Carry nothing out any more."""
        if self._timer is not None:
            self._timer.cancel()
        self._bus = None

    def soon(self, call: Callable[..., None], *arguments: Any) -> None:
        """From any thread: make the call in the asyncio thread. After the end there is nobody to call."""
        if not self._aio.is_closed():
            self._aio.call_soon_threadsafe(call, *arguments)

    # What happens.

    def happen(self, event: Event) -> None:
        """Let the arbiter resolve an event, and carry out what follows."""
        if self._bus is None:
            return
        now = self.clock.now()
        effects = self.loop.resolve(event, now)
        for message in self.loop.send(effects, now):
            self._bus.publish(message.topic, message.payload, message.qos)
        for effect in effects:
            self._carry(effect, now)
        self._show_stopped()
        self._schedule(now)

    def on_sight(self, sight: Sight) -> None:
        """One frame has been looked at."""
        self.stats.frames += 1
        self._frames.append(sight.frame.t)
        person = "one" if sight.keypoints is not None else "none"
        self.stats.people_frames += person == "one"
        if person != self._person:
            self._person = person
            self._post({"type": "person", "state": person})
        for event in self.loop.propose(sight, self.clock.now()):
            self.happen(event)

    def on_page(self, message: messages.Message) -> None:
        """A browser said something."""
        if isinstance(message, messages.Press):
            if self.boards is not None:
                self.boards.press(message.board, message.ch, down=message.down)
        else:
            self.happen(people.from_page(message))

    def _hear(self, topic: str, payload: bytes) -> None:
        for heard in self._ears.hear(topic, payload, self.clock.now()):
            self._take(heard)

    def _take(self, heard: Heard) -> None:
        match heard:
            case ClockAsked(device, board_ms):
                answer = self.loop.sender.clock(device, board_ms, self.clock.now())
                if self._bus is not None:
                    self._bus.publish(answer.topic, answer.payload, answer.qos)
            case Felt(device, channel, how):
                self._felt(device, channel, how)
            case Declared(rules):
                self._declared(rules)
            case About(device, kind, told):
                if kind == "online":
                    self._about(device, told)
            case Telemetry(device, values):
                self._read(device, values)
            case BoardTold(state, event):
                if self.boards is None or state.device not in self.boards.boards:
                    self._show_part(state.device, state.channel, state.values)
                self.happen(event)
            case Online(device, on):
                self._post({"type": "board", "id": device, "online": on, "body": self.stats.body, "note": None})
                self.happen(heard)
            case Acked() | Answered() | Proposed():
                self.happen(heard)

    def _felt(self, device: str, channel: str, how: str) -> None:
        part = self.manifest.parts.get(channel)
        if part is None or part.board != device or not part.answers:
            return
        event = people.from_button(self.loop.arbiter, device, part.answers, how)
        if event is not None:
            self.happen(event)

    def _declared(self, rules: tuple[Rule, ...]) -> None:
        resources = self.manifest.resources
        self.loop.rules = tuple(
            rule
            for rule in rules
            if (one := resources.get(rule.resource)) is not None and one.low <= rule.value <= one.high
        )
        self._post(self._hello | {"rules": view.rules(self.manifest, self.loop.rules)})

    def _about(self, device: str, told: dict[str, Any]) -> None:
        self.notice(
            f"twin/{device}", "error",
            N_("Two boards call themselves “{device}” and push each other out. Give one of them another id."),
            on=bool(told.get("twin")), device=device,
        )  # fmt: skip
        fault = told.get("cfg")
        self.notice(
            f"cfg/{device}", "error", N_("The board “{device}” refuses its configuration: {why}"),
            on=bool(fault), device=device, why=str(fault)[:80],
        )  # fmt: skip

    # What follows.

    def _carry(self, effect: Effect, now: float) -> None:
        match effect:
            case Changed(decision):
                self._changed(decision, now)
            case Told(seat, verb, id_, code):
                self._post({"type": "told", "seat": seat, "verb": verb, "id": id_, "code": code})

    def _changed(self, decision: Decision, now: float) -> None:
        self.stats.decided(decision)
        resource = self.manifest.resources[decision.resource]
        if decision.state == "executing" and decision.level.eff in ("A4", "A5"):
            case = self.loop.arbiter.cases.get(decision.id)
            if case is not None:
                self._awaiting[decision.resource] = case.proposal.t
        card = view.decision(decision, resource, now)
        self._post(card)
        if self._bus is not None:
            said = {
                key: card[key] for key in ("id", "resource", "what", "because", "value", "p", "state", "by", "level")
            }
            self._bus.publish(f"{self._top}/_co/decision", wire.pack(said), 1)
        if card["undo"]:
            self._aio.call_later(view.UNDO_S, self._undo_over, decision)
        if self._script is not None:
            self._script.changed(decision)

    def _undo_over(self, decision: Decision) -> None:
        now = self.loop.arbiter.decision(decision.id)
        if now is not None and now.state == "done":
            resource = self.manifest.resources[decision.resource]
            self._post(view.decision(now, resource, self.clock.now()) | {"undo": False})

    def _schedule(self, now: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        again = min(due(self.loop.arbiter), self.loop.sender.next_due)
        if not self.loop.journal.writable:
            again = min(again, now + 1.0)
        self._timer = None if again == math.inf else self._aio.call_later(max(0.0, again - now), self.happen, Tick())

    # What people see.

    def introduce(self, pose: str, camera: str, bodies: Mapping[str, str]) -> None:
        """Tell the page what stays the same."""
        self._hello = view.hello(self.manifest, pose, camera, bodies, self.loop.rules)
        self._post(self._hello)
        self._stopped = frozenset({"-"})
        self._show_stopped()
        self.loop.journal.on_change = self._journal_changed

    def notice(self, id_: str, level: str, message: str, /, *, on: bool = True, **values: Any) -> None:
        """Show (or take back) a notice, from any thread."""
        self._post(view.notice(id_, level, view.both(message, **values), on=on))

    def show_frame(self, sight: Sight) -> None:
        """In the pose thread: the picture and what is seen in it go to the page."""
        height, width = sight.frame.image.shape[:2]
        self.hub.frame(frame_meta(sight.keypoints, sight.actions, sight.frame.seq, (width, height)), sight.frame.image)

    def on_link(self, up: bool) -> None:
        """From paho's thread: the broker is there, or has gone."""
        self.notice("broker", "error", N_("The broker does not answer; boards go to safe by themselves."), on=not up)

    def on_part(self, part: Part, values: dict[str, float] | None, changed: bool, t: float) -> None:
        """On a board's thread: the pin of an output has an edge."""
        assert part.resource is not None
        began = self._awaiting.pop(part.resource.id, None) if changed else None
        if began is not None:
            self.stats.e2e.append((t - began) * 1e3)
        self.soon(self._edge, part, values, changed)

    def on_board(self, board: str, event: BoardEvent) -> None:
        """On a board's thread: something happened to a virtual board."""
        if event.kind == "exit":
            why = event.data["detail"] or event.data["cause"]
            self.notice(f"board/{board}", "warn", N_("The board “{board}” starts again: {why}"), board=board, why=why)
        elif event.kind == "wifi" and event.data["state"] == "joined":
            self.notice(f"board/{board}", "warn", "", on=False)

    def tell_stats(self, dropped: int, trouble: CameraError | None) -> None:
        """Every second: how fast it goes, and whether the camera is well."""
        span = self._frames[-1] - self._frames[0] if len(self._frames) > 1 else 0.0
        fps = (len(self._frames) - 1) / span if span > 0 else 0.0
        p50 = percentile(list(self.stats.e2e), 0.5)
        self._post(
            {"type": "stats", "fps": round(fps, 1), "people": self._person == "one", "dropped": dropped,
             "e2e_ms_p50": p50 and round(p50, 1)}
        )  # fmt: skip
        self._post(view.notice("camera", "error", view.fault(trouble), on=trouble is not None))
        if trouble is not None:
            # Nobody is seen any more, and no pose goes on being held by a picture of the past.
            self._person = ""
            for event in self.loop.blind(self.clock.now()):
                self.happen(event)

    def _journal_changed(self, writable: bool) -> None:
        why = self.loop.journal.fault
        self.notice("journal", "error", FULL, on=not writable, why=why)
        self.notice("journal-hint", "info", AGAIN if writable else FREE)
        if not writable:
            self.soon(self.happen, JournalState(False))

    def _edge(self, part: Part, values: dict[str, float] | None, changed: bool) -> None:
        self.stats.pin_changes += changed
        if values is not None:
            self._show_part(part.board, part.id, values)

    def _read(self, device: str, values: dict[str, float]) -> None:
        for channel, value in values.items():
            part = self.manifest.parts.get(channel)
            if part is not None and part.board == device and not part.kind.output:
                self._show_part(device, channel, {"pressed": value})

    def _show_part(self, board: str, channel: str, values: dict[str, float]) -> None:
        self._post({"type": "part", "board": board, "ch": channel, "d": values})

    def _show_stopped(self) -> None:
        stopped = frozenset(id_ for id_, desk in self.loop.arbiter.desks.items() if desk.stopped)
        if stopped != self._stopped:
            self._stopped = stopped
            self._post({"type": "stopped", "on": bool(stopped), "by": "", "resources": sorted(stopped)})

    def _post(self, message: dict[str, Any]) -> None:
        self.hub.post(message, key_of(message))
