"""The hub: newest first, never waiting for anybody, from any thread, and only what is valid comes in."""

import asyncio
import json
import threading

import numpy as np
from gongzhi.clock import ManualClock
from gongzhi.page import Hub
from gongzhi.page import hub as hub_module
from hub_scene import drain, in_loop

IMAGE = np.zeros((48, 64, 3), np.uint8)


def test_a_browser_that_joins_gets_the_newest_of_each_key_and_how_old_it_is():
    clock = ManualClock()
    hub = Hub(clock=clock)
    hub.post({"type": "stats", "fps": 1}, "stats")
    hub.post({"type": "hello"}, "hello")
    clock.forward(0.5)
    hub.post({"type": "stats", "fps": 2}, "stats")
    hub.post({"type": "event"})
    clock.forward(2)
    found = drain(hub.join())
    assert found == [
        {"type": "begin"},
        {"type": "hello", "age_ms": 2500},
        {"type": "stats", "fps": 2, "age_ms": 2000},
    ]


def test_what_is_forgotten_is_not_told_again():
    hub = Hub()
    hub.post({"type": "notice"}, "notice/camera")
    hub.forget("notice/camera")
    assert drain(hub.join()) == [{"type": "begin"}]


def test_a_slow_browser_misses_the_old_and_drops_are_counted():
    hub = Hub(queue_limit=3)
    client = hub.join()
    drain(client)
    for n in range(100):
        hub.post({"type": "part", "n": n}, "part/door/lamp")
    assert drain(client) == [{"type": "part", "n": 99}]
    assert client.dropped == 99
    for n in range(5):
        hub.post({"type": "event", "n": n})
    assert [message["n"] for message in drain(client)] == [2, 3, 4]
    assert hub.dropped == 101
    hub.leave(client)
    assert hub.dropped == 101


def test_an_update_comes_after_what_was_said_before_it():
    hub = Hub()
    client = hub.join()
    drain(client)
    hub.post({"type": "decision", "state": "proposed"}, "decision/1")
    hub.post({"type": "stopped"}, "stopped")
    hub.post({"type": "decision", "state": "aborted"}, "decision/1")
    assert [message["type"] for message in drain(client)] == ["stopped", "decision"]


def test_old_decisions_are_forgotten_but_never_a_live_one():
    hub = Hub()
    hub.post({"type": "decision", "id": "live", "state": "proposed"}, "decision/live")
    for n in range(200):
        hub.post({"type": "decision", "id": str(n), "state": "done"}, f"decision/{n}")
    kept = [message["id"] for message in drain(hub.join())[1:]]
    assert kept == ["live", *map(str, range(200 - hub_module.DECISIONS_KEPT, 200))]


def test_posts_from_many_threads_reach_the_loop():
    async def scene(hub):
        client = hub.join()

        def work(number):
            for n in range(200):
                hub.post({"type": "part", "from": number, "n": n}, f"part/{number}")
                hub.frame({"seq": n}, IMAGE)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        last, frames = {}, 0
        async with asyncio.timeout(10):
            while sorted(last.values()) != [199] * 4 or not frames:
                item = await hub.next(client)
                if isinstance(item, bytes):
                    frames += 1
                elif (message := json.loads(item))["type"] == "part":
                    last[message["from"]] = message["n"]
        for thread in threads:
            await asyncio.to_thread(thread.join)

    in_loop(scene)


def test_a_post_before_and_after_the_loop_is_no_error():
    hub = Hub()
    hub.post({"type": "hello"}, "hello")

    async def main():
        hub.bind()
        hub.join()

    asyncio.run(main())
    hub.post({"type": "hello"}, "hello")
    hub.frame({}, IMAGE)


def test_a_silent_runtime_still_gives_signs_of_life(monkeypatch):
    monkeypatch.setattr(hub_module, "BEAT", 0.001)

    async def scene(hub):
        client = hub.join()
        assert json.loads(await hub.next(client)) == {"type": "begin"}
        assert json.loads(await hub.next(client)) == {"type": "beat"}

    in_loop(scene)
