"""`gongzhi board` lists, shows and draws; pictures go to files, JSON alone to standard output."""

import json

import pytest
from gongzhi import paths
from gongzhi.board import types
from gongzhi.cli import board
from gongzhi.errors import ConfigError, GongzhiError
from typer.testing import CliRunner

run = CliRunner().invoke
EXAMPLE = paths.share("examples") / "01_hands_up_gate"


def test_list_gives_every_type_as_json():
    found = json.loads(run(board.app, ["list", "--json"]).stdout)
    assert [one["type"] for one in found] == types.known()
    assert {one["node"] for one in found} == {True, False}


def test_show_gives_the_pins_as_json():
    found = json.loads(run(board.app, ["show", "handpy-2", "--json"]).stdout)
    assert found["labels"]["P13"] == 18


@pytest.mark.parametrize("words", [["list"], ["show", "esp32-devkitc"], ["wiring", str(EXAMPLE)]])
def test_tables_go_to_standard_error(words):
    result = run(board.app, words)
    assert result.exit_code == 0
    assert result.stdout == ""


def test_show_draws_the_picture_that_is_in_the_folder(tmp_path):
    result = run(board.app, ["show", "esp32-devkitc", "--svg", str(tmp_path / "a.svg")])
    assert result.exit_code == 0
    kept = paths.share("boards") / "esp32-devkitc" / "board.svg"
    assert (tmp_path / "a.svg").read_bytes() == kept.read_bytes()


def test_the_wires_in_words_say_what_to_mind(monkeypatch):
    monkeypatch.setenv("GONGZHI_LANG", "en")
    said = run(board.app, ["wiring", str(EXAMPLE)]).stderr
    assert said.startswith("Unplug USB first")
    assert "gate: Never on 3V3." in said


def test_wiring_draws(tmp_path):
    result = run(board.app, ["wiring", str(EXAMPLE), "--svg", str(tmp_path / "w.svg")])
    assert result.exit_code == 0
    assert "220 Ω" in (tmp_path / "w.svg").read_text(encoding="utf-8")


def test_a_wrong_name_and_a_wrong_folder_are_errors(tmp_path):
    assert isinstance(run(board.app, ["show", "esp99"]).exception, ConfigError)
    (tmp_path / "file").write_text("")
    result = run(board.app, ["show", "esp32-devkitc", "--svg", str(tmp_path / "file" / "a.svg")])
    assert isinstance(result.exception, GongzhiError)
    assert "a.svg" in str(result.exception)


def test_font_writes_a_file_for_each_board_with_a_display(tmp_path):
    project = tmp_path / "p"
    project.mkdir()
    toml = '[project]\nid = "p1"\n[board.hand]\ntype = "handpy-2"\n[part.screen]\nkind = "oled"\ntexts = ["你好"]\n'
    (project / "project.toml").write_text(toml, encoding="utf-8")
    done = run(board.app, ["font", str(project), "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    data = (tmp_path / "hand" / "font.bin").read_bytes()
    assert data[:4] == b"GZF1"
    assert len(data) == 6 + 35 * (data[4] + 256 * data[5])
    (tmp_path / "taken").write_text("", encoding="utf-8")
    done = run(board.app, ["font", str(project), "--out", str(tmp_path / "taken")])
    assert isinstance(done.exception, ConfigError)
