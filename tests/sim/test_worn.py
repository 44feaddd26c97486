"""Whoever carries a sensor obeys physics: gravity, steps that can be counted, flight without weight."""

import numpy as np
import pytest
from gongzhi.clock import ManualClock
from gongzhi.errors import WorldError
from gongzhi.parts import KINDS
from gongzhi.project import Part
from gongzhi.sim.senses_wire import sense
from gongzhi.sim.world import World
from gongzhi.sim.worn import DOES, Bearer, Worn, doing


@pytest.mark.parametrize("what", DOES)
@pytest.mark.parametrize("seed", [1, 2, 40])
def test_over_many_steps_the_mean_force_is_the_weight(what, seed):
    _, values = Worn(what, Bearer.of(seed)).sampled(20.0)
    mean = np.linalg.norm(values.mean(0))
    assert abs(mean - 1) < (0.12 if what in ("run", "hop") else 0.05), mean
    again = Worn(what, Bearer.of(seed)).sampled(20.0)[1]
    np.testing.assert_array_equal(values, again)


def test_bodies_differ_and_a_small_one_steps_quicker():
    bodies = sorted((Bearer.of(seed) for seed in range(30)), key=lambda one: one.leg)
    assert np.mean([one.rate for one in bodies[:10]]) > np.mean([one.rate for one in bodies[-10:]]) + 0.2
    assert all(1.5 < one.rate < 2.6 for one in bodies)


def test_a_pelvis_turns_with_the_strides_and_who_turns_about_goes_round():
    for seed in (1, 2, 40):
        bearer = Bearer.of(seed)
        t, walk = Worn("walk", bearer).sampled(20.0, turning=True)
        np.testing.assert_array_equal(walk[:, :3], Worn("walk", bearer).sampled(20.0)[1])
        back = walk[:, 3:] @ bearer.lie  # along the body's own axes
        assert np.abs(back.mean(0)).max() < 2, "nobody ends up turned"
        yaw = np.cumsum(back[:-1, 2] * np.diff(t))
        assert 2 < yaw.std() * 2**0.5 < 6, "4 degrees to either side"
        _, about = Worn("turn", bearer).sampled(20.0, turning=True)
        assert 60 * 0.9 < abs((about[:, 3:] @ bearer.lie)[:, 2].mean()) < 120 * 1.1


def test_so_many_steps_and_then_nothing():
    worn = Worn("walk", Bearer.of(7), 12)
    assert 4 < worn.end < 9
    t = np.arange(0, worn.end + 2, 0.02)
    up = np.array([worn.force(float(each))[2] for each in t])
    smooth = np.convolve(up, np.ones(9) / 9, "same")
    strikes = np.flatnonzero((smooth[1:-1] > smooth[:-2]) & (smooth[1:-1] >= smooth[2:]) & (smooth[1:-1] > 1.08))
    assert abs(len(strikes) - 12) <= 1
    assert np.std(up[t > worn.end + 0.1]) < 0.02


def test_what_nobody_does_is_refused():
    assert doing("walk:12") == ("walk", 12)
    for wrong in ("fly", "walk:x", "walk:-1", "walk:99999", ""):
        with pytest.raises(ValueError, match=r"nobody|invalid"):
            doing(wrong)


class Side:
    """The side of a board that has a bus."""

    def __init__(self):
        self.i2c = {}


def test_a_sensor_is_carried_until_a_hand_puts_it_down():
    clock, side, kind = ManualClock(50.0), Side(), KINDS["mpu6050"]
    part = Part("imu", "b1", {"scl": 22, "sda": 21}, kind, {}, "", None)
    imu = sense("mpu6050", side, part.pins, {"face": "down"})
    soil = Part("soil", "b1", {"pin": 34}, KINDS["soil"], {}, "", None)
    world = World([part, soil], {"imu": imu, "soil": sense("soil", None, {"pin": 34}, {})}, clock)
    world.carry("imu", "shake")
    felt = []
    for _ in range(50):
        clock.forward(0.02)
        felt.append(imu.chip.felt())
    assert np.std(felt, axis=0).max() > 0.3
    assert np.mean(felt, axis=0)[2] < -0.8, "it hangs face down"
    assert np.abs(imu.chip.turns()).max() > 2
    world.set("imu", 0)
    assert imu.chip.felt() == imu.chip.felt() == [0.0, 0.0, -1.0], "it hangs face down and lies still"
    assert imu.chip.turns() == [0, 0, 0]
    for name, how in (("imu", "fly"), ("soil", "walk"), ("none", "walk")):
        with pytest.raises(WorldError):
            world.carry(name, how)
