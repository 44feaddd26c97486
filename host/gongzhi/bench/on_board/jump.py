"""Takes the node's waiting, gives it time that jumps to the next moment at which anybody wants something, so that a day
takes minutes; and a broker in memory in the place of TCP. To be imported before the node's own files but its ports."""

import asyncio
from asyncio import core

import gongzhi_node.ports
from gongzhi_node import app

PERIOD = 1 << 30
t = PERIOD - 3600000  # ms; the board's clock turns over after an hour
_napping = core.TaskQueue()


class _Nap(core.SingletonGenerator):
    """As asyncio's own: one object for all, so that waiting allocates nothing."""

    def __next__(self):
        if self.state is None:
            self.exc.__traceback__ = None
            raise self.exc
        _napping.push(core.cur_task, self.state)
        core.cur_task.data = _napping  # where a cancellation finds it
        self.state = None


_nap = _Nap()


def sleep_ms(ms):
    _nap.state = t + max(0, ms)
    return _nap


def now():
    return t & (PERIOD - 1)


async def wait_ms(work, ms):
    """As asyncio's own, which takes a task for one that sleeps by what is not in its `data`."""
    me, result = core.cur_task, []

    async def run():
        try:
            result.append((await work, None))
        except Exception as error:
            result.append((None, error))
        me.cancel()

    task = asyncio.create_task(run())
    try:
        await sleep_ms(ms)
    except asyncio.CancelledError:
        if not result:
            task.cancel()
            raise
    if not result:
        task.cancel()
        raise asyncio.TimeoutError
    if result[0][1]:
        raise result[0][1]
    return result[0][0]


class _Jumps:
    """In the place of asyncio's poll: when nobody can go on, time does."""

    map = True

    def wait_io_event(self, dt):
        global t
        if dt:
            task = _napping.pop()
            t = task.ph_key
            core._task_queue.push(task)


class Link:
    """A TCP connection to `broker` (room.py), with the names of the port's own."""

    broker = None
    found = {}

    def __init__(self):
        self._in, self._event = b"", asyncio.Event()
        self.ended = False

    async def open(self, host, port, ms):
        if not Link.broker.there:
            raise OSError(111)
        Link.broker.link = self

    async def readinto(self, buf):
        while not self._in and not self.ended:
            self._event.clear()
            await self._event.wait()
        n = min(len(buf), len(self._in))
        buf[:n] = self._in[:n]
        self._in = self._in[n:]
        return n

    def feed(self, data):
        self._in += data
        self._event.set()

    def end(self):
        self.ended = True
        self._event.set()

    def write(self, buf):
        if self.ended:
            raise OSError(104)
        Link.broker.packet(self, buf)

    def pending(self):
        return 0

    def close(self):
        self.ended = True


core._io_queue = _Jumps()
for _module in (gongzhi_node.ports, app):
    _module.now, _module.sleep_ms, _module.wait_ms, _module.Link = now, sleep_ms, wait_ms, Link
