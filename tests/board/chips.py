"""What each chip's GPIOs can do, from its maker's data sheet, kept apart from the board files that are held against it.

Espressif, "ESP32 Series Datasheet" (pin overview, strapping pins; ESP32-PICO-D4 for 9, 10, 37, 38), "ESP32-S3 Series
Datasheet", "ESP32-C3 Series Datasheet"; analog channels: the same, tables of the IO MUX and of the analog functions.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Chip:
    there: frozenset[int]
    memory: frozenset[int]  # wired to flash (or, in a module that has it, PSRAM): never for parts
    strap: frozenset[int]
    inputs: frozenset[int] = frozenset()
    adc1: frozenset[int] = frozenset()
    adc2: frozenset[int] = frozenset()
    touch: frozenset[int] = frozenset()
    dac: frozenset[int] = frozenset()
    usb: frozenset[int] = frozenset()
    uart: frozenset[int] = frozenset()
    psram: dict[bool, frozenset[int]] = field(default_factory=dict)


def span(*ranges: tuple[int, int]) -> frozenset[int]:
    return frozenset(pin for low, high in ranges for pin in range(low, high + 1))


CHIPS = {
    "esp32": Chip(
        there=span((0, 19), (21, 23), (25, 27), (32, 39)),
        memory=span((6, 11)),
        strap=frozenset({0, 2, 5, 12, 15}),
        inputs=span((34, 39)),
        adc1=span((32, 39)),
        adc2=frozenset({0, 2, 4, 12, 13, 14, 15, 25, 26, 27}),
        touch=frozenset({0, 2, 4, 12, 13, 14, 15, 27, 32, 33}),
        dac=frozenset({25, 26}),
        uart=frozenset({1, 3}),
        psram={True: frozenset({16, 17})},
    ),
    "esp32s3": Chip(
        there=span((0, 21), (26, 48)),
        memory=span((26, 32)),
        strap=frozenset({0, 3, 45, 46}),
        adc1=span((1, 10)),
        adc2=span((11, 20)),
        touch=span((1, 14)),
        usb=frozenset({19, 20}),
        uart=frozenset({43, 44}),
    ),
    "esp32c3": Chip(
        there=span((0, 21)),
        memory=span((11, 17)),
        strap=frozenset({2, 8, 9}),
        adc1=span((0, 4)),
        adc2=frozenset({5}),
        usb=frozenset({18, 19}),
        uart=frozenset({20, 21}),
    ),
    # Broadcom BCM2711 and RP1 (Raspberry Pi 5): the 26 GPIOs of the 40-pin header.
    "bcm2711": Chip(there=span((2, 27)), memory=frozenset(), strap=frozenset()),
    "bcm2712": Chip(there=span((2, 27)), memory=frozenset(), strap=frozenset()),
}
