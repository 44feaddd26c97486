"""Takes a page's number, shows that picture on a matrix of 8 x 8 WS2812B lights (NeoPixel)."""

from machine import Pin, bitstream

from gongzhi_node.parts.base import Output
from gongzhi_node.ports import const
from gongzhi_node.wire import add, diff

# T0H, T0L, T1H, T1L in ns, as in rgb.py.
_TIMING = (400, 850, 800, 450)
_FRAME_MS = const(600)  # of a picture with several frames, such as a text
_HEAD = const(9)  # hexadecimal digits of three colours
_FRAME = const(32)  # of a frame: two lights in each
_LIGHTS = const(64)


class Matrix(Output):
    """`page` 1, 2 ... shows that one of `texts` (as host/gongzhi/board/pictures.py writes them), 0 is dark. `order` is
    how the strip runs: "rows" each from the left, "serpentine" every other row from the right. `bright` is in percent:
    64 lights at full white take 3.8 A, at 20 percent 0.8 A, and they need a supply of their own either way. All of them
    take 1.9 ms to send."""

    PROP = "page"
    HI = 16
    RAMP = False
    OPTIONS = {"order": ("rows", "serpentine"), "bright": (1, 100)}

    def _open(self, spec):
        self._pin = Pin(spec["pin"], Pin.OUT, value=0)
        self._pictures = spec.get("texts", [])
        self._bright = spec.get("bright", 20)
        self._turn = spec.get("order", "serpentine") == "serpentine"
        self._data = bytearray(3 * _LIGHTS)
        self._colours = bytearray(12)  # green, red, blue of dark and of three colours
        self._frame = self._due = 0

    def _write(self, raw):
        self._frame = 0
        self._due = None
        picture = self._pictures[raw - 1] if 0 < raw <= len(self._pictures) else ""
        for i in range(_HEAD if picture else 0):
            at = 3 + i - i % 3 + (1, 0, 2)[i % 3]  # the strip wants green first
            self._colours[at] = 17 * int(picture[i], 16) * self._bright // 100
        self._draw(picture)

    def _draw(self, picture):
        """Send the frame that is next in its turn; a dark one of no picture."""
        data, colours, start = self._data, self._colours, _HEAD + _FRAME * self._frame
        for i in range(_LIGHTS):
            which = 0
            if picture:
                pair = int(picture[start + (i >> 1)], 16)
                which = pair & 3 if i & 1 else pair >> 2
            place = i ^ 7 if self._turn and i & 8 else i
            for k in range(3):
                data[3 * place + k] = colours[3 * which + k]
        bitstream(self._pin, 0, _TIMING, data)

    def tick(self, t):
        """Another picture, or the next frame of this one."""
        super().tick(t)
        picture = self._pictures[self.raw - 1] if 0 < self.raw <= len(self._pictures) else ""
        if len(picture) <= _HEAD + _FRAME:
            return
        if self._due is None:
            self._due = add(t, _FRAME_MS)
        elif not 0 < diff(self._due, t) <= _FRAME_MS:
            self._due = add(t, _FRAME_MS)
            self._frame = (self._frame + 1) % ((len(picture) - _HEAD) // _FRAME)
            self._draw(picture)

    def close(self):
        """Dark."""
        self._write(0)


PART = Matrix
