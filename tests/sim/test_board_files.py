"""What lies on a virtual board, on both bodies: its firmware, its configuration, its own files, its identity."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest
from gongzhi.errors import BoardError, ConfigError
from gongzhi.sim.board import VirtualBoard
from gongzhi.sim.board_files import Lock


def test_a_board_keeps_its_identity_and_no_two_have_the_same(board, tmp_path):
    program = "import machine, network\nprint('id', machine.unique_id() == network.WLAN(0).config('mac'), end=' ')\n"
    program += "print(''.join('%02x' % b for b in machine.unique_id()))"
    said = []
    for folder in ("a", "a", "b"):
        one = board(program, state_dir=tmp_path / folder)
        said.append(one.said("id True"))
        one.stop()
    assert said[0] == said[1] != said[2]
    assert said[0].startswith("id True 240ac4")


def test_an_update_changes_the_firmware_and_keeps_the_boards_own_files(board, tmp_path):
    show = (
        "import os, json\n"
        "def show(name):\n    try:\n        with open(name) as f:\n            print(name, f.read())\n"
        "    except OSError:\n        print(name, 'is not there')\n"
        "for name in ('config.json', 'own.txt', 'node/a.py', 'node/b.py'):\n    show(name)\nprint('shown')\n"
    )
    first = {
        "main.py": (show + "with open('own.txt', 'w') as f:\n    f.write('mine')\n").encode(),
        "node/a.py": b"A1",
        "node/b.py": b"B1",
    }
    one = board(first, {"v": 1})
    one.event_of("ended", error="")
    assert [line for line in one.console if "not there" in line] == ["own.txt is not there"]
    one.said('config.json {"v":1}')
    one.stop()
    # The board changes its configuration itself; the host gives the same one as before.
    second = {
        "main.py": (show + "with open('config.json', 'w') as f:\n    f.write('board')\n").encode(),
        "node/a.py": b"A2",
    }
    one = board(second, {"v": 1})
    one.event_of("ended", error="")
    assert one.console[:5] == ['config.json {"v":1}', "own.txt mine", "node/a.py A2", "node/b.py is not there", "shown"]
    one.reset()
    one.event_of("ended", 1)
    one.said("config.json board")
    one.stop()
    one = board(second, None)
    one.event_of("ended")
    one.said("config.json board")
    one.stop()
    one = board(second, {"v": 2})
    one.said('config.json {"v":2}')
    one.said("own.txt mine")


def test_a_folder_can_be_installed_and_its_packages_imported(board, tmp_path):
    source = tmp_path / "source"
    (source / "node" / "__pycache__").mkdir(parents=True)
    (source / "node" / "__pycache__" / "x.pyc").write_bytes(b"x")
    (source / "node" / "__init__.py").write_text("V = 3")
    (source / "node" / "wire.py").write_text("from node import V\ntext = '共智'\n", encoding="utf-8")
    (source / "main.py").write_text(
        "from node import wire\nimport os\nprint('v', wire.V, wire.text, os.listdir('node'))"
    )
    one = board(source)
    line = one.said("v 3 共智")
    assert "__pycache__" not in line.replace("'__pycache__'", "" if one.body == "cpython" else "__pycache__")


def test_nothing_of_the_host_is_on_the_board(board):
    one = board(
        "import sys\n"
        "for name in ('gongzhi', 'numpy', 'msgspec', 'hardware', '_gongzhi_chip.nothing'):\n"
        "    try:\n        __import__(name)\n        print('leak', name)\n    except ImportError:\n        pass\n"
        "print('path', [p for p in sys.path if 'site-packages' in p])\n"
    )
    one.event_of("ended", error="")
    assert one.console[0] == "path []"


def test_two_boards_cannot_share_a_state(board, tmp_path):
    one = board("")
    with pytest.raises(BoardError, match="runs already"):
        board("", state_dir=one.state_dir)
    one.stop()
    board("", state_dir=one.state_dir)


def test_paths_that_leave_the_board_and_unknown_types_are_refused(board, tmp_path):
    for path in ("/etc/passwd", "../x", "a/../../x", "", "a\nb"):
        with pytest.raises(ValueError, match="is not a path on a board"):
            board({path: b""})
    with pytest.raises(ConfigError, match="no-such-board"):
        VirtualBoard("no-such-board", {}, state_dir=tmp_path)


def test_a_full_disk_is_said_and_the_state_is_free_again(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    one = VirtualBoard("esp32-devkitc", {"main.py": b""}, state_dir=tmp_path)
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(BoardError, match="cannot be kept on disk"):
        one.start()
    lock = Lock(tmp_path / "lock")
    lock.take()
    lock.give_back()


def test_files_that_a_program_leaves_open_are_closed_by_the_collector_and_nothing_breaks(board):
    one = board(
        "import os\n"
        "for i in range(200):\n"
        "    f = open('x%d' % (i % 7), 'w')\n    f.write('hello' * (i % 150))\n"
        "    g = open('x%d' % (i * 3 % 7), 'a')\n    g.write('a')\n    os.listdir()\n"
        "f = g = None\nimport gc\ngc.collect()\nprint('sizes', *[os.stat('x%d' % i)[6] for i in range(7)])\n"
    )
    one.said("sizes ")
    one.event_of("ended", error="")


def test_the_configuration_is_what_the_host_gave(board):
    config = {"v": 1, "name": "门", "parts": [{"ch": "gate", "pin": 18}]}
    one = board("import json\nwith open('config.json') as f:\n    print('got', json.dumps(json.load(f)))\n", config)
    assert json.loads(one.said("got")[4:]) == config
