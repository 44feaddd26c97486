"""Cuts the power at every write to a board's flash, gives how many cuts there were and what was there after them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from gongzhi import paths
from gongzhi.errors import BoardError
from gongzhi.sim.board_body import library
from gongzhi.text import N_

SCRIPT: Final = Path(__file__).parent / "on_board" / "powercut.py"
JOBS: Final = ("update", "trial", "settings", "secrets", "broker")
_LIMIT: Final = 500.0  # s


def run(step: int = 1, jobs: tuple[str, ...] = JOBS) -> dict[str, Any]:
    """For each job, with the firmware's own code on real MicroPython and LittleFS: `writes` that it makes to the flash,
    `cuts` (at every `step`-th write, each leaving nothing, half, or noise of it), after how many of them the next start
    found the `old` or the `new` state, and what was `wrong`: anything that does not start, is mixed, or cannot be done
    again. Raises BoardError."""
    path, why = library()
    if path is None:
        raise BoardError(
            N_("This bench needs MicroPython: {why}"), N_("Use Linux or macOS on a 64-bit machine."), why=why
        )
    return {job: _cuts(job, step) for job in jobs}


def _cuts(job: str, step: int) -> dict[str, Any]:
    import gongzhi_node

    where = [str(Path(gongzhi_node.__file__).parents[1]), str(paths.share("firmware")), ".frozen"]
    words = [sys.executable, "-m", "micropython_unix", "-X", "heapsize=32m", str(SCRIPT), job, str(step)]
    env = {**os.environ, "MICROPYPATH": os.pathsep.join(where)}
    done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=_LIMIT, check=False)
    for line in done.stdout.splitlines():
        if line.startswith("@cuts "):
            found: dict[str, Any] = json.loads(line[6:])
            return found
    raise BoardError(
        N_("The board’s program ended before it could tell: {why}"), N_("Run gongzhi bench powercut again."),
        why=(done.stdout + done.stderr).strip()[-400:],
    )  # fmt: skip
