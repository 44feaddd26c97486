"""Takes this computer, gives gpiozero's way to its pins, or says why there is none."""

from __future__ import annotations

import os
import sys
from typing import Any, Final

from gpiozero import Device
from gpiozero.exc import GPIOZeroError

# Raspberry Pi OS brings lgpio for its own Python; an environment of that Python does not see it without this.
_SYSTEM: Final = "/usr/lib/python3/dist-packages"


class NoPinsError(Exception):
    """The pins cannot be reached, and why."""


def prepare() -> None:
    """Choose gpiozero's pin factory; raises NoPinsError. GPIOZERO_PIN_FACTORY names another, as for any program with
    gpiozero: `mock`, with GPIOZERO_MOCK_PIN_CLASS=mockpwmpin, moves nothing."""
    try:
        if os.environ.get("GPIOZERO_PIN_FACTORY"):
            Device.ensure_pin_factory()
        else:
            Device.pin_factory = _lgpio()
    except (GPIOZeroError, ImportError, OSError) as error:
        raise NoPinsError(f"{type(error).__name__}: {error}") from error
    except Exception as error:
        if type(error).__module__ != "lgpio":  # its error has no base class that we could name without it
            raise
        raise NoPinsError(f"lgpio: {error}") from error


def _lgpio() -> Any:
    """gpiozero's factory over lgpio, with the finest duty cycle that lgpio has."""
    sys.path.append(_SYSTEM)
    try:
        import lgpio
        from gpiozero.pins.lgpio import LGPIOFactory, LGPIOPin
    finally:
        sys.path.remove(_SYSTEM)

    class FinePin(LGPIOPin):  # type: ignore[misc]  # gpiozero has no types
        """gpiozero 2.0.1 cuts a duty cycle to whole per cent (LGPIOPin._set_state): 18 degrees of a servo. lgpio's
        tx_pwm takes fractions."""

        _pwm: tuple[float, float] | None

        def _set_state(self, value: float) -> None:
            if not self._pwm:
                super()._set_state(value)
                return
            self._pwm = (self._pwm[0], value * 100)
            lgpio.tx_pwm(self.factory._handle, self._number, *self._pwm)

    factory = LGPIOFactory()
    factory.pin_class = FinePin
    return factory
