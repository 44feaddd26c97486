"""Takes messages for the other end of a serial line and the bytes that come from it, gives lines to write and messages
received: frames, checksums, sequence and repetition. One definition, for board and host (docs/wire.md, Serial line).

It knows neither ports nor tasks: whoever has the line calls `feed` and `due` with the time in ms modulo 2^30.
"""

from binascii import crc32

from gongzhi_node.ports import const
from gongzhi_node.wire import diff

MARK = b"#gz"  # at MicroPython's prompt the whole line is a comment
LONGEST = const(2048)  # bytes of a line; a configuration of 8 parts has about 1,100
ALIVE_MS = const(500)  # a line at least so often, while there is a session …
SILENT_MS = const(3000)  # … and who hears none for so long takes the other end for gone
_AGAIN_MS = const(400)  # at 115,200 baud a window of 8 takes 140 ms
_WINDOW = const(8)
_BOX = const(32)
_LOOSE = const(4)
_LIFE_MS = const(60000)  # no undelivered message is worth more than the longest lease
_SEQ = const(0xFFFF)


def frame(way, kind, seq, body=b""):
    """One line: `way` "u" (from the board) or "d"; `kind` one letter; `seq` 0..65535; `body` without control bytes.

    It begins with a line end of its own, so that half a line of console output before it spoils nothing."""
    head = ("%s%s%04x" % (way, kind, seq)).encode()
    # CRC-32 of IEEE 802.3 (as in zlib), over all but the mark and itself.
    return b"\n" + MARK + head + (" %08x " % crc32(body, crc32(head))).encode() + body + b"\n"


def parse(line, way):
    """(kind, seq, body) of the frame for us in a line (bytes without its end), or None."""
    at = line.find(MARK)
    while at >= 0:
        head = line[at + 3 : at + 9]
        if len(line) >= at + 19 and line[at + 3 : at + 4] == way and line[at + 9] == line[at + 18] == 32:
            body = line[at + 19 :]
            try:
                if int(line[at + 10 : at + 18], 16) == crc32(body, crc32(head)):
                    return chr(head[1]), int(head[2:], 16), body
            except ValueError:
                pass  # noise where the digits ought to be
        at = line.find(MARK, at + 1)
    return None


class Splitter:
    """Cuts what arrives into lines, and those into frames and the rest. `on_frame(kind, seq, body)`; `on_text(line)`,
    if set, gets each other line. `bad` counts lines with our mark that are no good frame, `long` those cut off."""

    def __init__(self, way, on_frame):
        self._way, self._on_frame = way, on_frame
        self.on_text = None
        self.bad = self.long = 0
        self._buf = bytearray()
        self._skip = False

    def feed(self, data):
        """Take bytes, in pieces of any size."""
        while data:
            end = data.find(b"\n")
            piece = data if end < 0 else data[:end]
            if len(self._buf) + len(piece) > LONGEST:
                self.long += not self._skip
                self._skip = True
                self._buf = bytearray()
            elif not self._skip:
                self._buf += piece
            if end < 0:
                return
            if not self._skip and self._buf:
                self._line(bytes(self._buf).rstrip(b"\r"))
                self._buf = bytearray()
            self._skip = False
            data = data[end + 1 :]

    def _line(self, line):
        found = parse(line, self._way)
        if found:
            self._on_frame(*found)
            return
        if MARK in line:
            self.bad += 1
        if self.on_text:
            self.on_text(line)


class Talk:
    """One end's half of the sequence: messages that must arrive are numbered, sent again until acknowledged (at most
    8 under way), taken in their order and once in a session. `way` is "u" on the board and "d" on the host.

    `deliver(body, seq)` gets a message (`seq` None: one that is not acknowledged); True acknowledges it, otherwise
    `took(seq)` does, in order. Counts: `dropped` (box full, or older than 60 s), `again` (lines sent once more).
    """

    def __init__(self, way, deliver, t):
        self._way, self._deliver = way, deliver
        self.dropped = self.again = 0
        self._box = []  # [body, born, keep, seq or -1]: those with a number are under way
        self.restart(t)

    def restart(self, t):
        """A new session: numbers begin anew; what was not acknowledged is sent again, if it is to be kept."""
        self._box = [[body, born, keep, -1] for body, born, keep, _ in self._box if keep]
        self._next = self._want = self._sent = 0  # _sent: how many of the box are under way
        self._took = _SEQ  # the number before the first
        self._answer = False
        self._wrote = self._moved = self.heard = t
        self._loose = []

    def put(self, body, t, keep=True):
        """A message that must arrive; of 32 that wait the oldest goes that was never under way."""
        if len(self._box) >= _BOX:
            self._drop()
        self._box.append([body, t, keep, -1])

    def loose(self, body):
        """A message that need not arrive: False while four of them still wait for the line."""
        if len(self._loose) >= _LOOSE:
            return False
        self._loose.append(body)
        return True

    def waiting(self):
        """How many messages are not acknowledged."""
        return len(self._box)

    def took(self, seq):
        """The message `seq` is in good hands."""
        self._took = seq
        self._answer = True

    def silent(self, t):
        """True when the other end has said nothing for 3 s."""
        return diff(t, self.heard) >= SILENT_MS

    def received(self, kind, seq, body, t):
        """A good frame of the kinds A, D or N."""
        self.heard = t
        if kind == "N":
            self._deliver(body, None)
        elif kind == "A":
            self._acked(seq, t)
        elif kind == "D":
            if seq == self._want:
                self._want = (seq + 1) & _SEQ
                if self._deliver(body, seq):
                    self._took = seq
            self._answer = True  # a repetition, and one that came too early, are told where we are

    def _acked(self, seq, t):
        while self._numbered() and (seq - self._box[0][3]) & _SEQ < 0x8000:
            self._box.pop(0)
            self._sent = max(0, self._sent - 1)  # an acknowledgement may come after we have begun to repeat
            self._moved = t

    def _numbered(self):
        """How many, from the oldest, have a number: the other end awaits it, so they cannot be dropped."""
        n = 0
        while n < len(self._box) and self._box[n][3] >= 0:
            n += 1
        return n

    def _drop(self):
        self._box.pop(self._numbered())
        self.dropped += 1

    def expire(self, t):
        """Let go of what is too old and has never been under way in this session."""
        n = self._numbered()
        while len(self._box) > n and diff(t, self._box[n][1]) >= _LIFE_MS:
            self._drop()

    def due(self, t, open_=True):
        """The next line to write now, or None; `open_` False: acknowledgements only, no messages yet."""
        if open_ and self._sent and diff(t, self._moved) >= _AGAIN_MS:
            self.again += self._sent
            self._sent = 0
            self._moved = t
        line = None
        if self._answer:
            self._answer = False
            line = frame(self._way, "A", self._took)
        elif open_ and self._sent < min(_WINDOW, len(self._box)):
            item = self._box[self._sent]
            if item[3] < 0:
                item[3] = self._next
                self._next = (self._next + 1) & _SEQ
            self._sent += 1
            self._moved = t
            line = frame(self._way, "D", item[3], item[0])
        elif open_ and self._loose:
            line = frame(self._way, "N", 0, self._loose.pop(0))
        elif diff(t, self._wrote) >= ALIVE_MS:
            line = frame(self._way, "A", self._took)
        if line:
            self._wrote = t
        return line
