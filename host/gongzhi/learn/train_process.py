"""Takes a data set's folder and a model's path as arguments, trains, gives one JSON line a round and one at the end.

A process of its own, with a low priority: the camera of a running project does not stutter while it learns. Its lines:
{"round": …} as training.Progress, then {"done": figures} or {"fault": {"zh": …, "en": …}}.
"""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path
from typing import Any

import msgspec

from gongzhi.errors import GongzhiError
from gongzhi.learn import dataset
from gongzhi.learn.training import Progress
from gongzhi.learn.workflow import build
from gongzhi.text import LANGUAGES

NICE = 10


def _say(message: dict[str, Any]) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(message) + b"\n")
    sys.stdout.buffer.flush()


def _round(now: Progress) -> None:
    shares = [None if math.isnan(share) else round(share, 4) for share in now.by_label]
    _say({"round": now.round, "rounds": now.rounds, "loss": round(now.loss, 4), "check_loss": round(now.check_loss, 4),
          "accuracy": round(now.accuracy, 4), "by_label": shares})  # fmt: skip


def main(folder: Path, path: Path) -> None:
    """Train and say how it goes."""
    if sys.platform != "win32":  # there whoever starts it sets the priority
        os.nice(NICE)
    try:
        _say({"done": build(dataset.load(folder), path, progress=_round).plain})
    except GongzhiError as error:
        _say({"fault": {language: error.text(language) for language in LANGUAGES}})


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
