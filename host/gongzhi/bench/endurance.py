"""Takes so many hours, gives what a node's heap is after them: a day without sockets in time that jumps, an hour with
a broker in time that runs as fast as the board keeps up."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from gongzhi_node import wire

from gongzhi.bench.mqtt_load import HOST
from gongzhi.bench.node import HERE, broker, need_micropython
from gongzhi.board import firmware
from gongzhi.bus import Bus
from gongzhi.errors import BoardError
from gongzhi.sim.board import VirtualBoard
from gongzhi.text import N_

HEAP_KB: Final = 112  # what MicroPython's heap grows to on an ESP32 without PSRAM
_PARTS: Final = (
    {"ch": "lamp", "kind": "led", "pin": 19, "lo": 0, "hi": 1, "safe": 0, "on_loss": ["safe"]},
    {"ch": "arm", "kind": "servo", "pin": 18, "lo": 0, "hi": 180, "safe": 90, "on_loss": ["hold", 500]},
    {"ch": "stripe", "kind": "rgb", "pin": 5, "lo": 0, "hi": 0xFFFFFF, "safe": 0, "on_loss": ["safe"], "n": 8},
    {"ch": "horn", "kind": "buzzer", "pin": 23, "lo": 0, "hi": 5000, "safe": 0, "on_loss": ["safe"]},
    {"ch": "key", "kind": "button", "pin": 4, "pull": "up"},
    {"ch": "door", "kind": "switch", "pin": 13, "pull": "up"},
    {"ch": "light", "kind": "light", "pin": 34},
    {"ch": "soil", "kind": "soil", "pin": 35},
)
_GOALS: Final = (("lamp", "led", "level", 1), ("arm", "servo", "angle", 180), ("stripe", "rgb", "rgb", 255),
                 ("horn", "buzzer", "tone", 900))  # fmt: skip
_WARM: Final = 6  # minutes, until everything that stays has been made: after the first outage
_SAMPLES: Final = 5  # minutes, of which the median is taken at either end
LEAST: Final = (_WARM + 2 * _SAMPLES) / 60  # hours
_STUCK: Final = 60.0  # s of real time in which nothing is heard of a board
_STEP: Final = 0.02  # s, a board's tick
_OUTAGE: Final = (300, 20)  # every so many seconds the Wi-Fi is gone, for so many

Told = Callable[[str, float], None]  # which of the two, how much of it is done (0..1)


def run(hours: float = 24.0, hours_with_broker: float = 1.0, told: Told = lambda _what, _share: None) -> dict[str, Any]:
    """One board each, with real MicroPython, the heap of an ESP32 without PSRAM (112 KB; 1.56 times that on this 64-bit
    machine, and what the simulation's own modules take) and 8 parts: a command a second, all four outputs in turn, a
    button that is pressed, light and soil that change.

    `alone`: so many `hours` without sockets, a broker and a host in the board's own memory, time jumping from one
    moment at which anything happens to the next; the clock's number turns over after an hour. `joined`: so many hours
    with a broker on loopback and a host beside it. In both, 20 s of outage in every five minutes. Each runs for 16
    minutes at least.

    For each: `hours`, `times_real_time`, `commands`; `held_begin` and `held_end`, bytes of the heap that are held after
    a collection, as the median of five minutes (after the first six, and at the end), `grown` between them, `free_min`
    (bytes, of the readings), and `memory_errors`, `faults` (exceptions that the node caught) and `restarts`, which are
    to be 0. All bytes are this machine's: about 1.56 times a 32-bit board's. Raises BoardError.
    """
    need_micropython()
    minutes, minutes_with_broker = (round(max(some, LEAST) * 60) for some in (hours, hours_with_broker))
    return {
        "heap_kb": HEAP_KB,
        "parts": len(_PARTS),
        "alone": alone(minutes, told=told),
        "joined": joined(minutes_with_broker, told=told),
    }


def alone(minutes: int, leak: int = 0, told: Told = lambda _what, _share: None) -> dict[str, Any]:
    """So many minutes without sockets; each tenth command leaves `leak` bytes behind."""
    with _board(minutes, leak, port=0) as one:
        begin = time.perf_counter()
        heard, end = _Heard(one), time.monotonic() + _STUCK
        while not heard.over:
            time.sleep(0.05)
            if heard.look():
                told("alone", len(heard.levels) / minutes)
                end = time.monotonic() + _STUCK
            if time.monotonic() > end:
                heard.fail()
        return heard.figures(minutes, time.perf_counter() - begin)


def joined(minutes: int, leak: int = 0, told: Told = lambda _what, _share: None) -> dict[str, Any]:
    """So many minutes with a broker."""
    with broker() as (port, _), _board(minutes, leak, port) as one:
        heard, host = _Heard(one), _Host(one, port)
        begin = time.perf_counter()
        try:
            while not heard.over:
                host.step(heard)
                if heard.look():
                    told("joined", len(heard.levels) / minutes)
        finally:
            host.bus.close()
        return heard.figures(minutes, time.perf_counter() - begin)


@contextmanager
def _board(minutes: int, leak: int, port: int) -> Iterator[VirtualBoard]:
    """The board, running; without sockets where there is no port (0)."""
    files = firmware.compiled() | {"main.py": (HERE / "endure.py").read_bytes()}
    files |= {
        "jump.py": (HERE / "jump.py").read_bytes(),
        "endure.json": json.dumps({"alone": not port, "minutes": minutes, "leak": leak}).encode(),
    }
    config = {
        "v": 1, "space": "local", "team": "team", "device": "dev", "board": "esp32-devkitc",
        "wifi": [] if not port else [{"ssid": "school", "key": ""}],
        "mqtt": {"host": HOST, "port": port or 1883}, "parts": list(_PARTS),
    }  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="gongzhi-") as folder:
        board = VirtualBoard(
            "esp32-devkitc", files, config, state_dir=Path(folder), body="vm", heap_kb=HEAP_KB, paced=bool(port)
        )
        board.adc(34, 1000)
        board.adc(35, 2000)
        with board:
            yield board


class _Heard:
    """What a board has said, line by line."""

    def __init__(self, board: VirtualBoard) -> None:
        self.board = board
        self.levels: dict[int, tuple[int, ...]] = {}
        self.memory_errors: set[str] = set()
        self.over = False

    def look(self) -> bool:
        """Take what is new; True if there was a reading."""
        known = len(self.levels)
        for line in self.board.console:
            match line.split():
                case ["level", *numbers] if len(numbers) == 5:
                    minute, *rest = map(int, numbers)
                    self.levels[minute] = tuple(rest)
                case ["over"]:
                    self.over = True
                case _ if "MemoryError" in line:
                    self.memory_errors.add(line)
        if self.board.boots > 1:
            self.fail()
        return len(self.levels) > known

    def fail(self) -> None:
        """Raise BoardError with what the board said last."""
        said = " / ".join(self.board.console[-4:])
        raise BoardError(N_("{program} failed: {said}"), N_("Run it again."), program="endure.py", said=said)

    def figures(self, minutes: int, took: float) -> dict[str, Any]:
        """What `run` says of one board."""
        held = [self.levels[minute][0] for minute in sorted(self.levels)]
        held = held[_WARM:] or held
        begin, end = statistics.median(held[:_SAMPLES]), statistics.median(held[-_SAMPLES:])
        last = self.levels[max(self.levels)]
        return {
            "hours": round(minutes / 60, 2),
            "times_real_time": round(minutes * 60 / took, 1),
            "commands": last[3],
            "held_begin": int(begin),
            "held_end": int(end),
            "grown": int(end - begin),
            "free_min": min(level[1] for level in self.levels.values()),
            "memory_errors": len(self.memory_errors),
            "faults": last[2],
            "restarts": self.board.boots - 1,
        }


class _Host:
    """The host, the broker's other client, and whoever stands around the board; keeps the board's clock."""

    def __init__(self, board: VirtualBoard, port: int) -> None:
        self.board = board
        self.t = 0.0  # s, as the board begins: a jump would be a long time without a broker
        self.second = 0
        self.bus = Bus(f"mqtt://{HOST}:{port}", "bench-host")
        self.bus.subscribe("v1/local/team/dev/up/clock", self._answer)
        self.bus.connect()

    def _now(self) -> int:
        return int(self.t * 1000) % int(wire.PERIOD)

    def _answer(self, _topic: str, payload: bytes) -> None:
        self._down("clock", {"b": json.loads(payload)["b"], "h": self._now()}, 0)

    def _down(self, what: str, message: dict[str, Any], qos: int) -> None:
        self.bus.publish(f"v1/local/team/dev/down/{what}", json.dumps({"v": 1} | message).encode(), qos)

    def step(self, heard: _Heard) -> None:
        """Let a tick pass, and wait until the board has seen it."""
        assert self.board.pace is not None
        self.t += _STEP
        self.board.pace.tell(self.t)
        if self.t >= self.second + 1:
            self.second += 1
            self._act(self.second)
        end = time.monotonic() + _STUCK
        while self.board.pace.behind() > _STEP:
            time.sleep(0.0003)
            if time.monotonic() > end:
                heard.fail()

    def _act(self, second: int) -> None:
        every, gone = _OUTAGE
        if second % every in (every - gone, 0):
            self.board.wifi("on" if second % every == 0 else "off")
        self.board.drive(4, second & 1)
        self.board.adc(34, 500 + second % 50 * 20)
        ch, kind, prop, high = _GOALS[second % 4]
        order = {
            "id": f"c-{second:07}", "ep": 1, "op": f"{kind}.set", "ch": ch, "a": {prop: second // 4 % 2 * high},
            "t": self._now(), "ttl": 1500, "dec": "d",
        }  # fmt: skip
        self._down("cmd", order, 1)
