"""Each part that senses, against a chip whose pins and voltages the test moves."""

import gc
import sys

import machine
from gongzhi_node import config, parts
from gongzhi_node.parts.base import TICK_MS


def make(kind, **spec):
    machine.reset_world()
    base = {"ch": "x", "kind": kind, "pin": 34}
    base.update(spec)
    config.check_parts([base])
    return parts.find(kind)(base)


def run(part, ms, t=1000):
    events = []
    for _ in range(ms // TICK_MS):
        t += TICK_MS
        event = part.tick(t)
        if event:
            events.append(event)
    return events


def test_what_parts_share_is_no_part():
    assert parts.find("analog") is None and parts.find("digital") is None


def test_analog_spans_its_two_voltages():
    for kind, prop, mv0, mv100 in (
        ("potentiometer", "turn", 150, 3100),
        ("light", "brightness", 150, 3100),
        ("soil", "moisture", 2800, 1200),
    ):
        part = make(kind)
        assert part.PROP == prop and part.UNIT == "%" and not part.OUTPUT
        half, least = (mv0 + mv100) // 2, min(mv0, mv100) // 2
        for mv, share in ((mv0, 0), (half, 50), (mv100, 100), (least, 100 if mv100 < mv0 else 0), (mv0, 0)):
            machine.volts[34] = mv
            run(part, 2000)
            assert abs(part.value() - share) <= 0.5, (kind, mv, part.value())
    part = make("light", mv0=3000, mv100=1000)
    machine.volts[34] = 1500
    run(part, 2000)
    assert abs(part.value() - 75) <= 0.5


def test_a_soil_probe_whose_cable_is_out_is_not_wet_but_gone():
    part = make("soil")
    assert part.failed, "nothing is known before the first reading"
    machine.volts[34] = 2800
    run(part, 200)
    part.failed = False  # as the board says of one that answers
    machine.volts[34] = 0
    for _ in range(5):
        part.tick(1000)
        assert part.value() == 0, "what nobody says is not taken into the average"
    for _ in range(2):
        try:
            part.tick(1000)
        except OSError as error:
            assert "no answer" in str(error)
        else:
            raise AssertionError("its cable is out")
    machine.volts[34] = 1200
    part.tick(1000)
    assert part.value() == 100, "it begins anew with its cable"
    part = make("soil", mv0=3000, mv100=0)
    machine.volts[34] = 0
    run(part, 2000)
    assert part.value() == 100, "a probe that goes down to nothing cannot be told from no probe"


def test_analog_is_right_from_its_first_reading():
    machine.reset_world()
    machine.volts[34] = 1625
    part = parts.find("light")({"ch": "x", "kind": "light", "pin": 34})
    assert abs(part.value() - 50) <= 0.1


def test_analog_smooths_and_keeps_still():
    part = make("light")
    machine.volts[34] = 3100
    part.tick(1000)
    assert 20 <= part.value() <= 30, "a quarter of the way at once"
    run(part, 80)
    assert 60 <= part.value() <= 85, "most of it after 100 ms"
    n = [0]

    def noisy():
        n[0] += 1
        return 1600 + (n[0] * 7919 % 21 - 10)  # +-10 mV

    machine.volts[34] = noisy
    run(part, 2000)
    told = part.raw
    for _ in range(500):
        part.tick(1000)
        assert part.raw == told, "noise is not told"


def test_two_equal_voltages_are_refused():
    try:
        make("soil", mv0=1000, mv100=1000)
    except ValueError:
        return
    raise AssertionError("a span of nothing")


def test_sound_is_the_swing():
    part = make("sound")
    n = [0]
    swing = [0]

    def wave():
        n[0] += 1
        return 1650 + (swing[0] // 2 if n[0] & 1 else -(swing[0] // 2))

    machine.volts[34] = wave
    run(part, 200)
    assert part.value() == 0, "a steady voltage is silence, whatever it is"
    for mv, share in ((590, 20), (1475, 50), (2950, 100)):
        swing[0] = mv
        run(part, 200)
        assert abs(part.value() - share) <= 0.2, (mv, part.value())
    swing[0] = 0
    run(part, 200)
    assert part.value() == 0


def test_digital_parts():
    for kind, prop, on in (("switch", "closed", 0), ("pir", "motion", 1), ("hall", "magnet", 0)):
        part = make(kind, pin=4)
        assert part.PROP == prop and part.value() == 0
        assert run(part, 200) == []
        machine.levels[4] = on
        assert run(part, 20) == [] and run(part, 20) == ["on"] and part.value() == 1, kind
        assert run(part, 1000) == []
        machine.levels[4] = 1 - on
        assert run(part, 20) == [] and run(part, 40) == ["off"] and part.value() == 0, kind
    part = make("switch", pin=4, active="high", pull="down")
    machine.levels[4] = 1
    assert run(part, 60) == ["on"]


def test_what_is_on_at_the_start_is_no_event():
    machine.reset_world()
    machine.levels[4] = 0
    part = parts.find("switch")({"ch": "x", "kind": "switch", "pin": 4})
    assert part.value() == 1 and run(part, 200) == []


def test_bounces_make_no_events():
    part = make("switch", pin=4)
    for i in range(20):
        machine.levels[4] = i & 1
        assert part.tick(1000 + i * TICK_MS) is None
    assert part.value() == 0


def test_ticks_of_sensors_allocate_nothing():
    if sys.implementation.name != "micropython":
        return
    for kind in ("potentiometer", "light", "soil", "sound", "switch", "pir", "hall", "button"):
        part = make(kind, pin=32)
        machine.volts[32] = 1000
        run(part, 200)
        t = 5000
        gc.collect()
        before = gc.mem_alloc()
        for _ in range(50):
            part.tick(t)
        assert gc.mem_alloc() == before, (kind, gc.mem_alloc() - before)


def test_options_are_checked():
    good = {"ch": "x", "kind": "light", "pin": 34}
    for spec, says in (
        (dict(good, mv0="0"), "option parts[0].mv0"),
        (dict(good, mv100=3301), "option parts[0].mv100"),
        ({"ch": "x", "kind": "switch", "pin": 4, "active": "left"}, "option parts[0].active"),
        ({"ch": "x", "kind": "switch", "pin": 4, "pull": 3}, "pull parts[0].pull"),
    ):
        try:
            config.check_parts([spec])
        except config.Bad as bad:
            assert "%s %s" % (bad.code, bad.at) == says, (bad.code, bad.at)
        else:
            raise AssertionError(says)


class Echo:
    """An HC-SR04 and the board's microseconds: after each trigger its pulse is `us` long (None: there is none)."""

    def __init__(self, **options):
        machine.reset_world()
        spec = {"ch": "x", "kind": "ultrasonic", "pins": {"trig": 16, "echo": 17}}
        spec.update(options)
        config.check_parts([spec])
        cls = parts.find("ultrasonic")
        self.module = sys.modules["gongzhi_node.parts.ultrasonic"]
        self.now, self.us, self.t, self.pauses = 0, None, 1000, []
        self.module.ticks_us = lambda: self.now
        self.module.since_us = lambda a, b: a - b
        self.module.pause_us = self.pause
        machine.levels[17] = 0
        self.part = cls(spec)

    def pause(self, us):
        assert machine.levels[16] == 1, "the trigger is up"
        self.pauses.append(self.t)

    def put(self, level, at):
        self.now = at
        machine.levels[17] = level
        handler, pin = machine.handlers[17]
        handler(pin)

    def measure(self, us, times=1):
        """So many measurements with a pulse of `us`; the distance."""
        for _ in range(times):
            asked = len(self.pauses)
            while len(self.pauses) == asked:
                self.t += TICK_MS
                self.part.tick(self.t)
            assert machine.levels[16] == 0
            if us is not None:
                self.put(1, 5000)
                if us >= 0:
                    self.put(0, 5000 + us)
        asked = len(self.pauses)
        while len(self.pauses) == asked:  # what was measured is taken when the next one begins
            self.t += TICK_MS
            self.part.tick(self.t)
        return self.part.value()


def test_ultrasonic_measures():
    for us, cm in ((583, 10), (5831, 100), (116, 2), (23000, 394.5), (38000, 400), (20, 2)):
        e = Echo()
        assert abs(e.measure(us, 3) - cm) <= cm * 0.005 + 0.1, (us, cm, e.part.value())
        assert min(b - a for a, b in zip(e.pauses, e.pauses[1:])) >= 60, "never before the last echo has died away"
    warm, cold = Echo(celsius=35).measure(5831, 3), Echo(celsius=0).measure(5831, 3)
    assert abs(warm - 102.7) < 0.3 and abs(cold - 96.6) < 0.3, (warm, cold)


def test_ultrasonic_forgets_one_wrong_measurement():
    e = Echo()
    near = e.measure(1166, 3)
    assert abs(near - 20) < 0.2
    assert e.measure(15000, 1) == near, "one that an interrupt has spoilt"
    assert abs(e.measure(5831, 2) - 100) < 1, "two in agreement"
    assert e.measure(-1, 3) == 400, "a pulse that has no end is far"


def test_ultrasonic_that_is_not_there_says_so_and_comes_back():
    e = Echo()
    e.measure(583, 3)
    try:
        e.measure(None, 9)
        raise AssertionError("silence is no distance")
    except OSError:
        pass
    back = 0
    for _ in range(12):
        asked = len(e.pauses)
        try:
            e.t += TICK_MS
            e.part.tick(e.t)
            back += 1
        except OSError:
            pass
        if len(e.pauses) > asked:
            e.put(1, 0)
            e.put(0, 1166)
    assert back >= 6 and abs(e.part.value() - 20) < 0.3, (back, e.part.value())
    e.part.close()
    assert machine.handlers[17][0] is None


def test_ultrasonic_allocates_nothing_while_it_hears():
    if sys.implementation.name != "micropython":
        return
    e = Echo()
    e.measure(583, 3)
    e.module.pause_us = lambda us: None
    e.module.ticks_us = lambda: 5583
    part, t = e.part, e.t
    handler, pin = machine.handlers[17]
    gc.collect()
    before = gc.mem_alloc()
    for _ in range(60):
        t += TICK_MS
        part.tick(t)
        machine.levels[17] = 1
        handler(pin)
        machine.levels[17] = 0
        handler(pin)
    assert gc.mem_alloc() == before, gc.mem_alloc() - before
