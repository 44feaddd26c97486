"""Samples of a board get their units and their times on the host's clock, or are refused."""

from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest
from gongzhi.heard import Telemetry
from gongzhi.parts import KINDS
from gongzhi.project import Part
from gongzhi.runtime.rulebook import Rulebook
from gongzhi.samples import BoardTime, Sample, samples
from gongzhi_node import wire
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers(0, wire.PERIOD - 1), st.lists(st.floats(0, 0.3), min_size=2, max_size=60), st.floats(0.9999, 1.0001))
def test_times_keep_their_distances_whatever_the_network_does(begin, delays, crystal):
    clock = BoardTime()
    found = []
    for n, delay in enumerate(delays):
        sent = 50.0 + 0.4 * n
        found.append(clock.at((begin + round(400 * n * crystal)) % wire.PERIOD, sent + delay))
        assert found[-1] <= sent + delay + 1e-9, "nothing is from the future"
        assert found[-1] >= sent - 0.01, "nor older than it can be"
    best = min(delays[: len(delays) // 2 + 1])
    assert abs(found[-1] - (50.0 + 0.4 * (len(delays) - 1))) <= best + 0.02


def test_a_board_that_restarts_begins_anew():
    clock = BoardTime()
    assert clock.at(500_000, 10.0) == 10.0
    assert clock.at(1_000, 12.0) == pytest.approx(12.0)
    assert clock.at(1_400, 12.5) == pytest.approx(12.4, abs=1e-3)
    assert clock.at(900_000, 13.0) == pytest.approx(13.0), "a clock that has jumped"


def part(kind, **options):
    return Part("x", "b", {}, KINDS[kind], {}, "", None, options)


def test_units_and_ages():
    made = samples(part("mpu6050"), [80, 10, -20, 1000, 40, 11, -21, 999], 5.0)
    assert made == [Sample(4.92, (0.01, -0.02, 1.0)), Sample(4.96, (0.011, -0.021, 0.999))]
    assert samples(part("light"), [0, 505], 5.0) == [Sample(5.0, (50.5,))]
    assert samples(part("button"), [0, 1], 5.0) == [Sample(5.0, (1.0,))]


@pytest.mark.parametrize("batch", [[0], [0, 1, 2], [40, 1, 2, 3, 40, 1, 2, 3], [-1, 0, 0, 0], [90_000, 0, 0, 0]])
def test_what_is_no_batch_is_refused(batch):
    with pytest.raises(ValueError, match=r"times|numbers"):
        samples(part("mpu6050"), batch, 5.0)


def test_rotation_is_told_where_the_project_says_so():
    gyro = part("qmi8658", stream=25, rotation="yes")
    assert gyro.sampled == ("x", "y", "z", "rx", "ry", "rz")
    assert (gyro.kind.unit_of(gyro.sampled), gyro.kind.unit_of("xyz")) == ("g, °/s", "g")
    assert samples(gyro, [40, 10, -20, 1000, 90, -7, 500], 5.0) == [Sample(4.96, (0.01, -0.02, 1.0, 90, -7, 500))]
    assert not part("msa300").kind.takes("rotation", "yes"), "it feels none"


def test_a_board_that_tells_other_samples_is_named_until_it_tells_the_right_ones():
    gyro = part("mpu6050", stream=25, rotation="yes")
    manifest = SimpleNamespace(boards={"b": None}, parts={"x": gyro}, words=MagicMock(), rules=())
    face = MagicMock()
    book = Rulebook(manifest, MagicMock(**{"feel.return_value": None}), face, MagicMock(), MagicMock())
    old = [value for age in range(280, 0, -40) for value in (age, 10, -20, 1000)]
    for n, batch in enumerate((old, old, [40, 10, -20, 1000, 0, 0, 0])):
        book.hear(Telemetry("b", {}, n, 1000 + 400 * n, {"x": batch}), 1.0 + n, sim=True)
    said = [call for call in face.notice.call_args_list if call.args[0] == "misfit/x"]
    assert [call.kwargs["on"] for call in said] == [True, False]
