"""Takes an inductive proximity switch's output, gives whether metal is near."""

from gongzhi_node.parts.digital import Digital


class Metal(Digital):
    """`metal` 0 or 1. An NPN switch (such as LJ12A3-4-Z/BX) pulls its open collector to ground when it sees metal: the
    chip's pull-up makes the other level. It needs 6 to 36 V of its own, of which nothing reaches the pin only if it
    really is an NPN one without a resistor inside: measure before you connect it."""

    PROP = "metal"
    PULL = "up"
    ACTIVE = "low"


PART = Metal
