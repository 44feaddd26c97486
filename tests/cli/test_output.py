"""What a command says: messages on standard error in one piece, one line of JSON on standard output."""

import json

from gongzhi.cli.output import print_json, say


def test_a_long_path_stays_in_one_piece_and_brackets_are_no_markup(capsys):
    path = "/very/long" * 30 + "/[bold]x"
    say(f"The file {path} does not exist.", "bold red")
    said = capsys.readouterr()
    assert said.err == f"The file {path} does not exist.\n"
    assert said.out == ""


def test_a_hint_names_the_command_as_this_one_was_called(capsys, monkeypatch):
    hint = "Do it: gongzhi board find, or gongzhi run X (/x/gongzhi run, import gongzhi, gongzhi-gate01)."
    say(hint)
    assert capsys.readouterr().err == f"{hint}\n"
    monkeypatch.setenv("GONGZHI_CALLED", r"py tools\dev.py run --")
    say(hint)
    dev = r"py tools\dev.py run --"
    assert capsys.readouterr().err == (
        f"Do it: {dev} board find, or {dev} run X (/x/gongzhi run, import gongzhi, gongzhi-gate01).\n"
    )


def test_figures_are_one_line(capsys):
    print_json({"a": [1, None], "b": "共智\n"})
    said = capsys.readouterr()
    assert json.loads(said.out) == {"a": [1, None], "b": "共智\n"}
    assert said.out.count("\n") == 1
    assert said.err == ""
