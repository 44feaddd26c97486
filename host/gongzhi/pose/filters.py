"""Takes noisy points or scores frame by frame with their times, gives steady ones."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


class OneEuro:
    """The One Euro filter over an array: strong smoothing at rest, little delay in motion.

    G. Casiez, N. Roussel, D. Vogel, "1€ Filter", CHI 2012, in MediaPipe's form (one_euro_filter.cc): the speed comes
    from the unfiltered values and is measured in `scale` (such as body sizes) per second.
    """

    def __init__(self, min_cutoff: ArrayLike, beta: ArrayLike, speed_cutoff: float = 1.0) -> None:
        """`min_cutoff` and `speed_cutoff` in hertz, `beta` in hertz per (scale / second); `min_cutoff` and `beta` may
        be arrays that broadcast against the values."""
        self._min_cutoff, self._beta = np.asarray(min_cutoff, np.float64), np.asarray(beta, np.float64)
        self._speed_cutoff = speed_cutoff
        self._raw: Array | None = None
        self._value: Array
        self._speed: Array
        self._t = 0.0

    def reset(self) -> None:
        """Forget the past: the next value passes as it is."""
        self._raw = None

    def __call__(self, value: NDArray[np.floating], t: float, scale: float) -> Array:
        """The filtered `value` at time `t` seconds; `scale` is what counts as one unit of length (such as the
        body's size in pixels). A time that does not go forward leaves the filter as it is and gives the last value."""
        raw = value.astype(np.float64)
        if self._raw is None:
            self._raw, self._value, self._speed, self._t = raw, raw, np.zeros_like(raw), t
            return raw
        dt = t - self._t
        if dt <= 0:
            return self._value
        speed = (raw - self._raw) / (scale * dt)
        share = dt / (dt + 1.0 / (2 * math.pi * self._speed_cutoff))
        self._speed = self._speed + share * (speed - self._speed)
        cutoff = self._min_cutoff + self._beta * np.abs(self._speed)
        weight = dt / (dt + 1.0 / (2 * math.pi * cutoff))
        self._value = self._value + weight * (raw - self._value)
        self._raw, self._t = raw, t
        return self._value


class LowPass:
    """An exponential filter whose share of the new value is given for one `period` and follows the real time step,
    so that it behaves alike at 10 and at 60 frames a second."""

    def __init__(self, share: float, period: float) -> None:
        """`share` 0..1 of the new value after `period` seconds."""
        self._keep, self._period = 1.0 - share, period
        self._value: Array | None = None
        self._t = 0.0

    def reset(self) -> None:
        """Forget the past: the next value passes as it is."""
        self._value = None

    def __call__(self, value: NDArray[np.floating], t: float) -> Array:
        """The filtered `value` at time `t` seconds."""
        raw = value.astype(np.float64)
        if self._value is None:
            self._value, self._t = raw, t
        elif t > self._t:
            keep = self._keep ** ((t - self._t) / self._period)
            self._value, self._t = keep * self._value + (1.0 - keep) * raw, t
        return self._value
