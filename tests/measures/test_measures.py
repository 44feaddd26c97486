"""The measures stay in their ranges, do not depend on order, and give what was counted by hand."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from gongzhi.measures.intervals import MIN, Rate, Share, bootstrap, quantile, quartiles
from gongzhi.measures.together import Case, of_cases, team_gain
from hypothesis import given, settings
from hypothesis import strategies as st

YES = Case(True, True, True, False, False, "yes", 2.0, False, None, None)
NO = replace(YES, acted=False, answer="no")
SILENT = replace(YES, acted=False, answer="", waited=None, expired=True)
BY_ITSELF = replace(YES, asked=False, answer="", waited=None)
SHADOW = Case(False, False, False, False, False, "", None, False, None, None)
UNASKED = replace(SHADOW, unasked=True)

cases = st.lists(
    st.builds(
        replace,
        st.sampled_from([YES, NO, SILENT, BY_ITSELF, SHADOW, UNASKED]),
        stopped_by_human=st.booleans(),
        right=st.sampled_from([None, True, False]),
        alone=st.sampled_from([None, True, False]),
    ),
    max_size=30,
)
SHARES = (
    "ask",
    "ask_changed",
    "ask_right",
    "accept_when_right",
    "refuse_when_wrong",
    "taken_back",
    "unasked",
    "expired",
    "machine",
    "alone",
    "team",
)


@given(n=st.integers(1, 500), data=st.data())
def test_wilson_holds_the_share_and_stays_in_range(n, data):
    share = Share(data.draw(st.integers(0, n)), n)
    low, high = share.interval
    assert 0 <= low <= share.value <= high <= 1
    # The mirror image: what is not counted has the mirrored interval.
    mirrored = Share(n - share.k, n).interval
    assert mirrored == pytest.approx((1 - high, 1 - low))


def test_wilson_by_a_published_example():
    # R. G. Newcombe, Statistics in Medicine 17, 1998, table I: 81 of 263 and 0 of 20.
    assert Share(81, 263).interval == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert Share(0, 20).interval == pytest.approx((0.0, 0.1611), abs=5e-5)


def test_byar_is_near_the_exact_poisson_interval():
    # Exact 95 % limits for 10 events: 4.7954 and 18.3904; for none: 0 and 3.6889.
    assert Rate(10, 1.0).interval == pytest.approx((4.80, 18.39), abs=0.02)
    assert Rate(0, 2.0).interval == pytest.approx((0.0, 3.6889 / 2), abs=0.02)
    assert Rate(3, 0.0).interval is Rate(3, 0.0).value is None


def test_no_share_of_nothing_and_none_above_one():
    assert Share(0, 0).interval is Share(0, 0).value is None
    with pytest.raises(ValueError, match="2 of 1"):
        Share(2, 1)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50), st.floats(0, 1))
def test_quantiles_lie_between_the_ends_and_do_not_fall(values, q):
    assert min(values) <= quantile(values, q) <= max(values)
    found = quartiles(values)
    assert found.low <= found.median <= found.high


def test_quartiles_by_hand():
    found = quartiles([4, 1, 3, 2, 5])
    assert (found.n, found.low, found.median, found.high) == (5, 2, 3, 4)
    assert quartiles([]).median is None


@settings(max_examples=30)
@given(cases, st.randoms(use_true_random=False))
def test_measures_are_in_range_and_do_not_depend_on_order(some, source):
    found = of_cases(some, 1.5)
    for name in SHARES:
        share = getattr(found, name)
        assert 0 <= share.k <= share.n <= len(some)
    assert found.false_alarms.k <= len(some)
    if found.gain.n:
        low, high = found.gain.interval
        assert -1 <= low <= high <= 1
        assert found.gain.value == pytest.approx(found.team.value - max(found.machine.value, found.alone.value))
    mixed = list(some)
    source.shuffle(mixed)
    assert of_cases(mixed, 1.5) == found


@settings(max_examples=30)
@given(cases)
def test_shadows_change_no_measure_of_what_was_shown(some):
    one, more = of_cases(some, 1.0), of_cases([*some, SHADOW], 1.0)
    assert more.unasked.n == one.unasked.n + 1
    assert [getattr(one, name) for name in SHARES if name != "unasked"] == [
        getattr(more, name) for name in SHARES if name != "unasked"
    ]


def test_counted_by_hand():
    some = [YES, YES, NO, SILENT, BY_ITSELF, SHADOW, UNASKED]
    found = of_cases(some, 2.0)
    assert found.ask == Share(4, 5)
    assert found.ask_changed == Share(1, 3)
    assert found.expired == Share(1, 4)
    assert found.unasked == Share(1, 7)
    assert found.taken_back == Share(0, 3)
    assert (found.false_alarms.k, found.false_alarms.value) == (1, 0.5)
    assert found.ask_right.n == found.labelled == found.gain.n == 0


def test_reliance_and_the_rightness_of_asking_by_hand():
    some = [
        replace(YES, right=True), replace(YES, right=False), replace(NO, right=False), replace(NO, right=True),
        replace(NO, right=False), replace(BY_ITSELF, right=True), replace(BY_ITSELF, right=False),
    ]  # fmt: skip
    found = of_cases(some, 1.0)
    assert found.accept_when_right == Share(1, 2)
    assert found.refuse_when_wrong == Share(2, 3)
    assert found.ask_right == Share(3 + 1, 7)
    assert found.false_alarms.k == 4  # by the labels: a wrong yes counts, a wrong no does not


def test_a_team_that_is_better_than_either():
    # Machine right in 6 of 10; the person alone in 7; together 9.
    right = [True] * 6 + [False] * 4
    alone = [True] * 4 + [False] * 2 + [False] * 3 + [True]
    did = [True] * 6 + [False] * 3 + [True]
    some = [
        replace(YES if d else NO, right=r, alone=a) for r, a, d in zip(right, alone, did, strict=True)
    ]  # fmt: skip
    found = of_cases(some, 1.0)
    assert (found.machine, found.alone, found.team) == (Share(6, 10), Share(7, 10), Share(9, 10))
    assert found.gain.value == pytest.approx(0.2)
    assert found.gain.enough
    assert MIN == 10


def test_who_always_follows_the_machine_gains_nothing():
    some = [(r, r, True) for r in (True, False, True)]
    assert team_gain([(right, True, True) for right, _, _ in some]) == 0


def test_the_bootstrap_is_the_same_each_time_and_narrows():
    source = random.Random(1)
    few = [source.random() < 0.7 for _ in range(20)]
    mean = lambda some: sum(some) / len(some)  # noqa: E731
    one, two = bootstrap(few, mean), bootstrap(few[::-1], mean)
    assert one == two
    wide, narrow = one.interval, bootstrap(few * 10, mean).interval
    assert narrow[1] - narrow[0] < wide[1] - wide[0]
    # Against Wilson on the same counts: both are 95 % intervals of the same share.
    assert one.interval == pytest.approx(Share(sum(few), 20).interval, abs=0.08)
