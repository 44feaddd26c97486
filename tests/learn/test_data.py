"""A data set is written whole, read back the same, refused with a reason when broken, and never split at random."""

import json
from dataclasses import replace

import numpy as np
import pytest
from gongzhi import paths
from gongzhi.errors import DataError
from gongzhi.learn import dataset, files
from gongzhi.learn.recording import Recording, head_of
from gongzhi.learn.windows import LENGTH, PARTS, cut, divide, resample, windows_of
from gongzhi.learn.workflow import prepare
from hypothesis import given
from hypothesis import strategies as st


def make(label="wave", person="p00", n=100, name="a", **rest):
    rng = np.random.default_rng(len(name) + n)
    xy = (320 + 60 * rng.standard_normal((n, 33, 2))).astype(np.float32)
    head = head_of(label, (640, 480), person=person, **rest)
    return Recording(name, head, np.arange(n) / 10, xy, np.ones((n, 33), np.float32))


@pytest.fixture
def data(tmp_path):
    return dataset.create(tmp_path / "d", dataset.About(name="试一试", labels=["wave"], note='a "b" \\ c'))


def test_what_is_written_is_read_back(data):
    original = make(name="挥手 1")
    path = data.add(original)
    (again,) = dataset.load(data.folder).recordings()
    assert again.head == original.head
    np.testing.assert_allclose(again.xy, original.xy, atol=0.051)
    assert dataset.load(data.folder).about == data.about
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_label_that_a_full_disk_refused_joins_when_there_is_room_again(data, monkeypatch):
    def full(*_):
        raise DataError("full")

    with monkeypatch.context() as patched:
        patched.setattr(dataset, "write_file", full)
        with pytest.raises(DataError):
            data.add(make(label="举手"))
    data.add(make(label="举手"))
    assert [each.head.label for each in dataset.load(data.folder).recordings()] == ["举手"]


def test_a_new_label_joins_and_names_never_collide(data):
    data.add(make())
    data.add(make(label="举手"))
    assert dataset.load(data.folder).about.labels == ["wave", "举手"]
    assert len(data.paths) == 2
    assert data.balance() == {"wave": (1, 100), "举手": (1, 100)}


def test_consent_and_mirrored_labels_survive(tmp_path):
    consent = [dataset.Consent("p01", "parent", "2026-03-01")]
    about = dataset.About(name="n", labels=["L", "R", "both"], mirror={"L": "R"}, consent=consent)
    again = dataset.create(tmp_path / "d", about).about
    assert again == about
    assert again.mirrored() == [1, 0, 2]


@pytest.mark.parametrize(
    "text",
    ["", "name = 3", 'name = "a"\nlabels = ["x", "x"]', 'name = "a"\nlabels = ["x"]\n[mirror]\nx = "y"',
     'name = "a"\nextra = 1', "\xff", 'name = "a"\nlabels = ["x", "y", "z"]\n[mirror]\nx = "y"\ny = "z"'],
)  # fmt: skip
def test_a_broken_description_is_refused(tmp_path, text):
    (tmp_path / "dataset.toml").write_bytes(text.encode("latin1"))
    with pytest.raises(DataError):
        dataset.load(tmp_path)


@pytest.mark.parametrize(
    "damage",
    [
        lambda lines: [],
        lambda lines: lines[:1],
        lambda lines: [lines[0].replace("wave", "a/b"), *lines[1:]],
        lambda lines: [lines[0].replace('"format":1', '"format":2'), *lines[1:]],
        lambda lines: [*lines[:2], lines[2][: len(lines[2]) // 2]],
        lambda lines: [*lines, lines[1]],
        lambda lines: [lines[0], json.dumps({"t": 0, "xy": [[1e9, 0]] * 33, "s": [1] * 33})],
        lambda lines: [lines[0], json.dumps({"t": 0, "xy": [[1, 0]] * 33, "s": [2] * 33})],
        lambda lines: [lines[0], '{"t": NaN}'],
    ],
)
def test_a_broken_recording_is_refused_with_its_file(data, damage):
    path = data.add(make(n=3))
    path.write_text("\n".join(damage(path.read_text().splitlines())))
    with pytest.raises(DataError, match=r"a\.jsonl"):
        files.read(path)


def test_a_file_that_is_not_there_is_no_broken_recording(tmp_path):
    with pytest.raises(DataError, match=r"nowhere\.jsonl cannot be read"):
        files.read(tmp_path / "nowhere.jsonl")


def test_a_label_that_is_not_known_is_refused(data):
    path = data.add(make())
    path.write_text(path.read_text().replace('"wave"', '"other"'))
    with pytest.raises(DataError, match="other"):
        data.recordings()


def test_resampling_is_exact_on_a_straight_line_and_blind_over_a_gap():
    made = make(n=40)
    features = made.features()
    points, seen = resample(features, 10.0)
    assert points.shape == (40, 13, 2)
    np.testing.assert_allclose(
        points[7], features[7].points[[0, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]], atol=1e-4
    )
    _, seen = resample([*features[:10], *features[20:]], 10.0)
    assert seen[:10].all()
    assert not seen[11:19].any()


@given(st.integers(0, 200))
def test_a_stretch_gives_the_windows_that_fit(n):
    points, _ = cut(np.zeros((n, 13, 2), np.float32), np.ones((n, 13), np.bool_), 6)
    assert points.shape[1:] == (LENGTH, 13, 2) or not len(points)
    assert len(points) == (0 if n < 15 else 1 if n < 30 else (n - 30) // 6 + 1)


def test_the_strictest_split_that_is_possible_is_taken():
    people = [make(label, f"p{who}", name=f"{label}{who}") for who in range(5) for label in ("a", "b")]
    assert divide(people).kind == "person"
    alone = [make(label, name=f"{label}{i}") for i in range(5) for label in ("a", "b")]
    assert divide(alone).kind == "recording"
    assert divide([make("a", name="x"), make("b", name="y")]).kind == "block"
    with pytest.raises(DataError):
        divide(alone, "person")


def test_three_recordings_of_unequal_length_are_one_for_each_part():
    for lengths in ((34, 52, 89), (89, 52, 34), (10, 10, 155)):
        alone = [make(label, n=n, name=f"{label}{n}{i}") for label in ("a", "b") for i, n in enumerate(lengths)]
        assert divide(alone).kind == "recording"


@pytest.mark.parametrize("kind", ["person", "recording", "block"])
def test_no_frame_and_no_group_is_in_two_parts(kind):
    made = [make(label, f"p{i}", name=f"{label}{i}") for i in range(6) for label in ("a", "b")]
    split = divide(made, kind)
    assert divide(made, kind) == split
    seen = {}
    for part in PARTS:
        for piece in split.pieces[part]:
            owner = made[piece.recording]
            group = {"person": owner.head.person, "recording": owner.name, "block": (owner.name, piece.start)}[kind]
            assert seen.setdefault(group, part) == part
        assert {made[piece.recording].head.label for piece in split.pieces[part]} == {"a", "b"}


def test_a_still_pose_is_a_window_of_its_own():
    some = windows_of([make(n=4, still=True)], divide([make(n=5, still=True)]).pieces["train"], ["wave"], 10.0)
    assert len(some) == 2
    assert (some.points[0] == some.points[0, :1]).all()


def test_recordings_that_are_too_short_or_show_nobody_are_called_so(monkeypatch):
    data = dataset.load(paths.share("examples") / "03_train_my_gestures" / "data")
    whole = data.recordings()

    def prepared(**changed):
        some = [replace(one, **{key: change(getattr(one, key)) for key, change in changed.items()})
                if one.head.label == "wave" else one for one in whole]  # fmt: skip
        monkeypatch.setattr(dataset.Dataset, "recordings", lambda _: some)
        prepare(data)

    short = dict.fromkeys(("t", "xy", "score"), lambda array: array[:6])
    with pytest.raises(DataError, match=r"recordings of wave are too short: .* 1\.2 s at least"):
        prepared(**short)
    with pytest.raises(DataError, match="recordings of wave hardly anything is seen"):
        prepared(score=np.zeros_like)
