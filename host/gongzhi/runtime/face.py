"""Takes what is going on in a run, gives it to the people before the page; may be called from any thread."""

from __future__ import annotations

import base64
import contextlib
import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from gongzhi.broker.notices import NOTICES, Said
from gongzhi.cli.output import say
from gongzhi.coach.events import Event as Noticed
from gongzhi.errors import CameraError, GongzhiError
from gongzhi.journal import FREE, FULL
from gongzhi.loop import Sight
from gongzhi.page.hub import Hub
from gongzhi.page.messages import frame_meta, key_of
from gongzhi.pose.presence import State
from gongzhi.project import Manifest, Part
from gongzhi.runtime import coaching, view
from gongzhi.runtime.stats import Stats, percentile
from gongzhi.sim.board import BoardEvent
from gongzhi.sim.props import Props
from gongzhi.text import N_, pick, tr
from gongzhi.values import Action, Labels, Rule

_FPS_S: Final = 4.0
_RESTART_S: Final = 6.0

# What to do where somebody is seen badly; nobody and one need no word.
_ADVICE: Final[Mapping[str, str]] = {
    "many": N_("The camera sees several people. One at a time: the others step aside, please."),
    "dark": N_("It is too dark for the camera. Switch a light on."),
    "far": N_("You are too far from the camera. Come closer."),
    "hand": N_("The fingers of your raised hand cannot be seen. Come closer, the palm to the camera."),
    "cut": N_("Part of you is outside the picture. Step back, or turn the camera."),
}
_ADVICE_S: Final = 30.0  # seconds before the terminal says the same again

_NONE: Final[Mapping[str, float]] = {}


class Face:
    """The page's side of a run: every message that browsers get passes here."""

    def __init__(self, manifest: Manifest, hub: Hub, stats: Stats) -> None:
        self.manifest, self.hub, self.stats = manifest, hub, stats
        hub.answers = {part.id: part.answers for part in manifest.parts.values() if part.answers}
        self._hello: dict[str, Any] = {}
        self._rules: tuple[Rule, ...] = ()
        self._stopped: tuple[frozenset[str], bool] | None = None
        self._stopped_by = ""
        self._restarted: dict[str, float] = {}  # board -> when; the notice stays for a moment, however quick it was
        self._felt: dict[str, list[dict[str, Any]]] = {}  # part -> what was told last
        self._looked: dict[str, int] = {}
        self._several = manifest.several(rule.when for rule in manifest.rules)  # people are welcome
        self._person = ""
        self._advised: dict[State, float] = {}  # word -> when the terminal said it last
        self._people = 0
        self._frames: deque[float] = deque()
        self._trouble: Labels | None = None

    def post(self, message: dict[str, Any]) -> None:
        """Send a message of the page's schema."""
        self.hub.post(message, key_of(message))

    def introduce(self, pose: str, camera: str, bodies: Mapping[str, str]) -> None:
        """Tell what stays the same."""
        self._hello = view.hello(self.manifest, pose, camera, bodies, self._rules)
        self.post(self._hello)

    def rules(self, declared: tuple[Rule, ...], asked: Iterable[str] = ()) -> None:
        """Tell which rules are in force; `asked` are the conditions of a program's functions."""
        self._rules = declared
        before = self._advice(self._person)
        self._several = self.manifest.several([*(rule.when for rule in declared), *asked])
        if self._advice(self._person) != before:
            self._advise(self._person)
        if self._hello:
            self._hello = self._hello | {"rules": view.rules(self.manifest, declared)}
            self.post(self._hello)

    @property
    def declared(self) -> tuple[Rule, ...]:
        """The rules in force."""
        return self._rules

    def actions(self) -> None:
        """Tell what is recognised now: a model may have learnt a label."""
        if self._hello:
            self._hello = self._hello | {"actions": dict(self.manifest.actions)}
            self.post(self._hello)

    def notice(self, id_: str, level: str, message: str, /, *, on: bool = True, **values: Any) -> None:
        """Show (or take back) a notice."""
        self.post(view.notice(id_, level, view.both(message, **values), on=on))

    def coach(self, noticed: Sequence[Noticed]) -> list[Labels]:
        """What the coach of a pack has noticed: its newest line stands on the page. Gives all that was said."""
        pack = self.manifest.seen.pack
        lines = [] if pack is None else [(coaching.line(each, pack), coaching.voice(each, pack)) for each in noticed]
        for said, aloud in lines:
            if said is not None:
                self.post(view.notice(coaching.ID, "info", said) | {"voice": aloud})
        return [said for said, _ in lines if said is not None]

    def frame(self, sight: Sight) -> None:
        """The picture, and what is seen in it."""
        if not self.hub.watched:
            return
        height, width = sight.frame.image.shape[:2]
        self.hub.frame(frame_meta(sight.keypoints, sight.actions, sight.frame.seq, (width, height)), sight.frame.image)

    def person(self, sight: Sight, now: float) -> None:
        """How whoever is seen stands before the camera, when that changes; with advice on page and terminal."""
        self._frames.append(now)
        advice = self._advice(sight.person) if sight.person != self._person else None
        if advice and now - self._advised.get(sight.person, -math.inf) >= _ADVICE_S:
            self._advised[sight.person] = now
            say(tr(advice), "yellow")
        self._people = (sight.keypoints is not None) + sight.others
        self._somebody(sight.person)

    def _somebody(self, state: State) -> None:
        if state != self._person:
            before, self._person = self._person, state
            if self._advice(before) or self._advice(state):
                self._advise(state)
            self.post({"type": "person", "state": state})

    def _advice(self, state: str) -> str:
        """What is said to whoever stands so; "" where it needs no word, as where several are welcome."""
        return "" if state == "many" and self._several else _ADVICE.get(state, "")

    def _advise(self, state: str) -> None:
        said = self._advice(state)
        self.notice("person", "info", said, on=bool(said))

    def part(self, board: str, channel: str, values: Mapping[str, float]) -> None:
        """How a part stands."""
        self.post({"type": "part", "board": board, "ch": channel, "d": dict(values)})

    def felt(self, part: str, actions: Sequence[Action]) -> None:
        """What models recognise in the samples of a part, where that has changed by what people would see; nothing
        where it is not known."""
        said = [{"name": one.name, "held": one.held, "p": round(one.p, 1)} for one in actions]
        if said != self._felt.get(part, []):
            self._felt[part] = said
            self.post({"type": "felt", "board": self.manifest.parts[part].board, "ch": part, "actions": said})

    def screen(self, part: Part, dots: bytes) -> None:
        """What a display shows, dot for dot (panel.Panel.dots)."""
        told = base64.b64encode(dots).decode()
        self.post({"type": "screen", "board": part.board, "ch": part.id, "dots": told})

    def moved(self, name: str, value: float, there: bool) -> None:
        """Where the surroundings of a simulated input are, in what range, and whether its cable is in."""
        id_, _, reading = name.partition(".")
        part = self.manifest.parts[id_]
        kind = part.kind
        low, high, unit = kind.more[reading] if reading else (kind.low, kind.high, kind.unit)
        self.post({"type": "world", "board": part.board, "ch": name, "prop": reading or kind.prop, "value": value,
                   "lo": low, "hi": high, "unit": unit, "there": there})  # fmt: skip

    def looked(self, readings: Mapping[str, float]) -> None:
        """What has been measured in the picture, when that changes: as the page shows it, in whole units."""
        told = {name: round(value) for name, value in readings.items()}
        if told != self._looked:
            self._looked = told
            self.post({"type": "looked", "d": told})

    def props(self, props: Props) -> None:
        """What stands before the drawn camera; `things`: there is a tray to lay something on, `people`: it matters how
        many are there."""
        told = {"thing": props.thing, "besides": props.besides, "dim": props.dim, "things": bool(props.trays)}
        does = view.does(self.manifest) if props.scene is not None else {}
        told["person"], told["does"] = props.person, [{"id": id_, "label": label} for id_, label in does.items()]
        told["looks"] = bool(self.manifest.looks)
        told["people"] = self._several
        self.post({"type": "props", **told})

    def board(self, board: str, *, online: bool) -> None:
        """Whether a board is there."""
        self.post({"type": "board", "id": board, "online": online, "body": self.stats.body, "note": None})

    def stopped(self, resources: frozenset[str], by: str, *, room: bool = False) -> None:
        """What is stopped, when that changes; `room`: by a teacher, with the whole room."""
        if (resources, room) != self._stopped:
            self._stopped = (resources, room)
            by = self._stopped_by = by or (self._stopped_by if resources else "")
            told = {"on": bool(resources), "by": by, "resources": sorted(resources), "room": room}
            self.post({"type": "stopped", **told})

    def figures(
        self, dropped: int, trouble: CameraError | None, now: float, stages: Mapping[str, float] = _NONE
    ) -> None:
        """How fast it goes (frames looked at in the last seconds; `stages` in ms), and whether the camera is well."""
        while self._frames and now - self._frames[0] > _FPS_S:
            self._frames.popleft()
        # Up to now, not to the last frame: where none comes, the figure falls.
        fps = len(self._frames) / max(now - self._frames[0], 1.0) if self._frames else 0.0
        p50 = percentile(list(self.stats.e2e), 0.5)
        self.post(
            {"type": "stats", "fps": round(fps, 1), "people": self._people, "dropped": dropped,
             "e2e_ms_p50": p50 and round(p50, 1), "stages": stages, "unasked": self.stats.unasked}
        )  # fmt: skip
        # A copy: a board that restarts says so on a thread of its own.
        for board in [board for board, t in list(self._restarted.items()) if now - t > _RESTART_S]:
            del self._restarted[board]
            self.notice(f"board/{board}", "warn", "", on=False)
        said = view.fault(trouble)
        if said != self._trouble:
            self._trouble = said
            self.post(view.notice("camera", "error", said, on=trouble is not None))
        if trouble is not None:
            self._people = 0
            self._somebody("none")

    def journal(self, fault: str, *, writable: bool) -> None:
        """Whether the journal can be written."""
        self.notice("journal", "error", FULL, on=not writable, why=fault)
        self.notice("journal-hint", "info", FREE, on=not writable)
        if not writable:
            say(f"{tr(FULL, why=fault)} {tr(FREE)}", "bold red")

    def broker(self, payload: bytes) -> None:
        """What a broker of ours says of a board that cannot join it."""
        with contextlib.suppress(msgspec.DecodeError, KeyError):
            told = msgspec.json.decode(payload, type=Said)
            self.notice(f"broker/{told.kind}", "warn", NOTICES[told.kind], client="", text=told.text)

    def pins(self, trouble: GongzhiError | None) -> None:
        """Why the computer's own pins do not move, or None: they do again."""
        if trouble is None:
            self.notice("pins", "error", "", on=False)
        else:
            say(str(trouble), "yellow")
            self.notice("pins", "error", trouble.message, **trouble.values)

    def stranger(self, device: str) -> None:
        """A board that the project does not know has come."""
        self.notice(
            "stranger", "warn",
            N_("A board calls itself “{device}”, which is not in project.toml. Known there: {known}."),
            device=device, known=", ".join(self.manifest.boards),
        )  # fmt: skip

    def twin(self, device: str, *, on: bool) -> None:
        """Whether two boards bear one id."""
        self.notice(
            f"twin/{device}", "error",
            N_("Two boards call themselves “{device}” and push each other out. Give one of them another id."),
            on=on, device=device,
        )  # fmt: skip

    def about(self, device: str, told: dict[str, Any]) -> None:
        """What a board says of itself: that it refuses its configuration."""
        fault = told.get("cfg")
        self.notice(
            f"cfg/{device}", "error", N_("The board “{device}” refuses its configuration: {why}"),
            on=bool(fault), device=device, why=str(fault)[:80],
        )  # fmt: skip

    def virtual(self, board: str, event: BoardEvent) -> None:
        """What happened to a virtual board."""
        label = self.manifest.boards[board].label
        if event.kind == "ended" and event.data["error"]:
            message = N_("The program on “{board}” has ended: {why}")
            self.notice(f"board/{board}", "error", message, board=label, why=event.data["error"])
        elif event.kind == "exit":
            message = N_("“{board}” went off and starts again by itself.")
            self.notice(f"board/{board}", "warn", message, board=label)
            self._restarted[board] = event.t
            say(tr(message, board=pick(label)), "yellow")
