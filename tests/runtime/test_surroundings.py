"""A run and what is around it: another broker, boards that share an id, boards nobody knows, a camera that goes."""

import shutil
import socket
import subprocess

import pytest
from gongzhi.board import firmware
from gongzhi.broker import BrokerConfig, BrokerProcess, Tls
from gongzhi.bus import Address, Bus
from gongzhi.errors import CameraError
from gongzhi.room import certificates
from gongzhi.runtime import boards, runtime
from gongzhi.sim.board import VirtualBoard
from gongzhi.sim.camera import SyntheticCamera
from gongzhi_node import wire

from tests.runtime.conftest import ARMS_LEVEL
from tests.runtime.test_run import say

MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/opt/homebrew/sbin")


@pytest.fixture(params=["ours", "mosquitto"])
def broker(request, tmp_path):
    """A broker that asks nobody for a name; its address."""
    if request.param == "ours":
        with BrokerProcess.start(BrokerConfig(port=0)) as process:
            yield f"mqtt://127.0.0.1:{process.port}"
        return
    if MOSQUITTO is None:
        pytest.skip("no mosquitto on this machine")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = tmp_path / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    with subprocess.Popen([MOSQUITTO, "-c", config], stderr=subprocess.PIPE, text=True) as process:
        try:
            for line in process.stderr:
                if "running" in line:
                    break
            yield f"mqtt://127.0.0.1:{port}"
        finally:
            process.terminate()


def test_with_another_broker_yes_opens_the_gate(start, broker):
    run = start(broker=broker)
    say(run, "confirm", run.until("proposed"))
    assert run.until("done").by == "board:door"
    assert run.signal("gate")["angle"] > 0


def notice(run, id_):
    kept = run.core.face.hub._kept.get(f"notice/{id_}")
    return kept and kept[0]


@pytest.fixture
def open_broker():
    with BrokerProcess.start(BrokerConfig(port=0)) as process:
        yield process.port


def test_two_boards_with_one_id_are_told(start, open_broker, tmp_path):
    run = start(broker=f"mqtt://127.0.0.1:{open_broker}")
    assert not (notice(run, "twin/door") or {}).get("on")
    manifest = run.runtime.manifest
    config = boards.config(manifest, manifest.boards["door"], Address("127.0.0.1", open_broker))
    body = run.core.boards.boards["door"].body
    files = firmware.compiled() if body == "vm" else firmware.source()
    with VirtualBoard("esp32-devkitc", files, config, state_dir=tmp_path / "twin", body=body):
        run.wait_for(lambda: (notice(run, "twin/door") or {}).get("on"))
    assert "door" in notice(run, "twin/door")["text"]["zh"]


def test_a_run_over_tls_and_a_board_that_has_no_room_for_it(start):
    files = certificates.broker_files([])
    config = BrokerConfig(port=0, tls=Tls("127.0.0.1", 0, str(files.certificate), str(files.key)))
    with BrokerProcess.start(config) as process:
        run = start(broker=f"mqtts://127.0.0.1:{process.tls_port}")
        run.wait_for(lambda: run.core.online == {"door"})
        assert not any("Traceback" in line for line in run.core.boards.boards["door"].console)
        with socket.create_connection(("127.0.0.1", process.tls_port)) as board:
            board.sendall(b"\x15\x03\x03\0\x02\x02\x50")
            run.wait_for(lambda: (notice(run, "broker/tls-memory") or {}).get("on"))
        assert "127.0.0.1" in notice(run, "broker/tls-memory")["text"]["en"]
        run.core.face.broker(b"nonsense")
        run.core.face.broker(b'{"kind": "none", "text": ""}')


def test_a_board_and_rules_that_nobody_understands_are_told(start, open_broker):
    run = start(broker=f"mqtt://127.0.0.1:{open_broker}")
    rules = run.core.loop.rules
    top = run.core.top
    other = Bus(f"mqtt://127.0.0.1:{open_broker}", "other")
    other.connect()
    other.publish(f"{top}/dor/up/online", wire.pack({"on": 1, "boot": 1, "sid": "x", "chip": "c", "cfg": "y"}), 1)
    other.publish(f"{top}/dor/up/state/gate", wire.pack({"ch": "gate", "d": {"angle": 9}, "by": "cmd"}), 1)
    other.publish(f"{top}/_co/declare", b"{}", 1)
    run.wait_for(lambda: (notice(run, "declare") or {}).get("on"))
    assert "“dor”" in notice(run, "stranger")["text"]["en"]
    assert "door" in notice(run, "stranger")["text"]["zh"]
    assert not [key for key in run.core.face.hub._kept if "/dor" in key]
    assert run.core.loop.rules == rules
    other.close()


def test_a_camera_that_goes_while_a_pose_is_held_ends_the_hold(start, monkeypatch):
    # Without it the pose would be held by a picture of the past, and the same pose never be a new question.
    monkeypatch.setattr(runtime, "_STATS_S", 0.05)
    run = start(ARMS_LEVEL)
    run.until("done", "lamp.level")
    with monkeypatch.context() as gone:
        gone.setattr(SyntheticCamera, "shoot", lambda self, stop: (stop.wait(0.02), None)[1])
        gone.setattr(SyntheticCamera, "trouble", CameraError("The camera has gone.", ""))
        run.wait_for(lambda: (notice(run, "camera") or {}).get("on"))
        run.wait_for(lambda: not run.core.loop._propose.held)
        run.wait_for(lambda: run.core.face.hub._kept["person"][0]["state"] == "none")
    run.wait_for(lambda: run.core.loop._propose.held)
    run.wait_for(lambda: not (notice(run, "camera") or {}).get("on"))
    assert run.fault is None
