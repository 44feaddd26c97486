"""Takes colours for a strip of WS2812 lights, gives them to the pin in the strip's order (MicroPython's API)."""

from machine import bitstream


class NeoPixel:
    ORDER = (1, 0, 2, 3)  # the strip wants green, red, blue, white

    def __init__(self, pin, n, bpp=3, timing=1):
        self.pin = pin
        self.n = n
        self.bpp = bpp
        self.buf = bytearray(n * bpp)
        self.pin.init(pin.OUT)
        self.timing = timing

    def __len__(self):
        return self.n

    def __setitem__(self, i, value):
        for part in range(self.bpp):
            self.buf[i * self.bpp + self.ORDER[part]] = value[part]

    def __getitem__(self, i):
        return tuple([self.buf[i * self.bpp + self.ORDER[part]] for part in range(self.bpp)])

    def fill(self, value):
        for i in range(self.n):
            self[i] = value

    def write(self):
        bitstream(self.pin, 0, self.timing, self.buf)
