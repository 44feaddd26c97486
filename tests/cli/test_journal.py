"""`gongzhi explain`, `replay` and `journal …` say what is in a journal, and what to do where there is none."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta

import pytest
from gongzhi.arbiter.recorded import begin, decide
from gongzhi.cli import app
from gongzhi.errors import ConfigError, JournalError
from gongzhi.journal import Journal
from gongzhi.stages.resolve import Answered, Online, Proposed, StopAll
from gongzhi.values import Answer, Proposal, Resource
from typer.testing import CliRunner

GATE = Resource("gate.angle", "door", "gate", "angle", "servo", 0, 180, 0, "°", "H2", "A2", {"en": "gate"})


def run(*words, status=0, **more):
    result = CliRunner().invoke(app, list(map(str, words)), **more)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == status, result.output
    return result.stdout


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two days with one decision each, as the only journal of this user."""
    monkeypatch.setenv("GONGZHI_DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "journal" / "gate01"
    for n in range(2):
        with Journal.open(folder, wall=datetime(2026, 11, 20 + n, 8, tzinfo=UTC)) as journal:
            arbiter = begin(journal, [GATE], 0.0)
            decide(arbiter, journal, Online("door", True, "s"), 0.0)
            decide(arbiter, journal, Proposed(Proposal("gate.angle", 90, "x", 0.9, {"en": "x"}, 1.0)), 1.0)
            card = next(reversed(arbiter.cases.values())).decision
            decide(arbiter, journal, Answered(Answer("reject", "human:owner#a", card.id, card.digest)), 2.0)
    return folder


def test_explain_finds_the_only_journal_and_three_depths(folder):
    one, two, three = (run("explain", "d-2", "--depth", n) for n in (1, 2, 3))
    assert one.splitlines()[1].startswith("I only asked, because the dial stands at A2.")
    assert two.startswith(one)
    assert three.startswith(two)
    assert '"dec":"d-2"' in three
    assert run("explain", "last") == run("explain", "2") == one


def test_explain_speaks_the_language_that_is_asked_for(folder):
    assert "我只是先问，因为旋钮拨在 A2。" in run("explain", "last", "--lang", "zh")
    with pytest.raises(ConfigError, match="fr"):
        run("explain", "last", "--lang", "fr")


def test_an_unknown_id_names_the_nearest(folder):
    with pytest.raises(JournalError, match="Near to it: d-2, d-1"):
        run("explain", "d-9")
    with pytest.raises(JournalError, match="Near to it"):
        run("explain", "gate")


def test_no_journal_several_journals_and_the_projects_own(tmp_path, folder, monkeypatch):
    with pytest.raises(JournalError, match="There is no journal in"):
        run("explain", "last", "--journal", tmp_path / "x")
    other = tmp_path / "journal" / "lamp02"
    with Journal.open(other):
        pass
    for one, when in ((folder, 1.8e9), (other, 1.9e9)):
        for file in one.glob("*.jsonl"):
            os.utime(file, (when, when))
    with pytest.raises(JournalError, match=r"lamp02 +2030-.*\n  gate01 +2027"):
        run("explain", "last")
    assert "d-2" in run("explain", "last", "--journal", "gate01")
    with pytest.raises(JournalError, match="No decision is recorded"):
        run("explain", "last", "--journal", other)
    (tmp_path / "project.toml").write_text('[project]\nid = "gate01"\n')
    assert "d-2" in run("explain", "last")
    assert "d-2" in run("explain", "last", "--journal", tmp_path)
    monkeypatch.setenv("GONGZHI_DATA", str(tmp_path / "empty"))
    (tmp_path / "project.toml").unlink()
    with pytest.raises(JournalError, match="gongzhi demo"):
        run("explain", "last")


def test_replay_is_the_same_bit_for_bit_and_tells_what_is_broken(folder):
    once = run("replay", folder, "--json")
    assert once == run("replay", folder, "--json")
    said = json.loads(once)
    assert (said["ok"], [one["end"] for one in said["decisions"]]) == (True, ["rejected", "rejected"])
    assert "The chain holds." in run("replay", folder)
    path = sorted(folder.glob("*.jsonl"))[1]
    path.write_bytes(path.read_bytes()[:-5])
    broken = json.loads(run("replay", folder, "--json", status=1))
    assert [(one["kind"], one["file"]) for one in broken["faults"]] == [("torn", path.name)]
    assert "half written" in run("replay", folder, status=1)
    assert "half written" in run("journal", "verify", status=1)


def test_list_and_stats(folder):
    assert [line.split()[0] for line in run("journal", "list").splitlines()] == ["d-1", "d-2"]
    said = json.loads(run("journal", "stats", "--json"))
    assert (said["days"], said["runs"], said["decisions"], said["ends"]) == (2, 2, 2, {"rejected": 2})
    assert said["bytes"] == sum(path.stat().st_size for path in folder.glob("*.jsonl"))
    assert f"Records: {said['records']}" in run("journal", "stats")


def test_export_by_the_files_name(folder, tmp_path):
    for name in ("a.csv", "a.jsonl"):
        run("journal", "export", "--out", tmp_path / name)
        assert b"human:owner#" not in (tmp_path / name).read_bytes()
    with pytest.raises(ConfigError, match="neither a table"):
        run("journal", "export", "--out", tmp_path / "a.txt")
    with pytest.raises(ConfigError, match="cannot be written"):
        run("journal", "export", "--out", tmp_path / "none" / "a.csv")


def test_erase_asks_first(folder):
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date()
    run("journal", "erase", "--before", tomorrow, input="n\n")
    assert len(list(folder.glob("????-??-??.jsonl"))) == 2
    run("journal", "erase", "--before", tomorrow, "--yes")
    assert [path.name for path in folder.glob("????-??-??.jsonl")] == ["2026-11-21.jsonl"]
    assert "Erased on purpose: 3 records of 1 days." in run("journal", "verify")
    run("journal", "erase", "--before", tomorrow)  # nothing left to ask about
    for wrong in ([], ["--before", "yesterday"]):
        with pytest.raises(ConfigError):
            run("journal", "erase", *wrong)


def test_a_folder_that_cannot_be_written_is_said(folder):
    (folder / "labels.jsonl").mkdir()
    with pytest.raises(JournalError, match="Nothing can be written"):
        run("journal", "label", "d-1", "right", "--alone", "do")


def test_label(folder):
    run("journal", "label", "d-1", "wrong", "--alone", "dont")
    assert json.loads((folder / "labels.jsonl").read_text())["right"] is False
    with pytest.raises(ConfigError, match="no judgement"):
        run("journal", "label", "d-1", "maybe")


def test_the_list_has_stops_and_other_deeds_between_the_decisions(tmp_path):
    lamp = Resource("lamp.level", "door", "lamp", "level", "led", 0, 1, 0, "", "H1", "A4", {"en": "lamp"})
    with Journal.open(tmp_path, wall=datetime(2026, 11, 20, 8, tzinfo=UTC)) as journal:
        arbiter = begin(journal, [GATE, lamp], 0.0, names={"gate.angle": {"zh": "大门", "en": "big gate"}})
        decide(arbiter, journal, Online("door", True, "s"), 0.0)
        decide(arbiter, journal, StopAll("human:visitor#1"), 1.0)
        decide(arbiter, journal, Answered(Answer("rearm", "human:teacher#1", resource="gate.angle")), 2.0)
        decide(arbiter, journal, Answered(Answer("dial", "human:visitor#2", resource="lamp.level", level="A1")), 3.0)
        decide(arbiter, journal, Proposed(Proposal("gate.angle", 90, "x", 0.9, {"en": "x"}, 4.0)), 4.0)
        decide(arbiter, journal, Online("door", False, why="link"), 5.0)
    said = run("journal", "list", "--journal", tmp_path).splitlines()
    deeds = ["stopped – a visitor (seat 1)", "allowed again – the teacher (seat 1)",
             "the dial was turned to A1 – a visitor (seat 2)"]  # fmt: skip
    assert all(line.endswith(deed) for line, deed in zip(said[:3], deeds, strict=True))
    assert "d-1" in said[3]
    assert said[4].endswith("the broker was lost, and every board with it – the board door")
    assert len(said) == 5
    assert "  big gate gate.angle  " in said[3], "people's word first, then the project's"
    chinese = run("journal", "list", "--journal", tmp_path, "--lang", "zh").splitlines()
    assert "  大门 gate.angle  " in chinese[3]
    assert "  big gate gate.angle  " in run("replay", tmp_path, "--lang", "en")
