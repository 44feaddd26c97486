"""Takes what the parts ask of a chip, gives the least of one: each change of a PWM output is a line on stdout."""


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
