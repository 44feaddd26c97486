"""Each part against a chip that keeps the ESP32's rules."""

import machine
from gongzhi_node import parts
from gongzhi_node.parts.base import TICK_MS


def make(kind, **spec):
    machine.reset_world()
    base = {"ch": "x", "kind": kind, "pin": 18, "lo": 0, "hi": 180, "safe": 0}
    base.update(spec)
    return parts.find(kind)(base)


def degrees(pin=18):
    """The angle that the pulse on the pin means."""
    return (machine.duty[pin] * 20000 / 65535 - 500) * 180 / 2000


def test_find():
    assert parts.find("servo").PROP == "angle" and parts.find("led").OUTPUT and not parts.find("button").OUTPUT
    for wrong in ("base", "rocket", "../servo", "__init__", "", None, 3, "os"):
        assert parts.find(wrong) is None, wrong


def test_outputs_are_safe_from_birth():
    make("servo", safe=45)
    assert machine.freq[18] == 50 and abs(degrees() - 45) < 0.1
    assert abs(machine.writes[0][1] - machine.duty[18]) == 0, "never anything else before"
    make("led", safe=0.25, hi=1)
    assert machine.freq[18] >= 500 and abs(machine.duty[18] - 16384) <= 1
    make("buzzer")
    assert machine.duty[18] == 0


def test_servo_pulses():
    servo = make("servo")
    for angle, us in ((0, 500), (45, 1000), (90, 1500), (180, 2500)):
        servo.set(angle, 1000)
        assert abs(machine.duty[18] * 20000 / 65535 - us) < 1, angle
        assert servo.value() == angle == servo.target()
    servo.set(33.33, 1000)
    assert servo.value() == 33.33
    servo.close()
    assert 18 not in machine.duty


def test_servo_slew_is_never_exceeded():
    servo = make("servo", slew=360)
    t = 1000
    servo.set(90, t)
    first = degrees()
    assert 0 < first <= 7.3, "moves at once, by one tick's worth"
    at = [(t, first)]
    while servo.value() < 90:
        t += TICK_MS
        servo.tick(t)
        at.append((t, degrees()))
    assert 220 <= t - 1000 <= 260, t
    for i, (t0, a0) in enumerate(at):
        for t1, a1 in at[i + 1 :]:
            assert a1 - a0 <= 0.36 * (t1 - t0) + 0.2, (t0, t1, a0, a1)
    writes = len(machine.writes)
    servo.tick(t + 20)
    assert len(machine.writes) == writes, "at its goal it is left alone"


def test_servo_slew_holds_against_a_flood_of_commands():
    servo = make("servo", slew=100)
    for i in range(100):
        servo.set(90 + i % 2, 5000 + i)
    assert degrees() <= 2 + 10.1, degrees()


def test_servo_turns_back_on_its_way_and_after_long_rest():
    servo = make("servo", slew=90)
    servo.set(90, 1000)
    for t in range(1020, 1520, TICK_MS):
        servo.tick(t)
    there = servo.value()
    assert 40 < there < 50
    servo.rest(1520)
    assert servo.target() == 0 and there > servo.value() > there - 3
    for t in range(1540, 2200, TICK_MS):
        servo.tick(t)
    assert servo.value() == 0
    servo.set(90, 900000)
    assert servo.value() <= 1.81, "a long rest is no reason to jump"


def test_a_very_slow_ramp_moves_all_the_same():
    servo = make("servo", slew=0.1)  # 0.1 degrees a second: less than one step a tick
    servo.set(1, 1000)
    for t in range(1020, 11001, TICK_MS):
        servo.tick(t)
    assert 0.8 <= servo.value() <= 1, servo.value()
    servo = make("servo", slew=0.001)
    servo.set(1, 1000)
    for t in range(1020, 11001, TICK_MS):
        servo.tick(t)
    assert 0.05 <= servo.value() <= 0.11, "slew below its smallest step is that step, not no limit"


def test_a_stall_is_not_made_up_for():
    servo = make("servo", slew=90)
    servo.set(90, 1000)
    servo.tick(3000)
    assert servo.value() <= 1.8 + 9, servo.value()


def test_led_level():
    led = make("led", hi=1)
    led.set(1, 0)
    assert machine.duty[18] == 65535 and led.value() == 1
    led.set(0.5, 0)
    assert abs(machine.duty[18] - 32768) <= 1 and led.value() == 0.5
    led.rest(0)
    assert machine.duty[18] == 0


def test_buzzer_tone():
    bell = make("buzzer", hi=5000)
    bell.set(440, 0)
    assert machine.freq[18] == 440 and machine.duty[18] == 32768 and bell.value() == 440
    bell.set(0, 0)
    assert machine.duty[18] == 0
    bell.set(880.4, 0)
    assert machine.freq[18] == 880
    bell.rest(0)
    assert machine.duty[18] == 0


class Finger:
    """Moves a button through time, 20 ms a tick."""

    def __init__(self, **spec):
        self.pressed = 1 if spec.get("pull") == "down" else 0
        self.button = make("button", pin=4, **spec)
        self.t = 1000
        self.events = []

    def put(self, down, ms):
        machine.levels[4] = self.pressed if down else 1 - self.pressed
        for _ in range(ms // TICK_MS):
            self.t += TICK_MS
            event = self.button.tick(self.t)
            if event:
                self.events.append(event)
        return self.events


def test_button_press_hold1_hold3():
    for spec in ({}, {"pull": "up"}, {"pull": "down"}, {"pull": "none"}):
        f = Finger(**spec)
        f.put(0, 200)
        assert f.put(1, 200) == [] and f.button.value() == 1
        assert f.put(0, 200) == ["press"] and f.button.value() == 0
        f.put(1, 1100)
        assert f.put(0, 100) == ["press", "hold1"]
        f.put(1, 2900)
        assert f.put(0, 100)[2:] == ["hold1"]
        f.put(1, 2960)
        assert f.put(1, 80)[3:] == ["hold3"], "while it is still held"
        assert f.put(1, 5000)[3:] == ["hold3"] and f.put(0, 200)[3:] == ["hold3"], "once, and nothing on release"
        assert f.put(1, 100)[4:] == [] and f.put(0, 100)[4:] == ["press"]


def test_two_quick_presses_are_a_double_one_and_the_first_waits_for_nothing():
    f = Finger(double=300)
    f.put(0, 200)

    def press(ms, pause):
        del f.events[:]
        f.put(1, ms)
        return list(f.put(0, pause))

    assert press(100, 100) == ["press"]
    assert press(100, 100) == ["double"]
    assert press(100, 400) == ["press"], "three are not two double ones"
    assert press(100, 100) == ["press"], "too late"
    assert press(1200, 100) == ["hold1"]
    assert press(100, 100) == ["press"], "a hold is no first half"
    assert press(3500, 500) == ["hold3"]
    f = Finger()
    f.put(0, 200)
    assert press(100, 40) == ["press"] and press(100, 40) == ["press"], "unless it is asked for"


def test_button_bounces_count_once():
    f = Finger()
    f.put(0, 100)
    for _ in range(5):
        f.put(1, 20)
        f.put(0, 20)
    assert f.events == [], "too short to be meant"
    f.put(1, 200)
    f.put(0, 20)
    f.put(1, 200)
    f.put(0, 200)
    assert f.events == ["press"]


def test_a_button_that_is_down_at_the_start_says_nothing():
    f = Finger()
    f.put(1, 5000)
    f.put(0, 200)
    assert f.events == []
    f.put(1, 100)
    assert f.put(0, 100) == ["press"]
