"""The hub: newest first, never waiting for anybody, from any thread, and only what is valid comes in."""

import asyncio
import json
import struct
import threading

import cv2
import numpy as np
import pytest
from gongzhi.clock import ManualClock
from gongzhi.page import Answer, Hub, Press, Rearm, Stop, frame_meta, key_of
from gongzhi.page import hub as hub_module
from gongzhi.page.messages import decode
from gongzhi.values import Action, Keypoints

IMAGE = np.zeros((48, 64, 3), np.uint8)


def drain(client):
    """All that waits for a client, decoded."""
    found = []
    while (item := client.take()) is not None:
        found.append(json.loads(item) if isinstance(item, str) else item)
    return found


async def until(condition):
    """Let the loop run until the condition holds; a defect ends it."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  (what is waited for has no event of its own)
            await asyncio.sleep(0.002)


def in_loop(function):
    """Run a coroutine function whose first argument is a hub bound to the loop."""

    async def main():
        hub = Hub(clock=ManualClock())
        hub.bind()
        await function(hub)
        await hub.close()

    asyncio.run(main())


def split(data):
    (length,) = struct.unpack_from("<H", data)
    return json.loads(data[2 : 2 + length]), data[2 + length :]


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


def test_nothing_is_encoded_when_nobody_looks(monkeypatch):
    encoded = []
    monkeypatch.setattr(hub_module, "jpeg", lambda *_: encoded.append(1) or b"jpeg")

    async def scene(hub):
        hub.frame({"seq": 0}, IMAGE)
        client = hub.join()
        client.wants_video = False
        hub.frame({"seq": 1}, IMAGE)
        drain(client)
        hub.receive(client, '{"type":"watch","video":true}')
        hub.frame({"seq": 2}, IMAGE)
        async with asyncio.timeout(5):
            meta, picture = split(await hub.next(client))
        assert meta["seq"] == 2
        assert picture == b"jpeg"

    in_loop(scene)
    assert encoded == [1]


def test_only_some_get_pictures_and_the_next_moves_up():
    async def scene(hub):
        clients = [hub.join() for _ in range(5)]
        for client in clients:
            drain(client)

        async def who(seq):
            hub.frame({"seq": seq}, IMAGE)
            async with asyncio.timeout(5):
                items = [split(await hub.next(client)) for client in clients]
            assert all(meta["seq"] == seq for meta, _ in items)
            return [len(picture) > 0 for _, picture in items]

        assert await who(1) == [True, True, True, False, False]
        hub.receive(clients[0], '{"type":"watch","video":false}')
        hub.leave(clients.pop(0))
        assert await who(2) == [True, True, True, False]

    in_loop(scene)


def test_a_picture_that_cannot_be_encoded_does_not_end_the_pictures():
    async def scene(hub):
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        client = hub.join()
        drain(client)
        hub.frame({"seq": 1}, np.zeros((0, 0, 3), np.uint8))
        await until(lambda: not hub._encoding)
        hub.frame({"seq": 2}, IMAGE)
        async with asyncio.timeout(5):
            assert split(await hub.next(client))[0]["seq"] == 2

    in_loop(scene)


def test_the_picture_keeps_its_colours_and_is_made_smaller():
    image = np.zeros((720, 1280, 3), np.uint8)
    image[..., 0] = 255
    found = cv2.imdecode(np.frombuffer(hub_module.jpeg(image, 80), np.uint8), cv2.IMREAD_COLOR_RGB)
    assert found.shape == (540, 960, 3)
    assert np.abs(found.mean((0, 1)) - [255, 0, 0]).max() < 4


def test_a_meta_that_is_too_long_is_refused():
    hub = Hub()
    hub.join()
    with pytest.raises(ValueError, match="65535"):
        hub.frame({"text": "x" * 70_000}, IMAGE)


def test_what_travels_beside_a_picture():
    keypoints = Keypoints(np.full((33, 2), 1.26, np.float32), np.full(33, 0.5, np.float32), 0.0, 7, (640, 480), "truth")
    meta = frame_meta(keypoints, [Action("hands_up", True, 0.93333, 0, 0)], 7, (640, 480))
    assert meta["kp"] == [[1.3, 1.3, 0.5]] * 33
    assert meta["actions"] == [{"name": "hands_up", "held": True, "p": 0.933}]
    assert frame_meta(None, [], 0, (1, 1))["kp"] is None


def test_natural_keys():
    assert key_of({"type": "hello"}) == "hello"
    assert key_of({"type": "decision", "id": "d-1"}) == "decision/d-1"
    assert key_of({"type": "part", "board": "door", "ch": "lamp"}) == "part/door/lamp"
    assert key_of({"type": "whatever"}) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"type":"stop"}', Stop()),
        ('{"type":"rearm","resource":"gate.angle"}', Rearm("gate.angle")),
        ('{"type":"answer","verb":"undo","id":"d-1","digest":"ab"}', Answer("undo", "d-1", "ab")),
        ('{"type":"press","board":"door","ch":"button","down":true}', Press("door", "button", True)),
    ],
)
def test_valid_messages(text, message):
    assert decode(text) == message


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{", '{"type":"nonsense"}', '{"type":"stop","extra":1}', '{"type":"rearm","resource":""}',
        '{"type":"answer","verb":"override","id":"d","digest":"d"}', '{"type":"rearm","resource":7}',
        '{"type":"press","board":"door","ch":"button","down":1}', '{"type":"rearm","resource":"%s"}' % ("x" * 65),
        '{"type":"stop"}' + " " * 2000, b"\xff\xfe",
    ],
)  # fmt: skip
def test_what_is_not_valid_reaches_nobody(text):
    got = []
    hub = Hub(got.append)
    assert hub.receive(hub.join(), text)
    assert got == []
    assert hub.refused == 1


def heard(scene, clock=None):
    """What the runtime heard while `scene(hub, loop)` ran."""
    got = []

    async def main():
        hub = Hub(got.append, clock=clock or ManualClock())
        hub.bind()
        await scene(hub)
        await asyncio.sleep(0)
        await hub.close()

    asyncio.run(main())
    return got


def test_a_browser_that_mashes_is_slowed_but_stop_and_letting_go_always_pass():
    answer, stop = '{"type":"answer","verb":"confirm","id":"d","digest":"d"}', '{"type":"stop"}'

    async def scene(hub):
        client = hub.join()
        hub.receive(client, '{"type":"press","board":"b","ch":"c","down":true}')
        for _ in range(100):
            hub.receive(client, answer)
        assert hub.receive(client, stop)
        hub.receive(client, '{"type":"press","board":"b","ch":"c","down":false}')

    got = heard(scene)
    assert got.count(Answer("confirm", "d", "d")) == hub_module.RATE - 1
    assert got[-2:] == [Stop(), Press("b", "c", False)]


def test_a_browser_that_floods_is_sent_away():
    async def scene(hub):
        client = hub.join()
        assert [hub.receive(client, "nonsense") for _ in range(hub_module.FLOOD)][-1] is False

    assert heard(scene) == []


DOWN = '{"type":"press","board":"b","ch":"c","down":true}'
UP = '{"type":"press","board":"b","ch":"c","down":false}'
CANCEL = '{"type":"press","board":"b","ch":"c","down":false,"cancel":true}'


def test_two_browsers_hold_one_button():
    async def scene(hub):
        one, two = hub.join(), hub.join()
        for client, text in [(two, UP), (one, DOWN), (two, DOWN), (one, UP), (one, UP), (two, UP)]:
            hub.receive(client, text)

    assert heard(scene) == [Press("b", "c", True), Press("b", "c", False)]


def test_a_browser_that_dies_with_the_button_down_never_says_yes(monkeypatch):
    clock = ManualClock()
    monkeypatch.setattr("gongzhi.page.press.NO_AFTER", 0.05)
    got = []

    async def main():
        hub = Hub(got.append, clock=clock)
        hub.bind()
        client = hub.join()
        hub.receive(client, DOWN)
        hub.leave(client)
        await asyncio.sleep(0)
        assert got == [Press("b", "c", True)]
        await until(lambda: len(got) == 2)
        assert got[1] == Press("b", "c", False)
        client = hub.join()
        hub.receive(client, DOWN)
        clock.forward(2)
        hub.receive(client, CANCEL)
        await asyncio.sleep(0)
        assert got[2:] == got[:2]

    asyncio.run(main())


def test_an_error_in_the_runtime_stays_there():
    seen = []

    def broken(message):
        raise KeyError("runtime")

    async def main():
        asyncio.get_running_loop().set_exception_handler(lambda _, context: seen.append(context["exception"]))
        hub = Hub(broken)
        client = hub.join()
        assert hub.receive(client, '{"type":"stop"}')
        assert hub.receive(client, '{"type":"stop"}')
        await asyncio.sleep(0)

    asyncio.run(main())
    assert [type(error) for error in seen] == [KeyError, KeyError]
