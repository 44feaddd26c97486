"""Takes what a user asks for and what is there, gives which of a project's boards are real ones in this run, and keeps
the gateway of those that are on USB."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Set
from typing import Final, Literal

from gongzhi.bus import Address
from gongzhi.clock import Clock
from gongzhi.gateway.gateway import Gateway
from gongzhi.gateway.ports import usb_ids
from gongzhi.project import Manifest
from gongzhi.runtime.access import SPACE
from gongzhi.text import N_, Later, tr

Wish = Literal["virtual", "real", "auto"]
_LOOK_S: Final = 0.1
_RETAINED_S: Final = 1.0  # so long a broker takes at most to tell who is there
_USB_S: Final = 6.0  # from opening a port, which may reset the board, until the node has said who it is


class RealBoards:
    """The real boards of a run. `wish` as in Options; `external`: the broker is not this run's own, so that boards
    may be online there already. `online()` gives the ids of the boards that are on the bus now."""

    def __init__(
        self, manifest: Manifest, wish: Wish, address: Address, clock: Clock, online: Callable[[], Iterable[str]],
        *, external: bool,
    ) -> None:  # fmt: skip
        self._manifest, self._wish, self._online, self._external = manifest, wish, online, external
        self.gateway: Gateway | None = None
        serial = [board for board in manifest.boards.values() if board.link == "serial"]
        self._serial = {board.id for board in serial}
        if serial and wish != "virtual":
            ids = [usb_ids([board.type]) or usb_ids() for board in serial]
            named = [board.port for board in serial if board.port]
            self.gateway = Gateway(
                address, named=named, usb=frozenset().union(*ids), allowed=self._allowed, clock=clock
            )

    def _allowed(self, base: str) -> Later | None:
        _, space, team, device = base.split("/")
        if (space, team) != (SPACE, self._manifest.id):
            return Later(N_("It belongs to the project “{team}”."), {"team": team})
        if device not in self._serial:
            return Later(N_('project.toml has no board “{device}” with link = "serial".'), {"device": device})
        return None

    def start(self) -> RealBoards:
        """Look for boards on USB from now on."""
        if self.gateway is not None:
            self.gateway.start()
        return self

    def stop(self) -> None:
        """Let go of the ports."""
        if self.gateway is not None:
            self.gateway.stop()

    async def there(self) -> Set[str]:
        """The boards that are not to be started virtually; waits while one of them may still say who it is."""
        if self._wish == "virtual":
            return set()
        every = set(self._manifest.boards)
        if self._wish == "real":
            return every
        waited = 0.0
        while not every <= (found := every & set(self._online())):
            ports = any(row.state != "foreign" for row in self.gateway.rows()) if self.gateway else False
            usb = waited < (_USB_S if ports else _RETAINED_S) and bool(self.gateway and self._serial - found)
            if not usb and not (self._external and waited < _RETAINED_S):
                break
            await asyncio.sleep(_LOOK_S)
            waited += _LOOK_S
        return found

    def words(self, real: Set[str]) -> str:
        """Which boards are real, for the user; "" where none is."""
        if not real:
            return ""
        missing = sorted(real - set(self._online()))
        said = tr(N_("Real boards: {names}."), names=", ".join(sorted(real)))
        return said + (" " + tr(N_("Not there yet: {names}."), names=", ".join(missing)) if missing else "")
