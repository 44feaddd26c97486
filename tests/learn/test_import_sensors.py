"""Logs of phones and boards are taken with their units, by the headings of the usual apps, or left with a reason."""

import json
from contextlib import suppress

import numpy as np
import pytest
from gongzhi.cli import app
from gongzhi.errors import DataError
from gongzhi.learn import dataset, files, parquet, sensor_formats
from gongzhi.learn.formats import UnfitError
from gongzhi.learn.importing import have_hands, import_, new_kind
from gongzhi.learn.importing_report import Options
from gongzhi.learn.sensor_formats import columns, logs, rows_of
from gongzhi.parts import KINDS
from gongzhi.sim.worn import Bearer, Worn
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from tests.learn.sensors import recording

G = 9.80665
T, FORCE = Worn("walk", Bearer.of(3)).sampled(4.0)
T_TURNED, TURNED = Worn("shake", Bearer.of(3)).sampled(4.0, turning=True)
TURNING = ["x", "y", "z", "rx", "ry", "rz"]


def table(heading, scale=1.0, times=1.0, separator=",", point=".", extra=lambda n: "", rows=(T, FORCE)):
    """What an app saves: `heading` names the columns of t, x, y, z in this order, and perhaps of the rotation."""
    lines = [heading]
    for n, (t, row) in enumerate(zip(*rows, strict=True)):
        cells = [f"{t * times:.6f}", *(f"{value:.6f}" for value in row * scale)]
        lines.append(separator.join(cell.replace(".", point) for cell in cells) + extra(n))
    return "\n".join(lines) + "\n"


APPS = {
    "board.csv": table("t,ax (g),ay (g),az (g)"),
    "phyphox.csv": table('"Time (s)","Acceleration x (m/s^2)","Acceleration y (m/s^2)","Acceleration z (m/s^2)"', G),
    "phyphox_comma.csv": table("Time (s);Acceleration x (m/s^2);Acceleration y (m/s^2);Acceleration z (m/s^2)", G,
                               separator=";", point=","),
    "toolbox.csv": table("time,gFx,gFy,gFz,TgF", extra=lambda n: ",1.0"),
    "milli.csv": "# a board's log\nsep=,\n" + table("timestamp [ms],acc_x [mg],acc_y [mg],acc_z [mg]", 1000, 1000),
    "nanos.csv": table("time,accelerometerAccelerationX(G),accelerometerAccelerationY(G),accelerometerAccelerationZ(G)",
                       times=1e9),
    "chinese.csv": table("时间(毫秒),X轴加速度(m/s²),Y轴加速度(m/s²),Z轴加速度(m/s²)", G, 1000),
    "tabs.txt": table("t\tax(g)\tay(g)\taz(g)", separator="\t"),
}  # fmt: skip


@pytest.fixture
def target(tmp_path):
    about = dataset.About(name="d", channels=["x", "y", "z"], unit="g", rate=20.0)
    return dataset.create(tmp_path / "d", about)


@pytest.mark.parametrize("name", APPS)
def test_what_an_app_saves_is_read_in_g_and_seconds(tmp_path, target, name):
    (tmp_path / "walk").mkdir()
    (tmp_path / "walk" / name).write_text(APPS[name], "utf-8")
    report = import_(tmp_path / "walk", target, Options(person="p03"))
    assert report.left == []
    (made,) = target.recordings()
    assert (made.head.label, made.head.person) == (name.rpartition(".")[0].partition("_")[0], "p03")
    np.testing.assert_allclose(made.t, T, atol=1e-3)
    np.testing.assert_allclose(made.values, FORCE, atol=1e-3)


def test_sensor_logger_has_its_columns_in_another_order(target, tmp_path):
    rows = "\n".join(f"{1.7e18 + t * 1e9:.0f},{t:.4f},{z},{y},{x}" for t, (x, y, z) in zip(T, FORCE * G, strict=True))
    (tmp_path / "walk_1.csv").write_text("time,seconds_elapsed,z,y,x\n" + rows)
    report = import_(tmp_path / "walk_1.csv", target, Options(unit="m/s2"))
    assert report.taken == [("walk_1", "walk", len(T), "m/s2, 22 Hz")]
    np.testing.assert_allclose(target.recordings()[0].values, FORCE, atol=1e-3)


def test_a_column_of_labels_divides_it(target, tmp_path):
    text = table("t,ax (g),ay (g),az (g),activity", extra=lambda n: ",walk" if n < 60 else ",shake")
    (tmp_path / "all.csv").write_text(text)
    import_(tmp_path / "all.csv", target)
    assert {one.head.label: len(one.t) for one in target.recordings()} == {"walk": 60, "shake": len(T) - 60}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (table("t,ax,ay,az"), "does not say its unit"),
        (table("Time (s),Linear Acceleration x (m/s^2),Linear Acceleration y (m/s^2),Linear Acceleration z (m/s^2)"),
         "gravity has been taken out"),
        (table("t,ax (m/s2),ay (m/s2),az (m/s2)"), "its unit is not m/s2"),
        (table("t,ax (g),ay (g),az (g)", G), "its unit is not g"),
        (table("t,ax (g),ay (g),az (g)", times=10), "samples a second"),
        ("t,ax (g),ay (g),az (g)\n" + "x,y,z,w\n" * 9, "no samples with rising times"),
        ("t,ax (g),ay (g),az (g)\n" + "1,0,0,1\n" * 9, "no samples with rising times"),
        ("t,brightness\n1,2\n", "no columns for the time"),
        ("", "no columns for the time"),
    ],
)  # fmt: skip
def test_what_is_none_is_left_with_the_reason(target, tmp_path, text, why):
    (tmp_path / "walk_1.csv").write_text(text)
    report = import_(tmp_path / "walk_1.csv", target)
    assert report.taken == []
    assert why in report.left[0][1].text("en")
    assert target.paths == []
    assert target.about.labels == []


def test_rows_that_are_broken_are_left_out_and_counted(target, tmp_path):
    lines = APPS["board.csv"].splitlines()
    lines[10] = "nan,1,1,1"
    lines[20] = "x"
    lines[30] = lines[29]
    (tmp_path / "walk_1.csv").write_text("\n".join(lines))
    report = import_(tmp_path / "walk_1.csv", target)
    assert report.dropped == 3
    assert len(target.recordings()[0].t) == len(T) - 3


@given(st.text(max_size=300), st.sampled_from(["", "t,ax (g),ay (g),az (g)\n"]))
def test_no_text_does_harm(text, heading):
    found = rows_of(heading + text)
    if found is not None:
        with suppress(UnfitError):
            assert all(np.isfinite(one.values).all() and (np.diff(one.t) > 0).all() for one in logs(*found))


def test_headings_of_keypoints_are_no_accelerometer():
    assert columns(["Feature 1", "Feature 2", "Label"]) is None
    assert columns([]) is None
    assert sensor_formats.rows_of("1,2,3\n4,5,6") is None


def turned(heading, rotation=1.0, force=1.0, **rest):
    return table(heading, np.array([force] * 3 + [rotation] * 3), rows=(T_TURNED, TURNED), **rest)


RADIANS = np.pi / 180
GYROSCOPES = {
    "board.csv": turned("t,ax (g),ay (g),az (g),gx (°/s),gy (°/s),gz (°/s)"),
    "toolbox.csv": turned("time,gFx,gFy,gFz,wx,wy,wz", RADIANS),
    "log.csv": turned(
        "loggingTime,accelerometerAccelerationX(G),accelerometerAccelerationY(G),accelerometerAccelerationZ(G),"
        "motionRotationRateX(rad/s),motionRotationRateY(rad/s),motionRotationRateZ(rad/s)", RADIANS),
    "chinese.csv": turned("时间(毫秒);X轴加速度(m/s²);Y轴加速度(m/s²);Z轴加速度(m/s²);"
                          "X轴角速度(弧度/秒);Y轴角速度(弧度/秒);Z轴角速度(弧度/秒)", RADIANS, G, times=1000,
                          separator=";", point=","),
}  # fmt: skip


@pytest.fixture
def turning(tmp_path):
    """A data set of what a board's motion sensor with rotation tells, with a recording of one in it."""
    part = KINDS["mpu6050"]
    channels = part.sampled({"rotation": "yes"})
    about = dataset.About(name="d", channels=list(channels), unit=part.unit_of(channels), rate=20.0)
    made = dataset.create(tmp_path / "turning", about)
    made.add(recording("shake", 5, turning=True))
    return made


@pytest.mark.parametrize("name", GYROSCOPES)
def test_rotation_is_read_in_degrees_a_second_into_the_data_set_of_a_board(tmp_path, turning, name):
    (tmp_path / name).write_text(GYROSCOPES[name], "utf-8")
    assert new_kind(tmp_path / name) == (turning.about.channels, turning.about.unit) == (TURNING, "g, °/s")
    report = import_(tmp_path / name, turning)
    assert (report.left, report.guessed) == ([], 0)
    live, made = sorted(turning.recordings(), key=lambda one: one.head.person, reverse=True)
    assert (made.head.channels, made.head.unit) == (live.head.channels, live.head.unit)
    np.testing.assert_allclose(made.t, T_TURNED, atol=2e-3)
    np.testing.assert_allclose(made.values, TURNED, atol=0.02)


def test_a_unit_that_nobody_says_is_told_by_a_speed_that_only_degrees_have_else_it_is_asked_for(tmp_path, turning):
    source, heading = tmp_path / "phone", "t,ax (g),ay (g),az (g),gyro_x,gyro_y,gyro_z"
    source.mkdir()
    still = Worn("stand", Bearer.of(3)).sampled(4.0, turning=True)
    (source / "rest_1.csv").write_text(table(heading, rows=still))
    report = import_(source, turning)
    assert "--rotation deg/s" in str(report.left[0][1])
    (source / "shake_1.csv").write_text(turned(heading))
    report = import_(source, turning)
    assert (len(report.taken), report.left, report.guessed) == (2, [], 2)
    (source / "poor_1.csv").write_text("\n".join(turned(heading).splitlines()[:2]))
    report = import_(source, turning)
    assert (len(report.left), report.guessed) == (1, 2), "what was left is not counted as taken"
    (source / "poor_1.csv").unlink()
    (source / "shake_1.csv").write_text(turned(heading, RADIANS))
    report = import_(source, turning, Options(rotation="rad/s"))
    assert (len(report.taken), report.guessed) == (2, 0)
    np.testing.assert_allclose(turning.recordings()[-1].values, TURNED, atol=0.02)
    (source / "shake_1.csv").write_text(turned(heading.replace("gyro_x", "gyro_x (rad/s)")))
    assert "no sensor tells so many rad/s" in str(import_(source / "shake_1.csv", turning).left[0][1])


def test_where_one_table_has_no_rotation_all_are_of_an_accelerometer(tmp_path, target, turning):
    source = tmp_path / "phone"
    source.mkdir()
    (source / "shake_1.csv").write_text(GYROSCOPES["board.csv"])
    (source / "walk_1.csv").write_text(APPS["board.csv"])
    assert new_kind(source) == (["x", "y", "z"], "g")
    assert len(import_(source, target).taken) == 2
    report = import_(source, turning)
    assert [name for name, _ in report.left] == ["walk_1.csv"]
    assert "does not tell the rotation" in str(report.left[0][1])


def test_numbers_without_headings_or_without_the_time_are_taken_with_what_is_assumed_said(tmp_path, turning):
    source = tmp_path / "board"
    source.mkdir()
    np.save(source / "a_1.npy", TURNED)
    np.savez(source / "b_1.npz", x=np.column_stack([T_TURNED, TURNED]))
    np.savetxt(source / "c_1.txt", TURNED, delimiter=",")
    (source / "d_1.csv").write_text("aX,aY,aZ,gX,gY,gZ\n" + "\n".join(",".join(map(str, row)) for row in TURNED))
    assert new_kind(source) == (TURNING, "g, °/s")
    report = import_(source, turning, Options(unit="g", rotation="deg/s", fps=25))
    assert (len(report.taken), report.left, report.assumed) == (4, [], {"fps", "person"})
    for each in turning.recordings()[:4]:
        np.testing.assert_allclose(each.values, TURNED, atol=1e-4)
        assert each.seconds == pytest.approx(T_TURNED[-1], rel=0.1)


def test_words_are_no_samples_and_a_comma_may_be_the_decimal_point(tmp_path, turning):
    source = tmp_path / "pupils"
    source.mkdir()
    for number in range(60):
        (source / f"a{number}.jpg").touch()
    (source / "README.txt").write_text("six words stand in this line\n" * 3)
    (source / "classes.txt").write_text("1 2 3 4 5 6\n")
    np.save(source / "wave_1.npy", np.ones((20, 33, 2)))
    assert new_kind(source) == ([], "")
    (source / "wave_1.npy").unlink()
    text = "\n".join(";".join(f"{value:.6f}".replace(".", ",") for value in row) for row in TURNED)
    (source / "turn_1.csv").write_text(text)
    assert new_kind(source) == (TURNING, "g, °/s"), "pictures are not counted among the files that are looked at"
    report = import_(source / "turn_1.csv", turning, Options(unit="g", rotation="deg/s", fps=25))
    assert len(report.taken) == 1, report.left
    np.testing.assert_allclose({r.name: r for r in turning.recordings()}["turn_1"].values, TURNED, atol=1e-4)
    assert rows_of("0,01;0,12;0,99\n" * 3) is None, "three numbers"


def test_what_the_user_says_of_a_rotation_beats_what_its_name_lets_guess(tmp_path, turning):
    (tmp_path / "turn_1.csv").write_text(turned("t,ax (g),ay (g),az (g),wx,wy,wz"))
    assert len(import_(tmp_path / "turn_1.csv", turning, Options(rotation="deg/s")).taken) == 1
    np.testing.assert_allclose({r.name: r for r in turning.recordings()}["turn_1"].values, TURNED, atol=0.02)


def invoke(*words):
    return CliRunner().invoke(app, ["data", "import", *map(str, words), "--json"], catch_exceptions=False)


def test_the_command_line_makes_the_right_kind_of_data_set(tmp_path):
    source = tmp_path / "phone"
    (source / "walk").mkdir(parents=True)
    (source / "walk" / "a.csv").write_text(table("t,ax,ay,az"))
    (source / "walk" / "b.csv").write_text(APPS["phyphox.csv"])
    done = invoke(source, "--to", tmp_path / "d", "--unit", "g")
    assert done.exit_code == 0, done.output
    report = json.loads(done.output.splitlines()[-1])
    assert [(one["label"], one["frames"]) for one in report["taken"]] == [("walk", len(T))] * 2
    data = dataset.load(tmp_path / "d")
    assert (data.about.channels, data.about.unit, data.about.rate) == (["x", "y", "z"], "g", 20.0)
    people = dataset.create(tmp_path / "people", dataset.About(name="people"))
    report = import_(source, people)
    assert {str(why) for _, why in report.left} == {
        "it is an accelerometer’s: sensors have a data set of their own, so name another with --to"
    }


def test_our_own_recordings_are_taken_as_they_are_and_read_once(tmp_path, target, monkeypatch):
    source = tmp_path / "other"
    source.mkdir()
    whole = recording("shake", 9)
    (source / "one.parquet").write_bytes(parquet.encode(whole))
    (source / "two.jsonl").write_bytes(files.encode(recording("walk", 9), ".jsonl"))
    (source / "three.jsonl").write_bytes(files.encode(recording("walk", 9), ".jsonl").replace(b'"g"', b'"m"'))
    kept, looked = files.read, []
    monkeypatch.setattr(files, "read", lambda path: [looked.append(path.name), kept(path)][1])
    assert (new_kind(source), have_hands(source)) == ((["x", "y", "z"], "g"), False)
    report = import_(source, target)
    assert sorted(looked) == ["one.parquet", "three.jsonl", "two.jsonl"]
    assert report.assumed == set()
    assert {one[1] for one in report.taken} == {"shake", "walk"}
    assert [name for name, _ in report.left] == ["three.jsonl"]
    assert {one.head.person for one in target.recordings()} == {"p09"}


def test_a_cell_without_an_end_is_a_reason_to_leave_the_file(tmp_path, target):
    path = tmp_path / "walk_1.csv"
    path.write_text('time (s),ax (g),ay (g),az (g)\n0,0,0,1\n0.02,"' + 200_000 * "x" + "\n")
    assert [name for name, _ in import_(path, target).left] == ["walk_1.csv"]


def test_a_small_parquet_file_that_would_fill_the_memory_is_refused_unread(tmp_path, monkeypatch):
    """Equal values take next to nothing in a file, and what a file says of its size is about that."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    monkeypatch.setattr(parquet, "_MOST_NUMBERS", 1_000_000)
    n = 1_000_001
    one = pa.ListArray.from_arrays(pa.array([0, n], pa.int32()), pa.array(np.zeros(n, np.int8)))
    word = pa.DictionaryArray.from_arrays(pa.array(np.zeros(500, np.int32)), pa.array(["x" * 100_000]))
    made = {
        "list": pa.table({"t": pa.array([0.0]), "xy": one}),
        "text": pa.table({"t": np.arange(500) / 50, "words": word.cast(pa.large_string())}),
    }
    del one, word
    for name, table in made.items():
        pq.write_table(table, tmp_path / f"{name}.parquet")
        assert (tmp_path / f"{name}.parquet").stat().st_size < 100_000
    with pytest.raises(DataError, match="too large"):
        parquet.table(tmp_path / "list.parquet")
    read = []
    real = pq.ParquetFile.read
    monkeypatch.setattr(pq.ParquetFile, "read", lambda *a, **k: read.append(real(*a, **k)) or read[-1])
    assert list(parquet.table(tmp_path / "text.parquet")) == ["t"]
    assert read[0].column_names == ["t"], "what is no number is not read at all"


def test_a_parquet_table_of_another_program(tmp_path, target):
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {"time (s)": T, **{f"a{axis} (g)": FORCE[:, i] for i, axis in enumerate("xyz")}}
    pq.write_table(pa.table(columns), tmp_path / "walk_2.parquet")
    assert import_(tmp_path / "walk_2.parquet", target).left == []
    np.testing.assert_allclose(target.recordings()[0].values, FORCE, atol=1e-3)
    (tmp_path / "broken_1.parquet").write_bytes((tmp_path / "walk_2.parquet").read_bytes()[:-40])
    with pytest.raises(DataError, match="no recording in Parquet"):
        parquet.read(tmp_path / "broken_1.parquet")
