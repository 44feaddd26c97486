"""Help is in the user's language, and a narrow terminal cuts nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest


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
