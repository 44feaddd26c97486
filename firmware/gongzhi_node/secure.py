"""Takes the room's certificate out of the chip's storage, gives links under TLS that take no other broker's word.

Loaded only where config.json asks for it ("tls"): a connection takes 25 to 30 KB of the memory that ESP-IDF keeps
beside MicroPython's heap, so it is looked at first, and what has no room is refused with a word. There is
no way from here to a link without TLS.
"""

import asyncio
import ssl
import sys
import time

from gongzhi_node import keys, mqtt
from gongzhi_node.ports import Link as Plain
from gongzhi_node.ports import const, print_exception, sleep_ms, wait_ms

_FREE = const(40000)  # bytes of ESP-IDF's heap before a connection
_PIECE = const(17500)  # of it in one piece: a record of 16 KB and its head (MBEDTLS_SSL_IN_CONTENT_LEN of the images)
_SLOW = const(3)  # an ESP32 works for seconds on the keys of a handshake
# RFC 8446, 6: a fatal alert "internal_error", which means memory, too. The broker tells people what it stands for.
_NO_ROOM = b"\x15\x03\x03\0\x02\x02\x50"


def start(client):
    """Let `client` make no link but such. A board has one client, and an attribute of it for this would cost each board
    160 bytes: its table of attributes is full."""
    mqtt.Link = Room(client).link  # type: ignore[assignment, misc]


class Refused(OSError):
    """There is no link, and why, in words for a person at the console."""


class Room:
    """The room's certificate and what follows from it. `client` (of mqtt.py) knows whether blocking is harmless now."""

    def __init__(self, client):
        self.client = client
        self._context = None
        self._said = ""

    def link(self):
        """A link that is not open yet."""
        return Link(self)

    def context(self):
        """What TLS needs to know; raises Refused."""
        if self._context is None:
            kept = keys.read(keys.CA)
            if not kept or len(kept) < 100:
                raise Refused("no certificate of the room: gongzhi board secrets gives it")
            set_clock(int.from_bytes(kept[:4], "big"))
            made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            made.verify_mode = ssl.CERT_REQUIRED  # type: ignore[attr-defined]
            try:
                made.load_verify_locations(cadata=kept[4:])
            except (ValueError, OSError):
                raise Refused("the room's certificate is damaged: gongzhi board secrets gives it anew")
            self._context = made
        return self._context

    def tell(self, why):
        """Print why there is no link, once while it stays the same; "" when there is one."""
        if why and why != self._said:
            print("gongzhi: TLS:", why)
        self._said = why


class Link(Plain):
    """A link over which nothing goes before the broker has proved who it is."""

    def __init__(self, room):
        Plain.__init__(self)
        self._room, self._tls = room, None

    async def open(self, host, port, ms):
        """As the plain one; `host` has to stand in the broker's certificate."""
        try:
            while self._room.client.idle and not self._room.client.idle():  # a handshake holds up the whole board
                await sleep_ms(100)
            context = self._room.context()
            short = shortage()
            if short:
                await self._say_no(host, port, ms)
                raise Refused(short)
            await self._open(context, host, port, ms)
        except (ValueError, OSError) as error:
            raise self._fault(error)

    def _fault(self, error):
        """What to raise for `error`; if it is about TLS, the console and the client's `why` have it in words."""
        why = reason(error)
        if not why:
            return error
        self._room.tell(why)
        self._room.client.why = self._room.client.why or "TLS: " + why
        return Refused("TLS: " + why)

    async def _say_no(self, host, port, ms):
        try:
            await Plain.open(self, host, port, ms)
            self.write(_NO_ROOM)
            await sleep_ms(50)
        except (OSError, asyncio.TimeoutError):
            pass  # nobody to tell it to

    async def _open(self, context, host, port, ms):
        if sys.implementation.name != "micropython":
            if host.endswith("._tcp"):
                from gongzhi_node import mdns

                host, port = await mdns.place(host, ms // 2, Plain.found)
            opening = asyncio.open_connection(host, port, ssl=context, server_hostname=host)
            self._r, self._w = await wait_ms(opening, _SLOW * ms)  # type: ignore[var-annotated]
            return
        await Plain.open(self, host, port, ms)
        if host.endswith("._tcp"):
            host = Plain.found[host][0]
        self._tls = context.wrap_socket(self._socket, server_hostname=host, do_handshake_on_connect=False)
        # MicroPython has no call for the handshake alone: what reads or writes first does it, in pieces.
        self._s = asyncio.StreamWriter(self._tls, {})

    async def readinto(self, buf):
        """As the plain one."""
        try:
            n = await Plain.readinto(self, buf)
        except (ValueError, OSError) as error:
            raise self._fault(error)
        if n:
            self._room.tell("")  # the broker is who it says
        return n

    def write(self, buf):
        """As the plain one."""
        try:
            Plain.write(self, buf)
        except (ValueError, OSError) as error:
            raise self._fault(error)

    async def _drain(self):
        try:
            await self._s.drain()
        except (ValueError, OSError) as error:
            self._fault(error)  # the reader meets the same end and reports it

    def close(self):
        """End the connection; never raises."""
        if self._tls:
            try:
                self._tls.close()
            except OSError as error:
                print_exception(error)
        Plain.close(self)


def shortage():
    """Why the chip has no memory for a connection, or ""."""
    try:
        from esp32 import HEAP_DATA, idf_heap_info
    except ImportError:
        return ""  # no ESP32, and none of its limits
    free = piece = 0
    for region in idf_heap_info(HEAP_DATA):  # (total, free, largest free piece, least free so far)
        free += region[1]
        piece = max(piece, region[2])
    if free >= _FREE and piece >= _PIECE:
        return ""
    return "too little memory: %d bytes free, %d in one piece; %d and %d are needed" % (free, piece, _FREE, _PIECE)


def reason(error):
    """What `error` says of TLS in words, or "" if it says nothing of it (the network is away)."""
    if isinstance(error, Refused):
        return error.args[0]
    said = str(error).lower()
    for mark, words in (
        ("expired", "the broker's certificate has expired"),
        ("future", "the broker's certificate is not yet valid"),
        ("not yet valid", "the broker's certificate is not yet valid"),
        ("common name", "the broker's certificate is for another name or address"),
        ("mismatch", "the broker's certificate is for another name or address"),
        ("not valid for", "the broker's certificate is for another name or address"),
        ("trusted ca", "the broker's certificate is not this room's"),
        ("verify failed", "the broker's certificate is not this room's"),
    ):
        if mark in said:
            return words
    if isinstance(error, ValueError) or "ssl" in said or "tls" in said:
        return "no TLS at this port? " + said[:80]
    return ""


def set_clock(since):
    """A board begins in the year 2000 at each power on, when no certificate was valid yet: it is at least as late as
    the second (of Unix time) in which it was given the room's certificate."""
    epoch = 0 if time.gmtime(0)[0] == 1970 else 946684800  # MicroPython's on an ESP32 is 2000-01-01
    if time.time() + epoch >= since:
        return
    import machine

    t = time.gmtime(since - epoch)
    machine.RTC().datetime((t[0], t[1], t[2], t[6], t[3], t[4], t[5], 0))
