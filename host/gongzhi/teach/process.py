"""Takes a data set and its model, measures the lesson that waits in a process of its own, gives what that says."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any


async def measured(data: Path, model: Path | None, pack: str = "") -> AsyncIterator[dict[str, Any]]:
    """What `gongzhi.teach.lesson` says, one after the other: rounds, then "done" or "fault". The loop goes on seeing
    meanwhile; whoever listens no more ends the process."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "gongzhi.teach.lesson", str(data), str(model or ""), pack,
        stdout=asyncio.subprocess.PIPE, stdin=asyncio.subprocess.DEVNULL,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async for line in process.stdout:
            yield json.loads(line)
        await process.wait()
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
