"""Takes windows of two parts, gives a trained and calibrated network; says after each round how it goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gongzhi.errors import DataError
from gongzhi.learn.calibrate import MISS, Familiar, conformal_threshold, temperature
from gongzhi.learn.cnn import Adam, Network, softmax
from gongzhi.learn.unseen import SHARE, Known
from gongzhi.learn.usual import Usual
from gongzhi.learn.view import View
from gongzhi.learn.windows import Windows
from gongzhi.text import N_

ROUNDS: Final = 13  # at most; a round sees each window once, changed
# Rounds without a better check before it ends. Three are enough for the labels; what is none of them takes longer: of
# forms left out 89 % were noticed with three, 95 % with six (gongzhi bench unseen).
PATIENCE: Final = 6
_BETTER: Final = 0.01  # of log loss; less is no longer worth a round
_BATCH: Final = 64
_RATE: Final = 3e-3  # at the start; falls to a tenth along half a cosine
_LEAST_SPREAD: Final = 1e-2


@dataclass(frozen=True, slots=True)
class Progress:
    """After a round: its number from 1 and how many there may be, the training loss, and of the check windows the
    loss, the accuracy, and the accuracy of each label (NaN where there is none)."""

    round: int
    rounds: int
    loss: float
    check_loss: float
    accuracy: float
    by_label: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A network with all that belongs to its numbers: `mean` and `spread` (numbers,) of the input; `threshold` of a
    label in the conformal set; `familiar`, `usual` and the strangeness `strange` beyond which a movement is none of the
    known; the `view` of the data."""

    labels: tuple[str, ...]
    network: Network
    mean: NDArray[np.float32]
    spread: NDArray[np.float32]
    temperature: float
    threshold: float
    familiar: Familiar
    usual: Usual
    strange: float
    rounds: int
    view: View

    def inner(self, windows: Windows) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Probabilities (n, labels), calibrated, and inner values (n, 32)."""
        logits, inner = self.network.forward(standardise(windows, self.mean, self.spread))
        return softmax(logits[:, : len(self.labels)] / np.float32(self.temperature)), inner


def fill(values: NDArray[np.float32], known: NDArray[np.bool_], mean: NDArray[np.float32]) -> NDArray[np.float32]:
    """What is not known becomes the mean of the training data: it then speaks for no label."""
    return np.where(known, values, mean).astype(np.float32)


def standardise(windows: Windows, mean: NDArray[np.float32], spread: NDArray[np.float32]) -> NDArray[np.float32]:
    """The network's input (n, 30, numbers)."""
    values, known = windows.view.describe(windows.points, windows.seen)
    return (fill(values, known, mean) - mean) / spread


# Over 40 lines: half of it says what its arguments mean.
def train(
    parts: tuple[Windows, Windows],
    labels: tuple[str, ...],
    *,
    mirrored: list[int] | None = None,
    seed: int = 0,
    rounds: int = ROUNDS,
    progress: Callable[[Progress], None] | None = None,
) -> Trained:
    """Train on the first part, stop and calibrate by the second.

    Args:
        parts: the windows to learn from, and those to check by. Both should hold every label.
        labels: at least two.
        mirrored: for each label the number of its mirror image; None: each is its own.
        seed: the same data and seed on the same machine give the same model.
        progress: is called after each round; what it raises ends the training (a pupil who stops it).

    Labels with few windows count more, so that each label has the same weight in all. Raises DataError when a label
    has no window to learn from, or nothing is there to check by.
    """
    learn, check = parts
    counts = np.bincount(learn.y, minlength=len(labels))
    if len(labels) < 2 or not counts.all() or not len(check):
        if len(labels) > 1 and counts.all():
            raise DataError(
                N_("Nothing is left to check by: the recordings are too few or too short to be split."),
                N_("Record each movement three times at least, six seconds or longer."),
            )
        lacking = [label for label, count in zip(labels, counts, strict=True) if count == 0]
        raise DataError(
            N_("There is too little to learn from (labels without a window: {labels})."),
            N_("Record at least two labels, each for some windows in every part; see: gongzhi data show"),
            labels=", ".join(lacking) or "-",
        )
    rng = np.random.default_rng(seed)
    swaps = list(range(len(labels))) if mirrored is None else mirrored
    whole = learn.on_both_sides(swaps)
    values, known = whole.view.describe(whole.points, whole.seen)
    n = np.maximum(known.sum((0, 1)), 1)
    mean = ((values * known).sum((0, 1)) / n).astype(np.float32)
    variance = (((values - mean) * known) ** 2).sum((0, 1)) / n
    spread = (np.sqrt(variance) + _LEAST_SPREAD).astype(np.float32)
    # One output more than labels: "none of these", for movements that are made up (unseen.py).
    network = Network.fresh(learn.view.numbers, len(labels) + 1, rng)
    weight = (counts.sum() / (len(labels) * np.maximum(counts, 1))).astype(np.float32)
    check_x = standardise(check, mean, spread)
    done = _rounds(network, learn, (check_x, check.y), (mean, spread, weight), swaps, rng, rounds, progress)
    _, inner = network.forward(standardise(whole, mean, spread))
    logits, inner_check = network.forward(check_x)
    logits = logits[:, : len(labels)]
    heat = temperature(logits, check.y)
    familiar = Familiar.of(inner, whole.y, network.weights["w3"], network.weights["b3"], inner_check)
    best, filled = logits.argmax(1), fill(*check.view.describe(check.points, check.seen), mean)
    usual = Usual.of(fill(values, known, mean), whole.y, len(labels)).checked(filled, best, 1 - MISS)
    strange = float(np.quantile(familiar.strangeness(inner_check, usual.sign(filled, best)), 1 - MISS))
    threshold = conformal_threshold(softmax(logits / np.float32(heat)), check.y)
    return Trained(labels, network, mean, spread, heat, threshold, familiar, usual, strange, done, learn.view)


# Over 40 lines' worth of parameters in one loop: splitting it would only pass the same state around.
def _rounds(
    network: Network,
    learn: Windows,
    check: tuple[NDArray[np.float32], NDArray[np.int64]],
    scale: tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]],
    mirrored: list[int],
    rng: np.random.Generator,
    rounds: int,
    progress: Callable[[Progress], None] | None,
) -> int:
    """Change the network's weights to the best of these rounds by the check's loss; gives how many there were."""
    mean, spread, weight = scale
    adam = Adam(network.weights)
    none = len(mirrored)
    known = Known(standardise(learn, mean, spread), learn.y, none)
    learn = learn.take(np.tile(np.arange(len(learn)), -(-learn.view.least // len(learn)) or 1))
    batches = max(1, round(len(learn) * (1 + SHARE) / _BATCH))
    best, best_weights, waited, number = np.inf, network.weights, 0, 0
    weights = np.append(weight, np.float32(1))
    for number in range(1, rounds + 1):
        view = learn.view
        changed = view.augment(learn, mirrored, rng)
        made = view.augment(view.invent(learn, none, rng, round(SHARE * len(learn))), [*range(none + 1)], rng)
        x, made_x, total = standardise(changed, mean, spread), standardise(made, mean, spread), 0.0
        new = ~known.alike(made_x)
        x, labels = np.concatenate([x, made_x[new]]), np.concatenate([changed.y, made.y[new]])
        for rows in np.array_split(rng.permutation(len(x)), batches):
            at = (adam.steps / (rounds * batches)) * np.pi
            y = labels[rows]
            p = softmax(network.forward(x[rows])[0])
            each = weights[y]
            total += float((-np.log(p[np.arange(len(y)), y] + 1e-9) * each).sum())
            p[np.arange(len(y)), y] -= 1
            adam.step(
                network.backward((p * (each / len(y))[:, None]).astype(np.float32)),
                _RATE * (0.55 + 0.45 * float(np.cos(at))),
            )
        state = _state(network, check, number, rounds, total / len(x))
        if progress is not None:
            progress(state)
        waited = 0 if state.check_loss < best - _BETTER else waited + 1
        if state.check_loss < best:
            best, best_weights = state.check_loss, {name: each.copy() for name, each in network.weights.items()}
        if waited >= PATIENCE:
            break
    network.weights = best_weights
    return number


def _state(
    network: Network, check: tuple[NDArray[np.float32], NDArray[np.int64]], number: int, rounds: int, loss: float
) -> Progress:
    x, y = check
    p = softmax(network.forward(x)[0][:, :-1])
    right = p.argmax(1) == y
    by_label = tuple(
        float(right[y == each].mean()) if (y == each).any() else float("nan") for each in range(p.shape[1])
    )
    check_loss = float(-np.log(p[np.arange(len(y)), y] + 1e-9).mean())
    return Progress(number, rounds, loss, check_loss, float(right.mean()), by_label)
