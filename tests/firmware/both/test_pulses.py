"""Each part that talks over its line, against a chip whose pulses and bytes the test gives."""

import gc
import sys

import _onewire
import machine
from gongzhi_node import config, parts
from gongzhi_node.board import Board
from gongzhi_node.parts.base import TICK_MS

PINS = {"a": 32, "b": 33, "data": 32, "clock": 33, "scl": 22, "sda": 21, "trig": 32, "echo": 33}


def make(kind, **spec):
    machine.reset_world()
    base = {"ch": "x", "kind": kind}
    cls = parts.find(kind)
    if cls.PINS:
        base["pins"] = {name: PINS[name] for name in cls.PINS}
    else:
        base["pin"] = 32
    base.update(spec)
    config.check_parts([base])
    part = cls(base)
    part.sent = part.raw
    return part


def fails(part, t):
    try:
        return part.tick(t) is False
    except OSError:
        return True


class Dht:
    """A DHT whose answers a test gives; its part's microseconds are those of the ticks."""

    def __init__(self, kind):
        self.part = make(kind)
        module = sys.modules["gongzhi_node.parts.dht"]
        self.t = 1000
        module.ticks_us = lambda: self.t * 1000
        module.since_us = lambda a, b: a - b
        self.lows = []
        machine.clocked.append(lambda pin, level: self.lows.append((self.t, level)))

    def ask(self, answer, quick=True):
        """One measurement; True if the part failed at its end."""
        del self.lows[:]
        del machine.pulses[:]
        if answer:
            bits = "".join(["{:08b}".format(b) for b in answer])
            machine.pulses.extend(([25] if quick else []) + [80] + [70 if bit == "1" else 27 for bit in bits])
        failed = None
        while len(self.lows) < 2:
            self.t += TICK_MS
            failed = fails(self.part, self.t)
        assert not machine.held, "interrupts run again"
        return failed

    def values(self):
        said = {}
        self.part.more(said)
        return self.part.value(), said["x.humidity"]


def test_dht22_takes_the_data_sheets_example():
    d = Dht("dht22")
    assert d.part.failed and fails(d.part, d.t), "nothing is known yet"
    assert not d.ask((0x02, 0x8C, 0x01, 0x5F, 0xEE))
    assert d.values() == (35.1, 65.2)
    assert d.lows[1][0] - d.lows[0][0] >= 18 and [level for _, level in d.lows] == [0, 1]
    assert not d.ask((0x02, 0x8C, 0x80, 0x65, 0x73), quick=False)
    assert d.values() == (-10.1, 65.2)


def test_dht11_has_bytes_of_its_own():
    d = Dht("dht11")
    assert not d.ask((45, 0, 24, 3, 72))
    assert d.values() == (24.3, 45)
    assert not d.ask((20, 0, 5, 0x81, 25 + 0x81))
    assert d.values() == (-5.1, 20)


def test_dht_is_asked_every_two_seconds_and_told_of_a_humidity_alone():
    d = Dht("dht22")
    asked = []
    for wet in (0x58, 0x59):
        d.ask((2, wet, 1, 0, (3 + wet) & 255))
        asked.append(d.lows[0][0])
        assert d.part.sent is None
        d.part.sent = d.part.raw
    assert 2000 <= asked[1] - asked[0] <= 2060, asked
    d.ask((2, 0x59, 1, 0, (3 + 0x59) & 255))
    assert d.part.sent == d.part.raw, "nothing new"


def test_dht_keeps_its_value_for_two_bad_answers_and_then_fails():
    d = Dht("dht22")
    good = (2, 0x58, 1, 0, 0x5B)
    d.ask(good)
    for bad, failed in (((2, 0x58, 1, 1, 0x5B), False), ((), False), ((0x02, 0x58), True), (good, False)):
        assert d.ask(bad) is failed, bad
    assert d.values() == (25.6, 60)
    assert not d.ask((2, 0x58, 0x7F, 0xFF, (2 + 0x58 + 0x7F + 0xFF) & 255))
    assert d.values() == (25.6, 60), "3276 degrees are no answer, whatever the sum says"


def scratchpad(sixteenths):
    pad = bytes([sixteenths & 255, sixteenths >> 8 & 255, 75, 70, 0x7F, 255, 12, 16])
    return list(pad) + [_onewire.crc8(pad)]


def measured(part, t, pad):
    """One measurement from board time `t`; (board time after it, whether the part failed at its end)."""
    del _onewire.heard[:], _onewire.said[:]
    failed = fails(part, t)
    assert _onewire.heard == ["reset", 0xCC, 0x44]
    while len(_onewire.heard) == 3:
        t += TICK_MS
        failed = fails(part, t)
    assert _onewire.heard[3:] == ["reset", 0xCC, 0xBE]
    _onewire.said.extend(pad)
    for _ in range(3):
        before = len(_onewire.said)
        t += TICK_MS
        failed = fails(part, t)
        assert before - len(_onewire.said) == 3, "three bytes a tick"
    return t + TICK_MS, failed


def test_ds18b20_reads_the_data_sheets_table():
    # Its table 1, "Temperature/Data Relationship".
    _onewire.there[0] = True
    part = make("ds18b20")
    t = 1000
    for word, degrees in ((0x07D0, 125), (0x0191, 25.0625), (0x0008, 0.5), (0, 0), (0xFFF8, -0.5), (0xFC90, -55)):
        begun = t
        t, failed = measured(part, t, scratchpad(word))
        assert not failed and part.value() == degrees, (word, part.value())
        assert 750 <= t - begun <= 850


def test_ds18b20_that_is_wrong_or_away():
    _onewire.there[0] = True
    part = make("ds18b20")
    t, failed = measured(part, 1000, scratchpad(0x0191))
    wrong = scratchpad(0x0191)
    wrong[0] ^= 1
    for pad, fails_now in ((wrong, False), ([0] * 9, False), ([255] * 9, True), (scratchpad(0x00A2), False)):
        t, failed = measured(part, t, pad)
        assert failed is fails_now, pad
    assert part.value() == 10.125
    _onewire.there[0] = False
    for i in range(3):
        assert fails(part, t + i * TICK_MS) is (i == 2)
    _onewire.there[0] = True


def test_touchpad_learns_what_it_is_without_a_finger():
    part = make("touchpad")
    events = []

    def run(count, n):
        machine.counts[32] = count
        for _ in range(n):
            event = part.tick(1000)
            if event:
                events.append(event)

    run(600, 10)
    run(150, 1)
    assert events == [] and part.value() == 0, "one reading is none"
    run(150, 200)
    assert events == ["on"] and part.value() == 1, "however long it lasts"
    run(600, 10)
    assert events == ["on", "off"]
    for count in range(600, 300, -1):  # it gets moist, slowly
        run(count, 10)
    assert events == ["on", "off"]
    run(100, 3)
    assert events[2:] == ["on"]
    part = make("touchpad", change=60)
    del events[:]
    run(300, 5)
    assert events == []
    machine.counts[32] = 150
    part = parts.find("touchpad")({"ch": "x", "kind": "touchpad", "pin": 32})
    run(150, 50)
    run(600, 5)
    assert events == [] and part.value() == 0, "a finger at the start was none"
    run(150, 5)
    assert events == ["on"]


def turn(part, *states):
    for a, b in states:
        for pin, level in ((32, a), (33, b)):
            if machine.levels.get(pin, 1) != level:
                machine.levels[pin] = level
                handler, one = machine.handlers[pin]
                handler(one)
    part.tick(0)
    return part.value()


FORTH = ((0, 1), (0, 0), (1, 0), (1, 1))
BACK = ((1, 0), (0, 0), (0, 1), (1, 1))


def test_rotary_counts_clicks_both_ways():
    part = make("rotary")
    for n in (1, 2, 3):
        assert turn(part, *FORTH) == n
    for n in (2, 1, 0, -1):
        assert turn(part, *BACK) == n
    assert turn(part, (0, 1), (1, 1), (0, 1), (1, 1)) == -1, "a bounce goes to and fro"
    part = make("rotary", steps=2)
    assert turn(part, *FORTH) == 2
    part.close()
    assert machine.handlers[32][0] is None and machine.handlers[33][0] is None


def test_rotary_stops_at_its_ends():
    part = make("rotary", steps=1)
    for _ in range(300):
        turn(part, *FORTH)
    assert part.value() == 1000
    assert turn(part, *BACK) == 996, "and comes back at once"


class Hx711:
    """The chip: its line is low when there is a measurement, and each rising edge brings a bit."""

    def __init__(self, **spec):
        self.part = make("scale", **spec)
        self.t = 1000
        self.word = self.pulses = 0
        machine.clocked.append(self.clock)
        machine.levels[32] = 1

    def clock(self, pin, level):
        assert machine.held, "an interrupt in the pulse would switch it off"
        if pin == 33 and level:
            self.pulses += 1
            machine.levels[32] = self.word >> (24 - self.pulses) & 1 if self.pulses <= 24 else 1

    def measure(self, steps, times=1):
        failed = False
        for _ in range(times):
            self.word, self.pulses = steps & 0xFFFFFF, 0
            machine.levels[32] = 0
            self.t += 100
            failed = fails(self.part, self.t)
            assert self.pulses == 25, "channel A, gain 128"
        return failed


def test_scale_is_tared_and_weighs():
    h = Hx711()
    assert [h.measure(steps) for steps in (8380, 8420, 8390, 8410)] == [True, True, True, False]
    for grams in (0, 100, -100, 4999):
        h.measure(8400 + grams * 42950 // 100, 30)
        assert abs(h.part.value() - grams) <= 0.6, (grams, h.part.value())
    h.measure(-0x800000, 30)
    assert h.part.value() == -5000
    h.measure(0x7FFFFF, 30)
    assert h.part.value() == 5000
    up = Hx711(gain=-1000)
    up.measure(0, 4)
    up.measure(-5000, 30)
    assert abs(up.part.value() - 500) <= 0.6


def test_scale_without_its_chip_fails_after_a_second_and_comes_back():
    h = Hx711()
    h.measure(8400, 4)
    h.measure(8400 + 42950, 30)
    machine.levels[32] = 1
    assert not fails(h.part, h.t + 980) and fails(h.part, h.t + 1000)
    h.t += 1000
    assert not h.measure(8400 + 42950) and abs(h.part.value() - 100) <= 0.6
    try:
        make("scale", gain=0)
    except ValueError:
        return
    raise AssertionError("a gain of nothing")


class Nec:
    """A receiver before a remote control."""

    def __init__(self, **spec):
        self.us, self.t = 1000000, 1000
        self.part = make("remote", **spec)
        module = sys.modules["gongzhi_node.parts.remote"]
        module.ticks_us = lambda: self.us
        module.since_us = lambda a, b: a - b
        self.part._fell = self.us

    def falls(self, *after):
        handler, pin = machine.handlers[32]
        for us in after:
            self.us += us
            handler(pin)

    def frame(self, word, jitter=0):
        self.falls(40000, 13500)
        for i in range(32):
            late = jitter if i & 1 else 0
            before = jitter if i and not i & 1 else 0
            self.falls((2250 if word >> i & 1 else 1125) + late - before)

    def tick(self, ms=TICK_MS):
        self.t += ms
        return self.part.tick(self.t), self.part.value()


def word(where, what):
    return where | (where ^ 255) << 8 | what << 16 | (what ^ 255) << 24


def test_remote_hears_a_key_its_repetitions_and_its_end():
    n = Nec()
    assert n.tick() == (None, -1)
    for jitter in (0, 300, -300):
        n.frame(word(0x59, 0x16), jitter)
        assert n.tick() == ("key", 0x16)
        for _ in range(4):
            n.falls(40000, 11250)
            assert n.tick(108) == (None, 0x16)
        assert n.tick(240) == (None, 0x16), "one repetition may be lost"
        assert n.tick() == (None, -1)
        n.falls(40000, 11250)
        assert n.tick() == (None, -1), "a repetition of nothing"


def test_remote_refuses_what_is_spoilt_or_anothers():
    n = Nec(address=0x59)
    n.frame(word(0x59, 0x16) ^ 1 << 20)
    assert n.tick() == (None, -1)
    n.frame(word(0x58, 0x16))
    assert n.tick() == (None, -1)
    n.falls(40000, 13500, 1125, 300, 1125)
    n.falls(*([1125] * 40))
    assert n.tick() == (None, -1), "a spike"
    n.frame(word(0x59, 0))
    assert n.tick() == ("key", 0)
    long = Nec(address=0x1234)
    long.frame(0x1234 | 7 << 16 | (7 ^ 255) << 24)
    assert long.tick() == ("key", 7)


def test_ticks_of_these_allocate_nothing():
    if sys.implementation.name != "micropython":
        return
    for kind in ("touchpad", "rotary", "remote", "metal", "mat"):
        part = make(kind)
        for i in range(20):
            part.tick(1000 + i * TICK_MS)
        gc.collect()
        before = gc.mem_alloc()
        for _ in range(50):
            part.tick(2000)
        assert gc.mem_alloc() == before, (kind, gc.mem_alloc() - before)


def held():
    """Bytes."""
    del _onewire.heard[:], machine.clocked[:]
    if sys.implementation.name != "micropython":
        return 0
    gc.collect()
    return gc.mem_alloc()


def depth(error):
    """Entries of its traceback; 0 where that cannot be looked at."""
    trace, n = getattr(error, "__traceback__", None), 0
    while trace is not None:
        trace, n = trace.tb_next, n + 1
    return n


def test_a_sensor_that_is_away_holds_no_more_however_long_and_is_told_once():
    board = Board({"parts": []})
    told = []
    board.on_fault = lambda name, error: told.append(error)
    _onewire.there[0] = False
    for kind in ("soil", "dht11", "dht22", "ds18b20", "scale", "ultrasonic",
                 "mpu6050", "msa300", "qmi8658", "ltr308", "vl53l0x"):  # fmt: skip
        part = make(kind)
        if kind == "scale":
            part._tared = 4
        if kind == "soil":
            machine.volts[32] = 0
        part.failed = False
        del told[:]
        for i in range(300):
            board.tick(part, i * TICK_MS)
        before = held()
        for i in range(300, 700):
            assert board.tick(part, i * TICK_MS) is None
        assert part.failed and len(told) == 1, (kind, told)
        assert depth(told[0]) < 20 and held() <= before, (kind, depth(told[0]), held() - before)
        part.close()
    _onewire.there[0] = True
