"""Takes the answer of a DHT22 (AM2302), gives temperature and humidity in tenths."""

from gongzhi_node.parts.dht import Dht


class Dht22(Dht):
    """-40 to 80 degrees, 0 to 100 per cent. Data sheet (Aosong, AM2302), section 7: humidity in tenths, 16 bits, then
    temperature in tenths, 15 bits and its sign as the highest one."""

    LO = -40
    HI = 80

    def _take(self, bits):
        tenths = (bits[2] & 0x7F) << 8 | bits[3]
        return self._is(-tenths if bits[2] & 0x80 else tenths, bits[0] << 8 | bits[1], -400, 800)


PART = Dht22
