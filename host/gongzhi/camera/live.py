"""Takes a live source of pictures, gives its newest frame, from a thread that never waits for the reader."""

from __future__ import annotations

import threading

from gongzhi.camera.contract import Shot, Source
from gongzhi.clock import Clock
from gongzhi.errors import CameraError
from gongzhi.values import Frame, Hand, Keypoints

_JOIN_S = 2.0  # a device that hangs in its driver is left to its daemon thread


class LiveCapture:
    """One slot: the newest frame replaces the one that nobody fetched. See `contract.Capture`."""

    live = True

    def __init__(self, source: Source, clock: Clock) -> None:
        self._source, self._clock = source, clock
        self._stop = threading.Event()
        self._changed = threading.Condition()
        self._slot: Frame | None = None
        self._fault: BaseException | None = None
        self._seq = 0
        self.dropped = 0
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)
        self._thread.start()

    @property
    def ended(self) -> bool:
        """True after `close`, or when the source's thread failed."""
        return self._stop.is_set()

    @property
    def description(self) -> str:
        """What the source says of itself."""
        return self._source.description

    @property
    def trouble(self) -> CameraError | None:
        """What is wrong with the source right now."""
        return self._source.trouble

    def read(self, timeout: float) -> Frame | None:
        """The newest frame that was not yet read, waited for at most `timeout` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._slot is not None or self._stop.is_set(), timeout)
            if self._fault is not None:
                raise self._fault
            frame, self._slot = self._slot, None
            return None if self._stop.is_set() else frame

    def close(self) -> None:
        """End the thread; it lets go of the source."""
        self._stop.set()
        with self._changed:
            self._changed.notify_all()
        if self._thread is not threading.current_thread():
            self._thread.join(_JOIN_S)

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                shot = self._source.shoot(self._stop)
                if shot is not None:
                    self._put(self._frame(shot))
        except Exception as fault:  # noqa: BLE001  (raised again in `read`, where somebody sees it)
            with self._changed:
                self._fault = fault
        finally:
            self._stop.set()
            with self._changed:
                self._changed.notify_all()
            self._source.close()

    def _frame(self, shot: Shot) -> Frame:
        # The moment at which the picture is complete: cameras do not say through OpenCV when they exposed it.
        t, seq = self._clock.now(), self._seq
        self._seq += 1
        truth = None
        if shot.joints is not None:
            height, width = shot.image.shape[:2]
            inside = ((shot.joints >= 0) & (shot.joints < (width, height))).all(axis=1)
            hands = tuple(
                Hand(side, xy, shape, 1.0, t) for side, (xy, shape) in shot.hands.items()
                if ((xy >= 0) & (xy < (width, height))).all()
            )  # fmt: skip
            truth = Keypoints(shot.joints.copy(), inside.astype("float32"), t, seq, (width, height), "truth", hands)
        return Frame(shot.image, t, seq, truth, shot.drawn)

    def _put(self, frame: Frame) -> None:
        with self._changed:
            if self._slot is not None:
                self.dropped += 1
            self._slot = frame
            self._changed.notify_all()
