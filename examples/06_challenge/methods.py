"""各队共用的几步：数据、特征、最近的平均。 What the steps share: data, features, the nearest mean."""

from pathlib import Path

import numpy as np
from gongzhi.challenge import table, task
from gongzhi.learn import dataset
from gongzhi.learn.features import describe
from gongzhi.learn.windows import Piece, windows_of

FEW = 4  # people that a team has recorded in the first lesson


def learning_data(folder, people=None):
    """The windows of public/data, of the first `people` of it or of all, and for each window whose it is."""
    data = dataset.load(Path(folder) / "public" / "data")
    recordings = data.recordings()
    chosen = sorted({each.head.person for each in recordings})[:people]
    some = [each for each in recordings if each.head.person in chosen]
    windows = windows_of(some, [Piece(i) for i in range(len(some))], data.about.labels, data.about.rate)
    return windows, [some[i].head.person for i in windows.group], tuple(data.about.labels), data.about.rate


def posture(windows):
    """36 numbers a window: the mean of each over its 12 seconds. How one stands, not how one moves."""
    values, known = describe(windows.points, windows.seen)
    return (values * known).sum(1) / np.maximum(known.sum(1), 1)


def movement(windows):
    """108 numbers: the means, how much each number varies, and how fast it changes."""
    values, known = describe(windows.points, windows.seen)
    mean = posture(windows)
    count = np.maximum(known.sum(1), 1)
    spread = np.sqrt((((values - mean[:, None]) * known) ** 2).sum(1) / count)
    both = known[:, 1:] & known[:, :-1]
    speed = (np.abs(np.diff(values, axis=1)) * both).sum(1) / np.maximum(both.sum(1), 1)
    return np.concatenate([mean, spread, speed], 1)


def nearest_mean(folder, features, people, out):
    """For each clip the label whose mean is nearest; every feature counts as much as it varies. Writes the table."""
    windows, _, labels, _ = learning_data(folder, people)
    x = features(windows)
    middle, scale = x.mean(0), x.std(0) + 1e-3
    means = np.stack([((x - middle) / scale)[windows.y == label].mean(0) for label in range(len(labels))])
    one = task.load(Path(folder))
    clips = one.clips("visible") + one.unanswered()
    asked = (features(one.windows(clips)) - middle) / scale
    distance = ((asked[:, None] - means) ** 2).sum(-1)
    closeness = np.exp(-0.5 * (distance - distance.min(1, keepdims=True)) / len(middle))
    share = closeness.max(1) / closeness.sum(1)
    best = distance.argmin(1)
    rows = [(clip.name, labels[i], float(p), 0.0) for clip, i, p in zip(clips, best, share, strict=True)]
    Path(out).write_bytes(table.write(rows))
    return Path(out)
