"""Takes a Hall switch's output, gives whether a magnet is near."""

from gongzhi_node.parts.digital import Digital


class Hall(Digital):
    """`magnet` 0 or 1. An A3144 and its kin pull their open collector low at the south pole (Allegro A3141-4 data
    sheet, "Functional Block Diagram"): the chip's pull-up makes the other level, and 5 V never reaches the pin."""

    PROP = "magnet"
    PULL = "up"
    ACTIVE = "low"


PART = Hall
