"""Takes a light-dependent resistor above a fixed one (10 kOhm to ground), gives how bright it is."""

from gongzhi_node.parts.analog import Analog


class Light(Analog):
    """`brightness` in per cent of the voltage's span, not lux: a photoresistor's curve differs from piece to piece.
    For a module whose voltage falls with light, set `mv0` above `mv100`."""

    PROP = "brightness"


PART = Light
