"""What a project or a contest judges by is changed by one rule everywhere: measured first, or said, or not at all."""

import shutil
from dataclasses import replace

import pytest
from gongzhi import paths
from gongzhi.actions import Actions, Source
from gongzhi.cli import app
from gongzhi.errors import ConfigError, DataError
from gongzhi.learn import dataset, golden
from gongzhi.learn.files import encode, read
from gongzhi.project import load
from gongzhi.runtime.subjects import subjects
from gongzhi.teach.judging import judged, judges
from gongzhi.teach.quarantine import TERMINAL, Note, Quarantine, sample_of
from msgspec import structs
from typer.testing import CliRunner

EXAMPLES = paths.share("examples")


@pytest.fixture
def folder(tmp_path):
    """The data set by whose nearest recording a project judges; no golden set yet."""
    return shutil.copytree(EXAMPLES / "03_train_my_gestures", tmp_path / "project") / "data"


@pytest.fixture
def new(folder, tmp_path):
    """A recording of another data set."""
    one = dataset.load(folder).people()[0]
    path = tmp_path / "new.jsonl"
    path.write_bytes(encode(one).replace(b'"t":0.0,', b'"t":-0.01,', 1))
    return path


def data(*words):
    done = CliRunner().invoke(app, ["data", *map(str, words)])
    said = "".join(str(done.exception.text("en") if isinstance(done.exception, DataError) else done.output).split())
    return done.exit_code, said


def stand(folder):
    """All that judges, as bytes."""
    return {path.name: path.read_bytes() for path in (folder / "recordings").iterdir()}


def test_without_a_golden_set_each_way_counts_at_once_and_says_so(folder, new):
    before = stand(folder)
    for words in (["import", new, "--to", folder], ["relabel", folder, "new", "wave"], ["undo", folder, "new"]):
        code, said = data(*words)
        assert code == 0, said
        assert "countsatonce" in said
    assert stand(folder) == before


def test_with_a_golden_set_what_is_new_waits_and_what_counts_stays(folder, new):
    code, said = data("golden", folder)
    assert "waitinquarantine" in said
    assert "gongzhitrain" not in said, "the nearest recording judges: nothing is trained"
    before = stand(folder)
    code, said = data("import", new, "--to", folder)
    assert code == 0, said
    assert "waitinquarantine" in said
    (note,) = Quarantine(folder).notes()
    assert note.seat == TERMINAL
    for words in (["relabel", folder, next(iter(before)).split(".")[0], "wave"], ["undo", folder, "rest-p01"]):
        code, said = data(*words)
        assert code != 0
        assert "whatcountsstaysasitis" in said
    code, said = data("undo", folder)
    assert (code, note.sample in said) == (0, True)
    assert Quarantine(folder).notes() == []
    data("import", new, "--to", folder)
    assert data("undo", folder, "--import")[0] == 0
    assert Quarantine(folder).notes() == []
    assert (folder / "removed" / f"{note.sample}.jsonl").is_file()
    assert data("undo", folder)[0] != 0, "nothing waits any more, and what counts is not taken out instead"
    assert stand(folder) == before


def test_an_import_that_counts_stays_and_the_same_is_not_taught_twice(folder, new, tmp_path):
    data("import", new, "--to", folder)
    data("golden", folder, "rest-p01")
    assert "whatcountsstaysasitis" in data("undo", folder, "--import")[1]
    assert "couldbetaken" in data("import", new, "--to", folder)[1]
    other = tmp_path / "other.jsonl"
    other.write_bytes(new.read_bytes().replace(b'"t":-0.01,', b'"t":-0.02,', 1))
    sample = dataset.load(folder).looked_at(read(other))
    mine = Note(sample=sample_of(sample), label="wave", seat="human:owner#page", said="rest")
    Quarantine(folder).add(sample, mine)
    assert "couldbetaken" in data("import", other, "--to", folder)[1]
    assert Quarantine(folder).notes() == [mine]


def test_a_label_that_a_golden_recording_shows_stays(folder, tmp_path):
    one = dataset.load(folder).people()[0]
    (tmp_path / "in").mkdir()
    for name in ("a", "b"):
        head = structs.replace(one.head, label="new")
        (tmp_path / "in" / f"{name}.jsonl").write_bytes(encode(replace(one, head=head)))
    data("import", tmp_path / "in", "--to", folder)
    golden.move(dataset.load(folder), ["a"])
    (folder.parent / "project.toml").unlink()  # nothing judges by it
    assert data("undo", folder, "--import")[0] == 0
    assert "new" in dataset.load(folder).about.labels


def test_what_a_coach_was_taught_is_judged_by_and_of_two_sensors_each_has_its_own_table(tmp_path):
    taught = load(EXAMPLES / "04_wuqinxi_coach").seen.taught
    one = judged(taught)
    assert (one.model, one.waits) == ("wuqinxi", True)
    both = Actions(sources={name: Source(tmp_path, True, {}, sensor=name) for name in ("left", "right")})
    assert [judges(both, tmp_path / "x" / "..", sensor) for sensor in ("left", "right", "")] == [
        "left",
        "right",
        "left",
    ]
    assert judges(both, tmp_path / "x") == ""


def test_the_page_and_the_command_line_ask_the_same(folder):
    manifest = load(folder.parent)
    assert judged(folder).model == judges(manifest.seen, manifest.folder / "data") == "gestures"
    assert subjects(manifest)[""].judges == ""  # it records into my_data


def test_a_fault_in_project_toml_opens_nothing(folder):
    toml = folder.parent / "project.toml"
    text = toml.read_text(encoding="utf-8")
    for faulty in ("not a project", text + "\n[nonsense]\n"):
        toml.write_text(faulty, encoding="utf-8")
        golden.move(dataset.load(folder), ["rest-p01"])
        with pytest.raises(ConfigError):
            judged(folder)
        golden.move(dataset.load(folder), ["rest-p01"], back=True)
    one = judged(folder)
    assert (one.model, one.waits) == ("gestures", False)
    toml.write_text(text.replace("[project]", "[project]\nexhibition = true", 1) + "\n[nonsense]\n", encoding="utf-8")
    with pytest.raises(DataError, match="shown to visitors"):
        judged(folder)


def test_what_judges_lies_in_the_project(folder, tmp_path):
    folder.rename(tmp_path / "shared")
    toml = folder.parent / "project.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace('data = "data"', 'data = "../shared"'), encoding="utf-8")
    with pytest.raises(ConfigError, match="does not lie in the project"):
        load(folder.parent)


def test_a_golden_set_is_dissolved_whole_or_not_at_all(folder):
    code, said = data("golden", folder, "rest-p01", "wave-p01")
    assert "judgesbythese2recordingsnomore" in said
    before = stand(folder)
    for words in (["wave-p02"], ["--back", "rest-p01"], ["rest-p02", "--back"]):
        assert "whatcountsstaysasitis" in data("golden", folder, *words)[1], words
    assert data("golden", folder)[0] == 0
    assert stand(folder) == before
    code, said = data("golden", folder, "--back", "--json")
    assert code == 0
    data("golden", folder, "rest-p01")
    said = data("golden", folder, "--back")[1]
    assert ("judgesbythese1recordings,too" in said, "quarantine" in said) == (True, False)


def test_nobody_changes_what_visitors_see_judged_or_a_contest_s_clips(folder, new, tmp_path):
    toml = folder.parent / "project.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("[project]", "[project]\nexhibition = true", 1), "utf-8")
    clips = tmp_path / "task" / "public" / "visible"
    shutil.copytree(folder, clips)
    for each in (clips.parent, clips.parent.parent):
        (each / "challenge.toml").write_text("")
    before = stand(folder), stand(clips)
    hidden = tmp_path / "task" / "hidden"
    for at, why in (
        (folder, "shown to visitors"),
        (clips, "test of a contest"),
        (hidden, "test of a contest"),
    ):
        with pytest.raises(DataError, match=why):
            judged(at)
    for words in (["import", new, "--to", clips], ["record", clips, "wave"], ["undo", clips], ["golden", clips],
                  ["relabel", clips, "rest-p01", "wave"], ["convert", clips, "--to", "parquet"]):  # fmt: skip
        assert "testofacontest" in data(*words)[1], words
    assert (stand(folder), stand(clips)) == before
