"""Takes what the world does to a board and what its firmware asks of the chip, gives registers, interrupts, timers,
the watchdog, non-volatile storage and frames to the world. What is particular to an interpreter is in vm, cpython."""

from __future__ import annotations

import base64
import json
import os
import struct
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import _layout as lay  # the firmware's own definition; __main__ has put its folder on the path

from .air import Clear, Gone, Weak
from .frames import pack
from .install import Installer
from .partitions import Partitions
from .radio import Radio
from .registers import registers

_LOOK_AGAIN = 0.02  # s
_EXACT = 0.003  # s before an edge from which on nobody sleeps

Timers = dict[int, tuple[float, float]]  # slot -> (due at, period; 0 for once)


class Refused(Exception):
    """The hardware says no to a call."""


class Hardware:
    """The chip around the interpreter. Frames go to `world` (a file descriptor) in one write of at most MAX_FRAME
    bytes, which a pipe keeps whole, so that the firmware's and the hardware's thread need no lock between them."""

    def __init__(self, options: dict[str, Any], world: int) -> None:
        self.options = options
        self.world = world
        self.state = Path(options["state"])
        self.regs = registers(self.state / "registers.bin", options)
        self.timers: Timers = {}
        self.edges: list[tuple[float, int, int]] = []  # that the world will make: (at, pin, level) in order
        self.trains: deque[bytes] = deque()  # edges that the firmware makes itself
        self._played = 0  # us of the interpreter's clock: the end of the last of these
        self.behind = 0.0  # the interpreter's clock + this = time.monotonic(), in seconds
        self.radio = Radio(self.ms, options["paced"], self.begin)
        self.installer = Installer(self.state, options)
        self.partitions = Partitions(self.state, options["chip"]["name"])
        self._nvs_file = self.state / "nvs.json"
        self._nvs: dict[str, str] = json.loads(self._nvs_file.read_text()) if self._nvs_file.exists() else {}
        for kind, payload in options["inputs"]:
            self.received(kind, bytes.fromhex(payload))

    def begin(self, work: Callable[[], None]) -> None:
        """Do `work` on a thread of its own. A fault in it ends the process: a board without its hardware would hear
        nobody, and outlive its host."""

        def run() -> None:
            try:
                work()
            except BaseException:  # noqa: BLE001  (whatever it is)
                with (self.state / "body.log").open("a") as log:
                    traceback.print_exc(file=log)
                os._exit(1)

        threading.Thread(target=run, daemon=True, name="hardware").start()

    def send(self, kind: int, payload: bytes = b"") -> None:
        """A frame to the world; without a world there is no board."""
        data = pack(kind, payload)
        try:
            while data:
                data = data[os.write(self.world, data) :]
        except OSError:
            os._exit(0)

    def interrupt(self, number: int) -> None:
        """Have the interpreter run the handler of interrupt `number` soon."""
        raise NotImplementedError

    def wake(self) -> None:
        """Have the interpreter look at its sockets again."""
        raise NotImplementedError

    def flush(self) -> None:
        """Hand over what the console still holds, before the end."""

    def exit(self, cause: int, sleep_ms: int = 0) -> NoReturn:
        """End this process as the chip's reset does, nothing runs on."""
        self.flush()
        self.send(lay.EXIT, struct.pack("<BI", cause, sleep_ms))
        os._exit(100 + cause)

    # What the world does.

    def heard(self) -> None:
        """A frame of the world's has been taken, of whatever kind."""
        (count,) = struct.unpack_from("<I", self.regs, lay.HEARD)
        struct.pack_into("<I", self.regs, lay.HEARD, count + 1 & 0xFFFFFFFF)

    def received(self, kind: int, payload: bytes) -> None:
        """Take a frame of the world's that only concerns registers."""
        if kind == lay.DRIVE:
            self.drive(*payload)
        elif kind == lay.VOLTS:
            pin, mv, swing = struct.unpack("<BHH", payload)
            struct.pack_into("<H", self.regs, lay.PINS + 16 * pin + lay.MV, mv)
            struct.pack_into("<H", self.regs, lay.SWING + 2 * pin, swing)
        elif kind == lay.TOUCHED:
            pin, count = struct.unpack("<BI", payload)
            struct.pack_into("<I", self.regs, lay.TOUCH + 4 * pin, count)
        elif kind == lay.SHIFTED:
            self.shifted(*struct.unpack("<BBBI", payload))
        elif kind == lay.LINE:
            pin, there = payload
            bit = 1 << (pin & 7)
            self.regs[lay.LINED + (pin >> 3)] = self.regs[lay.LINED + (pin >> 3)] & ~bit | (bit if there else 0)
        elif kind == lay.SOUNDED:
            self.sounded(*struct.unpack("<BBBI", payload))
        elif kind == lay.PLAY:
            self.played(list(struct.iter_unpack("<IBB", payload)), payload)
        elif kind == lay.CUT_AT:
            left, self.regs[lay.TORN] = struct.unpack("<IB", payload)
            struct.pack_into("<I", self.regs, lay.CUT, left)
        elif kind == lay.RADIO:
            self.regs[lay.AP], self.regs[lay.RSSI], seed = struct.unpack("<BBI", payload)
            self.radio.be(Gone() if self.regs[lay.AP] else Weak(seed) if seed else Clear())

    def level(self, at: int) -> int:
        """What a pin reads whose block begins at `at`, as long as the chip itself does not drive it."""
        level = self.regs[at + lay.LEVEL] if self.regs[at + lay.DRIVEN] else self.regs[at + lay.PULL] >> 1 & 1
        return int(level)

    def drive(self, pin: int, level: int) -> None:
        """The world puts a level on the pin (2: lets go); an edge that the firmware listens for interrupts it."""
        at = lay.PINS + 16 * pin
        before = self.level(at)
        self.regs[at + lay.LEVEL], self.regs[at + lay.DRIVEN] = level & 1, level != 2
        after = self.level(at)
        wanted = 1 if after else 2  # Pin.IRQ_RISING, Pin.IRQ_FALLING
        if before != after and self.regs[at + lay.MODE] != 3 and self.regs[at + lay.TRIGGER] & wanted:
            self.interrupt(pin)

    def shifted(self, data: int, clock: int, there: int, word: int) -> None:
        """What a part that gives its bits out has measured; a new one finds the next free place."""
        places = [lay.SHIFT + 16 * i for i in range(self.regs[lay.SHIFTS])]
        at = next((at for at in places if self.regs[at + lay.DATA] == data), None)
        if at is None:
            at = lay.SHIFT + 16 * self.regs[lay.SHIFTS]
            self.regs[at + lay.CLOCK], self.regs[at + lay.DATA], self.regs[at + lay.OUT] = clock, data, 255
            self.regs[lay.SHIFTS] += 1
        self.regs[at + lay.THERE] = there
        struct.pack_into("<I", self.regs, at + lay.NEXT, word)
        if not there:
            self.regs[lay.PINS + 16 * data + lay.DRIVEN] = 0
            self.regs[at + lay.OUT] = 255

    def sounded(self, echo: int, trig: int, there: int, width: int) -> None:
        """How long the echo of a distance sensor is now; a new one finds the next free place."""
        places = [lay.SONAR + 16 * i for i in range(self.regs[lay.SONARS])]
        at = next((at for at in places if self.regs[at + lay.ECHO] == echo), None)
        if at is None:
            at = lay.SONAR + 16 * self.regs[lay.SONARS]
            self.regs[at + lay.TRIG], self.regs[at + lay.ECHO] = trig, echo
            self.regs[lay.SONARS] += 1
        self.regs[at + lay.THERE] = there
        struct.pack_into("<I", self.regs, at + lay.WIDTH, width)

    def played(self, edges: list[tuple[int, int, int]], payload: bytes) -> None:
        """Edges of the world's. Whoever listens by interrupts gets them all at once, each at its own moment, the last
        one now; whoever looks at the pins sees them as time goes on."""
        now = time.monotonic()
        if any(self.regs[lay.PINS + 16 * pin + lay.TRIGGER] for _, pin, _ in edges):
            took = sum(us for us, _, _ in edges)
            begin = max(round((now - self.behind) * 1e6) - took, self._played)
            self._played = begin + took
            self.trains.append(struct.pack("<Q", begin) + payload)
            self.interrupt(lay.TRAIN_IRQ)
            return
        for us, pin, level in edges:
            now += us / 1e6
            self.edges.append((now, pin, level))
        self.edges.sort()

    # Time.

    def ms(self) -> int:
        """The board's own clock: the world's where that paces it."""
        if self.options["paced"]:
            return int(struct.unpack_from("<I", self.regs, lay.NOW)[0])
        return int((time.monotonic() - self.behind) * 1000)

    def play(self, now: float) -> float:
        """Make the world's edges that are due; seconds until the next one, none at all shortly before it: the machine's
        sleep is not exact enough."""
        while self.edges and now >= self.edges[0][0]:
            _, pin, level = self.edges.pop(0)
            self.drive(pin, level)
            now = time.monotonic()
        left = self.edges[0][0] - now if self.edges else 60.0
        return left - _EXACT if left > _EXACT else 0.0

    def due(self) -> float:
        """Fire the timers that are due, bite if the watchdog was not fed, let connections hang while the Wi-Fi is gone;
        seconds until the next of these."""
        now = time.monotonic()
        wait = 60.0
        for slot, (at, period) in list(self.timers.items()):
            if now >= at:
                self.interrupt(lay.TIMER_IRQ + slot)
                if not period:
                    del self.timers[slot]
                    continue
                # A late timer does not fire twice to catch up: neither does the chip's.
                at = max(at + period, now)
                self.timers[slot] = (at, period)
            wait = min(wait, at - now)
        if not self.radio.clear:
            self.radio.look()
            wait = min(wait, _LOOK_AGAIN)  # the firmware may connect anew: to the host's network, which has not gone
        if self.regs[lay.WDT]:
            at_ms = struct.unpack_from("<I", self.regs, lay.WDT_AT)[0]
            left = (at_ms - int((now - self.behind) * 1000)) & 0xFFFFFFFF
            if left == 0 or left > 0x7FFFFFFF:
                self.exit(lay.WDT_RESET)
            wait = min(wait, left / 1000)
        if self.edges:
            wait = min(wait, self.play(time.monotonic()))
        return max(wait, 0.0)

    # What the firmware asks.

    def call(self, op: int, data: bytes) -> bytes:
        """Answer a call of the firmware's; raises Refused. The interpreter's part adds its own."""
        if op == lay.CALL_TIMER:
            slot, periodic, us = struct.unpack("<BBQ", data)
            self.timers.pop(slot, None)
            if us:
                self.timers[slot] = (time.monotonic() + us / 1e6, us / 1e6 if periodic else 0.0)
        elif op == lay.CALL_EXIT:
            self.exit(*struct.unpack("<BI", data))
        elif op == lay.CALL_PLAN:
            return self.installer.plan(data == b"\1").encode()
        elif op == lay.CALL_INSTALLED:
            self.installer.done()
        elif op == lay.CALL_SEND:
            self.flush()  # what was printed before is heard before
            self.send(data[0], data[1:])
        elif op == lay.CALL_READY:
            self.hello(int(data))
        elif op == lay.CALL_TRAIN:
            return self.trains.popleft() if self.trains else b""
        elif op == lay.CALL_PART:
            if data[0] in b"we":
                self.worn()
            answer = self.partitions.call(data)
            if answer is None:
                raise Refused
            return answer
        elif op != lay.CALL_WDT:
            return self.nvs(op, data)
        return b""

    def hello(self, used: int) -> None:
        """Tell the world that the firmware starts; `used` bytes of its heap belong to the simulation."""
        about = {"pid": os.getpid(), "behind": self.behind, "used": used, "python": sys.version.split()[0]}
        self.send(lay.HELLO, json.dumps(about).encode())

    def worn(self) -> None:
        """One more write to the flash, at which the power may fail (device/vm/_boot.py counts those of the files)."""
        (left,) = struct.unpack_from("<I", self.regs, lay.CUT)
        struct.pack_into("<I", self.regs, lay.CUT, max(left - 1, 0))
        if left == 1:
            self.exit(lay.PWRON_RESET)

    def nvs(self, op: int, data: bytes) -> bytes:
        """Non-volatile storage: every set is written through a temporary file, so that a cut leaves old or new."""
        if op != lay.CALL_NVS_GET:
            self.worn()
        if op == lay.CALL_NVS_SET:
            key, value = data[1 : 1 + data[0]].decode(), data[1 + data[0] :]
            self._nvs[key] = base64.b64encode(value).decode()
        elif data.decode() not in self._nvs:
            raise Refused
        elif op == lay.CALL_NVS_DEL:
            del self._nvs[data.decode()]
        else:
            return base64.b64decode(self._nvs[data.decode()])
        fresh = self._nvs_file.with_suffix(".new")
        fresh.write_text(json.dumps(self._nvs))
        fresh.replace(self._nvs_file)
        return b""
