"""Takes what the node's drivers ask of MicroPython's `machine`, gives the pins of the Raspberry Pi through gpiozero.

`gongzhi.pi` puts this module in the place of `machine`, so that the board's own drivers, guard and leases move a Pi's
pins as they move an ESP32's. It has what the kinds of `gongzhi.pi.KINDS` need.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final

from gpiozero import DigitalInputDevice, DigitalOutputDevice, GPIODevice, PWMOutputDevice

_FULL: Final = 65535
_open: dict[int, GPIODevice] = {}


def _take(number: int, make: Callable[[], GPIODevice]) -> Any:
    """The pin as a new device; what held it before (a part of the configuration before) lets go of it."""
    _give_back(number)
    device = _open[number] = make()
    return device


def _give_back(number: int) -> None:
    old = _open.pop(number, None)
    if old is not None:
        old.close()


class Pin:
    """One GPIO by its BCM number; without a mode it is only a name, as for PWM."""

    IN, OUT = 1, 3
    PULL_DOWN, PULL_UP = 1, 2
    IRQ_RISING, IRQ_FALLING = 1, 2

    def __init__(
        self, number: int, mode: int | None = None, pull: int | None = None, *, value: int | None = None
    ) -> None:
        self.number = number
        self._device: Any = None
        if mode == Pin.OUT:
            self._device = _take(number, lambda: DigitalOutputDevice(number, initial_value=bool(value)))
        elif mode == Pin.IN:
            up = None if not pull else pull == Pin.PULL_UP
            # gpiozero wants to know what "active" is only where no pull says so; levels are what we ask for.
            state = None if pull else True
            self._device = _take(number, lambda: DigitalInputDevice(number, pull_up=up, active_state=state))

    def value(self, level: int | None = None) -> int | None:
        """The level that is on the pin, or drive it."""
        if level is None:
            return int(self._device.pin.state)
        self._device.pin.state = bool(level)  # the pin's own word: it refuses to be driven as an input
        return None

    def irq(self, handler: Callable[[Pin], object] | None = None, trigger: int = 3) -> None:
        """Call `handler` at edges, in gpiozero's thread: it may only count and note the time, as in an interrupt."""
        pin = self._device.pin
        pin.when_changed = None
        if handler is not None:
            both = Pin.IRQ_RISING | Pin.IRQ_FALLING
            pin.edges = "both" if trigger & both == both else "rising" if trigger & Pin.IRQ_RISING else "falling"
            pin.bounce = None
            # gpiozero keeps a weak reference only; ours holds the function.
            self._heard = lambda _ticks, _state: handler(self)
            pin.when_changed = self._heard


class PWM:
    """A pin that is switched fast, by gpiozero in software: a servo may tremble where the computer is busy."""

    def __init__(self, dest: Pin, freq: int = 1000, *, duty_u16: int = 0) -> None:
        self._number, self._duty = dest.number, duty_u16
        self._device: Any = _take(
            dest.number,
            lambda: PWMOutputDevice(dest.number, initial_value=duty_u16 / _FULL, frequency=freq),
        )

    def freq(self, freq: int) -> None:
        """Hertz; the share that it is on stays."""
        if freq != self._device.frequency:
            self._device.frequency = freq
            self._device.value = self._duty / _FULL

    def duty_u16(self, duty: int) -> None:
        """The share that it is on, of 65535."""
        self._duty = duty
        self._device.value = duty / _FULL

    def deinit(self) -> None:
        """No signal, and the pin free."""
        if _open.get(self._number) is self._device:
            _give_back(self._number)


class Timer:
    """Calls a function again and again, in a thread of its own."""

    PERIODIC = 1

    def __init__(self, _id: int) -> None:
        self._over: threading.Event | None = None

    def init(self, *, mode: int, freq: int, callback: Callable[[Timer], object]) -> None:
        """`callback` every 1 / `freq` seconds."""
        assert mode == Timer.PERIODIC
        self.deinit()
        over = self._over = threading.Event()

        def beat() -> None:
            while not over.wait(1 / freq):
                callback(self)

        threading.Thread(target=beat, daemon=True, name="timer").start()

    def deinit(self) -> None:
        """Call it no more."""
        if self._over is not None:
            self._over.set()
            self._over = None
