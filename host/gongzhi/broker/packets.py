"""Takes the bytes of MQTT 3.1.1 control packets, gives their checked contents; and the way back for a server's packets.

Numbers such as 3.1.2-3 are the normative statements of the OASIS standard "MQTT Version 3.1.1", 29 October 2014.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP = 1, 2, 3, 4, 5, 6, 7
SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, DISCONNECT = 8, 9, 10, 11, 12, 13, 14

ACCEPTED, BAD_PROTOCOL, BAD_ID, UNAVAILABLE, BAD_LOGIN, NOT_AUTHORISED = 0, 1, 2, 3, 4, 5
REFUSED: Final = 0x80
PING_ANSWER: Final = b"\xd0\x00"


class ProtocolError(Exception):
    """The peer broke the protocol; the text names the statement. The connection is to be closed (4.8.0-1)."""


@dataclass(frozen=True, slots=True)
class Will:
    """What is published for a client that is lost."""

    topic: bytes
    payload: bytes
    qos: int
    retain: bool


@dataclass(frozen=True, slots=True)
class Connect:
    """A CONNECT packet; `keepalive` in seconds, 0 for none. `level` 4 is MQTT 3.1.1."""

    level: int
    client: str
    clean: bool
    keepalive: int
    will: Will | None
    user: str | None
    password: bytes | None


def header(data: bytes, at: int, limit: int) -> tuple[int, int, int] | None:
    """The fixed header at `at`: (first byte, start, end) of the packet's body; None while bytes are missing.

    Raises ProtocolError for a length of more than four bytes (2.2.3) or above `limit`.
    """
    have = len(data)
    if have - at < 2:
        return None
    length = data[at + 1]
    start = at + 2
    if length > 127:
        length &= 127
        shift = 7
        while True:
            if shift > 21:
                raise ProtocolError("2.2.3: a remaining length of more than four bytes")
            if start >= have:
                return None
            byte = data[start]
            start += 1
            length |= (byte & 127) << shift
            if byte < 128:
                break
            shift += 7
    if length > limit:
        raise ProtocolError(f"a packet of {length} bytes, the limit is {limit}")
    end = start + length
    return (data[at], start, end) if end <= have else None


class _Reader:
    """Walks through one packet's body; what does not fit raises ProtocolError."""

    def __init__(self, body: bytes) -> None:
        self.body, self.at = body, 0

    def byte(self) -> int:
        if self.at >= len(self.body):
            raise ProtocolError("the packet ends too early")
        self.at += 1
        return self.body[self.at - 1]

    def word(self) -> int:
        return self.byte() << 8 | self.byte()

    def data(self) -> bytes:
        length = self.word()
        self.at += length
        if self.at > len(self.body):
            raise ProtocolError("a field is longer than its packet")
        return self.body[self.at - length : self.at]

    def text(self) -> str:
        return decode_text(self.data())

    def left(self) -> bool:
        return self.at < len(self.body)


def decode_text(data: bytes) -> str:
    """The text of a UTF-8 string; U+0000 and surrogates are refused (1.5.3-1, 1.5.3-2), a BOM is kept (1.5.3-3)."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise ProtocolError("1.5.3-1: a text that is not UTF-8") from error
    if "\0" in text:
        raise ProtocolError("1.5.3-2: U+0000 in a text")
    return text


def decode_connect(body: bytes) -> Connect:
    """The contents of a CONNECT packet. An unknown level is returned with nothing else read (3.1.2-2)."""
    read = _Reader(body)
    if read.data() not in (b"MQTT", b"MQIsdp"):
        raise ProtocolError("3.1.2-1: the protocol's name is not MQTT")
    level = read.byte()
    if level != 4 or body[:6] != b"\x00\x04MQTT":
        return Connect(level if level != 4 else 0, "", True, 0, None, None, None)
    flags = read.byte()
    if flags & 1:
        raise ProtocolError("3.1.2-3: the reserved flag is set")
    will_qos = flags >> 3 & 3
    if will_qos == 3 or (not flags & 4 and flags & 0x38):
        raise ProtocolError("3.1.2-11, 3.1.2-13 to 3.1.2-15: the will's flags")
    if flags & 0x40 and not flags & 0x80:
        raise ProtocolError("3.1.2-22: a password without a user")
    keepalive = read.word()
    client = read.text()
    will = None
    if flags & 4:
        topic = read.data()
        check_topic(topic)
        will = Will(topic, read.data(), will_qos, bool(flags & 0x20))
    user = read.text() if flags & 0x80 else None
    password = read.data() if flags & 0x40 else None
    if read.left():
        raise ProtocolError("bytes after the end of CONNECT")
    return Connect(level, client, bool(flags & 2), keepalive, will, user, password)


def check_topic(data: bytes) -> str:
    """The text of a topic to publish to: not empty (4.7.3-1), no wildcards (3.3.2-2)."""
    text = decode_text(data)
    if not text or "+" in text or "#" in text:
        raise ProtocolError("3.3.2-2, 4.7.3-1: an empty topic, or one with a wildcard")
    return text


def decode_publish(first: int, body: bytes) -> tuple[bytes, bytes, int, int]:
    """(topic with its two bytes of length, payload, QoS, packet id or 0). The topic's text is not checked here."""
    qos = first >> 1 & 3
    if len(body) < 2:
        raise ProtocolError("the packet ends too early")
    end = 2 + (body[0] << 8 | body[1])
    if not qos:
        if first & 8:
            raise ProtocolError("3.3.1-2: DUP with QoS 0")
        if end > len(body):
            raise ProtocolError("a topic that is longer than its packet")
        return body[:end], body[end:], 0, 0
    if qos == 3:
        raise ProtocolError("3.3.1-4: QoS 3")
    if end + 2 > len(body):
        raise ProtocolError("a topic that is longer than its packet")
    number = body[end] << 8 | body[end + 1]
    if not number:
        raise ProtocolError("2.3.1-1: packet id 0")
    return body[:end], body[end + 2 :], qos, number


def decode_id(body: bytes) -> int:
    """The packet id that is all there is in an acknowledgement."""
    if len(body) != 2:
        raise ProtocolError("an acknowledgement is two bytes long")
    number = body[0] << 8 | body[1]
    if not number:
        raise ProtocolError("2.3.1-1: packet id 0")
    return number


def decode_subscribe(body: bytes) -> tuple[int, list[tuple[str, int]]]:
    """(packet id, [(filter, wanted QoS), …]) of a SUBSCRIBE packet; a wrong filter is an error (4.7.1-2, 4.7.1-3)."""
    read = _Reader(body)
    number = read.word()
    wanted: list[tuple[str, int]] = []
    while read.left():
        pattern = read.text()
        check_filter(pattern)
        qos = read.byte()
        if qos > 2:
            raise ProtocolError("3.8.3-4: a wanted QoS that is not 0, 1 or 2")
        wanted.append((pattern, qos))
    if not number or not wanted:
        raise ProtocolError("2.3.1-1, 3.8.3-3: SUBSCRIBE without an id or without a filter")
    return number, wanted


def decode_unsubscribe(body: bytes) -> tuple[int, list[str]]:
    """(packet id, [filter, …]) of an UNSUBSCRIBE packet."""
    read = _Reader(body)
    number = read.word()
    patterns: list[str] = []
    while read.left():
        patterns.append(read.text())
        check_filter(patterns[-1])
    if not number or not patterns:
        raise ProtocolError("2.3.1-1, 3.10.3-2: UNSUBSCRIBE without an id or without a filter")
    return number, patterns


def check_filter(pattern: str) -> None:
    """Refuse a filter that is empty or has a wildcard where none may stand (4.7.1-2, 4.7.1-3, 4.7.3-1)."""
    if not pattern:
        raise ProtocolError("4.7.3-1: an empty filter")
    if "#" not in pattern and "+" not in pattern:
        return
    levels = pattern.split("/")
    for index, level in enumerate(levels):
        if level == "#" and index == len(levels) - 1:
            continue
        if level != "+" and ("#" in level or "+" in level):
            raise ProtocolError(f"4.7.1-2, 4.7.1-3: the filter {pattern!r}")


def size(length: int) -> bytes:
    """The remaining length `length` as one to four bytes (2.2.3)."""
    if length < 128:
        return bytes((length,))
    if length < 16384:
        return bytes((length & 127 | 128, length >> 7))
    out = bytearray()
    while length > 127:
        out.append(length & 127 | 128)
        length >>= 7
    out.append(length)
    return bytes(out)


def connack(code: int, present: bool = False) -> bytes:
    """CONNACK; `present` only with code 0 (3.2.2-4)."""
    return bytes((0x20, 2, present and code == ACCEPTED, code))


def suback(number: int, codes: list[int]) -> bytes:
    """SUBACK with one code for each filter, in their order (3.8.4-5)."""
    return b"\x90" + size(2 + len(codes)) + number.to_bytes(2, "big") + bytes(codes)


def short(kind: int, number: int) -> bytes:
    """PUBACK, PUBREC, PUBREL, PUBCOMP or UNSUBACK, which carry only a packet id."""
    return bytes((kind << 4 | (2 if kind == PUBREL else 0), 2, number >> 8, number & 255))


def publish(topic: bytes, payload: bytes, qos: int, number: int, *, retain: bool = False, dup: bool = False) -> bytes:
    """PUBLISH; `topic` with its two bytes of length; `number` counts only above QoS 0."""
    first = 0x30 | qos << 1 | retain | dup << 3
    if not qos:
        return b"".join((bytes((first,)), size(len(topic) + len(payload)), topic, payload))
    length = len(topic) + len(payload) + 2
    return b"".join((bytes((first,)), size(length), topic, number.to_bytes(2, "big"), payload))
