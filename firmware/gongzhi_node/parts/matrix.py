"""Takes a page's number, shows that picture on a matrix of 8 x 8 WS2812B lights (NeoPixel)."""

from machine import Pin, bitstream

from gongzhi_node.parts.base import Output
from gongzhi_node.ports import const
from gongzhi_node.wire import add, diff

# T0H, T0L, T1H, T1L in ns, as in rgb.py.
_TIMING = (400, 850, 800, 450)
_FRAME_MS = const(600)  # of a picture with several frames, such as a text
_COLOURS = const(6)  # bytes: 12 bits of dark, and of three colours
_FRAME = const(16)  # bytes: two bits of each light
_ROWS = const(8)
_STRIDE = const(24)  # bytes that the strip gets for a row


class Matrix(Output):
    """`page` 1, 2 ... shows that one of `texts` (as host/gongzhi/board/pictures.py writes them), 0 is dark. `order` is
    how the strip runs: "rows" each from the left, "serpentine" every other row from the right. `bright` is in percent:
    64 lights at full white take 3.8 A, at 20 percent 0.8 A, and they need a supply of their own either way. All of them
    take 1.9 ms to send. A command draws its picture and sends it at once; the frames after the first are drawn a row in
    a tick, and sent in one of their own when they are due."""

    PROP = "page"
    HI = 16
    RAMP = False
    OPTIONS = {"order": ("rows", "serpentine"), "bright": (1, 100)}

    def _open(self, spec):
        self._pin = Pin(spec["pin"], Pin.OUT, value=0)
        # The digits as bytes take half the heap; "000" before them are the colour that is dark.
        self._pictures = [bytes.fromhex("000" + text) for text in spec.get("texts", [])]
        for picture in self._pictures:
            if len(picture) % _FRAME != _COLOURS or len(picture) == _COLOURS:
                raise ValueError("a picture is not whole")
        self._bright = spec.get("bright", 20)
        self._turn = spec.get("order", "serpentine") == "serpentine"
        self._data = bytearray(_ROWS * _STRIDE)
        self._colours = bytearray(2 * _COLOURS)  # green, red, blue of each

    def _write(self, raw):
        picture = self._pictures[raw - 1] if 0 < raw <= len(self._pictures) else bytes(_COLOURS + _FRAME)
        for i in range(2 * _COLOURS):
            digit = picture[i >> 1] & 15 if i & 1 else picture[i >> 1] >> 4
            at = i - i % 3 + (1, 0, 2)[i % 3]  # the strip wants green first
            self._colours[at] = 17 * digit * self._bright // 100
        self._picture, self._start = picture, _COLOURS
        for row in range(_ROWS):
            self._draw(row)
        self._moves = len(picture) > _COLOURS + _FRAME
        self._row, self._due = _ROWS, None
        bitstream(self._pin, 0, _TIMING, self._data)

    def _draw(self, row):
        """Put a row of the frame that begins at `_start` into what is sent."""
        data, colours = self._data, self._colours
        place, step = row * _STRIDE, 3
        if self._turn and row & 1:
            place, step = place + _STRIDE - 3, -3
        at = self._start + 2 * row
        bits = self._picture[at] << 8 | self._picture[at + 1]
        shift = 14
        while shift >= 0:
            colour = 3 * (bits >> shift & 3)
            data[place] = colours[colour]
            data[place + 1] = colours[colour + 1]
            data[place + 2] = colours[colour + 2]
            place += step
            shift -= 2

    def tick(self, t):
        """Another picture; or of this one's next frame a row, or all of it when it is due."""
        super().tick(t)
        if not self._moves:
            return
        if self._due is None:
            self._due = add(t, _FRAME_MS)
            self._next()
        elif self._row < _ROWS:
            self._draw(self._row)
            self._row += 1
        elif not 0 < diff(self._due, t) <= _FRAME_MS:
            self._due = add(t, _FRAME_MS)
            bitstream(self._pin, 0, _TIMING, self._data)
            self._next()

    def _next(self):
        """The next frame is to be drawn; after the last the first."""
        self._row = 0
        self._start += _FRAME
        if self._start == len(self._picture):
            self._start = _COLOURS

    def close(self):
        """Dark."""
        self._write(0)


PART = Matrix
