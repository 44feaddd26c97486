"""P1 to P7 over a real broker and real boards: the model of tests/stages/test_arbiter_model.py, its boards exchanged.

Its network of messages (delayed, lost, doubled, in another order) stands between the arbiter and a real broker; behind
that are virtual boards that run the real node, on real MicroPython where there is one. The boards' clocks are the
model's, so that seconds of leases take milliseconds and nothing depends on how fast this machine is. A board's restart
is a real one; a lost connection is the network's (what was under way is gone), not a closed socket. All parts are
servos here: their property is called "angle" on the wire, whatever it is called in the model.
GONGZHI_MODEL_WALKS=50 looks further.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from gongzhi.board import firmware
from gongzhi.broker import BrokerConfig, BrokerProcess
from gongzhi.bus import Bus
from gongzhi.sim import board_body
from gongzhi.sim.board import VirtualBoard
from gongzhi.stages.resolve import Acked, Reported

from tests.stages import test_arbiter_model as model

PATIENCE = 20.0  # seconds of real time; only a defect comes near
PINS = (18, 19, 21)
BEGIN = 49.0  # s; a walk begins a second later


class Wires:
    """One real board and the host's side of its topics. `t` is the model's time in s."""

    def __init__(self, name: str, port: int, folder: Path, broken: tuple[str, str] | None = None) -> None:
        self.name, self.t = name, BEGIN
        self.channels = [one.channel for one in model.RESOURCES.values() if one.device == name]
        self.heard: queue.Queue[tuple[str, dict[str, Any]]] = queue.Queue()
        self.base = f"v1/local/team/{name}"
        self.bus = Bus(f"mqtt://127.0.0.1:{port}", f"host-{name}")
        self.bus.connect()
        self.bus.subscribe(f"{self.base}/up/#", self._hear)
        parts = [
            {"ch": channel, "kind": "servo", "pin": pin, "lo": 0, "hi": 9, "safe": 0, "on_loss": ["hold", 300]}
            for channel, pin in zip(self.channels, PINS, strict=False)
        ]
        config = {
            "v": 1, "space": "local", "team": "team", "device": name, "wifi": [], "board": "esp32-devkitc",
            "mqtt": {"host": "127.0.0.1", "port": port}, "parts": parts,
        }  # fmt: skip
        body = board_body.choose("cpython" if broken else "auto")[0]
        files = firmware.compiled() if body == "vm" else firmware.source()
        if broken:
            path = "gongzhi_node/guard.py"
            text = files[path].decode()
            assert text.count(broken[0]) == 1
            files = {**files, path: text.replace(*broken).encode()}
        self.board = VirtualBoard(
            "esp32-devkitc", files, config, state_dir=folder, body=body, paced=True, back_off=0.001
        )
        self.board.start()
        self._n = 0
        self._boot = self._online(0)

    def _hear(self, topic: str, payload: bytes) -> None:
        said = json.loads(payload) if payload else {}
        what = topic.removeprefix(f"{self.base}/up/")
        if what == "clock":
            self.bus.publish(f"{self.base}/down/clock", _packed({"b": said["b"], "h": int(self.t * 1000)}), 1)
        self.heard.put((what, said))

    def tell(self, t: float) -> None:
        """It is `t`."""
        self.t = t
        assert self.board.pace is not None
        self.board.pace.tell(t)

    def until(self, good: Any) -> list[tuple[str, dict[str, Any]]]:
        """Everything that is heard up to the first `good(what, message)`; the time is told meanwhile, for a board that
        has just been reset does not know it."""
        end, out = time.monotonic() + PATIENCE, []
        while True:
            self.tell(self.t)
            try:
                out.append(self.heard.get(timeout=0.05))
            except queue.Empty:
                assert time.monotonic() < end, (self.name, out, self.board.console[-5:])
                continue
            if good(*out[-1]):
                return out

    def _online(self, boot: int) -> int:
        """Wait until a start of the board after start number `boot` is online; its number. The message tells it: it may
        be here before the virtual board itself has counted that start."""
        heard = self.until(lambda what, said: what == "online" and said.get("on") == 1 and said["boot"] > boot)
        return int(heard[-1][1]["boot"])

    def order(self, message: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
        """Send a command; everything heard up to its acknowledgement."""
        self.bus.publish(f"{self.base}/down/cmd", _packed(message), 1)
        return self.until(lambda what, said: what == "ack" and said["id"] == message["id"])

    def settle(self) -> list[tuple[str, dict[str, Any]]]:
        """Everything heard until the board has looked at its clock and gone round its tasks."""
        assert self.board.pace is not None
        end = time.monotonic() + PATIENCE
        while self.board.pace.behind():
            assert time.monotonic() < end
            time.sleep(0.0005)
        out = []
        for _ in range(2):
            self._n += 1
            out += self.order({"id": f"x{self._n}"})  # no command; answered with "form"
        return out

    def restart(self) -> None:
        """Power off and on; returns when it is online and knows the time."""
        while not self.heard.empty():
            self.heard.get()
        self.board.reset()
        self._boot = self._online(self._boot)
        # "clock" is the code of everything that comes before its first answer.
        probe = {"ep": 0, "op": "servo.set", "ch": "nobody", "a": {}, "ttl": 1000, "dec": ""}
        while True:
            self._n += 1
            said = self.order(probe | {"id": f"x{self._n}", "t": int(self.t * 1000)})[-1][1]
            if said["err"] != "clock":
                return
            self.tell(self.t + 0.02)

    def close(self) -> None:
        self.bus.close()
        self.board.stop()


def _packed(message: dict[str, Any]) -> bytes:
    return json.dumps(message | {"v": 1}).encode()


class RealBoard(model.Board):
    """The model's board, played by a real one."""

    wires: Wires
    ahead = 0  # ms: each walk begins at the same time, and the boards' clocks only go on

    def start(self) -> None:
        self.boot += 1
        self.orders: dict[str, dict[str, Any]] = {}
        self.late: list[Reported] = []
        self.wires.restart()
        self.outputs = {channel: model.Output() for channel in self.wires.channels}
        self.why = dict.fromkeys(self.wires.channels, ("boot", 0, ""))

    def _seen(self, heard: list[tuple[str, dict[str, Any]]]) -> list[Reported]:
        """Take over what the board says of its outputs; what it did by itself."""
        out = []
        for what, said in heard:
            if not what.startswith("state/") or not said:
                continue
            channel, value = said["ch"], said["d"]["angle"]
            if said["by"] == "cmd":
                order = self.orders[said["id"]]
                assert order["dec"] not in self.rested, "P1: what was ended begins again"
                self.outputs[channel] = model.Output(value, order)
            else:
                assert value == 0, said
                self.outputs[channel] = model.Output()
            out.append(self.state(channel, said["by"], said["ep"], said["id"]))
        return out

    def take(self, payload: bytes, t: int) -> list[Any]:
        m = json.loads(payload)
        self.orders[m["id"]] = m
        (value,) = m["a"].values() if m["op"].endswith(".set") else (None,)
        sent = m | {"t": m["t"] + self.ahead} | ({} if value is None else {"a": {"angle": value}})
        heard = self.wires.order(sent)
        own = self._seen(heard)
        ack = heard[-1][1]
        if ack["ok"] and m["op"] == "rest" and m["dec"]:
            self.rested.add(m["dec"])
        return [*own, Acked(m["id"], ack["ok"], ack["err"] or "", self.name)]

    def tick(self, t: int) -> list[Any]:
        self.wires.tell((t + self.ahead) / 1000)
        return self._seen(self.wires.settle())

    def stop(self) -> list[Any]:
        # A stop without anything else in it: what a button on the board would do.
        return list(self._seen(self.wires.order({"op": "stop", "ch": "*", "id": ""})))


@contextlib.contextmanager
def boards(folder: Path, broken: tuple[str, str] | None = None) -> Iterator[None]:
    """Both boards of the model are real ones while this lasts; `broken` replaces a line of their guard by another."""
    broker = BrokerProcess.start(BrokerConfig(port=0))
    made: dict[str, Wires] = {}

    def real(name: str) -> RealBoard:
        board = RealBoard(name)
        board.wires = made[name]
        board.ahead = round((board.wires.t - BEGIN) * 1000)
        return board

    with contextlib.ExitStack() as stack:
        stack.callback(broker.stop)
        for name in ("door", "yard"):
            (folder / name).mkdir()
            made[name] = Wires(name, broker.port, folder / name, broken)
            stack.callback(made[name].close)
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(model, "Board", real)
        yield


SEEDS = (0, 13, 16, 18, 48, 51)


def test_the_arbiter_keeps_its_promises_with_real_boards(tmp_path):
    model.World.reached.clear()
    with boards(tmp_path):
        for seed in {*SEEDS, *range(int(os.environ.get("GONGZHI_MODEL_WALKS", 0)))}:
            model.walk(seed, 60, lessons=False)
    # Or it would prove little.
    assert model.World.reached["act"] > 15
    assert {">stop", ">rearm", ">override", ">handback", ">loss", "recovered by board"} - set(
        model.World.reached
    ) == set()


# What a board alone can keep, each in one situation: a random walk may pass it by.


def leases(w: model.World) -> None:
    """The link goes while something is on: the board ends it by itself."""
    w.propose("lamp.level", 1.0, "up", 0.0, "agent:pose", True)
    w.calm()
    assert w.boards["door"].outputs["lamp"].value == 1.0
    w.come_or_go(w.boards["door"], power=False, noticed=True)
    w.time_passes(3.1, False)
    assert w.boards["door"].outputs["lamp"].value == 0.0


def owners(w: model.World) -> None:
    """The machine's order is overtaken by a person's."""
    w.propose("lamp.level", 1.0, "up", 0.0, "agent:pose", True)
    w.override("human:operator#page", "lamp.level", 4.0, False)
    w.order_arrives(1, "take")
    w.order_arrives(0, "take")
    assert w.boards["door"].outputs["lamp"].value == 4.0


def stops(w: model.World) -> None:
    """A stop that the host has not heard of comes before the first order."""
    w.propose("lamp.level", 1.0, "up", 0.0, "agent:pose", True)
    w.trouble("stop", "human:visitor#1", "door", here=True, noticed=False)
    w.order_arrives(0, "take")
    assert w.boards["door"].outputs["lamp"].value == 0.0


def unheard(w: model.World) -> None:
    """An order of a later epoch was given before the host has heard of a board's own stop."""
    w.propose("lamp.level", 1.0, "up", 0.0, "agent:pose", True)
    w.calm()
    w.override("human:operator#page", "lamp.level", 4.0, False)
    w.trouble("stop", "human:visitor#1", "door", here=True, noticed=False)
    w.order_arrives(0, "take")
    assert w.boards["door"].outputs["lamp"].value == 0.0


SITUATIONS = {
    leases: ("if c.until is not None and diff(t, c.until) >= 0:", "if False:"),
    owners: ('if m["ep"] < c.epoch:', "if False:"),
    stops: ("if c.stopped and not rest and (", "if False and ("),
    unheard: ("(self.own or ", "("),
}


def play(situation: Callable[[model.World], None]) -> None:
    w = model.World()
    w.begin()
    situation(w)
    w.teardown()


def test_a_board_keeps_alone_what_only_it_can_keep(tmp_path):
    with boards(tmp_path):
        for situation in SITUATIONS:
            play(situation)


@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_board_that_does_not_is_found_out(tmp_path, situation):
    with boards(tmp_path, SITUATIONS[situation]), pytest.raises(AssertionError):
        play(situation)
