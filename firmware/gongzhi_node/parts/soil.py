"""Takes a capacitive soil probe's voltage, gives how wet the soil is."""

from gongzhi_node.parts.analog import Analog


class Soil(Analog):
    """`moisture` in per cent: 0 in dry air, 100 in water. The defaults are usual for the 3.3 V probes "v1.2", whose
    voltage falls with water; each probe differs: read it in air and in water, and set `mv0` and `mv100`."""

    PROP = "moisture"
    MV0 = 2800
    MV100 = 1200


PART = Soil
