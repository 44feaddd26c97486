"""Takes frames from a capture, gives what is seen in each to the runtime, in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

from gongzhi.loop import Loop, Sight
from gongzhi.stages.capture import Capture


class Eyes:
    """The pose thread: frame by frame, `see` and hand over. `on_sight(sight)` and, when no frame will come any more or
    something failed, `on_end(fault)` are called in it."""

    def __init__(
        self,
        capture: Capture,
        loop: Loop,
        on_sight: Callable[[Sight], None],
        on_end: Callable[[BaseException | None], None],
    ) -> None:
        self._capture, self._loop, self._on_sight, self._on_end = capture, loop, on_sight, on_end
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pose", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Stop looking and close the capture; returns when the frame at hand is done, at the latest after 2 s."""
        self._stopping.set()
        self._capture.close()
        if self._thread.is_alive():
            self._thread.join(2.0)

    def _run(self) -> None:
        fault: BaseException | None = None
        try:
            while not self._stopping.is_set():
                frame = self._capture.read(0.25)
                if frame is not None:
                    self._on_sight(self._loop.see(frame))
                elif self._capture.ended:
                    break
        except Exception as error:  # noqa: BLE001  (a thread that dies in silence would look like an empty room)
            fault = error
        if not self._stopping.is_set():
            self._on_end(fault)
