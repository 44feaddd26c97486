"""Takes who may come and what they may say, gives a run's broker: a process that is started again should it end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import replace
from typing import Final

from gongzhi.board import room_net
from gongzhi.broker import BrokerConfig, BrokerProcess, Users
from gongzhi.broker.access import AccessRule
from gongzhi.broker.advertise import SECURE, SERVICE, advertised, wanted
from gongzhi.cli.output import say
from gongzhi.errors import BrokerError
from gongzhi.room.door import door
from gongzhi.runtime.access import Logins
from gongzhi.text import N_, tr

LOOPBACK: Final = "127.0.0.1"
EVERYWHERE = "0.0.0.0"
_WATCH_S: Final = 0.5


class OwnBroker:
    """The embedded broker, on loopback and a port of its own choice, which it keeps; with `room` for the whole
    network, too, on the port that its boards know: where they speak TLS, that port takes nothing else. `says(kind,
    client, text)` is told what happens in it, in a thread."""

    def __init__(
        self,
        users: Logins,
        access: Iterable[AccessRule],
        says: Callable[[str, str, str], None],
        *,
        room: bool = False,
    ) -> None:
        known = Users()
        for login in users.all:
            known.add(login.user, login.password)
        net = room_net.load() if room else None
        host, port = (EVERYWHERE, net.port) if net and not net.tls else (LOOPBACK, 0)
        tls = door(EVERYWHERE, net.port) if net and net.tls else None
        self._config = BrokerConfig(host, port, known, tuple(access), tls=tls)
        self._says = says
        self.process: BrokerProcess

    @property
    def host(self) -> str:
        """Where this computer reaches it."""
        return LOOPBACK

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

    @contextlib.asynccontextmanager
    async def told(self) -> AsyncIterator[None]:
        """While this lasts, and the broker is the room's, the network knows where it is."""
        tls = self._config.tls
        host, port, service = (tls.host, tls.port, SECURE) if tls else (self._config.host, self.port, SERVICE)
        if not wanted(host):
            yield
            return
        async with advertised(host, port, service=service) as told:
            where = ", ".join(told) or tr(N_("this computer’s address"))
            say(tr(N_("The boards of the room find this run at {where}, port {port}."), where=where, port=port))
            yield

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
