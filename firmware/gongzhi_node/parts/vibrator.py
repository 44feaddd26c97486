"""Takes a strength, gives vibration: a small motor with a weight off its axle, behind a transistor on a PWM pin."""

from gongzhi_node.parts.led import Led


class Vibrator(Led):
    """`level` 0 to 1, as the share of time that it has current; below some 0.3 most stand still. Not on the pin itself:
    it takes some 60 to 100 mA, a pin gives 40 at most (both figures unchecked: look into your motor's data sheet)."""


PART = Vibrator
