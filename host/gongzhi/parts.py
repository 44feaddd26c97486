"""Takes the name of a kind of part, gives what the host knows of it: its pins, range, hazard, options and wire form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from gongzhi.values import Labels, Level

Allowed = tuple[int, int] | tuple[str, ...]
STREAM: Final = (5, 50)  # samples a second that any input can be asked for
_SAMPLED: Final = ("x", "y", "z")
_TURNED: Final = ("rx", "ry", "rz")
_NONE: Final[Mapping[str, int | str]] = {}
_ACTIVE: Final[Mapping[str, Allowed]] = {"active": ("high", "low")}
_HUMIDITY: Final[Mapping[str, tuple[float, float, str]]] = {"humidity": (0, 100, "%")}
_SPAN: Final[Mapping[str, Allowed]] = {"mv0": (0, 3300), "mv100": (0, 3300)}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of part, as its driver in firmware/gongzhi_node/parts has it (a test compares them).

    `needs` is the ability each of its pins must have; `pins` their names, empty for the one called "pin". What it
    does or `reads` is `prop` with a range in `unit`. Outputs have a hazard (cointelligence: H1 light or sound, H2
    motion, heat or water); `ramp` says whether they can take a `slew`. `options` are what else a project may say of
    it: name -> (lowest, highest) or the possible words. `pull` is the chip's own resistor at an input. `more` are
    further readings, told as "part.prop": (lowest, highest, unit). `address` is that of a part on an I2C bus (7 bit; 0:
    on no bus), whose pins may be those of others; `shows`: it has texts, and its value says which. `steps` of a
    sample's whole number are one unit (`steps_of`). `driver` is the file of one that a project brings along
    (project/kinds.py).
    """

    name: str
    label: Labels
    needs: Literal["in", "out", "pwm", "adc1", "touch"]
    prop: str = ""
    unit: str = ""
    low: float = 0.0
    high: float = 1.0
    safe: float = 0.0
    slew: float = 0.0
    hazard: Literal["H0", "H1", "H2", "H3"] = "H1"
    level: Level = "A4"
    on_loss: tuple[str] | tuple[str, int] = ("safe",)
    pins: tuple[str, ...] = ()
    options: Mapping[str, Allowed] = field(default_factory=dict)
    reads: bool = False
    ramp: bool = True
    pull: Literal["", "up", "down"] = ""
    more: Mapping[str, tuple[float, float, str]] = field(default_factory=dict)
    address: int = 0
    shows: bool = False
    steps: float = 1.0
    driver: bytes = b""

    def sampled(self, options: Mapping[str, int | str] = _NONE) -> tuple[str, ...]:
        """The channels of a sample of it (`stream`) with these options; none for what acts."""
        if self.output:
            return ()
        if "motion" not in self.more:
            return (self.prop or "pressed",)
        return _SAMPLED + (_TURNED if options.get("rotation") == "yes" else ())

    def unit_of(self, channels: Iterable[str]) -> str:
        """The unit of these channels of a sample, such as "g", or "g, °/s" where rotation is among them."""
        if "motion" not in self.more:
            return self.unit
        return ", ".join(dict.fromkeys(self.more[channel][2] for channel in channels if channel in self.more))

    def steps_of(self, channel: str) -> float:
        """So many of a sample's whole numbers are one unit of this channel."""
        return 1.0 if channel in _TURNED else self.steps

    @property
    def output(self) -> bool:
        """True if the part acts on the world."""
        return bool(self.prop) and not self.reads

    def takes(self, option: str, value: object) -> bool:
        """True if the part has this option and it may have this value."""
        allowed = STREAM if option == "stream" and not self.output else self.options.get(option)
        if allowed is None or isinstance(value, bool):
            return False
        if isinstance(value, int) and isinstance(allowed[0], int) and isinstance(allowed[1], int):
            return allowed[0] <= value <= allowed[1]
        return value in allowed and isinstance(value, str)

    def choices(self) -> str:
        """All options and their values in words, for an error's hint; "–" if there are none."""
        said = (
            f"{name} = {allowed[0]}…{allowed[1]}"
            if isinstance(allowed[0], int)
            else f'{name} = "{"/".join(map(str, allowed))}"'
            for name, allowed in {**self.options, **({} if self.output else {"stream": STREAM})}.items()
        )
        return ", ".join(said) or "–"


_ACTORS: Final = (
    Kind("led", {"zh": "灯", "en": "light"}, "pwm", "level", "", 0, 1),
    Kind("vibrator", {"zh": "振动马达", "en": "vibration motor"}, "pwm", "level", "", 0, 1),
    # A servo that loses its host holds for half a second (a blip is no reason to drop a gate), then goes safe.
    Kind("servo", {"zh": "舵机", "en": "servo"}, "pwm", "angle", "°", 0, 180, 0, 360, "H2", "A2", ("hold", 500)),
    Kind("buzzer", {"zh": "蜂鸣器", "en": "buzzer"}, "pwm", "tone", "Hz", 0, 5000),
    Kind("melody", {"zh": "音乐蜂鸣器", "en": "buzzer with tunes"}, "pwm", "tune", "", 0, 8, ramp=False),
    Kind("rgb", {"zh": "彩灯", "en": "coloured lights"}, "out", "rgb", "", 0, 0xFFFFFF,
         options={"n": (1, 64)}, ramp=False),
    Kind("matrix", {"zh": "点阵灯", "en": "light matrix"}, "out", "page", "", 0, 16, ramp=False, shows=True,
         options={"order": ("rows", "serpentine"), "bright": (1, 100)}),
    # What a relay switches nobody knows: it counts as motion, heat or water.
    Kind("relay", {"zh": "继电器", "en": "relay"}, "out", "level", hazard="H2", level="A2",
         options=_ACTIVE, ramp=False),
    # What drives about stops at once when its host is lost.
    Kind("servo360", {"zh": "连续旋转舵机", "en": "continuous servo"}, "pwm", "speed", "", -1, 1, 0, 4, "H2", "A2",
         options={"trim": (-200, 200)}),
    Kind("motor", {"zh": "直流电机", "en": "motor"}, "pwm", "speed", "", -1, 1, 0, 4, "H2", "A2", pins=("in1", "in2")),
    Kind("stepper", {"zh": "步进电机", "en": "stepper motor"}, "out", "angle", "°", -3600, 3600, 0, 40, "H2", "A2",
         pins=("in1", "in2", "in3", "in4")),
)  # fmt: skip


def _contact(name: str, zh: str, en: str, prop: str, pull: Literal["up", "down"]) -> Kind:
    return Kind(name, {"zh": zh, "en": en}, "in", prop, options=_ACTIVE, hazard="H0", reads=True, pull=pull)


def _meter(name: str, zh: str, en: str, prop: str, options: Mapping[str, Allowed] = _SPAN) -> Kind:
    return Kind(name, {"zh": zh, "en": en}, "adc1", prop, "%", 0, 100, options=options, hazard="H0", reads=True,
                steps=10)  # fmt: skip


_SENSORS: Final = (
    Kind("button", {"zh": "按钮", "en": "button"}, "in", hazard="H0", pull="up",
         options={"double": (0, 1000), "stops": (0, 1)}),
    _contact("switch", "开关", "switch", "closed", "up"),
    _contact("pir", "人体红外传感器", "motion detector", "motion", "down"),
    _contact("hall", "霍尔传感器", "magnet sensor", "magnet", "up"),
    _meter("potentiometer", "电位器", "turning knob", "turn"),
    _meter("light", "光线传感器", "light sensor", "brightness"),
    _meter("soil", "土壤湿度传感器", "soil probe", "moisture"),
    # Both lines on pins that can drive: all of those can read as well.
    Kind("ultrasonic", {"zh": "超声波传感器", "en": "distance sensor"}, "out", "distance", "cm", 2, 400, hazard="H0",
         pins=("trig", "echo"), options={"celsius": (-20, 50)}, reads=True, steps=10),
    _meter("sound", "声音传感器", "sound sensor", "loudness", {}),
    _contact("metal", "金属传感器", "metal sensor", "metal", "up"),
    _contact("mat", "脚踏垫", "foot mat", "stepped", "up"),
    Kind("touchpad", {"zh": "触摸键", "en": "touch pad"}, "touch", "touched", options={"change": (5, 80)}, hazard="H0",
         reads=True),
    # They pull their line low and read it: a pin that can do both.
    Kind("dht11", {"zh": "温湿度传感器 DHT11", "en": "climate sensor DHT11"}, "out", "temperature", "°C", -20, 60,
         hazard="H0", reads=True, more=_HUMIDITY, steps=10),
    Kind("dht22", {"zh": "温湿度传感器 DHT22", "en": "climate sensor DHT22"}, "out", "temperature", "°C", -40, 80,
         hazard="H0", reads=True, more=_HUMIDITY, steps=10),
    Kind("ds18b20", {"zh": "温度传感器 DS18B20", "en": "thermometer DS18B20"}, "out", "temperature", "°C", -55, 125,
         hazard="H0", reads=True, steps=16),
    Kind("rotary", {"zh": "旋转编码器", "en": "rotary knob"}, "in", "position", "", -1000, 1000, hazard="H0",
         pins=("a", "b"), options={"steps": (1, 4)}, reads=True),
    # Its clock drives; any pin that does can read as well.
    Kind("scale", {"zh": "称重传感器", "en": "scale"}, "out", "weight", "g", -5000, 5000, hazard="H0",
         pins=("data", "clock"), options={"gain": (-1000000, 1000000)}, reads=True, steps=10),
    Kind("remote", {"zh": "红外遥控接收器", "en": "remote control"}, "in", "key", "", -1, 255, hazard="H0",
         options={"address": (0, 65535)}, reads=True),
)  # fmt: skip
_LINES: Final = ("scl", "sda")
_FACE: Final[Mapping[str, Allowed]] = {"face": ("up", "down")}
_GYRO: Final[Mapping[str, Allowed]] = {**_FACE, "rotation": ("no", "yes")}
_AXES: Final[Mapping[str, tuple[float, float, str]]] = {
    "x": (-4, 4, "g"), "y": (-4, 4, "g"), "z": (-4, 4, "g"), "motion": (0, 6, "g"),
}  # fmt: skip
_TURNS: Final[Mapping[str, tuple[float, float, str]]] = {
    **_AXES, "rx": (-500, 500, "°/s"), "ry": (-500, 500, "°/s"), "rz": (-500, 500, "°/s"),
}  # fmt: skip


def _imu(name: str, zh: str, en: str, address: int, options: Mapping[str, Allowed], more: Mapping[str, Any]) -> Kind:
    return Kind(name, {"zh": zh, "en": en}, "out", "tilt", "°", 0, 180, hazard="H0", reads=True, pins=_LINES,
                options=options, more=more, address=address, steps=1000)  # fmt: skip


_ON_A_BUS: Final = (
    _imu("mpu6050", "运动传感器 MPU6050", "motion sensor MPU6050", 0x68, {**_GYRO, "address": (0x68, 0x69)}, _TURNS),
    _imu("msa300", "运动传感器 MSA300", "motion sensor MSA300", 0x26, _FACE, _AXES),
    _imu("qmi8658", "运动传感器 QMI8658", "motion sensor QMI8658", 0x6B, {**_GYRO, "address": (0x6A, 0x6B)}, _TURNS),
    Kind("vl53l0x", {"zh": "激光测距传感器", "en": "laser distance sensor"}, "out", "distance", "cm", 3, 120,
         hazard="H0", reads=True, pins=_LINES, address=0x29, steps=10),
    Kind("ltr308", {"zh": "光照传感器", "en": "daylight sensor"}, "out", "lux", "lx", 0, 50000, hazard="H0", reads=True,
         pins=_LINES, address=0x53),
    Kind("oled", {"zh": "显示屏", "en": "display"}, "out", "page", "", 0, 16, ramp=False, pins=_LINES, address=0x3C,
         options={"address": (0x3C, 0x3D), "offset": (0, 4), "turned": ("no", "yes")}, shows=True),
)  # fmt: skip
KINDS: Final[dict[str, Kind]] = {kind.name: kind for kind in (*_ACTORS, *_SENSORS, *_ON_A_BUS)}
