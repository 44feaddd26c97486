"""Takes whether network, broker and host are there, gives the state of the link and what is to be told of an outage."""

from gongzhi_node.ports import const
from gongzhi_node.wire import diff

_LONG_MS = const(900000)


class LinkState:
    """`state` is one of

        boot        nothing has been looked at yet
        wifi        no network: each one known is tried for 15 s, the interface restarted after 5 failures
        mqtt        a network, no broker: 5 s each for TCP, CONNACK and SUBACK, then the back-off
        time        subscribed; the host's clock is asked every 2 s until it answers: until then no command is taken
        run         all is well
        degraded    it ran, and has lost one of these: what works on the board alone goes on
        safe        in place of `run` on a board that has been told to keep still

    `off` is how long the last outage lasted (ms), `at` the first thing that was missing in it ("wifi" before "mqtt"),
    `why` how it began. `long` is True when there has been no broker for 15 minutes.
    """

    def __init__(self, t, safe=False):
        self.state = self.why = "boot"
        self.at = "mqtt"
        self.off = 0
        self.long = False
        self._safe, self._since, self._ran, self._down = safe, t, False, True

    def lost(self, t, why):
        """The connection to the broker has ended at `t`."""
        self._since, self.why, self.at, self._down = t, why, "mqtt", True

    def found(self, t):
        """Connected and subscribed at `t`."""
        self.off = diff(t, self._since)
        self.long = self._down = False

    def look(self, t, network, timed):
        """Once a second: is there a network, is the host's clock known? True if `state` is another than before."""
        if self._down:
            if not network:
                self.at = "wifi"
            # Kept once seen, for the difference turns over after six days.
            self.long = self.long or diff(t, self._since) >= _LONG_MS
            state = "mqtt" if network else "wifi"
        elif timed:
            state = "safe" if self._safe else "run"
            self._ran = True
        else:
            state = "time"
        if self._ran and state in ("wifi", "mqtt", "time"):
            state = "degraded"
        changed = state != self.state
        self.state = state
        return changed
