"""A whole run in this process: real broker, real boards, the pupil's real program; the drawn person's own joints."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gongzhi import paths
from gongzhi.camera.live import LiveCapture
from gongzhi.clock import MonotonicClock
from gongzhi.project import Part
from gongzhi.runtime import people, program
from gongzhi.runtime.core import Core
from gongzhi.runtime.options import Options
from gongzhi.runtime.runtime import Runtime
from gongzhi.sim.camera import SyntheticCamera
from gongzhi.sim.script import Script, Step
from gongzhi.stages.estimate import Choice, TruthEstimator
from gongzhi.values import Decision

EXAMPLE = paths.share("examples") / "01_hands_up_gate"
WAIT = 20.0  # only a defect waits so long
Signal = tuple[str, dict[str, float] | None]


class Run:
    """A run that a test watches and answers; every step of a decision and every new signal at a pin is queued."""

    def __init__(self, folder: Path, steps: tuple[Step, ...], tmp: Path, **options: object) -> None:
        self.decisions: queue.Queue[Decision] = queue.Queue()
        self.signals: queue.Queue[Signal] = queue.Queue()
        self.core: Core | None = None
        self.fault: BaseException | None = None
        self._started = threading.Event()
        self._task: asyncio.Task[None] | None = None
        clock = MonotonicClock()
        self.runtime = Runtime(
            Options(folder, headless=True, journal=tmp / "journal", **options),  # type: ignore[arg-type]
            clock,
            camera=lambda: LiveCapture(SyntheticCamera(clock, 15.0, (160, 120), script=Script(steps)), clock),
            estimator=lambda: Choice(TruthEstimator(), None),
            on_start=self._on_start,
        )
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        try:
            asyncio.run(self._whole())
        except BaseException as error:  # noqa: BLE001  (handed to the test)
            self.fault = error
        self._started.set()

    async def _whole(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.create_task(self.runtime.run())
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    def _on_start(self, core: Core) -> None:
        core.witness = people.Witness()
        self.core = core
        changed, part = core._changed, core.on_part

        def on_changed(decision: Decision, now: float) -> None:
            changed(decision, now)
            self.decisions.put(decision)

        def on_part(one: Part, values: dict[str, float] | None, new: bool, t: float) -> None:
            part(one, values, new, t)
            if new and core.ready.is_set():  # before, it is the board's own start
                self.signals.put((one.id, values))

        core._changed = on_changed  # type: ignore[method-assign]
        assert core.boards is not None
        core.boards.on_part = on_part
        self._started.set()

    def __enter__(self) -> Run:
        try:
            return self._begin()
        except BaseException:
            self.__exit__()
            raise

    def _begin(self) -> Run:
        self._thread.start()
        assert self._started.wait(WAIT), "the run did not start"
        if self.fault:
            raise self.fault
        assert self.core is not None
        self.wait_for(self.core.ready.is_set)
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """End the run and wait for it; may be called twice."""
        if self._task is not None:
            with contextlib.suppress(RuntimeError):  # it has ended by itself
                self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(WAIT)
        assert not self._thread.is_alive()

    def wait_for(self, true: Callable[[], bool]) -> None:
        """Wait until `true()`; only a defect takes long."""
        for _ in range(int(WAIT / 0.02)):
            if true():
                return
            threading.Event().wait(0.02)
        raise AssertionError("waited in vain")

    def call(self, method: Callable[..., None], *arguments: object) -> None:
        """Make a call in the run's own thread."""
        self._loop.call_soon_threadsafe(method, *arguments)

    def until(self, state: str, resource: str = "gate.angle") -> Decision:
        """The next decision about the resource that reaches the state."""
        while True:
            decision = self.decisions.get(timeout=WAIT)
            if (decision.resource, decision.state) == (resource, state):
                return decision

    def signal(self, part: str) -> dict[str, float] | None:
        """The next new signal at the part's pin."""
        while True:
            name, values = self.signals.get(timeout=WAIT)
            if name == part:
                return values


HANDS_UP = (Step("stand", 0.2, 0.3), Step("hands_up", 0.3, 60.0))
ARMS_LEVEL = (Step("stand", 0.2, 0.3), Step("arms_level", 0.3, 60.0))


@pytest.fixture
def start(tmp_path, monkeypatch) -> Iterator[Callable[..., Run]]:
    """Start a run of the first example before a person who does `steps`; it is ended with the test."""
    # What its program says comes from a thread, which goes on while pytest captures nothing: between test and fixture.
    monkeypatch.setattr(program, "print", lambda *_, **__: None, raising=False)
    with contextlib.ExitStack() as stack:
        yield lambda steps=HANDS_UP, folder=EXAMPLE, **options: stack.enter_context(
            Run(folder, steps, tmp_path, **options)
        )
