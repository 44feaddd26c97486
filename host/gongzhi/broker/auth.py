"""Takes a name and a password, gives whether they are right, without ever holding up the event loop."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from concurrent.futures import ThreadPoolExecutor

from gongzhi.broker.access import Users

_REMEMBERED = 4096
_WAITING = 256


class BusyError(Exception):
    """So many passwords are being checked that this one cannot be."""


class Authenticator:
    """Checks passwords in a thread, each one once: a slow hash is for thieves, 50 boards of one team share the answer.

    What was right is remembered under a keyed hash (the key lives as long as this object), never the password.
    """

    def __init__(self, users: Users) -> None:
        self._users = users
        self._key = secrets.token_bytes(32)
        self._right: dict[bytes, None] = {}
        self._running: dict[bytes, asyncio.Future[bool]] = {}
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="broker-passwords")

    def known(self, name: str, password: bytes) -> bool:
        """Whether this pair was found right before; at once."""
        return self._mark(name, password) in self._right

    async def check(self, name: str, password: bytes) -> bool:
        """Whether the password is right. Raises BusyError where too many are waiting."""
        mark = self._mark(name, password)
        if mark in self._right:
            return True
        running = self._running.get(mark)
        if running is None:
            if len(self._running) >= _WAITING:
                raise BusyError
            loop = asyncio.get_running_loop()
            running = loop.run_in_executor(self._threads, self._users.check, name, password)
            self._running[mark] = running
            running.add_done_callback(lambda done: self._done(mark, done))
        return await asyncio.shield(running)

    def close(self) -> None:
        """End the thread; what waits is cancelled."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _done(self, mark: bytes, done: asyncio.Future[bool]) -> None:
        del self._running[mark]
        if not done.cancelled() and done.exception() is None and done.result():
            if len(self._right) >= _REMEMBERED:
                del self._right[next(iter(self._right))]
            self._right[mark] = None

    def _mark(self, name: str, password: bytes) -> bytes:
        hashed = hashlib.blake2b(key=self._key, digest_size=32)
        hashed.update(len(name).to_bytes(4, "big") + name.encode() + password)
        return hashed.digest()
