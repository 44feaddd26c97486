"""A bus with the access rules of a run, boards with cables, and a host that talks to them."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from gongzhi.board import firmware
from gongzhi.broker import BrokerConfig, BrokerProcess, Users
from gongzhi.broker.access import AccessRule
from gongzhi.bus import Address, Bus
from gongzhi.gateway.gateway import Gateway, Row
from gongzhi.gateway.ports import Port
from gongzhi.sim import board_body
from gongzhi.sim.board_usb import UsbBoard

PATIENCE = 20.0  # seconds; only a defect comes near
TOP = "v1/local/gate01"
USB = "10C4:EA60"
PARTS = [
    {"ch": "gate", "kind": "servo", "pin": 18, "lo": 0, "hi": 180, "safe": 0, "on_loss": ["hold", 500]},
    {"ch": "button", "kind": "button", "pin": 4, "pull": "up"},
]


def wait_for(true: Callable[[], Any], what: str = "") -> Any:
    """Look until `true()`; only a defect takes long."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"waited in vain for {what}"
        threading.Event().wait(0.02)
    return true()


@pytest.fixture(scope="module")
def broker() -> Iterator[BrokerProcess]:
    """A broker with the rules that a run gives a team and its host."""
    users = Users()
    for name in ("gate01", "gate01-host"):
        users.add(name, "secret")
    rules = (
        AccessRule("gate01", "write", f"{TOP}/+/up/#"),
        AccessRule("gate01", "read", f"{TOP}/+/down/#"),
        AccessRule("gate01", "read", "v1/local/_all/down/#"),
        AccessRule("gate01-host", "read", f"{TOP}/+/up/#"),
        AccessRule("gate01-host", "write", f"{TOP}/+/down/#"),
    )
    process = BrokerProcess.start(BrokerConfig(port=0, users=users, access=rules))
    yield process
    process.stop()


class Host:
    """What the runtime is to a board: answers its clock, sends commands, hears everything."""

    def __init__(self, port: int, device: str) -> None:
        self.base = f"{TOP}/{device}/"
        self._heard: queue.Queue[tuple[str, dict[str, Any]]] = queue.Queue()
        self._n = 0
        self._bus = Bus(f"mqtt://gate01-host:secret@127.0.0.1:{port}", f"host-{device}")
        self._bus.connect()
        self._bus.subscribe(f"{self.base}up/#", self._message)

    @staticmethod
    def _now() -> int:
        return time.monotonic_ns() // 1_000_000 % (1 << 30)

    def _message(self, topic: str, payload: bytes) -> None:
        said = json.loads(payload) if payload else {}
        what = topic[len(self.base + "up/") :]
        if what == "clock":
            self.send("clock", {"b": said["b"], "h": self._now()}, 0)
        self._heard.put((what, said))

    def send(self, what: str, message: dict[str, Any], qos: int = 1) -> None:
        """Publish under down/."""
        self._bus.publish(f"{self.base}down/{what}", json.dumps(message | {"v": 1}).encode(), qos)

    def hear(self, what: str, good: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
        """The next message under up/`what` that is `good`."""
        end = time.monotonic() + PATIENCE
        heard = []
        while True:
            try:
                topic, said = self._heard.get(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no {what} in {heard}") from None
            heard.append((topic, said))
            if topic == what and good(said):
                return said

    def online(self, on: int = 1) -> dict[str, Any]:
        """The next word of the board's presence."""
        return self.hear("online", lambda m: m["on"] == on)

    def order(self, op: str = "servo.set", ch: str = "gate", **change: Any) -> dict[str, Any]:
        """Send a command; its acknowledgement. A board that does not know the time yet asks for it and is told again:
        on a serial line a command may overtake the answer."""
        end = time.monotonic() + PATIENCE
        while True:
            self._n += 1
            order = {"id": f"c-{self._n}", "ep": 1, "op": op, "ch": ch, "a": {}, "t": self._now(), "ttl": 3000}
            self.send("cmd", {"dec": "d"} | order | change)
            ack = self.hear("ack", lambda ack, ident=order["id"]: ack["id"] == ident)
            if ack["err"] != "clock" or time.monotonic() > end:
                return ack
            threading.Event().wait(0.1)

    def close(self) -> None:
        self._bus.close()


class Room:
    """A computer with boards on its USB ports, and the gateway."""

    def __init__(self, broker: BrokerProcess, tmp: Path) -> None:
        self.broker, self._tmp = broker, tmp
        self.boards: dict[str, UsbBoard] = {}
        self.plugged: dict[str, str] = {}  # device -> port
        self.hosts: list[Host] = []
        self.gateway: Gateway | None = None

    def board(self, device: str = "door", *, name: str = "", team: str = "gate01", plug: bool = True) -> UsbBoard:
        """A running board called `device`; `name` where two are called the same."""
        config = {"v": 1, "space": "local", "team": team, "device": device, "link": "serial", "parts": PARTS}
        folder = self._tmp / (name or device)
        folder.mkdir()
        made = UsbBoard(
            "esp32-devkitc", firmware.compiled(), config, state_dir=folder, body="vm", join_ms=10, back_off=0.01
        )
        self.boards[name or device] = made
        made.start()
        if plug:
            self.plug(name or device)
        return made

    def plug(self, device: str = "door") -> None:
        self.plugged[device] = self.boards[device].plug()

    def unplug(self, device: str = "door") -> None:
        del self.plugged[device]
        self.boards[device].unplug()

    def host(self, device: str = "door") -> Host:
        self.hosts.append(Host(self.broker.port, device))
        return self.hosts[-1]

    def start(self, **options: Any) -> Gateway:
        """The gateway, which finds what is plugged in."""
        self.gateway = Gateway(
            Address("127.0.0.1", self.broker.port, "gate01", "secret"), usb=frozenset({USB}),
            find=lambda: [Port(name, USB) for name in list(self.plugged.values())], **options,
        )  # fmt: skip
        self.gateway.start()
        return self.gateway

    def row(self, board: str = "gate01/door") -> Row | None:
        assert self.gateway is not None
        return next((row for row in self.gateway.rows() if row.board == board), None)

    def end(self) -> None:
        if self.gateway is not None:
            self.gateway.stop()
        for board in self.boards.values():
            board.stop()
        for host in self.hosts:
            host.close()


@pytest.fixture
def room(broker, tmp_path) -> Iterator[Room]:
    """A Room, cleared up afterwards."""
    if board_body.library()[0] is None:
        pytest.skip("no MicroPython wheel for this machine: a board without it has no console to plug into")
    made = Room(broker, tmp_path)
    yield made
    made.end()
