"""Everything that pupils and tools save is taken or left with a reason; nothing that is broken does anything else."""

import io
import json
import pickle
import shutil
import zipfile
from contextlib import suppress

import cv2
import numpy as np
import pytest
from gongzhi.cli import app
from gongzhi.errors import DataError
from gongzhi.learn import changes, dataset, golden
from gongzhi.learn.formats import UnfitError, classes_of, read
from gongzhi.learn.importing import import_, label_of
from gongzhi.learn.importing_report import Options, Report
from gongzhi.values import LANDMARK, Keypoints
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

SIZE = (640, 480)
rng = np.random.default_rng(0)


def person(n=1, k=33, per=2, scale=(640, 480)):
    points = rng.uniform(0.2, 0.8, (n, k, 2)) * scale
    return np.concatenate([points, rng.uniform(0.6, 1, (n, k, per - 2))], -1)


@pytest.fixture
def target(tmp_path):
    return dataset.create(tmp_path / "target", dataset.About(name="t"))


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    return folder


def put(path, array):
    path.parent.mkdir(exist_ok=True)
    np.save(path, array)


@pytest.mark.parametrize(("k", "kind"), [(17, "COCO-17"), (26, "Halpe-26"), (33, "BlazePose-33")])
def test_arrays_land_on_their_landmarks(tmp_path, k, kind):
    array = person(5, k)
    put(tmp_path / "a.npy", array)
    (got,) = read(tmp_path / "a.npy", SIZE, {})
    assert got.kind == kind
    wrist = {17: 9, 26: 9, 33: 15}[k]
    np.testing.assert_allclose(got.xy[:, LANDMARK["left_wrist"]], array[:, wrist], rtol=1e-5)
    assert (got.score[:, LANDMARK["left_wrist"]] == 1).all()
    if k == 26:
        np.testing.assert_allclose(got.xy[:, LANDMARK["left_heel"]], array[:, 24], rtol=1e-5)
    if k == 17:
        assert (got.score[:, LANDMARK["left_heel"]] == 0).all()


@pytest.mark.parametrize("shape", [(7, 33, 4), (7, 132)])
def test_shares_of_the_picture_become_pixels_and_visibility_the_score(tmp_path, shape):
    array = person(7, 33, 4, (1, 1))
    put(tmp_path / "a.npy", array.reshape(shape))
    np.savez(tmp_path / "a.npz", walk=array.reshape(shape))
    np.savetxt(tmp_path / "a.txt", array.reshape(7, 132))
    for suffix in ("npy", "npz", "txt"):
        (got,) = read(tmp_path / f"a.{suffix}", SIZE, {})
        np.testing.assert_allclose(got.xy, array[:, :, :2] * SIZE, rtol=1e-4)
        np.testing.assert_allclose(got.score, array[:, :, 3], rtol=1e-5)


@pytest.mark.parametrize(("points", "scores"), [("keypoints", "scores"), ("关键点坐标", "分数")])
def test_xedu_dictionaries_in_both_languages(tmp_path, points, scores):
    array = person(1, 17)[0]
    for value in ({points: array.tolist(), scores: [0.5] * 17}, [{points: array.tolist(), scores: [0.5] * 17}] * 3):
        (tmp_path / "a.json").write_text(json.dumps(value, ensure_ascii=False), encoding="gb18030")
        (got,) = read(tmp_path / "a.json", SIZE, {})
        np.testing.assert_allclose(got.xy[-1, LANDMARK["nose"]], array[0], rtol=1e-5)
        assert got.score[0, LANDMARK["nose"]] == 0.5


def test_classes_are_names_with_numbers_or_names_in_their_order_and_a_wrong_line_is_named(tmp_path):
    path = tmp_path / "classes.txt"
    path.write_text("举手\n\n挥手\n", encoding="utf-8")
    assert classes_of(path) == {0: "举手", 1: "挥手"}
    path.write_text("举手,0\n挥手,two\n", encoding="utf-8")
    with pytest.raises(UnfitError) as fault:
        classes_of(path)
    assert "挥手,two" in str(fault.value.why)


@pytest.mark.parametrize("index", [False, True])
def test_xedu_tables_with_and_without_index_and_classes(source, target, index):
    array = person(6, 17).reshape(6, 34)
    header = ([""] if index else []) + [f"Feature {i + 1}" for i in range(34)] + ["Label"]
    rows = [[*([i] if index else []), *row, i // 3] for i, row in enumerate(array)]
    (source / "data.csv").write_text("\n".join(",".join(map(str, row)) for row in [header, *rows]))
    (source / "classes.txt").write_text("举手,0\n挥手，1\n", encoding="utf-8")
    report = import_(source, target)
    assert [(label, frames) for _, label, frames, _ in report.taken] == [("举手", 3), ("挥手", 3)]
    assert not report.left
    assert all(each.head.still for each in target.recordings())
    (first,) = [each for each in target.recordings() if each.head.label == "举手"]
    np.testing.assert_allclose(first.xy[0, 0], array[0, :2], atol=0.06)


def test_one_frame_arrays_become_a_movement_in_the_order_of_their_numbers(source, target):
    array = person(12, 33, 4, (1, 1))
    for i in range(12):
        put(source / "wave" / f"f{i}.npy", array[i].reshape(132) if i % 2 else array[i])
        put(source / f"clap_{i}.npy", array[i])
    import_(source, target, Options(fps=10))
    clap, wave = sorted(target.recordings(), key=lambda each: each.head.label)
    for made in (clap, wave):
        np.testing.assert_allclose(made.xy, array[:, :, :2] * SIZE, atol=0.06)
        assert made.seconds == pytest.approx(1.1)
        assert not made.head.still
    assert (clap.head.label, wave.head.label) == ("clap", "wave")


def test_labels_of_folders_and_names(source):
    assert label_of(source / "a" / "x_1.npy", source) == "a"
    assert label_of(source / "left_hand_12.npy", source) == "left_hand"
    assert label_of(source / "wave12.npy", source) == "wave"
    assert label_of(source / "举手_3.npy", source) == "举手"
    assert label_of(source / "wave.npy", source) == "wave"


class Danger:
    def __reduce__(self):
        return (print, ("run",))


BROKEN = {
    "pickle.npy": lambda: _npy(np.array([{"keypoints": 1}], object)),
    "reduce.npy": lambda: pickle.dumps(Danger()),
    "empty.npy": lambda: b"",
    "cut.npy": lambda: _npy(person(9))[:200],
    "huge.npy": lambda: _npy(person(1)).replace(b"(1, 33, 2)", b"(999999999, 33, 2)"),
    "shape.npy": lambda: _npy(np.zeros((4, 5, 6))),
    "zero.npy": lambda: _npy(np.zeros((0, 33, 4))),
    "nan.npy": lambda: _npy(np.full((5, 33, 4), np.nan)),
    "far.npy": lambda: _npy(person(2) * 1e30),
    "nobody.npy": lambda: _npy(np.zeros((5, 33, 4))),
    "text.npy": lambda: _npy(np.array(["a", "b"])),
    "complex.npy": lambda: _npy(np.ones((3, 33, 2), complex)),
    "a.npz": lambda: b"PK\3\4" + b"x" * 50,
    "b.npz": lambda: _zip({"x.txt": b""}),
    "c.npz": lambda: _zip({"../../x.npy": b"nothing"}),
    "bomb.npz": lambda: _zip({"x.npy": bytes(300 << 20)}),
    "a.json": lambda: b'{"keypoints": [[1, 2], [3]]}',
    "b.json": lambda: b"[" * 100_000,
    "c.json": lambda: b'{"points": []}',
    "d.json": lambda: b"null",
    "e.json": lambda: b"[]",
    "f.json": lambda: json.dumps({"keypoints": [[1, 2]] * 17, "scores": ["a"] * 17}).encode(),
    "a.csv": lambda: b"Feature 1,Label\n1\n",
    "b.csv": lambda: b"Label\n1\n",
    "c.csv": lambda: b"\xff\xfe\x00\xd8",
    "d.csv": lambda: b"1,2,x\n",
    "a.txt": lambda: b"\n\n",
    "b.txt": lambda: b"1 2 3\n1 2\n",
    "c.txt": lambda: b"1e999 " * 132,
    "a.mp4": lambda: b"\0\0\0\x18ftypmp42" + b"x" * 99,
    "a.png": lambda: b"\x89PNG\r\n\x1a\n",
    "a.exe": lambda: b"MZ",
}


def _npy(array):
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def _zip(members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_left_with_a_reason_and_nothing_else_happens(source, target, name, capsys):
    (source / name).write_bytes(BROKEN[name]())
    report = import_(source, target, estimator=Nobody)
    assert not report.taken
    ((said, why),) = report.left
    assert said == name
    assert why.text("en") != why.text("zh")
    assert not target.paths
    assert capsys.readouterr().out == ""


@given(st.sampled_from(["x.npy", "x.npz", "x.json", "x.csv", "x.txt"]), st.binary(max_size=300), st.integers(0, 250))
def test_any_bytes_are_read_or_refused(tmp_path_factory, name, noise, at):
    whole = {"x.npy": _npy(person(2)), "x.npz": _zip({"a.npy": _npy(person(2))})}.get(name, b"1,2,3\n4,5,6")
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(whole[:at] + noise + whole[at + len(noise) :])
    with suppress(UnfitError):
        for each in read(path, SIZE, {}):
            assert np.isfinite(each.xy).all()


class Nobody:
    origin = "blazepose"

    def __call__(self, frame):
        return None

    def close(self):
        pass


class Somebody(Nobody):
    def __call__(self, frame):
        height, width = frame.image.shape[:2]
        xy = person(1, 33)[0].astype(np.float32)
        return Keypoints(xy, np.ones(33, np.float32), frame.t, frame.seq, (width, height), "blazepose")


def test_a_file_that_only_has_the_name_of_an_array_is_not_called_a_program(tmp_path):
    (tmp_path / "x.npy").write_bytes(b"nope")
    with pytest.raises(UnfitError, match=r"no \.npy file"):
        read(tmp_path / "x.npy", (640, 480), {})


def test_videos_and_folders_of_pictures_go_through_the_pose_model(source, target):
    for label in ("a", "b"):
        (source / label).mkdir()
        for i in range(3):
            cv2.imwrite(str(source / label / f"{i}.png"), np.full((48, 64, 3), 40 * i, np.uint8))
    writer = cv2.VideoWriter(str(source / "walk_1.avi"), cv2.VideoWriter_fourcc(*"MJPG"), 10, (64, 48))
    for i in range(20):
        writer.write(np.full((48, 64, 3), 10 * i, np.uint8))
    writer.release()
    told = []
    report = import_(source, target, estimator=Somebody, told=lambda name, share: told.append((name, share)))
    assert [share for _, share in told] == sorted(share for _, share in told)
    assert {name for name, _ in told} == {path.name for path in source.rglob("*.*")}
    assert 0 < [share for name, share in told if name == "walk_1.avi"][-1] < 1
    assert sorted((label, frames) for _, label, frames, _ in report.taken) == [("a", 3), ("b", 3), ("walk", 20)]
    still = {each.head.label: each.head.still for each in target.recordings()}
    assert still == {"a": True, "b": True, "walk": False}
    assert report.assumed == {"person"}, "a picture says its size, a video how many frames a second"
    left = import_(source, target).left
    assert len(left) == 7
    assert all("pose model" in why.text("en") for _, why in left)


def test_the_command_line_imports_trains_and_evaluates_in_one_step_each(source, tmp_path):
    t = np.arange(160)[:, None, None] / 6
    base = person(1, 33, 4, (1, 1))
    for number, label in enumerate(("slow", "quick")):
        move = np.zeros((160, 33, 4))
        move[:, 15:17, 1:2] = 0.15 * np.sin(t * (1 + 2 * number))
        put(source / f"{label}_1.npy", base + move)
    (source / "broken.npy").write_bytes(b"no")
    run, folder = CliRunner().invoke, tmp_path / "mine"
    said = run(app, ["data", "import", str(source), "--to", str(folder), "--fps", "10", "--json"])
    plain = json.loads(said.stdout)
    assert [each["label"] for each in plain["taken"]] == ["quick", "slow"]
    assert [each["name"] for each in plain["left"]] == ["broken.npy"]
    figures = json.loads(run(app, ["train", str(folder), "--json"]).stdout)
    assert {"classes", "windows", "accuracy", "accuracy_low", "accuracy_high", "split"} <= figures.keys()
    assert (figures["split"], figures["classes"]) == ("block", 2)
    assert figures["export_max_abs_diff"] <= 1e-5
    card = (folder / "model.md").read_text(encoding="utf-8")
    assert "quick" in card
    again = json.loads(run(app, ["evaluate", str(folder / "model.tflite"), str(folder), "--json"]).stdout)
    assert again["windows"] > figures["windows"]
    assert again["picture"] == str(folder / "evaluate_model_mine.svg")
    (tmp_path / "elsewhere").mkdir()
    shutil.copy(folder / "model.tflite", tmp_path / "elsewhere")
    picture = tmp_path / "elsewhere" / "evaluate_model_mine.svg"
    picture.mkdir()  # so it cannot be written
    files = set(folder.iterdir())
    said = run(app, ["evaluate", str(tmp_path / "elsewhere" / "model.tflite"), str(folder)])
    assert (said.exit_code, f"{again['windows']}" in said.output) == (0, True)
    assert "evaluate_model_mine.svg" in said.output
    assert set(folder.iterdir()) == files, "the data may be somebody else's"
    assert json.loads(run(app, ["data", "show", str(folder), "--json"]).stdout)["slow"]["frames"] == 160


def test_a_source_of_which_nothing_is_taken_leaves_nothing_behind(source, tmp_path):
    (source / "a.npy").write_bytes(b"no")
    said = CliRunner().invoke(app, ["data", "import", str(source), "--to", str(tmp_path / "new")])
    assert isinstance(said.exception, DataError)
    assert not (tmp_path / "new").exists()


def test_the_last_import_is_taken_out_in_one_step_with_the_labels_that_came_with_it(source, tmp_path):
    run, folder = CliRunner().invoke, tmp_path / "mine"
    put(source / "wave_1.npy", person(40))
    run(app, ["data", "import", str(source), "--to", str(folder), "--json"])
    for name in ("clap_1", "clap_2", "jump_1"):
        put(tmp_path / "wrong" / f"{name}.npy", person(40))
    run(app, ["data", "import", str(tmp_path / "wrong"), "--to", str(folder), "--json"])
    data = dataset.load(folder)
    assert (data.about.labels, len(data.paths)) == (["wave", "clap", "jump"], 4)
    run(app, ["data", "undo", str(folder), "jump_1"])
    assert run(app, ["data", "undo", str(folder), "--import"]).exit_code == 0
    data = dataset.load(folder)
    assert (data.about.labels, [path.stem for path in data.paths]) == (["wave"], ["wave_1"])
    assert len(list((folder / "removed").iterdir())) == 3
    assert isinstance(run(app, ["data", "undo", str(folder), "--import"]).exception, DataError)


def test_an_interrupted_import_is_the_last_one_and_it_is_taken_out_once(source, tmp_path, monkeypatch):
    run, folder = CliRunner().invoke, str(tmp_path / "mine")
    put(source / "wave_1.npy", person(40))
    run(app, ["data", "import", str(source), "--to", folder])
    for name in ("clap_1", "clap_2"):
        put(tmp_path / "b" / f"{name}.npy", person(40))
    tell = Report.tell

    def stopped(self, path, part=0.0):
        tell(self, path, part)
        if path.stem == "clap_2":
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Report, "tell", stopped)
        run(app, ["data", "import", str(tmp_path / "b"), "--to", folder])
    data = dataset.load(tmp_path / "mine")
    assert set(data.marks) == {"wave_1", "clap_1"}
    changes.relabel(data, "clap_1", "wave")  # it is the import's and the last one nevertheless
    changes.relabel(data, "wave_1", "clap")
    changes.convert(data, ".parquet")
    assert changes.take_out(data)[0] == "clap_1"
    changes.restore(data, "clap_1", tmp_path / "mine" / "removed" / "clap_1.parquet")
    assert run(app, ["data", "undo", folder, "--import"]).exit_code == 0
    assert set(data.marks) == {"wave_1"}
    import_(tmp_path / "b", data)  # recorded anew by the same name: no import's
    assert isinstance(run(app, ["data", "undo", folder, "--import"]).exception, DataError)
    assert set(data.marks) == {"wave_1", "clap_1", "clap_2"}


def test_what_a_contest_tests_by_is_not_learnt_from(source, target):
    (source / "public").mkdir()
    (source / "public" / "challenge.toml").touch()
    for part in ("data", "visible", "ask", "hidden"):
        put(source / "public" / part / "wave_1.npy", person(40))
    assert [label for _, label, *_ in import_(source, target).taken] == ["data"]


def test_of_another_data_set_only_what_it_learns_from_is_taken(source, target, tmp_path):
    other = dataset.create(source / "deep" / "other", dataset.About(name="o"))
    for name in ("wave_1", "wave_2", "wave_3"):
        put(tmp_path / "wave" / f"{name}.npy", person(40))
    import_(tmp_path / "wave", other)
    golden.move(other, ["wave_1"])
    changes.take_out(other, "wave_2")
    report = import_(source, target)
    assert ([name for name, *_ in report.taken], report.left) == (["wave_3.jsonl"], [])
    put(source / "clap_1.npy", person(40))
    inside = dataset.create(source / "mine", dataset.About(name="i"))
    for _ in range(2):  # what the data set has itself does not come into it again
        assert {name for name, *_ in import_(source, inside).taken} == {"wave_3.jsonl", "clap_1"}
    run = CliRunner().invoke
    assert "itself" in run(app, ["data", "import", str(other.folder), "--to", str(other.folder)]).exception.text("en")


@pytest.mark.parametrize(("shape", "what"), [((9, 21, 2), "a hand"), ((106, 2), "a face"), ((4, 136), "a face")])
def test_a_hand_or_a_face_alone_is_left_with_what_to_save_instead(source, target, shape, what):
    put(source / "ok_1.npy", rng.uniform(9, 99, shape))
    ((_, why),) = import_(source, target).left
    assert what in why.text("en")
    assert "pose_body17" in why.text("zh")
