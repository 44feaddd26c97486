"""Takes what an input reads at each tick, gives it at a fixed rate, many samples in one message: what a model that
recognises movements needs.

Loaded only on a board with a part that has `stream` (samples a second).
"""

from array import array

from gongzhi_node.ports import const
from gongzhi_node.wire import add, diff

_KEPT = const(32)
_TELL_MS = const(400)  # so long a sample waits for others


class Samples:
    """`hz` samples a second of `part`, each the mean of all readings since the one before, so that what is quicker
    than the samples does not look slow. Nothing here allocates but `tell`. What is not told in time is lost, the
    oldest first."""

    def __init__(self, part, hz):
        self._part, self._width = part, part.SAMPLED
        self._every = 1000 // hz
        self._sums = [0] * self._width
        self._count = 0
        self._due = None
        self._times = array("i", [0] * _KEPT)
        self._values = array("i", [0] * (_KEPT * self._width))
        self._at = self._waiting = 0

    def take(self, t):
        """One reading, at board time `t`; a part that has failed has none, and what it read before is no longer
        averaged."""
        if self._part.failed:
            self._due = None
            return
        if self._due is None:
            self._due = t
            self._count = 0
            for i in range(self._width):
                self._sums[i] = 0
        if not self._part.sample(self._sums):
            return
        self._count += 1
        late = diff(t, self._due)
        if late < 0:
            return
        self._due = add(t if late > self._every else self._due, self._every)
        at = self._at
        self._times[at] = t
        for i in range(self._width):
            self._values[at * self._width + i] = self._sums[i] // self._count
            self._sums[i] = 0
        self._count = 0
        self._at = (at + 1) % _KEPT
        self._waiting = min(self._waiting + 1, _KEPT)

    def ready(self, t):
        """True once the oldest sample has waited long enough."""
        return self._waiting > 0 and diff(t, self._times[self._at - self._waiting]) >= _TELL_MS

    def tell(self, t):
        """All that wait, the oldest first, and forget them: of each how many ms before `t` it was, then its numbers."""
        said = []
        for n in range(self._waiting, 0, -1):
            at = (self._at - n) % _KEPT
            said.append(diff(t, self._times[at]))
            for i in range(self._width):
                said.append(self._values[at * self._width + i])
        self._waiting = 0
        return said
