"""A sign in which fingers move is taught to the sign desk by one example, and costs nothing of what was known."""

import importlib.util
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from gongzhi import paths
from gongzhi.learn import dataset, golden
from gongzhi.learn.windows import Piece, windows_of

DATA = paths.share("examples") / "18_sign_desk" / "data"
LEFT = 8


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("draw_signs", Path(__file__).parents[2] / "tools" / "draw_signs.py")
    made = sys.modules["draw_signs"] = importlib.util.module_from_spec(spec)  # dataclasses look there
    spec.loader.exec_module(made)
    yield made
    del sys.modules["draw_signs"]


def test_the_signs_are_what_the_tool_draws_and_say_that_they_are_drawn(tool, tmp_path):
    ours, again = dataset.load(DATA), tool.main(tmp_path / "data")
    assert ours.about == again.about
    assert "Drawn" in ours.about.note
    # What the models have found is not drawn again here: that would take their weights.
    drawn = [one for one in ours.recordings() if not one.name.endswith("-seen")]
    assert len(ours.recordings()) == len(drawn) * 2 == 40
    for one, other in zip(drawn, again.recordings(), strict=True):
        assert one.head == other.head
        np.testing.assert_allclose(one.xy, other.xy, atol=0.15)


@pytest.fixture(scope="module")
def lesson(tool, tmp_path_factory):
    """The desk's data with a golden set, what one example by somebody left-handed has changed, and what judges then."""
    data = dataset.load(Path(shutil.copytree(DATA, tmp_path_factory.mktemp("desk") / "data")))
    golden.move(data, golden.choose(data))
    assert tool.Signer.of(LEFT).side == "left"
    return data, *tool.taught(data, tool.record(LEFT, tool.TAUGHT, tool.TAUGHT, seen=False))


def first_window(tool, data, what, label):
    windows = windows_of([tool.record(6, what, label, seen=False)], [Piece(0)], data.about.labels, data.about.rate)
    return windows.points[0], windows.seen[0]


def test_a_taught_sign_is_known_again_and_nothing_else_is_forgotten(tool, lesson):
    _, outcome, after = lesson
    assert outcome.ok
    right, _, windows = outcome.totals()
    assert right >= 0.9 * windows, "of somebody never learnt from"
    assert not [one for one in outcome.effects if one.after < one.before]
    known = tool.judged(after, [tool.record(LEFT, tool.TAUGHT, tool.TAUGHT, seen=False, take=1)], tool.TAUGHT)
    assert known["right"] == known["windows"] > 0
    others = [tool.record(LEFT, what, "other sign", seen=False) for what in ("two_six", "come", "count")]
    known = tool.judged(after, others, "other sign")
    assert known["right"] >= known["windows"] / 2 > 0


def test_what_hardly_moves_does_not_count_by_its_noise(tool, lesson):
    data, _, judge = lesson
    points, seen = first_window(tool, data, "five", "hand still")
    trembling = points.copy()
    trembling[:, 11:13, :2] += np.random.default_rng(0).normal(0, 0.05, (30, 2, 2))
    calm, feet = judge.judge(points, seen), judge.judge(trembling, seen)
    assert feet.strange < calm.strange + 0.1


def test_a_hand_that_is_lost_for_a_while_leaves_the_sign_what_it_was(tool, lesson):
    data, _, judge = lesson
    points, seen = first_window(tool, data, "two_six", "other sign")
    seen[10:18, 13:] = False
    said = judge.judge(points * seen[..., None], seen).p
    assert max(said, key=said.__getitem__) == "other sign"
