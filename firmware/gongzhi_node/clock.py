"""Takes exchanges with the host's clock, gives the offset by which a board's time becomes the host's."""

from gongzhi_node.ports import const
from gongzhi_node.wire import add, diff

_LONGEST = const(4000)  # ms; an answer that took longer says nothing
_ROUND = const(3)
_APART_MS = const(200)
_RETRY_MS = const(2000)
_PERIOD_MS = const(60000)


class HostClock:
    """Estimates host time - board time (ms modulo 2^30) from exchanges; that of the least round trip counts.

    `offset` is None until the first answer after `restart`. A later answer replaces it if its round trip is no longer
    than the best one's, which counts as growing by 61 ppm of its age (an ESP32's crystal drifts up to 40 ppm), or if
    it contradicts it by more than it can err: then the host's clock has jumped, or another host answers.
    """

    def __init__(self, t):
        self.restart(t)

    def restart(self, t):
        """A new connection at board time `t`: whoever answers now may be another host."""
        self.offset = None
        self.rtt = self._at = self._left = 0
        self.again(t)

    def again(self, t):
        """Ask a round of three from `t` on (unless one is under way), without forgetting what is known."""
        if not self._left:
            self._left = _ROUND
            self._next = t

    def due(self, t):
        """True once, each time that `up/clock` is to be asked."""
        if diff(t, self._next) < 0:
            return False
        if self._left:
            self._left -= 1
        if self._left:
            self._next = add(t, _APART_MS)
        else:
            self._next = add(t, _RETRY_MS if self.offset is None else _PERIOD_MS)
        return True

    def answer(self, b, h, t):
        """Take the answer to a question asked at board time `b`: the host's clock was `h`; now it is `t`. True if it
        was taken."""
        rtt = diff(t, b)
        if not 0 <= rtt <= _LONGEST:
            return False
        offset = add(h, rtt // 2 - t)
        if self.offset is not None:
            best = self.rtt + (max(0, diff(t, self._at)) >> 14)
            if rtt > best and abs(diff(offset, self.offset)) <= (rtt + best) // 2 + 2:
                return False
        elif not self._left:
            self._next = add(t, _PERIOD_MS)
        self.offset = offset
        self.rtt = rtt
        self._at = t
        return True
