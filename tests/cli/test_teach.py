"""`gongzhi teach` and `gongzhi data golden`: measured, promoted with a record, taken back; refused with a reason."""

from __future__ import annotations

import json
import shutil

import pytest
from gongzhi import paths
from gongzhi.cli import app
from gongzhi.errors import DataError
from gongzhi.journal import Journal
from gongzhi.journal.book import open_book
from gongzhi.learn.files import read
from gongzhi.teach.quarantine import Note, Quarantine, sample_of
from typer.testing import CliRunner

EXAMPLE = paths.share("examples") / "12_gesture_lamp"


def run(*words, status=0):
    result = CliRunner().invoke(app, list(map(str, words)))
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == status, result.output
    return result.stdout


@pytest.fixture
def piece(tmp_path, monkeypatch):
    """The lamp in a folder of one's own, with a golden set and one more sample of a gesture in quarantine."""
    monkeypatch.setenv("GONGZHI_DATA", str(tmp_path / "home"))
    folder = shutil.copytree(EXAMPLE, tmp_path / "lamp")
    sample = read(folder / "data" / "recordings" / "one-hand-up-p01.jsonl")
    note = Note(sample=sample_of(sample), label="one hand up", seat="human:owner#page")
    Quarantine(folder / "data").add(sample, note)
    run("data", "golden", folder / "data")
    return folder


def test_a_golden_set_is_chosen_named_and_put_back(piece):
    apart = json.loads(run("data", "golden", piece / "data", "--json"))
    assert apart["moved"] == []
    assert len(apart["golden"]) >= 4
    assert json.loads(run("data", "golden", piece / "data", "--back", "--json"))["golden"] == []
    name = apart["golden"][0]
    assert json.loads(run("data", "golden", piece / "data", name, "--json"))["golden"] == [name]


def test_a_lesson_is_listed_measured_promoted_and_taken_back_each_with_a_record(piece, tmp_path):
    old = json.loads(run("teach", "list", piece, "--json"))
    assert [one["label"] for one in old["waiting"]] == ["one hand up"]
    with pytest.raises(DataError, match="no such sample or measured lesson"):
        run("teach", "promote", piece)
    assert json.loads(run("teach", "check", piece, "--json"))["ok"]
    assert (piece / "data" / "lesson" / "lesson.svg").read_text("utf-8").startswith("<svg")
    assert json.loads(run("teach", "list", piece, "--json"))["version"] == old["version"], "measuring changes nothing"
    run("teach", "promote", piece)
    new = json.loads(run("teach", "list", piece, "--json"))
    assert (new["waiting"], new["back"]) == ([], old["version"])
    run("teach", "rollback", piece)
    assert json.loads(run("teach", "list", piece, "--json"))["version"] == old["version"]
    book = open_book(tmp_path / "home" / "journal" / "lamp12")
    whys = [one.record.why for one in book.entries if one.record.to == "model"]
    assert [why for why in whys if why != "found"] == ["promoted", "rollback"]
    with pytest.raises(DataError, match="go back"):
        run("teach", "rollback", piece)


def test_a_sample_is_taken_out(piece):
    (one,) = json.loads(run("teach", "list", piece, "--json"))["waiting"]
    run("teach", "forget", piece, one["sample"])
    assert json.loads(run("teach", "list", piece, "--json"))["waiting"] == []
    with pytest.raises(DataError, match="no such sample"):
        run("teach", "forget", piece, one["sample"])


def test_while_the_project_runs_its_page_is_the_place(piece, tmp_path):
    folder = tmp_path / "home" / "journal" / "lamp12"
    with Journal.open(folder), pytest.raises(DataError, match="journal"):
        run("teach", "rollback", piece)


def test_a_project_without_a_model_says_what_it_needs(tmp_path):
    with pytest.raises(DataError, match=r"no model that could be taught\.\n.*model\.NAME"):
        run("teach", "list", paths.share("examples") / "01_hands_up_gate")
