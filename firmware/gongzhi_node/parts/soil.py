"""Takes a capacitive soil probe's voltage, gives how wet the soil is; fails where nobody gives a voltage."""

from gongzhi_node.parts.analog import Analog
from gongzhi_node.ports import const

_LOST = const(5)  # readings in a row: a tenth of a second


class Soil(Analog):
    """`moisture` in per cent: 0 in dry air, 100 in water. The defaults are usual for the 3.3 V probes "v1.2", whose
    voltage falls with water; each probe differs: read it in air and in water, and set `mv0` and `mv100`.

    No probe gives less than half of the lower of the two: nobody is on that line, and taken for a reading the driest
    pot would be in water once its cable has fallen out. An open pin is at 0 V only where something pulls it there:
    1 MOhm to ground (on hardware untried), with which the probe is then calibrated."""

    PROP = "moisture"
    MV0 = 2800
    MV100 = 1200

    def __init__(self, spec):
        self._least = 500 * min(spec.get("mv0", self.MV0), spec.get("mv100", self.MV100))  # uV
        self._missed = _LOST
        super().__init__(spec)
        self.failed = True  # nothing is known yet

    def tick(self, t):
        """One reading into the average; False or OSError (`gone`) while there is no probe."""
        if self._adc.read_uv() < self._least:
            if self._missed >= _LOST:
                return self.gone("no answer")
            self._missed += 1
            return None
        if self._missed >= _LOST:
            self.raw = self._read()
            self._mean = self.raw << 8
        self._missed = 0
        super().tick(t)
        return None


PART = Soil
