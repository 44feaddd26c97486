"""The filters leave what stands still, follow what moves, and do not care how many frames a second there are."""

import numpy as np
import pytest
from gongzhi.pose.filters import LowPass, OneEuro


def run(filter_, values, rate, *scale):
    return [filter_(np.array([v]), i / rate, *scale)[0] for i, v in enumerate(values)]


def test_the_first_value_and_a_constant_pass():
    assert run(OneEuro(0.05, 80), [7.0] * 5, 30, 100) == pytest.approx([7.0] * 5)
    assert run(LowPass(0.1, 1 / 30), [0.4] * 5, 30) == pytest.approx([0.4] * 5)


def test_one_euro_holds_a_trembling_point_and_follows_a_moving_one():
    rng = np.random.default_rng(1)
    tremble = rng.normal(0, 0.3, 300)
    assert np.std(run(OneEuro(0.05, 80), tremble, 30, 300)[30:]) < 0.5 * np.std(tremble)
    moving = np.arange(60) * 20.0  # 600 px/s of a body of 300 px
    assert moving[-1] - run(OneEuro(0.05, 80), moving, 30, 300)[-1] < 2.0


def test_one_euro_by_the_published_formula():
    # By hand: dt 0.1 s; speed (2-1)/(4*0.1) = 2.5, its share 0.1/(0.1 + 1/2pi) = 0.3859, so 0.9646;
    # cut-off 0.5 + 2*0.9646 = 2.4293 Hz, share 0.1/(0.1 + 1/(2pi*2.4293)) = 0.6042.
    assert run(OneEuro(0.5, 2), [1.0, 2.0], 10, 4) == pytest.approx([1.0, 1.6042], abs=1e-4)


def test_one_euro_takes_a_setting_for_each_row():
    rows = OneEuro([[0.05], [0.01]], [[80], [10]])
    single = [OneEuro(0.05, 80), OneEuro(0.01, 10)]
    for i in range(10):
        value = np.array([[i * 3.0, i * 5.0], [i * 7.0, i * 2.0]])
        got = rows(value, i / 30, 100)
        for row, each in enumerate(single):
            assert got[row] == pytest.approx(each(value[row], i / 30, 100))


@pytest.mark.parametrize("make", [lambda: OneEuro(1, 0), lambda: LowPass(0.5, 0.1)])
def test_time_that_does_not_go_forward_changes_nothing(make):
    filter_ = make()
    scale = (1,) if isinstance(filter_, OneEuro) else ()
    filter_(np.array([1.0]), 5.0, *scale)
    before = filter_(np.array([2.0]), 5.1, *scale)
    assert filter_(np.array([9.0]), 5.1, *scale) == before
    assert filter_(np.array([9.0]), 4.0, *scale) == before


@pytest.mark.parametrize("make", [lambda: OneEuro(1, 0), lambda: LowPass(0.5, 0.1)])
def test_reset_forgets(make):
    filter_ = make()
    scale = (1,) if isinstance(filter_, OneEuro) else ()
    filter_(np.array([1.0]), 5.0, *scale)
    filter_.reset()
    assert filter_(np.array([9.0]), 5.1, *scale) == 9.0


def test_low_pass_takes_its_share_per_period_at_any_rate():
    thirty = run(LowPass(0.1, 1 / 30), [0.0] + [1.0] * 30, 30)
    ten = run(LowPass(0.1, 1 / 30), [0.0] + [1.0] * 10, 10)
    assert thirty[1] == pytest.approx(0.1)
    assert ten[-1] == pytest.approx(thirty[-1])
    assert thirty[-1] == pytest.approx(1 - 0.9**30)
