"""Takes a running project, gives its studio: what browsers say of recording and training goes there, and what is seen
and felt. One subject at a time is on the page, the person before the camera or a sensor; all browsers see the same one.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Final

from gongzhi.loop import Sight
from gongzhi.page.hub import Hub
from gongzhi.page.studio_messages import Choose, StudioMessage
from gongzhi.project import Manifest
from gongzhi.runtime.studio import Offer, Studio
from gongzhi.runtime.subjects import Subject, felt, subjects
from gongzhi.runtime.trainer import Put, Trainer
from gongzhi.samples import Sample

KEY: Final = "subjects"


@dataclass(slots=True)
class _Stand:
    """Studio and trainer of one subject; what they say is kept, and told while it is on the page."""

    subject: Subject
    hub: Hub
    told: dict[str, dict[str, Any]] = field(default_factory=dict)
    shown: bool = False
    studio: Studio = field(init=False)
    trainer: Trainer = field(init=False)

    def post(self, message: dict[str, Any], key: str | None) -> None:
        if key is not None:
            self.told[key] = message
        if self.shown:
            self.hub.post(message, key)

    def show(self, on: bool) -> None:
        self.shown = on
        for key, message in self.told.items() if on else ():
            self.hub.post(message, key)


class Workshop:
    """The studio of a run. All methods belong to the asyncio thread. `offer` takes a recording to quarantine, `put` a
    model to use; `camera` says whether there is one."""

    def __init__(self, manifest: Manifest, hub: Hub, put: Put, offer: Offer, *, camera: bool = True) -> None:
        self._manifest, self._hub = manifest, hub
        self._stands: dict[str, _Stand] = {}
        for name, subject in subjects(manifest).items():
            stand = self._stands[name] = _Stand(subject, hub)
            stand.studio = Studio(subject, manifest.id, stand.post, offer)
            stand.trainer = Trainer(manifest, subject, stand.post, put)
        hub.on_studio = self.take
        names = list(self._stands)
        self._choose(names[0] if camera or len(names) == 1 else names[1])
        for stand in self._stands.values():
            stand.studio.begin()

    @property
    def studio(self) -> Studio:
        """Of what is on the page."""
        return self._stands[self._now].studio

    @property
    def trainer(self) -> Trainer:
        """Of what is on the page."""
        return self._stands[self._now].trainer

    def take(self, message: StudioMessage, seat: str) -> None:
        """A browser at `seat` said something."""
        if isinstance(message, Choose):
            # What goes on is finished first: nobody else's take disappears from the page.
            if message.source in self._stands and not self.studio.busy and not self.trainer.busy:
                self._choose(message.source)
            return
        self.studio.take(message, seat)
        self.trainer.take(message, self.studio.labels, seat)

    def _choose(self, name: str) -> None:
        self._now = name
        for each, stand in self._stands.items():
            stand.show(each == name)
        labels = [{"name": each, "label": stand.subject.part.label if stand.subject.part else {}}
                  for each, stand in self._stands.items()]  # fmt: skip
        part = self._stands[name].subject.part
        self._hub.post(
            {"type": KEY, "now": name, "all": labels, "channels": list(part.sampled) if part else [],
             "unit": part.sampled_unit if part else ""}, KEY,
        )  # fmt: skip

    def saw(self, sight: Sight) -> None:
        """One frame was looked at."""
        self._stands[""].studio.saw(sight)

    def felt(self, part: str, samples: list[Sample], _sim: bool) -> None:
        """A part has told these samples."""
        if (stand := self._stands.get(part)) is None or not samples:
            return
        stand.studio.felt(samples)
        if stand.shown:
            self._hub.post({"type": "samples", "part": part, "values": felt([one.values for one in samples])})

    def changed(self, model: str, version: str) -> None:
        """On the project's page another version of a model was put in force."""
        for stand in self._stands.values():
            stand.trainer.changed(model, version)

    async def end(self) -> None:
        """The run ends."""
        for stand in self._stands.values():
            stand.trainer.end()
        await asyncio.gather(*(stand.studio.end() for stand in self._stands.values()))
