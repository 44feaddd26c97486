"""Samples of an input at a fixed rate: means of what was read, each with its own time, told in batches."""

import asyncio
import gc
import json
import sys

import machine
from gongzhi_node import board, config, mqtt, node, stops, voice, wire
from gongzhi_node.config import Bad
from gongzhi_node.samples import Samples
from support import Broker, Time, cancelled, settle

BASE = b"v1/local/gate01/door/"


class Part:
    """An input with two numbers."""

    SAMPLED = 2

    def __init__(self):
        self.failed, self.begun, self.now = False, True, [10, -7]

    def sample(self, sums):
        for i in range(2):
            sums[i] += self.now[i]
        return self.begun


def fed(part, samples, begin, ms, every=20):
    """Read every so many ms; all that is told on the way, as (time, numbers)."""
    said = []
    for t in range(begin, begin + ms, every):
        samples.take(t & 0x3FFFFFFF)
        if samples.ready(t & 0x3FFFFFFF):
            told = samples.tell(t & 0x3FFFFFFF)
            said += [(t - told[i], told[i + 1 : i + 3]) for i in range(0, len(told), 3)]
    return said


def test_each_sample_is_the_mean_since_the_last_and_has_its_time():
    part = Part()
    samples = Samples(part, 25)
    said = fed(part, samples, 1000, 2000)
    assert len(said) >= 40 and said[0] == (1000, [10, -7]), said
    assert all([b[0] - a[0] == 40 for a, b in zip(said, said[1:])]), said
    samples, n = Samples(part, 25), 0
    for t in range(0, 400, 20):  # what shakes quicker than the samples does not look slow
        part.now, n = [100 if n % 2 else -100, n], n + 1
        samples.take(t)
    told = samples.tell(400)
    assert [told[i] for i in range(4, len(told), 3)] == [0] * 9, told


def test_over_the_end_of_the_clock_and_with_late_ticks():
    part = Part()
    said = fed(part, Samples(part, 20), (1 << 30) - 700, 2000)
    assert all([b[0] - a[0] in (40, 60) for a, b in zip(said, said[1:])]) and len(said) > 25, said
    slow = fed(part, Samples(part, 25), 0, 6000, 130)  # a board that is busy: fewer, with their true times
    assert all([b[0] - a[0] == 130 for a, b in zip(slow, slow[1:])]) and len(slow) > 20, slow


def test_what_is_not_read_is_not_told():
    part = Part()
    samples = Samples(part, 25)
    part.begun = False
    assert fed(part, samples, 0, 1000) == [] and not samples.tell(1000)
    part.begun = True
    assert len(fed(part, samples, 1000, 1000)) > 10
    part.failed = True
    rest = fed(part, samples, 2000, 1000)
    assert all([t < 2000 for t, _ in rest])
    part.failed = False
    again = fed(part, samples, 3000, 1000)
    assert again[0][0] == 3000, again


def test_the_oldest_are_lost_when_nobody_asks():
    part = Part()
    samples = Samples(part, 50)
    for t in range(0, 4000, 20):
        samples.take(t)
    told = samples.tell(4000)
    assert len(told) == 32 * 3 and told[0] == 640 and told[-3] == 20, told


def test_taking_allocates_nothing():
    if sys.implementation.name != "micropython":
        return
    part = Part()
    samples = Samples(part, 25)
    t = 1 << 29
    samples.take(t)
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    for _ in range(200):
        t += 20
        samples.take(t)
        samples.ready(t)
    used = gc.mem_alloc() - before
    gc.enable()
    assert used < 100, used


def test_six_numbers_stay_within_the_heap_and_a_message():
    """A motion sensor with rotation: as large as its numbers get, kept for as long as may be."""

    class Motion:
        SAMPLED, failed = 6, False

        def sample(self, sums):
            for i in range(6):
                sums[i] -= 4000 if i < 3 else 500
            return True

    gc.collect()
    before = gc.mem_alloc() if sys.implementation.name == "micropython" else 0
    samples = Samples(Motion(), 50)
    if before:
        gc.collect()
        used = gc.mem_alloc() - before
        assert used <= 1300, used
    for t in range(0, 640, 20):
        samples.take(t)
    message = wire.pack({"t": 640, "s": 1, "d": {}, "w": {"imu": samples.tell(640)}})
    assert 900 < len(message) < 1400, len(message)  # a serial line carries 2,048


async def test_a_node_tells_batches_beside_what_has_changed():
    machine.reset_world()
    machine.levels[4] = 1
    time = Time((mqtt, node, stops, voice))
    broker = Broker(time)
    spec = {"ch": "button", "kind": "button", "pin": 4, "pull": "up", "stream": 25}
    doc = {"v": 1, "space": "local", "team": "gate01", "device": "door", "mqtt": {"host": "10.0.0.1"}, "parts": [spec]}
    config.store(doc, "config.json")
    made = node.Node(board.Board(doc), "240ac4010203", 7, "power", None, None)
    task = asyncio.create_task(made.run())
    await settle()
    await time.forward(500)
    machine.levels[4] = 0
    await time.forward(2000)
    said = [json.loads(p[3]) for p in broker.publishes() if p[1] == BASE + b"up/s"]
    batches = [(m["t"], m["w"]["button"]) for m in said if "w" in m]
    assert len(batches) >= 5, said
    times = [t - one[i] for t, one in batches for i in range(0, len(one), 2)]
    values = [one[i + 1] for _, one in batches for i in range(0, len(one), 2)]
    assert all([20 <= b - a <= 60 for a, b in zip(times, times[1:])]), times
    assert values[1] == 0 and values[-1] == 1, values
    assert max([len(json.dumps(m)) for m in said]) < 400
    await cancelled(task)
    await settle()


def test_only_inputs_stream_and_only_so_fast():
    button = {"ch": "button", "kind": "button", "pin": 4}
    lamp = {"ch": "lamp", "kind": "led", "pin": 2, "lo": 0, "hi": 1, "safe": 0}
    config.check_parts([dict(button, stream=5)])
    for spec in (dict(button, stream=4), dict(button, stream=51), dict(button, stream=2.5), dict(lamp, stream=25)):
        try:
            config.check_parts([spec])
            raise AssertionError(spec)
        except Bad as bad:
            assert (bad.code, bad.at) == ("option", "parts[0].stream")
