"""Takes a switch between the pin and ground, gives whether it is closed."""

from gongzhi_node.parts.digital import Digital


class Switch(Digital):
    """`closed` 0 or 1; a door contact, a tilt switch or an end stop is one, too."""

    PROP = "closed"
    PULL = "up"
    ACTIVE = "low"


PART = Switch
