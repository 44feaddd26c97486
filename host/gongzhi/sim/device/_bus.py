"""Takes the firmware's I2C transfers, gives what the devices that the world has put on the bus answer."""

import struct

import _layout as _l
from _board import call


def _ask(op, data=b""):
    try:
        return call(_l.CALL_WORLD, bytes([op]) + data)
    except OSError:
        raise OSError(19, "ENODEV")  # nobody acknowledged the address


class I2C:
    def __init__(self, id=0, *, scl=None, sda=None, freq=400000, timeout=50000):
        if id not in (0, 1):
            raise ValueError("I2C(%d) doesn't exist" % id)

    def init(self, **kwargs):
        pass

    def scan(self):
        return list(_ask(_l.I2C_SCAN))

    def writeto(self, addr, buf, stop=True):
        _ask(_l.I2C_WRITE, bytes([addr]) + bytes(buf))
        return len(buf)

    def writevto(self, addr, vector, stop=True):
        return self.writeto(addr, b"".join([bytes(part) for part in vector]))

    def readfrom(self, addr, nbytes, stop=True):
        return _ask(_l.I2C_READ, struct.pack("<BH", addr, nbytes))

    def readfrom_into(self, addr, buf, stop=True):
        buf[:] = self.readfrom(addr, len(buf))

    def readfrom_mem(self, addr, memaddr, nbytes, *, addrsize=8):
        return _ask(_l.I2C_WRITE_READ, struct.pack("<BH", addr, nbytes) + memaddr.to_bytes(addrsize // 8, "big"))

    def readfrom_mem_into(self, addr, memaddr, buf, *, addrsize=8):
        buf[:] = self.readfrom_mem(addr, memaddr, len(buf), addrsize=addrsize)

    def writeto_mem(self, addr, memaddr, buf, *, addrsize=8):
        self.writeto(addr, memaddr.to_bytes(addrsize // 8, "big") + bytes(buf))


class SoftI2C(I2C):
    def __init__(self, scl, sda, *, freq=400000, timeout=50000):
        pass
