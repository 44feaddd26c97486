"""用小神经网络学整段动作，导出 TFLite 模型。 A small network learns whole windows; exported as a TFLite model."""

from pathlib import Path

import numpy as np
from gongzhi.learn.model import export
from gongzhi.learn.training import train
from methods import learning_data


def learn(folder, people, out):
    """Train on four fifths of the people, stop by the last fifth; nobody of the test is looked at. Writes the model."""
    windows, persons, labels, rate = learning_data(folder, people)
    names = sorted(set(persons))
    check = names[-max(1, len(names) // 5) :]
    held = np.array([person in check for person in persons])
    trained = train((windows.take(~held), windows.take(held)), labels)
    Path(out).write_bytes(export(trained, rate))
    return Path(out)
