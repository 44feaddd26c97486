"""Takes a TFLite model's bytes and float32 inputs, gives its outputs; the only file that knows the interpreters."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from gongzhi.errors import ModelError
from gongzhi.text import N_

Backend = Literal["litert", "tflite-runtime"]

# In order of preference, each with its number of threads. tflite-runtime's two-thread pool collapses when another
# process is busy (95th percentile 189 ms against 21 ms with one thread, measured), LiteRT's does not (34 ms).
_BACKENDS: Final[tuple[tuple[Backend, str, int], ...]] = (
    ("litert", "ai_edge_litert.interpreter", 2),
    ("tflite-runtime", "tflite_runtime.interpreter", 1),
)


def _backend() -> tuple[Backend, Any, int]:
    """The first interpreter that can be imported: its name, its class and its number of threads.

    Raises ModelError when there is none.
    """
    reasons = []
    for name, module, threads in _BACKENDS:
        try:
            return name, importlib.import_module(module).Interpreter, threads
        except ImportError as error:  # not installed, or built for another numpy
            reasons.append(f"{name}: {error}")
    raise ModelError(
        N_("No interpreter for TFLite models can be loaded ({reasons})."),
        N_("Install it with: pip install ai-edge-litert"),
        reasons="; ".join(reasons),
    )


def half_the_cores() -> int:
    """How many threads each of two models has that run side by side. Raises ModelError where nothing can run one."""
    return max(1, min(_backend()[2], (os.cpu_count() or 1) // 2))


@contextlib.contextmanager
def _without_notes() -> Iterator[None]:
    """LiteRT's library writes "INFO: Created TensorFlow Lite XNNPACK delegate" straight to descriptor 2, and no setting
    stops it. What else is written there meanwhile is passed on afterwards."""
    sys.stderr.flush()
    with contextlib.ExitStack() as stack:
        try:
            notes = stack.enter_context(tempfile.TemporaryFile())
            kept = os.dup(2)
        except OSError:  # no standard error at all (pythonw on Windows), or no files (a sandbox)
            yield
            return
        os.dup2(notes.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
            notes.seek(0)
            for line in notes:
                if not line.startswith(b"INFO: "):
                    os.write(2, line)


class TfliteModel:
    """One model with one input, ready to run; float32 where nothing else is said.

    Fill `input()`, call `invoke()`, read `output(shape)`: all three touch the interpreter's own memory, no copy is
    made (0.9 MB a frame are spared). So no array that came from here may be alive at the next `invoke`, which raises
    RuntimeError then. Not to be shared between threads.
    """

    def __init__(self, content: bytes, threads: int | None = None) -> None:
        """Load `content`; `threads` None takes what suits the backend. Raises ModelError when it is no model."""
        self.backend, interpreter, usual = _backend()
        self.threads = usual if threads is None else threads
        try:
            with _without_notes():
                self._interpreter: Any = interpreter(model_content=content, num_threads=self.threads)
                self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ModelError(
                N_("The pose model cannot be run: {error}"),
                N_("Install Gongzhi again."),
                error=str(error),
            ) from error
        entry, *more = self._interpreter.get_input_details()
        if more:
            raise ModelError(N_("A pose model has one input, this one has {count}."), "", count=1 + len(more))
        self.input_shape = tuple(int(n) for n in entry["shape"])
        self.input_type = str(np.dtype(entry["dtype"]))
        self.input_quantised: tuple[float, int] = entry["quantization"]
        """Scale and zero point; a scale of 0 is none."""
        self._input: Callable[[], NDArray[np.float32]] = self._interpreter.tensor(entry["index"])
        self._outputs: dict[tuple[int, ...], list[Callable[[], NDArray[np.float32]]]] = {}
        self._quantised: dict[tuple[int, ...], tuple[float, int]] = {}
        for out in self._interpreter.get_output_details():
            shape = tuple(int(n) for n in out["shape"])
            self._outputs.setdefault(shape, []).append(self._interpreter.tensor(out["index"]))
            self._quantised.setdefault(shape, out["quantization"])

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """The shapes of the outputs; each names one output."""
        return tuple(self._outputs)

    def count(self, *shape: int) -> int:
        """How many outputs have this shape; KeyError when none has."""
        return len(self._outputs[shape])

    def invoke(self) -> None:
        """Run the model on what its input holds."""
        self._interpreter.invoke()

    def input(self) -> NDArray[np.float32]:
        """The input to fill, in the model's shape, such as (1, 256, 256, 3)."""
        return self._input()

    def output(self, *shape: int) -> NDArray[np.float32]:
        """The only output that has this shape; KeyError when the model has none."""
        (one,) = self._outputs[shape]
        return one()

    def real(self, *shape: int) -> NDArray[np.float32]:
        """As `output`, a copy in float32: whole numbers of a quantised output are what they stand for."""
        scale, zero = self._quantised[shape]
        raw = self.output(*shape).astype(np.float32)
        return (raw - np.float32(zero)) * np.float32(scale) if scale else raw

    def outputs(self, *shape: int) -> list[NDArray[np.float32]]:
        """All outputs of this shape, in the model's order; KeyError when it has none."""
        return [one() for one in self._outputs[shape]]

    def close(self) -> None:
        """Let go of the interpreter and its memory; calling it twice is harmless."""
        self._interpreter, self._outputs = None, {}
        self.__dict__.pop("_input", None)
