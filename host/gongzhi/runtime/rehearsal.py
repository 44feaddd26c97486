"""Takes a script's name, gives a run what it needs to play it: a clock that waits for everybody, a drawn person who
does as told, boards and a journal of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from gongzhi.actions import hands_of
from gongzhi.camera.live import LiveCapture
from gongzhi.cli.output import say
from gongzhi.clock import ENV_PACED, Clock, ManualClock, MonotonicClock
from gongzhi.heard_shapes import SHAPES
from gongzhi.project import Manifest, Part
from gongzhi.runtime import view
from gongzhi.runtime.boards import VirtualBoards
from gongzhi.runtime.core import Core
from gongzhi.runtime.options import Options
from gongzhi.runtime.pacing import Pacer
from gongzhi.script import file
from gongzhi.script.player import Player
from gongzhi.script.stage import Outcome, Stage
from gongzhi.sim.board_faults import Air, own_seed
from gongzhi.sim.board_pace import Pace
from gongzhi.sim.props import props
from gongzhi.sim.scene import Scene, SceneCamera
from gongzhi.stages.estimate import Choice, TruthEstimator
from gongzhi.text import pick

_FPS: Final = 7.5  # frames in a second of the clock: enough for every dwell, and cheap at many times the speed
_BEGIN: Final = 1000.0  # s; not 0, which is what a register says that was never written


class Rehearsal:
    """One script in one run. Without a page it goes at the script's speed and nobody looks at the pictures; with one
    it goes in real time, drawn as ever."""

    def __init__(self, options: Options, manifest: Manifest) -> None:
        assert options.script is not None
        self.script = file.load(manifest.folder / f"{options.script}.toml", manifest)
        self.paced = options.headless
        self._steady = ManualClock(_BEGIN, self.script.speed)
        self.clock: Clock = self._steady if self.paced else MonotonicClock()
        self.scene = Scene(self.clock, manifest.seen.pack)
        self._hands = hands_of(manifest.seen)
        self.props = props(manifest.looks.values()) if manifest.looks else None
        self.player = Player(self.script)
        self._pacer: Pacer | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="gongzhi-", ignore_cleanup_errors=True)
        self.folder = Path(self._folder.name)

    @property
    def outcome(self) -> Outcome:
        """What came of it."""
        return self.player.outcome

    def close(self) -> None:
        """Remove what it left on the disk."""
        self._folder.cleanup()

    def camera(self) -> LiveCapture:
        """The camera before the scene."""
        size = (160, 120) if self.paced else (640, 480)
        fps = _FPS if self.paced else 15.0
        camera = SceneCamera(
            self.clock, self.scene, fps, size, blank=self.paced, hands=self._hands, props=self.props
        )  # fmt: skip
        return LiveCapture(camera, self.clock)

    def estimator(self) -> Choice:
        """The drawn person's own joints."""
        return Choice(TruthEstimator(), None)

    def saw(self, t: float) -> None:
        """A frame captured at `t` has been decided on."""
        if self._pacer is not None:
            self._pacer.saw(t)

    async def pace(self, core: Core) -> None:
        """Keep the run's clock going, and the boards' with it; never returns."""

        def clocks(*, there: bool) -> list[Pace]:
            boards = core.boards.boards if core.boards is not None else {}
            return [one.pace for name, one in boards.items() if one.pace and (name in core.online or not there)]

        pacer = self._pacer = Pacer(self._steady, lambda: clocks(there=True), lambda: clocks(there=False))
        pacer.busy = lambda: core.teaching.busy
        bus = core.bus
        assert bus is not None
        topic = f"{core.top}/_co/pace"
        bus.subscribe(topic, lambda _topic, payload: pacer.echoed(float(payload)))
        pacer.ask = lambda t: bus.publish(topic, repr(t).encode(), 0)
        pacer.tell = lambda t: bus.publish(f"{core.top}/_co/time", repr(t).encode(), 0)
        bus.subscribe(f"{core.top}/_co/paced", lambda _topic, payload: self._kept(payload), 0)
        await pacer.run()

    def program(self, surroundings: dict[str, str], on: bool) -> None:
        """A program is about to begin (its `surroundings` say when), or has ended; from any thread."""
        if self._pacer is not None:
            self._pacer.program(self.clock.now() if on else None)
            surroundings[ENV_PACED] = repr(self.clock.now())

    def _kept(self, payload: bytes) -> None:
        try:
            said = SHAPES["paced"].decode(payload)
        except msgspec.DecodeError:
            return  # a program of somebody's own: it is waited for as one that says nothing
        if self._pacer is not None:
            self._pacer.program(said.t, said.due)

    async def play(self, core: Core, boards: VirtualBoards, over: Callable[[], None]) -> None:
        """Play the script in this run, then say that it is `over`."""

        def press(part: Part, down: bool) -> None:
            boards.press(part.board, part.id, down=down)

        def power(board: str, on: bool) -> None:
            one = boards.boards[board]
            (one.start if on else one.stop)()

        def wifi(board: str, air: Air) -> None:
            boards.boards[board].wifi(air, seed=own_seed(board))

        def cut(board: str, number: int) -> None:
            boards.boards[board].cut_at_write(number)

        def narrate(line: dict[str, str]) -> None:
            say(pick(line))
            core.face.post(view.notice("script", "info", line))

        def stopped(resource: str) -> bool:
            return any(desk.stopped for name, desk in core.loop.arbiter.desks.items() if resource in ("", name))

        core.witness = self.player
        stage = Stage(
            core.manifest,
            self.clock,
            core.happen,
            self.scene.go,
            boards.world,
            press,
            power,
            wifi,
            cut,
            narrate,
            stopped,
            core.teaching,
            self.props,
        )
        await self.player.play(stage)
        over()
