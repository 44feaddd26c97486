"""What is measured in a picture: movement, people, the share of a colour; and that dark pictures say nothing."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from gongzhi.project.looks import CLEAR, COLOURS, MEASURES, Look
from gongzhi.project.parts import Part
from gongzhi.sim.avatar import Avatar, View
from gongzhi.sim.poses import POSES
from gongzhi.sim.props import THINGS, Props
from gongzhi.stages import measure as stage
from gongzhi.stages.measure import BLIND, STEP, Measure, colours, share_moved
from gongzhi.values import Frame
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

TRAY = (0.35, 0.7, 0.65, 0.95)


def look(name, measures, **more):
    return Look(Part(name, "", {}, MEASURES[measures], {}, "", None), measures, **more)


def frame(image, t=0.0):
    return Frame(image, t, 0)


@cache
def noisy(level=120, seed=0, sigma=6):
    """A camera's picture of a plain wall."""
    noise = np.random.default_rng(seed).normal(level, sigma, (480, 640, 3))
    return np.clip(noise, 0, 255).astype(np.uint8)


@given(arrays.arrays(np.uint8, (4, 5, 3)))
def test_each_pixel_has_one_colour(image):
    found = colours(image)
    assert found.shape == (4, 5)
    assert ((found >= 0) & (found < len(COLOURS))).all()


@pytest.mark.parametrize(
    ("rgb", "name"),
    [((20, 20, 20), "black"), ((245, 245, 240), "white"), ((130, 128, 131), "grey"), ((200, 30, 40), "red"),
     ((240, 130, 20), "orange"), ((181, 137, 90), "brown"), ((235, 220, 40), "yellow"), ((40, 160, 70), "green"),
     ((30, 90, 200), "blue"), ((140, 60, 170), "purple"), ((200, 20, 60), "red")],
)  # fmt: skip
def test_a_colour_has_the_name_that_people_give_it(rgb, name):
    assert COLOURS[colours(np.full((1, 1, 3), rgb, np.uint8))[0, 0]] == name


@pytest.mark.parametrize(("thing", "most"), [("nothing", 0), ("paper", 60), ("carton", 60), ("can", 0), ("bottle", 0)])
def test_paper_and_cardboard_on_a_tray_are_seen_a_can_and_a_clear_bottle_are_not(thing, most):
    picture, _ = Avatar().render(POSES["stand"], View(320, 240))
    shown = Props((TRAY,), thing).over(picture)
    found = Measure([look("paper", "colour", area=TRAY, colours=("white", "brown"))])(frame(shown), 1)
    assert found["paper"] == pytest.approx(most, abs=6)
    assert thing in ("nothing", *THINGS)


def test_noise_and_a_light_that_goes_on_are_no_movement():
    measure = Measure([look("crowd", "motion")])
    assert "crowd" not in measure(frame(noisy(seed=1)), 0)  # nothing to compare with
    assert measure(frame(noisy(seed=2), STEP), 0)["crowd"] == 0.0
    assert measure(frame(noisy(level=170, seed=3), 2 * STEP), 0)["crowd"] == 0.0


@pytest.mark.parametrize("fps", [5, 30])
def test_movement_is_the_same_however_many_pictures_come(fps, mocker):
    made = mocker.spy(stage, "thumbnail")
    measure, found = Measure([look("crowd", "motion")]), {}
    for number in range(3 * fps):
        image = noisy().copy()
        left = 60 * int(5 * number / fps + 1e-6) % 480  # a third of the height, 60 pixels further every 0.2 s
        image[160:320, left : left + 60] = 250
        found = measure(frame(image, number / fps), 1)
    assert found["crowd"] == pytest.approx(100 * 2 * 60 * 160 / (640 * 480), rel=0.2)  # where it was and where it is
    assert made.call_count == 15, "between two steps no picture is looked at"


def test_after_a_gap_movement_begins_anew():
    measure = Measure([look("crowd", "motion")])
    measure(frame(noisy()), 0)
    assert "crowd" in measure(frame(noisy(), STEP), 0)
    assert "crowd" not in measure(frame(noisy(seed=4), STEP + BLIND + 0.1), 0)


@given(st.integers(0, 255), st.integers(-40, 40))
def test_what_changes_everywhere_alike_has_not_moved(level, step):
    now = np.full((6, 8), np.clip(level + step, 0, 255), np.uint8)
    assert share_moved(np.full((6, 8), level, np.uint8), now) == 0.0


def test_a_dark_picture_says_nothing_but_that_it_is_dark():
    measure = Measure([look("crowd", "motion"), look("n", "people"), look("tray", "colour", colours=("white",))])
    seen = measure(frame(noisy()), 5)
    assert (seen["n"], seen["tray"]) == (3.0, 0.0)  # three are three or more
    assert measure(frame(noisy(level=12), STEP), 5) == {f"{name}.{CLEAR}": 0.0 for name in ("crowd", "n", "tray")}
    assert "crowd" not in measure(frame(noisy(), 2 * STEP), 0)


def test_a_project_that_measures_nothing_pays_nothing():
    assert Measure([])(frame(noisy()), 1) == {}
