"""Takes the firmware's use of an ADC, gives the millivolts that the world puts on the pin; refuses what an ESP32
refuses, in the words of MicroPython's ports/esp32 (machine_adc.c)."""

import struct

import _layout as _l
from _board import regs
from _gpio import able, number_of

_MILLIVOLTS = (1100, 1500, 2200, 3300)  # full scale at 0, 2.5, 6 and 11 dB (ESP-IDF, ADC; 11 dB ends at the supply)


class ADC:
    ATTN_0DB = 0
    ATTN_2_5DB = 1
    ATTN_6DB = 2
    ATTN_11DB = 3
    WIDTH_9BIT = 9
    WIDTH_10BIT = 10
    WIDTH_11BIT = 11
    WIDTH_12BIT = 12

    def __init__(self, pin, atten=3):
        self._number = number = number_of(pin)
        if not (able(_l.ADC1, number) or able(_l.ADC2, number)):
            raise ValueError("invalid pin")
        self._bits = 12
        self._up = False
        self.atten(atten)

    def init(self, *, atten=3):
        self.atten(atten)

    def atten(self, atten):
        if not 0 <= atten <= 3:
            raise ValueError("invalid atten")
        self._top = _MILLIVOLTS[atten]

    def width(self, bits):
        if not 9 <= bits <= 12:
            raise ValueError("invalid bits")
        self._bits = bits

    def _millivolts(self):
        if regs[_l.WLAN_ON] and able(_l.ADC2, self._number):
            raise OSError(116, "ESP_ERR_TIMEOUT")  # the radio owns ADC2 while Wi-Fi is on
        at = _l.PINS + 16 * self._number
        mv = struct.unpack_from("<H", regs, at + _l.MV)[0]
        if mv == _l.NO_MV:
            mv = 3300 if regs[at + _l.DRIVEN] and regs[at + _l.LEVEL] else 0
        swing = struct.unpack_from("<H", regs, _l.SWING + 2 * self._number)[0]
        if swing:
            self._up = not self._up
            mv += swing // 2 if self._up else -(swing // 2)
        return max(0, min(mv, self._top))

    def read_uv(self):
        return self._millivolts() * 1000

    def read_u16(self):
        raw = self._millivolts() * 4095 // self._top
        return raw << 4 | raw >> 8

    def read(self):
        return self.read_u16() >> (16 - self._bits)
