"""Takes what the node asks of `network`, gives a station on an air that a test fills with networks."""

air = {}  # ssid -> key (None: open)
asked = []  # ssids of connect(), in order
power = []  # active(True or False), in order


class WLAN:
    IF_STA, IF_AP = 0, 1
    PM_NONE, PM_PERFORMANCE, PM_POWERSAVE = 0, 1, 2
    pm = None

    def __init__(self, interface=0):
        self.on = False
        self.wanted = None

    def active(self, on):
        power.append(on)
        self.on = on
        if not on:
            self.wanted = None

    def config(self, pm):
        WLAN.pm = pm

    def connect(self, ssid, key=None):
        if not self.on:
            raise OSError("Wifi Not Started")
        asked.append(ssid)
        self.wanted = (ssid, key)

    def disconnect(self):
        self.wanted = None

    def isconnected(self):
        return self.wanted is not None and self.wanted[0] in air and air[self.wanted[0]] == self.wanted[1]

    def status(self, what):
        if not self.isconnected():
            raise OSError("Wifi Not Connected")
        return -60
