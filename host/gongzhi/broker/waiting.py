"""Takes subscribers without room and the publishers that they hold up, gives those that have been too slow."""

from __future__ import annotations

from collections.abc import Callable

from gongzhi.broker.session import Session


class Waiting:
    """The sessions for which a publisher waits; each calls its `waiters` itself when it has room again."""

    def __init__(self) -> None:
        self._full: dict[Session, None] = {}

    def wait_for(self, full: Session, go_on: Callable[[], None], now: float) -> None:
        """Call `go_on` when `full` has room again."""
        if full not in self._full:
            self._full[full] = None
            full.full_since = now
        full.waiters.append(go_on)

    def too_slow(self, now: float, patience: float) -> list[Session]:
        """Those that have held somebody up for more than `patience` seconds."""
        for session in list(self._full):
            if not session.full or not session.waiters:
                del self._full[session]
        return [session for session in self._full if now - session.full_since > patience]
