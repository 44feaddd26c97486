"""Takes a running project, gives its studio: what browsers say of recording and training goes there, and each sight."""

from __future__ import annotations

from gongzhi.loop import Sight
from gongzhi.page.hub import Hub
from gongzhi.page.studio_messages import StudioMessage
from gongzhi.project import Manifest
from gongzhi.runtime.studio import Offer, Studio
from gongzhi.runtime.trainer import Put, Trainer


class Workshop:
    """Studio and trainer of a run. All methods belong to the asyncio thread. `offer` takes a recording to quarantine,
    `put` puts a model to use."""

    def __init__(self, manifest: Manifest, hub: Hub, put: Put, offer: Offer) -> None:
        self.studio = Studio(manifest, hub, offer)
        self.trainer = Trainer(manifest, self.studio.folder, hub, put)
        hub.on_studio = self.take
        self.studio.begin()

    def take(self, message: StudioMessage, seat: str) -> None:
        """A browser at `seat` said something."""
        self.studio.take(message, seat)
        self.trainer.take(message, self.studio.labels, seat)

    def saw(self, sight: Sight) -> None:
        """One frame was looked at."""
        self.studio.saw(sight)

    async def end(self) -> None:
        """The run ends."""
        self.trainer.end()
        await self.studio.end()
