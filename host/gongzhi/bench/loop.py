"""Takes nothing, gives the time from a picture to the pin's edge, beside the least that it could take, in one run."""

from __future__ import annotations

import asyncio
import tempfile
from functools import partial
from pathlib import Path
from time import monotonic, perf_counter
from typing import Any, Final

import numpy as np

from gongzhi import models
from gongzhi.camera.live import LiveCapture
from gongzhi.clock import MonotonicClock
from gongzhi.errors import BoardError
from gongzhi.loop import Sight
from gongzhi.pose.landmarks import Landmarker
from gongzhi.project import Part
from gongzhi.runtime.core import Core
from gongzhi.runtime.options import Options
from gongzhi.runtime.runtime import Runtime
from gongzhi.runtime.stats import percentile
from gongzhi.sim.camera import SyntheticCamera
from gongzhi.sim.script import Script, Step
from gongzhi.stages.estimate import BlazePoseEstimator, Choice
from gongzhi.text import N_
from gongzhi.values import Frame, Keypoints

_SAMPLES: Final = 24
_WARM: Final = 2
_ROUND: Final = (Step("stand", 0.35, 0.55), Step("arms_level", 0.35, 0.95))  # one decision each 2.2 s
_PROJECT: Final = """
[project]
id = "bench"
[board.b]
type = "esp32-devkitc"
[part.lamp]
kind = "led"
pin = 23
[part.bell]
kind = "buzzer"
pin = 19
"""
# The hold ends before the next round begins, so that each act has an edge at the pin.
_PROGRAM: Final = """
from gongzhi import Project
project = Project()
project.when("arms_level", en="arms are level").propose(project["lamp"], 1, en="light on", hold=0.6)
project.run()
"""


class _Timed:
    """The estimator, and after each frame the bare model once more: the same machine at the same moment."""

    origin = "blazepose"
    others = 0
    fingers = False

    def prefer(self, _mat: object) -> bool:
        """There is one person."""
        return False

    def count(self, _frame: Frame) -> int:
        """Nobody asks."""
        return 0

    def __init__(self, weights: dict[str, bytes]) -> None:
        self._pose = BlazePoseEstimator(weights)
        self._bare = Landmarker(weights["landmarks"])
        self.invoke: list[float] = []

    def __call__(self, frame: Frame) -> Keypoints | None:
        return self._pose(frame)

    def measure(self) -> None:
        """One bare inference."""
        start = perf_counter()
        self._bare.invoke()
        self.invoke.append(1e3 * (perf_counter() - start))

    def close(self) -> None:
        """Let go of the models."""
        self._pose.close()
        self._bare.close()


class _Floor:
    """Once a round, right after a frame in which somebody stands: one QoS 1 message to the same board, until its pin
    moves. It takes the way of every command, without anything being decided."""

    def __init__(self, core: Core, estimator: _Timed) -> None:
        self.core, self.estimator = core, estimator
        self.ms: list[float] = []
        self._began = 0.0
        self._standing = 0
        self._on_sight, self._on_part = core.on_sight, core.on_part
        core.on_sight = self.on_sight  # type: ignore[method-assign]
        assert core.boards is not None
        core.boards.on_part = self.on_part

    def on_sight(self, sight: Sight) -> None:
        """One frame: 5 after the arms went down, send; 4 later, take it back."""
        self._on_sight(sight)
        held = any(action.held or action.p > 0.5 for action in sight.actions)
        self._standing = 0 if held else self._standing + 1
        if self._standing == 5:
            self._began = monotonic()
            self._send("buzzer.set", {"tone": 880})
        elif self._standing == 9:
            self._send("rest", {})

    def on_part(self, part: Part, values: dict[str, float] | None, changed: bool, t: float) -> None:
        """An edge: the message's, or a decision's."""
        if part.id == "bell":
            if self._began and values and values.get("tone"):
                self.ms.append(1e3 * (t - self._began))
                self._began = 0.0
        else:
            self._on_part(part, values, changed, t)

    def _send(self, op: str, args: dict[str, float]) -> None:
        core = self.core
        desk = core.loop.arbiter.desks["bell.tone"]
        command = core.loop.arbiter.command(desk.epoch, op, "bell", args, 1500, "bench")
        message = core.loop.sender.message("b", command, core.clock.now())
        if core.bus is not None:
            core.bus.publish(message.topic, message.payload, message.qos)


def run(samples: int = _SAMPLES) -> dict[str, float]:
    """Milliseconds: `e2e` from the capture of the frame that completes a pose's dwell to the pin's edge as the board's
    world sees it, at A4; `floor` one inference of the bare pruned model and one QoS 1 message to the same board over
    the same broker, measured in between. `ratio` is e2e over floor, both at the median. Raises GongzhiError."""
    estimator = _Timed(dict(models.ensure()))
    floors: list[_Floor] = []
    clock = MonotonicClock()
    with tempfile.TemporaryDirectory(prefix="gongzhi-bench-") as name:
        folder = Path(name)
        (folder / "project.toml").write_text(_PROJECT)
        (folder / "main.py").write_text(_PROGRAM)
        seconds = (samples + _WARM) * Script(_ROUND).seconds + 3
        runtime = Runtime(
            Options(folder, headless=True, seconds=seconds, journal=folder / "journal"),
            clock,
            camera=lambda: LiveCapture(SyntheticCamera(clock, 15.0, script=Script(_ROUND)), clock),
            estimator=lambda: Choice(estimator, None),
            on_start=lambda core: floors.append(_Floor(core, estimator)),
        )
        runtime.on_seen = partial(_measure, estimator)
        asyncio.run(runtime.run())
    return _figures(list(runtime.stats.e2e)[_WARM:], floors[0].ms[_WARM:], estimator.invoke, samples)


def _measure(estimator: _Timed, sight: Sight) -> None:
    # In the pose thread, after the sight has been handed over, and not while an act is under way.
    if not any(action.p > 0.2 for action in sight.actions):
        estimator.measure()


def _figures(e2e: list[float], message: list[float], invoke: list[float], wanted: int) -> dict[str, Any]:
    if min(len(e2e), len(message)) < wanted // 2:
        raise BoardError(
            N_("Only {count} of {wanted} acts reached the pin: these times would mean nothing."),
            N_("Close other programs and measure again."),
            count=min(len(e2e), len(message)),
            wanted=wanted,
        )
    floor = float(np.median(message)) + float(np.median(invoke))
    e2e_p50 = float(np.median(e2e))
    return {
        "e2e_ms_p50": round(e2e_p50, 2),
        "e2e_ms_p99": round(percentile(e2e, 0.99) or 0.0, 2),
        "floor_ms_p50": round(floor, 2),
        "ratio": round(e2e_p50 / floor, 3),
    }
