"""Takes what a program says and what the camera sees, gives each to the other, and what is wrong to the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from gongzhi.finger_measure import slacks
from gongzhi.heard import Declared, Failed, Judged, Said
from gongzhi.learn.own import Own
from gongzhi.loop import Sight
from gongzhi.project import Manifest
from gongzhi.runtime import view
from gongzhi.runtime.face import Face
from gongzhi.runtime.rulebook import Rulebook
from gongzhi.seen import OLD
from gongzhi.text import N_

Send = Callable[[str, dict[str, Any], Literal[0, 1]], None]  # (kind, message, QoS) on _co


class Programs:
    """The program's side of a run; all methods belong to the asyncio thread. `own` is what its own recognisers are
    told to."""

    def __init__(self, manifest: Manifest, book: Rulebook, face: Face, send: Send) -> None:
        self._manifest, self._book, self._face, self._send = manifest, book, face, send
        self.own = Own({})

    def take(self, heard: Declared | Said | Failed | Judged) -> None:
        """The program said this."""
        match heard:
            case Said(text):
                self._face.post(view.notice("say", "info", text, on=bool(text)))
            case Failed(text):
                self._face.notice("callback", "error", N_("In your program main.py:\n{why}"), why=text)
            case Judged(t, p):
                self.own.told(t, p)
            case Declared():
                self._declared(heard)

    def _declared(self, heard: Declared) -> None:
        lost = self._book.declare(heard.rules, heard.watches)
        message = N_("{count} rules of the program name parts or actions that are not there.")
        self._face.notice("declare", "error", message, on=lost > 0, count=lost)
        self._face.notice("program", "warn", "", on=False)  # a slow program has spoken after all
        idle = ", ".join(sorted(set(self._manifest.seen.own) - set(heard.own)))
        message = N_("project.toml has [own.…] for {names}, but main.py has no @project.recognise for it.")
        self._face.notice("own", "warn", message, on=bool(idle), names=idle)

    def seen(self, sight: Sight) -> None:
        """A frame was looked at; the program's own recognisers judge it."""
        if not self._manifest.seen.own:
            return
        points, hands = None, {}
        if (features := sight.features) is not None:
            rounded = features.points.round(3).tolist()
            points = [point if seen else None for point, seen in zip(rounded, features.seen, strict=True)]
            hands = {
                hand.side: {"p": hand.points.round(3).tolist(), "f": [round(one, 2) for one in slacks(hand)]}
                for hand in features.hands
                if hand.points is not None and features.t - hand.t <= OLD
            }
        self._send("seen", {"t": sight.frame.t, "p": points, **({"h": hands} if hands else {})}, 0)
