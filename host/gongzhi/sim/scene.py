"""Takes what the drawn person is told to do, gives pictures of it: the camera of a scripted demonstration."""

from __future__ import annotations

import math
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from gongzhi.camera.contract import Shot, Ticks
from gongzhi.clock import Clock
from gongzhi.errors import CameraError
from gongzhi.sim.avatar import Avatar, View, true_hands, truth
from gongzhi.sim.body import Body, solve
from gongzhi.sim.poses import POSES, SEQUENCES, SIGNS, Pose, beside, blend, sequence
from gongzhi.sim.room import draw_room
from gongzhi.sim.script import ease, waving
from gongzhi.text import tr

if TYPE_CHECKING:
    from gongzhi.learn.course import Side
    from gongzhi.learn.pack import Pack
    from gongzhi.sim.mover import Mover, Posture
    from gongzhi.sim.props import Props

NOBODY: Final = "nobody"
DOES: Final = (NOBODY, *POSES, *SIGNS, *SEQUENCES)
_ALL: Final = POSES | SIGNS | {name: beside(shapes[0]) for name, shapes in SEQUENCES.items()}
FORM: Final = "form:"
_STILL: Final = 3.5  # s of standing before and after a form: the coach measures a body in two, before the form begins
_TEMPO: Final = (0.95, 1.05)  # as fast as the pack says, about
_WAVE: Final = 7.5  # radians in a second: a hand that waves goes to and fro so fast
_BEHIND_S: Final = 0.2  # s between two drawings of those who stand behind
_PERFORMER: Final = 7  # whose body and style the drawn person has


def doings(pack: Pack | None) -> tuple[str, ...]:
    """All that a person can be told to do: DOES, and each movement of the project's pack (`form:deer_run`, and
    `form:deer_run:right` where it has two sides), or of another that comes with Gongzhi
    (`form:baduanjin/hold_heavens`)."""
    from gongzhi.learn import pack as packs

    if pack is None:
        return DOES
    others = ((f"{name}/", packs.load(name)) for name in packs.known() if name != pack.name)
    forms = [(before + form.id, form.sided) for before, one in (("", pack), *others) for form in one.forms]
    return (*DOES, *(FORM + name for name, _ in forms), *(f"{FORM}{name}:right" for name, sided in forms if sided))


class Scene:
    """Somebody, or nobody, before a camera. `go` is for any thread. `pack` is where movements are found."""

    def __init__(self, clock: Clock, pack: Pack | None = None) -> None:
        self._clock, self._pack = clock, pack
        self._mover: Mover | None = None
        self._from, self._to = POSES["stand"], POSES["stand"]
        self._begun, self._move = clock.now(), 0.0
        self._somebody = False
        self._shapes: tuple[tuple[str, ...], ...] = ()  # of a hand that goes through them
        self._lock = threading.Lock()

    def go(self, what: str, move: float = 0.6) -> None:
        """Take the pose `what` (one of DOES) within `move` seconds, or leave; who comes is there at once. A movement
        (one of `doings`) is done once, in its own time: stand, do it, stand on until told otherwise."""
        mover = self._movement(what) if what.startswith(FORM) else None
        with self._lock:
            now = self._clock.now()
            # Who has moved has a body of the generator's: nothing leads from it into a pose, so standing does.
            self._from = self._at(now) if self._somebody and self._mover is None else POSES["stand"]
            self._begun, self._move, self._somebody = now, move, what != NOBODY
            self._mover, self._shapes = mover, SEQUENCES.get(what, ())
            if self._somebody and mover is None:
                self._to = _ALL[what]

    def pose(self) -> Pose | Posture | None:
        """How the person stands now; None while nobody is there."""
        with self._lock:
            now = self._clock.now()
            if self._mover is not None:
                return self._mover.pose_at(min(now - self._begun, self._mover.seconds - 1e-6))
            return self._at(now) if self._somebody else None

    def _movement(self, what: str) -> Mover:
        from gongzhi.learn import pack as packs
        from gongzhi.learn.generator import Performer
        from gongzhi.sim.mover import Mover

        assert self._pack is not None, "who reads a script refuses movements without a pack"
        name, _, side = what.removeprefix(FORM).partition(":")
        other, _, name = name.rpartition("/")
        pack = packs.load(other) if other else self._pack
        form = pack.form(name)
        to: Side = "right" if side else "left" if form.sided else ""
        return Mover(pack, Performer(_PERFORMER, style=4.0), [(form, to)], tempo=_TEMPO, stand=_STILL)

    def _at(self, now: float) -> Pose:
        share = (now - self._begun) / self._move if self._move > 0 else 1.0
        pose = self._to if share >= 1 else blend(self._from, self._to, ease(max(share, 0.0)))
        if self._shapes:
            return (
                replace(pose, right_curl=sequence(self._shapes, now - self._begun - self._move)) if share >= 1 else pose
            )
        swing = waving(pose, _WAVE * (now - self._begun))
        return replace(pose, right_fore=pose.right_fore + swing) if swing else pose


class SceneCamera:
    """The camera before a scene. Where nobody looks at the pictures (`blank`) they stay grey, and only the joints are
    worked out: those of a picture of this size, with those of the `hands` where somebody asks for them. With `props`
    something is measured in the picture: then a blank one has lines in it for people, and what the props are."""

    trouble: CameraError | None = None

    def __init__(
        self, clock: Clock, scene: Scene, fps: float = 15.0, size: tuple[int, int] = (640, 480), *,
        blank: bool = False, hands: bool = True, props: Props | None = None,
    ) -> None:  # fmt: skip
        self._ticks, self._scene, self._clock = Ticks(fps, clock), scene, clock
        self._avatar, self._view = Avatar(), View(*size)
        self._empty = np.full((size[1], size[0], 3), 128, np.uint8) if blank else draw_room(*size)
        self._blank, self._hands, self._props = blank, hands, props
        self._behind: tuple[object, float] = (None, -math.inf)  # for whom, and when those behind were drawn last

    @property
    def description(self) -> str:
        """ "synthetic person", in the user's language."""
        return tr("synthetic person")

    def shoot(self, stop: threading.Event) -> Shot | None:
        """The scene as it is at the next moment."""
        self._ticks.upcoming()
        if not self._ticks.wait(stop):
            return None
        pose = self._scene.pose()
        body = None if pose is None else solve(pose) if isinstance(pose, Pose) else pose.body
        drawn = (pose is not None) + (self._props.besides if self._props else 0)
        if self._blank:
            return self._quick(pose, body, drawn)
        self._draw_behind(pose)
        if pose is None or body is None:
            behind = self._avatar.backdrop
            return Shot(self._over((self._empty if behind is None else behind).copy()), drawn=drawn)
        picture, joints = self._avatar.render(pose, self._view)
        return Shot(self._over(picture), joints, true_hands(body, self._view), drawn)

    def _quick(self, pose: Pose | Posture | None, body: Body | None, drawn: int) -> Shot:
        """A picture that nobody looks at."""
        picture = self._empty.copy()
        if self._props is not None:
            self._props.sketched(picture, body, self._view)
            picture = self._props.over(picture)
        if pose is None or body is None:
            return Shot(picture, drawn=drawn)
        hands = true_hands(body, self._view) if self._hands else {}
        return Shot(picture, truth(body, self._view, pose.look), hands, drawn)

    def _draw_behind(self, pose: Pose | Posture | None) -> None:
        """Those besides move, too, but are not drawn anew for each picture."""
        if self._props is None:
            return
        whom, now = self._props.besides, self._clock.now()
        if self._behind[0] != whom or (whom and now - self._behind[1] >= _BEHIND_S):
            self._avatar.backdrop = self._props.behind(pose, self._view)
            self._behind = (whom, now)

    def _over(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return picture if self._props is None else self._props.over(picture)

    def close(self) -> None:
        """Nothing to let go of."""
