"""Takes a turning or sliding resistor between ground and 3.3 V, gives how far it is turned."""

from gongzhi_node.parts.analog import Analog


class Potentiometer(Analog):
    """`turn` in per cent of its way."""

    PROP = "turn"


PART = Potentiometer
