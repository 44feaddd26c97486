"""Takes nothing, writes the recordings of example 17's pack: a drawn teacher's movements, as the pose model found them.

They go through what a real teacher's recordings go through, `gongzhi pack record`; names, checks and cues in the pack's
pack.toml are written by hand and stay. Run it again after a change of the drawn person: python tools/draw_teacher.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

import numpy as np
from gongzhi import models
from gongzhi.coach.recording import make
from gongzhi.learn import pack
from gongzhi.learn.course import STAND, perform_course
from gongzhi.learn.files import encode
from gongzhi.learn.generator import Performer
from gongzhi.learn.pack import Form, Phase
from gongzhi.learn.recording import Recording, head_of, write_file
from gongzhi.pose.tracker import BlazePose
from gongzhi.sim.avatar import Avatar, View
from gongzhi.sim.mover import posture
from msgspec.structs import replace

FOLDER: Final = Path(__file__).parents[1] / "examples" / "17_break_exercise" / "teacher"
FPS: Final = 8.0
TIMES: Final = 2  # of each movement
TEACHER: Final = Performer(31, style=1.5)
_HANG, _FOOT = (8.0, 90.0, 8.0, 60.0), (8.0, 90.0, 7.0, 90.0)
_OUT, _UP, _HIP = (88.0, 90.0, 88.0, 90.0), (168.0, 90.0, 172.0, 90.0), (42.0, 100.0, 62.0, -62.0)


def _phase(s: float, **changes: object) -> Phase:
    return replace(STAND, s=s, **changes)


def _arms(s: float, left: tuple[float, ...], right: tuple[float, ...], **changes: object) -> Phase:
    return _phase(s, left_arm=left, right_arm=right, **changes)


# What the teacher does, to the left: 伸展, 体侧, 提膝. Invented for this example; no set of a school or a state.
SHOWN: Final = {
    "stretch": [_phase(0), _arms(1.3, _OUT, _OUT), _arms(1.2, _UP, _UP), _arms(0.6, _UP, _UP), _arms(1.2, _OUT, _OUT),
                _phase(1.3)],
    "side_bend": [_phase(0), _arms(1.4, _HIP, _UP), _arms(1.2, _HIP, _UP, trunk=(0.0, 24.0, 0.0), arms="trunk"),
                  _arms(0.7, _HIP, _UP, trunk=(0.0, 24.0, 0.0), arms="trunk"), _arms(1.2, _HIP, _UP), _phase(1.4)],
    "knee_lift": [_phase(0), _arms(1.2, _OUT, _OUT), _arms(1.2, _OUT, _OUT, left_leg=(84.0, 8.0, 6.0, 180.0)),
                  _arms(0.7, _OUT, _OUT, left_leg=(84.0, 8.0, 6.0, 180.0)), _arms(1.2, _OUT, _OUT), _phase(1.2)],
}  # fmt: skip


def take(name: str, phases: list[Phase]) -> Recording:
    """One recording of the teacher who does a movement, standing still between, found by the pose model."""
    body = pack.load("wuqinxi")
    form = Form(id=name, title={}, phases=phases)
    course = perform_course(body, [(form, "")] * TIMES, TEACHER, fps=FPS, tempo=(1.0, 1.0), pauses=(1.6, 1.7),
                            stand=3.5, jitter=0.03)  # fmt: skip
    weights, view = models.load(), View(tall=0.66)
    tracker, avatar = BlazePose(weights["detector"], weights["landmarks"]), Avatar(seed=TEACHER.seed)
    found = [tracker(avatar.render(posture(course, i), view)[0], float(t)) for i, t in enumerate(course.t)]
    tracker.close()
    people = [one for one in found if one is not None]
    if len(people) < len(found):
        raise SystemExit("The pose model does not see the drawn teacher in each picture.")
    head = head_of(name, (view.width, view.height), person="p01",
                   source="found by BlazePose in pictures drawn by the simulator")  # fmt: skip
    return Recording(
        name, head, course.t, np.stack([one.xy for one in people]), np.stack([one.score for one in people])
    )


def main(folder: Path = FOLDER) -> None:
    """Write the pack's recordings anew."""
    with tempfile.TemporaryDirectory() as place:
        paths = []
        for name, phases in SHOWN.items():
            paths.append(Path(place) / f"{name}.jsonl")
            write_file(paths[-1], encode(take(name, phases)))
        made, taken = make(paths, Path(place) / "pack", "课间操", sided=["side_bend", "knee_lift"])
        if any(one.repetitions != TIMES for one in taken):
            raise SystemExit(f"not every repetition was found: {taken}")
        for form in made.forms:
            for name in form.examples:
                write_file(folder / name, (Path(made.folder) / name).read_bytes())
        if not (folder / pack.FILE).exists():
            write_file(folder / pack.FILE, (Path(made.folder) / pack.FILE).read_bytes())


if __name__ == "__main__":
    main()
