"""For tests of the pose model: its weights, fetched once into the user's cache, and a person to look at."""

from __future__ import annotations

import numpy as np
import pytest
from gongzhi import models
from gongzhi.pose.tracker import BlazePose


@pytest.fixture(scope="session")
def weights():
    return models.ensure()


@pytest.fixture
def pose(weights):
    made = BlazePose(weights["detector"], weights["landmarks"])
    yield made
    made.close()


class FakeModel:
    """Takes the place of a TfliteModel: a test writes its `outputs`, numbers that the real one never gives."""

    def __init__(self, side, *shapes):
        self.threads = 1
        self.outputs = {shape: np.zeros(shape, np.float32) for shape in shapes}
        self._input = np.zeros((1, side, side, 3), np.float32)

    def input(self):
        return self._input

    def output(self, *shape):
        return self.outputs[shape]

    def invoke(self):
        pass

    def close(self):
        pass


@pytest.fixture
def fake_model():
    return FakeModel
