"""A thousand broken inputs, by one seed: each is left with a reason in both languages, and nothing else happens."""

import io
import json
import zipfile

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from gongzhi import text
from gongzhi.learn import dataset
from gongzhi.learn.importing import import_
from gongzhi.learn.importing_report import Options
from gongzhi.values import Keypoints

COUNT = 1000
TURNING = ["x", "y", "z", "rx", "ry", "rz"]
SEED = 20261124


class Anybody:
    """Finds somebody in every picture, so that a broken video is not left for want of a person."""

    origin = "blazepose"

    def __call__(self, frame):
        height, width = frame.image.shape[:2]
        xy = np.random.default_rng(0).uniform(0, min(height, width), (33, 2)).astype(np.float32)
        return Keypoints(xy, np.ones(33, np.float32), frame.t, frame.seq, (width, height), "blazepose")

    def close(self):
        pass


def saved(array, version=None):
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version=version, allow_pickle=True)
    return file.getvalue()


def archive(members, method=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return file.getvalue()


def video(folder):
    path = folder / "whole.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (32, 24))
    for i in range(12):
        writer.write(np.full((24, 32, 3), 20 * i, np.uint8))
    writer.release()
    return path.read_bytes()


def table(gongzhi=None, **columns):
    file = io.BytesIO()
    made = pa.table(columns)
    pq.write_table(made if gongzhi is None else made.replace_schema_metadata({b"gongzhi": gongzhi}), file)
    return file.getvalue()


def log(rng, turning):
    """A motion sensor's table with a fault; where the rotation is learnt from, it may be there."""
    force, turns = rng.normal((0, 0, 1), 0.2, (60, 3)), rng.normal(0, 100, (60, 3))
    scale, times, turned = [
        (9.8, 1, 1), (0.01, 1, 1), (np.nan, 1, 1), (1, 0, 1), (1, 1e4, 1), (1, -1, 1), (1, 1, np.nan), (1, 1, 1e3),
    ][rng.integers(8 if turning else 6)]  # fmt: skip
    heading = str(rng.choice(["t,ax (g),ay (g),az (g)", "time,gFx,gFy,gFz"]))
    if turning or rng.random() < 0.5:
        heading += str(rng.choice([",gx (°/s),gy (°/s),gz (°/s)", ",wx,wy,wz"]))
    rows = [",".join(map(str, [n * 0.04 * times, *row])) for n, row in
            enumerate(np.hstack([force * scale, turns * turned])[:, : heading.count(",")])]  # fmt: skip
    return "\n".join([heading, *rows])


def whole(rng, spoilt):
    """A whole body, a line of Holistic, a face or a hand alone, or rows of a motion sensor, with a fault."""
    wide = int(rng.choice([133, 106, 21, 68, 478]))
    n, fault = int(rng.integers(1, 5)), str(rng.choice(["spoilt", "nobody", "short"]))
    shape = [(n, 133, 2), (n, 133, 3), (n, 1662), (n, 258), (n, wide, 4)][rng.integers(5)]
    made = np.full(shape, spoilt if fault == "spoilt" else 0.0)
    return made[..., :-1].repeat(2, 0) if fault == "short" else made


def lines(numbers):
    return "\n".join(" ".join(map(str, row)) for row in numbers.reshape(len(numbers), -1))


def broken(rng, whole_video, whole_table, turning):
    """One (suffix, content) that holds no whole recording."""
    person = rng.uniform(10, 400, (3, 33, 2))
    spoilt = rng.choice([np.nan, np.inf, -np.inf, 1e30])
    text_of = "\n".join(" ".join(f"{x:.2f}" for x in row) for row in person.reshape(3, 66))
    shapes = [(3, 5), (0, 33, 2), (33,), (3, 33, 5), (2, 3, 33, 2), (), (3, 12, 2), (0,)]
    makers = {
        "cut": lambda: (".npy", saved(person)[: int(rng.integers(0, 600))]),
        "spoilt": lambda: (".npy", saved(np.full((int(rng.integers(1, 9)), 33, int(rng.integers(2, 5))), spoilt))),
        "shape": lambda: (".npy", saved(np.zeros(shapes[rng.integers(len(shapes))]))),
        "nobody": lambda: (".npy", saved(np.full((int(rng.integers(1, 5)), 33, 3), rng.uniform(-5, 5)))),
        "promises": lambda: (".npy", saved(person).replace(b"(3, 33, 2)", b"(%d, 33, 2)" % rng.integers(10**6, 10**9))),
        "objects": lambda: (".npy", saved(np.array([{"keypoints": int(rng.integers(9))}], object))),
        "words": lambda: (".npy", saved(np.array(["x" * int(rng.integers(1, 9))]))),
        "noise": lambda: (str(rng.choice([".npy", ".npz", ".avi", ".mp4", ".png", ".jpg"])),
                          rng.bytes(int(rng.integers(0, 300)))),
        "encoding": lambda: (str(rng.choice([".json", ".csv", ".txt"])),
                             b"\xff" * int(rng.integers(1, 9)) + rng.bytes(int(rng.integers(1, 60))) + b"\x80\xff"),
        "lines": lambda: (".txt", (text_of + "\n1 2 3").encode()),
        "nan text": lambda: (".txt", b" ".join([str(rng.choice(["nan", "inf", "1e999", "-inf"])).encode()] * 132)),
        "json": lambda: (".json", json.dumps({"keypoints": person.tolist()}).encode()[: int(rng.integers(0, 900))]),
        "deep": lambda: (".json", b"[" * int(rng.integers(1, 50_000))),
        "other json": lambda: (".json", json.dumps(rng.choice([1, 2]).item() * [{"x": 1}]).encode()),
        "ragged json": lambda: (".json", b'{"keypoints": [[1, 2], [3]]}'),
        "table": lambda: (".csv", b"Feature 1,Feature 2,Label\n" + b"1,2\n" * int(rng.integers(1, 5))),
        "not an archive": lambda: (".npz", b"PK\3\4" + rng.bytes(60)),
        "cut archive": lambda: (".npz", archive({"a.npy": saved(person)})[: int(rng.integers(4, 200))]),
        "way out": lambda: (".npz", archive({"../../../x.npy": rng.bytes(40), "/etc/x.npy": b""})),
        "bomb": lambda: (".npz", archive({"a.npy": bytes(300 << 10)})),
        "lies": lambda: (".npz", archive({"a.npy": saved(person)[:-20]})),
        "empty": lambda: (str(rng.choice([".npy", ".npz", ".txt", ".csv", ".json", ".avi", ".png"])), b""),
        "cut video": lambda: (".avi", whole_video[: int(rng.integers(1, 300))]),
        "log": lambda: (".csv", log(rng, turning).encode()),
        "whole": lambda: (".npy", saved(whole(rng, spoilt))),
        "whole lines": lambda: (".txt", lines(whole(rng, spoilt)).encode()),
        "whole json": lambda: (".json", json.dumps({"关键点坐标": whole(rng, 1e30).tolist()}).encode()),
        "samples": lambda: (".npy", saved(np.full((int(rng.integers(0, 4)), 6), spoilt))),
        "cut parquet": lambda: (".parquet", whole_table[: int(rng.integers(0, len(whole_table) - 1))]),
        "other parquet": lambda: (".parquet", table(bytes=[rng.bytes(3)], words=["x"], lists=[[1.0, 2.0]])),
        "holes": lambda: (".parquet", table(t=[0.0, None], ax=[1.0, None], ay=[0.0, 0.0], az=[0.0, 1.0])),
        "no head": lambda: (".parquet", table(gongzhi=rng.bytes(int(rng.integers(1, 40))), t=[0.0], x=[spoilt])),
        "cut lines": lambda: (".jsonl", rng.bytes(int(rng.integers(0, 60)))),
        "other lines": lambda: (".jsonl", b'{"label":"a","channels":["x"],"unit":"g"}\n{"t":0,"v":[1,2]}\n'),
        "cut picture": lambda: (".png", cv2.imencode(".png", np.zeros((20, 20, 3), np.uint8))[1].tobytes()[:30]),
    }  # fmt: skip
    return makers[str(rng.choice(list(makers)))]()


@pytest.mark.parametrize(
    ("about", "count"),
    [({}, COUNT), ({"hands": True}, COUNT // 8), ({"channels": TURNING[:3], "unit": "g"}, COUNT // 8),
     ({"channels": TURNING, "unit": "g, °/s"}, COUNT // 8)], ids=["people", "hands", "sensor", "turning"],
)  # fmt: skip
def test_a_thousand_broken_inputs_get_a_message_and_nothing_else_happens(tmp_path, capsys, about, count):
    rng, a_video = np.random.default_rng(SEED), video(tmp_path)
    a_table = table(t=[0.0, 0.1], ax=[0.0, 0.0], ay=[0.0, 0.0], az=[1.0, 1.0])
    source = tmp_path / "source"
    source.mkdir()
    for number in range(count):
        suffix, content = broken(rng, a_video, a_table, about.get("channels") == TURNING)
        (source / f"f{number:04d}_1{suffix}").write_bytes(content)
    target = dataset.create(tmp_path / "target", dataset.About(name="t", **about))
    before = sorted(tmp_path.rglob("*"))
    report = import_(source, target, Options(), Anybody)
    assert report.taken == []
    assert len(report.left) == count
    assert {name for name, _ in report.left} == {path.name for path in source.iterdir()}
    for _, why in report.left:
        assert all(why.text(language) for language in text.LANGUAGES)
    assert sorted(tmp_path.rglob("*")) == before
    assert target.about.labels == []
    assert capsys.readouterr().out == ""
