"""Takes the board's parts, the guard, the clock and the MQTT client, and makes a node of them: messages in, acts,
messages out. What it does for a message is done at once, in the call that brings it."""

import asyncio

from gongzhi_node import way, wire
from gongzhi_node.clock import HostClock
from gongzhi_node.guard import Channel, Guard
from gongzhi_node.link import LinkState
from gongzhi_node.parts.base import TICK_MS
from gongzhi_node.ports import Link as Plain  # under TLS mqtt.Link is another one, and on a board mqtt is in this file
from gongzhi_node.ports import collect, const, forget, now, print_exception, sleep_ms
from gongzhi_node.stops import halt, stop_heard, stop_room
from gongzhi_node.voice import Voice

_ALONE_MS = const(120000)
_GOOD_S = const(60)


class Node:
    """`chip` is the board's number (hex), `boots` how often it has started, `cause` why, `wifi` has `up()`, `rssi()`
    and `keep()`; `dog` has `feed()`; both may be None. `safe`: the board is to keep still (boots.py). `restart()`, if
    given, restarts the chip: after 15 minutes without a broker, unless the board has something of its own to do."""

    def __init__(self, board, chip, boots=0, cause="power", wifi=None, dog=None, safe=False):
        self.board, self.wifi = board, wifi
        self.clock = HostClock(now())
        self.link = LinkState(now(), safe)
        self.restart = self.trial = self.update = None  # trial(seconds): of a new program; update: one under way
        self.guard = self._guard()
        self._reflexes = self._rules()
        self.beat = 0  # counts ticks
        self.heeded = ""  # the room's stop that was obeyed last
        self.restarts = 0
        self._dog = dog
        doc = board.doc
        place = (doc["space"], doc["team"], doc["device"])
        base = wire.topic(*place)
        topics = [("v1/%s/_all/down/stop" % doc["space"]).encode()]
        for what in ("cmd", "clock", "cfg", "fw"):
            topics.append(("%s/down/%s" % (base, what)).encode())
        client = self.client = way.client(doc, "-".join(place), base, chip, topics)
        board.doc.pop("parts")  # it stands in the file
        self.voice = Voice(board, client, base, chip, boots, cause, wifi, self.link)
        self.voice.renew(self.guard)
        client.on_message, client.on_up, client.on_down = self._message, self._up, self._down
        client.will = self.voice.will
        client.idle = self._idle
        if wifi:
            client.ready = wifi.up
        board.on_fault = self._fault

    def _idle(self):
        return not self.guard.busy()

    def _guard(self):
        outputs = []
        for spec in self.board.doc["parts"]:
            part = self.board.parts[spec["ch"]]
            if part.OUTPUT:
                loss = spec.get("on_loss", ("safe",))  # or ("hold", ms): so long a part keeps its value after its lease
                hold = loss[1] if len(loss) > 1 else 0
                outputs.append(Channel(part.name, part.kind, part.PROP, spec["lo"], spec["hi"], hold))
        return Guard(outputs, self.board.parts)

    def _rules(self):
        """The local rules of the outputs; what a board without any does not need is not loaded."""
        specs = self.board.doc["parts"]
        for spec in specs:
            if "reflex" in spec:
                from gongzhi_node import reflex

                return reflex.build(specs, self.board.parts)
        return ()

    def _limit(self, rule, t):
        """A local rule has begun to hold or ceased to: while it holds, its output rests and takes no command."""
        channel = self.guard.channels[rule.name]
        channel.limited = rule.active
        if rule.active:
            self.guard.drop(rule.name)
            self.board.rest(rule.name, t)
            self.voice.state(rule.name, "limit", channel.epoch)

    def _up(self):
        """Connected and subscribed: ask for the time, then say who we are and how everything stands."""
        t = now()
        self.link.found(t)
        self.clock.restart(t)
        if self.clock.due(t):
            self.voice.ask(t)
        collect()
        print("gongzhi: connected", self.client.host, self.client.port)
        self.voice.everything()
        place = Plain.found.get(self.client.host)
        if place:  # a service: after a power cut it may be that nobody answers who offers it
            from gongzhi_node import last

            last.keep(self.client.host, place)
            forget("last")

    def _down(self, why):
        self.link.lost(now(), why)
        print("gongzhi: disconnected:", why)

    def _fault(self, name, error):
        if name in self.guard.channels:
            self.guard.drop(name)
            self.voice.state(name, "fault", self.guard.channels[name].epoch)
        self.voice.event(name, "fault", repr(error)[:60])

    def _message(self, topic, payload, retained):
        what = topic[topic.rfind(b"/") + 1 :]  # nothing comes but what we have subscribed to
        if what == b"cmd":
            self._command(payload, retained)
        elif what == b"clock":
            self._answer(payload)
        elif what == b"stop":
            stop_room(self, payload)
        elif what == b"cfg" and payload:
            self._configure(payload)
        elif what == b"fw" and payload and not retained:
            from gongzhi_node import update  # loaded while there is one

            update.heard(self, payload)

    def _command(self, payload, retained):
        t = now()
        try:
            m = wire.unpack(payload)
        except ValueError as error:
            self.voice.ack("", error.args[0])
            return
        ident = m.get("id") if isinstance(m.get("id"), str) else ""
        if retained:
            self.voice.ack(ident, "old")  # nobody may leave an order lying about
            return
        if m.get("op") == "stop":
            stop_heard(self, m, ident)
            return
        offset = self.clock.offset
        code = self.guard.judge(m, t, offset)
        if code is None and not self.guard.repeated:
            code = self._execute(m, t)
            self.guard.remember(ident, code)
        elif code in ("old", "clock"):
            self.clock.again(t)  # perhaps it is our idea of the host's time that is old
        self.voice.ack(ident, code, m["ep"] if code != "form" else 0)

    def _execute(self, m, t):
        """Do what the guard has let through; None or "fault"."""
        name = m["ch"]
        if m["op"] == "rest":
            by, good = "safe", self.board.rest(name, t)
        else:
            by, good = "cmd", self.board.set(name, m["a"][self.board.parts[name].PROP], t)
        if not good:
            return "fault"
        self.voice.acted(name, by, m["ep"], m["id"])
        return None

    def _answer(self, payload):
        t = now()
        try:
            m = wire.unpack(payload)
        except ValueError:
            return  # no time in it; we ask again soon anyway
        b, h = m.get("b"), m.get("h")
        if not (isinstance(b, int) and isinstance(h, int) and self.clock.answer(b, h & (wire.PERIOD - 1), t)):
            self.clock.again(t)  # a host that has just started says so, and is asked

    def _configure(self, payload):
        from gongzhi_node import change  # a rare visitor: it is loaded for this message only

        ident, bad = change.configure(self, payload)
        forget("change", "config")
        self.voice.ack(ident, "cfg" if bad else None, 0, bad)

    def renew(self):
        """The board has other parts: begin with them, but keep what the guard must not forget."""
        old = self.guard
        self.guard = self._guard()
        self.guard.adopt(old)
        self._reflexes = self._rules()
        self.board.doc.pop("parts")
        self.voice.renew(self.guard)
        for name in self.guard.channels:
            self.voice.state(name)
        for name in old.channels:
            if name not in self.guard.channels:
                self.voice.forget(name)

    def tick(self, t):
        """Parts, leases, clock and telemetry at board time `t`. Allocates nothing while nothing happens."""
        board, guard, client = self.board, self.guard, self.client
        for part in board.all:
            event = board.tick(part, t)
            if event == "stop":
                halt(self, "*", None, "", None, part.name)  # with or without a host
            elif event:
                self.voice.event(part.name, event)
        for rule in self._reflexes:
            if rule.look():
                self._limit(rule, t)
        name = guard.due(t)
        while name:
            board.rest(name, t)
            self.voice.state(name, "lease" if client.up else "loss", guard.channels[name].epoch)
            name = guard.due(t)
        if client.up:
            if self.clock.due(t):
                self.voice.ask(t)
            if client.twin and wire.diff(t, client.since) > _ALONE_MS:
                client.twin = False
                self.voice.online()
            self.voice.report(t)
        self.beat = (self.beat + 1) & 0xFFFF

    async def _ticking(self):
        while True:
            self.tick(now())
            await sleep_ms(TICK_MS)

    async def _kept(self, work):
        """Run `work()` for ever: what it raises is printed, the outputs go to safe, and it begins anew."""
        while True:
            try:
                await work()
                return
            except Exception as error:
                self.restarts += 1
                print_exception(error)
                self.board.rest_all(now())
                await sleep_ms(1000)

    def _last(self):
        """This start has lasted: it was none of the short ones."""
        from gongzhi_node import boots

        boots.good()
        forget("boots")

    def _look(self):
        """The state of the link, and what follows from it."""
        link = self.link
        if link.look(now(), self.wifi is None or self.wifi.up(), self.clock.offset is not None):
            print("gongzhi: link:", link.state)
        # Whoever is under a lease, or rests by a rule or a stop of the board's own, is not disturbed.
        if link.long and self.restart and not (self._reflexes or self.guard.own or self.guard.busy()):
            print("gongzhi: no broker for 15 minutes: restart")
            self.board.rest_all(now())
            self.restart()

    async def run(self):
        """The node's life; ends only by cancellation."""
        tasks = [asyncio.create_task(self._kept(self._ticking)), asyncio.create_task(self._kept(self.client.run))]
        if self.wifi:
            tasks.append(asyncio.create_task(self._kept(self.wifi.keep)))
        beat, alive = -1, 0
        print("gongzhi: the node of", self.board.doc["device"], "starts")
        try:
            while True:
                # The dog is fed only if the parts have been looked after since.
                if self._dog and self.beat != beat:
                    self._dog.feed()
                beat = self.beat
                alive += 1
                if alive == _GOOD_S:
                    self._last()
                if self.trial:
                    self.trial(alive)
                self._look()
                await sleep_ms(1000)
        finally:
            for task in tasks:
                task.cancel()
