"""Takes a colour, gives it to a strip of WS2812B lights (NeoPixel), all of them alike."""

from machine import Pin, bitstream

from gongzhi_node.parts.base import Output

# T0H, T0L, T1H, T1L in ns (Worldsemi, WS2812B data sheet, "Data transfer time"; each +-150 ns).
_TIMING = (400, 850, 800, 450)


class Rgb(Output):
    """`rgb` is red * 65536 + green * 256 + blue, each 0 to 255, so 0xFF8000 is orange; 0 is dark. `n` lights, up to
    64: 24 bits of 1.25 us each make 30 us a light, and no part may hold the board for longer than 2 ms. One light at
    full white takes 60 mA (3 x 20): more than 8 need a supply of their own."""

    PROP = "rgb"
    HI = 0xFFFFFF
    RAMP = False
    OPTIONS = {"n": (1, 64)}

    def _open(self, spec):
        self._pin = Pin(spec["pin"], Pin.OUT, value=0)
        self._data = bytearray(3 * spec.get("n", 1))

    def _write(self, raw):
        data = self._data
        for i in range(0, len(data), 3):  # the strip wants green first ("Composition of 24bit data")
            data[i] = raw >> 8 & 255
            data[i + 1] = raw >> 16 & 255
            data[i + 2] = raw & 255
        bitstream(self._pin, 0, _TIMING, data)

    def close(self):
        """Dark."""
        self._write(0)


PART = Rgb
