"""The stop of a whole room over a real broker with users: a running piece and a board of another team obey."""

from __future__ import annotations

import asyncio
import json
import queue

import pytest
from gongzhi import cli
from gongzhi.arbiter.events import Proposed
from gongzhi.board import firmware
from gongzhi.broker import BrokerConfig, BrokerProcess
from gongzhi.broker.access import load_users_file
from gongzhi.bus import Bus
from gongzhi.errors import BrokerError
from gongzhi.journal import read
from gongzhi.page.messages import Rearm
from gongzhi.room.page import RoomPage
from gongzhi.room.teacher import Teacher, stop_and_count
from gongzhi.sim import board_body
from gongzhi.sim.board import VirtualBoard
from gongzhi.values import Proposal
from typer.testing import CliRunner

from tests.runtime.conftest import ARMS_LEVEL, start  # noqa: F401  (the fixture)

LONG = 20.0  # s; only a defect comes near


@pytest.fixture
def room(tmp_path):
    """room(user): a URL of the room's broker, with the users that the command line makes."""
    file = tmp_path / "users.txt"
    for name, role in (("teacher", "teacher"), ("gate01", "team"), ("other", "team")):
        words = ["broker", "--users", str(file), "--add-user", name, "--role", role]
        done = CliRunner().invoke(cli.app, words, input="pw\n")
        assert done.exit_code == 0, (done.output, done.exception)
    users, rules = load_users_file(file)
    with BrokerProcess.start(BrokerConfig(port=0, users=users, access=rules)) as process:
        yield lambda user: f"mqtt://{user}:pw@127.0.0.1:{process.port}"


@pytest.fixture
def other(room, tmp_path):
    """A board of the team "other", which has no piece: its guard alone obeys. other.heard: what it said."""
    port = int(room("x").rpartition(":")[2])
    config = {
        "v": 1, "space": "local", "team": "other", "device": "bell", "wifi": [], "board": "esp32-devkitc",
        "mqtt": {"host": "127.0.0.1", "port": port, "user": "other", "password": "pw"},
        "parts": [{"ch": "gate", "kind": "servo", "pin": 18, "lo": 0, "hi": 180, "safe": 0, "on_loss": ["safe"]}],
    }  # fmt: skip
    body = board_body.choose("auto")[0]
    files = firmware.compiled() if body == "vm" else firmware.source()
    bus, heard = Bus(room("other"), "other-host"), queue.Queue()
    bus.connect()
    bus.subscribe("v1/local/other/bell/up/#", lambda topic, payload: heard.put((topic.split("/", 5)[5], payload)))
    with VirtualBoard("esp32-devkitc", files, config, state_dir=tmp_path / "bell", body=body) as board:
        board.heard, board.bus = heard, bus
        until(board, "online", lambda said: said["on"] == 1)
        yield board
    bus.close()


def until(board, what, good):
    """The board's next message of this kind that is good."""
    while True:
        topic, payload = board.heard.get(timeout=LONG)
        if topic == what and payload and good(said := json.loads(payload)):
            return said


def command(board, epoch):
    """A command that needs no clock is judged by the guard; its acknowledgement."""
    order = {"v": 1, "id": f"c{epoch}", "ep": epoch, "op": "servo.set", "ch": "gate", "a": {"angle": 9}, "t": 0,
             "ttl": 1500, "dec": "d"}  # fmt: skip
    board.bus.publish("v1/local/other/bell/down/cmd", json.dumps(order).encode(), 1)
    return until(board, "ack", lambda said: said["id"] == order["id"])["err"]


def acts(run, trigger):
    """True once the board has done what is proposed now."""
    asked = Proposal("lamp.level", 0.5, trigger, 0.9, {"en": "so"}, run.core.clock.now(), agent="agent:program")
    run.call(run.core.happen, Proposed(asked))
    while run.until("done", "lamp.level").trigger != trigger:
        pass
    return True


@pytest.fixture
def teacher(room):
    one = Teacher(room("teacher"), "local")
    one.connect()
    yield one
    one.close()


def test_a_piece_and_a_bare_board_obey_and_only_the_teacher_ends_it(start, room, other, teacher):  # noqa: F811
    run = start(ARMS_LEVEL, broker=room("gate01"))
    run.wait_for(lambda: run.core.online == {"door"})
    heard = stop_and_count(teacher, LONG)
    assert (heard.stopped, heard.silent) == (("gate01/door", "other/bell"), ())
    assert until(other, "state/gate", lambda said: said["by"] == "stop")["d"] == {"angle": 0}
    desks = [desk for desk in run.core.loop.arbiter.desks.values() if desk.resource.device]
    run.wait_for(lambda: all(desk.room for desk in desks))
    run.call(run.core.on_page, Rearm("lamp.level"))
    run.wait_for(lambda: run.core.loop.arbiter.counts["outranked"] == 1)
    assert all(desk.stopped for desk in desks), "whoever sits at the piece's page is no teacher"
    # A teacher allows it at the piece's own page; that the order comes once more (a link that was away) is no new stop.
    run.call(run.core.on_page, Rearm(), "human:teacher#t1")
    run.wait_for(lambda: not any(desk.stopped for desk in desks))
    order = teacher.standing
    teacher.stop(order.id)
    assert acts(run, "here")
    assert not any(desk.stopped for desk in desks)
    teacher.stop()
    run.wait_for(lambda: all(desk.room for desk in desks))
    # A board that restarts meanwhile learns of it.
    other.reset()
    until(other, "state/gate", lambda said: said["by"] == "stop")
    teacher.release(["gate01"])
    run.wait_for(lambda: not any(desk.stopped for desk in desks))
    assert acts(run, "again")
    assert teacher.standing.free == ["gate01"]
    records = [one for _, one in read(run.core.loop.journal.path)]
    assert {(one.by, one.why) for one in records if one.to == "stop"} == {("human:teacher#all", "room")}
    assert {one.by for one in records if one.to == "rearm"} == {"human:teacher#t1", "human:teacher#all"}
    assert len({one.of for one in records if one.to == "stop"}) == 2
    teacher.release()
    assert teacher.standing is None


def test_a_teams_user_is_no_teacher(room, other, monkeypatch):
    monkeypatch.setattr("gongzhi.room.teacher._ECHO_S", 0.3)  # nothing comes: it need not be waited for
    for user in ("other", "gate01"):
        bus = Bus(room(user), f"x-{user}")
        bus.connect()
        bus.publish("v1/local/_all/down/stop", b'{"v":1,"id":"x","op":"stop"}', 1)
        bus.close()
        one = Teacher(room(user), "local")
        one.connect()
        with pytest.raises(BrokerError, match="no teacher"):
            one.stop()
        one.close()
    other.bus.publish("v1/local/other/bell/down/cmd", b"{}", 1)
    topic = ""
    while topic != "ack":
        topic, payload = other.heard.get(timeout=LONG)
        assert not topic.startswith("state") or json.loads(payload)["by"] == "boot", "nothing has stopped"


def test_the_command_line(room, other):
    broker = ["--broker", room("teacher")]
    done = CliRunner().invoke(cli.app, ["stop", *broker])
    assert done.exit_code == 0, (done.output, done.exception)
    assert "1 of 1 boards" in done.stderr
    slip = CliRunner().invoke(cli.app, ["room", "release", "othr", *broker])
    assert "Nothing of othr is in the room. Here are: other." in slip.stderr
    assert "Allowed again" not in slip.stderr
    done = CliRunner().invoke(cli.app, ["room", "release", "other", "othr", *broker])
    assert "Allowed again: other." in done.stderr
    done = CliRunner().invoke(cli.app, ["room", "release", *broker])
    assert "whole room" in done.stderr


async def waited(good):
    """Wait until `good()`."""
    for _ in range(int(LONG / 0.02)):
        if good():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("waited in vain")


def test_the_teachers_page_hears_and_does(room, other):
    async def whole():
        page = RoomPage(room("teacher"), "local", port=0)
        started = asyncio.Event()
        running = asyncio.create_task(page.run(lambda _url: started.set()))
        await started.wait()
        try:
            await waited(lambda: [row["on"] for row in page.roll.rows(0)["boards"]] == [True])
            assert page.hub.receive(page.hub.join(), '{"type":"stop"}')
            await waited(lambda: page.teacher.standing and page.roll.rows(0)["boards"][0]["stopped"])
            page.hub.receive(page.hub.join(), '{"type":"release","teams":["other"]}')
            await waited(lambda: page.teacher.standing.free == ["other"])
            assert page.hub.refused == 0
            page.hub.receive(page.hub.join(), '{"type":"press","board":"b","ch":"c","down":true}')
            assert page.hub.refused == 1, "the teacher's page presses no button"
        finally:
            running.cancel()
            await asyncio.wait({running})

    asyncio.run(whole())
