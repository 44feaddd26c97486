"""Takes a number of virtual boards, starts them all, gives what they cost while they are connected and idle."""

from __future__ import annotations

import json
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from gongzhi_node import wire

from gongzhi.bench.mqtt_load import HOST, cpu_seconds
from gongzhi.bench.node import HERE, broker, need_micropython
from gongzhi.board import firmware
from gongzhi.bus import Bus
from gongzhi.errors import BoardError
from gongzhi.sim.board import VirtualBoard
from gongzhi.text import N_

# What a board in a classroom has: one that turns, one that shines, one to press, one that measures.
_PARTS: Final = (
    {"ch": "arm", "kind": "servo", "pin": 18, "lo": 0, "hi": 180, "safe": 90, "on_loss": ["hold", 500]},
    {"ch": "lamp", "kind": "led", "pin": 19, "lo": 0, "hi": 1, "safe": 0, "on_loss": ["safe"]},
    {"ch": "key", "kind": "button", "pin": 4, "pull": "up"},
    {"ch": "light", "kind": "light", "pin": 34},
)
_PATIENCE: Final = 120.0  # s
_QUIET: Final = 3.0  # s after the last board is ready
_MB: Final = 1024.0  # kB


class _Board:
    """One board and what it says of itself."""

    def __init__(self, number: int, files: dict[str, bytes], port: int, folder: Path) -> None:
        config = {
            "v": 1, "space": "local", "team": "team", "device": f"d{number}", "board": "esp32-devkitc",
            "wifi": [{"ssid": "school", "key": ""}], "mqtt": {"host": HOST, "port": port}, "parts": list(_PARTS),
        }  # fmt: skip
        self.board = VirtualBoard("esp32-devkitc", files, config, state_dir=folder / f"d{number}", body="vm")

    def beats(self) -> tuple[int, int]:
        """(how often it has looked after its parts, its clock in us) as it said last; raises BoardError."""
        for line in reversed(self.board.console):
            match line.split():
                case ["beats", count, us, "run"]:
                    return int(count), int(us)
        raise BoardError(
            N_("{program} failed: {said}"), N_("Run it again."), program=self.board.state_dir.name,
            said=" / ".join(self.board.console[-3:]),
        )  # fmt: skip

    def running(self) -> bool:
        """True as soon as its link is all there."""
        return any(line.endswith(" run") for line in self.board.console[-3:])


def run(count: int = 100, seconds: float = 20.0) -> dict[str, Any]:
    """Start `count` virtual boards and watch them for so many seconds, on Linux or macOS with MicroPython.

    Each board is a process with real MicroPython, the heap and the flash of an ESP32, and runs the whole node as it is
    flashed: Wi-Fi joined, connected to a broker on loopback, the host's clock known, 4 parts looked after 50 times a
    second. Nobody commands anything and nothing moves. `cpu_cores`: the processor time of all boards and of the thread
    in this process that each of them has, in cores; the broker's is not in it. `loop_hz_min`: of the slowest board.
    `pss_mb_each`: memory, what processes share divided among them; None where the system does not tell it.
    `spawn_s`: from the first board's switch until the firmware has begun on all, their files being on their flash as
    on every start but the first, which takes `first_spawn_s`. Raises BoardError.
    """
    need_micropython()
    with tempfile.TemporaryDirectory(prefix="gongzhi-") as name, broker() as (port, served), _host(port):
        files = firmware.compiled() | {"main.py": (HERE / "beats.py").read_bytes()}
        boards = [_Board(number, files, port, Path(name)) for number in range(count)]
        with ExitStack() as off:
            for one in boards:
                off.callback(one.board.stop)
            first = _spawn(boards)
            for one in boards:
                one.board.stop()
            figures = {"boards": count, "spawn_s": _spawn(boards), "first_spawn_s": first}
            return figures | _watch(boards, seconds) | {"broker": served}


def _spawn(boards: list[_Board]) -> float:
    threads = [threading.Thread(target=one.board.start, args=(_PATIENCE,)) for one in boards]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return round(time.perf_counter() - begin, 2)


def _watch(boards: list[_Board], seconds: float) -> dict[str, Any]:
    end = time.monotonic() + _PATIENCE
    while not all(one.running() for one in boards) and time.monotonic() < end:
        time.sleep(0.2)
    time.sleep(_QUIET)
    before, spent, begin = [one.beats() for one in boards], _spent(boards), time.perf_counter()
    time.sleep(seconds)
    spent, took = _spent(boards) - spent, time.perf_counter() - begin
    after = [one.beats() for one in boards]
    rates = [(n - m) * 1e6 / (t - s) for (m, s), (n, t) in zip(before, after, strict=True) if t > s]
    shares = [_pss(one.board.pid or 0) for one in boards]
    return {
        "cpu_cores": round(spent / took, 3),
        "loop_hz_min": round(min(rates), 1),
        "pss_mb_each": None if None in shares else round(sum(filter(None, shares)) / len(shares) / _MB, 2),
    }


def _spent(boards: list[_Board]) -> float:
    return time.process_time() + sum(cpu_seconds(one.board.pid or 0) for one in boards)


def _pss(pid: int) -> float | None:
    """Proportional set size in kB (proc(5)), None where there is none."""
    rollup = Path(f"/proc/{pid}/smaps_rollup")
    if not rollup.exists():
        return None
    return next(float(line.split()[1]) for line in rollup.read_text().splitlines() if line.startswith("Pss:"))


@contextmanager
def _host(port: int) -> Iterator[None]:
    """Whoever answers the boards' clocks, as the runtime does."""
    bus = Bus(f"mqtt://{HOST}:{port}", "bench-host")

    def answer(topic: str, payload: bytes) -> None:
        told = {"v": 1, "b": json.loads(payload)["b"], "h": time.monotonic_ns() // 1_000_000 % wire.PERIOD}
        bus.publish(topic.replace("/up/", "/down/"), json.dumps(told).encode())

    bus.subscribe("v1/local/team/+/up/clock", answer)
    bus.connect()
    try:
        yield
    finally:
        bus.close()
