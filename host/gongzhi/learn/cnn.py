"""Takes windows of numbers, gives the probability of each label: a small 1D convolutional network in numpy.

Two convolutions over time (5 frames wide, 32 channels, ReLU; the second moves by 2), the mean over time, one dense
layer, softmax: 11 k parameters for 36 numbers and 8 labels. Trained by Adam (Kingma and Ba, 2015) with decoupled weight
decay (Loshchilov and Hutter, 2019).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
WIDTH: Final = 5  # frames that one step of a convolution sees
CHANNELS: Final = 32
STRIDE: Final = 2
_BETA1: Final = 0.9
_BETA2: Final = 0.999
_EPS: Final = 1e-8
_DECAY: Final = 1e-4


def softmax(logits: Array) -> Array:
    """Along the last axis."""
    power = np.exp(logits - logits.max(-1, keepdims=True))
    return np.asarray(power / power.sum(-1, keepdims=True), np.float32)


def _columns(x: Array, stride: int) -> Array:
    """(n, t, c) to (n, steps, WIDTH * c): what each step of the convolution sees, frame after frame."""
    n, _, c = x.shape
    view = np.lib.stride_tricks.sliding_window_view(x, WIDTH, axis=1)[:, ::stride]  # (n, steps, c, WIDTH)
    return np.asarray(view.transpose(0, 1, 3, 2), np.float32).reshape(n, -1, WIDTH * c)


def _scatter(gradient: Array, frames: int, stride: int) -> Array:
    """The reverse of `_columns`: each frame's gradient is the sum over the steps that saw it."""
    n, steps, wide = gradient.shape
    parts = gradient.reshape(n, steps, WIDTH, wide // WIDTH)
    out = np.zeros((n, frames, wide // WIDTH), np.float32)
    for j in range(WIDTH):
        out[:, j : j + steps * stride : stride][:, :steps] += parts[:, :, j]
    return out


def _flat(a: Array, b: Array) -> Array:
    return np.asarray(a.reshape(-1, a.shape[-1]).T @ b.reshape(-1, b.shape[-1]), np.float32)


@dataclass(slots=True)
class Network:
    """The weights by name, and what the last `forward` left for `backward`."""

    weights: dict[str, Array]
    _kept: dict[str, Array] = field(default_factory=dict)

    @classmethod
    def fresh(cls, numbers: int, labels: int, rng: np.random.Generator) -> Network:
        """Random weights, scaled after He et al., 2015."""

        def he(rows: int, columns: int) -> Array:
            return np.asarray(rng.standard_normal((rows, columns)) * np.sqrt(2 / rows), np.float32)

        weights = {
            "w1": he(WIDTH * numbers, CHANNELS),
            "w2": he(WIDTH * CHANNELS, CHANNELS),
            "w3": he(CHANNELS, labels),
        }
        biases = {"b1": CHANNELS, "b2": CHANNELS, "b3": labels}
        return cls(weights | {name: np.zeros(size, np.float32) for name, size in biases.items()})

    @property
    def parameters(self) -> int:
        """How many numbers are learnt."""
        return sum(each.size for each in self.weights.values())

    def forward(self, x: Array) -> tuple[Array, Array]:
        """Logits (n, labels) and the mean over time (n, 32) of standardised windows `x` (n, frames, numbers)."""
        w, kept = self.weights, self._kept
        kept["a1"] = _columns(x, 1)
        kept["h1"] = np.maximum(kept["a1"] @ w["w1"] + w["b1"], 0)
        kept["a2"] = _columns(kept["h1"], STRIDE)
        kept["h2"] = np.maximum(kept["a2"] @ w["w2"] + w["b2"], 0)
        kept["mean"] = kept["h2"].mean(1)
        return kept["mean"] @ w["w3"] + w["b3"], kept["mean"]

    def backward(self, d_logits: Array) -> dict[str, Array]:
        """The gradient of each weight from that of the last `forward`'s logits."""
        w, kept = self.weights, self._kept
        steps = kept["h2"].shape[1]
        g: dict[str, Array] = {"w3": kept["mean"].T @ d_logits, "b3": d_logits.sum(0)}
        d2 = ((d_logits @ w["w3"].T)[:, None] / np.float32(steps)) * (kept["h2"] > 0)
        g["w2"], g["b2"] = _flat(kept["a2"], d2), d2.sum((0, 1))
        d1 = _scatter(np.asarray(d2 @ w["w2"].T, np.float32), kept["h1"].shape[1], STRIDE) * (kept["h1"] > 0)
        g["w1"], g["b1"] = _flat(kept["a1"], d1), d1.sum((0, 1))
        return g


@dataclass(slots=True)
class Adam:
    """The optimiser's memory of one network."""

    weights: dict[str, Array]
    steps: int = 0
    _m: dict[str, Array] = field(default_factory=dict)
    _v: dict[str, Array] = field(default_factory=dict)

    def step(self, gradient: dict[str, Array], rate: float) -> None:
        """Change the weights in place against their gradient."""
        self.steps += 1
        for name, g in gradient.items():
            w = self.weights[name]
            m = self._m.setdefault(name, np.zeros_like(w))
            v = self._v.setdefault(name, np.zeros_like(w))
            m += np.float32(1 - _BETA1) * (g - m)
            v += np.float32(1 - _BETA2) * (g * g - v)
            unbiased = np.sqrt(v / np.float32(1 - _BETA2**self.steps)) + np.float32(_EPS)
            w -= np.float32(rate / (1 - _BETA1**self.steps)) * m / unbiased + np.float32(rate * _DECAY) * w
