"""The client and the whole node over real sockets, in both bodies, with our broker and with mosquitto."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from gongzhi.broker import BrokerConfig, BrokerProcess

HERE = Path(__file__).parent
MAIN = HERE.parents[1] / "firmware" / "main.py"
MOSQUITTO = shutil.which("mosquitto", path=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin")
PATIENCE = 20.0  # seconds; only a defect comes near
BASE = "v1/local/gate01/door/"
CONFIG: dict[str, Any] = {
    "v": 1, "space": "local", "team": "gate01", "device": "door", "wifi": [], "board": "esp32-devkitc",
    "parts": [
        {"ch": "gate", "kind": "servo", "pin": 18, "lo": 0, "hi": 180, "safe": 0, "on_loss": ["hold", 500]},
        {"ch": "button", "kind": "button", "pin": 4, "pull": "up"},
    ],
}  # fmt: skip
Command = tuple[list[str], dict[str, str]]


@contextlib.contextmanager
def mosquitto(folder: Path) -> Iterator[int]:
    """A mosquitto on a port that was free a moment ago; another one if it has been taken since."""
    assert MOSQUITTO is not None
    while True:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        config = folder / "mosquitto.conf"
        config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n", encoding="utf-8")
        child = subprocess.Popen([MOSQUITTO, "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while child.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.01)
        if child.poll() is None:
            break
    try:
        yield port
    finally:
        child.terminate()
        child.wait()


@contextlib.contextmanager
def embedded() -> Iterator[int]:
    """Our own broker."""
    process = BrokerProcess.start(BrokerConfig(port=0))
    try:
        yield process.port
    finally:
        process.stop()


@pytest.fixture(params=["embedded", "mosquitto"])
def port(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[int]:
    """The port of each broker that is there."""
    if request.param == "mosquitto" and not MOSQUITTO:
        pytest.skip("mosquitto is not installed")
    with mosquitto(tmp_path) if request.param == "mosquitto" else embedded() as port:
        yield port


class Gate:
    """A TCP relay to a broker that a test shuts and opens."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._pairs: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open()

    def _open(self) -> None:
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                for one, other in ((near, far), (far, near)):
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    self._pairs.append(one)
                    threading.Thread(target=self._pump, args=(one, other), daemon=True).start()

    @staticmethod
    def _pump(one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(4096):
                other.sendall(data)
        with contextlib.suppress(OSError):
            other.shutdown(socket.SHUT_RDWR)

    def shut(self) -> None:
        """End every connection and refuse new ones."""
        for one in (self._listener, *self._pairs):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._pairs.clear()

    def open(self) -> None:
        """Take connections again, on the same port."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._open()


def publisher(command: Command, port: int, count: int, pause: int) -> subprocess.Popen[str]:
    """Start live/publisher.py and wait until it is connected."""
    args = [*command[0], str(HERE / "live" / "publisher.py"), str(port), str(count), str(pause)]
    child = subprocess.Popen(args, env=command[1], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout is not None
    line = child.stdout.readline()
    assert line == "up\n", (line, child.communicate()[1])
    return child


def result(child: subprocess.Popen[str]) -> dict[str, Any]:
    out, err = child.communicate(timeout=60)
    assert child.returncode == 0, err
    said = json.loads(out)
    assert isinstance(said, dict)
    return said


def test_every_message_returns_once_and_in_order(command: Command, port: int) -> None:
    said = result(publisher(command, port, 500, 0))
    assert said["got"] == list(range(500))
    assert said["delivered"] is True
    assert (said["dropped"], said["attempts"]) == (0, 1)


def test_an_outage_loses_nothing_that_the_outbox_holds(command: Command, port: int) -> None:
    seen: list[int] = []
    changed = threading.Condition()

    def message(_client: Any, _data: Any, said: Any) -> None:
        with changed:
            seen.append(int(said.payload))
            changed.notify_all()

    witness = paho.Client(paho.CallbackAPIVersion.VERSION2)
    witness.on_message = message
    witness.connect("127.0.0.1", port)
    witness.subscribe("echo/#", 1)
    witness.loop_start()
    gate = Gate(port)
    child = publisher(command, gate.port, 50, 50)
    with changed:
        assert changed.wait_for(lambda: len(seen) >= 8, PATIENCE)
    gate.shut()
    threading.Event().wait(0.6)  # the length of the outage itself: 12 messages
    gate.open()
    said = result(child)
    with changed:
        assert changed.wait_for(lambda: 49 in seen, PATIENCE)
    gate.shut()
    witness.disconnect()
    witness.loop_stop()
    assert said["delivered"] is True
    assert said["dropped"] == 0
    assert said["attempts"] >= 2
    assert list(dict.fromkeys(seen)) == list(range(50)), "each at least once, first arrivals in order"
    assert len(seen) <= 50 + 32


class Host:
    """What the runtime is to a board: answers its clock, sends commands, hears everything."""

    def __init__(self, port: int) -> None:
        self._heard: queue.Queue[tuple[str, dict[str, Any]]] = queue.Queue()
        self._n = 0
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2)
        self._client.on_message = self._message
        self._client.on_socket_open = lambda _c, _u, s: s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._client.connect("127.0.0.1", port)
        self._client.subscribe(BASE + "up/#", 1)
        self._client.loop_start()

    def _now(self) -> int:
        return time.monotonic_ns() // 1_000_000 % (1 << 30)

    def _message(self, _client: Any, _data: Any, message: Any) -> None:
        said = json.loads(message.payload) if message.payload else {}
        what = message.topic[len(BASE + "up/") :]
        if what == "clock":
            self._send("clock", {"b": said["b"], "h": self._now()})
        self._heard.put((what, said))

    def _send(self, what: str, message: dict[str, Any]) -> None:
        self._client.publish(f"{BASE}down/{what}", json.dumps(message | {"v": 1}), 1)

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

    def order(self, op: str, ch: str = "gate", **change: Any) -> dict[str, Any]:
        """Send a command; its acknowledgement."""
        self._n += 1
        order = {"id": f"c-{self._n}", "ep": 1, "op": op, "ch": ch, "a": {}, "t": self._now(), "ttl": 1500, "dec": "d"}
        self._send("cmd", order | change)
        return self.hear("ack", lambda ack: ack["id"] == order["id"])

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@contextlib.contextmanager
def host(port: int) -> Iterator[Host]:
    """A Host that is closed again."""
    made = Host(port)
    try:
        yield made
    finally:
        made.close()


@contextlib.contextmanager
def node(command: Command, port: int, folder: Path, chip: int = 3) -> Iterator[subprocess.Popen[bytes]]:
    """firmware/main.py with the stand-in chip, in a folder of its own."""
    folder.mkdir()
    config = CONFIG | {"mqtt": {"host": "127.0.0.1", "port": port}}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with (folder / "console.log").open("wb") as log:
        env = command[1] | {"FAKE_CHIP": str(chip), "PYTHONUNBUFFERED": "1"}
        child = subprocess.Popen([*command[0], str(MAIN)], env=env, cwd=folder, stdout=log, stderr=log)
    try:
        yield child
    finally:
        child.kill()
        child.wait()


def test_a_node_connects_acts_and_is_missed(command: Command, port: int, tmp_path: Path) -> None:
    with host(port) as runtime:
        with node(command, port, tmp_path / "board") as child:
            online = runtime.hear("online", lambda m: m["on"] == 1)
            runtime.hear("clock")  # answered before what is sent next
            assert online["boot"] == 1
            assert runtime.order("servo.set", a={"angle": 90}, ttl=60000)["err"] is None
            assert runtime.hear("s", lambda m: m["d"].get("gate") == 90)
            assert runtime.order("servo.set", a={"angle": 181})["err"] == "range"
            assert runtime.order("stop", "*")["err"] is None
            assert runtime.order("servo.set", a={"angle": 90})["err"] == "stopped"
            child.kill()
            gone = runtime.hear("online", lambda m: m["on"] == 0)
            assert gone["sid"] == online["sid"]
        log = (tmp_path / "board" / "console.log").read_text(encoding="utf-8")
        assert "Traceback" not in log


def test_two_boards_with_one_id_are_told_apart(command: Command, port: int, tmp_path: Path) -> None:
    with host(port) as runtime, node(command, port, tmp_path / "one", 1):
        first = runtime.hear("online", lambda m: m["on"] == 1)
        with node(command, port, tmp_path / "two", 2):
            second = runtime.hear("online", lambda m: m["on"] == 1 and m["chip"] != first["chip"])
            assert second["sid"] != first["sid"]
            # They take the connection from each other until one of them waits; the will of each names its own.
            again = runtime.hear("online", lambda m: m["on"] == 1 and m["chip"] == first["chip"])
            assert again["sid"] != first["sid"]


def test_a_console_interrupt_rests_the_outputs_and_ends(command: Command, tmp_path: Path) -> None:
    with host_of_nobody() as port, node(command, port, tmp_path / "board") as child:
        log = tmp_path / "board" / "console.log"
        end = time.monotonic() + PATIENCE
        while "starts" not in log.read_text(encoding="utf-8") and time.monotonic() < end:
            time.sleep(0.01)
        child.send_signal(signal.SIGINT)
        child.wait(PATIENCE)
        assert "stopped at the console" in log.read_text(encoding="utf-8")


@contextlib.contextmanager
def host_of_nobody() -> Iterator[int]:
    """A port where nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]
