"""Takes a passive infrared detector's output, gives whether something warm moves."""

from gongzhi_node.parts.digital import Digital


class Pir(Digital):
    """`motion` 0 or 1. An HC-SR501 gives 3.3 V for as long as its delay is set (0.3 or 0.5 s to 200 s; other makers' up
    to 300 s) and is blind for 2.5 s afterwards ("Delay time", "Lock time", or "Disable time"); it needs a minute after
    power-on, in which it may be on up to three times (Escol, HC-SR501, "Power-up initialization")."""

    PROP = "motion"
    PULL = "down"


PART = Pir
