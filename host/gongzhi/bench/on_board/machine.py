"""Takes what the node asks of a chip, gives the least of one: each change of a PWM output is a line on stdout."""

PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5
begun = fed = None  # called when the watchdog is asked for, and when it is fed


class Pin:
    IN, OUT, PULL_DOWN, PULL_UP = 1, 3, 1, 2

    def __init__(self, pin, mode=-1, pull=-1, value=None):
        self.pin = pin

    def value(self):
        return 1


class PWM:
    def __init__(self, pin, freq=0, duty_u16=0):
        pass

    def freq(self, hz):
        pass

    def duty_u16(self, duty):
        print("pin")

    def deinit(self):
        pass


class WDT:
    def __init__(self, id=0, timeout=0):
        begun()

    def feed(self):
        fed()


def unique_id():
    return b"\x24\x0a\xc4\x01\x02\x03"


def reset_cause():
    return PWRON_RESET
