"""The adapter runs a model on what is there: LiteRT, else tflite-runtime with one thread, else a clear word."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest
from gongzhi.errors import ModelError
from gongzhi.pose.interpreter import TfliteModel

LITERT, RUNTIME = "ai_edge_litert.interpreter", "tflite_runtime.interpreter"


class FakeInterpreter:
    """Doubles its input; keeps to the rule that no view may be alive at invoke only on paper."""

    def __init__(self, model_content, num_threads):
        self.content, self.num_threads = model_content, num_threads
        self.tensors = {0: np.zeros((1, 2), np.float32), 1: np.zeros((1, 2, 1), np.float32)}

    def allocate_tensors(self):
        if self.content == b"bad":
            raise ValueError("Model provided has model identifier 'bad'")

    def get_input_details(self):
        return [{"index": 0, "shape": np.array([1, 2]), "dtype": np.float32, "quantization": (0.0, 0)}]

    def get_output_details(self):
        return [{"index": 1, "shape": np.array([1, 2, 1]), "quantization": (0.0, 0)}]

    def tensor(self, index):
        return lambda: self.tensors[index]

    def invoke(self):
        self.tensors[1][0, :, 0] = 2 * self.tensors[0][0]


@pytest.fixture
def only_runtime(monkeypatch):
    monkeypatch.setitem(sys.modules, LITERT, None)  # an import of it raises ImportError
    monkeypatch.setitem(sys.modules, RUNTIME, SimpleNamespace(Interpreter=FakeInterpreter))


def test_litert_with_two_threads_is_the_first_choice(weights):
    model = TfliteModel(weights["detector"])
    assert (model.backend, model.threads) == ("litert", 2)
    assert model.input().shape == (1, 224, 224, 3)
    assert set(model.shapes) == {(1, 2254, 12), (1, 2254, 1)}


def test_without_litert_tflite_runtime_runs_with_one_thread(only_runtime):
    model = TfliteModel(b"model")
    assert (model.backend, model.threads) == ("tflite-runtime", 1)
    model.input()[:] = (3, 4)
    model.invoke()
    assert model.output(1, 2, 1).tolist() == [[[6], [8]]]


def test_the_number_of_threads_can_be_given(only_runtime):
    assert TfliteModel(b"model", 3).threads == 3


def test_without_any_interpreter_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, LITERT, None)
    monkeypatch.setitem(sys.modules, RUNTIME, None)
    with pytest.raises(ModelError, match="pip install ai-edge-litert") as caught:
        TfliteModel(b"model")
    assert "tflite-runtime" in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"no model at all", b"\x00\x00\x00\x00TFL3" + 64 * b"\xff"])
def test_what_is_no_model_is_refused(content):
    with pytest.raises(ModelError, match="cannot be run"):
        TfliteModel(content)


def test_a_broken_model_is_refused_by_the_fallback_too(only_runtime):
    with pytest.raises(ModelError, match="identifier"):
        TfliteModel(b"bad")


def test_an_array_that_outlives_its_frame_is_an_error_and_not_a_wrong_picture(weights):
    model = TfliteModel(weights["detector"])
    kept = model.output(1, 2254, 1)
    with pytest.raises(RuntimeError):
        model.invoke()
    del kept
    model.invoke()


def test_close_twice_is_harmless(only_runtime):
    model = TfliteModel(b"model")
    model.close()
    model.close()
