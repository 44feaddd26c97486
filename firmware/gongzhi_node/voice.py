"""Takes what happens on the board, gives the messages that go up: who we are, states, events, answers, telemetry."""

from gongzhi_node import VERSION, wire
from gongzhi_node.ports import BODY, const, heap_free, now

_TELL_MS = const(100)  # telemetry of what has changed, at most so often
_ALL_MS = const(5000)  # telemetry of everything, at least so often


class Voice:
    """Publishes for the parts of `board` through `client` under the topic `base`. `chip` is the board's number (hex),
    `boots` how often it has started, `cause` why; `wifi` has `rssi()`, or is None; `link` is the LinkState."""

    def __init__(self, board, client, base, chip, boots, cause, wifi, link):
        self._board, self._client, self._base, self._wifi = board, client, base, wifi
        self._chip, self._boots, self._cause, self._link = chip, boots, cause, link
        self._events = self._reports = 0
        self._told = self._told_all = now()
        # Made once, for it is written ten times a second.
        self._telemetry = (base + "/up/s").encode()

    def renew(self, guard):
        """The parts are new: each is at safe, by its birth. `guard` knows their limits."""
        self._guard = guard
        for part in self._board.all:
            part.sent = part.raw
            if part.OUTPUT:
                part.why = ("boot", 0, "", None)  # (by, epoch, id, goal) of its last state

    def _send(self, what, message, latest):
        """At QoS 1. `latest`: retained, and not kept over a reconnection, which tells it anew."""
        topic = ("%s/up/%s" % (self._base, what)).encode()
        self._client.publish(topic, wire.pack(message), 1, latest, not latest)

    def sid(self):
        """Names this board, this boot and this connection: no other connection has it."""
        return "%s-%d-%d" % (self._chip[-6:], self._boots, self._client.attempt)

    def will(self):
        """Topic and payload that the broker publishes should the connection about to be made end without a word."""
        message = {"on": 0, "boot": self._boots, "sid": self.sid()}
        return (self._base + "/up/online").encode(), wire.pack(message)

    def everything(self):
        """After a connection: who we are, what we have, how it stands."""
        self.online()
        self.meta()
        for part in self._board.all:
            if part.OUTPUT:
                self.state(part.name)
        self._told_all = wire.add(now(), -_ALL_MS)

    def online(self):
        """Who we are (retained)."""
        client, bad = self._client, self._board.error
        message = {
            "on": 1, "boot": self._boots, "sid": self.sid(), "fw": VERSION, "chip": self._chip,
            "body": BODY, "cause": self._cause, "heap": heap_free(), "rssi": self._wifi and self._wifi.rssi(),
            "lost": client.dropped, "twin": 1 if client.twin else 0,
            "off": self._link.off, "at": self._link.at, "why": self._link.why,
        }  # fmt: skip
        if bad:
            message["cfg"] = "%s %s" % (bad.code, bad.at)
        self._send("online", message, True)

    def meta(self):
        """What we have (retained)."""
        channels = {}
        for part in self._board.all:
            channel = self._guard.channels.get(part.name)
            low, high = (channel.lo, channel.hi) if channel else (part.LO, part.HI)
            channels[part.name] = {
                "kind": part.kind, "prop": part.PROP, "unit": part.UNIT, "lo": low, "hi": high,
                "out": 1 if part.OUTPUT else 0,
            }  # fmt: skip
        meta = {"fw": VERSION, "board": self._board.doc.get("board", ""), "body": BODY, "ch": channels}
        self._send("meta", meta, True)

    def acted(self, name, by, epoch, ident):
        """An output obeyed the command `ident`; its state is told unless nothing in it is new."""
        part = self._board.parts[name]
        if part.why[0] != by or part.why[1] != epoch or part.why[3] != part.goal:
            self.state(name, by, epoch, ident)

    def state(self, name, by=None, epoch=0, ident=""):
        """An output's state (retained); `by` None repeats the last one."""
        part = self._board.parts[name]
        if by is None:
            by, epoch, ident = part.why[:3]
        epoch = max(epoch, 0)
        part.why = (by, epoch, ident, part.goal)
        # Not kept over a reconnection: the state is then told anew, and this one would be old.
        message = {"ch": name, "d": {part.PROP: part.target()}, "by": by, "ep": epoch, "id": ident}
        self._send("state/" + name, message, True)

    def forget(self, name):
        """There is no such output any more: clear its retained state."""
        self._client.publish(("%s/up/state/%s" % (self._base, name)).encode(), b"", 1, True, False)

    def event(self, name, event, why=""):
        """Something happened; told once, also after an outage, and numbered so that a repetition is seen."""
        self._events += 1
        message = {"ch": name, "ev": event, "q": "%d:%d" % (self._boots, self._events), "t": now()}
        if why:
            message["why"] = why
        self._send("ev/" + name, message, False)

    def ack(self, ident, code, epoch=0, bad=None):
        """The answer to a command (or, with `bad`, to a configuration)."""
        message = {"id": ident[: wire.MAX_ID], "ok": code is None, "err": code, "t": now(), "ep": epoch}
        if bad:
            message["why"], message["at"] = bad.code, bad.at
        self._send("ack", message, False)

    def ask(self, t):
        """Ask the host for its clock."""
        self._client.publish((self._base + "/up/clock").encode(), wire.pack({"b": t}))

    def report(self, t):
        """Telemetry, if it is due: what has changed, or everything."""
        if wire.diff(t, self._told) < _TELL_MS:
            return
        everything = changed = wire.diff(t, self._told_all) >= _ALL_MS
        for part in self._board.all:
            if part.raw != part.sent or (part.samples and part.samples.ready(t)):
                changed = True
        if not changed:
            return
        values = {}
        for part in self._board.all:
            if everything or part.raw != part.sent:
                part.sent = part.raw
                if part.failed and not part.OUTPUT:
                    continue  # what it read last says nothing of now
                values[part.name] = part.value()
                part.more(values)
        self._told = t
        if everything:
            self._told_all = t
        self._reports = (self._reports + 1) & 0xFFFFFF
        message = {"t": t, "s": self._reports, "d": values}
        for part in self._board.all:
            if part.samples and part.samples.ready(t):
                message.setdefault("w", {})[part.name] = part.samples.tell(t)
        self._client.publish(self._telemetry, wire.pack(message))
