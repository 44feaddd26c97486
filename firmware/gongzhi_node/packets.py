"""Takes fields, gives MQTT 3.1.1 packets; takes bytes as they arrive, gives whole packets without allocating.

Numbers of sections are those of the OASIS text of MQTT 3.1.1.
"""

from gongzhi_node.ports import const

_SMALL = const(512)
_ENOUGH = const(160)  # within so many bytes a packet to us has shown its packet id


def _head(kind, size):
    """A packet's bytearray with its fixed header written, and the offset of what follows (2.2.3)."""
    n = 1 if size < 128 else 2 if size < 16384 else 3
    out = bytearray(1 + n + size)
    out[0] = kind
    for i in range(1, n + 1):
        out[i] = (size & 0x7F) | (0x80 if i < n else 0)
        size >>= 7
    return out, n + 1


def _put(out, at, text):
    """Write a length and `text` (bytes) at `at`; the offset behind it."""
    n = len(text)
    out[at] = n >> 8
    out[at + 1] = n & 255
    out[at + 2 : at + 2 + n] = text
    return at + 2 + n


def connect_packet(cid, keepalive, user, password, will):
    """CONNECT (3.1) with a clean session; `will` is (topic, payload) and is sent retained at QoS 1, or None."""
    fields = [cid.encode()]
    flags = 2
    if will:
        flags |= 4 | 1 << 3 | 1 << 5
        fields += will
    if user:
        flags |= 0x80
        fields.append(user.encode())
        if password is not None:
            flags |= 0x40
            fields.append(password.encode())
    size = 10
    for field in fields:
        size += 2 + len(field)
    out, at = _head(0x10, size)
    at = _put(out, at, b"MQTT")
    out[at] = 4
    out[at + 1] = flags
    out[at + 2] = keepalive >> 8
    out[at + 3] = keepalive & 255
    at += 4
    for field in fields:
        at = _put(out, at, field)
    return out


def publish_packet(topic, payload, qos, retain, pid):
    """PUBLISH (3.3) of bytes to a topic (bytes)."""
    out, at = _head(0x30 | qos << 1 | (1 if retain else 0), 2 + len(topic) + 2 * qos + len(payload))
    at = _put(out, at, topic)
    if qos:
        out[at] = pid >> 8
        out[at + 1] = pid & 255
        at += 2
    out[at:] = payload
    return out


def subscribe_packet(filters):
    """SUBSCRIBE (3.8) to topic filters (bytes) at QoS 1, with packet id 1: only one is ever under way, and the ids of
    its acknowledgement are of a kind of their own."""
    size = 2
    for text in filters:
        size += 3 + len(text)
    out, at = _head(0x82, size)
    out[at + 1] = 1
    at += 2
    for text in filters:
        at = _put(out, at, text)
        out[at] = 1
        at += 1
    return out


class Inbox:
    """A buffer into which a link reads: small, and for a packet of up to `size` bytes larger for a while. `fed(n)`
    says that n more bytes have come, and calls `take(kind, start, end)` for each whole packet, whose body is then
    buf[start:end]; `refuse(kind, start)` for one that is too large, or larger than there is memory for. Raises
    ValueError for a length that no packet may have."""

    def __init__(self, size, take, refuse):
        self._most, self._take, self._refuse = size, take, refuse
        self.buf = bytearray()
        self.view = memoryview(self.buf)
        self.clear()

    def clear(self):
        """A new connection begins."""
        self._have = self._skip = 0
        self._resize(min(self._most, _SMALL), 0)

    def _resize(self, size, at):
        """A buffer of `size` bytes that begins with what is now at `at`; False if there is no memory for it."""
        try:
            buf = bytearray(size)
        except MemoryError:
            return False
        if self._have > at:
            buf[: self._have - at] = self.view[at : self._have]
        self._have -= at
        self.buf, self.view = buf, memoryview(buf)
        return True

    def room(self):
        """Where the next bytes are to be written."""
        return self.view[self._have :] if self._have else self.view

    def fed(self, n):
        """Handle the packets that are complete with the `n` bytes that have come."""
        # In one piece, although it is long: a call for each packet, with five numbers to give back, would allocate.
        have = self._have + n
        buf = self.buf
        at = min(self._skip, have)
        self._skip -= at
        while have - at >= 2:
            size = shift = 0
            i = at + 1
            while i < have:
                byte = buf[i]
                i += 1
                size |= (byte & 0x7F) << shift
                shift += 7
                if byte < 0x80:
                    break
                if shift > 21:
                    raise ValueError("protocol: length")
            if buf[i - 1] >= 0x80:
                break  # the length itself is not complete
            end = i + size
            if len(buf) < end - at <= self._most:
                self._have = have
                if self._resize(end - at, at):
                    return
            if end - at > len(buf):
                if have - at < _ENOUGH:
                    break
                self._refuse(buf[at], i)
                self._skip = max(0, end - have)
                end = min(end, have)
            elif end > have:
                break
            else:
                self._take(buf[at], i, end)
            at = end
        if at == have and len(buf) > _SMALL:
            self._have = have
            self._resize(_SMALL, at)
        elif at:
            buf[: have - at] = buf[at:have]
        self._have = have - at
