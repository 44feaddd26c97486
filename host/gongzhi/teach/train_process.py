"""Takes a data set's folder, a model's path and what judges now, trains; one JSON line a round and one at the end.

A process of its own, with a low priority: the camera of a running project does not stutter while it learns. Its lines:
{"round": …} as training.Progress, then {"done": figures} or {"fault": {"zh": …, "en": …}}. Among the figures is
"against", where a golden set is there: how the new model does on it beside what judges now.
"""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path
from typing import Any, Final

import msgspec

from gongzhi.errors import GongzhiError
from gongzhi.learn import dataset, golden
from gongzhi.learn import model as models
from gongzhi.learn.recogniser import Judge
from gongzhi.learn.training import Progress
from gongzhi.learn.workflow import build, nearest
from gongzhi.teach import lesson
from gongzhi.teach.versions import Versions
from gongzhi.text import LANGUAGES

NICE: Final = 10


def _say(message: dict[str, Any]) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(message) + b"\n")
    sys.stdout.buffer.flush()


def _round(now: Progress) -> None:
    shares = [None if math.isnan(share) else round(share, 4) for share in now.by_label]
    _say({"round": now.round, "rounds": now.rounds, "loss": round(now.loss, 4), "check_loss": round(now.check_loss, 4),
          "accuracy": round(now.accuracy, 4), "by_label": shares})  # fmt: skip


def against(data: dataset.Dataset, path: Path, base: Path | None) -> lesson.Outcome | None:
    """How the model `path` does on the golden set beside `base`: another model's file, or a data set's folder of which
    the nearest recording judges. None where that says nothing: no golden set, no base, or a base that has learnt from
    the golden recordings itself or sees at another rate. Raises DataError."""
    apart = golden.recordings(data)
    if not apart or base is None:
        return None
    found = dataset.load(base) if base.is_dir() else None
    judge: Judge = nearest(found) if found else models.load(base)
    after = models.load(path)
    try:
        rate = found.about.rate if found else models.read_note(base).rate
        if rate != data.about.rate or (found is None and not lesson.unseen(base, apart)):
            return None
        effects, moved = lesson.compare(judge, after, apart, rate)
    finally:
        after.close()
        if isinstance(judge, models.Model):
            judge.close()
    before = Versions(base, None) if found else Versions(base.parent, base)
    version = Versions(path.parent, path).current()
    return lesson.Outcome(version=version, base=before.current(), samples=[], effects=effects, moved=moved)


def main(folder: Path, path: Path, base: Path | None = None) -> None:
    """Train and say how it goes."""
    if sys.platform != "win32":  # there whoever starts it sets the priority
        os.nice(NICE)
    try:
        data = dataset.load(folder)
        plain = build(data, path, progress=_round).plain
        outcome = against(data, path, base)
        shown = lesson.shown(outcome) if outcome else None
        text, picture = (path.with_suffix(ending).read_text("utf-8") for ending in (".md", ".svg"))
        more = {"golden": len(golden.paths(data)), "against": shown, "text": text, "picture": picture}
        _say({"done": plain | more})
    except GongzhiError as error:
        _say({"fault": {language: error.text(language) for language in LANGUAGES}})


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:]))
