"""Gives the tests a clock that only they move, and a broker that does as it is told, both without sockets."""

import asyncio

from gongzhi_node import mdns, mqtt, node, wire


async def settle():
    """Let every task go on until all of them wait for something that only a test can bring."""
    for _ in range(30):
        await asyncio.sleep(0)


async def cancelled(task):
    """End a task that goes on for ever, and wait until it has ended."""
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        pass


class Time:
    """Stands in for now, sleep_ms and wait_ms of `gongzhi_node.ports` in the modules named."""

    def __init__(self, modules, t=1000):
        self.t = t
        self._waits = []
        for module in modules:
            for name in ("now", "sleep_ms", "wait_ms"):
                if hasattr(module, name):
                    setattr(module, name, getattr(self, name))

    def now(self):
        return self.t & (wire.PERIOD - 1)

    async def sleep_ms(self, ms):
        await self._until(self.t + ms, asyncio.Event())

    async def _until(self, at, event):
        item = [at, event]
        self._waits.append(item)
        try:
            await event.wait()
        finally:
            self._waits = [each for each in self._waits if each is not item]

    async def wait_ms(self, work, ms):
        done, result = asyncio.Event(), []

        async def run():
            try:
                result.append((await work, None))
            except Exception as error:
                result.append((None, error))
            done.set()

        task = asyncio.create_task(run())
        try:
            await self._until(self.t + ms, done)
        finally:
            task.cancel()
        if not result:
            raise asyncio.TimeoutError
        if result[0][1]:
            raise result[0][1]
        return result[0][0]

    async def forward(self, ms):
        """Let `ms` pass, moment by moment."""
        end = self.t + ms
        await settle()
        while True:
            due = [item[0] for item in self._waits if item[0] <= end and not item[1].is_set()]
            if not due:
                break
            self.t = min(due)
            for item in list(self._waits):
                if item[0] <= self.t:
                    item[1].set()
            await settle()
        self.t = end
        await settle()


class Broker:
    """Takes the client's packets into `got` as (kind, body) and answers as its switches say."""

    def __init__(self, time):
        self.time = time
        self.got = []
        self.opened = []  # times of attempts
        self.links = []
        self.refuse = self.hole = False
        self.names = None  # name -> address; None: each name is known
        self.at = None  # the only address at which there is a broker; None: at each
        self.session = 0  # "session present" of its CONNACK
        self.jealous = False  # ends the older connection when another comes, as for one client id
        self.connack, self.suback = 0, 1
        self.acks = self.pongs = True
        self.piece = 0  # bytes that one read gives at most; 0: all
        mqtt.Link = self._link

    def _link(self):
        link = Link(self)
        self.links.append(link)
        return link

    @property
    def link(self):
        return self.links[-1]

    def kinds(self):
        return [kind for kind, _ in self.got]

    def publishes(self):
        """What the client published: (kind, topic, packet id or 0, payload)."""
        out = []
        for kind, body in self.got:
            if kind & 0xF0 == 0x30:
                n = 2 + (body[0] << 8 | body[1])
                qos = kind >> 1 & 3
                pid = body[n] << 8 | body[n + 1] if qos else 0
                out.append((kind, body[2:n], pid, body[n + 2 * qos :]))
        return out

    def send(self, topic, payload, qos=1, retain=0, pid=77):
        """A message to the client."""
        self.link.feed(bytes(mqtt.publish_packet(topic, payload, qos, retain, pid)))

    def packet(self, link, kind, body):
        self.got.append((kind, body))
        if kind == 0x10:
            if self.jealous:
                for other in self.links:
                    if other is not link:
                        other.end()
            link.feed(bytes([0x20, 2, self.session, self.connack]))
        elif kind == 0x82:
            n, at = 0, 2
            while at < len(body):
                at += 3 + (body[at] << 8 | body[at + 1])
                n += 1
            link.feed(bytes([0x90, 2 + n]) + body[:2] + bytes([self.suback] * n))
        elif kind == 0xC0 and self.pongs:
            link.feed(b"\xd0\0")
        elif kind & 0xF6 == 0x32 and self.acks:
            n = 2 + (body[0] << 8 | body[1])
            link.feed(b"\x40\x02" + body[n : n + 2])


class Link:
    """One connection to a Broker, with the names of `gongzhi_node.ports`' Link."""

    def __init__(self, broker):
        self._broker = broker
        self._in = b""
        self._out = b""
        self._event = asyncio.Event()
        self.ended = self.closed = False
        self.stuck = 0

    async def open(self, host, port, ms):
        broker = self._broker
        broker.opened.append(broker.time.t)
        if host.endswith("._tcp"):
            host, port = await mdns.place(host, ms // 2, node.Plain.found)
        if broker.names is not None and not host.replace(".", "").isdigit():
            if host not in broker.names:
                raise OSError(-2)
            host = broker.names[host]
        if broker.refuse or broker.at not in (None, host):
            raise OSError(111)
        if broker.hole:
            await broker.time.sleep_ms(ms)
            raise asyncio.TimeoutError

    async def readinto(self, buf):
        while not self._in and not self.ended:
            self._event.clear()
            await self._event.wait()
        n = min(len(buf), len(self._in), self._broker.piece or 1 << 20)
        buf[:n] = self._in[:n]
        self._in = self._in[n:]
        return n

    def feed(self, data):
        self._in += data
        self._event.set()

    def end(self):
        """The broker closes."""
        self.ended = True
        self._event.set()

    def write(self, buf):
        if self.ended or self.closed:
            raise OSError(104)
        if self.stuck:
            self.stuck += len(buf)
            return
        buf = bytes(buf)
        at, size, shift = 1, 0, 0
        while True:
            size |= (buf[at] & 0x7F) << shift
            shift += 7
            at += 1
            if not buf[at - 1] & 0x80:
                break
        assert at + size == len(buf), "not one packet a write"
        self._broker.packet(self, buf[0], buf[at:])

    def pending(self):
        return self.stuck

    def close(self):
        self.closed = True
