"""Takes what a run makes and what goes on beside it, ends all of it with the run, in the opposite order."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Lifetime(contextlib.AsyncExitStack):
    """A stack of what is to be ended; `failed(fault)` is told when what goes on beside the run fails."""

    def __init__(self, failed: Callable[[BaseException], None]) -> None:
        super().__init__()
        self._failed = failed

    def on_leaving(self, stop: Callable[[], object]) -> None:
        """Call `stop`, which may block for a moment, at the end, in the opposite order of these calls."""
        self.push_async_callback(asyncio.to_thread, stop)

    async def made(self, make: Callable[[], T], end: Callable[[T], object]) -> T:
        """What `make`, which may block, gives in a thread; `end` ends it with the run, also where the wait for it was
        broken off (Ctrl-C while a board starts): the thread goes on, and what it makes must not stay."""
        making = asyncio.create_task(asyncio.to_thread(make))

        async def undo() -> None:
            await asyncio.wait({making})
            if not making.cancelled() and making.exception() is None:
                await asyncio.to_thread(end, making.result())

        self.push_async_callback(undo)
        return await asyncio.shield(making)

    def beside(self, work: Coroutine[Any, Any, None]) -> None:
        """Let `work` go on beside the run until its end; if it fails, the run ends with its fault."""

        def over(task: asyncio.Task[None]) -> None:
            fault = None if task.cancelled() else task.exception()
            if fault is not None:
                self._failed(fault)

        async def end() -> None:
            task.cancel()
            await asyncio.wait({task})

        task = asyncio.create_task(work)
        task.add_done_callback(over)
        self.push_async_callback(end)
