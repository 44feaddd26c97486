"""Takes a board's options, runs the firmware on CPython where no MicroPython exists, with the same hardware."""

from __future__ import annotations

import _thread
import io
import os
import queue
import runpy
import selectors
import shutil
import signal
import sys
import threading
import time
import traceback
import types
from collections import deque
from pathlib import Path
from typing import Any

import _layout as lay

from .frames import Frames
from .hardware import Hardware, Refused

# A signal handler of Python's runs on the main thread between two instructions, which is what MicroPython's scheduler
# does. Windows knows few signals; SIGTERM is one that can be simulated there.
_SIGNAL = getattr(signal, "SIGUSR2", signal.SIGTERM)

_MOMENT = 0.0001  # s
_AGAIN = 0.005  # s between two tries to wake the main thread


def load() -> None:
    """What all firmware imports, which takes longest."""
    import asyncio  # noqa: F401


class CpythonHardware(Hardware):
    """A thread reads the world, another keeps time; the firmware's calls run on its own thread."""

    def __init__(self, options: dict[str, Any], source: int, world: int) -> None:
        self._pending: deque[int] = deque()
        self._running = False
        self._source = source
        self._answers: queue.Queue[bytes] = queue.Queue()
        self._changed = threading.Event()
        self._irq: Any = None
        # Before there is anything that interrupts: its default would end the process.
        signal.signal(_SIGNAL, self.scheduled)
        super().__init__(options, world)

    def interrupt(self, number: int) -> None:
        self._pending.append(number)
        self.wake()

    def wake(self) -> None:
        if hasattr(signal, "pthread_kill"):
            signal.pthread_kill(threading.main_thread().ident or 0, _SIGNAL)
        else:
            _thread.interrupt_main(_SIGNAL)

    def scheduled(self, *_: object) -> None:
        """Run the pending interrupts, on the main thread; a handler is not interrupted by another."""
        if self._running or self._irq is None:
            return
        while self._pending:  # again: one may come after the inner loop and before the flag is down
            self._running = True
            try:
                while self._pending:
                    self._irq.dispatch(self._pending.popleft())
            finally:
                self._running = False

    def asked(self, op: int, payload: bytes = b"") -> bytes:
        """A call of the firmware's."""
        held = self._irq.hold(True)
        try:
            if op == lay.CALL_WORLD:
                self.send(lay.ASK, payload)
                answer = self._answers.get()
                if not answer[0]:
                    raise Refused
                return answer[1:]
            return self.call(op, payload)
        except Refused:
            raise OSError(19, "ENODEV") from None
        finally:
            self._changed.set()
            self._irq.hold(held)

    def read_world(self) -> None:
        """The thread that takes what the world sends, until the world goes."""
        frames = Frames()
        while data := os.read(self._source, 65536):
            for kind, payload in frames.feed(data):
                if kind == lay.ANSWER:
                    self._answers.put(payload)
                else:
                    self.received(kind, payload)
                self.heard()
            self._changed.set()
        os._exit(0)

    def keep_time(self) -> None:
        """The thread that fires timers and the watchdog."""
        while True:
            wait = self.due()
            if self._pending and not self._running:
                # The signal may have come just before the main thread began to sleep, which it then did not end.
                self.wake()
                wait = min(wait, _AGAIN)
            if wait:
                self._changed.wait(wait)
            else:  # an edge is near: let the firmware's thread run, which one that waits for no time would not
                time.sleep(_MOMENT)
            self._changed.clear()

    def flush(self) -> None:
        sys.stdout.flush()

    def glue(self, device: Path) -> types.ModuleType:
        """The module `_board` of this interpreter."""
        sys.path.insert(0, str(device))
        import _irq

        self._irq = _irq
        board, real = types.ModuleType("_board"), time.monotonic_ns
        # An interrupt's handler finds the clock at its edge's own moment, where that is known (device/vm/_time.py).
        time.monotonic_ns = lambda: real() if _irq.at is None else _irq.at * 1000
        board.__dict__.update(
            regs=self.regs,
            send=self.send,
            call=self.asked,
            ticks_us=lambda: real() // 1000,
            PinBase=object,
        )
        _irq.__dict__.update(regs=self.regs, report=lambda error: traceback.print_exception(error))
        return board


class Console(io.RawIOBase):
    """The board's serial console as a file."""

    def __init__(self, hardware: Hardware) -> None:
        self._hardware = hardware

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        text = bytes(data)
        for at in range(0, len(text), lay.MAX_FRAME - 3):
            self._hardware.send(lay.CONSOLE, text[at : at + lay.MAX_FRAME - 3])
        return len(text)


def install(hardware: Hardware, files: Path) -> None:
    """Bring the board's folder up to date with what is staged."""
    fresh = not files.exists()
    files.mkdir(exist_ok=True)
    write, remove = hardware.installer.changes(fresh)
    for path in remove:
        (files / path).unlink(missing_ok=True)
    for path in write:
        target = files / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(hardware.installer.stage / path, target.with_name(target.name + ".new"))
        target.with_name(target.name + ".new").replace(target)
    if write or remove:
        hardware.installer.done()


def program(name: str) -> str:
    """Run one file of the board as its main program; the text of what ended it, empty if it came to its end."""
    if not Path(name).exists():
        return ""
    try:
        runpy.run_path(name, run_name="__main__")
    except SystemExit:
        import machine

        machine.soft_reset()
    except BaseException as error:  # noqa: BLE001  (the firmware's own fault, shown as the prompt shows it)
        traceback.print_exception(error)
        return repr(error)
    return ""


def paced(hardware: Hardware) -> None:
    """Let the world keep the firmware's time."""
    import asyncio

    import _pace
    import gongzhi_node.ports

    _pace.begin(gongzhi_node.ports, memoryview(hardware.regs).cast("I"), lambda: asyncio.sleep(0.001))


def run(options: dict[str, Any], source: int, world: int) -> None:
    """Run the board until it resets or the world goes; never returns."""
    hardware = CpythonHardware(options, source, world)
    files = hardware.state / "files"
    install(hardware, files)
    os.chdir(files)
    sys.stdout = sys.stderr = io.TextIOWrapper(Console(hardware), "utf-8", "replace", write_through=True)
    device = Path(options["device"])
    sys.modules["_board"] = hardware.glue(device)
    sys.path[:] = [str(device), str(files), *(entry for entry in options["path"] if entry)]
    sys.argv = [""]
    # The firmware asks it which pins belong to the flash.
    sys.implementation._machine = f"Virtual board with {options['chip']['name']}"  # type: ignore[attr-defined]
    sys.dont_write_bytecode = True
    if hasattr(selectors, "PollSelector"):
        # epoll holds on to the connection that chip.radio takes away; poll looks at the descriptor each time.
        selectors.DefaultSelector = selectors.PollSelector  # type: ignore[misc, assignment]
    for thread in (hardware.read_world, hardware.keep_time):
        hardware.begin(thread)
    if options["paced"]:
        paced(hardware)
    hardware.hello(0)
    why = program("boot.py") or program("main.py")
    hardware.send(lay.ENDED, why.encode())
    while True:  # as at the prompt: interrupts and timers go on
        time.sleep(60)
