"""`gongzhi board update`: which boards, which file; and virtual boards from the first question to the report."""

import io
import json
import re
import shutil

import pytest
from gongzhi import cli, paths
from gongzhi.board import room_key
from gongzhi.board.update import Outcome
from gongzhi.cli.update import report
from gongzhi.errors import BoardError
from gongzhi.text import Later
from rich.console import Console
from typer.testing import CliRunner

EXAMPLE = paths.share("examples") / "01_hands_up_gate"
RUN = CliRunner()


def said(*words):
    return RUN.invoke(cli.app, ["board", "update", "--project", str(EXAMPLE), *words])


def test_a_board_that_the_project_does_not_have():
    assert "no board “shed”" in str(said("--board", "shed").exception)


def test_several_boards_want_a_choice(tmp_path):
    shutil.copytree(EXAMPLE, tmp_path / "p")
    file = tmp_path / "p" / "project.toml"
    words = re.sub(r"(\[part\.\w+\])", r'\1\nboard = "door"', file.read_text("utf-8"))
    file.write_text(words + '\n[board.second]\ntype = "esp32-devkitc"\n', "utf-8")
    end = RUN.invoke(cli.app, ["board", "update", "--project", str(tmp_path / "p")])
    assert "several boards" in str(end.exception)


def test_what_is_no_image(tmp_path):
    end = said("--image", str(tmp_path / "none.bin"))
    assert "cannot be read" in str(end.exception)
    wrong = tmp_path / "x.bin"
    wrong.write_bytes(b"\xe9" + bytes(11) + b"\x63\0" + bytes(20))
    assert "no image" in str(said("--image", str(wrong)).exception)
    wrong.write_bytes(b"\xe9" + bytes(11) + b"\x09\0" + bytes(20))
    assert "not whole" in str(said("--image", str(wrong)).exception), "nothing is sent that no board could start"


def test_the_rooms_key_is_made_once_and_is_nobodys_business(tmp_path):
    key = room_key.room_key(tmp_path)
    assert key == room_key.room_key(tmp_path)
    assert len(key) == 32
    assert (tmp_path / "room.key").stat().st_mode & 0o077 == 0 or paths.os.name == "nt"
    assert room_key.board_key(key, "a") != room_key.board_key(key, "b")
    (tmp_path / "room.key").write_bytes(b"short")
    with pytest.raises(BoardError, match="damaged"):
        room_key.room_key(tmp_path)


def test_virtual_boards_are_updated_over_a_real_broker():
    end = said("--json")
    assert end.exit_code == 0, (end.exception, end.output)
    (door,) = json.loads(end.stdout.splitlines()[-1])
    assert door["ok"]
    assert door["text"] == "It has this program already."
    end = said("--again", "--no-wait", "--json")
    (door,) = json.loads(end.stdout.splitlines()[-1])
    assert door["ok"], door
    assert 0 < door["sent"] < 20000, "what the board has it does not fetch"


def test_the_report_names_a_board_as_people_know_it():
    said = Console(width=100, file=io.StringIO())
    said.print(report([Outcome("b07", True, Later("done", {}), "", 0, 0.0)], {"b07": "第 7 组"}))
    assert "b07 第 7 组" in said.file.getvalue()
