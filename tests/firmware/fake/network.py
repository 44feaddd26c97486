"""Takes what the node asks of `network`, gives a station that a test joins and parts from its network."""

joined = [True]
asked = []
power = []


class WLAN:
    IF_STA, IF_AP = 0, 1
    PM_NONE, PM_PERFORMANCE, PM_POWERSAVE = 0, 1, 2

    def __init__(self, interface=0):
        self.on = False

    def active(self, on):
        power.append(on)
        self.on = on

    def config(self, pm):
        pass

    def connect(self, ssid, key=None):
        if not self.on:
            raise OSError("Wifi Not Started")
        asked.append((ssid, key))

    def disconnect(self):
        pass

    def isconnected(self):
        return joined[0] and bool(asked)

    def status(self, what):
        if not self.isconnected():
            raise OSError("Wifi Not Connected")
        return -60
