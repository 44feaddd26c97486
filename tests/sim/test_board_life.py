"""How a virtual board begins, ends, is reset and remembers, on both bodies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from gongzhi.errors import BoardError
from gongzhi.sim import board_body, board_forks
from gongzhi.sim.device import _layout as lay
from gongzhi_test_boards import NODE

# Says why it booted; then does what the test asks for, once.
CAUSE = "import machine\nprint('cause', machine.reset_cause())\n"
ONCE = CAUSE + "if machine.reset_cause() == machine.PWRON_RESET:\n"
# Kills the process itself, as a fault in the interpreter would.
CRASH = """
    try:
        import ctypes
        ctypes.string_at(0)
    except ImportError:
        import uctypes
        uctypes.bytearray_at(0, 1)[0]
"""


@pytest.fixture(params=["forked", "fresh"])
def way(request, monkeypatch):
    """Each way to a process: a fork of one that has loaded everything, where there is such a thing, or a new one."""
    if request.param == "fresh":
        monkeypatch.setattr(board_forks, "possible", lambda: False)
    elif not board_forks.possible():
        pytest.skip("this system cannot fork")
    return request.param


def gone(pid: int) -> bool:
    """True if there is no such process (any more)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def until(state, seconds=20.0):
    """Wait for a state of the system that nobody tells us of."""
    end = time.monotonic() + seconds
    while not state():
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.mark.parametrize(
    ("act", "name", "cause"),
    [
        ("machine.reset()", "reset", 2),
        ("machine.WDT(timeout=50)\n    while True: pass", "watchdog", 3),
        ("import time\n    w = machine.WDT(timeout=300)\n    time.sleep(5)", "watchdog", 3),
        ("machine.deepsleep(20)", "deepsleep", 4),
        ("machine.soft_reset()", "soft", 5),
        ("raise SystemExit", "soft", 5),
    ],
)
def test_a_board_starts_again_and_knows_why(board, act, name, cause):
    one = board(f"{ONCE}    print('now')\n    {act}\n    print('never')\n")
    one.said(f"cause {cause}")
    end = one.event_of("exit")
    assert (end.data["cause"], end.data["detail"]) == (name, "")
    assert one.boots == 2
    assert "never" not in "".join(one.console)
    assert one.console[:2] == ["cause 1", "now"]


def test_deep_sleep_ends_by_time_and_keeps_rtc_memory_only(board):
    one = board(
        CAUSE + "r = machine.RTC()\nprint('rtc', r.memory())\n"
        "if machine.reset_cause() == machine.PWRON_RESET:\n    machine.Pin(2, machine.Pin.OUT, value=1)\n"
        "    r.memory(b'kept')\n    machine.deepsleep(60)\nmachine.deepsleep()\n"
    )
    one.edge(2, "level", 1)
    end = one.event_of("exit", cause="deepsleep")
    assert end.data["wait"] == pytest.approx(0.06)
    assert one.edge(2, "level", 0).by == "reset", "nothing is driven while it sleeps"
    one.said("rtc b'kept'")
    assert one.short_lives == 0, "to sleep is no fault"
    one.event_of("exit", 1, cause="deepsleep")  # without a time: until somebody takes the power
    assert one.pid is None
    one.reset()
    one.until(lambda: one.console.count("rtc b''") == 2)
    assert [line for line in one.console if "cause" in line][:3] == ["cause 1", "cause 4", "cause 1"]


@pytest.mark.parametrize(
    ("act", "name"),
    [
        ("import machine\n    machine.reset()", "hard"),
        ("import machine\n    machine.WDT(timeout=50)\n    while True: pass", "watchdog"),
        ("import machine\n    machine.deepsleep(20)", "sleep"),
        ("import machine\n    machine.soft_reset()", "soft"),
        (CRASH.strip(), "hard"),
    ],
)
def test_the_node_names_each_cause_of_a_start(board, act, name):
    needed = ("__init__.py", "wire.py", "ports/__init__.py", "ports/upy.py", "ports/cpython.py", "ports/esp32.py")
    files = {f"gongzhi_node/{path}": (NODE / path).read_bytes() for path in needed}
    main = f"from gongzhi_node.ports.esp32 import cause\nprint('why', cause())\nif cause() == 'power':\n    {act}\n"
    one = board(files | {"main.py": main.encode()})
    one.said(f"why {name}")
    one.event_of("ended", error="")


def test_a_crash_is_a_hard_reset_that_says_what_happened(board, way):
    one = board(ONCE + "    print('last words')\n" + CRASH)
    one.said("cause 2")
    end = one.event_of("exit", cause="crash")
    assert end.data["code"] == -signal.SIGSEGV


def test_a_fault_of_the_simulated_hardware_ends_the_board_which_starts_again(board):
    one = board(CAUSE + "import time\nwhile True:\n    time.sleep(0.01)\n")
    one.said("cause 1")
    one._life.send(lay.DRIVE, b"")  # no host sends it
    assert "TypeError" in one.event_of("exit", cause="crash", code=1).data["detail"]
    one.said("cause 2")


def test_a_watchdog_that_is_fed_does_not_bite(board):
    one = board(
        CAUSE + "import time\nw = machine.WDT(timeout=500)\nfor _ in range(40):\n    time.sleep(0.02)\n    w.feed()\n"
        "print('alive')\nmachine.WDT(timeout=3600000)\n"
    )
    one.said("alive")
    assert one.boots == 1


def test_what_keeps_dying_is_started_more_and_more_slowly(board):
    one = board(CAUSE + "machine.reset()\n")
    waits = [one.event_of("exit", nth).data["wait"] for nth in range(4)]
    assert waits == pytest.approx([0.01, 0.02, 0.04, 0.08])
    assert one.short_lives >= 4
    count = one.boots
    one.reset()
    one.event_of("boot", 1, cause="power")
    one.until(lambda: one.boots > count + 1)
    assert one.console.count("cause 1") == 2
    assert one.short_lives < 4


def test_a_program_that_ends_or_fails_leaves_the_board_on(board):
    one = board({"boot.py": b"print('boot')\nx = 1\n", "main.py": b"print('main')\nraise KeyError('oh')\n"})
    assert "KeyError" in one.event_of("ended").data["error"]
    one.said("KeyError")
    assert [line for line in one.console if line in ("boot", "main")] == ["boot", "main"]
    assert one.boots == 1
    assert not gone(one.pid)


def test_a_power_cut_resets_all_but_the_flash(board, way):
    one = board(
        CAUSE + "import esp32\nr = machine.RTC()\nn = esp32.NVS('node')\nprint('rtc', r.memory())\n"
        "try:\n    print('nvs', n.get_i32('boots'))\nexcept OSError as e:\n    print('nvs', e)\n"
        "    n.set_i32('boots', -7)\n    n.set_blob('key', b'\\x00\\xff')\n    n.commit()\n"
        "    r.memory(b'kept')\n    machine.reset()\n"
        "b = bytearray(4)\nprint('blob', n.get_blob('key', b), b)\nmachine.Pin(2, machine.Pin.OUT, value=1)\n"
    )
    one.edge(2, "level", 1)
    one.said("rtc b'kept'")
    one.said("nvs -7")
    one.said("blob 2 bytearray(b'\\x00\\xff\\x00\\x00')")
    one.reset()
    assert one.edge(2, "level", 0).by == "reset"
    one.event_of("exit", cause="power")
    one.until(lambda: one.console.count("nvs -7") == 2)
    assert one.console.count("rtc b''") == 2
    one.event_of("boot", nth=1, cause="power")


def test_the_inputs_of_the_world_outlive_a_reset(board):
    one = board(
        ONCE + "    machine.reset()\nprint('pin', machine.Pin(4).value(), machine.ADC(34).read_uv())\n", start=0
    )
    one.drive(4, 1)
    one.adc(34, 500)
    one.start()
    one.said("pin 1 500000")


def test_much_output_neither_blocks_nor_is_lost(board):
    one = board("for i in range(1500):\n    print('%05d' % i, 'x' * 60)\nprint('共智 done')\n")
    one.said("共智 done")
    numbers = [int(line[:5]) for line in one.console if line[:5].isdigit()]
    assert numbers == list(range(numbers[0], 1500))
    assert len(one.console) <= 1001


def test_the_console_shows_an_unfinished_line(board, way):
    one = board("import time\nprint('no end', end='')\nwhile True:\n    time.sleep(1)\n")
    one.until(lambda: one.console == ["no end"])


def test_stop_leaves_no_process_and_is_quick(board, way):
    one = board("while True:\n    try:\n        while True: pass\n    except BaseException:\n        pass\n")
    pid = one.pid
    begun = time.monotonic()
    one.stop()
    assert time.monotonic() - begun < 1
    assert gone(pid)
    assert one.pid is None
    one.stop()
    one.start()
    assert not gone(one.pid)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for a group")
def test_the_terminals_ctrl_c_is_not_the_boards(board, way):
    one = board("import time\nprint('up')\nwhile True:\n    time.sleep(0.01)\n")
    one.said("up")
    assert os.getsid(one.pid) != os.getsid(0)
    os.kill(one.pid, signal.SIGINT)
    one.drive(4, 1)
    assert one.boots == 1
    assert not gone(one.pid)


def test_a_board_ends_with_its_host_however_that_ends(body, way, tmp_path):
    host = textwrap.dedent(f"""
        import sys, time
        from pathlib import Path
        from gongzhi.sim import board_forks
        from gongzhi.sim.board import VirtualBoard
        if {way == "fresh"}:
            board_forks.possible = lambda: False
        files = {{"main.py": b"while True: pass"}}
        board = VirtualBoard("esp32-devkitc", files, state_dir=Path({str(tmp_path)!r}), body={body!r})
        board.start()
        print(board.pid, flush=True)
        time.sleep(600)
    """)
    with subprocess.Popen([sys.executable, "-c", host], stdout=subprocess.PIPE, text=True) as process:
        pid = int(process.stdout.readline())
        assert not gone(pid)
        process.kill()
        process.wait()
    until(lambda: gone(pid) or Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z")


def test_a_board_that_cannot_start_says_so(board, tmp_path, mocker):
    mocker.patch.object(board_forks, "possible", return_value=False)
    mocker.patch.object(board_body, "HERE", tmp_path / "nowhere")
    one = board("", start=False)
    with pytest.raises(BoardError, match=r"does not start: .*__main__\.py"):
        one.start()
    assert [event.kind for event in one.events] == ["exit", "exit", "exit", "dead"]
    mocker.stopall()
    one.start()


def test_a_listener_that_fails_does_not_end_the_board(board, caplog):
    one = board("from machine import Pin\nPin(2, Pin.OUT)\nprint('on')\nPin(5, Pin.OUT)\n", start=False)
    keep, one.on_edge = one.on_edge, lambda edge: 1 // 0 if edge.pin == 2 else keep(edge)
    one.start()
    one.edge(5, "mode", 3)
    assert "ZeroDivisionError" in caplog.text
