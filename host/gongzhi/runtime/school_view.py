"""Takes where a model stands that is taught, gives the messages that the page shows (page/static/teach.js)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gongzhi.arbiter.school import School
from gongzhi.errors import GongzhiError
from gongzhi.learn import dataset, golden
from gongzhi.learn.look import look
from gongzhi.learn.sensor_recording import AnyRecording
from gongzhi.learn.windows import resample
from gongzhi.teach import lesson
from gongzhi.teach.classroom import Classroom
from gongzhi.teach.lesson import Outcome
from gongzhi.text import LANGUAGES, tr
from gongzhi.values import Labels

if TYPE_CHECKING:
    from gongzhi.runtime.teaching import Pupil

_FPS: Final = 6.0
_FRAMES: Final = 24


def both(error: GongzhiError) -> Labels:
    """An error in both languages."""
    return {language: error.text(language) for language in LANGUAGES}


def texts(text: str, **values: Any) -> Labels:
    """A text of the catalogue in both languages."""
    return {language: tr(text, language, **values) for language in LANGUAGES}


def frames_of(recording: AnyRecording) -> list[list[list[float] | None]]:
    """At most 24 frames of 13 joints (features.JOINTS) as [x, y] in trunks, None where one is not seen."""
    points, seen = resample(recording.frames(), _FPS, recording.view)
    return [
        [[round(float(x), 2), round(float(y), 2)] if known else None for (x, y), known in zip(*frame, strict=True)]
        for frame in zip(points[:_FRAMES], np.asarray(seen[:_FRAMES]), strict=True)
    ]


def samples(room: Classroom) -> tuple[dataset.About, int, dict[str, dict[str, Any]]]:
    """What dataset.toml says, how many golden recordings there are, and of each sample in quarantine what is shown:
    its note, its moving skeleton, and the label that fits better if there is one. Reads files; raises DataError."""
    data = dataset.load(room.data)
    notes = room.quarantine.notes()
    waiting = [room.quarantine.recording(note) for note in notes]
    better = {one.name: one.suggested for one in look([*data.recordings(), *waiting])} if waiting else {}
    shown = {
        note.sample: {
            "sample": note.sample, "label": note.label, "seat": note.seat, "of": note.of, "said": note.said,
            "suggested": better.get(recording.name, ""), "seconds": round(recording.seconds, 1),
            "frames": frames_of(recording),
        }
        for note, recording in zip(notes, waiting, strict=True)
    }  # fmt: skip
    return data.about, len(golden.paths(data)), shown


def school(pupil: Pupil, found: School, candidates: Sequence[dict[str, Any]], *, exhibition: bool) -> dict[str, Any]:
    """Everything about one model that is taught."""
    return {
        "type": "school",
        "model": pupil.room.name,
        "version": found.version,
        "labels": list(pupil.about.labels),
        "names": pupil.room.source.names,
        "people": sorted(one.person for one in pupil.about.consent),
        "golden": pupil.golden,
        "waiting": [{k: v for k, v in one.items() if k != "frames"} for one in pupil.shown.values()],
        "lesson": outcome(pupil.outcome, found) if pupil.outcome else None,
        "busy": list(pupil.busy) if pupil.busy else None,
        "fault": pupil.fault,
        "back": found.steps[-1].before if found.steps else "",
        "candidates": list(candidates),
        "exhibition": exhibition,
    }


def outcome(one: Outcome, found: School) -> dict[str, Any]:
    """A measured lesson: in words, and label by label with intervals."""
    said = lesson.words(one)
    return {
        "version": one.version,
        "ok": one.ok,
        "current": found.ready(one.version),
        "lines": {language: [tr(text, language, **values) for text, values in said] for language in LANGUAGES},
        "effects": [
            {"label": each.label, "windows": each.windows, "recordings": each.recordings, "before": each.before,
             "after": each.after, "new": each.new, "worse": each.worse,
             "intervals": [[round(end, 3) for end in pair] for pair in each.intervals]}
            for each in one.effects
        ],
    }  # fmt: skip
