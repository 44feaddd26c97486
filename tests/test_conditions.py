"""The condition language: what it understands, what it says of a mistake, and what it makes of what is not known."""

from __future__ import annotations

import contextlib

import pytest
from gongzhi import text
from gongzhi.condition_text import Sensed, Words, because, parse
from gongzhi.conditions import READING_TTL, Reading, Scene
from gongzhi.errors import ConfigError
from gongzhi.values import Action
from hypothesis import given
from hypothesis import strategies as st

WORDS = Words(
    {
        "soil": Sensed("soil", "moisture", 0, 100, "%", {"zh": "土壤", "en": "soil probe"}),
        "mat": Sensed("mat", "closed", 0, 1, "", {"zh": "垫子", "en": "mat"}),
        "my-eye": Sensed("my-eye", "distance", 2, 400, "cm", {"zh": "眼睛", "en": "eye"}),
        "imu": Sensed("imu", "tilt", 0, 180, "°", {"zh": "姿态", "en": "imu"}),
        "imu.x": Sensed("imu.x", "x", -4, 4, "g", {}),
    },
    {"hands_up": {"zh": "举手", "en": "hands are up"}},
)


@pytest.fixture(params=["zh", "en"])
def language(request):
    text.choose(request.param)
    yield request.param
    text.choose(None)


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("hands_up", "hands_up"),
        ("  soil<30 ", "soil < 30"),
        ("30 > soil", "soil < 30"),
        ("soil >= -3.5", "soil >= -3.5"),
        ("20 < soil < 30", "soil > 20 and soil < 30"),
        ("soil < 30 and not mat", "soil < 30 and not mat"),
        ("not (soil < 30 or mat)", "not (soil < 30 or mat)"),
        ("(mat or hands_up) and soil == 3", "(mat or hands_up) and soil == 3"),
        ("土壤 < 30 且 不 垫子", "soil < 30 and not mat"),
        ("土壤＜３０ 或者 （举手）", "soil < 30 or hands_up"),
        ("soil probe ≤ 3", "soil <= 3"),
        ("my-eye < 5", "my-eye < 5"),
        ("imu.tilt > 3 and imu.x < 1", "imu > 3 and imu.x < 1"),
        ("imu > 3", "imu > 3"),
        ('"hands_up"', "hands_up"),
        ("mat == True", "mat == 1"),
    ],
)
def test_what_is_written_and_what_it_means(written, means):
    found = parse(written, WORDS)
    assert str(found) == means
    assert parse(str(found), WORDS) == found


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("", ["200"]),
        ("soil < 30 and " * 20, ["200"]),
        ("soill < 30", ["soill", "soil"]),
        ("hand_up", ["hand_up", "hands_up"]),
        ("soil", ["soil", "0", "100%", "soil < 50"]),
        ("hands_up > 3", ["hands_up"]),
        ("soil < mat", ["soil < mat"]),
        ("3 < 4", ["3 < 4"]),
        ("soil.wet < 3", ["soil", "wet", "moisture"]),
        ("imu.y < 3", ["imu", "tilt", "x"]),
        ("soil in mat", ["<="]),
        ("soil + 1 < 3", ["soil"]),
        ("soil = 30", ["=="]),
        ("soil 小于 30", ["<="]),
        ("soil < 30 && mat", ["and"]),
        ("__import__('os').system('x')", ["soil < 30"]),
        ("soil < 1e999", ["soil"]),
        ("(" * 150, ["((("]),
        ("soil < 30 and", ["soil < 30"]),
        ("lambda: 1", ["lambda"]),
    ],
)
def test_a_mistake_is_named_with_what_would_be_right(language, written, names):
    with pytest.raises(ConfigError) as caught:
        parse(written, WORDS)
    said = str(caught.value)
    assert all(name in said for name in names), said


def test_a_name_that_two_share_has_to_be_said_otherwise():
    lamp = {"a": Sensed("a", "x", 0, 1, "", {"zh": "灯"}), "b": Sensed("b", "x", 0, 1, "", {"zh": "灯"})}
    with pytest.raises(ConfigError, match="a, b"):
        parse("灯", Words(lamp, {}))
    assert str(parse("b", Words(lamp | {"c": Sensed("c", "x", 0, 1, "", {"zh": "b"})}, {}))) == "b"


def test_a_reason_is_made_of_the_condition():
    assert because(parse("soil < 30 and not mat", WORDS)) == {
        "zh": "土壤 < 30%，并且不是：垫子接通了", "en": "soil probe < 30% and not: mat is on",
    }  # fmt: skip


def scene(now=100.0, *, soil=None, mat=None, seen=100.0, held=None, age=0.0):
    given = {"soil": soil, "mat": mat}
    readings = {name: Reading(value, now - age) for name, value in given.items() if value is not None}
    actions = None if held is None else {"hands_up": Action("hands_up", held, 0.9 if held else 0.2, seen, seen)}
    return Scene(now, actions, seen, readings)


@pytest.mark.parametrize(
    ("written", "now", "truth", "p"),
    [
        ("soil < 30", scene(soil=29), True, 1.0),
        ("soil < 30", scene(soil=30), False, 1.0),
        ("soil < 30", scene(), None, 0.0),
        ("soil < 30", scene(soil=29, age=READING_TTL + 0.1), None, 0.0),
        ("not soil < 30", scene(), None, 0.0),
        ("mat", scene(mat=1), True, 1.0),
        ("soil < 30 and mat", scene(mat=0), False, 1.0),
        ("soil < 30 and mat", scene(mat=1), None, 0.0),
        ("soil < 30 or mat", scene(mat=1), True, 1.0),
        ("soil < 30 or mat", scene(mat=0), None, 0.0),
        ("hands_up", scene(held=True), True, 0.9),
        ("hands_up", scene(), None, 0.0),
        ("hands_up", scene(held=True, seen=98.0), None, 0.0),
        ("not hands_up", scene(held=False), True, 0.8),
        ("hands_up and mat", scene(held=True, mat=1), True, 0.9),
        ("hands_up or mat", scene(held=True, mat=1), True, 1.0),
    ],
)
def test_what_is_not_known_is_neither_true_nor_false(written, now, truth, p):
    found = parse(written, WORDS).find(now, {})
    assert (found.truth, found.p) == (truth, pytest.approx(p))
    assert bool(found.missing) == (truth is None)


def test_the_evidence_is_what_the_truth_rests_on():
    found = parse("soil < 30 or mat", WORDS).find(scene(soil=50, mat=1), {})
    assert [one.name for one in found.evidence] == ["mat"]
    assert parse("soil < 30 and hands_up", WORDS).find(scene(held=True), {}).missing == ("soil",)


@pytest.mark.parametrize(
    ("written", "slack", "values", "truths"),
    [
        ("soil < 30", None, [31, 29, 31, 31.9, 32.1, 30, 29], [0, 1, 1, 1, 0, 0, 1]),
        ("soil > 30", 10, [29, 31, 25, 19, 25], [0, 1, 1, 0, 0]),
        ("soil == 30", None, [30, 31, 30], [1, 0, 1]),
        ("soil < 30", 0, [29, 30], [1, 0]),
    ],
)
def test_a_number_at_its_threshold_does_not_flicker(written, slack, values, truths):
    condition, memory = parse(written, WORDS, slack), {}
    assert [condition.find(scene(soil=value), memory).truth for value in values] == [bool(one) for one in truths]


def test_after_a_silence_the_hysteresis_begins_anew():
    condition, memory = parse("soil < 30", WORDS, 10), {}
    assert condition.find(scene(soil=29), memory).truth is True
    assert condition.find(scene(), memory).truth is None
    assert condition.find(scene(soil=35), memory).truth is False


_atoms = st.sampled_from(["soil < 30", "mat", "hands_up", "soil >= 60"])
_texts = st.recursive(
    _atoms, lambda inner: st.builds("({}) {} not ({})".format, inner, st.sampled_from(["and", "or"]), inner),
    max_leaves=5,
)  # fmt: skip


@given(_texts, st.none() | st.floats(0, 100), st.none() | st.booleans(), st.none() | st.booleans())
def test_what_is_known_never_changes_when_more_gets_known(written, soil, mat, held):
    """Kleene's logic is monotonic: a truth reached without a sensor holds whatever that sensor will say."""
    condition = parse(written, WORDS)
    found = condition.find(scene(soil=soil, mat=mat, held=held), {})
    if found.truth is not None:
        for one in (0.0, 45.0, 100.0):
            more = scene(soil=one if soil is None else soil, mat=bool(mat), held=bool(held))
            assert condition.find(more, {}).truth is found.truth
    assert parse(str(condition), WORDS) == condition


@given(st.text(max_size=40))
def test_no_text_is_another_error(written):
    with contextlib.suppress(ConfigError):
        parse(written, WORDS)
