"""A project that uses a pack: its forms are actions, its coach speaks on the page, in both languages, with what is not
verified marked."""

import textwrap

import pytest
from gongzhi import paths
from gongzhi.actions import coach_of
from gongzhi.clock import ManualClock
from gongzhi.coach.events import Notice, Repetition
from gongzhi.coach.feedback import Say
from gongzhi.coach.outcomes import OUTCOMES, RESTS
from gongzhi.errors import DataError, GongzhiError
from gongzhi.learn import pack
from gongzhi.project import load
from gongzhi.runtime.coaching import agreed, line, voice
from gongzhi.runtime.options import Options
from gongzhi.runtime.runtime import Runtime
from gongzhi.stages import capture

BASE = """
[project]
id = "coach"

[board.desk]
type = "esp32-devkitc"

[part.lamp]
kind = "led"
pin = 23
"""


@pytest.fixture
def project(tmp_path):
    def made(more: str):
        (tmp_path / "project.toml").write_text(BASE + textwrap.dedent(more), encoding="utf-8")
        return load(tmp_path)

    return made


def test_the_forms_of_a_pack_are_actions_of_the_project(project):
    manifest = project('[pack]\nuse = "wuqinxi"')
    assert {"tiger_lift", "transition", *OUTCOMES} <= set(manifest.actions)
    assert manifest.actions["tiger_lift"]["zh"] == "虎举"
    coach = coach_of(manifest.seen)
    assert set(coach.names) <= set(manifest.actions)


def test_a_rule_may_speak_of_a_form(project):
    manifest = project("""
        [pack]
        use = "wuqinxi"
        legs = false

        [[rule]]
        when = "well_done"
        propose = "lamp"
        value = 1
        because = { zh = "做得好", en = "well done" }
        what = { zh = "开灯", en = "light" }
        """)
    assert manifest.rules[0].when == "well_done"
    assert not manifest.seen.legs


def test_without_a_pack_there_is_no_coach(project):
    assert coach_of(project("").seen) is None


def test_a_pack_that_is_not_there_is_named(project):
    with pytest.raises(GongzhiError, match="wuqinxi"):
        project('[pack]\nuse = "wuqinxl"')


def test_what_the_page_shows_is_in_both_languages_and_says_what_is_not_verified():
    data = pack.load("wuqinxi")
    cue, good = {"zh": "再高一点", "en": "higher"}, {"zh": "很慢", "en": "It was slow"}
    said = line(Say("ask", "bird_fly", "knee_up", good, cue, 71.4, 2, 3), data)
    assert said["zh"].startswith("鸟飞（未核对）：71 分")
    assert "请旁边的人看一下" in said["zh"]
    assert said["en"].index("It was slow") < said["en"].index("higher")
    assert "not verified" not in line(Say("cue", "tiger_lift", "slow", good, cue, 60.0, 4, 4), data)["en"]
    assert line(Notice("stumble"), data)["zh"].startswith("你还好吗")
    assert "评分" in line(Repetition("tiger_lift", "", 0.0, 9.0, None), data)["zh"]
    assert line(Repetition("transition", "", 0.0, 9.0, None), data) is None


def test_limits_are_checked_with_the_project_and_their_rests_are_actions(project):
    manifest = project("""
        [pack]
        use = "wuqinxi"
        voice = true

        [pack.limits]
        repetitions = 3
        go = "lamp"
        """)
    assert set(RESTS) <= set(manifest.actions)
    assert manifest.seen.voice
    assert coach_of(manifest.seen).limits.repetitions == 3
    for wrong, said in (('go = "lmap"\nrepetitions = 3', "lamp"), ("sets = 2", "repetitions"), ("rest = 1", "rest")):
        with pytest.raises(GongzhiError, match=said):
            project(f'[pack]\nuse = "wuqinxi"\n[pack.limits]\n{wrong}')


def test_an_adults_yes_is_the_part_that_it_switches_on(project):
    manifest = project('[pack]\nuse = "wuqinxi"\n[pack.limits]\nrepetitions = 3\ngo = "lamp"')
    coach = coach_of(manifest.seen)
    for channel, level, go in (("lamp", 0.0, False), ("other", 1.0, False), ("lamp", 1.0, True), ("lamp", 0.0, False)):
        agreed(manifest, coach, channel, {"level": level})
        assert coach.go is go


def test_what_is_read_out_has_no_numbers_and_what_a_teacher_has_shown_is_not_called_unverified():
    shown = pack.load(str(paths.share("examples") / "17_break_exercise" / "teacher"))
    said = Say("cue", "stretch", "slow", {"zh": "很高", "en": "High"}, {"zh": "慢一点", "en": "slower"}, 71.4, 2, 3, 2)
    assert voice(said, shown)["zh"] == "第 2 遍。 很高。 慢一点"
    assert line(said, shown)["zh"].startswith("伸展运动：71 分")
    assert voice(Notice("rest"), shown) == line(Notice("rest"), shown)


def test_the_synthetic_camera_does_a_course_of_any_pack():
    for name in pack.known():
        capture.open_camera(f"synthetic:{name}", ManualClock()).close()
    assert capture.synthetic("synthetic:wuqinxi")
    assert not capture.synthetic("synthetic.mp4")
    with pytest.raises(DataError):
        capture.open_camera("synthetic:nothing", ManualClock())


@pytest.mark.parametrize(
    ("example", "camera", "opened"),
    [("17_break_exercise", "synthetic", "17_break_exercise/teacher"), ("17_break_exercise", "0", "0"),
     ("01_hands_up_gate", "synthetic", "synthetic")],
)  # fmt: skip
def test_a_drawn_person_does_what_the_project_is_about(monkeypatch, example, camera, opened):
    asked = []
    monkeypatch.setattr(capture, "open_camera", lambda spec, *_all, **_more: asked.append(spec))
    Runtime(Options(paths.share("examples") / example, camera=camera, headless=True))._camera()
    assert asked[0].replace("\\", "/").endswith(opened)
