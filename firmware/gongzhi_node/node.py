"""Takes the board's parts, the guard, the clock and the MQTT client, and makes a node of them: messages in, acts,
messages out. Everything it does for a message is done at once, in the call that brings it."""

import asyncio

from gongzhi_node import VERSION, config, wire
from gongzhi_node.clock import HostClock
from gongzhi_node.guard import Channel, Guard
from gongzhi_node.mqtt import Client
from gongzhi_node.parts.base import TICK_MS
from gongzhi_node.ports import BODY, collect, const, heap_free, now, print_exception, sleep_ms

_TELL_MS = const(100)  # telemetry of what has changed, at most so often
_ALL_MS = const(5000)  # telemetry of everything, at least so often
_DOG_MS = const(30000)


class Node:
    """`chip` is the board's number (hex), `boots` how often it has started, `cause` why, `wifi` has `up()`, `rssi()`
    and `keep()`; `dog` has `feed()`, or is None."""

    def __init__(self, board, chip, boots=0, cause="power", wifi=None, dog=None):
        self.board, self.wifi = board, wifi
        self.clock = HostClock(now())
        self.guard = self._guard()
        self.beat = 0  # counts ticks
        self.restarts = 0
        self._boots, self._cause, self._chip, self._dog = boots, cause, chip, dog
        self._seq = self._telemetry = 0
        self._told = self._told_all = 0
        self._why = {}  # channel -> (by, epoch, id) of its last state
        self._calm()
        doc = board.doc
        net = doc["mqtt"]
        place = (doc["space"], doc["team"], doc["device"])
        self._base = wire.topic(*place)
        self._cmd, self._cfg, self._time = (("%s/down/%s" % (self._base, x)).encode() for x in ("cmd", "cfg", "clock"))
        self._all = ("v1/%s/_all/down/stop" % doc["space"]).encode()
        client = self.client = Client(
            "-".join(place), net["host"], net.get("port", 1883), net.get("user"), net.get("password"),
            seed=int(chip[-4:] or "0", 16), subs=(self._cmd, self._time, self._all, self._cfg),
        )  # fmt: skip
        client.on_message, client.on_up, client.on_down, client.will = self._message, self._up, self._down, self._will
        client.idle = self._idle
        if wifi:
            client.ready = wifi.up
        board.on_fault = self._fault

    def _idle(self):
        return not self.guard.busy()

    def _guard(self):
        outputs, inputs = [], []
        for spec in self.board.doc["parts"]:
            part = self.board.parts[spec["ch"]]
            if part.OUTPUT:
                hold = config.hold_of(spec)
                outputs.append(Channel(part.name, part.kind, part.PROP, spec["lo"], spec["hi"], hold))
            else:
                inputs.append(part.name)
        return Guard(outputs, inputs)

    def _calm(self):
        for name, part in self.board.parts.items():
            part.sent = part.raw
            self._why[name] = ("boot", 0, "")

    # What goes out

    def _send(self, what, message, qos=1, retain=False, keep=True):
        topic = ("%s/up/%s" % (self._base, what)).encode()
        return self.client.publish(topic, wire.pack(message), qos, retain, keep)

    @property
    def sid(self):
        """Names this board, this boot and this connection: no other connection has it."""
        return "%s-%d-%d" % (self._chip[-6:], self._boots, self.client.connections)

    def _will(self):
        sid = "%s-%d-%d" % (self._chip[-6:], self._boots, self.client.connections + 1)
        topic = (self._base + "/up/online").encode()
        return topic, wire.pack({"on": 0, "boot": self._boots, "sid": sid})

    def _up(self):
        """Connected and subscribed: ask for the time, then say who we are and how everything stands."""
        self.clock.restart(now())
        self._ask(now())
        collect()
        print("gongzhi: connected", self.client.host, self.client.port)
        self.tell_online()
        self._meta()
        for name, part in self.board.parts.items():
            if part.OUTPUT:
                self._state(name)
        self._told_all = wire.add(now(), -_ALL_MS)

    def tell_online(self):
        """Publish who we are (retained)."""
        client = self.client
        bad = self.board.error
        message = {
            "on": 1, "boot": self._boots, "sid": self.sid, "fw": VERSION, "chip": self._chip, "body": BODY,
            "cause": self._cause, "heap": heap_free(), "rssi": self.wifi.rssi() if self.wifi else None,
            "lost": client.dropped, "twin": client.twin,
        }  # fmt: skip
        if bad:
            message["cfg"] = "%s %s" % (bad.code, bad.at)
        self._send("online", message, retain=True, keep=False)

    def _meta(self):
        channels = {}
        for spec in self.board.doc["parts"]:
            part = self.board.parts[spec["ch"]]
            channels[part.name] = {
                "kind": part.kind, "prop": part.PROP, "unit": part.UNIT, "lo": spec.get("lo", part.LO),
                "hi": spec.get("hi", part.HI), "out": part.OUTPUT,
            }  # fmt: skip
        meta = {"fw": VERSION, "board": self.board.doc.get("board", ""), "body": BODY, "ch": channels}
        self._send("meta", meta, retain=True, keep=False)

    def _down(self, why):
        print("gongzhi: disconnected:", why)

    def _state(self, name, by=None, epoch=0, ident=""):
        """Publish an output's state; `by` None repeats the last one."""
        if by is not None:
            self._why[name] = (by, epoch, ident)
        by, epoch, ident = self._why[name]
        part = self.board.parts[name]
        message = {"ch": name, "d": {part.PROP: part.target()}, "by": by, "ep": max(epoch, 0), "id": ident}
        # Not kept over a reconnection: the state is then told anew, and this one would be old.
        self._send("state/" + name, message, retain=True, keep=False)

    def _event(self, name, event, why=""):
        self._seq += 1
        message = {"ch": name, "ev": event, "q": "%d:%d" % (self._boots, self._seq), "t": now()}
        if why:
            message["why"] = why
        self._send("ev/" + name, message)

    def _ack(self, ident, code, epoch=0):
        message = {"id": ident, "ok": code is None, "err": code, "t": now(), "ep": epoch}
        self._send("ack", message)

    def _fault(self, name, error):
        if name in self.guard.channels:
            self.guard.drop(name)
            self._state(name, "fault", self.guard.channels[name].epoch)
        self._event(name, "fault", repr(error)[:60])

    def _ask(self, t):
        if self.clock.due(t):
            self._send("clock", {"b": t}, 0)

    # What comes in

    def _message(self, topic, payload, retained):
        if topic == self._cmd:
            self._command(payload, retained)
        elif topic == self._time:
            self._answer(payload)
        elif topic == self._all:
            self._stop_all(payload)
        elif topic == self._cfg and payload:
            self._configure(payload)

    def _command(self, payload, retained):
        t = now()
        try:
            m = wire.unpack(payload)
        except ValueError as error:
            self._ack("", error.args[0])
            return
        ident = m.get("id") if isinstance(m.get("id"), str) else ""
        if retained:
            self._ack(ident[: wire.MAX_ID], "old")  # nobody may leave an order lying about
            return
        if m.get("op") == "stop":
            self._stop(m, ident)
            return
        offset = self.clock.offset
        code = self.guard.judge(m, t, offset)
        if code is None and not self.guard.repeated:
            code = self._execute(m, t)
            self.guard.remember(ident, code)
        elif code in ("old", "clock") and offset is not None:
            self.clock.again(t)  # perhaps it is our idea of the host's time that is old
        self._ack(ident[: wire.MAX_ID], code, m["ep"] if code != "form" else 0)

    def _execute(self, m, t):
        """Do what the guard has let through; None or "fault"."""
        name = m["ch"]
        part = self.board.parts[name]
        before = part.goal
        if m["op"] == "rest":
            by, good = "safe", self.board.rest(name, t)
        else:
            by, good = "cmd", self.board.set(name, m["a"][part.PROP], t)
        if not good:
            return "fault"
        # A renewal changes nothing that anybody would want to read twice a second.
        if part.goal != before or self._why[name][:2] != (by, m["ep"]):
            self._state(name, by, m["ep"], m["id"])
        else:
            self._why[name] = (by, m["ep"], m["id"])
        return None

    def _stop(self, m, ident=""):
        """Every output (or that of one channel) to safe, now; a stop is obeyed however ill-formed it is, but once."""
        t = now()
        guard = self.guard
        if not (ident and guard.executed(ident)):
            epoch = m.get("ep")
            name = m.get("ch", "*")
            name = name if name in guard.channels else "*"
            guard.stop(name, epoch if isinstance(epoch, int) and 0 <= epoch < wire.PERIOD else None)
            for each in guard.channels:
                if name in ("*", each):
                    self.board.rest(each, t)
            for each, c in guard.channels.items():
                if name in ("*", each):
                    self._state(each, "stop", c.epoch, ident[: wire.MAX_ID])
            if ident:
                guard.remember(ident[: wire.MAX_ID], None)
        self._ack(ident[: wire.MAX_ID], None)

    def _stop_all(self, payload):
        if not payload:
            return  # a retained stop being cleared
        try:
            self._stop(wire.unpack(payload))
        except ValueError:
            self._stop({})

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
        ident, bad = "cfg", None
        try:
            m = wire.unpack(payload)
            if isinstance(m.get("id"), str):
                ident = m["id"][: wire.MAX_ID]
            if m.get("parts") != self.board.doc["parts"] or self.board.error:
                self._replace(m.get("parts"))
        except ValueError as error:
            bad = config.Bad("json" if error.args[0] == "form" else "version", "")
        except config.Bad as error:
            bad = error
        message = {"id": ident, "ok": bad is None, "err": "cfg" if bad else None, "t": now(), "ep": 0}
        if bad:
            message["why"], message["at"] = bad.code, bad.at
        self._send("ack", message)

    def _replace(self, specs):
        """New parts; raises Bad, and then the old ones are there again, at safe."""
        gone = set(self.guard.channels)
        try:
            self.board.apply(specs)
        finally:
            guard = self._guard()
            guard.adopt(self.guard)
            self.guard = guard
            self._calm()
            for name in guard.channels:
                self._state(name)
        for name in gone - set(self.guard.channels):
            self.client.publish(("%s/up/state/%s" % (self._base, name)).encode(), b"", 1, True, False)
        self._meta()

    # What happens by itself

    def tick(self, t):
        """Parts, leases, clock and telemetry at board time `t`. Allocates nothing while nothing happens."""
        board, guard = self.board, self.guard
        for part in board.parts.values():
            event = board.tick(part, t)
            if event:
                self._event(part.name, event)
        name = guard.due(t)
        while name:
            board.rest(name, t)
            self._state(name, "lease" if self.client.up else "loss", guard.channels[name].epoch)
            name = guard.due(t)
        if self.client.up:
            self._ask(t)
            self._report(t)
        self.beat = (self.beat + 1) & 0xFFFF

    def _report(self, t):
        if wire.diff(t, self._told) < _TELL_MS:
            return
        changed = wire.diff(t, self._told_all) >= _ALL_MS
        everything = changed
        for part in self.board.parts.values():
            if part.raw != part.sent:
                changed = True
        if not changed:
            return
        values = {}
        for name, part in self.board.parts.items():
            if everything or part.raw != part.sent:
                values[name] = part.value()
                part.sent = part.raw
        self._told = t
        if everything:
            self._told_all = t
        self._telemetry = (self._telemetry + 1) & 0xFFFFFF
        self._send("s", {"t": t, "s": self._telemetry, "d": values}, 0)

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

    async def run(self):
        """The node's life; ends only by cancellation."""
        tasks = [asyncio.create_task(self._kept(self._ticking)), asyncio.create_task(self._kept(self.client.run))]
        if self.wifi:
            tasks.append(asyncio.create_task(self._kept(self.wifi.keep)))
        beat = -1
        try:
            while True:
                # The dog is fed only if the parts have been looked after since.
                if self._dog and self.beat != beat:
                    self._dog.feed()
                beat = self.beat
                await sleep_ms(1000)
        finally:
            for task in tasks:
                task.cancel()


def count_boot(path="boots"):
    """How often this board has started, with this time; 0 when the flash does not take it."""
    try:
        with open(path) as f:
            n = int(f.read()) + 1
    except (OSError, ValueError):
        n = 1
    try:
        with open(path + ".new", "w") as f:
            f.write(str(n))
        config.replace(path + ".new", path)
    except OSError:
        return 0
    return n


def main(board):
    """Run the node with these parts until someone at the console interrupts."""
    from gongzhi_node.ports import esp32

    wifi = esp32.Wifi(board.doc.get("wifi", []))
    node = Node(board, esp32.chip(), count_boot(), esp32.cause(), wifi, esp32.watchdog(_DOG_MS))
    try:
        asyncio.run(node.run())
    except KeyboardInterrupt:
        esp32.leave_watchdog()
        print("gongzhi: stopped at the console")
    finally:
        board.rest_all(now())
