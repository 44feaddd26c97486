"""What is copied, odd or labelled wrongly is found and named first; nothing else is suspected, and nothing changed."""

import dataclasses
import json
import shutil

import msgspec
import numpy as np
import pytest
from gongzhi import paths
from gongzhi.cli import app
from gongzhi.errors import DataError
from gongzhi.learn import changes, dataset
from gongzhi.learn.look import look
from gongzhi.learn.look_page import page
from typer.testing import CliRunner

DATA = paths.share("examples") / "03_train_my_gestures" / "data"
DRAWN = shutil.ignore_patterns("*-seen.jsonl")  # each is there twice: as drawn, and as the pose model sees it


@pytest.fixture
def data(tmp_path):
    return dataset.load(shutil.copytree(DATA, tmp_path / "data", ignore=DRAWN))


def changed(one, name, **head):
    return dataclasses.replace(one, name=name, head=msgspec.structs.replace(one.head, **head))


def test_good_data_are_not_suspected(data):
    findings = look(data.recordings())
    assert len(findings) == 12
    assert not any(one.worth_a_look for one in findings)


def test_a_wrong_label_is_suggested_and_does_not_make_its_neighbours_suspect(data):
    recordings = data.recordings()
    (at,) = [i for i, one in enumerate(recordings) if one.name == "rest-p02"]
    recordings[at] = changed(recordings[at], "rest-p02", label="wave")
    first, *others = look(recordings)
    assert (first.name, first.label, first.suggested) == ("rest-p02", "wave", "rest")
    assert not any(one.suggested for one in others)


def test_doubles_are_named_also_where_one_is_only_the_beginning(data):
    recordings = data.recordings()
    one = recordings[0]
    recordings.append(changed(one, "again"))
    n = len(one.t) * 9 // 10
    short = dataclasses.replace(one, name="begun", t=one.t[:n], xy=one.xy[:n], score=one.score[:n])
    found = {each.name: each.double for each in look([*data.recordings(), short])}
    assert found["begun"] == one.name
    assert {each.name: each.double for each in look(recordings)}["again"] == one.name
    assert [name for name, double in found.items() if double] == ["begun", one.name]


def test_an_odd_one_comes_first(data):
    recordings = data.recordings()
    one = next(each for each in recordings if each.head.label == "rest")
    upside_down = dataclasses.replace(one, name="odd", xy=one.xy * np.float32([1, -1]) + np.float32([0, 480]))
    first = look([*recordings, upside_down])[0]
    assert (first.name, first.worth_a_look) == ("odd", True)
    assert first.odd >= 2


def test_few_or_no_recordings_are_no_fault(data):
    assert look([]) == []
    (one,) = look(data.recordings()[:1])
    assert not one.worth_a_look


def test_the_page_holds_all_and_no_name_can_break_out_of_it(data):
    one = data.recordings()[0]
    data.add(changed(one, "x", label="</script><b>"[:9].replace("/", "")))
    text = page(data)
    told = json.loads(text.split('id="data">')[1].split("</script>")[0])
    assert len(told["recordings"]) == 13
    assert all(len(frame) == 13 for each in told["recordings"] for frame in each["frames"])


def test_a_label_is_changed_and_changed_back(data):
    assert changes.relabel(data, "rest-p01", "wave") == "rest"
    assert data.balance()["wave"][0] == 5
    assert changes.relabel(data, "rest-p01", "rest") == "wave"
    for name, label in (("rest-p01", "none"), ("none", "rest"), ("../dataset", "rest")):
        with pytest.raises(DataError):
            changes.relabel(data, name, label)


def test_the_command_line_writes_the_page_and_relabels(data):
    run, folder = CliRunner().invoke, str(data.folder)
    assert len(json.loads(run(app, ["data", "look", folder, "--json"]).stdout)) == 12
    assert run(app, ["data", "look", folder, "--no-browser"]).exit_code == 0
    assert (data.folder / "look.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert run(app, ["data", "relabel", folder, "rest-p01", "wave"]).exit_code == 0
    assert dataset.load(data.folder).balance()["wave"][0] == 5
