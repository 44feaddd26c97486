"""Help is in the user's language, and a narrow terminal cuts nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from gongzhi.cli import VERBS, made, verb_of
from gongzhi.cli.examples import EXAMPLES
from gongzhi.cli.help import in_our_words
from typer.main import get_command


def helped(*words, lang):
    env = {**os.environ, "GONGZHI_LANG": lang, "COLUMNS": "70", "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-P", "-m", "gongzhi", *words, "--help"]
    return subprocess.run(command, env=env, capture_output=True, encoding="utf-8", timeout=60, check=True).stdout


@pytest.mark.parametrize("words", [["run"], ["broker"]])
def test_nothing_is_cut_in_chinese(words):
    said = helped(*words, lang="zh")
    assert "选项" in said
    assert not re.search(r"… *│", said)


def test_the_language_of_the_command_line_is_that_of_the_help():
    assert "What to give it" in helped("--lang", "en", "run", lang="zh")
    assert "要给的" in helped("--lang=zh", "run", lang="en")


@pytest.mark.parametrize(
    ("words", "verb"),
    [
        (["journal", "list"], "journal"), (["--lang", "en", "run", "--help"], "run"), (["--lang=zh", "run"], "run"),
        (["--help", "run"], None), (["runn"], None), (["--version"], None), (["--lang"], None), ([], None),
    ],
)  # fmt: skip
def test_only_what_is_called_is_loaded_and_all_where_all_is_shown(words, verb):
    assert verb_of(words) == verb


def test_each_verb_can_be_had_alone():
    assert list(get_command(made()).commands) == list(VERBS)
    assert [list(get_command(made(verb)).commands) for verb in VERBS] == [[verb] for verb in VERBS]


def commands(command, *words):
    for name, one in getattr(command, "commands", {}).items():
        yield (*words, name), one
        yield from commands(one, *words, name)


def test_each_command_shows_examples_that_it_takes():
    known = dict(commands(get_command(made())))
    wanted = {" ".join(words) for words in known if words[0] != "bench"} | {"bench"}
    assert wanted == set(EXAMPLES)
    assert [words for words, one in known.items() if words[0] != "bench" and "gongzhi " not in one.epilog] == []
    for line in {line for lines in EXAMPLES.values() for line in lines}:
        words = line.split()
        deep = 2 if tuple(words[:2]) in known else 1
        known[tuple(words[:deep])].make_context("gongzhi", words[deep:])


def test_the_examples_are_shown_a_line_each():
    assert re.search(r"例子：\s+gongzhi new --list\s+gongzhi new 我的作品 --template", helped("new", lang="zh"))
    assert "gongzhi board wiring my_piece --svg wiring.svg" in helped("board", "wiring", lang="en")


@pytest.mark.parametrize(
    ("said", "zh"),
    [
        ("No such command 'runn'. Did you mean 'run'?", "没有“runn”这个命令。是不是 run？"),
        ("No such option: --caera (Possible options: --camera)", "没有 --caera 这个选项。是不是 --camera？"),
        ("No such option: --caera", "没有 --caera 这个选项。"),
        (
            "Invalid value for '--seconds': Input should be greater than or equal to 0.1",
            "--seconds 的值不对：不能小于 0.1。",
        ),
        ("something new", "something new"),
    ],
)
def test_a_sentence_of_typers_is_said_in_chinese(monkeypatch, said, zh):
    monkeypatch.setenv("GONGZHI_LANG", "zh")
    assert in_our_words(said) == zh


@pytest.mark.parametrize("words", [["runn"], ["run", "x", "--port", "abc"]])
def test_a_wrong_command_line_is_answered_in_chinese_alone(words):
    env = {**os.environ, "GONGZHI_LANG": "zh", "COLUMNS": "100", "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-P", "-m", "gongzhi", *words]
    done = subprocess.run(command, env=env, capture_output=True, encoding="utf-8", timeout=60, check=False)
    assert done.returncode == 2
    # What is left in English are names: of commands, of options, of what stands for a value.
    assert set(re.findall(r"\b[A-Z]?[a-z]+\b", done.stderr)) <= {"gongzhi", "run", "runn", "folder", "port", "h"}
