"""A project whose board is the computer itself: the process of its pins, over a real broker."""

from __future__ import annotations

import os
import signal

import pytest
from gongzhi import pi, project
from gongzhi.errors import BoardError, ConfigError
from gongzhi.runtime.own_pins import OwnPins

PROJECT = """
[project]
id = "pins"
[board.here]
type = "raspberry-pi-5"
[part.lamp]
kind = "led"
pin = "GPIO18"
[part.knob]
kind = "button"
pin = 4
[[rule]]
when = "knob"
propose = "lamp"
value = 1
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "project.toml").write_text(PROJECT, "utf-8")
    return tmp_path


@pytest.fixture
def mock(monkeypatch):
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    monkeypatch.setenv("GPIOZERO_MOCK_PIN_CLASS", "mockpwmpin")


def test_the_pins_are_a_board_like_any_other(start, folder, mock):
    run = start(folder=folder)
    assert run.core.boards.boards == {}  # nothing is played
    run.wait_for(lambda: run.core.online == {"here"})
    run.end()


def test_a_process_that_is_killed_is_started_again(start, folder, mock, monkeypatch):
    made = []
    of = OwnPins.of.__func__
    monkeypatch.setattr(OwnPins, "of", classmethod(lambda cls, *rest: made.append(of(cls, *rest)) or made[0]))
    run = start(folder=folder)
    run.wait_for(lambda: run.core.online == {"here"})
    first = made[0]._process
    os.kill(first.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    run.wait_for(lambda: made[0]._process is not first and run.core.online == {"here"})
    second = made[0]._process
    run.end()
    assert second.poll() is not None  # nothing is left


def test_elsewhere_the_pins_are_played(start, folder, monkeypatch):
    monkeypatch.delenv("GPIOZERO_PIN_FACTORY", raising=False)
    run = start(folder=folder)
    assert set(run.core.boards.boards) == {"here"}
    run.wait_for(lambda: run.core.online == {"here"})
    run.end()


def nothing(manifest, board):
    return {}


@pytest.mark.parametrize(("here", "wish"), [("", "real"), ("Raspberry Pi 4 Model B Rev 1.5", "auto")])
def test_real_pins_of_another_computer_are_refused_in_words(folder, monkeypatch, here, wish):
    monkeypatch.delenv("GPIOZERO_PIN_FACTORY", raising=False)
    monkeypatch.setattr(pi, "model", lambda: here)
    with pytest.raises(ConfigError, match="Raspberry Pi 5"):
        OwnPins.of(project.load(folder), wish, nothing, folder)


def test_pins_that_cannot_be_had_say_why(folder, monkeypatch):
    monkeypatch.delenv("GPIOZERO_PIN_FACTORY", raising=False)
    monkeypatch.setattr(pi, "model", lambda: "Raspberry Pi 5 Model B Rev 1.0")
    pins = OwnPins.of(project.load(folder), "auto", nothing, folder)
    with pytest.raises(BoardError, match="lgpio"):  # which this computer does not have
        pins.start()


@pytest.mark.parametrize("kind", ["rgb", "dht11", "oled", "potentiometer"])
def test_what_a_pi_cannot_do_is_refused_with_what_it_can(folder, kind):
    path = folder / "project.toml"
    path.write_text(path.read_text("utf-8").replace('kind = "led"', f'kind = "{kind}"'), "utf-8")
    with pytest.raises(ConfigError, match="servo"):
        project.load(folder)
