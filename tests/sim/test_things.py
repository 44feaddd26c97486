"""The real drivers of firmware/gongzhi_node/parts on a virtual board, against the simulated things on its pins."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from gongzhi.parts import KINDS
from gongzhi.sim.board_pins import PinEdge
from gongzhi.sim.senses_wire import sense
from gongzhi.sim.things import Grid, thing
from gongzhi_test_boards import READ, program

FOUR = {"in1": 16, "in2": 17, "in3": 18, "in4": 19}


def acted(board, kind, script, **options):
    """What the thing on an output's pins did, value after value, while the board ran `script`; and the thing."""
    known = KINDS[kind]
    pins = {name: 16 + i for i, name in enumerate(known.pins)} or {"pin": 18}
    spec = {"ch": "x", "kind": kind, "lo": known.low, "hi": known.high, "safe": 0, **options}
    spec |= {"pins": pins} if known.pins else pins
    one = board(program(spec, script))
    one.event_of("ended", error="")
    there = thing(kind, pins, options)
    values = [there.edge(edge) for edge in list(one.edges) if edge.by == "firmware"]
    return [value for value in values if value], there


def sets(*values):
    return "".join(f"part.set({value}, t)\nstep(1)\n" for value in values)


@pytest.mark.parametrize(
    ("kind", "options", "given", "shown"),
    [
        ("led", {}, (0.25, 1, 0), [{"level": 0}, {"level": 0.25}, {"level": 1}, {"level": 0}]),
        ("servo", {}, (90, 180), [{"angle": 0}, {"angle": 90}, {"angle": 180}]),
        ("vibrator", {}, (0.5, 0), [{"level": 0}, {"level": 0.5}, {"level": 0}]),
        ("buzzer", {}, (440, 0), [{"tone": 0}, {"tone": 0}, {"tone": 440}, {"tone": 0}]),
        ("relay", {}, (1, 0), [{"level": 1}, {"level": 0}]),
        ("relay", {"active": "low"}, (1, 0), [{"level": 0}, {"level": 1}, {"level": 0}]),
        ("rgb", {"n": 3}, (0xFF8001, 0x0000FF), [{"rgb": 0}, {"rgb": 0xFF8001}, {"rgb": 0xFF}]),
        ("servo360", {}, (1, -0.5, 0), [{"speed": 0}, {"speed": 1}, {"speed": -0.5}, {"speed": 0}]),
        ("servo360", {"trim": 40}, (1, -1), [{"speed": 0}, {"speed": 1}, {"speed": -1}]),
        ("motor", {}, (0.5, -1), [{"speed": 0}, {"speed": 0}, {"speed": 0.5}, {"speed": 0}, {"speed": -1}]),
    ],
)
def test_an_output_does_what_it_is_told(board, kind, options, given, shown):
    values, there = acted(board, kind, sets(*given), **options)
    assert values == [pytest.approx(each, abs=0.02) for each in shown]
    if kind == "rgb":
        assert there.lights == [0xFF] * 3
    if kind == "motor":
        assert there.brakes == 0


def test_a_matrix_shows_its_pictures_light_for_light(board):
    # Three colours, then two lights in each digit: the first one red; the last one blue.
    texts = ["f000f000f" + "4" + "0" * 31, "f000f000f" + "0" * 31 + "3"]
    spec = {"ch": "x", "kind": "matrix", "pin": 18, "lo": 0, "hi": 2, "safe": 0, "texts": texts, "bright": 100}
    one = board(program(spec, sets(1, 2, 0)))
    one.event_of("ended", error="")
    there, shown, lit = Grid({"pin": 18}, {"bright": 100}, texts), [], []
    for edge in one.edges:
        if edge.by == "firmware" and (value := there.edge(edge)):
            shown.append(value)
            lit.append(
                {n: there.dots[3 * n : 3 * n + 3].hex() for n in range(64) if any(there.dots[3 * n : 3 * n + 3])}
            )
    assert shown == [{"page": 0}, {"page": 1}, {"page": 2}, {"page": 0}]
    assert lit == [{}, {0: "ff0000"}, {63: "0000ff"}, {}]


def pulse(angle):
    duty = (500 + angle / 180 * 2000) / 20000 * 65535
    return PinEdge(0.0, 18, "pwm", round(duty), 50) if angle is not None else None


def test_a_horn_takes_as_long_as_a_real_one():
    horn = thing("servo", {"pin": 18}, {})
    assert horn.follow(5) is None
    assert horn.edge(pulse(30)) == pytest.approx({"angle": 30}, abs=0.1)
    assert horn.follow(5) == pytest.approx(30, abs=0.1), "where it stood before nobody knows"
    horn.edge(pulse(90))
    assert horn.follow(5.05) == pytest.approx(60, abs=0.1), "0.1 s for 60 degrees"
    horn.edge(pulse(0))
    assert horn.follow(5.06) == pytest.approx(54, abs=0.1)
    assert horn.follow(5.5) == horn.goal == pytest.approx(0, abs=0.1)
    horn.edge(pulse(180))
    horn.follow(5.6)
    assert horn.edge(PinEdge(0.0, 18, "pwm", 0, 0)) is None
    assert horn.follow(9) == pytest.approx(60, abs=0.1), "without a pulse it stays where it is"


def test_a_tune_is_heard_and_ends(board):
    values, _ = acted(board, "melody", "part.set(1, t)\nstep(40)\n")
    tones = [value["tone"] for value in values]
    assert [tone for i, tone in enumerate(tones) if i == 0 or tone != tones[i - 1]] == [0, 784, 1047, 0]


def test_a_stepper_turns_there_and_back_without_losing_a_step(board):
    wait = "while part.raw != part.goal:\n    step(1)\n    time.sleep(0.002)\nstep(20)\n"
    values, there = acted(board, "stepper", f"part.set(20, t)\n{wait}part.set(-5, t)\n{wait}")
    angles = [value["angle"] for value in values]
    # Half a step is 0.09 degrees; switching two coils off one after the other moves the rotor by one.
    assert max(angles) == pytest.approx(20, abs=0.2)
    assert angles[-1] == pytest.approx(-5, abs=0.2)
    assert all(abs(a - b) < 0.2 for a, b in pairwise(angles)), "no jump"
    assert abs(there.steps + 5 * 4076 / 360) < 2


def test_a_rotor_does_not_follow_a_wrong_order():
    shaft = thing("stepper", FOUR, {})
    shaft.edge(PinEdge(0, 16, "level", 1))
    shaft.edge(PinEdge(0, 16, "level", 0))
    assert shaft.edge(PinEdge(0, 18, "level", 1)) is None, "straight across"
    shaft.edge(PinEdge(0, 18, "level", 0))
    assert shaft.edge(PinEdge(0, 17, "level", 1)) == {"angle": pytest.approx(0.18, abs=0.01)}
    assert shaft.steps == 2


@pytest.mark.parametrize(
    ("kind", "pin", "options", "way"),
    [
        ("potentiometer", 34, {}, (0, 50, 100)),
        ("light", 34, {}, (100, 20)),
        ("light", 34, {"mv0": 3000, "mv100": 500}, (75, 10)),
        ("soil", 35, {}, (0, 80)),
        ("sound", 34, {}, (0, 40, 100)),
    ],
)
def test_a_meter_reads_what_happens(board, kind, pin, options, way):
    one = board(program({"ch": "x", "kind": kind, "pin": pin, **options}, READ), start=False)
    there = sense(kind, one, {"pin": pin}, options)
    there.put(way[0])
    one.start()
    for value in way:
        there.put(value)

        def near(value=value):
            said = re.findall(r"reads (\S+)\n", "\n".join([*one._console.whole, ""]))
            return said and abs(float(said[-1]) - value) <= 0.6

        one.until(near, f"{kind} near {value}")


@pytest.mark.parametrize(
    ("kind", "options"), [("switch", {}), ("switch", {"active": "high"}), ("pir", {}), ("hall", {})]
)
def test_a_contact_tells_of_each_change(board, kind, options):
    pull = {"pull": "down"} if options else {}
    one = board(program({"ch": "x", "kind": kind, "pin": 4, **options, **pull}, READ), start=False)
    there = sense(kind, one, {"pin": 4}, options)
    there.put(0)
    one.start()
    one.said("reads 0")
    there.put(1)
    one.said("event on")
    one.said("reads 1")
    there.put(0)
    one.said("event off")


def test_a_button_tells_when_it_is_pressed_and_held(board):
    one = board(program({"ch": "x", "kind": "button", "pin": 4, "pull": "up"}, READ), start=False)
    finger = sense("button", one, {"pin": 4}, {})
    finger.put(0)
    one.start()
    one.said("reads 0")
    finger.put(1)
    one.said("event hold3")
    finger.put(0)
    one.until(lambda: one.console[-1] == "reads 0")
    said = [line for line in one.console if line.startswith(("reads", "event"))]
    assert said == ["reads 0", "reads 1", "event hold3", "reads 0"]


SONAR = {"trig": 16, "echo": 17}
# Each number on the console is one distance (cm) that was measured.
DISTANCES = (3, 12.3, 57, 100, 333.3, 399)


def test_an_ultrasonic_measures_exactly_however_late_the_board_is(board):
    loop = "while True:\n    step(12)\n    print('reads', part.value())\n    time.sleep(0.002)\n"
    one = board(program({"ch": "x", "kind": "ultrasonic", "pins": SONAR}, loop), start=False)
    sonar = sense("ultrasonic", one, SONAR, {})
    one.start()
    one.said("reads 400")
    for cm in DISTANCES:
        sonar.put(cm)
        # In whole millimetres, cut off, of a speed of sound that is a whole number as well.
        one.until(lambda cm=cm: any(abs(float(line[6:]) - cm) < 0.25 for line in reads(one)[-2:]), f"{cm} cm")
    wrong = [line for line in reads(one) if min(abs(float(line[6:]) - cm) for cm in (*DISTANCES, 400)) >= 0.25]
    assert not wrong, "not one between two of them"
    sonar.cable(False)
    one.said("no echo pulse")


def reads(one):
    return [line for line in one._console.whole if line.startswith("reads")]  # whole ones


def test_an_echo_is_there_for_whoever_asks_or_looks(board):
    one = board(
        "from machine import Pin, time_pulse_us\nimport time\n"
        "trig, echo = Pin(16, Pin.OUT, value=0), Pin(17, Pin.IN)\n"
        "def ping():\n    trig.value(1)\n    trig.value(0)\n"
        "ping()\nprint('pulse', time_pulse_us(echo, 1, 50000))\nprint('again', time_pulse_us(echo, 1, 50000))\n"
        "us = time.ticks_us if hasattr(time, 'ticks_us') else (lambda: time.monotonic_ns() // 1000)\n"
        "def look():\n    ping()\n    low = echo.value()\n"
        "    while not echo.value():\n        pass\n"
        "    begin = us()\n    while echo.value():\n        pass\n"
        "    return low == 0 and us() - begin > 2000\n"
        "print('looked', any(look() for _ in range(100)))\n",  # a busy machine may sleep through an echo
        start=False,
    )
    sense("ultrasonic", one, SONAR, {}).put(100)
    one.start()
    one.said("pulse 5824")  # 2 m at 343.42 m/s
    one.said("again -2")
    one.said("looked True")
