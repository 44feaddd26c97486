"""What comes from browsers: only what is valid, not too fast, and a let-go that nobody chose is never a yes."""

import asyncio

import numpy as np
import pytest
from gongzhi.clock import ManualClock
from gongzhi.page import Answer, Hub, Press, Rearm, Stop, key_of
from gongzhi.page.client import FLOOD, RATE
from gongzhi.page.messages import decode
from hub_scene import until

IMAGE = np.zeros((48, 64, 3), np.uint8)


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
        ('{"type":"rearm"}', Rearm()),
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
    assert got.count(Answer("confirm", "d", "d")) == RATE - 1
    assert got[-2:] == [Stop(), Press("b", "c", False)]


def test_a_browser_that_floods_is_sent_away():
    async def scene(hub):
        client = hub.join()
        assert [hub.receive(client, "nonsense") for _ in range(FLOOD)][-1] is False

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
