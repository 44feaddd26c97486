"""Takes nothing, gives no frame ever: for projects that only sense."""

from __future__ import annotations

import threading

from gongzhi.errors import CameraError
from gongzhi.text import N_, tr
from gongzhi.values import Frame


class NoCamera:
    """No camera, which is no fault. See `contract.Capture`."""

    live = True
    dropped = 0
    trouble: CameraError | None = None

    def __init__(self) -> None:
        self._closed = threading.Event()

    @property
    def ended(self) -> bool:
        """True after `close`."""
        return self._closed.is_set()

    @property
    def description(self) -> str:
        """ "no camera", in the user's language."""
        return tr(N_("no camera"))

    def read(self, timeout: float) -> Frame | None:
        """None, after `timeout` seconds or when it is closed."""
        self._closed.wait(timeout)
        return None

    def close(self) -> None:
        """Let go of whoever is in `read`."""
        self._closed.set()
