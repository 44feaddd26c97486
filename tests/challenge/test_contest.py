"""A task keeps its hidden part apart, a submission counts whole or not at all, and the board does not sell noise."""

import datetime
import json
from dataclasses import replace

import msgspec
import numpy as np
import pytest
from gongzhi import text
from gongzhi.challenge import board as boards
from gongzhi.challenge import board_page, entries, making, task
from gongzhi.challenge.entries import Entry
from gongzhi.challenge.score import Label, Score, interval
from gongzhi.cli import app
from gongzhi.errors import ConfigError, DataError
from gongzhi.learn import dataset, hand_track
from gongzhi.learn.calibrate import wilson
from gongzhi.learn.windows import LENGTH
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

NOW = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)


def files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def save(path, content):
    path.write_bytes(content)
    return path


# -- the task --------------------------------------------------------------------------------------------------------


def test_nobody_is_in_two_parts_and_the_questions_say_nothing(task):
    data, visible = (dataset.load(task.public / name) for name in ("data", "visible"))
    hidden = task.clips("hidden")
    people = [{each.head.person for each in part} for part in (data.recordings(), visible.recordings(), hidden)]
    assert all(people)
    assert not people[0] & people[1] | people[0] & people[2] | people[1] & people[2]
    asked = task.unanswered()
    assert [each.name for each in asked] == [each.name for each in hidden]
    for question, answer in zip(asked, hidden, strict=True):
        head = question.head
        assert (head.label, head.person, head.session, head.source) == ("?", "p00", "s00", "")
        np.testing.assert_array_equal(question.xy, answer.xy)
        assert answer.head.label in ("up", "down")
    labels = [each.head.label for each in hidden]
    assert labels != sorted(labels)  # the order tells nothing
    assert labels != sorted(labels, reverse=True)
    assert "answers" in (task.public / "README.md").read_text()
    public = b"".join(files(task.public / "ask").values())
    assert not any(person.encode() in public for person in people[2])


def test_each_clip_is_one_window_and_no_frame_is_in_two(task, data):
    clips = task.clips("visible")
    assert len(clips) == 2 * 2 * 3  # two people, two labels, three windows of 3 s each
    assert len(task.windows(clips)) == len(clips)
    assert len({clip.xy.tobytes() for clip in clips}) == len(clips)
    assert {round(clip.seconds, 3) for clip in clips} == {(LENGTH - 1) / 10}


def test_of_a_data_set_with_hands_the_bodies_are_contested(data, tmp_path):
    handed = dataset.create(tmp_path / "data", msgspec.structs.replace(data.about, hands=True))
    for one in data.recordings():
        head = msgspec.structs.replace(one.head, hands=True)
        handed.add(replace(one, head=head, hands=hand_track.empty(len(one.t))))
    made = making.make(handed, tmp_path / "task", making.Wish("t", "任务", "Task"))
    assert not dataset.load(made.public / "data").about.hands
    assert all(not clip.head.hands for clip in made.unanswered())


def test_a_changed_hidden_part_is_noticed(task):
    first = task.folder / "hidden" / "clip-0001.jsonl"
    whole = first.read_text()
    first.write_text(whole.replace('"up"', '"down"') if '"up"' in whole else whole.replace('"down"', '"up"'))
    with pytest.raises(DataError, match="changed"):
        task.clips("hidden")
    first.write_text(whole)
    assert task.clips("hidden")


def test_what_teams_get_has_no_hidden_part(task, models, tmp_path):
    public = making.load(task.public)
    assert not public.whole
    assert public.clips("visible")
    with pytest.raises(DataError, match="hidden part is not here"):
        entries.submit(public, "t01", save(tmp_path / "m.tflite", models["good"]()), NOW, "junior")


def test_a_task_is_not_made_over_something_or_of_too_little(task, data, tmp_path):
    with pytest.raises(DataError):
        making.make(data, task.folder, making.Wish("t", "任务", "Task"))
    short = dataset.create(tmp_path / "short", dataset.About(name="s", labels=["up", "down"], rate=2.5))
    for each in data.recordings():
        short.add(each)  # 9 s, and a window takes 12
    with pytest.raises(DataError, match="no whole clip"):
        making.make(short, tmp_path / "new", making.Wish("t", "任务", "Task"))
    empty = dataset.create(tmp_path / "empty", dataset.About(name="e"))
    with pytest.raises(DataError, match="at least two labels"):
        making.make(empty, tmp_path / "new", making.Wish("t", "任务", "Task"))
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    "change",
    [("format = 1", "format = 2"), ('"up"', '"down"'), ("seconds = 1", "seconds = 0"), ('"accuracy"', '"luck"'),
     ("hidden = ", "hidden = 1 #"), ("rate = 10.0", "rate = 10.0\nrat = 1")],
)  # fmt: skip
def test_a_wrong_task_file_is_refused(task, change):
    path = task.folder / "challenge.toml"
    path.write_text(path.read_text().replace(*change))
    with pytest.raises(ConfigError):
        making.load(task.folder)


# -- submissions -----------------------------------------------------------------------------------------------------


def test_a_submission_is_kept_with_its_scores_and_comes_out_the_same_again(task, models, tmp_path):
    good = entries.submit(task, "t01", save(tmp_path / "m.tflite", models["good"]()), NOW)
    bad = entries.submit(task, "t02", save(tmp_path / "b.tflite", models["good"](sign=-1.0)), NOW)
    assert (good.visible.value, good.final.value, bad.final.value) == (1.0, 1.0, 0.0)
    assert good.final.ms > 0
    assert entries.entries(task) == [good, bad]
    told = []
    assert [each.same for each in entries.again(task, told.append)] == [True, True]
    assert told[0].entry.final.digest == good.final.digest
    kept = task.folder / "entries" / "t01" / "001.tflite"
    kept.write_bytes(models["good"](bias=1.0))
    with pytest.raises(DataError, match="t01"):
        entries.again(task, told.append)


def test_a_table_is_scored_and_what_is_not_answered_is_wrong(task, tmp_path):
    rows = [f"{clip.name},{clip.head.label},1,2.5" for clip in task.clips("hidden")[1:]]
    path = save(tmp_path / "r.csv", "\n".join(["filename,label,score,ms", *rows]).encode())
    entry = entries.submit(task, "t01", path, NOW)
    assert entry.final.unanswered == 1
    assert entry.final.value == pytest.approx(1 - 1 / entry.final.clips)
    assert entry.visible.value == 0
    assert entry.final.ms == 2.5


def test_what_fails_changes_nothing_and_does_not_count(task, models, tmp_path):
    before = files(task.folder)
    wrong = [
        ("t01", "m.tflite", b"nothing"),
        ("t01", "m.tflite", models["good"](["up", "left"])),
        ("t01", "m.exe", b"MZ"),
        ("t01", "m.csv", b"x" * (5 << 20)),
        ("t01\n", "m.tflite", models["good"]()),
        ("../t01", "m.tflite", models["good"]()),
        ("Zhang Wei", "m.tflite", models["good"]()),
        ("t01/../../x1", "m.tflite", models["good"]()),
        ("removed", "m.tflite", models["good"]()),
    ]
    for team, name, content in wrong:
        with pytest.raises(DataError):
            entries.submit(task, team, save(tmp_path / name, content), NOW)
    with pytest.raises(DataError):
        entries.submit(task, "t01", tmp_path / "not there.csv", NOW)
    assert files(task.folder) == before


def test_the_same_file_a_full_team_and_a_late_day_are_refused_and_a_submission_can_be_taken_back(
    task, models, tmp_path
):
    path = task.folder / "challenge.toml"
    path.write_text(path.read_text().replace("entries = 10", "entries = 1").replace("# closes", "closes"))
    task = making.load(task.folder)
    good, other = (save(tmp_path / f"{n}.tflite", models["good"](bias=n)) for n in (0.0, 1.0))
    entries.submit(task, "t01", good, NOW)
    with pytest.raises(DataError, match="which is all"):
        entries.submit(task, "t01", other, NOW)
    with pytest.raises(DataError, match="2026-06-30"):
        entries.submit(task, "t02", good, NOW.replace(month=7))
    assert entries.withdraw(task, "t01").number == 1
    assert entries.entries(task) == []
    assert entries.submit(task, "t01", other, NOW).number == 2  # a number is used once
    assert (task.folder / "entries" / "removed" / "t01" / "001.tflite").exists()
    with pytest.raises(DataError, match="nothing"):
        entries.withdraw(task, "t09")


def test_the_same_file_is_refused(task, models, tmp_path):
    good = save(tmp_path / "m.tflite", models["good"]())
    entries.submit(task, "t01", good, NOW)
    with pytest.raises(DataError, match="already"):
        entries.submit(task, "t01", good, NOW)


# -- score and board -------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=1, max_size=80))
def test_an_interval_holds_its_value_and_never_trusts_more_than_the_clips(cases):
    right, group = [each[0] for each in cases], [f"p{each[1]}" for each in cases]
    p, low, high = interval(right, [1.0] * len(right), group)
    plain = wilson(sum(right), len(right))
    assert 0 <= low <= p + 1e-12
    assert p <= high + 1e-12 <= 1 + 1e-9
    assert low <= plain[0] + 1e-9
    assert high >= plain[1] - 1e-9


def test_clips_that_are_alike_count_as_one():
    group = [f"p{n // 10}" for n in range(100)]
    alike = [n // 10 % 2 == 0 for n in range(100)]  # each person all right or all wrong
    p, low, high = interval(alike, [1.0] * 100, group)
    assert p == 0.5
    # Ten persons, half of them: the variance between them is that of nine independent ones.
    assert (low, high) == pytest.approx(wilson(4.5, 9), abs=1e-9)
    mixed = [n % 2 == 0 for n in range(100)]
    assert interval(mixed, [1.0] * 100, group)[1:] == pytest.approx(wilson(50, 100), abs=1e-9)
    balanced = interval([True] * 9 + [False], [1 / 9] * 9 + [1.0], [f"p{n}" for n in range(10)])
    assert balanced[0] == pytest.approx(0.5)


def test_a_gain_is_measured_clip_by_clip_over_persons(task, models, tmp_path):
    for team, sign in (("t01", -1.0), ("t02", 1.0)):
        entries.submit(task, team, save(tmp_path / f"{team}.tflite", models["good"](sign=sign)), NOW)
    found = entries.compare(task, "t01", "t02", "hidden")
    assert (found.value, found.interval, found.n) == (1.0, (1.0, 1.0), 2)
    assert entries.compare(task, "t02", "t01", "visible").value == -1.0


def entry(team, value, low, high, *, worst=0.5, at=0, visible=None, group="", number=1):
    labels = [Label("up", round(10 * worst), 10, 0, 1), Label("=down()", 10, 10, 0, 1)]
    final = Score(value, low, high, 20, 10, 0, 1.5, "0" * 64, labels)
    seen = final if visible is None else msgspec.structs.replace(final, value=visible)
    return Entry(team=team, group=group, number=number, kind="model", sha256="a" * 64, hidden="b" * 64,
                 at=NOW + datetime.timedelta(hours=at), visible=seen, final=final)  # fmt: skip


def rows_of(task, found, part="hidden"):
    return boards.board(task, found, part).groups[0][1]


def test_places_say_what_chance_may_have_done(task):
    rows = rows_of(task, [entry("t1", 0.9, 0.8, 0.95), entry("t2", 0.85, 0.7, 0.93), entry("t3", 0.5, 0.4, 0.6),
                          entry("t4", 0.65, 0.55, 0.75)])  # fmt: skip
    assert [(row.entry.team, row.first, row.last) for row in rows] == [
        ("t1", 1, 2), ("t2", 1, 3), ("t4", 2, 4), ("t3", 3, 4),
    ]  # fmt: skip


def test_ties_are_broken_by_the_worst_label_and_then_by_time(task):
    rows = rows_of(task, [entry("t1", 0.9, 0.8, 1, at=2), entry("t2", 0.9, 0.8, 1, worst=0.7, at=3),
                          entry("t3", 0.9, 0.8, 1, at=1)])  # fmt: skip
    assert [row.entry.team for row in rows] == ["t2", "t3", "t1"]


def test_of_a_team_counts_what_was_best_in_practice_not_on_the_hidden_part(task):
    some = [entry("t1", 0.7, 0.6, 0.8, visible=0.95), entry("t1", 0.9, 0.8, 1, visible=0.8, number=2)]
    (row,) = rows_of(task, some)
    assert row.score.value == 0.7


def test_groups_compete_among_themselves(task, tmp_path):
    path = task.folder / "challenge.toml"
    path.write_text(path.read_text() + '[[group]]\nid = "junior"\ntitle = { zh = "初中", en = "Junior high" }\n')
    one = making.load(task.folder)
    found = boards.board(
        one, [entry("t1", 0.9, 0.8, 1, group="junior"), entry("t2", 0.9, 0.8, 1, group="old")], "hidden"
    )
    assert [(name, len(rows)) for name, rows in found.groups] == [("junior", 1), ("old", 1)]
    with pytest.raises(DataError, match="junior"):
        entries.submit(one, "t01", save(tmp_path / "m.tflite", b""), NOW, "senior")
    with pytest.raises(DataError, match="first entry"):
        entries.submit(one, "t01", save(tmp_path / "m.tflite", b""), NOW)


@pytest.mark.parametrize("which", ["zh", "en"])
def test_the_board_is_a_page_that_loads_nothing_and_a_table_without_formulas(task, which):
    found = boards.board(task, [entry("t1", 0.9, 0.8, 0.95)], "hidden")
    page = board_page.as_html(found, which)
    assert "<script" not in page
    assert "http" not in page
    assert ("任务" if which == "zh" else "Task") in page
    assert f'<th class="label">{"举起" if which == "zh" else "Lifted"}</th><th class="label">down</th>' in page
    assert making.known_words(["down", "tiger_lift"])["tiger_lift"]["zh"] == "虎举"
    assert task.about.hidden in page
    rows = board_page.as_csv(found).decode("utf-8-sig").splitlines()
    assert ",t1,0.9000,0.8000,0.9500,20,0,1.500,1," in rows[1]
    task.about.labels[1:] = ["=down()"]
    assert "'=down()" in board_page.as_csv(found).decode("utf-8-sig")


def test_the_command_line_goes_the_whole_way(data, models, tmp_path):
    run = CliRunner()

    def call(*arguments):
        done = run.invoke(app, ["challenge", *map(str, arguments)])
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done

    text.choose("en")
    folder, model = tmp_path / "task", save(tmp_path / "m.tflite", models["good"]())
    told = json.loads(call("new", data.folder, "--to", folder, "--json").stdout)
    assert told["split"] == "person"
    assert json.loads(call("score", folder / "public", model, "--json").stdout)["value"] == 1.0
    call("answer", folder / "public", model, "--out", tmp_path / "r.csv")
    assert json.loads(call("score", folder / "public", tmp_path / "r.csv", "--json").stdout)["value"] == 1.0
    assert json.loads(call("submit", folder, "t01", model, "--group", "junior", "--json").stdout)["number"] == 1
    call("submit", folder, "t02", tmp_path / "r.csv", "--group", "junior")
    assert all(each["same"] for each in json.loads(call("score", folder, "--json").stdout))
    board = json.loads(call("board", folder, "--json").stdout)
    assert board["part"] == "visible"
    rows = json.loads(call("board", folder, "--final", "--json").stdout)["groups"][1]["rows"]
    assert [row["places"] for row in rows] == [[1, 2], [1, 2]]
    assert json.loads(call("compare", folder, "t01", "t02", "--final", "--json").stdout)["gain"] == 0
    call("board", folder, "--no-browser")
    assert (folder / "board.html").exists()
    call("withdraw", folder, "t02")
    with pytest.raises(ConfigError):
        call("board", folder, "--out", tmp_path / "board.exe")
    assert task.load(folder).about.id == "task"
