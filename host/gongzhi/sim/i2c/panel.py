"""Takes what a driver writes to an SSD1306 or SSD1106 display, gives the dots that are lit.

Written from the data sheet (Solomon Systech, SSD1306, revision 1.1), not from the driver; it imports nothing, so that
tests run the driver against it in MicroPython, too.
"""

WIDTH = 128
HEIGHT = 64
# Commands that take bytes after them -> how many (table 9-1).
_ARGUMENTS = {0x20: 1, 0x21: 2, 0x22: 2, 0x81: 1, 0x8D: 1, 0xA8: 1, 0xD3: 1, 0xD5: 1, 0xD9: 1, 0xDA: 1, 0xDB: 1}


class Panel:
    """The display. `wide` is how many columns its memory has before the glass begins (2 of an SH1106)."""

    ADDRESS = 0x3C

    def __init__(self, wide: int = 0) -> None:
        self.wide = wide
        self.reset()

    def reset(self) -> None:
        """Its power has come: memory holds chance (here: stripes), the panel is dark."""
        self.memory = bytearray(b"\xaa\x55" * (8 * (WIDTH + 4) // 2))
        self.strip = self.column = 0
        self.lit = self.pumped = self.mirrored = self.flipped = False
        self.paged = True  # section 10.1.3 is what it does after a reset
        self._command = bytearray()
        self._seen = self.dots()

    def write(self, data: bytes) -> None:
        """The master has written `data`: a control byte, then commands or dots (section 8.1.5.2)."""
        if data and data[0] == 0x40:
            for byte in data[1:]:
                if self.column < WIDTH + 4:
                    self.memory[self.strip * (WIDTH + 4) + self.column] = byte
                self.column += 1
        elif data and data[0] == 0x00:
            for byte in data[1:]:
                self._command.append(byte)
                if len(self._command) > _ARGUMENTS.get(self._command[0], 0):
                    self._obey(self._command)
                    self._command = bytearray()
        seen = self.dots()
        if seen != self._seen:
            self._seen = seen
            self.changed(seen)

    def changed(self, dots: bytes) -> None:
        """Called after each write that changed what can be seen."""

    def read(self, count: int) -> bytes:
        """Its status: bit 6 is set while it is dark."""
        return bytes([0 if self.lit else 0x40] * count)

    def _obey(self, command: bytearray) -> None:
        first = command[0]
        if first <= 0x0F:
            self.column = self.column & 0xF0 | first
        elif first <= 0x1F:
            self.column = self.column & 0x0F | (first & 15) << 4
        elif first == 0x20:
            self.paged = command[1] & 3 == 2
        elif first == 0x8D:
            self.pumped = command[1] == 0x14
        elif first in (0xA0, 0xA1):
            self.mirrored = first == 0xA1
        elif first in (0xAE, 0xAF):
            self.lit = first == 0xAF
        elif 0xB0 <= first <= 0xB7:
            self.strip = first & 7
        elif first in (0xC0, 0xC8):
            self.flipped = first == 0xC8

    def dots(self) -> bytes:
        """What an eye sees, 1024 bytes: eight strips of 128 columns, the top row in bit 0. The usual module stands
        upright where both its directions are turned about (0xA1, 0xC8); where none is, it stands on its head."""
        if not (self.lit and self.pumped):
            return bytes(WIDTH * HEIGHT // 8)
        out = bytearray()
        for strip in range(8):
            start = strip * (WIDTH + 4) + self.wide
            out.extend(self.memory[start : start + WIDTH])
        if not self.mirrored and not self.flipped:
            return bytes([_swapped(byte) for byte in reversed(bytes(out))])
        return bytes(out)

    def rows(self) -> list:  # type: ignore[type-arg]  # MicroPython's list takes no argument
        """The same as 64 texts of "#" and ".", for eyes."""
        seen = self.dots()
        rows = []
        for y in range(HEIGHT):
            row = [seen[(y >> 3) * WIDTH + x] >> (y & 7) & 1 for x in range(WIDTH)]
            rows.append("".join(["#" if dot else "." for dot in row]))
        return rows


def _swapped(byte: int) -> int:
    out = 0
    for bit in range(8):
        out |= (byte >> bit & 1) << 7 - bit
    return out
