"""Takes a page's number, shows that page's text on an SSD1306 or SSD1106 display of 128 x 64 dots."""

from gongzhi_node.parts.base import Output
from gongzhi_node.parts.i2c import Chip
from gongzhi_node.ports import const
from gongzhi_node.wire import add, diff

FONT = "font.bin"
_ROW = const(16)  # dots of a line of text: two of the display's eight strips
_SLICE = const(64)  # bytes in one transfer, half a strip: 1.7 ms at 400 kHz with its address
_SLICES = const(16)
_DRAWN = const(4)  # characters in one tick
_AGAIN_MS = const(200)  # from one slice sent for safety to the next
_BLANK = bytes(_SLICE)
_LOOK_MS = const(500)  # how often the numbers in a text are looked at
# Solomon Systech, SSD1306 data sheet revision 1.1, table 9-1 and section 8.9 "Power ON and OFF sequence", application
# note 4.4 (charge pump). The SSD1106 (SH1106) has the same commands but for the charge pump, which it ignores, and
# only the "page addressing mode" (section 10.1.3), which is why it is used for both.
_SETTINGS = (
    b"\x00"  # control byte: what follows are commands (8.1.5.2)
    b"\xa8\x3f\xd3\x00\x40"  # 64 rows, from the first one
    b"\xa1\xc8\xda\x12"  # the connector is at the top
    b"\xd5\x80\xd9\xf1\xdb\x40"  # clock, precharge, level: for the charge pump
    b"\x20\x02\x8d\x14"  # page addressing mode, charge pump on
    b"\x81\x7f\xa4\xa6"  # brightness, from memory, not inverted
)


class Font:
    """The characters in font.bin: "GZF1", their number (two bytes, low first), their code points (two bytes each, in
    order), their widths, then 32 bytes each: 16 columns of the upper eight rows, 16 of the lower, the top row in bit 0.
    What is not in it is a hollow box."""

    def __init__(self, path=FONT):
        self._file = None
        self._codes = self._widths = b""
        try:
            self._file = open(path, "rb")
            head = self._file.read(6)
            if head[:4] == b"GZF1":
                n = head[4] | head[5] << 8
                self._codes = self._file.read(2 * n)
                self._widths = self._file.read(n)
        except OSError:
            pass  # no text was foreseen
        self._dots = bytearray(32)

    def find(self, char):
        """The character's width; its dots are in `dots` then."""
        code, codes = ord(char), self._codes
        low, high = 0, len(self._widths)
        while low < high:
            at = (low + high) >> 1
            here = codes[2 * at] | codes[2 * at + 1] << 8
            if here == code:
                self._file.seek(6 + 3 * len(self._widths) + 32 * at)
                self._file.readinto(self._dots)
                return self._widths[at]
            if here < code:
                low = at + 1
            else:
                high = at
        return 0

    def draw(self, char, picture, x, row):
        """Draw it into the display's memory at column `x` of text line `row`; its width."""
        width, dots = self.find(char), self._dots
        if not width:
            width = 16 if ord(char) > 255 else 8
            for i in range(width):
                edge = i in (1, width - 2)
                dots[i] = 0xFC if edge else 0x04 if 1 < i < width - 2 else 0
                dots[16 + i] = 0x3F if edge else 0x20 if 1 < i < width - 2 else 0
        for half in range(2):
            at = (2 * row + half) * 128 + x
            for i in range(min(width, 128 - x)):
                picture[at + i] = dots[16 * half + i]
        return width

    def close(self):
        """Give the file back."""
        if self._file:
            self._file.close()


class Oled(Output):
    """`page` 1, 2 … shows that one of `texts`, 0 nothing. A text has up to four lines; "{name}" in it stands for what
    the input `name` of this board reads. The panel is drawn and sent slice by slice, about half a second for all of it.
    Every slice is sent again every 3 s, so that a panel whose cable was out for a moment shows everything again; while
    it does not answer, the part has failed. `offset` 2 for an SH1106 whose memory is wider than its glass.
    """

    PROP = "page"
    HI = 16
    RAMP = False
    PINS = ("scl", "sda")
    BUS = True
    OPTIONS = {"address": (0x3C, 0x3D), "offset": (0, 4), "turned": ("no", "yes")}

    def _open(self, spec):
        self._chip = Chip(spec, 0x3C)
        self._texts = spec.get("texts", [])
        self._offset = spec.get("offset", 0)
        self._settings = bytearray(_SETTINGS)
        if spec.get("turned") == "yes":
            self._settings[6], self._settings[7] = 0xA0, 0xC0
        self._picture = bytearray(1024)
        self._out = bytearray(_SLICE + 1)
        self._out[0] = 0x40  # control byte: what follows is for the display's memory
        self._where = bytearray(4)  # control byte, strip, column
        self._font = None
        self._parts: dict = {}
        self._dirty = 0  # a bit for each slice
        self._next = 0  # the next one to send for safety
        self._due = self._look = None
        self._lines: list = []  # of the page: the text as written, the inputs in it, what they read when it was drawn
        self._row = self._at = self._x = 0  # where drawing is
        self._line = ""
        self._ready = False

    def meet(self, parts):
        """Whose readings it may show."""
        self._parts = parts
        self._write(self.raw)

    def _write(self, raw):
        """Begin with the page; drawn and sent in the ticks to come."""
        lines = self._texts[raw - 1].split("\n")[:4] if 0 < raw <= len(self._texts) else []
        self._lines = [[line, self._inputs(line), None] for line in lines]
        self._clear(0, 1024)
        self._dirty = (1 << _SLICES) - 1
        self._row, self._line, self._at = -1, "", 0
        self._ready = False

    def _clear(self, start, count):
        for i in range(start, start + count, _SLICE):  # dot by dot would take a whole tick
            self._picture[i : i + _SLICE] = _BLANK

    def _inputs(self, line):
        return [part for name, part in self._parts.items() if "{%s}" % name in line]

    def set(self, value, t):
        """Go to that page; a panel that failed is set up anew."""
        self._ready = self._ready and not self.failed
        super().set(value, t)

    def tick(self, t):
        """A few characters, or a slice; raises OSError where the panel does not answer."""
        if self.goal != self.raw:
            self.raw = self.goal
            self._write(self.raw)
        if not self._ready:
            self._chip.bus.writeto(self._chip.address, self._settings)
            self._ready = True
            self._due = add(t, _AGAIN_MS)
        elif self._row < len(self._lines):
            self._draw()
        elif self._dirty:
            self._send_next()
        elif not 0 < diff(self._due, t) <= _AGAIN_MS:
            self._due = add(t, _AGAIN_MS)
            self._refresh()
        elif self._lines and (self._look is None or not 0 < diff(self._look, t) <= _LOOK_MS):
            self._look = add(t, _LOOK_MS)
            self._compare()

    def _draw(self):
        if self._font is None:
            self._font = Font()
        for _ in range(_DRAWN):
            if self._at >= len(self._line):
                if not self._begin_line():
                    return
            elif self._x < 128:
                self._x += self._font.draw(self._line[self._at], self._picture, self._x, self._row)
                self._at += 1
            else:
                self._at = len(self._line)

    def _begin_line(self):
        """The next line that is to be drawn; False if there is none left."""
        self._row += 1
        while self._row < len(self._lines) and self._fresh(self._lines[self._row]):
            self._row += 1
        if self._row >= len(self._lines):
            return False
        one = self._lines[self._row]
        self._line, one[2] = one[0], [_state(part) for part in one[1]]
        for part in one[1]:
            self._line = self._line.replace("{%s}" % part.name, _said(part))
        self._at = self._x = 0
        self._clear(self._row * 256, 256)
        self._dirty |= 15 << 4 * self._row
        return True

    def _fresh(self, one):
        """True if the line stands as its inputs are now."""
        if one[2] is None:
            return False
        for i in range(len(one[1])):
            if one[2][i] != _state(one[1][i]):
                return False
        return True

    def _compare(self):
        """Draw again the lines in which a number has changed."""
        for one in self._lines:
            if not self._fresh(one):
                self._row, self._line, self._at = -1, "", 0
                return

    def _send_next(self):
        for i in range(_SLICES):
            if self._dirty >> i & 1:
                self._send(i)
                self._dirty &= ~(1 << i)
                break
        if not self._dirty:
            self._on()

    def _on(self):
        self._chip.bus.writeto(self._chip.address, b"\x00\xaf" if self._lines else b"\x00\xae")

    def _refresh(self):
        """One slice more of what it shows; with the first one the settings, too."""
        if not self._next:
            self._chip.bus.writeto(self._chip.address, self._settings)
            self._on()
        self._send(self._next)
        self._next = (self._next + 1) % _SLICES

    def _send(self, i):
        strip, column = i >> 1, (i & 1) * _SLICE
        at = column + self._offset
        where = self._where  # used again: this goes on for ever, and must leave no garbage
        where[1], where[2], where[3] = 0xB0 | strip, at & 15, 0x10 | at >> 4
        self._chip.bus.writeto(self._chip.address, where)
        start = strip * 128 + column
        for k in range(_SLICE):
            self._out[k + 1] = self._picture[start + k]
        self._chip.bus.writeto(self._chip.address, self._out)

    def close(self):
        """Dark, and off the bus."""
        try:
            self._chip.bus.writeto(self._chip.address, b"\x00\xae")
        except OSError:
            pass  # it is not there
        if self._font:
            self._font.close()
        self._chip.close()


def _state(part):
    return None if part.failed else part.raw


def _said(part):
    if part.failed:
        return "--"
    value = part.value()
    return "%d" % value if value == int(value) or abs(value) >= 100 else "%.1f" % value


PART = Oled
