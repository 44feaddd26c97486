"""Takes the wish for a body, gives the one that can run here and why, and starts its process."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Any, Final, Literal, Protocol

from gongzhi.errors import BoardError
from gongzhi.sim import board_forks
from gongzhi.sim.device import _layout as lay
from gongzhi.text import N_, Later

Body = Literal["vm", "cpython"]
Wish = Literal["auto", "vm", "cpython"]
HERE: Final = Path(__file__).parent

# What the VM body calls in the library (see chip/vm.py).
_SYMBOLS: Final = ("micropython_unix_main", "mp_sched_schedule", "mp_sched_keyboard_interrupt")
_PROBE: Final = (
    "import ctypes, sys; so = ctypes.CDLL(sys.argv[1]); print(*(n for n in sys.argv[2:] if not hasattr(so, n)))"
)
# LEDC channels, LEDC timers, general timers (Espressif's data sheets, sections "LED PWM" and "Timers").
_CHIPS: Final = {
    "esp32": (16, 8, 4), "esp32s2": (8, 4, 4), "esp32s3": (8, 4, 4), "esp32c3": (6, 4, 2),
    # A Raspberry Pi's pins, as gongzhi.pi gives them: switched in software, each for itself.
    "bcm2711": (28, 28, 4), "bcm2712": (28, 28, 4),
}  # fmt: skip


@cache
def library() -> tuple[Path | None, Later]:
    """The MicroPython library, or None; and the reason in words. It is tried in a process of its own (60 ms, once):
    what does not load must not take the host with it."""
    spec = importlib.util.find_spec("micropython_run") if os.name == "posix" else None
    if spec is None or spec.origin is None:
        return None, Later(N_("MicroPython has no package for this computer, so CPython runs the board’s program."), {})
    probe = [sys.executable, "-I", "-S", "-c", _PROBE, spec.origin, *_SYMBOLS]
    tried = subprocess.run(probe, capture_output=True, text=True, check=False)
    if tried.returncode:
        words = N_("The installed MicroPython cannot be loaded, so CPython runs the board’s program.")
        return None, Later(words, {})
    if tried.stdout.strip():
        words = N_("The installed MicroPython lacks {names}, so CPython runs the board’s program.")
        return None, Later(words, {"names": tried.stdout.strip()})
    return Path(spec.origin), Later(N_("Real MicroPython runs the board’s program."), {})


def choose(wish: Wish) -> tuple[Body, Later]:
    """The body for a wish and the reason in words; raises BoardError where "vm" cannot be had."""
    if wish == "cpython":
        return "cpython", Later(N_("CPython runs the board’s program, as was asked."), {})
    path, why = library()
    if path is None and wish == "vm":
        raise BoardError(
            N_("A virtual board with MicroPython cannot run here: {why}"), N_("Leave out --body."), why=why
        )
    return ("vm" if path else "cpython"), why


def chip(name: str, pins: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """What the simulated chip needs to know: counts of its peripherals, and the pins by what they can do. Raises
    BoardError for a chip that does not run the firmware (a computer's)."""
    if name not in _CHIPS:
        raise BoardError(
            N_("A board with the chip {chip} cannot be a virtual board."), N_("Possible: {known}."),
            chip=name, known=", ".join(_CHIPS),
        )  # fmt: skip
    channels, frequencies, timers = _CHIPS[name]
    able = {int(pin): set(abilities) for pin, abilities in pins.items()}
    return {
        "name": name.upper(),
        "channels": channels,
        "frequencies": frequencies,
        "timers": timers,
        "valid": sorted(able),
        # The console's pins can do all; the board's list only says that they are taken.
        "output": sorted(pin for pin, what in able.items() if what & {"out", "uart", "usb"}),
        "adc1": sorted(pin for pin, what in able.items() if "adc1" in what),
        "adc2": sorted(pin for pin, what in able.items() if "adc2" in what),
    }


class Process(Protocol):
    """A body's process, as `subprocess.Popen` names its parts."""

    stdin: IO[bytes] | None
    stdout: IO[bytes] | None
    pid: int

    def wait(self, timeout: float | None = None) -> int:
        """The exit status; raises subprocess.TimeoutExpired."""

    def kill(self) -> None:
        """End it at once."""


def launch(options: dict[str, Any], state: Path) -> Process:
    """Start a body's process and hand it its options. It is apart from the terminal (no Ctrl-C) and ends when its
    standard input does; what goes wrong before the firmware starts is in `state`/body.log. Where the system can, it is
    a fork of a process that has loaded everything."""
    with (state / "body.log").open("wb") as log:
        process: Process | None = board_forks.fork(log, _forks) if board_forks.possible() else None
        process = process or _start(log, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    where = {"device": str(HERE / "device"), "library": str(library()[0] or ""), "state": str(state)}
    text = json.dumps({**options, **where}).encode()
    assert process.stdin is not None
    # One that has died already is seen where its frames are read.
    with contextlib.suppress(OSError):
        process.stdin.write(struct.pack("<BI", lay.OPTIONS, len(text)) + text)
    return process


def _forks(control: socket.socket) -> subprocess.Popen[bytes]:
    return _start(None, "forks", str(library()[0] or ""), stdin=control, stdout=subprocess.DEVNULL)


def _start(log: IO[bytes] | None, *words: str, **pipes: Any) -> subprocess.Popen[bytes]:
    # Nothing of the host's environment is the board's business; Windows cannot start a program without these.
    keep = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "LANG", "LC_ALL")
    apart: dict[str, Any] = {"start_new_session": True}
    # A virtual environment's python.exe is a launcher with a child; with -S its own packages are not wanted anyway.
    python = sys.executable
    if sys.platform == "win32":
        apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
        python = getattr(sys, "_base_executable", sys.executable)
    return subprocess.Popen(
        [python, "-I", "-S", "-X", "utf8", str(HERE / "chip" / "__main__.py"), *words],
        stderr=log,
        env={name: os.environ[name] for name in keep if name in os.environ},
        bufsize=0,
        **apart,
        **pipes,
    )
