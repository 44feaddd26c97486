"""Takes a video file or a folder of pictures, gives every frame exactly once, at its own time, then ends."""

from __future__ import annotations

import math
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Protocol

import cv2

from gongzhi.camera import pictures
from gongzhi.camera.contract import Image, Say, log
from gongzhi.clock import Clock
from gongzhi.errors import CameraError
from gongzhi.text import N_, Later, tr
from gongzhi.values import Frame

FPS: Final = 10.0  # where a file does not say
_FPS_MOST: Final = 240.0  # more is what broken headers claim (1000, 90000)


class Reel(Protocol):
    """Pictures with their times in seconds from the first one, in order. Iterated once."""

    @property
    def description(self) -> str:
        """What this is, in the user's language."""
        ...

    def __iter__(self) -> Iterator[tuple[float, Image]]:
        """The pictures with their times."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


class Video:
    """A video file. Opening it raises CameraError where no picture can be read from it."""

    def __init__(self, path: Path, say: Say = log) -> None:
        self._path, self._say = path, say
        # FFmpeg's own words on standard error; ours say the same in the user's language. It reads this once.
        os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
        self._file: Any = cv2.VideoCapture(str(path))
        self._first: Any = self._file.read()[1] if self._file.isOpened() else None
        if self._first is None:
            self._file.release()
            raise CameraError(
                N_("The file {file} cannot be read as a video or a picture; it may be damaged."),
                N_("Videos may be MP4, AVI, MOV, MKV, WebM; pictures JPEG, PNG, BMP, WebP, TIFF."),
                file=path,
            )
        self.length = max(int(self._file.get(cv2.CAP_PROP_FRAME_COUNT)), 0)  # as its header has it; 0: not known
        said = float(self._file.get(cv2.CAP_PROP_FPS))
        known = math.isfinite(said) and 0.0 < said <= _FPS_MOST
        self.fps = said if known else FPS
        if not known:
            say(Later(N_("The video {name} does not say how fast it is; {fps} pictures a second are assumed."),
                      {"name": path.name, "fps": f"{FPS:g}"}))  # fmt: skip

    @property
    def description(self) -> str:
        """ "video exercise.avi, 10 pictures a second", in the user's language."""
        return tr("video {name}, {fps} pictures a second", name=self._path.name, fps=f"{self.fps:g}")

    def __iter__(self) -> Iterator[tuple[float, Image]]:
        """The pictures; their times are the file's own where it has them in order, else the number over fps."""
        count, t, begin = 0, 0.0, self._stamp()
        image: Any = self._first
        self._first = None
        while image is not None:
            yield t, pictures.to_rgb(pictures.fit(image))
            count += 1
            ok, image = self._file.read()
            if not ok:
                break
            own = self._stamp() - begin
            t = own if math.isfinite(own) and t < own < t + 60.0 else t + 1.0 / self.fps
        self._tell_if_short(count)

    def close(self) -> None:
        """Close the file."""
        self._file.release()

    def _stamp(self) -> float:
        return float(self._file.get(cv2.CAP_PROP_POS_MSEC)) / 1000.0

    def _tell_if_short(self, count: int) -> None:
        promised = float(self._file.get(cv2.CAP_PROP_FRAME_COUNT))
        # The header's number is an estimate in some formats; a tenth less is damage.
        if math.isfinite(promised) and 0.9 * promised > count:
            self._say(Later(N_("The video {name} is damaged: it ends after {count} of {promised} pictures."),
                            {"name": self._path.name, "count": count, "promised": int(promised)}))  # fmt: skip


def _natural(path: Path) -> list[tuple[int, int, str]]:
    """Sorts "2.png" before "10.png"."""
    parts = re.split(r"(\d+)", path.name.lower())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]


class Folder:
    """The pictures in a folder, by name, numbers in their order, `fps` a second."""

    def __init__(self, path: Path, fps: float = FPS, say: Say = log) -> None:
        self._path, self._fps, self._say = path, fps, say
        try:
            files = [f for f in path.iterdir() if f.suffix.lower() in pictures.SUFFIXES and f.is_file()]
        except OSError as error:
            raise CameraError(
                N_("The folder {file} cannot be read: {reason}."),
                N_("Check the name and whether you may read it."),
                file=path, reason=error.strerror or error,
            ) from error  # fmt: skip
        self._files = sorted(files, key=_natural)
        if not self._files:
            raise CameraError(
                N_("There is no picture in the folder {file}."),
                N_("Put JPEG, PNG, BMP, WebP or TIFF pictures into it, or choose another folder."),
                file=path,
            )

    @property
    def description(self) -> str:
        """ "folder run1, 40 pictures", in the user's language."""
        return tr("folder {name}, {count} pictures", name=self._path.name, count=len(self._files))

    def __iter__(self) -> Iterator[tuple[float, Image]]:
        """The pictures; one that cannot be read is told of and left out, its time stays empty."""
        for number, path in enumerate(self._files):
            try:
                image = pictures.load(path)
            except CameraError as error:
                self._say(error)
            else:
                yield number / self._fps, image

    def close(self) -> None:
        """Nothing is open between two pictures."""


class RecordedCapture:
    """Plays a reel to one reader. See `contract.Capture`.

    A frame's `t` is the clock's time of the first read plus the file's own time, however late it is read. No thread:
    the next picture is decoded by the read that asks for it, so nothing can be dropped and memory holds one.
    """

    live = False
    dropped = 0
    trouble: CameraError | None = None

    def __init__(self, reel: Reel, clock: Clock) -> None:
        self._reel, self._clock = reel, clock
        self._pictures = iter(reel)
        self._next: tuple[float, Image] | None = None
        self._start: float | None = None
        self._seq = 0
        self._over = False
        self._stop = threading.Event()
        self._busy = threading.Lock()

    @property
    def ended(self) -> bool:
        """True when the last frame was read."""
        return self._over or self._stop.is_set()

    @property
    def description(self) -> str:
        """What the reel says of itself."""
        return self._reel.description

    def read(self, timeout: float) -> Frame | None:
        """The next frame, when its time has come within `timeout` seconds; None if not, or if it was the last."""
        with self._busy:
            if self._start is None:
                self._start = self._clock.now()
            if self._next is None and not self.ended:
                self._next = next(self._pictures, None)
                self._over = self._next is None
            if self._next is None or self.ended:
                return None
            t = self._start + self._next[0]
            if not self._wait(t, timeout):
                return None
            image, self._next = self._next[1], None
            seq, self._seq = self._seq, self._seq + 1
            return Frame(image, t, seq)

    def close(self) -> None:
        """Close the file; a read that waits returns at once."""
        self._stop.set()
        with self._busy:
            self._next = None
            self._reel.close()

    def _wait(self, due: float, timeout: float) -> bool:
        """Wait until `due` by the clock, at most `timeout` seconds by the machine's; say whether it has come."""
        while (left := due - self._clock.now()) > 0:
            if timeout <= 0:
                return False
            pause = min(left, timeout, 0.1)
            if self._stop.wait(pause):
                return False
            timeout -= pause
        return not self._stop.is_set()
