"""Takes a board's options, runs real MicroPython on the main thread with the hardware on a thread beside it."""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import os
import select
import signal
import socket
import struct
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any

import _layout as lay

from .frames import Frames, pack
from .hardware import Hardware, Refused

_UNMAP = 60.0  # s
_START_TAKES = 2.0  # s

# Collecting often keeps what the simulation's modules leave on the heap together: a real chip has them in flash.
_START = b"import gc; gc.threshold(4096); import _boot; _boot.run(globals())"


def load(library: str) -> ctypes.CDLL:
    """MicroPython, which is loaded once in a process and in its forks."""
    return ctypes.CDLL(library)


# What is printed when no program runs (any more).
_PROMPT = b'"help()" for more information.\r\n>>> '


def address(memory: mmap.mmap) -> int:
    """Where the memory lies in this process."""
    return ctypes.addressof(ctypes.c_char.from_buffer(memory))


def flash(path: Path, size: int) -> mmap.mmap:
    """The flash chip, erased if it is new."""
    if not path.exists() or path.stat().st_size != size:
        path.write_bytes(b"\xff" * size)
    with path.open("r+b") as file:
        return mmap.mmap(file.fileno(), size)


def _place(memory: mmap.mmap, part: list[int] | None) -> str:
    return f"{address(memory) + part[0]} {part[1]}" if part else ""


class VmHardware(Hardware):
    """Waits in one poll for the world, the firmware's calls, its console and the next timer."""

    def __init__(self, options: dict[str, Any], source: int, world: int) -> None:
        self._library = load(options["library"])
        self._library.mp_sched_schedule.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
        self._library.mp_sched_schedule.restype = ctypes.c_bool
        self._dispatch = 0
        self._pending: deque[int] = deque()
        self._said = b""
        self._program = False  # one runs: then a Ctrl-C interrupts it, at the prompt it is a key like any other
        self._given = 0  # interrupts handed to the interpreter, modulo 256; it counts those that ran
        self._again = 0.0
        self._source = source
        self._frames = Frames()
        self._main = threading.main_thread().ident
        super().__init__(options, world)
        self._calls, self.firmware_calls = socket.socketpair()
        console_in, self._typed = os.pipe()
        self._console, console_out = os.pipe()
        os.set_blocking(self._console, False)
        os.dup2(console_in, 0)
        os.dup2(console_out, 1)
        os.dup2(console_out, 2)
        self.flash = flash(self.state / options["flash"]["file"], options["flash"]["size"])
        self._unmap_at = time.monotonic() + _START_TAKES

    def interrupt(self, number: int) -> None:
        self._pending.append(number)
        self._hand_over()

    def wake(self) -> None:
        signal.pthread_kill(self._main or 0, signal.SIGUSR2)

    def _hand_over(self) -> float:
        """Schedule what is pending, as far as MicroPython's queue (8 places) takes it; seconds until the next call.

        The interpreter is woken if it sleeps in a system call, and again until it has run all: a signal that comes
        just before such a call would be lost.
        """
        while self._pending and self._dispatch:
            if not self._library.mp_sched_schedule(self._dispatch, self._pending[0] << 1 | 1):
                break
            self._pending.popleft()
            self._given = (self._given + 1) & 255
            self._again = 0.001
        if self._dispatch and (self._pending or self._given != self.regs[lay.RAN]):
            self.wake()
            self._again = min(self._again * 2, 0.1)
            return self._again
        return 60.0

    def call(self, op: int, data: bytes) -> bytes:
        if op == lay.CALL_HELLO:
            ticks, self._dispatch = struct.unpack("<QQ", data)
            behind = time.monotonic() - ticks / 1e6
            # The same clock on Linux; what is left of the difference is this call's own time.
            self.behind = 0.0 if abs(behind) < 0.1 else behind
            return b""
        return super().call(op, data)

    def _answer(self, ok: bool, payload: bytes = b"") -> None:
        self._calls.sendall(pack(ok, payload))

    def _called(self) -> None:
        head = self._calls.recv(3, socket.MSG_WAITALL)
        op, length = struct.unpack("<BH", head)
        data = self._calls.recv(length, socket.MSG_WAITALL) if length else b""
        if op == lay.CALL_WORLD:
            self.send(lay.ASK, data)  # the answer comes as a frame
            return
        try:
            self._answer(True, self.call(op, data))
        except Refused:
            self._answer(False)

    def _world(self) -> None:
        data = os.read(self._source, 65536)
        if not data:
            os._exit(0)  # the world has gone, and so does the board
        for kind, payload in self._frames.feed(data):
            if kind == lay.ANSWER:
                self._answer(bool(payload[0]), payload[1:])
            elif kind == lay.TYPED:
                self._type(payload)
            else:
                self.received(kind, payload)
            self.heard()

    def _type(self, keys: bytes) -> None:
        if self._program and b"\3" in keys:
            self._library.mp_sched_keyboard_interrupt()
            self.wake()
            keys = keys.replace(b"\3", b"")
        os.write(self._typed, keys)

    def send(self, kind: int, payload: bytes = b"") -> None:
        if kind in (lay.HELLO, lay.ENDED):
            self._program = kind == lay.HELLO
        super().send(kind, payload)

    def flush(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self._console, lay.MAX_FRAME - 3):
                self._said = (self._said + data)[-len(_PROMPT) :]
                if self._said == _PROMPT:  # also where a Ctrl-C came before the program's first line, so that no word
                    self._program = False  # of its end was sent: at the prompt an interrupt would be the end of all
                self.send(lay.CONSOLE, data)

    def due(self) -> float:
        # What was read of the flash stays in the system's cache, and need not be this process's memory as well.
        now = time.monotonic()
        if now >= self._unmap_at:
            self.flash.madvise(mmap.MADV_DONTNEED)
            self._unmap_at = now + _UNMAP
        return min(super().due(), self._unmap_at - now)

    def loop(self) -> None:
        """The hardware's thread."""
        poll = select.poll()
        for descriptor in (self._source, self._calls.fileno(), self._console):
            poll.register(descriptor, select.POLLIN)
        while True:
            wait = min(self.due(), self._hand_over())
            for descriptor, _ in poll.poll(wait * 1000 + 0.5 if wait else 0):
                if descriptor == self._source:
                    self._world()
                elif descriptor == self._console:
                    self.flush()
                else:
                    self._called()


def run(options: dict[str, Any], source: int, world: int) -> None:
    """Run the board until it resets or the world goes; never returns."""
    # The handler does nothing: the signal is there to end the system call that MicroPython sleeps in.
    signal.signal(signal.SIGUSR2, lambda *_: None)
    signal.siginterrupt(signal.SIGUSR2, True)
    hardware = VmHardware(options, source, world)
    device = Path(options["device"])
    os.environ.update(
        GZ_REGS=str(address(hardware.regs)),
        GZ_FLASH=_place(hardware.flash, options["flash"]["files"]),
        GZ_ROMFS=_place(hardware.flash, options["flash"]["romfs"]),
        GZ_QUIET="1" if options["quiet"] else "",
        GZ_NAMED="1" if options["flash"]["file"] == "chip.bin" or options["chip"]["name"] != "ESP32" else "",
        GZ_CHIP=options["chip"]["name"],
        GZ_WORLD=str(world),
        GZ_CALLS=str(hardware.firmware_calls.fileno()),
        GZ_PACED="1" if options["paced"] else "",
        MICROPYPATH=f"{device / 'vm'}:{device}:.frozen",
    )
    hardware.begin(hardware.loop)
    heap = f"heapsize={options['heap']}".encode()
    words = [b"micropython", b"-X", heap, b"-i", b"-c", _START]
    load(options["library"]).micropython_unix_main(len(words), (ctypes.c_char_p * (len(words) + 1))(*words, None))
    # The prompt was left (Ctrl-D): a soft reset, as on a real board.
    hardware.exit(lay.SOFT_RESET)
