"""The real drivers of parts that talk over their line, on a virtual board, against what the simulated parts answer."""

from __future__ import annotations

import json
import re
import struct
import threading

import pytest
from gongzhi.parts import KINDS
from gongzhi.sim.board_pins import PinEdge
from gongzhi.sim.device import _layout as lay
from gongzhi.sim.senses_wire import SENSES, sense
from gongzhi_test_boards import program

# As the node does it: what raises, or says False from then on, is failed, and well again once it does neither.
WATCH = """
told = None
while True:
    try:
        step(5)
        values = {'x': part.value()}
        part.more(values) if hasattr(part, 'more') else None
    except OSError:
        part.failed = True
    values = 'failed' if part.failed else values
    if values != told:
        told = values
        print('reads', json.dumps(values))
    time.sleep(0.004)
"""
PINS = {"data": 16, "clock": 17, "a": 16, "b": 17, "pin": 4}


class Told:
    """A board with one part, and what it says of it."""

    def __init__(self, board, kind, **options):
        names = KINDS[kind].pins or ("pin",)
        pins = {name: PINS[name] for name in names}
        spec = {"ch": "x", "kind": kind, **options} | ({"pins": pins} if KINDS[kind].pins else pins)
        self.board = board(program(spec, WATCH), start=False)
        self.sense = sense(kind, self.board, pins, options)
        self.board.on_edge = self._edge
        self.sense.put(self.sense.FIRST[""])

    def _edge(self, edge):
        self.sense.edge(edge)

    def said(self):
        found = re.findall(r"reads (.+)\n", "\n".join([*self.board._console.whole, ""]))
        return found[-1] if found else ""

    def reads(self, *parts):
        self.board.until(lambda: all(part in self.said() for part in parts), f"{parts}")

    def value(self, value, within=0.0):
        def near():
            found = re.search(r'"x": (-?[\d.]+)', self.said())
            return found and abs(float(found[1]) - value) <= within

        self.board.until(near, f"near {value}")


@pytest.fixture
def told(board):
    def make(kind, **options):
        made = Told(board, kind, **options)
        made.board.start()
        return made

    return make


@pytest.mark.parametrize(("kind", "low"), [("dht11", -7.3), ("dht22", -39.9)])
def test_a_climate_sensor(told, kind, low):
    one = told(kind)
    one.reads('"x": 20.0', '"x.humidity": 50.0')
    one.sense.put(low)
    one.sense.put(93.5, "humidity")
    one.reads(f'"x": {low}', '"x.humidity": 93.5')
    one.sense.cable(False)
    one.reads("failed")
    one.sense.put(31.4)
    one.sense.cable(True)
    one.reads('"x": 31.4')


def test_a_climate_sensor_answers_only_a_start_signal_that_is_long_enough(board):
    there = sense("dht11", board("", start=False), {"pin": 4}, {})
    for low, answers in ((0.017, False), (0.018, True), (0.5, True)):
        there.edge(PinEdge(0, 4, "level", 0, made=1.0))
        there.edge(PinEdge(0, 4, "level", 1, made=1.0 + low))
        assert bool(there.ask(lay.PULSES, b"")) is answers, low
        assert not there.ask(lay.PULSES, b""), "one answer for one signal"


def test_a_climate_sensor_gives_its_bits_as_the_data_sheet_shows_them(board):
    """AM2302, section 7, its own example: 0000 0010 1000 1100 0000 0001 0101 1111 1110 1110 is 65.2 % and 35.1 degrees;
    1000 0000 0110 0101 is -10.1 degrees."""
    there = sense("dht22", board("", start=False), {"pin": 4}, {})
    there.put(35.1)
    there.put(65.2, "humidity")
    assert there.bits() == bytes([0b00000010, 0b10001100, 0b00000001, 0b01011111])
    there.edge(PinEdge(0, 4, "level", 0, made=1.0))
    there.edge(PinEdge(0, 4, "level", 1, made=1.02))
    said = there.ask(lay.PULSES, b"")
    us = struct.unpack(f"<{len(said) // 2}H", said)[2:]
    assert [int(each > 48) for each in us[32:]] == [1, 1, 1, 0, 1, 1, 1, 0]
    there.put(-10.1)
    assert there.bits()[2:] == bytes([0b10000000, 0b01100101])


def test_a_thermometer(told):
    one = told("ds18b20")
    one.reads('"x": 20.0')
    one.sense.put(-10.125)
    one.reads('"x": -10.125')
    one.sense.cable(False)
    one.reads("failed")
    one.sense.cable(True)
    one.reads('"x": -10.125')


def test_a_touch_pad(told):
    one = told("touchpad")
    one.reads('"x": 0')
    one.sense.put(1)
    one.board.said("event on")
    one.reads('"x": 1')
    one.sense.put(0)
    one.board.said("event off")


def test_a_knob_turns_and_turns_back(told):
    one = told("rotary", steps=1)
    one.reads('"x": 0')
    # A change at a time, each seen before the next one: a slow machine loses none.
    for at in (1, 2, 3, 4, 5, 4, 3, 2, 1, 0, -1, -2):
        one.sense.put(at)
        one.value(at)


def test_a_knob_of_four_changes_a_click(told):
    one = told("rotary")
    one.reads('"x": 0')
    # Four changes in 32 ms: a machine that is too slow for them misses one, so it may take a few clicks more.
    for clicks in range(1, 40):
        one.sense.put(clicks)
        with one.board._changed:
            if one.board._changed.wait_for(lambda: '"x": 0' not in one.said(), 0.5):
                break
    one.value(1)


def test_a_scale(told):
    one = told("scale")
    one.reads('"x": 0.0')
    for grams in (250, 1000, 4999, -30, 0):
        one.sense.put(grams)
        one.value(grams, 0.6)
    one.sense.cable(False)
    one.reads("failed")
    one.sense.cable(True)
    one.value(0, 0.6)


def test_a_scale_that_is_upside_down(told):
    one = told("scale", gain=-100000)
    one.reads('"x": 0.0')
    one.sense.put(123)
    one.value(123, 0.6)


HEARD = """
from gongzhi_node.parts import remote
us = 0
remote.ticks_us = lambda: us
remote.since_us = lambda a, b: a - b
part._fell = 0
with open('falls.json') as f:
    frames = json.load(f)
for falls in frames:
    for us in falls:
        part._fall(None)
    step(1)
    print('reads', part.value())
step(20)
print('reads', part.value())
"""


def test_a_remote_control_is_heard_however_busy_the_board_is(board):
    # Half of the time the board does something else; the frames' own microseconds are what its driver measures.
    busy = "\nwhile True:\n    end = time.time() + 0.03\n    while time.time() < end:\n        pass\n    step(3)\n"
    busy += "    if part.raw != before:\n        before = part.raw\n        print('reads', part.value())\n"
    one = board(program({"ch": "x", "kind": "remote", "pin": 4}, "before = None" + busy), start=False)
    handset = sense("remote", one, {"pin": 4}, {})
    one.start()
    one.said("reads -1")
    for key in (69, 0, 255):
        handset.put(key)
        one.said(f"reads {key}")
    handset.put(-1)
    one.until(lambda: [line for line in one._console.whole if line.startswith("reads")][-1] == "reads -1")


class Played:
    """The side of a board that keeps what a handset plays."""

    def __init__(self):
        self.frames = []
        self.more = threading.Condition()

    def play(self, edges):
        with self.more:
            self.frames.append(edges)
            self.more.notify_all()


@pytest.mark.parametrize("options", [{}, {"address": 0x59}, {"address": 0x1234}])
def test_a_remote_control(board, options):
    # Its pulses in the board's own microseconds: a computer's are late by more than a bit allows when it is busy.
    played, keys = Played(), (0, 255, 0x45)
    handset = sense("remote", played, {"pin": 4}, options)
    for key in keys:
        handset.put(key)
        with played.more:
            assert played.more.wait_for(lambda: played.frames and len(played.frames[-1]) == 4, 20), "it repeats"
            handset.put(-1)
            played.frames[:] = [frame for frame in played.frames if len(frame) > 4] + [[]]
    frames = [frame for frame in played.frames if len(frame) > 4]
    assert len(frames) == len(keys)
    now, falls = 0, []
    for frame in frames:
        now += 40_000
        falls.append([])
        for after, pin, level in frame:
            assert pin == 4
            now += after
            if not level:
                falls[-1].append(now)
    files = program({"ch": "x", "kind": "remote", "pin": 4, **options}, HEARD)
    one = board(files | {"falls.json": json.dumps(falls).encode()})
    one.event_of("ended", error="")
    said = [line for line in one.console if line.startswith(("reads", "event"))]
    assert said == [*(word for key in keys for word in ("event key", f"reads {key}")), "reads -1"]


@pytest.mark.parametrize("kind", ["metal", "mat"])
def test_more_contacts(told, kind):
    one = told(kind)
    one.reads('"x": 0')
    one.sense.put(1)
    one.board.said("event on")
    one.reads('"x": 1')


def test_what_is_held_against_a_pin_outlives_a_reset(told):
    one = told("scale")
    one.reads('"x": 0.0')
    boots = one.board.boots
    one.board.reset()
    one.board.until(lambda: one.board.boots > boots)
    lines = len(one.board._console.whole)
    one.board.until(lambda: 'reads {"x": 0.0}' in one.board._console.whole[lines:] or one.said() == '{"x": 0.0}')


def test_every_input_has_its_counterpart(board):
    assert {name for name, kind in KINDS.items() if not kind.output} == set(SENSES)
    with pytest.raises(KeyError):
        sense("servo", board("", start=False), {"pin": 4}, {})
