"""Takes the moments at which a link was lost, gives how long to wait before the next attempt."""

from gongzhi_node.wire import diff


class Backoff:
    """How long to wait before the next attempt: 0.5 s doubling, at most 1 s in the first 10 s and 30 s later, and 0
    to 25 % more by the board's own `seed`, so that a class of boards does not return in one instant."""

    def __init__(self, seed):
        self._seed = seed & 0xFFFF
        self.reset()

    def reset(self):
        """The link has been good: begin anew at the next loss."""
        self._ms = 500
        self._since = None

    def next(self, t):
        """The wait in ms, for a loss noticed at the time `t`."""
        if self._since is None:
            self._since = t
        wait = min(self._ms, 1000 if 0 <= diff(t, self._since) < 10000 else 30000)
        self._ms = min(wait * 2, 30000)
        self._seed = (self._seed * 75 + 74) % 65537  # the ZX81's generator: full period, small integers
        return wait + wait * (self._seed & 0xFF) // 1024
