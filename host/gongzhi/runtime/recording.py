"""Takes a project and one of its sensors, gives recordings of one label, one after another: count down, move, keep."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal

from gongzhi.actions import Actions
from gongzhi.errors import DataError
from gongzhi.learn.dataset import Dataset
from gongzhi.learn.recorder import SensorTaking, Take
from gongzhi.learn.sensor_recording import SensorRecording
from gongzhi.project.parts import Part
from gongzhi.runtime.core import Core
from gongzhi.runtime.options import Options
from gongzhi.runtime.runtime import Runtime
from gongzhi.samples import Sample
from gongzhi.text import N_

_PATIENCE: Final = 20.0  # s without a sample after which the sensor is given up


class _Boards(Runtime):
    """A run of a project's boards alone: no camera, no program and no rule, so that nothing acts meanwhile."""

    def __init__(self, options: Options, on_start: Callable[[Core], None]) -> None:
        super().__init__(options, on_start=on_start)
        self.manifest = replace(self.manifest, rules=(), seen=Actions())

    async def _program(self, core: Core, *_: Any) -> None:
        core.program_done()


@dataclass(frozen=True, slots=True)
class Source:
    """Where samples come from: the `project`'s folder, the `sensor`'s name there; `boards` as for `gongzhi run`;
    `carry` what the bearer of a virtual one does (sim/worn.py), "" for a real one."""

    project: Path
    sensor: str
    boards: Literal["virtual", "real", "auto"] = "auto"
    carry: str = ""


def part_of(parts: dict[str, Part], sensor: str) -> Part:
    """The part, which must stream. Raises DataError."""
    part = parts.get(sensor)
    known = ", ".join(name for name, one in parts.items() if one.sampled) or "–"
    if part is None or not part.sampled:
        raise DataError(
            N_("There is no sensor “{sensor}” in this project."), N_("Possible: {known}."), sensor=sensor, known=known
        )
    if "stream" not in part.options:
        raise DataError(
            N_("the part “{sensor}” tells too seldom for a model"),
            N_("Write options = {{ stream = 25 }} in [part.{sensor}]: 25 samples a second."), sensor=sensor,
        )  # fmt: skip
    return part


def record(
    source: Source, take: Take, times: int, target: Dataset, told: Callable[[int, int], None]
) -> list[SensorRecording]:
    """Record `times` takes and add each to the data set as it is whole. `told(number, left)` counts down.

    Raises DataError where no samples come, or the words do not fit, and what a run raises; what was whole before stays.
    """
    return asyncio.run(_record(source, take, times, target, told))


async def _record(
    source: Source, take: Take, times: int, target: Dataset, told: Callable[[int, int], None]
) -> list[SensorRecording]:
    heard: asyncio.Queue[list[Sample]] = asyncio.Queue()
    made: list[SensorRecording] = []

    def begin(core: Core) -> None:
        def listen(part: str, samples: list[Sample], _sim: bool) -> None:
            if part == source.sensor:
                heard.put_nowait(samples)

        core.book.streams.listeners.append(listen)
        if source.carry and core.boards is not None:
            core.boards.world.carry(source.sensor, source.carry, bearer=_number(take.person))

    with tempfile.TemporaryDirectory(prefix="gongzhi-") as journal:
        options = Options(source.project, camera="none", headless=True, browser=False, journal=Path(journal),
                          boards=source.boards)  # fmt: skip
        boards = _Boards(options, begin)
        part = part_of(boards.manifest.parts, source.sensor)
        running = asyncio.create_task(boards.run())
        try:
            for number in range(1, times + 1):
                taking = SensorTaking(take, partial(told, number), part)
                while not any(taking.see(one.t, one) for one in await _next(heard, running, source.sensor)):
                    pass
                made.append(taking.keep(target))
        finally:
            running.cancel()
            await asyncio.wait({running})
    return made


async def _next(heard: asyncio.Queue[list[Sample]], running: asyncio.Task[None], sensor: str) -> list[Sample]:
    """The next samples. Raises what ended the run, or DataError where none come."""
    waiting = asyncio.create_task(heard.get())
    done, _ = await asyncio.wait({running, waiting}, timeout=_PATIENCE, return_when=asyncio.FIRST_COMPLETED)
    if waiting in done:
        return waiting.result()
    waiting.cancel()
    if running in done:
        running.result()
    raise DataError(
        N_("“{sensor}” tells nothing: nothing was kept of this take."),
        N_("Is its board on and in the network? Does it have the settings of project.toml (gongzhi board …)?"),
        sensor=sensor,
    )


def _number(person: str) -> int:
    """The body that a virtual bearer has: p03 has that of number 3."""
    digits = "".join(one for one in person if one.isdecimal())
    return int(digits[-6:]) if digits else 0
