"""Each part that acts and came after the first three, against a chip that shows what was driven."""

import gc
import sys

import machine
from gongzhi_node import config, parts
from gongzhi_node.parts.base import TICK_MS

FOUR = {"in1": 16, "in2": 17, "in3": 18, "in4": 19}


def make(kind, **spec):
    machine.reset_world()
    part = parts.find(kind)
    base = {"ch": "x", "kind": kind, "lo": part.LO, "hi": part.HI, "safe": 0}
    base.update(
        {"pins": FOUR} if len(part.PINS) == 4 else {"pins": {"in1": 16, "in2": 17}} if part.PINS else {"pin": 18}
    )
    base.update(spec)
    config.check_parts([base])
    return part(base)


def run(part, ms, t=1000):
    for _ in range(ms // TICK_MS):
        t += TICK_MS
        part.tick(t)
    return t


def bad(spec):
    try:
        config.check_parts([spec])
    except config.Bad as error:
        return "%s %s" % (error.code, error.at)
    return None


def test_relay():
    for active, on in (("high", 1), ("low", 0)):
        relay = make("relay", active=active)
        assert machine.levels[18] == 1 - on, "off from the first moment"
        relay.set(1, 0)
        assert machine.levels[18] == on and relay.value() == 1
        relay.rest(0)
        assert machine.levels[18] == 1 - on
        relay.set(1, 0)
        relay.close()
        assert machine.levels[18] == 1 - on
    relay = make("relay", safe=1)
    assert machine.levels[18] == 1, "a valve that is safe when open"


def test_rgb():
    strip = make("rgb", n=2)
    assert machine.bits == [(18, bytes(6))], "dark from birth: the strip may have had other colours"
    strip.set(0xFF8001, 0)
    assert machine.bits[-1] == (18, b"\x80\xff\x01\x80\xff\x01"), "green, red, blue"
    assert strip.value() == 0xFF8001 == strip.target()
    strip.set(0xFF8001, 0)
    assert len(machine.bits) == 2, "the same again is not sent again"
    strip.close()
    assert machine.bits[-1] == (18, bytes(6))


def test_servo360():
    wheel = make("servo360")

    def pulse():
        return machine.duty[18] * 20000 / 65535

    assert machine.freq[18] == 50 and abs(pulse() - 1500) < 1
    for speed, us in ((1, 2000), (-1, 1000), (0.5, 1750), (-0.25, 1375), (0, 1500)):
        wheel.set(speed, 0)
        assert abs(pulse() - us) < 1 and wheel.value() == speed, (speed, pulse())
    wheel = make("servo360", trim=-30)
    assert abs(pulse() - 1470) < 1
    wheel.set(1, 0)
    assert abs(pulse() - 1970) < 1


def test_motor():
    motor = make("motor")
    assert machine.duty == {16: 0, 17: 0} and machine.freq == {16: 1000, 17: 1000}
    motor.set(0.5, 0)
    assert abs(machine.duty[16] - 32768) <= 1 and machine.duty[17] == 0
    motor.set(-1, 0)
    assert machine.duty == {16: 0, 17: 65535} and motor.value() == -1
    both, now = 0, {16: 0, 17: 0}
    for pin, duty in machine.writes:
        now[pin] = duty
        both += 1 if now[16] and now[17] else 0
    assert both == 0, "never both"
    motor.rest(0)
    assert machine.duty == {16: 0, 17: 0}
    motor.set(1, 0)
    motor.close()
    assert machine.duty == {} and machine.writes[-1][1] == 0


def test_motor_ramps_through_zero():
    motor = make("motor", slew=2)
    motor.set(1, 1000)
    t = run(motor, 600)
    assert motor.value() == 1
    motor.set(-1, t)
    seen = []
    for _ in range(60):
        t += TICK_MS
        motor.tick(t)
        seen.append(motor.value())
    assert seen[-1] == -1 and all(a - b <= 0.0401 for a, b in zip(seen, seen[1:])), seen


class Shaft:
    """A 28BYJ-48 as its coils see it: half a step for each neighbour in the sequence; anything else is a fault."""

    ORDER = (0b0001, 0b0011, 0b0010, 0b0110, 0b0100, 0b1100, 0b1000, 0b1001)

    def __init__(self):
        self.at = 0
        self.phase = None

    def look(self):
        bits = sum(machine.levels[16 + i] << i for i in range(4))
        if bits == 0:
            return
        phase = Shaft.ORDER.index(bits)
        if self.phase is not None:
            step = (phase - self.phase + 4) % 8 - 4
            assert abs(step) <= 1, "a jump of %d half steps" % step
            self.at += step
        self.phase = phase


def turn(stepper, shaft, t, most=5000):
    """Let the timer and the ticks run until it has arrived; the steps that took, and the time."""
    steps = 0
    stepper.tick(t)
    while stepper.raw != stepper.goal:
        for _ in range(machine.timers[0].hertz * TICK_MS // 1000):
            before = stepper.raw
            machine.timers[0].callback(machine.timers[0])
            shaft.look()
            steps += stepper.raw != before
        t += TICK_MS
        stepper.tick(t)
        assert steps < most
    stepper.tick(t + TICK_MS)
    return steps, t + TICK_MS


def test_stepper():
    stepper = make("stepper")
    shaft = Shaft()
    assert all(machine.levels[pin] == 0 for pin in range(16, 20)) and machine.timers == {}
    stepper.set(90, 1000)
    assert machine.timers[0].hertz == 500
    steps, t = turn(stepper, shaft, 1000)
    assert steps == 1019 and abs(stepper.value() - 90) < 0.05 and abs(shaft.at - 1018) <= 1, (steps, shaft.at)
    assert machine.timers == {}, "no interrupts at rest"
    run(stepper, 200, t)
    assert all(machine.levels[pin] == 0 for pin in range(16, 20)), "cold at rest"
    stepper.set(-90, t)
    steps, t = turn(stepper, shaft, t + 1000)
    assert steps == 2038 and abs(shaft.at + 1019) <= 1, (steps, shaft.at)
    stepper.set(0, t)
    stepper.tick(t)
    machine.timers[0].callback(None)
    stepper.close()
    assert machine.timers == {} and all(machine.levels[pin] == 0 for pin in range(16, 20))


def test_stepper_turns_back_on_its_way_and_keeps_its_speed():
    stepper = make("stepper", slew=10)
    shaft = Shaft()
    stepper.set(90, 1000)
    assert machine.timers[0].hertz == 113, "10 degrees a second"
    for _ in range(100):
        machine.timers[0].callback(None)
        shaft.look()
    assert stepper.raw == 100
    stepper.rest(1000)
    steps, _ = turn(stepper, shaft, 1000)
    assert steps == 100 and stepper.value() == 0
    stepper.close()


def test_a_third_stepper_is_refused_and_a_closed_one_makes_room():
    made = [make("stepper"), make("stepper")]
    try:
        make("stepper")
        raise AssertionError("a third")
    except OSError:
        pass
    for one in made:
        one.close()
    make("stepper").close()


def heard(melody, ms, t):
    """The tones in order, as (Hz or 0, ms)."""
    out = []
    for _ in range(ms // TICK_MS):
        tone = machine.freq[18] if machine.duty[18] else 0
        if out and out[-1][0] == tone:
            out[-1][1] += TICK_MS
        else:
            out.append([tone, TICK_MS])
        t += TICK_MS
        melody.tick(t)
    return out


def test_melody():
    melody = make("melody")
    assert machine.duty[18] == 0
    melody.set(1, 1000)
    assert heard(melody, 600, 1000) == [[784, 120], [1047, 240], [0, 240]]
    melody.set(1, 2000)
    assert heard(melody, 200, 2000) == [[0, 200]], "a renewal does not play it again"
    melody.set(2, 3000)
    assert heard(melody, 100, 3000) == [[330, 100]]
    melody.rest(3100)
    assert machine.duty[18] == 0 and heard(melody, 500, 3100) == [[0, 500]]
    melody.set(4, 4000)
    tones = heard(melody, 1500, 4000)
    assert [0, 40] in tones and tones[-1][0] == 0
    melody.close()


def test_melody_of_ones_own():
    melody = make("melody", hi=6, tunes=[[262, 100, 0, 50, 262, 100], [440, 40]])
    melody.set(5, 1000)
    assert heard(melody, 400, 1000) == [[262, 100], [0, 60], [262, 100], [0, 140]], "in ticks of 20 ms"
    melody.set(6, 2000)
    assert heard(melody, 100, 2000) == [[440, 40], [0, 60]]
    melody.set(1, 3000)
    assert heard(melody, 100, 3000) == [[784, 100]]
    melody = make("melody")
    melody.set(5, 1000)
    assert heard(melody, 100, 1000) == [[0, 100]], "there is none"
    melody.close()


def test_melody_refuses_what_cannot_be_played():
    note, long = [440, 40], [440, 40] * 33
    for tunes in (
        [[440]], [[440, 0]], [[10, 40]], [[30000, 40]], [[440, 40.5]], [[True, 40]], ["ab"], [long, long], [note] * 5,
        [note, 7], 7,
    ):  # fmt: skip
        try:
            make("melody", hi=5, tunes=tunes)
            assert False, tunes
        except (ValueError, TypeError):
            pass
    assert 18 not in machine.duty


def test_pins_with_names_and_what_has_no_ramp():
    motor = {"ch": "m", "kind": "motor", "pins": {"in1": 16, "in2": 17}, "lo": -1, "hi": 1, "safe": 0}
    assert bad(motor) is None
    for change, says in (
        ({"pins": None}, "pin parts[0].pins"),
        ({"pins": {"in1": 16}}, "pin parts[0].pins"),
        ({"pins": {"in1": 16, "in3": 17}}, "pin parts[0].pins.in2"),
        ({"pins": {"in1": 16, "in2": 16}}, "used parts[0].pins.in2"),
        ({"pins": {"in1": 16, "in2": "17"}}, "pin parts[0].pins.in2"),
    ):
        assert bad(dict(motor, **change)) == says, (change, bad(dict(motor, **change)))
    rgb = {"ch": "s", "kind": "rgb", "pin": 18, "lo": 0, "hi": 0xFFFFFF, "safe": 0}
    assert bad(rgb) is None and bad(dict(rgb, slew=5)) == "slew parts[0].slew"
    assert bad(dict(rgb, n=65)) == "option parts[0].n"


def test_ticks_on_the_way_allocate_nothing():
    if sys.implementation.name != "micropython":
        return
    for kind, goal in (("servo360", 1), ("motor", -1), ("led", 1), ("servo", 180), ("melody", 3), ("stepper", 90)):
        part = make(kind, **({} if kind == "melody" else {"slew": 0.3 if part_is_small(kind) else 20}))
        part.set(goal, 1000)
        part.tick(1020)
        t = 1020
        machine.silent.append(True)
        gc.collect()
        before = gc.mem_alloc()
        for _ in range(40):
            t += TICK_MS
            part.tick(t)
        assert gc.mem_alloc() == before, (kind, gc.mem_alloc() - before)
        part.close()


def part_is_small(kind):
    """Its values are within -1 to 1."""
    return parts.find(kind).HI == 1
