"""Takes a data set, gives a page (one HTML file) with each recording as a moving skeleton or a sensor's curves, what is
in doubt first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np

from gongzhi.learn.dataset import Dataset
from gongzhi.learn.look import Finding, look
from gongzhi.learn.recording import Recording
from gongzhi.learn.sensor_recording import AnyRecording, SensorRecording
from gongzhi.learn.windows import resample
from gongzhi.seen import HAND_POINTS, SIDES, Features
from gongzhi.text import N_, language, tr

_SUM: Final = N_("{count} recordings, {doubtful} of them worth a look. Blue is the person’s left.")
_SENSOR_SUM: Final = N_("{count} recordings, {doubtful} of them worth a look.")
TRACE_FPS: Final = 20.0
_TRACE: Final = 400  # samples of a recording that are shown
FPS: Final = 8.0
_MOST: Final = 120  # frames of a recording that are shown


def page(data: Dataset) -> str:
    """The page in the user's language. It loads nothing and sends nothing; it names the commands that change the data,
    for a page from a file can change none. Raises DataError as `Dataset.recordings`."""
    recordings = {each.name: each for each in data.recordings()}
    findings = look([*recordings.values()])
    doubtful = sum(one.worth_a_look for one in findings)
    told = {
        "language": language(),
        "fps": FPS,
        "labels": data.about.labels,
        "channels": data.about.channels,
        "unit": data.about.unit,
        "words": {
            "title": tr("Data set “{name}”", name=data.about.name),
            "sum": tr(_SENSOR_SUM if data.about.channels else _SUM, count=len(findings), doubtful=doubtful),
            "all": tr("All"), "doubt": tr("Worth a look"),
        },
        "recordings": [_card(data, one, recordings[one.name]) for one in findings],
    }  # fmt: skip
    template = Path(__file__).with_name("look.html").read_text(encoding="utf-8")
    # "</" would end the script element that holds the data.
    return template.replace("{data}", json.dumps(told, ensure_ascii=False).replace("</", "<\\/"))


def moving(recording: Recording, fps: float = FPS, most: int = _MOST) -> list[list[list[float] | None]]:
    """What a recording's skeleton is drawn from: for each of at most `most` frames, `fps` a second, the 13 joints as
    [x, y] in trunks, None where unseen; then, where hands were looked for, 21 points of the left one and the right."""
    frames = recording.frames()[: most * 8]
    points, seen = resample(frames, fps)
    drawn = [
        [[round(float(x), 2), round(float(y), 2)] if known else None for (x, y), known in zip(*frame, strict=True)]
        for frame in zip(points[:most], np.asarray(seen[:most]), strict=True)
    ]
    if recording.hands is not None:
        t = np.array([one.t for one in frames])
        for number, joints in enumerate(drawn):
            joints += _fingers(frames[int(np.abs(t - t[0] - number / fps).argmin())])
    return drawn


def _fingers(frame: Features) -> list[list[float] | None]:
    placed = {hand.side: hand.points for hand in frame.hands}
    made: list[list[float] | None] = []
    for side in SIDES:
        points = placed.get(side)
        made += [None] * HAND_POINTS if points is None else np.round(points.astype(float), 3).tolist()
    return made


def curves(recording: SensorRecording) -> list[list[float]]:
    """What a sensor's recording is drawn from: of each channel at most 400 numbers, 20 a second."""
    points, _ = resample(recording.frames()[: _TRACE * 50], TRACE_FPS, recording.view)
    found: list[list[float]] = np.round(points[:_TRACE, :, 0].astype(float), 3).T.tolist()
    return found


def _card(data: Dataset, one: Finding, recording: AnyRecording) -> dict[str, Any]:
    why = []
    folder = data.folder
    commands = []
    if one.suggested:
        why.append(tr("It looks more like “{label}”. Is the label right?", label=one.suggested))
        commands.append(f'gongzhi data relabel "{folder}" {one.name} "{one.suggested}"')
    if one.double:
        why.append(tr("It shows the same as {name}.", name=one.double))
    if one.worth_a_look and one.odd >= 1:
        why.append(tr("{odd:.1f} times as far from the others of its label as usual.", odd=one.odd))
    if one.worth_a_look:
        commands.append(f'gongzhi data undo "{folder}" {one.name}')
    about = tr("{name}, {person}, {seconds:.1f} s", name=one.name, person=recording.head.person,
               seconds=recording.seconds)  # fmt: skip
    card = {"label": one.label, "about": about, "why": why, "commands": commands, "frames": []}
    if isinstance(recording, SensorRecording):
        return card | {"traces": curves(recording)}
    return card | {"frames": moving(recording)}
