"""A weak Wi-Fi: the same for the same seed, by the board's own clock; and the node goes on through it."""

from __future__ import annotations

import json
import time

import pytest
from gongzhi.board import firmware
from gongzhi.broker import BrokerConfig, BrokerProcess
from gongzhi.bus import Bus
from gongzhi.sim.chip.air import SLOT_MS, Weak

SEED = 26  # of those whose first long stall comes soon
BUTTON = 4
STEP = 0.02  # s, a node's tick
PLACE = "v1/local/team/dev/"


def test_a_weak_air_is_the_same_for_the_same_seed_and_bad_in_all_of_its_ways():
    times = range(0, 1_800_000, SLOT_MS)
    airs = [Weak(SEED), Weak(SEED), Weak(SEED + 1)]
    passes, again, other = ([air.passes(ms) for ms in times] for air in airs)
    assert passes == again != other
    assert 0.55 < sum(passes) / len(passes) < 0.8
    shut = [len(run) * SLOT_MS for run in "".join(" #"[not one] for one in passes).split()]
    assert 8 < sum(length > 10000 for length in shut) < 30, "longer than the node waits for a broker"
    assert sum(500 < length < 4000 for length in shut) > 50
    assert sum(length < 200 for length in shut) > 2000


class Room:
    """The host beside a node on a board whose clock it keeps."""

    def __init__(self, one, port):
        self.one, self.t, self.n = one, 0.0, 0
        self.bus = Bus(f"mqtt://127.0.0.1:{port}", "host")
        self.events, self.online = [], []
        self.bus.subscribe(PLACE + "up/clock", self._clock)
        self.bus.subscribe(PLACE + "up/ev/key", lambda _, data: self.events.append(json.loads(data)["q"]))
        self.bus.subscribe(PLACE + "up/online", lambda _, data: self.online.append(json.loads(data)))
        self.bus.connect()

    def _clock(self, _topic, data):
        answer = {"v": 1, "b": json.loads(data)["b"], "h": int(self.t * 1000)}
        self.bus.publish(PLACE + "down/clock", json.dumps(answer).encode(), 0)

    def forward(self, seconds, press=False):
        """Let so much of the board's time pass; with `press` the button is down once in each second."""
        for _ in range(round(seconds / STEP)):
            self.t += STEP
            self.n += 1
            if press and self.n % 50 in (10, 15):
                self.one.drive(BUTTON, 0 if self.n % 50 == 10 else None)
            self.one.pace.tell(self.t)
            end = time.monotonic() + 20
            while self.one.pace.behind() > STEP:
                assert time.monotonic() < end
                time.sleep(0.0003)


@pytest.fixture
def room(board, body):
    """A node that runs over a good Wi-Fi, and its host."""
    broker = BrokerProcess.start(BrokerConfig(port=0))
    config = {
        "v": 1, "space": "local", "team": "team", "device": "dev", "board": "esp32-devkitc",
        "wifi": [{"ssid": "school", "key": ""}], "mqtt": {"host": "127.0.0.1", "port": broker.port},
        "parts": [{"ch": "key", "kind": "button", "pin": BUTTON, "pull": "up"}],
    }  # fmt: skip
    files = dict(firmware.compiled() if body == "vm" else firmware.source())
    one = board(files, config, paced=True)
    made = Room(one, broker.port)
    while not made.events:  # it may take a while of the machine's time until the first is through
        made.forward(1, press=True)
    yield made
    made.bus.close()
    broker.stop()


def test_the_node_works_through_it_and_loses_no_event_uncounted(room):
    begun = len(room.online)
    room.one.wifi("weak", seed=SEED)
    room.forward(60, press=True)
    assert len(room.online) > begun, "one stall was longer than it waits"
    room.one.wifi("on")
    while room.online[-1]["on"] != 1 or room.t % 10 > STEP:
        room.forward(STEP)
    room.forward(15)
    numbers = [int(q.split(":")[1]) for q in room.events]
    assert max(numbers) > 55, "presses were seen all the time"
    lost = set(range(1, max(numbers) + 1)) - set(numbers)
    assert len(lost) <= room.online[-1]["lost"], lost
    assert room.one.boots == 1
    assert "rssi" in room.online[-1]
