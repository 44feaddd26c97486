"""Takes who may come and what they may say, gives a run's broker: a process that is started again should it end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from gongzhi.broker import BrokerConfig, BrokerProcess, Users
from gongzhi.broker.access import AccessRule
from gongzhi.errors import BrokerError
from gongzhi.runtime.access import Logins

_WATCH_S: Final = 0.5


class OwnBroker:
    """The embedded broker, on loopback and a port of its own choice, which it keeps. `says(kind, client, text)` is told
    what happens in it, in a thread."""

    def __init__(self, users: Logins, access: Iterable[AccessRule], says: Callable[[str, str, str], None]) -> None:
        known = Users()
        for login in users.all:
            known.add(login.user, login.password)
        self._config = BrokerConfig(port=0, users=known, access=tuple(access))
        self._says = says
        self.process: BrokerProcess

    @property
    def host(self) -> str:
        """Where it listens."""
        return self._config.host

    @property
    def port(self) -> int:
        """The port that it has got."""
        return self._config.port

    def start(self) -> None:
        """Start it; blocks until it listens. Raises BrokerError, OSError."""
        self.process = BrokerProcess.start(self._config, self._says)
        self._config = replace(self._config, port=self.process.port)

    def stop(self) -> None:
        """End it; blocks until it has gone."""
        self.process.stop()

    async def keep(self) -> None:
        """Start its process again should it ever end: boards and programs come back to it by themselves."""
        while True:
            await asyncio.sleep(_WATCH_S)
            if not self.process.alive:
                await asyncio.to_thread(self.process.stop)
                starting = asyncio.create_task(asyncio.to_thread(self.start))
                try:
                    # To its end, even if the run ends meanwhile: the run then ends the new process, too.
                    await asyncio.shield(starting)
                except (BrokerError, OSError):  # the port is not free yet: next time
                    pass
                finally:
                    await asyncio.wait({starting})
