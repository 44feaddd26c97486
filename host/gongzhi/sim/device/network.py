"""Takes what firmware asks of MicroPython's `network`, gives a Wi-Fi station on a radio that the world controls."""

import struct

import _layout as _l
from _board import regs, send, ticks_us

STA_IF = 0
AP_IF = 1
STAT_IDLE = 1000
STAT_CONNECTING = 1001
STAT_GOT_IP = 1010
STAT_BEACON_TIMEOUT = 200
STAT_NO_AP_FOUND = 201
STAT_WRONG_PASSWORD = 202
AUTH_OPEN = 0
AUTH_WPA2_PSK = 3

_NOWHERE = ("0.0.0.0", "0.0.0.0", "0.0.0.0", "0.0.0.0")
_HERE = ("127.0.0.1", "255.0.0.0", "127.0.0.1", "127.0.0.1")
_name = "mpy-esp32"


class _Station:
    """The one station of the chip; every WLAN(STA_IF) is a view of it."""

    active = False
    wanted = False  # connect() was called and not taken back
    since = None  # when joining the network that is there began
    joined = False
    ssid = ""
    reconnects = -1
    tries = 0
    told = 0

    def poll(self):
        """Bring the state up to date with the radio; MicroPython's driver joins again by itself."""
        now = ticks_us() // 1000
        if not (self.active and self.wanted) or regs[_l.AP]:
            self.joined, self.since = False, None
        elif self.since is None:
            self.since = now
        elif not self.joined and now - self.since >= struct.unpack_from("<H", regs, _l.JOIN)[0]:
            self.joined = True
        state = 3 if self.joined else 2 if self.active and self.wanted else 1 if self.active else 0
        if state != self.told:
            self.told = state
            send(_l.WIFI, bytes([state]))


_station = _Station()


class WLAN:
    IF_STA = 0
    IF_AP = 1
    PM_NONE = 0
    PM_PERFORMANCE = 1
    PM_POWERSAVE = 2

    def __init__(self, interface=0):
        if interface not in (0, 1):
            raise ValueError("invalid WLAN interface identifier")
        if interface == 1:
            raise OSError("the virtual board has no access point")
        self._sta = _station

    def active(self, on=None):
        sta = self._sta
        if on is not None:
            sta.active = bool(on)
            regs[_l.WLAN_ON] = 1 if on else 0
            if not on:
                sta.wanted = False
            sta.poll()
        return sta.active

    def connect(self, ssid=None, key=None, *, bssid=None):
        sta = self._sta
        if not sta.active:
            raise OSError("Wifi Not Started")
        if ssid is not None:
            sta.ssid = ssid
        sta.wanted, sta.since, sta.joined = True, None, False
        sta.poll()

    def disconnect(self):
        if not self._sta.active:
            raise OSError("Wifi Not Started")
        self._sta.wanted = False
        self._sta.poll()

    def isconnected(self):
        self._sta.poll()
        return self._sta.joined

    def status(self, what=None):
        sta = self._sta
        sta.poll()
        if what == "rssi":
            if not sta.joined:
                raise OSError("Wifi Not Connected")
            return -regs[_l.RSSI]
        if what is not None:
            raise ValueError("unknown status param")
        if sta.joined:
            return STAT_GOT_IP
        if sta.wanted and regs[_l.AP] and sta.reconnects >= 0:
            return STAT_WRONG_PASSWORD if regs[_l.AP] == 2 else STAT_NO_AP_FOUND
        return STAT_CONNECTING if sta.wanted else STAT_IDLE

    def ifconfig(self, config=None):
        return _HERE if self.isconnected() else _NOWHERE

    def ipconfig(self, *args, **kwargs):
        if args == ("addr4",):
            return self.ifconfig()[:2]
        if args == ("gw4",):
            return self.ifconfig()[2]

    def config(self, *args, **kwargs):
        if args and kwargs:
            raise TypeError("either pos or kw args are allowed")
        if "reconnects" in kwargs:
            self._sta.reconnects = kwargs["reconnects"]
        if not args:
            return None
        what = args[0]
        if what == "mac":
            return bytes(regs[_l.UID : _l.UID + 6])
        if what in ("ssid", "essid"):
            return self._sta.ssid
        if what in ("hostname", "dhcp_hostname"):
            return _name
        if what == "reconnects":
            return self._sta.reconnects
        if what == "channel":
            return 1
        if what == "pm":
            return WLAN.PM_PERFORMANCE
        raise ValueError("unknown config param")

    def scan(self):
        if not self._sta.active:
            raise OSError("STA must be active")
        if regs[_l.AP] == 1:
            return []
        return [((self._sta.ssid or "school").encode(), b"\x02\x00\x00\x00\x00\x01", 1, -regs[_l.RSSI], 3, False)]


def hostname(name=None):
    global _name
    if name is not None:
        _name = name
    return _name


def country(code=None):
    return "XX"
