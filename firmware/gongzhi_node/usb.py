"""Takes messages to publish and gives messages received, as mqtt.Client does, over the board's own console (USB): a
gateway at the other end carries them to the broker (docs/wire.md, Serial line). Loaded where config.json asks for it.

Console output of MicroPython and of the program goes over the same line, and Ctrl-C ends the program as ever.
"""

import json

from gongzhi_node.line import Splitter, Talk, frame
from gongzhi_node.ports import const, now, print_exception, sleep_ms
from gongzhi_node.wire import diff

_STEP_MS = const(5)  # 58 bytes at 115,200 baud; the ESP32's console keeps 260 for us (ports/esp32/mphalport.c)
_PIECE = const(64)  # so much is written at a time: the UART's own memory takes 128 without making us wait
_CALL_MS = const(1000)


class Client:
    """Offers what mqtt.Client offers (see there): `up` is True while the gateway has us connected to the broker.

    `hello` is who we are: {"id": client id, "base": topic, "chip": number}. What is published meanwhile is kept as
    with MQTT: 32 messages, 60 s.
    """

    def __init__(self, hello, subs=(), console=None):
        self.host, self.port = "USB", 0
        self.on_message = self.on_up = self.on_down = self.will = self.ready = self.idle = None
        self.up = self.twin = False
        self.why = ""
        self.attempt = self.skipped = self.errors = 0
        self.since = now()
        self._hello, self._subs = hello, subs
        if console is None:
            from gongzhi_node.console import Console

            console = Console()
        self._console = console
        self._session = ""
        self._talk = Talk("u", self._deliver, now())
        self._in = Splitter(b"d", self._frame)
        self._urgent = []  # lines that are no part of the sequence
        self._called = now() - _CALL_MS
        self._stop = False

    @property
    def dropped(self):
        """Messages given up: too many waited, or for too long."""
        return self._talk.dropped

    @property
    def oversize(self):
        """Lines that were too long for us."""
        return self._in.long

    def publish(self, topic, payload, qos=0, retain=False, keep=True):
        """As mqtt.Client: never waits; True (QoS 0) if the line will have it, or (QoS 1) if it is kept."""
        body = topic + (b" r " if retain else b" - ") + payload
        if qos:
            if not self.up and not keep:
                return 0
            self._talk.put(body, now(), keep)
            return 1
        if not self.up or not self._talk.loose(body):
            self.skipped += 1
            return False
        return True

    def waiting(self):
        """How many QoS 1 messages are not acknowledged."""
        return self._talk.waiting()

    async def run(self):
        """Talk with whatever gateway is there, until `stop()` or cancellation."""
        while not self._stop:
            self._read()
            line = self._next(now())
            if line:
                await self._write(line)
            else:
                await sleep_ms(_STEP_MS)

    def stop(self):
        """End `run()`; the gateway says for us that we are gone."""
        self._stop = True

    def _read(self):
        data = self._console.read()
        while data:
            self._in.feed(data)
            data = self._console.read()

    async def _write(self, line):
        for at in range(0, len(line), _PIECE):
            self._console.write(line[at : at + _PIECE])
            await sleep_ms(_STEP_MS)
            self._read()  # what arrives does not wait for what leaves

    def _next(self, t):
        """The next line to write, or None."""
        if self._urgent:
            return self._urgent.pop(0)
        if self._session and self._talk.silent(t):
            self._lose("silent")
        self._talk.expire(t)
        return self._talk.due(t, self.up) if self._session else None

    def _frame(self, kind, seq, body):
        t = now()
        if kind == "H":
            self._greet(body, t)
        elif kind == "B":
            self._lose(body.decode() or "closed")
        elif self._session:
            self._talk.received(kind, seq, body, t)
        elif diff(t, self._called) >= _CALL_MS:
            # We have restarted, or were cut off for long, and the gateway does not know it yet.
            self._called = t
            self._urgent.append(frame("u", "R", 0))

    def _greet(self, body, t):
        """A gateway asks who we are: a session begins, unless it has only not heard our answer."""
        session = body.decode()
        if session != self._session:
            self._lose("closed")
            self._session = session
            self.attempt += 1
            self._talk.restart(t)
        self._talk.heard = t
        will = self.will() if self.will else None
        about = dict(self._hello, s=session, subs=[sub.decode() for sub in self._subs])
        if will:
            about["will"] = [will[0].decode(), will[1].decode()]
        self._urgent = [frame("u", "H", 0, json.dumps(about).encode())]

    def _lose(self, why):
        self._session = ""
        if self.up:
            self.up, self.why = False, why
            self._talk.restart(now())
            if self.on_down:
                self.on_down(why)

    def _deliver(self, body, seq):
        """A message; the empty one says that we are connected and subscribed."""
        try:
            if not body:
                if not self.up:
                    self.up, self.since = True, now()
                    if self.on_up:
                        self.on_up()
            elif self.up and self.on_message:
                topic, flag, payload = body.split(b" ", 2)
                self.on_message(topic, payload, 1 if flag == b"r" else 0)
        except Exception as error:  # one message's defect must not end the link for all
            self.errors += 1
            print_exception(error)
        return True
