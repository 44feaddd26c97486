"""Takes nothing, gives how well and how fast a model is learnt from generated 五禽戏, tested on bodies it never saw."""

from __future__ import annotations

from time import perf_counter
from typing import Final

import numpy as np

from gongzhi.learn import pack
from gongzhi.learn.generator import Performer, perform
from gongzhi.learn.model import Model, difference, export
from gongzhi.learn.training import train
from gongzhi.learn.windows import Piece, Windows, windows_of

FORMS: Final = (
    "tiger_lift", "tiger_pounce", "deer_antlers", "deer_run", "bear_rotate", "ape_pick", "bird_stretch", "bird_fly",
)  # fmt: skip
WINDOWS: Final = 5000
RATE: Final = 2.5  # frames a second: a window is 12 s, about one repetition
_PEOPLE: Final = {"train": range(12), "check": range(100, 104), "test": range(200, 204)}
_SECONDS: Final = 88.0  # of each form by each performer
_ROUNDS: Final = 2000  # timed runs of the network


def parts(people: dict[str, range] = _PEOPLE, seconds: float = _SECONDS) -> dict[str, Windows]:
    """The windows of train, check and test; every second performer is a child, nobody is in two parts."""
    data = pack.load("wuqinxi")
    found = {}
    for part, seeds in people.items():
        recordings = [
            perform(data, data.form(form), Performer(seed, child=seed % 2 == 1), seconds)
            for seed in seeds
            for form in FORMS
        ]
        found[part] = windows_of(recordings, [Piece(i) for i in range(len(recordings))], FORMS, RATE)
    return found


def run() -> dict[str, float]:
    """`accuracy` on the test's windows (of performers, styles, tempi and cameras that training and check had none of);
    `train_s` from windows to a calibrated network; `infer_us` the median of the bare exported network;
    `export_max_abs_diff` the most by which a probability differs; `kb` the file, of 1024 bytes."""
    data = parts()
    total = sum(map(len, data.values()))
    data = {part: _share(windows, round(WINDOWS * len(windows) / total)) for part, windows in data.items()}
    start = perf_counter()
    trained = train((data["train"], data["check"]), FORMS)
    seconds = perf_counter() - start
    content = export(trained, RATE)
    model = Model(content)
    p = model.probabilities(data["test"])
    times = []
    for _ in range(_ROUNDS):
        start = perf_counter()
        model.invoke()
        times.append(perf_counter() - start)
    figures = {
        "windows": sum(map(len, data.values())),
        "classes": len(FORMS),
        "accuracy": round(float((p.argmax(1) == data["test"].y).mean()), 4),
        "train_s": round(seconds, 2),
        "infer_us": round(1e6 * float(np.median(times)), 1),
        "export_max_abs_diff": difference(trained, model, data["test"]),
        "kb": round(len(content) / 1024, 1),
    }
    model.close()
    return figures


def _share(windows: Windows, count: int) -> Windows:
    """As many of them, evenly chosen."""
    return windows.take(np.linspace(0, len(windows) - 1, count).astype(np.int64))
