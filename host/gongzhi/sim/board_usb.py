"""Takes a virtual board, gives it a USB cable: its console as a pseudo-terminal that any serial program can open, which
can be pulled out, put in again under another name, and disturbed."""

from __future__ import annotations

import contextlib
import os
import select
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from gongzhi.sim.board import VirtualBoard
from gongzhi.sim.device import _layout as lay

_ROOM: Final = 1 << 16  # bytes of output that wait for a reader; what does not fit is lost, as on a real line


class UsbBoard(VirtualBoard):
    """A virtual board with a cable (VM body only: the CPython body's console has no input; not on Windows).

    `down` and `up`, if set, get each piece of bytes on its way to the board and from it, and give what arrives.
    """

    down: Callable[[bytes], bytes] | None = None
    up: Callable[[bytes], bytes] | None = None

    def __init__(self, *given: Any, **options: Any) -> None:
        self._master = -1
        self._cable = threading.RLock()
        super().__init__(*given, **options)

    def plug(self, link: Path | None = None) -> str:
        """Put the cable in: the port's path. `link`, if given, becomes a symbolic link to it, as udev makes one."""
        import pty
        import tty

        with self._cable:
            self.unplug()
            self._master, slave = pty.openpty()
            tty.setraw(slave)
            os.set_blocking(self._master, False)
            name = os.ttyname(slave)
            # Kept open, or the master would be "hung up" until somebody opens the port.
            self._slave = slave
            threading.Thread(target=self._carry, args=(self._master,), daemon=True, name=f"usb {name}").start()
            if link is not None:
                link.unlink(missing_ok=True)
                link.symlink_to(name)
        return name

    def unplug(self) -> None:
        """Pull the cable out; whoever has the port open meets an error. The board runs on."""
        with self._cable:
            if self._master >= 0:
                os.close(self._slave)
                master, self._master = self._master, -1
                os.close(master)

    def stop(self) -> None:
        """Power off and unplug."""
        self.unplug()
        super().stop()

    def frame(self, kind: int, payload: bytes, t: float) -> None:
        """A frame of the body's; what it prints goes to the cable, too."""
        if kind == lay.CONSOLE:
            data = self.up(payload) if self.up else payload
            with self._cable, contextlib.suppress(OSError):  # full: nobody reads
                if self._master >= 0:
                    os.write(self._master, data[:_ROOM])
        super().frame(kind, payload, t)

    def _carry(self, master: int) -> None:
        """What is written to the port goes to the board's console."""
        while True:
            try:
                if not select.select([master], [], [], 0.05)[0]:
                    if self._master != master:
                        return
                    continue
                with self._cable:
                    if self._master != master:
                        return
                    data = os.read(master, 4096)
            except (OSError, ValueError):
                if self._master != master or not self.closed():
                    return
                continue
            self.arrived(self.down(data) if self.down else data)

    def closed(self) -> bool:
        """Nobody has the port open, ourselves included; True if the line goes on."""
        return False

    def arrived(self, data: bytes) -> None:
        """What came over the cable goes to the console."""
        for at in range(0, len(data), 2048):
            self._life.send(lay.TYPED, data[at : at + 2048])
