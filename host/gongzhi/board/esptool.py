"""Takes a serial port and words for esptool, runs it as a program of its own, gives what it says, and its progress."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gongzhi.errors import BoardError
from gongzhi.text import N_

Progress = Callable[[int, int], None]  # so many bytes of so many

FAST, SLOW = 460800, 115200  # baud; some cables only bear the latter
_PERCENT: Final = re.compile(rb"(\d+(?:\.\d+)?)%|(Wrote \d+ bytes|Read \d+ bytes)")
_FAULT: Final = re.compile(r"A fatal error occurred: (.+?)(?:\n\s*\n|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Found:
    """The chip behind a port: `chip` as board.toml names it, `mac` 12 hex digits, `flash` in bytes."""

    chip: str
    mac: str
    flash: int


def probe(port: str) -> Found:
    """What chip is there; raises BoardError."""
    said = run(port, ["flash-id"])
    chip = re.search(r"Connected to (ESP32[-\w]*)|Detecting chip type\.*\s*(ESP32[-\w]*)", said)
    mac = re.search(r"MAC:\s+([0-9a-f:]{17})", said)
    flash = re.search(r"Detected flash size: (\d+)(MB|KB)", said)
    if not (chip and mac and flash):
        raise BoardError(
            N_("The chip at {port} does not say what it is: {why}"), N_("Try again, with another USB cable."),
            port=port, why=said.strip().splitlines()[-1] if said.strip() else "–",
        )  # fmt: skip
    size = int(flash[1]) << (20 if flash[2] == "MB" else 10)
    return Found((chip[1] or chip[2]).lower().replace("-", ""), mac[1].replace(":", ""), size)


def read(port: str, at: int, size: int, folder: Path) -> bytes:
    """Bytes of the flash; `folder` is for a file that lives for a moment. Raises BoardError."""
    file = folder / "read.bin"
    run(port, ["read-flash", hex(at), hex(size), str(file)])
    return file.read_bytes()


def write(port: str, pieces: Sequence[tuple[int, bytes]], folder: Path, tell: Progress, *, resize: bool) -> None:
    """Write (offset, bytes) into the flash and compare what is there then; what went wrong fast is done again slowly.
    `resize`: the boot loader is told the flash's real size. Raises BoardError."""
    words = ["write-flash", "--flash-size", "detect" if resize else "keep"]
    for at, data in pieces:
        file = folder / f"{at:06x}.bin"
        file.write_bytes(data)
        words += [hex(at), str(file)]
    sizes = [len(data) for _, data in pieces]
    try:
        run(port, words, FAST, _Meter(sizes, tell))
    except BoardError:
        run(port, words, SLOW, _Meter(sizes, tell))


class _Meter:
    """Turns the percentages of one file after another into bytes of all."""

    def __init__(self, sizes: Sequence[int], tell: Progress) -> None:
        self._sizes, self._tell = list(sizes), tell
        self._all, self._done = sum(sizes), 0

    def __call__(self, found: re.Match[bytes]) -> None:
        now = self._sizes[0] if self._sizes else 0
        if found[2]:
            self._done += now
            del self._sizes[:1]
            now = 0
        self._tell(min(self._done + int(now * float(found[1] or 0) / 100), self._all), self._all)


def run(
    port: str, words: Sequence[str], baud: int = SLOW, meter: Callable[[re.Match[bytes]], None] | None = None
) -> str:
    """Run esptool; what it said. Raises BoardError with its reason and what helps."""
    made = subprocess.Popen(
        [sys.executable, "-m", "esptool", "--port", port, "--baud", str(baud), *words],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0,
    )  # fmt: skip
    assert made.stdout is not None
    said, looked = b"", 0
    try:
        while piece := made.stdout.read(4096):
            said += piece
            for found in _PERCENT.finditer(said, looked) if meter else ():
                meter(found)  # type: ignore[misc]
                looked = found.end()
    finally:
        made.kill()  # harmless after its end; on Ctrl-C nothing of ours stays behind
        made.wait()
        made.stdout.close()
    text = said.decode("utf-8", "replace")
    if made.returncode:
        raise _reason(port, text)
    return text


def _reason(port: str, said: str) -> BoardError:
    found = _FAULT.search(said)
    why = " ".join(found[1].split()) if found else (said.strip().splitlines() or ["esptool"])[-1]
    if re.search(r"Permission denied|permission", why):
        hint = N_("On Linux: sudo usermod -a -G dialout $USER, then log in again.")
    elif re.search(r"[Bb]usy|lock|Access is denied|doesn't exist|could not open", why):
        hint = N_("Is the board plugged in? End what else uses the port: gongzhi run, an editor, a serial monitor.")
    else:
        hint = N_("Hold the board’s BOOT button, press RST once (or plug it in again), let go of BOOT, try again.")
    return BoardError(N_("The boot loader at {port} does not do it: {why}"), hint, port=port, why=why)
