"""Takes messages to publish and gives messages received: MQTT 3.1.1, event driven, on asyncio, for small boards.

`publish` never waits: it writes at once when it can, and keeps QoS 1 packets in a bounded outbox until the broker
has acknowledged them. Numbers of sections are those of the OASIS text of MQTT 3.1.1.
"""

import asyncio

from gongzhi_node.backoff import Backoff
from gongzhi_node.packets import Inbox, connect_packet, publish_packet, subscribe_packet
from gongzhi_node.ports import Link, const, now, print_exception, sleep_ms, wait_ms
from gongzhi_node.wire import diff

_OUTBOX = const(32)
_KEEPALIVE = const(15)  # s; the broker publishes our will after 22 s of silence
_BUFFER = const(2048)  # the largest packet taken; a configuration of 8 parts has about 1,100 bytes
_STEP_MS = const(5000)  # for TCP, for CONNACK, for SUBACK, each
_ASK_MS = const(5000)
_SILENT_MS = const(10000)  # no byte for so long although we asked after 5 s: the link is dead
_LIFE_MS = const(60000)  # no undelivered message is worth more than the longest lease
_PENDING = const(4096)
_SHORT_MS = const(5000)
_TWIN = const(3)
_ALONE_MS = const(120000)  # a twin that waits comes back after 30 to 38 s: who stays for so long has none


class Client:
    """A client that connects, subscribes, keeps alive and reconnects by itself while `run()` runs.

    `host` is an address or a name, or a list of up to four that are tried in turn; the one that worked is kept.
    `subs` are topic filters (bytes), all at QoS 1. `on_message(topic, payload, retained)` gets bytes and is called
    synchronously; it may publish. `on_up()` is called once the broker has granted every subscription, after what was
    not acknowledged has been sent again; `on_down(why)` after each connection that was up. `will()` gives
    (topic, payload) for the connection about to be made, or None. `ready()` says whether the network is there.
    `idle()` says whether blocking for a name look-up is harmless now. Counts: `attempt` (connections begun),
    `dropped` (outbox full, or too old), `skipped` (QoS 0 without a link), `oversize`, `errors` (of `on_message`).
    `twin` is True while another board seems to use the same id.
    """

    def __init__(self, cid, host, port=1883, user=None, password=None, seed=0, subs=()):
        self.cid, self.port, self.user, self.password = cid, port, user, password
        self._hosts = list(host) if isinstance(host, (list, tuple)) else [host]
        self.host = self._hosts[0]
        self.subs = subs
        self.on_message = self.on_up = self.on_down = self.will = self.ready = self.idle = None
        self.up = self.twin = False
        self.why = ""
        self.attempt = self.dropped = self.skipped = self.oversize = self.errors = self._kicked = 0
        self._back = Backoff(seed)
        self._in = Inbox(_BUFFER, self._packet, self._too_large)
        self._puback = bytearray(b"\x40\x02\0\0")
        self._box = []  # [pid, packet, born, keep, sent], oldest first (4.6: sent again in their order)
        self._pid = 0
        self._link = self._reader = None
        self._step = asyncio.Event()
        self._answer = -1  # the code that the awaited CONNACK or SUBACK carried
        self._heard = self._wrote = self._asked = self.since = 0
        self._stop = self._feeding = False

    def publish(self, topic, payload, qos=0, retain=False, keep=True):
        """Send bytes to a topic (bytes), at once if possible; never waits.

        QoS 0: True if it was handed to the socket. QoS 1: its packet id; it is sent again after a reconnection
        until acknowledged, unless `keep` is False (then it ends with its connection). 32 are kept; the oldest goes.
        """
        if not qos:
            # Telemetry does not queue behind a socket that is stuck.
            if not self.up or self._link.pending():
                self.skipped += 1
                return False
            return self._write(publish_packet(topic, payload, 0, retain, 0))
        if not self.up and not keep:
            return 0
        if len(self._box) >= _OUTBOX:
            self._box.pop(0)
            self.dropped += 1
        pid = self._pid = self._pid % 65535 + 1
        item = [pid, publish_packet(topic, payload, 1, retain, pid), now(), keep, False]
        self._box.append(item)
        # What a stuck socket does not take now goes out after the reconnection that follows.
        if self.up and self._link.pending() < _PENDING:
            item[4] = self._write(item[1])
        return pid

    def waiting(self):
        """How many QoS 1 packets are not acknowledged."""
        return len(self._box)

    async def run(self):
        """Stay connected until `stop()` or cancellation. Looking up a name (not an address) blocks this whole
        processor, so no part may be under a lease meanwhile."""
        while not self._stop:
            while self.ready and not self.ready():
                await sleep_ms(100)
            named = not self.host.replace(".", "").isdigit()
            while named and self.idle and not self.idle():
                await sleep_ms(100)
            self.why = ""
            try:
                await self._session()
            except asyncio.CancelledError:
                if not self.why:
                    raise  # meant for us, not for the reader
            except (OSError, EOFError, asyncio.TimeoutError) as error:
                self.why = self.why or "connect %r" % (error,)
            finally:
                lived = self._end()
            if lived < 0 and self.host in self._hosts:
                self.host = self._hosts[(self._hosts.index(self.host) + 1) % len(self._hosts)]
            if not self._stop:
                await sleep_ms(self._wait(lived))

    def stop(self):
        """End `run()` and the connection in order (3.14: the broker then does not publish the will)."""
        self._stop, self.why = True, "stop"
        if self.up:
            self._write(b"\xe0\0")
        if self._reader:
            self._reader.cancel()

    def _end(self):
        """Close; how long the connection was up, in ms, or -1."""
        lived = diff(now(), self.since) if self.up else -1
        self.up = False
        if self._reader:
            self._reader.cancel()
        if self._link:
            self._link.close()
        self._link = self._reader = None
        for n in range(len(self._box) - 1, -1, -1):
            if not self._box[n][3]:
                self._box.pop(n)
        if lived >= 0 and self.on_down:
            self.on_down(self.why)
        return lived

    def _wait(self, lived):
        """The pause before the next attempt. Several short lives in a row mean that another board has our name and
        the broker lets the younger win (3.1.4-2): waiting long keeps one of the two alive."""
        if lived >= _SHORT_MS:
            self._kicked = 0
            self._back.reset()
            if lived >= _ALONE_MS:
                self.twin = False
        elif lived >= 0 and self.why == "closed":
            self._kicked += 1
        wait = self._back.next(now())
        if self._kicked < _TWIN:
            return wait
        self.twin = True
        return 30000 + wait % 8000

    async def _session(self):
        self.attempt += 1
        self._link = Link()
        self._in.clear()
        await self._link.open(self.host, self.port, _STEP_MS)
        self._heard = self._wrote = self._asked = now()
        self._reader = asyncio.create_task(self._read(self._link))
        will = self.will() if self.will else None
        await self._expect(connect_packet(self.cid, _KEEPALIVE, self.user, self.password, will), "connack")
        if self.subs:
            await self._expect(subscribe_packet(self.subs), "suback")
        self.up = True
        self.since = now()
        self._expire(self.since)
        for item in self._box:
            if item[4]:
                item[1][0] |= 8  # DUP: it may have arrived before (3.3.1.1)
            item[4] = self._write(item[1])
        watch = asyncio.create_task(self._watch(self._reader))
        try:
            if self.on_up:
                self.on_up()
            await self._reader
        finally:
            watch.cancel()

    async def _expect(self, packet, what):
        """Send and await the answer; raises OSError when it is a refusal or the link ends."""
        self._step.clear()
        self._answer = -1
        self._link.write(packet)
        await wait_ms(self._step.wait(), _STEP_MS)
        if self._answer:
            self.why = self.why or "%s %d" % (what, self._answer)
            raise OSError(self.why)

    async def _watch(self, reader):
        """Ask when the broker is silent, end the connection when it stays so. Allocates nothing while all is well."""
        while True:
            await sleep_ms(250)
            t = now()
            quiet = diff(t, self._heard)
            if quiet >= _SILENT_MS:
                break
            # Asked when we hear nothing, and also when we say nothing: the broker counts only what we send (3.1.2.10).
            if max(quiet, diff(t, self._wrote)) >= _ASK_MS <= diff(t, self._asked):
                self._asked = t
                self._write(b"\xc0\0")
            self._expire(t)
            if self._box and min(diff(t, self._box[0][2]), diff(t, self.since)) >= _SILENT_MS:  # pongs, but no acks
                break
        self.why = "silent"
        reader.cancel()

    def _expire(self, t):
        while self._box and diff(t, self._box[0][2]) >= _LIFE_MS:
            self._box.pop(0)
            self.dropped += 1

    def _write(self, packet):
        """True if the socket has it; a socket that has gone ends the connection."""
        try:
            self._link.write(packet)
            self._wrote = now()
            return True
        except OSError:
            self.why = self.why or "closed"
            if not self._feeding:  # a task cannot cancel itself; then the reader looks at `why`
                self._reader.cancel()
            return False

    async def _read(self, link):
        """Feed what arrives to the inbox; ends with the reason in `why`, and never raises but by cancellation."""
        try:
            while True:
                n = await link.readinto(self._in.room())
                if n is None:
                    continue
                if not n:
                    self.why = self.why or "closed"
                    return
                self._heard = now()
                self._feeding = True
                self._in.fed(n)
                self._feeding = False
                if self.why:
                    return
        except ValueError as error:
            self.why = str(error)
        except OSError:
            self.why = self.why or "closed"
        finally:
            self._feeding = False
            self._step.set()  # nobody waits for an answer that cannot come

    def _too_large(self, kind, at):
        """Acknowledge what does not fit, or the broker would keep one of its few places for it for ever."""
        self.oversize += 1
        size = self._in.buf[at] << 8 | self._in.buf[at + 1]
        if kind & 0xF6 == 0x32 and size <= 128:
            self._ack(at + 2 + size)

    def _ack(self, at):
        self._puback[2:4] = self._in.buf[at : at + 2]
        self._write(self._puback)

    def _packet(self, kind, at, end):
        """Handle one packet whose body is buf[at:end]; ValueError for what no broker may send."""
        buf = self._in.buf
        if kind & 0xF0 == 0x30:
            self._received(kind, at, end)
        elif kind == 0x40 and end - at == 2:
            pid = buf[at] << 8 | buf[at + 1]
            for i, item in enumerate(self._box):
                if item[0] == pid:
                    self._box.pop(i)
                    break
        elif kind == 0x20 and end - at == 2:
            self._answer = buf[at + 1]
            self._step.set()
        elif kind == 0x90 and end - at == 2 + len(self.subs):
            self._answer = max(buf[at + 2 : end]) & 0x80  # refused; else the QoS granted (3.9.3)
            self._step.set()
        elif kind != 0xD0:
            raise ValueError("protocol: packet %d" % kind)

    def _received(self, kind, at, end):
        """A PUBLISH (3.3): hand it over, then acknowledge it."""
        size = 2 + (self._in.buf[at] << 8 | self._in.buf[at + 1])
        qos = kind >> 1 & 3
        body = at + size + (2 if qos else 0)
        if qos > 1 or body > end:
            raise ValueError("protocol: publish")
        try:
            if self.on_message:
                self.on_message(bytes(self._in.view[at + 2 : at + size]), bytes(self._in.view[body:end]), kind & 1)
        except Exception as error:  # one message's defect must not end the link for all
            self.errors += 1
            print_exception(error)
        if qos:
            self._ack(at + size)
