"""TLS with the room's own certificate: real handshakes of paho and of boards with our broker and with mosquitto."""

from __future__ import annotations

import base64
import contextlib
import json
import queue
import shutil
import socket
import ssl
import struct
import threading
from pathlib import Path

import pytest
from gongzhi import cli, paths
from gongzhi.board import firmware, room_key
from gongzhi.broker import BrokerConfig, BrokerProcess, Tls
from gongzhi.broker.door import EACH
from gongzhi.bus import Bus
from gongzhi.errors import BrokerError
from gongzhi.room import certificates
from gongzhi.sim import board_body
from gongzhi.sim.board import VirtualBoard
from typer.testing import CliRunner

LONG = 20.0  # s; only a defect comes near
WORDS = {
    "old": ("is not valid today", "expired", "tls-clock"),
    "other": ("another name or address", "another name", "tls-name"),
    "foreign": ("not of a room that this computer knows", "not this room's", "tls-stranger"),
}


@pytest.fixture
def trusting(rooms):
    """This computer trusts the room of "good"."""
    certificates.trust(rooms["good"].ca)
    return rooms


@pytest.fixture(params=["vm", "cpython"])
def board(request, tmp_path):
    """board(port, ca, idf=None): a board with TLS, started; its lines come through `board.lines`."""
    library, why = board_body.library()
    if request.param == "vm" and library is None:
        pytest.skip(str(why))
    files = firmware.compiled() if request.param == "vm" else firmware.source()
    started = []

    def start(port, ca, idf=None):
        config = {
            "v": 1, "space": "local", "team": "gate01", "device": "door", "wifi": [], "board": "esp32-devkitc",
            "mqtt": {"host": "127.0.0.1", "port": port, "tls": True}, "parts": [],
        }  # fmt: skip
        state = tmp_path / "board"
        room_key.give_virtual(state, b"k" * 32, ca)
        if idf is not None:
            kept = json.loads((state / "nvs.json").read_text())
            (state / "nvs.json").write_text(
                json.dumps(kept | {"i/sim/idf": base64.b64encode(struct.pack("<i", idf)).decode()})
            )
        one = VirtualBoard(
            "esp32-devkitc", files, config, state_dir=state, body=request.param, on_event=lambda _: start.news.set()
        )
        started.append(one)
        one.start()
        return one

    start.news = threading.Event()
    yield start
    for one in started:
        one.stop()


def said(one, news, words):
    """Wait for a line of the board's console with these words."""
    for _ in range(int(LONG * 20)):
        if any(words in line for line in one.console):
            return
        news.wait(0.05)
        news.clear()
    raise AssertionError((words, one.console))


def test_the_host_and_a_board_meet_under_tls(trusting, brokers, board):
    port = brokers(trusting["good"])
    heard: queue.Queue[bytes] = queue.Queue()
    bus = Bus(f"mqtts://127.0.0.1:{port}", "host")
    bus.connect()
    bus.subscribe("v1/local/gate01/door/up/online", lambda _topic, payload: heard.put(payload))
    board(port, certificates.for_board())
    assert json.loads(heard.get(timeout=LONG))["on"] == 1
    bus.close()


@pytest.mark.parametrize("kind", WORDS)
def test_a_wrong_certificate_is_refused_by_both_with_a_word(trusting, brokers, board, kind):
    port = brokers(trusting[kind])
    host, words, notice = WORDS[kind]
    with pytest.raises(BrokerError) as refused:
        Bus(f"mqtts://127.0.0.1:{port}", "host").connect()
    assert host in str(refused.value)
    one = board(port, certificates.for_board())
    said(one, board.news, words)
    assert not any("connected" in line for line in one.console)
    if brokers.ours:
        assert notice in {kind for kind, _, _ in brokers.notices}


def test_a_board_without_memory_says_so_and_speaks_no_word_in_clear(trusting, brokers, board):
    one = board(brokers(trusting["good"]), certificates.for_board(), idf=30000)
    said(one, board.news, "too little memory: 30000 bytes free")
    for _ in range(int(LONG * 20)):
        if not brokers.ours or ("tls-memory", "", "127.0.0.1") in brokers.notices:
            break
        board.news.wait(0.05)
    else:
        raise AssertionError(brokers.notices)
    assert not any("connected" in line for line in one.console)


def test_a_board_without_the_rooms_certificate_says_what_to_do(trusting, brokers, board):
    one = board(brokers(trusting["good"]), b"")
    said(one, board.news, "gongzhi board secrets")


def test_who_speaks_no_tls_at_the_port_for_it_and_the_other_way_round(trusting):
    notices: queue.Queue[tuple[str, str, str]] = queue.Queue()
    files = trusting["good"]
    tls = Tls("127.0.0.1", 0, str(files.certificate), str(files.key))
    with BrokerProcess.start(BrokerConfig(port=0, tls=tls), lambda *told: notices.put(told)) as process:
        with pytest.raises(BrokerError, match="nobody speaks TLS"):
            Bus(f"mqtts://127.0.0.1:{process.port}", "host").connect()
        assert notices.get(timeout=LONG)[0] == "protocol"
        with pytest.raises(BrokerError):
            Bus(f"mqtt://127.0.0.1:{process.tls_port}", "host").connect(0.5)
        assert notices.get(timeout=LONG)[0] == "tls-plain"
        # Whoever only looks whether a port is open disturbs nobody.
        socket.create_connection(("127.0.0.1", process.tls_port)).close()
        bus = Bus(f"mqtts://127.0.0.1:{process.tls_port}", "host")
        bus.connect()
        assert bus.connected
        bus.close()


def test_a_first_packet_in_the_same_breath_as_the_handshake_is_heard(trusting):
    files = trusting["good"]
    tls = Tls("127.0.0.1", 0, str(files.certificate), str(files.key))
    context = ssl.create_default_context(cafile=files.ca)
    with BrokerProcess.start(BrokerConfig(port=0, tls=tls)) as process:
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", process.tls_port), LONG) as raw:
                into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
                spoken = context.wrap_bio(into, out, server_hostname="127.0.0.1")
                while True:
                    try:
                        spoken.do_handshake()
                        break
                    except ssl.SSLWantReadError:
                        raw.sendall(out.read())
                        into.write(raw.recv(65536))
                spoken.write(b"\x10\x0d\0\x04MQTT\x04\x02\0\x0f\0\x01a")
                raw.sendall(out.read())  # the handshake's end and CONNECT in one piece
                answer = b""
                while not answer:
                    into.write(raw.recv(65536))
                    with contextlib.suppress(ssl.SSLWantReadError):
                        answer = spoken.read(4)
                assert answer == b"\x20\x02\0\0"


def test_who_begins_handshakes_and_ends_none_keeps_nobody_else_out(trusting):
    files = trusting["good"]
    tls = Tls("127.0.0.1", 0, str(files.certificate), str(files.key))
    context = ssl.create_default_context(cafile=files.ca)
    with BrokerProcess.start(BrokerConfig(port=0, tls=tls)) as process, contextlib.ExitStack() as stack:
        where = ("127.0.0.1", process.tls_port)
        for _ in range(EACH):
            stack.enter_context(socket.create_connection(where, LONG))
        one_more = stack.enter_context(socket.create_connection(where, LONG))
        with contextlib.suppress(ConnectionResetError):
            assert one_more.recv(1) == b"", "it is sent away, not left to wait"
        other = stack.enter_context(socket.create_connection(where, LONG, ("127.0.0.2", 0)))
        with context.wrap_socket(other, server_hostname="127.0.0.1") as spoken:
            spoken.sendall(b"\x10\x0d\0\x04MQTT\x04\x02\0\x0f\0\x01a")
            assert spoken.recv(4) == b"\x20\x02\0\0"


def test_files_that_are_none_are_named(tmp_path):
    with pytest.raises(BrokerError, match=r"nothing\.crt"):
        BrokerProcess.start(BrokerConfig(port=0, tls=Tls("127.0.0.1", 0, str(tmp_path / "nothing.crt"), "x")))


def test_the_files_of_another_broker_and_the_room_for_another_computer(tmp_path):
    done = CliRunner().invoke(cli.app, ["room", "certificate", "--out", str(tmp_path / "m"), "--name", "mq.local"])
    assert done.exit_code == 0, (done.output, done.exception)
    assert {file.name for file in (tmp_path / "m").iterdir()} == {"ca.crt", "broker.crt", "broker.key"}
    assert (tmp_path / "m" / "broker.key").stat().st_mode & 0o077 == 0
    done = CliRunner().invoke(cli.app, ["room", "ca", "--out", str(tmp_path / "room.crt")])
    assert done.exit_code == 0, done.output
    assert b"PRIVATE" not in (tmp_path / "room.crt").read_bytes()
    before = certificates.for_board()
    shutil.rmtree(paths.data() / "keys")  # now this is another computer
    assert certificates.trusted() == []
    done = CliRunner().invoke(cli.app, ["room", "trust", str(tmp_path / "room.crt")])
    assert done.exit_code == 0, done.output
    assert certificates.for_board()[4:] == before[4:], "boards get the certificate of the room that is trusted"
    done = CliRunner().invoke(cli.app, ["room", "trust", str(Path(__file__))])
    assert "no certificate of a room" in str(done.exception)
