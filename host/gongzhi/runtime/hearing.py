"""Takes what boards, programs and tablets say over the bus, gives it to the parts of a run that it concerns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gongzhi.arbiter.events import Acked, Answered, Online, Proposed
from gongzhi.heard import About, ClockAsked, Declared, Ears, Failed, Felt, Heard, Judged, OutputState, Said, Telemetry
from gongzhi.runtime import coaching, people
from gongzhi.runtime.access import SPACE
from gongzhi.runtime.twins import TwinWatch
from gongzhi.text import N_
from gongzhi.values import Answer

if TYPE_CHECKING:
    from gongzhi.runtime.core import Core


class Hearing:
    """The ears of `core`, in its thread."""

    def __init__(self, core: Core, twins: TwinWatch) -> None:
        self._core, self._twins = core, twins
        self._ears = Ears(SPACE, core.manifest.id)

    def hear(self, topic: str, payload: bytes) -> None:
        """A message has come, whatever it may be."""
        core = self._core
        all_heard = self._ears.hear(topic, payload, core.clock.now())
        if topic == f"{core.top}/_co/declare":
            message = N_("What the program declares cannot be understood, so it changes nothing.")
            core.face.notice("declare", "error", message, on=not all_heard)
        for heard in all_heard:
            self.take(heard)
        core.wake.sooner(core.clock.now())

    def take(self, heard: Heard) -> None:
        """One thing that was said."""
        core = self._core
        match heard:
            case Declared() | Said() | Failed() | Judged():
                if isinstance(heard, Said) and heard.text:
                    core.witness.said([heard.text])
                core.programs.take(heard)
                if isinstance(heard, Declared):
                    core.program_done()
            case Answered(Answer(verb="explain", id=id_, seat=seat)):
                core.telling.explain(id_, seat, core.loop.journal.path.parent)
            case Proposed(proposal):
                core.happen(heard)
                core.telling.taken(proposal)
            case Acked() | Answered():
                core.happen(heard)
            case _:
                self._from_board(heard)

    def _from_board(self, heard: Heard) -> None:
        core, manifest = self._core, self._core.manifest
        match heard:
            case ClockAsked(device, board_ms):
                answer = core.loop.sender.clock(device, board_ms, core.clock.now())
                if core.bus is not None:
                    core.bus.publish(answer.topic, answer.payload, answer.qos)
            case Felt(device, channel, "fault") if device in manifest.boards and channel in manifest.parts:
                core.book.deaf([channel], core.clock.now())
            case Felt(device, channel, how):
                event = people.from_part(manifest, core.loop.arbiter, device, channel, how)
                if event is not None:
                    core.happen(event)
            case About(device, "online", told) if device in manifest.boards:
                core.face.about(device, told)
                self._twins.look(device, told)
            case Telemetry(device):
                core.book.hear(heard, core.clock.now(), sim=device in core.loop.arbiter.virtual)
            case OutputState(state, event) if self._has(state.device, state.channel):
                coaching.agreed(manifest, core.loop.coach, state.channel, state.values)
                if core.boards is None or not core.boards.shows(state.device, state.channel):
                    core.face.part(state.device, state.channel, state.values)
                core.happen(event)
            case Online(device, on) if device not in manifest.boards:
                if on:
                    core.face.stranger(device)
            case Online(device, on):
                core.attend(device, on=on)
                core.face.board(device, online=on)
                if not on:
                    core.book.deaf([part.id for part in manifest.on(device)], core.clock.now())
                core.happen(heard)

    def _has(self, device: str, channel: str) -> bool:
        # What the project does not have, nobody would forget again.
        part = self._core.manifest.parts.get(channel)
        return part is not None and part.board == device
