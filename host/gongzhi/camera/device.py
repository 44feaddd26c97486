"""Takes a camera's number, gives its pictures; opens it again, with growing pauses, when it has been unplugged."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from gongzhi.camera.contract import Say, Shot, log
from gongzhi.camera.pictures import fit, to_rgb
from gongzhi.errors import CameraError
from gongzhi.text import N_, Later, tr

BACKOFF: Final = (0.5, 1.0, 2.0, 4.0, 8.0)  # seconds before each new try; the last one for all further tries
_FAILURES: Final = 3  # reads in a row without a picture: some cameras lose one now and then
# On Linux OpenCV waits 10 s for a camera that hangs, and close() with it. It knows no property for that (cap_v4l.cpp
# ignores CAP_PROP_READ_TIMEOUT_MSEC), only this variable, which it reads with the first picture; whole seconds.
_V4L_TIMEOUT: Final = ("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "2")
_DEV = Path("/dev")


def _attached() -> list[int]:
    """The numbers of the cameras that Linux shows; empty elsewhere."""
    found = (path.name.removeprefix("video") for path in _DEV.glob("video*"))
    return sorted(int(number) for number in found if number.isdecimal())


def _cannot_open(number: int) -> CameraError:
    """Why the camera did not open, as far as the system tells."""
    node = _DEV / f"video{number}"
    if not sys.platform.startswith("linux"):
        return CameraError(
            N_("Camera {number} cannot be opened."),
            N_("Is it plugged in, allowed in the system’s privacy settings, and not used by another program?"),
            number=number,
        )
    if not node.exists():
        others = ", ".join(str(other) for other in _attached())
        if others:
            return CameraError(
                N_("There is no camera {number}; found: {others}."),
                N_("Choose one of these: --camera NUMBER. Or plug the other one in."),
                number=number, others=others,
            )  # fmt: skip
        return CameraError(
            N_("There is no camera {number}, nor any other."),
            N_("Plug one in. Without: --camera synthetic (a drawn person) or --camera none (sensors alone)."),
            number=number,
        )
    if not os.access(node, os.R_OK | os.W_OK):
        return CameraError(
            N_("You may not use camera {number} ({node})."),
            N_("Add yourself to the group “video” (sudo usermod -aG video $USER) and log in again."),
            number=number, node=node,
        )  # fmt: skip
    return CameraError(
        N_("Camera {number} is there but gives no pictures."),
        N_("Another program may be using it: close that. Or unplug it and plug it in again, or try another number."),
        number=number,
    )


class Device:
    """A camera behind OpenCV. Opening it raises CameraError; what happens later is told by `say` and `trouble`."""

    def __init__(
        self,
        number: int,
        size: tuple[int, int] = (640, 480),
        fps: float | None = None,
        say: Say = log,
        backoff: tuple[float, ...] = BACKOFF,
    ) -> None:
        self.number, self._size, self._fps, self._say, self._backoff = number, size, fps, say, backoff
        self.trouble: CameraError | None = None
        self._tries = 0
        self._failed = 0
        self._camera: Any = None
        if not self._open():
            raise _cannot_open(number)

    @property
    def description(self) -> str:
        """ "camera 0", in the user's language."""
        return tr("camera {number}", number=self.number)

    def shoot(self, stop: threading.Event) -> Shot | None:
        """The next picture; None when a read failed or while the camera is away (after a pause)."""
        if self._camera is None:
            self._again(stop)
            return None
        image = self._read()
        if image is not None:
            self._failed = 0
            return Shot(image)
        self._failed += 1
        if self._failed >= _FAILURES:
            self._gone()
        return None

    def close(self) -> None:
        """Let go of the camera."""
        if self._camera is not None:
            self._camera.release()
            self._camera = None

    def _open(self) -> bool:
        """Open it and see that it gives a picture: on Linux one camera has several nodes, and some give none."""
        # Its warnings name C++ files; our errors say the same in words.
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
        os.environ.setdefault(*_V4L_TIMEOUT)
        camera = cv2.VideoCapture(self.number)
        if camera.isOpened():
            for key, value in (
                (cv2.CAP_PROP_FRAME_WIDTH, self._size[0]),
                (cv2.CAP_PROP_FRAME_HEIGHT, self._size[1]),
                (cv2.CAP_PROP_FPS, self._fps),
                (cv2.CAP_PROP_BUFFERSIZE, 1),
            ):
                if value is not None:
                    camera.set(key, value)
            self._camera = camera
            # Some take seconds to their first picture.
            if any(self._read() is not None for _ in range(_FAILURES)):
                self._failed = 0
                return True
        camera.release()
        self._camera = None
        return False

    def _read(self) -> np.ndarray[Any, np.dtype[np.uint8]] | None:
        try:
            ok, image = self._camera.read()
        except cv2.error:
            return None
        return to_rgb(fit(image)) if ok and image is not None and image.size else None

    def _gone(self) -> None:
        self.close()
        self._failed = self._tries = 0
        self.trouble = CameraError(
            N_("Camera {number} gives no pictures any more."),
            N_("Is its plug out? The program goes on and takes it back by itself."),
            number=self.number,
        )
        self._say(self.trouble)

    def _again(self, stop: threading.Event) -> None:
        if stop.wait(self._backoff[min(self._tries, len(self._backoff) - 1)]):
            return
        self._tries += 1
        if self._open():
            self.trouble = None
            self._say(Later(N_("Camera {number} is back."), {"number": self.number}))
