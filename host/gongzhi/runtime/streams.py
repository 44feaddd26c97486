"""Takes what boards tell, gives the samples in it, each with its part and its time on the host's clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gongzhi.heard import Telemetry
from gongzhi.project import Manifest
from gongzhi.samples import BoardTime, Sample, samples

Listener = Callable[[str, list[Sample], bool], None]


class Streams:
    """The samples of a project's boards; `listeners` are told of each batch as (part, samples, whether the board
    is a virtual one). `misfit` are the
    parts whose batches are none of theirs: their boards have other settings, or an older program."""

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest
        self._clocks: dict[str, BoardTime] = {}
        self.listeners: list[Listener] = []
        self.misfit: set[str] = set()

    def hear(self, told: Telemetry, now: float, *, sim: bool) -> Iterator[tuple[str, list[Sample]]]:
        """Of each part of that board its samples, none younger than `now` (s); what is no batch of it is dropped."""
        if told.device not in self._manifest.boards:
            return
        sent = self._clocks.setdefault(told.device, BoardTime()).at(told.t, now)
        for name, batch in told.samples.items():
            part = self._manifest.parts.get(name)
            if part is None or part.board != told.device or part.kind.output:
                continue
            try:
                found = samples(part, batch, min(sent, now))
            except ValueError:
                self.misfit.add(name)
                continue
            self.misfit.discard(name)
            for listener in self.listeners:
                listener(name, found, sim)
            yield name, found
