"""Takes what an input that talks over its line ought to read, answers the firmware as the part itself does; and gives
the sense of any kind."""

from __future__ import annotations

import struct
import threading
import time
from collections.abc import Callable, Mapping
from typing import Final

from gongzhi.parts import Kind
from gongzhi.sim.board_inputs import Edge
from gongzhi.sim.board_pins import PinEdge
from gongzhi.sim.device import _layout as lay
from gongzhi.sim.senses import Contact, Driven, Meter, Microphone, Options, Pins, Probe, Sense, Side, Sonar
from gongzhi.sim.senses_bus import BUS_SENSES


class Answering(Sense):
    """A part that answers at its first pin when it is asked."""

    def __init__(self, board: Side, pins: Pins, options: Options) -> None:
        super().__init__(board, pins, options)
        self._show()

    def ask(self, op: int, data: bytes, /) -> bytes:
        """What it says (see board_lines.py)."""
        raise NotImplementedError

    def _show(self) -> None:
        self.board.lines[self.pin] = self
        self.board.hold(lay.LINE, bytes([self.pin, 1]))

    def _cut(self) -> None:
        self.board.lines.pop(self.pin, None)
        # An empty line gives no pulses, whoever waits for them.


class Climate(Answering):
    """A DHT22: 40 bits after a start signal of 1 ms or more (Aosong, AM2302, section 7): 16 bits of humidity, 16 of
    temperature with its sign in front, both in tenths, and the sum of the four bytes."""

    FIRST: Mapping[str, float] = {"": 20.0, "humidity": 50.0}
    START_S = 0.001
    _ANSWER: Final = (30, 80)  # us that the line is up before and in the sensor's own start signal
    _BIT: Final = (26, 70)  # us up, for 0 and 1

    def __init__(self, board: Side, pins: Pins, options: Options) -> None:
        super().__init__(board, pins, options)
        self._fell = -1.0
        self._started = False

    def edge(self, edge: PinEdge) -> None:
        """The host's start signal."""
        if edge.pin != self.pin or edge.kind != "level":
            return
        if edge.value:
            self._started = self._fell >= 0 and edge.made - self._fell >= self.START_S
            self._fell = -1.0
        else:
            self._fell = edge.made

    def ask(self, op: int, _data: bytes, /) -> bytes:
        """The high pulses of one answer."""
        if op != lay.PULSES or not self._started:
            return b""
        self._started = False
        four = self.bits()
        bits = int.from_bytes(four + bytes([sum(four) & 255]), "big")
        us = [*self._ANSWER, *(self._BIT[bits >> (39 - i) & 1] for i in range(40))]
        return struct.pack(f"<{len(us)}H", *us)

    def bits(self) -> bytes:
        """The four bytes of the measurement."""
        tenths = round(abs(self.values[""]) * 10)
        sign = 0x8000 if self.values[""] < 0 and tenths else 0
        return struct.pack(">HH", round(self.values["humidity"] * 10), tenths | sign)


class OldClimate(Climate):
    """A DHT11: it wants a start signal of 18 ms, and gives whole numbers and decimals in bytes of their own (Aosong,
    DHT11, "Communication process")."""

    START_S = 0.018

    def bits(self) -> bytes:
        """Humidity, its tenths, temperature, its tenths with the sign in front."""
        wet, tenths = round(self.values["humidity"] * 10), round(abs(self.values[""]) * 10)
        sign = 0x80 if self.values[""] < 0 and tenths else 0
        return bytes([wet // 10, wet % 10, tenths // 10, tenths % 10 | sign])


class Thermometer(Answering):
    """A DS18B20 alone on its line (Maxim, data sheet): SKIP ROM, CONVERT T, READ SCRATCHPAD. It measures at once; 85
    degrees stand in the scratchpad until it was first told to measure ("Memory")."""

    FIRST: Mapping[str, float] = {"": 20.0}

    def __init__(self, board: Side, pins: Pins, options: Options) -> None:
        self._sixteenths = 85 * 16
        self._heard: list[int] = []
        self._out = b""
        super().__init__(board, pins, options)

    def ask(self, op: int, data: bytes, /) -> bytes:
        """A reset, a byte to it, a byte from it."""
        if op == lay.WIRE_RESET:
            self._heard, self._out = [], b""
            return b"\1"
        if op == lay.WIRE_WRITE:
            self._heard.append(data[0])
            if self._heard == [0xCC, 0x44]:
                self._sixteenths = round(self.values[""] * 16)
            elif self._heard == [0xCC, 0xBE]:
                self._out = self._scratchpad()
            return b""
        byte, self._out = self._out[:1] or b"\xff", self._out[1:]
        return byte

    def _cut(self) -> None:
        super()._cut()
        self._sixteenths = 85 * 16  # it has lost its supply, too

    def _scratchpad(self) -> bytes:
        # Temperature, two alarms as they left the factory, 12 bits, three reserved bytes.
        pad = struct.pack("<h", self._sixteenths) + b"\x4b\x46\x7f\xff\x0c\x10"
        crc = 0
        for byte in pad:
            for bit in range(8):
                crc = crc >> 1 ^ (0x8C if (crc ^ byte >> bit) & 1 else 0)
        return pad + bytes([crc])


class Pad(Sense):
    """A touch pad: its count falls to a quarter when a finger is on it on an ESP32, and doubles on a newer chip."""

    _COUNTS: Final = {"esp32": (600, 150)}
    _NEWER: Final = (30000, 60000)

    def _show(self) -> None:
        there = self._COUNTS.get(self.board.type.chip, self._NEWER)[self.values[""] >= 0.5]
        self.board.hold(lay.TOUCHED, struct.pack("<BI", self.pin, there))

    def _cut(self) -> None:
        # A pad whose wire is off is a shorter pad.
        away = self._COUNTS.get(self.board.type.chip, self._NEWER)[0]
        self.board.hold(lay.TOUCHED, struct.pack("<BI", self.pin, away))


class Knob(Sense):
    """A rotary encoder: both contacts open at rest; forth, a closes before b. A change takes 8 ms."""

    _US: Final = 8000
    _GRAY: Final = ((1, 1), (0, 1), (0, 0), (1, 0))

    def __init__(self, board: Side, pins: Pins, options: Options) -> None:
        super().__init__(board, pins, options)
        self._steps = int(options.get("steps", 4))
        self._at = 0  # changes
        self._free = 0.0

    def _show(self) -> None:
        goal = round(self.values[""]) * self._steps
        # It goes on from where an earlier turn will have brought it.
        now = time.monotonic()
        wait = max(self._free - now, 0.0)
        edges: list[Edge] = []
        while self._at != goal:
            before = self._GRAY[self._at % 4]
            self._at += 1 if goal > self._at else -1
            after = self._GRAY[self._at % 4]
            line = "a" if before[0] != after[0] else "b"
            level = after[0] if line == "a" else after[1]
            edges.append((self._US + int(wait * 1e6), self.pins[line], None if level else 0))
            wait = 0.0
        self._free = max(self._free, now) + len(edges) * self._US / 1e6
        if edges:
            self.board.play(edges)

    def _cut(self) -> None:
        for pin in self.pins.values():
            self.board.drive(pin, None)


class Handset(Sense):
    """An NEC remote control before a demodulating receiver, whose output is low during a burst: the frame of the key
    that is held, then a repetition every 108 ms (Altium, "NEC Infrared Transmission Protocol")."""

    FIRST: Mapping[str, float] = {"": -1.0}
    _T: Final = 562.5  # us
    _AGAIN: Final = 0.108  # s

    def __init__(self, board: Side, pins: Pins, options: Options) -> None:
        super().__init__(board, pins, options)
        self._released = threading.Event()
        self._released.set()

    def close(self) -> None:
        """The key is let go of."""
        self._released.set()

    def _show(self) -> None:
        self._released.set()
        if self.values[""] >= 0:
            self._send([9000, 4500, *self._data(round(self.values[""])), round(self._T)])
            self._released = threading.Event()
            threading.Thread(target=self._hold, args=(self._released,), daemon=True).start()

    def _cut(self) -> None:
        self._released.set()

    def _hold(self, released: threading.Event) -> None:
        sent = self.clock.now()
        while not released.wait(max(self._AGAIN / self.clock.speed / 4, 0.001)):
            if self.clock.now() - sent >= self._AGAIN:
                sent = self.clock.now()
                self._send([9000, 2250, round(self._T)])

    def _data(self, key: int) -> list[int]:
        address = int(self.options.get("address", 0))
        where = address if address > 255 else address | (address ^ 255) << 8
        word = where | key << 16 | (key ^ 255) << 24
        return [us for i in range(32) for us in (562, 1688 if word >> i & 1 else 562)]

    def _send(self, us: list[int]) -> None:
        at = [0, *us[:-1]]
        self.board.play([(after, self.pin, i & 1) for i, after in enumerate(at)] + [(us[-1], self.pin, 1)])


class Balance(Sense):
    """A load cell of 5 kg and 1 mV/V with its HX711, which is not quite at nothing when it is empty (Avia, HX711)."""

    _EMPTY: Final = 8400  # steps

    def _show(self) -> None:
        self._put(1)

    def _cut(self) -> None:
        self._put(0)

    def _put(self, there: int) -> None:
        steps = round(self._EMPTY + self.values[""] * int(self.options.get("gain", 42950)) / 100)
        word = min(max(steps, -0x800000), 0x7FFFFF) & 0xFFFFFF  # beyond its span it stands at the end
        self.board.hold(lay.SHIFTED, struct.pack("<BBBI", self.pins["data"], self.pins["clock"], there, word))


SENSES: Final[dict[str, Callable[[Side, Pins, Options], Sense]]] = {
    "button": Contact, "switch": Contact, "hall": Contact, "pir": Driven, "potentiometer": Meter, "light": Meter,
    "soil": Probe, "sound": Microphone, "ultrasonic": Sonar, "metal": Contact, "mat": Contact, "dht11": OldClimate,
    "dht22": Climate, "ds18b20": Thermometer, "touchpad": Pad, "rotary": Knob, "remote": Handset, "scale": Balance,
    **BUS_SENSES,
}  # fmt: skip


def own(kind: Kind, board: Side, pins: Pins, options: Options) -> Sense:
    """The sense of an input whose driver a project brings along: a voltage or a level, as far as anybody can know."""
    return (Meter if kind.needs == "adc1" else Driven)(board, pins, options)


def sense(kind: str, board: Side, pins: Pins, options: Options) -> Sense:
    """The sense for an input's kind on these pins; raises KeyError for a kind that is no input."""
    return SENSES[kind](board, pins, options)
