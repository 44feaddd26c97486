"""A runtime that plays: takes a scene or a test's orders, gives the hub what a real runtime would, obeys the page.

`python tests/page/feeder.py` shows the page with this scene, without camera, boards or broker.
"""

from __future__ import annotations

import asyncio
import itertools
import math
import queue
import threading
from typing import Any

import cv2
import numpy as np
from gongzhi.page import Answer, Hub, Message, PageServer, Press, Rearm, Stop, frame_meta, key_of
from gongzhi.values import LANDMARK, Action, Keypoints

WIDTH, HEIGHT = 640, 480
GATE, LIGHT = {"zh": "大门", "en": "gate"}, {"zh": "灯", "en": "light"}
UP, LEVEL = {"zh": "双手举过头", "en": "both hands up"}, {"zh": "双臂平举", "en": "both arms level"}


def part(ch: str, kind: str, pin: int, label: dict[str, str], high: float, unit: str) -> dict[str, Any]:
    return {"ch": ch, "kind": kind, "pin": pin, "label": label, "lo": 0, "hi": high, "unit": unit}


HELLO: dict[str, Any] = {
    "type": "hello",
    "project": {"id": "gate01", "title": {"zh": "举手开门", "en": "Hands up, gate opens"}},
    "pose": "blazepose",
    "camera": "synthetic",
    "boards": [
        {
            "id": "door", "type": "esp32-devkitc", "body": "vm",
            "label": {"zh": "门口的板子", "en": "board at the door"},
            "parts": [
                part("gate", "servo", 18, GATE, 180, "°"),
                part("lamp", "led", 23, LIGHT, 1, ""),
                part("bell", "buzzer", 19, {"zh": "铃", "en": "bell"}, 5000, "Hz"),
                part("button", "button", 4, {"zh": "按钮", "en": "button"}, 1, "") | {"answers": "owner"},
            ],
        }
    ],
    "resources": [
        {"id": "gate.angle", "board": "door", "label": GATE, "level": "A2", "hazard": "H2", "unit": "°", "safe": 0,
         "ceiling": "A3"},
        {"id": "lamp.level", "board": "door", "label": LIGHT, "level": "A4", "hazard": "H1", "unit": "", "safe": 0,
         "ceiling": "A4"},
    ],
    "rules": [
        {"when": "hands_up", "label": UP, "resource": "gate.angle", "value": 90},
        {"when": "arms_level", "label": LEVEL, "resource": "lamp.level", "value": 1},
    ],
    "actions": {"hands_up": UP, "arms_level": LEVEL},
}  # fmt: skip
SCHOOL: dict[str, Any] = {
    "model": "gestures", "sensor": "", "version": "5f3a1d73" + "0" * 8, "labels": ["arms wide", "rest"],
    "names": {"arms wide": "arms_wide", "rest": "rest", "wave": "wave"}, "people": ["p01", "p02"], "golden": 8,
    "waiting": [], "lesson": None, "busy": None, "fault": {}, "back": "", "candidates": [], "exhibition": False,
}  # fmt: skip
PLANS: dict[str, dict[str, Any]] = {
    "gate.angle": {
        "label": {"zh": "大门", "en": "gate"}, "what": {"zh": "打开大门", "en": "open the gate"},
        "because": {"zh": "双手举过了头", "en": "both hands are up"}, "value": 90, "unit": "°", "p": 0.93,
        "level": {"eff": "A2", "by": "dial", "req": "A2"},
    },
    "lamp.level": {
        "label": {"zh": "灯", "en": "light"}, "what": {"zh": "开灯", "en": "turn on the light"},
        "because": {"zh": "双臂平举", "en": "both arms are level"}, "value": 1, "unit": "", "p": 0.88,
        "level": {"eff": "A4", "by": "dial", "req": "A4"},
    },
}  # fmt: skip


class FakeRuntime:
    """Posts to its hub; `received` holds what came from the page; with `obedient`, answers have their consequence."""

    def __init__(self, obedient: bool = False) -> None:
        self.hub = Hub(self._take)
        self.received: queue.Queue[Message] = queue.Queue()
        self.obedient = obedient
        self.decisions: dict[str, dict[str, Any]] = {}
        self._numbers = itertools.count(1)

    def post(self, type_: str, **fields: Any) -> None:
        message = {"type": type_, **fields}
        self.hub.post(message, key_of(message))

    def begin(self, **changes: Any) -> None:
        """Say hello, with everything online and at rest."""
        hello = {**HELLO, **changes}
        self.hub.post(hello, "hello")
        for board in hello["boards"]:
            self.post("board", id=board["id"], online=True, body=board["body"], note=None)
        for ch, values in {"gate": {"angle": 0}, "lamp": {"level": 0}, "bell": {"tone": 0}}.items():
            self.part(ch, **values)
        self.post("stopped", on=False, by="", resources=[])
        self.post("person", state="one")
        self.post("stats", fps=29.7, people=1, dropped=0, e2e_ms_p50=46.0, unasked=3)

    def part(self, ch: str, **values: float) -> None:
        self.post("part", board="door", ch=ch, d=values, t=0.0)

    def propose(self, resource: str = "gate.angle", total_ms: int | None = 8000, **changes: Any) -> str:
        """A new proposal; returns its id."""
        id_ = f"d-{next(self._numbers)}"
        self.decisions[id_] = {
            "id": id_, "resource": resource, **PLANS[resource], "state": "proposed", "digest": f"sha{id_}",
            "remaining_ms": total_ms, "total_ms": total_ms or 0, "by": "", "reason": "", "undo": False, "t": 0.0,
            **changes,
        }  # fmt: skip
        self.post("decision", **self.decisions[id_])
        return id_

    def turn(self, id_: str, state: str, by: str = "", **changes: Any) -> None:
        """The decision `id_` goes on to `state`."""
        self.decisions[id_] |= {"state": state, "by": by, "remaining_ms": None, "undo": False, **changes}
        if state in ("confirmed", "rejected"):
            self.decisions[id_]["answered"] = by
        self.post("decision", **self.decisions[id_])

    def carry_out(self, id_: str, by: str) -> None:
        """Agreed, done, and the part has moved."""
        decision = self.decisions[id_]
        if by != "dial":
            self.turn(id_, "confirmed", by)
        self.turn(id_, "executing", by)
        ch, prop = decision["resource"].split(".")
        self.part(ch, **{prop: decision["value"]})
        self.turn(id_, "done", by, undo=True)

    def frame(self, seq: int, raised: float = 1.0, empty: bool = False) -> None:
        """A frame with a drawn person whose arms are `raised` (-1 down, 0 level, 1 up)."""
        points = joints(raised)
        image = np.full((HEIGHT, WIDTH, 3), (38, 58, 76), np.uint8)
        cv2.rectangle(image, (0, 400), (WIDTH, HEIGHT), (58, 74, 84), -1)
        if empty:
            self.hub.frame(frame_meta(None, [], seq, (WIDTH, HEIGHT)), image)
            return
        _draw(image, points)
        score = np.full(33, 0.98, np.float32)
        keypoints = Keypoints(points, score, seq / 30, seq, (WIDTH, HEIGHT), "truth")
        up, level = max(0.02, min(0.97, raised)), max(0.02, 0.95 - 2 * abs(raised))
        actions = [Action("hands_up", up > 0.7, up, 0, seq / 30), Action("arms_level", level > 0.7, level, 0, seq / 30)]
        self.hub.frame(frame_meta(keypoints, actions, seq, (WIDTH, HEIGHT)), image)

    def _take(self, message: Message) -> None:
        self.received.put(message)
        if self.obedient:
            self._obey(message)

    def _obey(self, message: Message) -> None:
        seat = "human:operator#page"
        match message:
            case Answer(verb="confirm", id=id_):
                self.carry_out(id_, seat)
            case Answer(verb="reject", id=id_):
                self.turn(id_, "rejected", seat)
            case Answer(verb="undo", id=id_):
                self.turn(id_, "undone", seat, undo=False)
                ch, prop = self.decisions[id_]["resource"].split(".")
                self.part(ch, **{prop: 0})
            case Stop():
                self.post("stopped", on=True, by=seat, resources=["gate.angle", "lamp.level"])
                self.part("gate", angle=0)
                self.part("lamp", level=0)
            case Rearm():
                self.post("stopped", on=False, by=seat, resources=[])
            case Press(ch=ch, down=down):
                self.part(ch, pressed=int(down))


class Served:
    """A fake runtime behind a real page server, in a thread with a loop of its own."""

    def __init__(
        self, runtime: FakeRuntime | None = None, port: int = 0, first: str = "index.html", **more: Any
    ) -> None:
        self.runtime = runtime or FakeRuntime()
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="page", daemon=True)
        self._thread.start()
        self.server = PageServer(self.runtime.hub, port=port, first=first, **more)
        self.run(self.server.start())
        self.url = self.server.url

    def run(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(10)

    def restart(self) -> None:
        """The server goes and comes back on the same port."""
        self.run(self.server.stop())
        self.run(self.server.start())

    def close(self) -> None:
        self.run(self.server.stop())
        self.run(self.loop.shutdown_default_executor())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()


def joints(raised: float) -> np.ndarray:
    """The 33 points (33, 2) float32 of a person who faces the camera."""
    points = np.zeros((33, 2), np.float32)
    for side, sign in (("left", 1), ("right", -1)):
        turn = raised * math.radians(75)
        shoulder = np.array([320 + sign * 48, 165], np.float32)
        reach = np.array([sign * math.cos(turn), -math.sin(turn)], np.float32)
        places = {
            "shoulder": shoulder, "elbow": shoulder + 58 * reach, "wrist": shoulder + 112 * reach,
            "pinky": shoulder + 130 * reach, "index": shoulder + 132 * reach, "thumb": shoulder + 124 * reach,
            "hip": (320 + sign * 30, 290), "knee": (320 + sign * 34, 365), "ankle": (320 + sign * 36, 436),
            "heel": (320 + sign * 34, 446), "foot_index": (320 + sign * 52, 450), "ear": (320 + sign * 22, 112),
            "eye": (320 + sign * 9, 106), "eye_inner": (320 + sign * 5, 106), "eye_outer": (320 + sign * 13, 106),
        }  # fmt: skip
        for name, place in places.items():
            points[LANDMARK[f"{side}_{name}"]] = place
        points[LANDMARK[f"mouth_{side}"]] = (320 + sign * 7, 128)
    points[LANDMARK["nose"]] = (320, 115)
    return points


def _draw(image: np.ndarray, points: np.ndarray) -> None:
    at = {name: tuple(int(v) for v in points[index]) for name, index in LANDMARK.items()}
    for side in ("left", "right"):
        cv2.line(image, at[f"{side}_hip"], at[f"{side}_ankle"], (52, 60, 92), 34, cv2.LINE_AA)
        cv2.line(image, at[f"{side}_shoulder"], at[f"{side}_elbow"], (196, 92, 70), 30, cv2.LINE_AA)
        cv2.line(image, at[f"{side}_elbow"], at[f"{side}_wrist"], (226, 178, 150), 24, cv2.LINE_AA)
    trunk = [at[name] for name in ("left_shoulder", "right_shoulder", "right_hip", "left_hip")]
    cv2.fillPoly(image, [np.array(trunk, np.int32)], (206, 100, 76), cv2.LINE_AA)
    cv2.polylines(image, [np.array(trunk, np.int32)], True, (206, 100, 76), 22, cv2.LINE_AA)
    cv2.ellipse(image, (320, 112), (27, 35), 0, 0, 360, (230, 184, 156), -1, cv2.LINE_AA)
    cv2.ellipse(image, (320, 96), (29, 22), 0, 180, 360, (60, 44, 36), -1, cv2.LINE_AA)


async def play() -> None:
    """The scene, for ever, for somebody who looks."""
    runtime = FakeRuntime(obedient=True)
    server = PageServer(runtime.hub, port=8765)
    await server.start()
    print(server.url, flush=True)
    runtime.begin()
    for seq in itertools.count():
        moment = seq % 600
        raised = math.sin(moment / 95)
        runtime.frame(seq, raised)
        if moment == 150:
            runtime.propose()
        if moment == 420:
            runtime.carry_out(runtime.propose("lamp.level", None, state="draft"), "dial")
        live = [id_ for id_, each in runtime.decisions.items() if each["state"] == "proposed"]
        if moment == 390 and live:
            runtime.turn(live[-1], "expired")
        await asyncio.sleep(1 / 30)


if __name__ == "__main__":
    asyncio.run(play())
