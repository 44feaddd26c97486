"""Takes an open serial port with MicroPython behind it, runs lines on the board, gives what they print.

MicroPython's raw mode: Ctrl-A, the lines, Ctrl-D; the answer is "OK", what was printed, 0x04, the traceback, 0x04 (its
documentation, "The MicroPython Interactive Interpreter Mode", raw mode, raw-paste mode). Nothing of it is echoed. Where
the board can, it says itself how much it can take ("raw paste"): no byte is lost, however slow its flash is.
"""

from __future__ import annotations

import contextlib
import time
from types import TracebackType
from typing import Any, Final, NoReturn

from gongzhi.errors import BoardError
from gongzhi.text import N_

_PIECE: Final = 256  # bytes at once, then a pause: the ESP32's console has 260 (as mpremote writes them)
_PAUSE: Final = 0.01  # s
_TRIES: Final = 12
_SOON, _LONG = 0.7, 5.0  # s: for an answer to Ctrl-C, which a board that is just starting misses; for one to lines


class Prompt:
    """The prompt of the board behind `port`; what ran there is interrupted. Raises BoardError where nobody answers.

    `port` is pyserial's Serial, or what has its `read`, `read_until`, `write`, `timeout`, `reset_input_buffer`, `name`.
    """

    def __init__(self, port: Any) -> None:
        self._port = port
        self._paste = True

    def __enter__(self) -> Prompt:
        """Interrupt what runs, and wait for the prompt."""
        self._port.timeout = _SOON
        for _ in range(_TRIES):
            self._port.write(b"\r\x03\x03")
            self._port.read_until(b">>> ")
            self._port.reset_input_buffer()
            self._port.write(b"\r\x01")
            if self._port.read_until(b"raw REPL; CTRL-B to exit\r\n>").endswith(b">"):
                self._port.timeout = _LONG
                with contextlib.suppress(BoardError):  # a Ctrl-C that comes late interrupts the first lines
                    self.run("pass")
                return self
        raise BoardError(
            N_("No MicroPython answers at {port}."),
            N_("Is it the right port, does no other program use it, and is MicroPython on the board?"),
            port=self._port.name,
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Back to the friendly prompt."""
        self._port.write(b"\x02")

    def run(self, lines: str, patience: float = _LONG) -> str:
        """Run these lines; what they print. `patience`: seconds without a byte. Raises BoardError with the last line of
        the board's traceback."""
        self._send(lines)
        self._port.timeout = patience
        said = (b"OK" if self._paste else b"") + self._port.read_until(b"\x04")
        self._port.timeout = _LONG
        fault = self._port.read_until(b"\x04")
        self._port.read_until(b">")
        if not (said.startswith(b"OK") and said.endswith(b"\x04") and fault.endswith(b"\x04")):
            self._silent()
        if fault != b"\x04":
            why = fault[:-1].decode(errors="replace").strip().splitlines()[-1]
            raise BoardError(
                N_("The board at {port} cannot do that: {why}"), N_("Is Gongzhi’s program on it?"),
                port=self._port.name, why=why,
            )  # fmt: skip
        return str(said[2:-1].decode(errors="replace").replace("\r\n", "\n").strip())

    def fresh(self) -> None:
        """A soft reset, after which the prompt is back without main.py and with an empty heap. Raises BoardError."""
        self._port.write(b"\x04")
        if not (
            self._port.read_until(b"soft reboot\r\n").endswith(b"soft reboot\r\n")
            and self._port.read_until(b"raw REPL; CTRL-B to exit\r\n>").endswith(b">")
        ):
            self._silent()

    def restart(self) -> None:
        """Restart the board; it is then no longer at its prompt."""
        self._send("import machine\nmachine.reset()")
        if not self._paste:
            self._port.read(2)  # "OK"

    def _silent(self) -> NoReturn:
        raise BoardError(N_("The board at {port} fell silent."), N_("Try again."), port=self._port.name)

    def _send(self, lines: str) -> None:
        """Send the lines and have them run; without raw paste "OK" is what comes next."""
        data = lines.encode()
        if self._paste:
            self._port.write(b"\x05A\x01")
            answer = self._port.read(2)
            if answer == b"R\x01":
                self._pasted(data)
                return
            self._paste = False
            if answer != b"R\x00":  # older than 1.14: it took that for a wish for the raw prompt
                self._port.read_until(b"w REPL; CTRL-B to exit\r\n>")
        for at in range(0, len(data), _PIECE):
            self._port.write(data[at : at + _PIECE])
            time.sleep(_PAUSE)
        self._port.write(b"\x04")

    def _pasted(self, data: bytes) -> None:
        step = int.from_bytes(self._port.read(2), "little")
        room, at = step, 0
        while at < len(data):
            while not room:
                word = self._port.read(1)
                if word == b"\x04":  # it has seen a fault already, and takes no more
                    self._port.write(b"\x04")
                    return
                if word != b"\x01":
                    self._silent()
                room += step
            piece = data[at : at + room]
            self._port.write(piece)
            at, room = at + len(piece), room - len(piece)
        self._port.write(b"\x04")
        if not self._port.read_until(b"\x04").endswith(b"\x04"):
            self._silent()
