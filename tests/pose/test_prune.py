"""Pruning drops work and nothing else: what stays gives exactly the same numbers."""

import numpy as np
import pytest
import tflite
from gongzhi.errors import ModelError
from gongzhi.pose.interpreter import TfliteModel
from gongzhi.pose.landmarks import without_segmentation
from gongzhi.pose.prune import prune

SEGMENTATION = (1, 256, 256, 1)


def test_kept_outputs_are_identical(weights):
    full, pruned = TfliteModel(weights["landmarks"]), TfliteModel(without_segmentation(weights["landmarks"]))
    assert set(full.shapes) - set(pruned.shapes) == {SEGMENTATION}
    rng = np.random.default_rng(3)
    for _ in range(3):
        picture = rng.random((1, 256, 256, 3), np.float32)
        for model in (full, pruned):
            model.input()[:] = picture
            model.invoke()
        for shape in pruned.shapes:
            assert np.array_equal(full.output(*shape), pruned.output(*shape)), shape


def test_operators_go_and_the_file_keeps_its_form(weights):
    model = weights["landmarks"]
    pruned = without_segmentation(model)
    before, after = (tflite.Model.GetRootAsModel(each, 0).Subgraphs(0) for each in (model, pruned))
    assert len(pruned) == len(model)
    assert 0 < after.OperatorsLength() < before.OperatorsLength()
    assert after.OutputsLength() == before.OutputsLength() - 1
    made = {t for i in range(after.OperatorsLength()) for t in after.Operators(i).OutputsAsNumpy().tolist()}
    assert set(after.OutputsAsNumpy().tolist()) <= made


def test_the_original_bytes_are_left_alone(weights):
    model = weights["landmarks"]
    copy = bytes(model)
    without_segmentation(model)
    assert model == copy


def test_keeping_everything_changes_nothing(weights):
    assert prune(weights["landmarks"], lambda shape: True) == weights["landmarks"]


def test_keeping_nothing_is_refused(weights):
    with pytest.raises(ModelError, match="outputs"):
        prune(weights["landmarks"], lambda shape: False)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 a zip file"])
def test_what_is_no_model_is_refused(content):
    with pytest.raises(ModelError, match="not a TFLite model"):
        prune(content, lambda shape: True)
