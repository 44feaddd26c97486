"""What is taught waits apart, is measured on what nothing learns from, and comes and goes byte for byte."""

from __future__ import annotations

import errno
import json
import shutil
import subprocess
import sys

import pytest
from gongzhi.actions import Source
from gongzhi.errors import DataError
from gongzhi.learn import dataset, golden
from gongzhi.learn.windows import divide
from gongzhi.learn.workflow import prepare
from gongzhi.teach import lesson
from gongzhi.teach.classroom import Classroom
from gongzhi.teach.lesson import Effect, Outcome
from gongzhi.teach.picture import picture
from gongzhi.teach.quarantine import Quarantine
from gongzhi.teach.versions import Versions


def everything(folder):
    """The data set as anything that learns from it sees it."""
    return {path.name: path.read_bytes() for path in [folder / "model.tflite", *folder.glob("recordings/*")]}


def test_the_golden_set_is_whole_persons_and_nothing_learns_from_it(folder):
    data = dataset.load(folder)
    apart = golden.recordings(data)
    assert len({each.head.person for each in apart}) == 1
    assert {each.head.label for each in apart} == set(data.about.labels)
    assert not {each.head.person for each in apart} & {each.head.person for each in data.recordings()}
    _, parts = prepare(data)
    assert len(set(parts["test"].group.tolist())) == len(apart), "it is the test"
    names = [each.name for each in apart]
    golden.move(data, names, back=True)
    assert golden.paths(data) == []
    assert set(names) <= {each.name for each in data.recordings()}


def test_too_little_for_a_golden_set_is_said(folder):
    data = dataset.load(folder)
    for path in data.paths[1:]:
        path.unlink()
    with pytest.raises(DataError, match="golden set"):
        golden.choose(data)


def test_a_sample_in_quarantine_is_in_nothing_that_learns(folder, teach):
    before, split = everything(folder), divide(dataset.load(folder).recordings())
    sample = teach(Quarantine(folder), "deer_run")
    assert everything(folder) == before
    assert divide(dataset.load(folder).recordings()) == split
    assert [note.sample for note in Quarantine(folder).notes()] == [sample]
    assert not list((folder / "quarantine").glob("*.jp*g"))


def test_half_a_sample_does_not_count_and_a_broken_note_is_named(folder, teach):
    sample = teach(Quarantine(folder), "deer_run")
    (folder / "quarantine" / f"{sample}.jsonl").unlink()
    assert Quarantine(folder).notes() == []
    teach(Quarantine(folder), "deer_run")
    (folder / "quarantine" / f"{sample}.json").write_bytes(b"{")
    with pytest.raises(DataError, match=sample):
        Quarantine(folder).notes()


@pytest.mark.parametrize("version", ["../../elsewhere", "/tmp/elsewhere", "0123456789abcdef\n"])
def test_a_version_that_is_no_digest_names_no_file(folder, version):
    """Whoever is given a project is given its lesson and its log, too."""
    outcome = {"version": version, "base": Versions(folder, folder / "model.tflite").current(), "samples": [],
               "effects": []}  # fmt: skip
    (folder / "lesson").mkdir()
    (folder / "lesson" / "lesson.json").write_text(json.dumps(outcome))
    assert lesson.load(folder) is None
    (folder / "versions").mkdir()
    (folder / "versions" / "log.json").write_text(
        json.dumps([{"before": version, "version": outcome["base"], "notes": []}])
    )
    with pytest.raises(DataError, match=r"log\.json"):
        Versions(folder, folder / "model.tflite").log()


def test_a_good_lesson_is_measured_promoted_and_taken_back_byte_for_byte(folder, teach):
    versions, quarantine = Versions(folder, folder / "model.tflite"), Quarantine(folder)
    before, old = everything(folder), versions.current()
    sample = teach(quarantine, "ape_pick")
    outcome = lesson.measure(dataset.load(folder), folder / "model.tflite", quarantine.notes())
    assert everything(folder) == before, "measuring changes nothing"
    assert (outcome.base, outcome.ok, outcome.fresh) == (old, True, False)
    assert {one.label for one in outcome.effects} == set(dataset.load(folder).about.labels)
    assert lesson.load(folder) == outcome
    assert picture(outcome).count("<rect") == 1 + 2 * len(outcome.effects)

    versions.promote(outcome.version, [sample], lesson.trained(folder))
    assert versions.current() == outcome.version != old
    assert quarantine.notes() == []
    assert "ape_pick" in dataset.load(folder).about.labels
    assert [step.version for step in versions.steps()] == [outcome.version]

    versions.back()
    assert versions.current() == old
    assert everything(folder) == before
    assert [note.sample for note in quarantine.notes()] == [sample]
    assert "ape_pick" not in dataset.load(folder).about.labels
    with pytest.raises(DataError, match="go back"):
        versions.back()


def test_case_22_wrong_labels_are_found_by_the_golden_set(folder, teach):
    quarantine = Quarantine(folder)
    for seed in range(40, 52):
        teach(quarantine, "deer_run", seed, label="bird_fly")
    outcome = lesson.measure(dataset.load(folder), folder / "model.tflite", quarantine.notes())
    deer = next(one for one in outcome.effects if one.label == "deer_run")
    assert deer.worse
    assert not outcome.ok
    said = [text.format(**values) for text, values in lesson.words(outcome)]
    assert any("“deer_run” has become worse" in line for line in said)


def test_where_the_nearest_recording_judges_the_version_is_the_recordings(folder, teach):
    versions, quarantine = Versions(folder, None), Quarantine(folder)
    old, sample = versions.current(), teach(quarantine, "deer_run")
    outcome = lesson.measure(dataset.load(folder), None, quarantine.notes())
    versions.promote(outcome.version, [sample], None)
    assert versions.current() == outcome.version != old
    teach(quarantine, "deer_run")
    with pytest.raises(DataError, match="taught before"):  # or it would count twice, and nothing led back
        lesson.measure(dataset.load(folder), None, quarantine.notes())
    quarantine.forget(sample)
    versions.back()
    assert versions.current() == old


def test_a_model_that_may_have_seen_the_golden_set_is_not_the_measure(folder, teach):
    (folder / "model.json").unlink()
    teach(Quarantine(folder), "deer_run")
    outcome = lesson.measure(dataset.load(folder), folder / "model.tflite", Quarantine(folder).notes())
    assert outcome.fresh


def test_in_a_process_of_its_own_it_says_how_it_goes_or_why_not(folder, teach):
    command = [sys.executable, "-m", "gongzhi.teach.lesson", str(folder), str(folder / "model.tflite")]
    nothing = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert nothing.returncode == 2
    assert "quarantine" in json.loads(nothing.stdout)["fault"]["en"]
    teach(Quarantine(folder), "deer_run")
    lines = subprocess.run(command, capture_output=True, check=True, timeout=120).stdout.splitlines()
    assert json.loads(lines[0])["round"] == 1
    assert json.loads(lines[-1])["done"]["ok"] is True


@pytest.mark.parametrize(
    ("before", "after", "windows", "worse"),
    [(50, 49, 50, False), (50, 48, 50, True), (100, 98, 100, False), (100, 97, 100, True), (3, 2, 10, True)],
)
def test_case_22_two_points_in_one_label_are_the_most(before, after, windows, worse):
    one = Effect(label="a", windows=windows, recordings=1, before=before, after=after)
    other = Effect(label="b", windows=windows, recordings=1, before=0, after=windows)
    assert one.worse is worse
    assert Outcome(version="v", base="b", samples=["s"], effects=[one, other]).ok is not worse


def test_a_new_label_has_nothing_to_lose_and_nothing_measured_is_no_success():
    new = Effect(label="a", windows=10, recordings=1, before=0, after=0, new=True)
    assert not new.worse
    assert not Outcome(version="v", base="b", samples=["s"], effects=[]).ok


def test_a_disk_without_room_for_a_scripts_copy_is_named(folder, tmp_path, monkeypatch):
    def full(*_, **_more):
        raise OSError(errno.ENOSPC, "No space left on device")

    room = Classroom("forms", Source(folder / "model.tflite", False, {}), folder)
    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(DataError, match="No space left on device"):
        room.copied(tmp_path / "copy")
