"""Gives what only the chip knows or does: who it is, why it started, its Wi-Fi, its watchdog, pins not to touch."""

import sys

import machine
import network

from gongzhi_node.ports import const, now, sleep_ms
from gongzhi_node.wire import diff

_JOIN_MS = const(15000)
_RESTART = const(5)  # failures in a row after which the interface is switched off and on
_HOUR_MS = const(3600000)


def chip():
    """The chip's own number, 12 hex digits."""
    out = ""
    for byte in machine.unique_id():
        out += "%02x" % byte
    return out


def cause():
    """Why the chip started: power, hard, watchdog, sleep or soft."""
    causes = {
        machine.PWRON_RESET: "power",
        machine.HARD_RESET: "hard",
        machine.WDT_RESET: "watchdog",
        machine.DEEPSLEEP_RESET: "sleep",
        machine.SOFT_RESET: "soft",
    }
    return causes.get(machine.reset_cause(), "other")


def flash_pins():
    """Pins on which the chip's own flash hangs; a write to one is a crash. From the data sheets: ESP32 6-11,
    ESP32-S3 26-32, ESP32-C3 12-17."""
    name = getattr(sys.implementation, "_machine", "")
    if "S3" in name:
        return range(26, 33)
    if "C3" in name:
        return range(12, 18)
    if "BCM" in name:  # a Raspberry Pi that is played: its card is on no pin
        return ()
    return range(6, 12)


def watchdog(ms):
    """Reset the chip unless `feed()` of what this returns is called every `ms`."""
    return machine.WDT(timeout=ms)


def restart():
    """Restart the chip; does not return."""
    machine.reset()


def leave_watchdog():
    """Someone is at the console: it cannot be switched off, but it can be made to wait for an hour."""
    machine.WDT(timeout=_HOUR_MS)


class Wifi:
    """Joins one of `nets` ([{"ssid", "key"}], in order of preference) and stays there; an empty list means that the
    network is somebody else's business and always there."""

    def __init__(self, nets):
        self._nets = nets
        self._wlan = network.WLAN(network.WLAN.IF_STA) if nets else None
        self._failed = 0

    def up(self):
        """True if there is a network."""
        return self._wlan is None or self._wlan.isconnected()

    def rssi(self):
        """The signal's strength in dBm, or None."""
        try:
            return self._wlan.status("rssi") if self._wlan else None
        except (OSError, ValueError):
            return None  # not connected just now

    async def keep(self):
        """Join, watch, join again; ends only by cancellation."""
        if self._wlan is None:
            return
        self._on()
        while True:
            for net in self._nets:
                # Whatever the driver says of a wrong password, it may be a weak signal: nothing is given up for good.
                if await self._join(net):
                    self._failed = gone = 0
                    # Until it has been gone for 3 s; the driver brings back by itself what was away for less.
                    while gone < 6:
                        await sleep_ms(500)
                        gone = 0 if self._wlan.isconnected() else gone + 1
                    break
                self._failed += 1
            if self._failed >= _RESTART:
                self._failed = 0
                self._wlan.active(False)
                await sleep_ms(500)
                self._on()

    def _on(self):
        self._wlan.active(True)
        try:
            # Modem sleep holds a packet back for up to 300 ms; a servo that people watch cannot wait for it.
            self._wlan.config(pm=network.WLAN.PM_NONE)
        except (ValueError, OSError):
            pass  # an older image: slower, not wrong

    async def _join(self, net):
        begun = now()
        try:
            self._wlan.connect(net["ssid"], net.get("key") or None)
            while not self._wlan.isconnected():
                if diff(now(), begun) >= _JOIN_MS:
                    self._wlan.disconnect()
                    return False
                await sleep_ms(100)
            return True
        except OSError:
            await sleep_ms(1000)
            return False
