"""Takes messages about updates (docs/update.md), gives the board another program: signed, whole, and on trial first.

Loaded when one comes, forgotten when it is over.
"""

import asyncio
import hashlib
import os
import sys
from binascii import hexlify

import slots

from gongzhi_node import VERSION, keys, wire
from gongzhi_node.ports import BODY, const, forget, print_exception, wait_ms

PIECE = const(384)  # bytes: with topic and head it fits the client's small buffer, so that none is made for it
_AHEAD = const(4)  # pieces asked for at once: so many for each round trip
_WAIT_MS = const(3000)
_PATIENCE = const(200)  # times 3 s
_BUSY = const(3000)  # times 200 ms
ABI = getattr(sys.implementation, "_mpy", 0) & 0xFF  # of the bytecode that this interpreter takes; 0: source only
CHIP = getattr(sys.implementation, "_machine", "-").split()[-1].lower()
CHIP = CHIP if CHIP.startswith("esp32") else "esp32"  # a virtual board does not always say so


class Refused(Exception):
    """No update: `code` says why (docs/update.md), `at` where or how much."""

    def __init__(self, code, at=""):
        super().__init__(code, at)
        self.code, self.at = code, at


def heard(node, payload):
    """A message of `down/fw`: a piece of a file (its first byte is 1), or JSON."""
    if payload[0] == 1:
        if node.update:
            node.update.piece(payload)
        return
    ident = ""
    try:
        m = wire.unpack(payload)
        ident = m["id"] if isinstance(m.get("id"), str) else ""
        if m.get("op") == "ask":
            tell(node, ident)
        elif m.get("op") == "offer":
            _offered(node, m, ident[: wire.MAX_ID])
        elif m.get("op") == "end" and node.update:
            node.update.task.cancel()
        else:
            raise Refused("form")
    except ValueError as error:
        say(node, {"op": "no", "id": ident, "err": error.args[0], "at": ""})
    except Refused as no:
        say(node, {"op": "no", "id": ident, "err": no.code, "at": no.at})
    done(node)


def done(node):
    """Give the memory back, unless an update is under way."""
    if not node.update:
        forget("update", "fetch", "image", "keys")


def say(node, message, qos=1):
    """Publish on `up/fw`."""
    doc = node.board.doc
    topic = wire.topic(doc["space"], doc["team"], doc["device"], "up", "fw")
    return node.client.publish(topic.encode(), wire.pack(message), qos, False, False)


def tell(node, ident=""):
    """What runs here, and what could."""
    from gongzhi_node import image

    now, _, state, count = slots.read()
    message = {
        "op": "is", "id": ident, "sid": node.voice.sid(),
        "slot": now, "state": "try" if node.trial else state, "tries": count,
        "build": slots.build(now), "fw": VERSION, "board": node.board.doc.get("board", ""), "chip": CHIP, "mpy": ABI,
        "body": BODY,
        "free": free(), "part": image.running(), "key": 1 if keys.read(keys.KEY) else 0,
    }  # fmt: skip
    say(node, message)


def free():
    """Bytes that the file system can still take, or None where nobody knows."""
    try:
        stat = os.statvfs(".")
    except (AttributeError, OSError):
        return None
    return stat[0] * stat[3]


def mac(key, text):
    """HMAC-SHA-256 of `text` with a key of at most 64 bytes (RFC 2104), in hex."""
    block = key + bytes(64 - len(key))
    inner = hashlib.sha256(bytes([b ^ 0x36 for b in block]) + text).digest()
    return hexlify(hashlib.sha256(bytes([b ^ 0x5C for b in block]) + inner).digest()).decode()


def _offered(node, m, ident):
    """Begin with what `m` offers if it is signed, meant for this board, now, and fits it. Raises Refused."""
    head = m.get("h")
    if not isinstance(head, list) or len(head) != 9 or not all([isinstance(w, str) and "\n" not in w for w in head]):
        raise Refused("form", "h")
    key = keys.read(keys.KEY)
    if not key:
        raise Refused("key")
    if mac(key, "\n".join(head).encode()) != m.get("mac"):
        raise Refused("mac")
    kind, sid, build, version, board, fits, size, digest, older = head
    # Nobody has another one before the next connection: what was signed for an earlier one is not taken again.
    if sid != node.voice.sid():
        raise Refused("sid")
    own = node.board.doc.get("board", "")
    if board != own:
        raise Refused("board", own)
    if kind not in ("app", "image"):
        raise Refused("form", "h[0]")
    mine = str(ABI) if kind == "app" else CHIP
    if fits != mine:
        raise Refused("mpy" if kind == "app" else "chip", mine)
    if node.trial or slots.read()[2] == "try":
        raise Refused("trial")
    if kind == "app" and older != "1" and _number(version) < _number(VERSION):
        raise Refused("older", VERSION)
    if node.update:
        if node.update.digest == digest:
            return
        node.update.task.cancel()
    node.update = Session(node, ident, kind, build, int(size), digest)


def _number(version):
    """ "1.10.0" as [1, 10, 0]; raises Refused."""
    try:
        return [int(word) for word in version.split(".")]
    except ValueError:
        raise Refused("form", "h[3]")


class Session:
    """One update: fetches by asking for piece after piece, again whenever nothing comes, for 10 minutes. A broken
    connection, or a host that starts again, is no more than a pause."""

    def __init__(self, node, ident, kind, build, size, digest):
        self.node, self.ident, self.build, self.size, self.digest = node, ident, build, size, digest
        self._event = asyncio.Event()
        self._file = self._at = self._until = -1
        self._write = self._fault = None
        self.task = asyncio.create_task(self._run(kind))

    async def _run(self, kind):
        node = self.node
        try:
            if kind == "app":
                from gongzhi_node.fetch import install
            else:
                from gongzhi_node.image import install
            await install(self)
            await self._leave()
        except Refused as no:
            self._no(no.code, no.at)
        except OSError as error:
            self._no("flash", str(error))
        except Exception as error:
            print_exception(error)
            self._no("fault", repr(error)[:60])
        finally:
            if node.update is self:
                node.update = None
                done(node)

    def _no(self, code, at):
        say(self.node, {"op": "no", "id": self.ident, "err": code, "at": at})

    async def _leave(self):
        """Restart into what has been installed, once that is told and no part is under a lease."""
        node = self.node
        for _ in range(_BUSY):
            if not node.guard.busy():
                break
            await self._pause()
        say(node, {"op": "done", "id": self.ident, "build": self.build})
        for _ in range(25):
            if not node.client.waiting():
                break
            await self._pause()
        from gongzhi_node import boots

        boots.good()  # the restart is meant: it is none of a row of short lives
        print("gongzhi: restart into the update")
        node.board.rest_all(0)
        if node.restart:
            node.restart()

    async def _pause(self):
        try:
            await wait_ms(asyncio.Event().wait(), 200)
        except asyncio.TimeoutError:
            pass

    async def pull(self, file, at, size, write):
        """Fetch the bytes `at` to `size` of file number `file` (0: the manifest), which `write` gets in their order.
        Raises Refused("silent"), and what `write` raises."""
        self._file, self._at, self._write, self._fault = file, at, write, None
        silent = 0
        while self._at < size:
            if self.node.client.up:
                n = min(size - self._at, _AHEAD * PIECE)
                self._until = self._at + n
                say(self.node, {"op": "get", "id": self.ident, "f": file, "at": self._at, "n": n, "p": PIECE}, 0)
            self._event.clear()
            try:
                await wait_ms(self._event.wait(), _WAIT_MS)
                silent = 0
            except asyncio.TimeoutError:
                silent += 1
                if silent > _PATIENCE:
                    raise Refused("silent")
            if self._fault:
                raise self._fault
        self._file = -1

    def piece(self, payload):
        """1, file u16, offset u32 (big-endian), bytes."""
        file = payload[1] << 8 | payload[2]
        at = payload[3] << 24 | payload[4] << 16 | payload[5] << 8 | payload[6]
        if file != self._file or at != self._at or at >= self._until:
            return  # one that was asked for twice
        try:
            self._write(memoryview(payload)[7:])
        except Exception as error:  # it belongs to the update, not to the client that called us
            self._fault = error
            self._event.set()
            return
        self._at += len(payload) - 7
        if self._at >= self._until:
            self._event.set()
