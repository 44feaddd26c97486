"""What a project's tables name is recognised in its loop, under names that its rules can use; faults name the place."""

import pytest
from gongzhi import paths, project, text
from gongzhi.actions import Recognisers, action_of, feelers_of
from gongzhi.bench.learn import FORMS as ALL
from gongzhi.bench.learn import RATE
from gongzhi.errors import ConfigError
from gongzhi.learn import dataset, model, pack
from gongzhi.learn.generator import Performer, perform
from gongzhi.learn.training import train
from gongzhi.project import actions
from gongzhi.samples import Sample

from tests.learn.sensors import recording

BASE = """
[project]
id = "p1"
[board.b1]
type = "esp32-devkitc"
[part.lamp]
kind = "led"
pin = 23
"""


@pytest.fixture(scope="module")
def learnt():
    from gongzhi.bench.learn import parts

    few = parts({"train": range(4), "check": range(100, 102), "test": range(200, 201)}, 50.0)
    return model.export(train((few["train"], few["check"]), ALL, rounds=8), RATE)


def load(folder, more):
    (folder / "project.toml").write_text(BASE + more, encoding="utf-8")
    return project.load(folder)


def test_poses_and_labels_are_actions_that_rules_may_name(tmp_path, learnt):
    (tmp_path / "a.tflite").write_bytes(learnt)
    made = load(
        tmp_path,
        """
[pose."左手举起"]
rule = "left_wrist above nose"
dwell = 1.5
[model.forms]
file = "a.tflite"
labels = { bird_fly = { zh = "鸟飞", en = "bird flies" } }
[[rule]]
when = "左手举起 and not bird_fly"
propose = "lamp"
value = 1
""",
    )
    assert list(made.actions) == ["hands_up", "arms_level", "左手举起", *ALL]
    assert made.actions["bird_fly"] == {"zh": "鸟飞", "en": "bird flies"}
    assert made.seen.dwells == {"左手举起": 1.5}
    assert made.rules[0].when == "左手举起 and not bird_fly"


def test_a_learnt_movement_is_held_by_its_name(tmp_path, learnt):
    (tmp_path / "a.tflite").write_bytes(learnt)
    see = Recognisers(load(tmp_path, '[model.forms]\nfile = "a.tflite"\n').seen)
    data = pack.load("wuqinxi")
    frames = perform(data, data.form("bird_fly"), Performer(200), 40.0).features()
    held = [{action.name for action in see(each, each.t) if action.held} for each in frames]
    assert sum("bird_fly" in each for each in held[80:]) > 60
    assert all(each <= {"bird_fly", "hands_up", "arms_level"} for each in held)
    see.close()


def test_a_data_set_alone_recognises_by_its_nearest_recording(tmp_path):
    data = pack.load("wuqinxi")
    made = dataset.create(tmp_path / "mine", dataset.About(name="mine", rate=RATE))
    for seed in range(3):
        for form in ("bird_fly", "tiger_lift"):
            made.add(perform(data, data.form(form), Performer(seed), 36.0, label=form.replace("_", " ")))
    see = Recognisers(load(tmp_path, '[model.forms]\ndata = "mine"\n').seen)
    frames = perform(data, data.form("bird_fly"), Performer(1, style=4), 24.0).features()
    names = {action.name: action for each in frames for action in see(each, each.t)}
    assert names.keys() == {"hands_up", "arms_level", "bird_fly", "tiger_lift"}
    assert names["bird_fly"].p > names["tiger_lift"].p


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('[pose.a]\nrule = "left_wirst above nose"', ["pose.a", "left_wrist", "9"]),
        ('[pose.a]\nrul = "x"', ["pose.a", "rule"]),
        ('[pose."a b"]\nrule = "hands above head"', ["a b"]),
        ('[pose.hands_up]\nrule = "hands above head"', ["hands_up"]),
        ("[model.a]", ["model.a", "file", "data"]),
        ('[model.a]\nfile = "x"\ndata = "y"', ["model.a"]),
        ('[model.a]\nfile = "no.tflite"', ["model.a", "no.tflite"]),
        ('[model.a]\ndata = "none"', ["model.a", "none"]),
        ('[model.a]\nfile = "project.toml"', ["model.a", "project.toml"]),
        ('[model.a]\nfile = "a.tflite"\nlabels = { bird = "b" }', ["model.a", "bird_fly"]),
    ],
)
@pytest.mark.parametrize("language", text.LANGUAGES)
def test_a_fault_names_its_place_and_what_would_be_right(tmp_path, learnt, more, said, language):
    (tmp_path / "a.tflite").write_bytes(learnt)
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, more)
    words = caught.value.text(language)
    assert all(word in words for word in [*said, "project.toml"]), words


def test_a_file_that_says_the_same_gives_the_same_manifest(tmp_path, learnt):
    (tmp_path / "a.tflite").write_bytes(learnt)
    pose = '[pose.up]\nrule = "hands above head"\n[model.forms]\nfile = "a.tflite"\n'
    one = load(tmp_path, pose)
    assert load(tmp_path, "# saved again\n" + pose) == one
    assert load(tmp_path, pose.replace("head", "nose")) != one
    assert load(tmp_path, pose.replace('head"', 'head"\ndwell = 2')) != one


def test_labels_become_names_that_a_condition_can_say():
    assert [action_of(one) for one in ("left wave", "举手", "3rd", "wave!")] == ["left_wave", "举手", "_3rd", "wave"]


IMU = """
[part.imu]
kind = "mpu6050"
pins = { scl = 22, sda = 21 }
options = { stream = 25 }
[model.steps]
file = "steps.tflite"
sensor = "imu"
"""


@pytest.fixture(scope="module")
def steps():
    return (paths.share("examples") / "05_imu_step_counter" / "data" / "model.tflite").read_bytes()


def test_what_a_sensor_feels_is_an_action_too(tmp_path, steps):
    (tmp_path / "steps.tflite").write_bytes(steps)
    made = load(tmp_path, IMU)
    assert made.seen.felt == {"walk": "imu", "stand": "imu", "shake": "imu"}
    assert made.parts["imu"].config()["stream"] == 25
    feel = feelers_of(made.seen)
    recognise = Recognisers(made.seen)
    assert {one.name for one in recognise(None, 0.0)} == {"hands_up", "arms_level"}, "no camera sees it"
    frames = recording("walk", 41).frames()
    assert feel("imu", frames[:20]) == ()
    assert {one.name: one.held for one in feel("imu", frames[20:100])} == {"walk": True, "stand": False, "shake": False}
    feel.forget("imu")
    assert feel("imu", frames[100:110]) == ()
    feel.close()


def test_a_model_of_acceleration_looks_at_a_sensor_that_tells_rotation_too(tmp_path, steps):
    (tmp_path / "steps.tflite").write_bytes(steps)
    feel = feelers_of(load(tmp_path, IMU.replace("25 }", '25, rotation = "yes" }')).seen)
    frames = [Sample(one.t, (*one.values, 9.0, -9.0, 9.0)) for one in recording("walk", 41).frames()]
    assert [one.name for one in feel("imu", frames[:100]) if one.held] == ["walk"]
    feel.close()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("options = { stream = 25 }", "", "options = { stream = 25 } in [part.imu]"),
        ('sensor = "imu"', "", "Possible here: imu"),
        ('sensor = "imu"', 'sensor = "lamp"', "does not give that"),
        ("stream = 25", "stream = 4", "stream = 5…50"),
    ],
)
def test_a_sensor_that_cannot_do_it_is_named(tmp_path, steps, old, new, says):
    (tmp_path / "steps.tflite").write_bytes(steps)
    with pytest.raises(ConfigError) as fault:
        load(tmp_path, IMU.replace(old, new))
    assert says in str(fault.value)


@pytest.mark.parametrize(
    ("channels", "unit", "rotation"),
    [
        (("x", "y", "z", "rx", "ry", "rz"), "g, °/s", True),
        (("loudness",), "%", False),
        (("x", "y", "z", "rx", "ry", "rz"), "m/s², °/s", False),
    ],
)
def test_rotation_is_advised_only_where_it_would_help(tmp_path, monkeypatch, channels, unit, rotation):
    monkeypatch.setattr(actions, "_about", lambda *_, **__: (("turn",), channels, unit, False))
    with pytest.raises(ConfigError) as fault:
        load(tmp_path, IMU)
    assert ('rotation = "yes"' in str(fault.value)) is rotation


def test_a_model_of_people_needs_no_sensor(tmp_path, learnt):
    (tmp_path / "steps.tflite").write_bytes(learnt)
    with pytest.raises(ConfigError, match="needs no sensor"):
        load(tmp_path, IMU)
