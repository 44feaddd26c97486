"""Takes a Raspberry Pi that runs a project, gives its own pins as one of the project's boards, through gpiozero."""

from __future__ import annotations

from pathlib import Path
from typing import Final

CHIPS: Final = {"bcm2711": "Raspberry Pi 4", "bcm2712": "Raspberry Pi 5"}
# What a driver does with levels, PWM and edges. The others need what gpiozero does not have: pulses exact to some
# microseconds (coloured lights, DHT, 1-Wire, HX711, infrared), a voltage (a Pi measures none), or the I2C bus.
KINDS: Final = frozenset(
    {
        "led", "vibrator", "servo", "buzzer", "melody", "relay", "servo360", "motor", "stepper",
        "button", "switch", "pir", "hall", "metal", "mat", "rotary", "ultrasonic",
    }
)  # fmt: skip
_MODEL: Final = Path("/proc/device-tree/model")


def model() -> str:
    """What this computer calls itself ("Raspberry Pi 5 Model B Rev 1.0"), "" where that is no Raspberry Pi."""
    try:
        said = _MODEL.read_bytes().rstrip(b"\0").decode(errors="replace")
    except OSError:
        return ""
    return said if said.startswith("Raspberry Pi") else ""
