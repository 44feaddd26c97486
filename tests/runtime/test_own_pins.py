"""A project whose board is the computer itself: the process of its pins, over a real broker."""

from __future__ import annotations

import io
import os
import signal

import pytest
from gongzhi import pi, project
from gongzhi.clock import ManualClock
from gongzhi.errors import BoardError, ConfigError
from gongzhi.runtime.face import Face
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


def test_a_process_that_is_killed_or_hangs_is_started_again_and_told(start, folder, mock, monkeypatch):
    made, shown = [], []
    of, notice = OwnPins.of.__func__, Face.notice
    monkeypatch.setattr(OwnPins, "of", classmethod(lambda cls, *rest: made.append(of(cls, *rest)) or made[0]))

    def noticed(face, id_, level, message, /, *, on=True, **values):
        notice(face, id_, level, message, on=on, **values)
        shown.extend([(str(values.get("why", "")), on)] if id_ == "pins" else [])

    monkeypatch.setattr(Face, "notice", noticed)
    run = start(folder=folder)
    pins = made[0]
    pins.clock = ManualClock(pins.clock.now())  # it stands still from here on, but for the test
    run.wait_for(lambda: run.core.online == {"here"})
    first = pins._process
    os.kill(first.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    run.wait_for(lambda: (len(shown), shown[-1:]) == (2, [("", False)]) and run.core.online == {"here"})
    assert "ended" in shown[0][0]
    second = pins._process
    assert second is not first
    if hasattr(signal, "SIGSTOP"):
        os.kill(second.pid, signal.SIGSTOP)
        config, pins._config = pins._config, b"nonsense\n"  # and it does not come back at the first try
        run.wait_for(lambda: len(shown) > 2 or not pins.clock.forward(5.5))
        run.wait_for(lambda: len(shown) > 3)
        assert shown[2] == ("it hangs", True)
        assert shown[3][0] == "it ended at once"
        pins._config = config
        run.wait_for(lambda: shown[-1] == ("", False) and run.core.online == {"here"})
        assert len(shown) == 5, "what goes on is told once"
    last = pins._process
    run.end()
    assert last.poll() is not None  # nothing is left


def test_a_runtime_that_stood_still_itself_does_not_take_the_pins_for_hanging(mocker):
    pins = OwnPins({"here"}, {}, None, ManualClock())
    pins._process = mocker.Mock(**{"poll.return_value": None})
    for _ in range(5):
        pins.clock.forward(60)  # the whole computer did; now both go on, and it is looked first
        assert pins._fault() is None
        pins._hear(mocker.Mock(stdout=io.BytesIO(b'{"alive": true}\n')))
    for _ in range(2):
        pins.clock.forward(60)
        assert pins._fault() is None
    pins.clock.forward(60)
    assert "hangs" in pins._fault().text("en")


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
