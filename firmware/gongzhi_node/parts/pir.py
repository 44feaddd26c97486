"""Takes a passive infrared detector's output, gives whether something warm moves."""

from gongzhi_node.parts.digital import Digital


class Pir(Digital):
    """`motion` 0 or 1. An HC-SR501 gives 3.3 V for as long as its delay is set (5 s to 300 s) and is blind for 2.5 s
    afterwards (its data sheet, "Delay time", "Block time"); it needs up to a minute of calm after power-on."""

    PROP = "motion"
    PULL = "down"


PART = Pir
