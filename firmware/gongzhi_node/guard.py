"""Takes commands and the time, gives for each whether it may act, and for each part when it must return to safe.

Nothing here touches a pin or reads a clock. It can refuse or stop, never start: safety outlives a dead host.
"""

from gongzhi_node.ports import const
from gongzhi_node.wire import add, command_error, diff

_IDS = const(32)
_COST_MS = const(50)  # 20 commands a second and channel for long, 20 at once
_BURST_MS = const(1000)
_EARLY_MS = const(1000)  # a command from further in the future means that our idea of the host's clock is wrong


class Channel:
    """What the guard knows of one output: its limits, its owner's epoch, its lease."""

    def __init__(self, name, kind, prop, lo, hi, hold):
        self.name, self.kind, self.prop, self.lo, self.hi, self.hold = name, kind, prop, lo, hi, hold
        self.epoch = -1
        self.stopped = False
        self.limited = False  # a local rule of the board's holds it at safe (reflex.py)
        self.until = None  # the end of lease and hold, while it is under a lease
        self.spare = _BURST_MS
        self.at = 0

    def rate(self, t):
        """True if one more command is within the rate."""
        passed = diff(t, self.at)
        # Negative after half a period (6 days) of silence: long enough for a full bucket.
        self.spare = min(_BURST_MS, self.spare + passed) if 0 <= passed < _BURST_MS else _BURST_MS
        self.at = t
        if self.spare < _COST_MS:
            return False
        self.spare -= _COST_MS
        return True


class Guard:
    """Judges commands for the outputs in `channels` (a list); `parts` has the names of the inputs,
    too."""

    def __init__(self, channels=(), parts=()):
        self.channels = {}
        for c in channels:
            self.channels[c.name] = c
        self._all = channels  # walking a dict's values allocates
        self.parts = parts
        self.own = ""  # the stop in force that no host has ordered; "" where it is none, or a host has answered it
        self.repeated = False
        self._ids = [None] * _IDS
        self._faults = bytearray(_IDS)  # 1 where the command of that id failed
        self._n = 0

    def adopt(self, older):
        """Keep of an older guard what a new configuration must not make forgotten: epochs, stops, ids."""
        self.own = older.own
        for name, c in self.channels.items():
            c.stopped = self.own != ""
            if name in older.channels:
                c.epoch, c.stopped = older.channels[name].epoch, older.channels[name].stopped
        self._ids, self._faults, self._n = older._ids, older._faults, older._n

    def judge(self, m, t, offset):
        """None if the unpacked command `m` may act at board time `t`, else an acknowledgement code.

        `offset` is the host's clock minus ours, or None. When `repeated` is True afterwards, the command was executed
        before and the result is what it was then. A command that may act has its lease and epoch from here on;
        the caller executes it and says how it went by `remember`.
        """
        self.repeated = False
        error = command_error(m)
        if error:
            return error
        if m["id"] in self._ids:
            self.repeated = True
            return "fault" if self._faults[self._ids.index(m["id"])] else None
        c = self.channels.get(m["ch"])
        if c is None:
            return "op" if m["ch"] in self.parts else "channel"
        rest = m["op"] == "rest"
        if not rest:
            if m["op"] != c.kind + ".set":
                return "op"
            if len(m["a"]) != 1 or c.prop not in m["a"]:
                return "form"
            if not c.lo <= m["a"][c.prop] <= c.hi:
                return "range"
        return self._timely(m, t, offset, rest) or self._owned(c, m, t, rest)

    def _timely(self, m, t, offset, rest):
        if offset is None:
            return None if rest else "clock"  # going to safe needs no clock
        age = diff(add(t, offset), m["t"])
        if age > m["ttl"]:
            return "old"
        return "clock" if age < -_EARLY_MS else None

    def _owned(self, c, m, t, rest):
        """The rest of `judge`, in the order in which nothing changes before all has passed."""
        if c.stopped and not rest and (self.own or m["ep"] <= c.epoch):
            return "stopped"
        if m["ep"] < c.epoch:
            return "epoch"
        if m.get("renew") and not rest and not (c.until is not None and m["ep"] == c.epoch):
            return "lease"  # renewing extends an act and never starts one
        if c.limited and not rest:
            return "limit"
        if not rest and not c.rate(t):
            return "rate"
        c.epoch = m["ep"]
        c.stopped = rest and c.stopped  # at safe it stays stopped: also for an older order that comes after this rest
        c.until = None if rest else add(t, m["ttl"] + c.hold)
        return None

    def remember(self, ident, code):
        """The command `ident` was executed, with this result (None or "fault")."""
        self._ids[self._n] = ident
        self._faults[self._n] = 1 if code else 0
        self._n = (self._n + 1) % _IDS

    def executed(self, ident):
        """True if the command `ident` is among the last that were executed."""
        return ident in self._ids

    def stop(self, name="*", epoch=None, ident="", of=None):
        """Stop one channel or all ("*"): no motion until a command with an epoch above `epoch` and the one in force.
        The caller puts the outputs to safe at once.

        Without an epoch no host has ordered it, and an order on its way, of whatever epoch, knows nothing of it: it is
        named `ident` and holds until a host's stop answers it by that name (`of`).
        """
        if epoch is None:
            self.own = ident
        elif of == self.own:
            self.own = ""
        for c in self._all:
            if name in ("*", c.name):
                c.stopped = True
                c.until = None
                if epoch is not None and epoch > c.epoch:
                    c.epoch = epoch

    def due(self, t):
        """The name of a channel whose lease (and hold) has ended, once; None when there is none (left)."""
        for c in self._all:
            if c.until is not None and diff(t, c.until) >= 0:
                c.until = None
                return c.name
        return None

    def busy(self):
        """True while any channel is under a lease."""
        for c in self._all:
            if c.until is not None:
                return True
        return False

    def drop(self, name):
        """The part is at safe for another reason (a fault, a local rule): no lease any more."""
        self.channels[name].until = None
