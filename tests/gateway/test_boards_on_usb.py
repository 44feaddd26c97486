"""Real MicroPython, real pyserial, a real broker: a board on USB is a board like any other, whatever happens to its
line. The line is a pseudo-terminal; a real USB port with a real ESP32 is not proven here."""

from __future__ import annotations

import os
import random
import re
import threading

import serial
from gongzhi.broker import BrokerConfig, BrokerProcess
from gongzhi_node import line

from tests.gateway.conftest import wait_for


def test_it_is_on_the_bus_like_any_other(room):
    room.board()
    host = room.host()
    room.start()
    online = host.online()
    assert (online["chip"], online["on"]) == (room.row().chip, 1)
    assert host.hear("meta")["ch"]["gate"]["prop"] == "angle"
    assert host.hear("state/gate")["by"] == "boot"
    host.hear("s")  # by then the clock is known
    assert host.order(a={"angle": 90}, ttl=60000)["err"] is None  # long enough for a sample that is not lost
    assert host.hear("s", lambda m: m["d"].get("gate") == 90)
    assert host.order(a={"angle": 181})["err"] == "range"
    room.boards["door"].press(4)
    room.boards["door"].release(4)
    assert host.order("stop", "*")["err"] is None
    assert host.order(a={"angle": 90})["err"] == "stopped"
    # Whoever subscribes later hears the retained messages.
    late = room.host()
    assert late.online()["sid"] == online["sid"]
    assert late.hear("state/gate")["by"] == "stop"
    row = room.row()
    assert (row.state, row.bad, row.dropped) == ("up", 0, 0)
    assert row.up > 5


def test_noise_on_the_line_loses_no_command(room):
    board = room.board()
    dice = random.Random(5)

    def noise(data: bytes) -> bytes:
        # One piece in 16 (a message has two to ten) is damaged and has strange bytes before it.
        if data and not dice.randrange(16):
            at = dice.randrange(len(data))
            junk = bytes(dice.randrange(4, 256) for _ in range(dice.randrange(12)))
            data = junk + data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :]
        return data.replace(b"\3", b"?")  # a Ctrl-C is another test

    host = room.host()
    room.start()
    host.hear("s")
    board.up = board.down = noise
    for n in range(150):
        assert host.order(a={"angle": n}, ttl=60000)["err"] is None
        row = room.row()
        if n > 10 and row.bad and row.again:  # which pieces are hit depends on how they fall
            break
    board.up = board.down = None
    assert row.bad > 0
    assert row.again > 0
    assert host.hear("s", lambda m: m["d"].get("gate") == n)


def test_a_line_cut_for_more_than_3_s_ends_in_the_will_and_comes_back(room):
    board = room.board()
    host = room.host()
    room.start()
    first = host.online()
    host.hear("s")
    board.up = board.down = lambda _data: b""
    gone = host.online(0)
    assert gone["sid"] == first["sid"]
    board.up = board.down = None
    again = host.online()
    assert again["sid"] != first["sid"]
    assert again["why"] in ("silent", "closed")
    host.hear("s")
    assert host.order(a={"angle": 30})["err"] is None


def test_a_wrong_baud_rate_even_with_a_ctrl_c_in_it_is_got_over(room):
    board = room.board()
    host = room.host()
    room.start()
    first = host.online()
    dice = random.Random(3)
    hit = threading.Event()

    def garbage(data: bytes) -> bytes:
        hit.set()
        return b"\3" + bytes(dice.randrange(256) for _ in data)

    board.down = garbage
    assert hit.wait(20)
    wait_for(lambda: any(one.startswith(">>> ") for one in board.console), "the prompt after a Ctrl-C")
    board.down = None
    # The gateway knows the port for one of ours, sees the prompt's echo and starts the board's program again.
    again = host.hear("online", lambda m: m["on"] == 1 and m["boot"] > first["boot"])
    assert again["cause"] == "soft"


def test_unplugged_and_plugged_in_again_under_another_name(room):
    room.board()
    host = room.host()
    room.start()
    host.hear("s")
    port = room.plugged["door"]
    host.order(a={"angle": 50}, ttl=60000)
    held = os.open(port, os.O_RDWR | os.O_NOCTTY)  # whose number is not given away as long as somebody has it open
    room.unplug()
    host.online(0)
    room.plug()
    os.close(held)
    assert room.plugged["door"] != port
    assert host.online()["lost"] == 0
    host.hear("s")
    # The board ran on: what it was told under its lease is as it was.
    assert host.hear("s", lambda m: "gate" in m["d"])["d"]["gate"] == 50
    assert host.order(a={"angle": 20})["err"] is None


def test_two_boards_do_not_hear_each_other(room):
    room.board("door")
    room.board("yard")
    door, yard = room.host("door"), room.host("yard")
    room.start()
    for host in (door, yard):
        host.hear("s")
    assert door.order(a={"angle": 10}, ttl=60000)["err"] is None
    assert yard.order(a={"angle": 20}, ttl=60000)["err"] is None
    assert door.hear("s", lambda m: "gate" in m["d"] and m["d"]["gate"])["d"]["gate"] == 10
    assert yard.hear("s", lambda m: "gate" in m["d"] and m["d"]["gate"])["d"]["gate"] == 20


def test_two_boards_of_one_name_the_second_is_refused_and_said(room):
    room.board("door", name="one")
    host = room.host()
    gateway = room.start()
    chip = host.online()["chip"]
    room.board("door", name="two")
    (row,) = wait_for(lambda: [row for row in gateway.rows() if row.state == "refused"])
    assert "local-gate01-door" in str(row.why)
    room.unplug("one")
    assert host.hear("online", lambda m: m["on"] == 1 and m["chip"] != chip)


def test_a_board_of_another_team_is_kept_out_by_the_broker(room):
    room.board("door", team="other")
    gateway = room.start()
    wait_for(lambda: [row for row in gateway.rows() if row.why and "subscribe" in str(row.why)])


def test_the_prompt_is_there_once_the_gateway_has_let_go(room):
    board = room.board()
    host = room.host()
    room.start()
    host.hear("s")
    gateway, room.gateway = room.gateway, None
    gateway.stop()
    assert host.online(0)
    wait_for(lambda: any("disconnected: closed" in one for one in board.console))
    with serial.Serial(room.plugged["door"], 115200, timeout=10, exclusive=True) as port:
        port.write(b"\3")
        said = port.read_until(b">>> ")
        assert b"stopped at the console" in said
        port.write(b"6 * 7\r")
        assert re.search(rb"\n42\r?\n", port.read_until(b"\n>>> "))
        port.write(line.frame("d", "D", 0, b"x"))
        assert b"Error" not in port.read_until(b"\n>>> "), "at the prompt our lines are comments"


def test_a_broker_that_goes_is_told_to_the_board_and_comes_back(room):
    old = room.broker
    room.broker = BrokerProcess.start(BrokerConfig(port=0))
    try:
        room.board()
        host = room.host()
        room.start()
        first = host.online()
        room.broker._child.kill()
        wait_for(lambda: any("disconnected: closed" in one for one in room.boards["door"].console))
        host.close()
        room.hosts.remove(host)
        port = room.broker.port
        room.broker.stop()
        room.broker = BrokerProcess.start(BrokerConfig(port=port))
        assert room.host().online()["sid"] != first["sid"]
    finally:
        room.gateway.stop()
        room.gateway = None
        room.broker.stop()
        room.broker = old
