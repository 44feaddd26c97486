"""Takes what an input on an I2C bus ought to read, puts its simulated chip on the virtual board's bus."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol, cast

from gongzhi.sim.board_i2c import I2CDevice
from gongzhi.sim.i2c import chips
from gongzhi.sim.senses import Options, Pins, Sense, Side


class _Bus(Protocol):
    i2c: dict[int, I2CDevice]


class OnBus(Sense):
    """A chip at its address; while its cable is out nobody answers there, and its power is gone."""

    FIRST: Mapping[str, float] = {"": 0.0}
    CHIP: Callable[[], chips.Registers] = chips.Registers

    def __init__(self, board: Side, pins: Pins, options: Options) -> None:
        super().__init__(board, pins, options)
        self.values = dict(self.FIRST)
        self.chip = type(self).CHIP()
        self._address = int(options.get("address", self.chip.ADDRESS))
        self._bus = cast(_Bus, board).i2c
        self._show()

    def cable(self, there: bool) -> None:
        """Its cable is in, or out."""
        if there and not self.there:
            self.chip.reset()
        super().cable(there)

    def _show(self) -> None:
        self._tell()
        self._bus[self._address] = self.chip

    def _cut(self) -> None:
        self._bus.pop(self._address, None)

    def _tell(self) -> None:
        """Let the chip's surroundings be as `values` say."""
        raise NotImplementedError


class Motion(OnBus):
    """Something that lies, is tilted about its y axis, pushed or turned. The readings x, y and z follow from the tilt
    until they are set by themselves."""

    FIRST: Mapping[str, float] = {"": 0.0, "x": 0.0, "y": 0.0, "z": 1.0, "motion": 0.0}
    _bearer: tuple[Callable[[], list[float]], Callable[[], list[float]]] | None = None

    def put(self, value: float, reading: str = "") -> None:
        """The world is so that the part ought to read `value`, in its unit."""
        if not reading:
            tilt = math.radians(value)
            self.values |= {"x": math.sin(tilt), "y": 0.0, "z": math.cos(tilt)}
        elif reading in "xyz":
            across = math.hypot(self.values["x"], self.values["y"])
            self.values[""] = math.degrees(math.atan2(across, self.values["z"]))
        super().put(value, reading)

    def carry(self, moves: Callable[[], list[float]], turns: Callable[[], list[float]]) -> None:
        """From now on it feels what `moves` (g along the board's axes) and `turns` (degrees a second about them) say
        at each moment."""
        self._bearer = moves, turns
        self._tell()

    def put_down(self) -> None:
        """It lies still again."""
        self._bearer = None
        self._tell()

    def _lies(self, along: Sequence[float]) -> list[float]:
        """What is `along` the board's axes, along the chip's."""
        down = -1.0 if self.options.get("face") == "down" else 1.0
        return [along[0], down * along[1], down * along[2]]

    def _tell(self) -> None:
        chip = cast(chips.Motion, self.chip)
        chip.moves, chip.turns = chip.still, chip.unturned
        if self._bearer:
            moves, turns = self._bearer
            chip.moves, chip.turns = lambda: self._lies(moves()), lambda: self._lies(turns())
        chip.force = self._lies([self.values[axis] for axis in "xyz"])
        chip.turn = self._lies([self.values.get(axis, 0.0) for axis in ("rx", "ry", "rz")])
        chip.jolt = self.values["motion"]


class Turning(Motion):
    """The same that feels rotation, too."""

    FIRST: Mapping[str, float] = {**Motion.FIRST, "rx": 0.0, "ry": 0.0, "rz": 0.0}


class Mpu6050(Turning):
    """An MPU-6050."""

    CHIP = chips.Mpu6050


class Msa300(Motion):
    """An MSA300."""

    CHIP = chips.Msa300


class Qmi8658(Turning):
    """A QMI8658."""

    CHIP = chips.Qmi8658


class Ranger(OnBus):
    """A VL53L0X; at the end of its range there is nothing."""

    FIRST: Mapping[str, float] = {"": 120.0}
    CHIP = chips.Vl53l0x

    def _tell(self) -> None:
        far = self.values[""]
        cast(chips.Vl53l0x, self.chip).mm = None if far >= 120 else 10 * far


class Daylight(OnBus):
    """An LTR-308 in a room."""

    FIRST: Mapping[str, float] = {"": 300.0}
    CHIP = chips.Ltr308

    def _tell(self) -> None:
        cast(chips.Ltr308, self.chip).lux = self.values[""]


BUS_SENSES: Final[dict[str, Callable[[Side, Pins, Options], Sense]]] = {
    "mpu6050": Mpu6050, "msa300": Msa300, "qmi8658": Qmi8658, "vl53l0x": Ranger, "ltr308": Daylight,
}  # fmt: skip
