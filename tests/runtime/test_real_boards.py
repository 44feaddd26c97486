"""Which boards of a project are real: on USB, or online at a broker already; a virtual one plays the real one here."""

from __future__ import annotations

import shutil

import pytest
from gongzhi import project
from gongzhi.arbiter.events import Answered
from gongzhi.board import firmware
from gongzhi.broker import BrokerConfig, BrokerProcess
from gongzhi.bus import Address
from gongzhi.errors import ConfigError
from gongzhi.runtime.boards import config
from gongzhi.runtime.options import Options
from gongzhi.sim import board_body
from gongzhi.sim.board import VirtualBoard
from gongzhi.sim.board_usb import UsbBoard
from gongzhi.values import Answer

from tests.runtime.conftest import EXAMPLE


def copied(tmp, old, new):
    shutil.copytree(EXAMPLE, tmp / "project")
    path = tmp / "project" / "project.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return tmp / "project"


@pytest.fixture
def powered():
    made = []

    def power(one):
        made.append(one)
        one.start()
        return one

    yield power
    for one in made:
        one.stop()


def test_a_board_on_usb_is_used_and_none_is_started_in_its_place(start, tmp_path, powered):
    if board_body.library()[0] is None:
        pytest.skip("no MicroPython wheel for this machine: a board without it has no console to plug into")
    edges = []
    link = tmp_path / "ttyDoor"
    folder = copied(tmp_path, "[board.door]\n", f'[board.door]\nlink = "serial"\nport = "{link}"\n')
    manifest = project.load(folder)
    doc = config(manifest, manifest.boards["door"], Address("", 1)) | {"link": "serial"}
    board = powered(
        UsbBoard(
            "esp32-devkitc", firmware.compiled(), doc, state_dir=tmp_path / "door", body="vm", on_edge=edges.append
        )
    )
    board.plug(link)
    run = start(folder=folder)
    assert run.core.boards.boards == {}
    assert run.core.online == {"door"}
    asked = run.until("proposed")
    before = len(edges)
    run.call(run.core.happen, Answered(Answer("confirm", "human:owner#test", asked.id, asked.digest)))
    assert run.until("done").by == "board:door"
    run.wait_for(lambda: any(edge.kind == "pwm" and edge.value for edge in edges[before:]))
    board.unplug()
    run.wait_for(lambda: not run.core.online)
    board.plug(link)
    run.wait_for(lambda: run.core.online == {"door"})
    run.end()
    assert any("disconnected: closed" in line for line in board.console)


def test_a_board_that_is_online_at_the_broker_is_not_started_again(start, tmp_path, powered):
    broker = BrokerProcess.start(BrokerConfig(port=0))
    try:
        manifest = project.load(EXAMPLE)
        doc = config(manifest, manifest.boards["door"], Address("127.0.0.1", broker.port))
        powered(VirtualBoard("esp32-devkitc", firmware.source(), doc, state_dir=tmp_path / "door", body="cpython"))
        url = f"mqtt://127.0.0.1:{broker.port}"
        first = start(broker=url, boards="real")
        assert first.core.boards.boards == {}
        first.end()
        again = start(broker=url)
        assert again.core.boards.boards == {}
        assert again.core.online == {"door"}
        again.end()
    finally:
        broker.stop()


def test_without_any_the_virtual_ones_play(start, tmp_path):
    folder = copied(tmp_path, "[board.door]\n", '[board.door]\nlink = "serial"\n')
    run = start(folder=folder, boards="virtual")
    assert set(run.core.boards.boards) == {"door"}


def test_what_cannot_be_is_said(tmp_path):
    with pytest.raises(ConfigError, match="virtual, real, auto"):
        Options(EXAMPLE, boards="both")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="COM5"):
        project.load(copied(tmp_path, "[board.door]\n", '[board.door]\nport = "COM5"\n'))
