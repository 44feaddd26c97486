"""Takes what a part asks of `_onewire`, gives what a test has put there: `there`, `said` (bytes), and keeps `heard`."""

there = [True]
said = []
heard = []  # "reset", or a byte


def reset(pin):
    heard.append("reset")
    return there[0]


def writebyte(pin, value):
    heard.append(value)


def readbyte(pin):
    return said.pop(0) if said else 255


def crc8(data):
    crc = 0
    for byte in data:
        for bit in range(8):
            crc = crc >> 1 ^ 0x8C if (crc ^ byte >> bit) & 1 else crc >> 1
    return crc
