"""Takes what the user calls a camera (a number, a file, a folder, "synthetic"), gives a capture of its frames."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from gongzhi.camera import pictures
from gongzhi.camera.contract import Capture, Say, log
from gongzhi.camera.device import Device
from gongzhi.camera.frozen import Unfrozen
from gongzhi.camera.live import LiveCapture
from gongzhi.camera.none import NoCamera
from gongzhi.camera.recorded import FPS, Folder, RecordedCapture, Video
from gongzhi.clock import Clock
from gongzhi.errors import CameraError
from gongzhi.sim.camera import SyntheticCamera
from gongzhi.sim.mover import Mover
from gongzhi.sim.props import Props
from gongzhi.text import N_

__all__ = ["NONE", "SYNTHETIC", "Capture", "open_camera", "synthetic"]

SYNTHETIC: Final = "synthetic"
NONE: Final = "none"
_PERFORMER: Final = 7  # whose body and tempo the drawn person has


def synthetic(spec: str) -> bool:
    """Whether this camera is drawn, so that its frames carry the truth."""
    return spec == SYNTHETIC or spec.startswith(f"{SYNTHETIC}:")


def open_camera(
    spec: str,
    clock: Clock,
    *,
    fps: float | None = None,
    size: tuple[int, int] = (640, 480),
    say: Say = log,
    props: Props | None = None,
) -> Capture:
    """Open a camera, ready to read.

    Args:
        spec: "synthetic", a drawn person; "synthetic:wuqinxi", one who does a course of that pack; a device's number,
            such as "0"; a video file; one picture; or a folder of pictures.
        clock: gives the frames their times.
        fps: pictures per second, where the source leaves that open (synthetic and a still picture: 15, a folder:
            10); a device is asked for it; a video keeps its own.
        size: width and height in pixels that the synthetic camera draws and a device is asked for. Whatever is
            longer than 1280 pixels is made smaller.
        say: is told what happens later (a camera gone or back, a damaged file), from whatever thread notices it;
            `str` of it is the text in the user's language.
        props: what else stands before a drawn camera.

    Raises:
        CameraError: there is no such camera or file, or it cannot be used.
        DataError: there is no such pack.
    """
    if synthetic(spec):
        script = _course(spec.partition(":")[2]) if ":" in spec else None
        return LiveCapture(SyntheticCamera(clock, fps or 15.0, size, script=script, props=props), clock)
    if spec == NONE:
        return NoCamera()
    if spec.isascii() and spec.isdecimal():
        return LiveCapture(Unfrozen(Device(int(spec), size, fps, say), clock, say), clock)
    return _recorded(spec, clock, fps, say)


def _recorded(spec: str, clock: Clock, fps: float | None, say: Say) -> Capture:
    """What lies in a file or a folder. Raises CameraError."""
    path = Path(spec).expanduser()
    if not spec or not path.exists():
        raise CameraError(
            N_("There is no camera “{spec}”: no file or folder of that name."),
            N_("Use a number (0 is the first camera), a video, a picture, a folder of pictures, synthetic, or none."),
            spec=spec,
        )
    if path.is_dir():
        return RecordedCapture(Folder(path, fps or FPS, say), clock)
    if path.suffix.lower() in pictures.SUFFIXES:
        return LiveCapture(pictures.Still(path, clock, fps or 15.0), clock)
    return RecordedCapture(Video(path, say), clock)


def _course(name: str) -> Mover:
    """A person who does the course of a pack: one repetition of each form, then again. Raises DataError."""
    from gongzhi.learn import pack
    from gongzhi.learn.course import whole
    from gongzhi.learn.generator import Performer

    data = pack.load(name)
    return Mover(data, Performer(_PERFORMER, style=4.0), whole(data, 1))
