"""A start that fails or is broken off, a run that goes wrong later: all that was there has ended, the fault is told."""

import asyncio
import contextlib
import shutil
import socket
import threading

import pytest
from gongzhi.camera.none import NoCamera
from gongzhi.clock import MonotonicClock
from gongzhi.errors import BoardError, BrokerError, CameraError, ConfigError, JournalError, PageError
from gongzhi.journal.files import Lock
from gongzhi.page import messages
from gongzhi.runtime import keeper, own_broker
from gongzhi.runtime import runtime as module
from gongzhi.runtime.options import Options
from gongzhi.runtime.runtime import Runtime
from gongzhi.stages.estimate import Choice, TruthEstimator

from tests.runtime.conftest import EXAMPLE, WAIT


class Camera:
    """A camera that never gives a picture."""

    live, dropped, trouble, description = True, 0, None, "test"

    def __init__(self):
        self._closed = threading.Event()

    @property
    def ended(self):
        return self._closed.is_set()

    def read(self, timeout):
        self._closed.wait(timeout)

    def close(self):
        self._closed.set()


class Estimator(TruthEstimator):
    closed = 0

    def close(self):
        self.closed += 1


class Parts:
    """A runtime, and what it made, to see that all of it has ended."""

    def __init__(self, tmp, monkeypatch, **options):
        self.camera, self.estimator = Camera(), Estimator()
        self.made, self.tmp = [], tmp
        for name in ("BrokerProcess", "Bus", "VirtualBoards", "Program"):
            self._remember(monkeypatch, name)
        self.runtime = Runtime(
            Options(EXAMPLE, camera="synthetic", journal=tmp / "journal", **{"browser": False, "port": 0, **options}),
            MonotonicClock(),
            camera=lambda: self.camera,
            estimator=lambda: Choice(self.estimator, None),
        )

    def _remember(self, monkeypatch, name):
        """Put in the real class's place one that is the same and notes each of its values."""
        place = {"Program": keeper, "BrokerProcess": own_broker}.get(name, module)
        whole, made = getattr(place, name), self.made

        class Remembered(whole):
            def __init__(self, *arguments, **options):
                super().__init__(*arguments, **options)
                made.append(self)

        Remembered.__name__ = name
        monkeypatch.setattr(place, name, Remembered)

    def of(self, name):
        return [one for one in self.made if type(one).__name__ == name]

    def run(self):
        asyncio.run(asyncio.wait_for(self.runtime.run(), WAIT))

    def all_ended(self):
        assert not any(broker.alive for broker in self.of("BrokerProcess"))
        assert not any(bus.connected for bus in self.of("Bus"))
        for boards in self.of("VirtualBoards"):
            assert [one.pid for one in boards.boards.values()] == [None] * len(boards.boards)
        for program in self.of("Program"):
            assert program._process.poll() is not None
        (self.tmp / "journal").mkdir(exist_ok=True)
        lock = Lock(self.tmp / "journal" / "lock")  # JournalError while somebody has it
        lock.release()
        assert [one.name for one in threading.enumerate() if one.name in ("pose", "program", "capture")] == []


@pytest.fixture
def parts(tmp_path, monkeypatch):
    return lambda **options: Parts(tmp_path, monkeypatch, **options)


def fails_with(error):
    def fail(*_, **__):
        raise error

    return fail


def test_a_camera_that_is_not_there_ends_broker_and_journal(parts):
    whole = parts()
    whole.runtime._open_camera = fails_with(CameraError("no camera"))
    with pytest.raises(CameraError, match="no camera"):
        whole.run()
    assert whole.of("BrokerProcess")
    whole.all_ended()


def test_a_journal_that_another_has_ends_the_broker(parts, tmp_path):
    whole = parts()
    (tmp_path / "journal").mkdir()
    other = Lock(tmp_path / "journal" / "lock")
    with pytest.raises(JournalError):
        whole.run()
    other.release()
    whole.all_ended()


def test_a_broker_that_does_not_start_leaves_nothing(parts, monkeypatch):
    whole = parts()
    monkeypatch.setattr(own_broker.BrokerProcess, "start", fails_with(BrokerError("no broker")))
    with pytest.raises(BrokerError, match="no broker"):
        whole.run()
    assert whole.made == []


def test_an_external_broker_that_is_not_there_ends_camera_and_journal(parts):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        whole = parts(broker=f"mqtt://127.0.0.1:{unused.getsockname()[1]}")
        with pytest.raises(BrokerError, match="No broker answers"):
            whole.run()
    assert whole.camera.ended
    assert whole.estimator.closed == 1
    whole.all_ended()


def test_boards_that_do_not_start_end_everything_before_them(parts, monkeypatch):
    whole = parts()
    monkeypatch.setattr("gongzhi.sim.board.VirtualBoard.start", fails_with(BoardError("no board")))
    with pytest.raises(BoardError, match="no board"):
        whole.run()
    assert whole.camera.ended
    whole.all_ended()


def test_a_taken_port_ends_everything_before_the_page(parts):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        whole = parts(port=taken.getsockname()[1])
        with pytest.raises(PageError, match="already in use"):
            whole.run()
    assert whole.of("VirtualBoards")
    assert whole.estimator.closed == 1
    whole.all_ended()


@pytest.mark.parametrize("where", ["BrokerProcess", "VirtualBoards"])
def test_ctrl_c_while_something_starts_ends_what_it_becomes(parts, monkeypatch, where):
    # The thread that starts it cannot be broken off: what it makes after the Ctrl-C must not stay.
    whole = parts(headless=True)
    begun, go_on = threading.Event(), threading.Event()
    cls = getattr(own_broker if where == "BrokerProcess" else module, where)
    start = cls.start

    def slow(*arguments, **options):
        begun.set()
        assert go_on.wait(WAIT)
        return start(*arguments, **options)

    monkeypatch.setattr(cls, "start", slow if where == "VirtualBoards" else staticmethod(slow))

    async def broken_off():
        task = asyncio.create_task(whole.runtime.run())
        await asyncio.to_thread(begun.wait, WAIT)
        task.cancel()
        await asyncio.sleep(0)
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(broken_off())
    assert whole.of(where)
    whole.all_ended()


@pytest.mark.parametrize("where", ["core", "timer", "task", "page"])
def test_a_defect_ends_the_run_with_its_words(parts, monkeypatch, where):
    # asyncio alone would log it, and the run would go on without its arbiter.
    whole = parts(headless=True)

    def begin(core):
        defect = fails_with(ZeroDivisionError(where))
        if where == "core":
            core.soon(defect)
        elif where == "timer":
            core.loop.resolve = defect
            core._later(0.0, core.happen, None)
        elif where == "page":
            core.happen = defect
            core.face.hub.on_message(messages.Stop())
        else:
            core.face.figures = defect

    if where == "task":
        monkeypatch.setattr(module, "_STATS_S", 0.01)
    whole.runtime._on_start = begin
    with pytest.raises(ZeroDivisionError, match=where):
        whole.run()
    whole.all_ended()


def test_a_frame_that_cannot_be_looked_at_ends_the_run(parts):
    whole = parts(headless=True)
    whole.camera.read = fails_with(ZeroDivisionError("eye"))
    with pytest.raises(ZeroDivisionError, match="eye"):
        whole.run()
    whole.all_ended()


def test_a_journal_that_is_full_from_the_start_is_said(parts, monkeypatch):
    whole = parts(headless=True, seconds=0.1)
    monkeypatch.setattr("gongzhi.journal.Journal._write", fails_with(OSError(28, "No space left on device")))
    said = []
    whole.runtime._on_start = lambda core: said.append(core.face.hub._kept["notice/journal"][0])
    whole.run()
    assert said[0]["on"] is True
    assert "磁盘满了" in said[0]["text"]["zh"]


@pytest.mark.parametrize(("said", "eyes"), [("", "none"), ("synthetic", "truth")])
def test_a_project_that_only_senses_says_so_itself_and_the_command_line_says_otherwise(tmp_path, said, eyes):
    folder = tmp_path / "piece"
    shutil.copytree(EXAMPLE, folder)
    toml = folder / "project.toml"
    toml.write_text(toml.read_text("utf-8") + '\n[camera]\nuse = "none"\n', "utf-8")
    runtime = Runtime(Options(folder, camera=said))
    with contextlib.closing(runtime._open_camera()) as camera:
        assert isinstance(camera, NoCamera) is (eyes == "none")


def test_a_board_with_buttons_only_keeps_nobody_waiting(parts, tmp_path):
    shutil.copytree(EXAMPLE, tmp_path / "p")
    with (tmp_path / "p" / "project.toml").open("a", encoding="utf-8") as file:
        file.write('\n[board.desk]\ntype = "esp32-devkitc"\n[part.bell2]\nkind = "button"\npin = 4\nboard = "desk"\n')
    text = (tmp_path / "p" / "project.toml").read_text("utf-8")
    for part in ("gate", "lamp", "bell", "button"):
        text = text.replace(f"[part.{part}]\n", f'[part.{part}]\nboard = "door"\n')
    (tmp_path / "p" / "project.toml").write_text(text, "utf-8")
    whole = Runtime(
        Options(tmp_path / "p", headless=True, journal=tmp_path / "journal", seconds=0.1),
        camera=Camera,
        estimator=lambda: Choice(TruthEstimator(), None),
    )
    ready = []

    async def never_too_late(core):
        await asyncio.wait_for(core.ready.wait(), WAIT)
        ready.append(True)

    whole._ready = never_too_late
    asyncio.run(whole.run())
    assert ready


@pytest.mark.parametrize("url", ["mqtts://h:x", "nonsense", "mqtt://h:x"])
def test_a_broker_that_cannot_be_is_refused_at_once(url):
    with pytest.raises((ConfigError, BrokerError)):
        Options(EXAMPLE, broker=url)
