"""Takes a DHT11's answer, gives temperature and humidity in whole degrees and per cents, newer ones in tenths."""

from gongzhi_node.parts.dht import Dht


class Dht11(Dht):
    """-20 to 60 degrees, 5 to 95 per cent (newer ones; older ones 0 to 50, 20 to 90). Data sheet (Aosong), "Data
    format": humidity, its decimals, temperature, its decimals with the sign in the highest bit."""

    LO = -20
    HI = 60

    def _take(self, bits):
        tenths = bits[2] * 10 + (bits[3] & 0x7F)
        return self._is(-tenths if bits[3] & 0x80 else tenths, bits[0] * 10 + bits[1], -200, 600)


PART = Dht11
