"""Takes where a model stands that is taught, gives the messages that the page shows (page/static/teach.js)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gongzhi.arbiter.school import School
from gongzhi.errors import GongzhiError
from gongzhi.learn import dataset, golden
from gongzhi.learn.look import look
from gongzhi.learn.look_page import curves, moving
from gongzhi.learn.sensor_recording import AnyRecording, SensorRecording
from gongzhi.teach import lesson
from gongzhi.teach.classroom import Classroom
from gongzhi.text import LANGUAGES, tr
from gongzhi.values import Labels

if TYPE_CHECKING:
    from gongzhi.runtime.pupil import Pupil

_FPS: Final = 6.0
_FRAMES: Final = 24


def both(error: GongzhiError) -> Labels:
    """An error in both languages."""
    return {language: error.text(language) for language in LANGUAGES}


def texts(text: str, **values: Any) -> Labels:
    """A text of the catalogue in both languages."""
    return {language: tr(text, language, **values) for language in LANGUAGES}


def picture(recording: AnyRecording) -> dict[str, Any]:
    """What the page draws of a sample."""
    if isinstance(recording, SensorRecording):
        return {"traces": curves(recording), "channels": recording.head.channels, "unit": recording.head.unit}
    return {"frames": moving(recording, _FPS, _FRAMES)}


def samples(room: Classroom) -> tuple[dataset.About, int, dict[str, dict[str, Any]]]:
    """What dataset.toml says, how many golden recordings there are, and of each sample in quarantine what is shown:
    its note, its `picture` (a moving skeleton, or a sensor's curves), and the label that fits better if there is one.
    Reads files; raises DataError."""
    data = dataset.load(room.data)
    notes = room.quarantine.notes()
    waiting = [data.looked_at(room.quarantine.recording(note)) for note in notes]
    better = {one.name: one.suggested for one in look([*data.recordings(), *waiting])} if waiting else {}
    shown = {
        note.sample: {
            "sample": note.sample, "label": note.label, "seat": note.seat, "of": note.of, "said": note.said,
            "suggested": better.get(recording.name, ""), "seconds": round(recording.seconds, 1),
            "picture": picture(recording),
        }
        for note, recording in zip(notes, waiting, strict=True)
    }  # fmt: skip
    return data.about, len(golden.paths(data)), shown


def school(pupil: Pupil, found: School, *, exhibition: bool) -> dict[str, Any]:
    """Everything about one model that is taught."""
    measured = pupil.outcome
    return {
        "type": "school",
        "model": pupil.room.name,
        "sensor": pupil.room.source.sensor,
        "version": found.version,
        "labels": list(pupil.about.labels),
        "names": pupil.room.source.names,
        "people": sorted(one.person for one in pupil.about.consent),
        "golden": pupil.golden,
        "waiting": [{k: v for k, v in one.items() if k != "picture"} for one in pupil.shown.values()],
        "lesson": lesson.shown(measured) | {"current": found.ready(measured.version)} if measured else None,
        "busy": list(pupil.busy) if pupil.busy else None,
        "fault": pupil.fault,
        "back": found.steps[-1].before if found.steps else "",
        "candidates": list(pupil.candidates.values()),
        "exhibition": exhibition,
    }
