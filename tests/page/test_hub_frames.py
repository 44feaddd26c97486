"""The hub's pictures: encoded only for those who look, the newest only, with the joints of the very frame."""

import asyncio

import cv2
import numpy as np
import pytest
from gongzhi.page import Hub, frame_meta
from gongzhi.page import hub as hub_module
from gongzhi.values import Action, Keypoints
from hub_scene import drain, in_loop, split, until

IMAGE = np.zeros((48, 64, 3), np.uint8)


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
    assert meta["actions"] == [{"name": "hands_up", "held": True, "p": 0.933, "cal": False}]
    assert frame_meta(None, [], 0, (1, 1))["kp"] is None
