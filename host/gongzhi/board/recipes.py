"""Takes a part and its board, gives how it is wired: from which contact to which leg, through what, what to mind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gongzhi.board.types import BoardType
from gongzhi.project import Part

Words = tuple[str, str]  # Chinese, English

# What is to be minded before any wire.
FIRST: Final[Words] = (
    "先拔掉 USB 线再接，接完请同学检查。GND 不够时用面包板的长排连在一起。",
    "Unplug USB first; let someone check. Short of GND contacts? Join the wires on a breadboard.",
)


@dataclass(frozen=True, slots=True)
class Wire:
    """A wire to a leg of the part from a supply ("GND", "3V3", "5V") or the GPIO of one of the part's lines ("pin",
    where it has one only), with what sits in it."""

    leg: Words
    contact: str
    through: str = ""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a kind of part is wired, and what to mind."""

    wires: tuple[Wire, ...]
    hint: Words


# WS2812B: 20 mA a colour, 60 mA a light (Worldsemi, data sheet), so 8 are 480 mA; a USB 2.0 port gives 500.
# 220 Ω: a red LED (2 V) at 3.3 V takes (3.3 − 2) / 220 = 6 mA, below the 20 mA that a pin of an ESP32 gives by default
# and that a 5 mm LED bears.
_GROUND: Final = Wire(("地", "GND"), "GND")
_SERVO: Final = Recipe(
    (
        Wire(("信号（橙或黄）", "signal"), "pin"),
        Wire(("电源（红）", "supply"), "5V"),
        Wire(("地（棕或黑）", "ground"), "GND"),
    ),
    (
        "舵机不要接 3V3。两个以上用单独的 5 V 电源，并把两边的 GND 接在一起。",
        "Never on 3V3. Two or more need a 5 V supply of their own; join its GND with that of the board.",
    ),
)
_BUZZER: Final = Recipe(
    (Wire(("＋", "plus"), "pin"), Wire(("−", "minus"), "GND")),
    (
        "用无源压电蜂鸣器。电磁式的要用带三极管的模块。",
        "A passive piezo buzzer. A magnetic one needs a module with a transistor.",
    ),
)
_BUTTON: Final = Recipe(
    (Wire(("一边的脚", "one side"), "pin"), Wire(("另一边的脚", "the other side"), "GND")),
    (
        "不用电阻，芯片里有。四脚按钮用对角的两只脚。",
        "No resistor: the chip has one inside. Of four legs, use two across.",
    ),
)
_MAT: Final = Recipe(
    (Wire(("一根线", "one wire"), "pin"), Wire(("另一根线", "the other wire"), "GND")),
    ("不用电阻，芯片里有。两根线不分正反。", "No resistor: the chip has one inside. Either wire may be either."),
)
_ANALOG: Final = Recipe(
    (Wire(("模拟输出 AO", "analog out"), "pin"), Wire(("电源 VCC", "supply"), "3V3"), _GROUND),
    ("电源只能接 3V3，接 5V 会烧坏引脚。", "Its supply is 3V3; with 5V it would break the pin."),
)
_BUS: Final = Recipe(
    (
        Wire(("时钟 SCL", "clock"), "scl"),
        Wire(("数据 SDA", "data"), "sda"),
        Wire(("电源 VCC", "supply"), "3V3"),
        _GROUND,
    ),
    (
        "几个 I2C 零件可以接在同样的两个引脚上。电源接 3V3。",
        "Several I2C parts may share these two pins. Supply: 3V3.",
    ),
)
_MODULE: Final = Recipe(
    (Wire(("输出 OUT", "out"), "pin"), Wire(("电源 VCC", "supply"), "5V"), _GROUND),
    ("它的输出是 3.3 V，电源是 5 V（HC-SR501）。", "Its output is 3.3 V, its supply 5 V (HC-SR501)."),
)
# Supplies and resistors after the data sheets: Aosong DHT11 and AM2302, Maxim DS18B20, Avia HX711.
_CLIMATE: Final = Recipe(
    (Wire(("数据 DATA", "data"), "pin"), Wire(("电源 VCC", "supply"), "3V3"), _GROUND),
    (
        "电源接 3V3。没有小电路板的那种，DATA 和 3V3 之间再接一个 10 kΩ。",
        "Supply: 3V3. Without a small board of its own it needs 10 kΩ from DATA to 3V3.",
    ),
)
RECIPES: Final[dict[str, Recipe]] = {
    "led": Recipe(
        (Wire(("长脚 ＋", "long leg"), "pin", "220 Ω"), Wire(("短脚 −", "short leg"), "GND")),
        (
            "一定要有电阻，不然灯会烧坏。灯亮不了就把两只脚对调。",
            "Never without the resistor. If it stays dark, swap its legs.",
        ),
    ),
    "servo": _SERVO,
    "servo360": _SERVO,
    "buzzer": _BUZZER,
    "melody": _BUZZER,
    "button": _BUTTON,
    "switch": _BUTTON,
    "mat": _MAT,
    "vibrator": Recipe(
        (Wire(("输入 IN", "in"), "pin"), Wire(("电源 VCC", "supply"), "3V3"), _GROUND),
        (
            "用带三极管的振动模块。单独一个马达要的电流，引脚给不起，会烧坏引脚。",
            "A module with a transistor. The bare motor takes more than a pin can give, and would break it.",
        ),
    ),
    "touchpad": Recipe(
        (Wire(("铝箔或铜片", "foil"), "pin"),),
        (
            "只要一根短线连一块铝箔，不接电源和地。隔着纸摸也行；线越长越不灵。",
            "One short wire to a piece of foil, no supply, no ground. Paper over it does no harm; a long wire does.",
        ),
    ),
    "rgb": Recipe(
        (Wire(("数据 DIN", "data in"), "pin", "330 Ω"), Wire(("电源 5V", "supply"), "5V"), _GROUND),
        (
            "接 DIN 那一头。8 颗灯全亮白色就要约 0.5 A，更多要单独的 5 V 电源，GND 接在一起。",
            "At the end marked DIN. 8 lights at full white take 0.5 A: more need a supply of their own, GND joined.",
        ),
    ),
    "matrix": Recipe(
        (Wire(("数据 DIN", "data in"), "pin", "330 Ω"), Wire(("电源 5V", "supply"), "5V"), _GROUND),
        (
            "64 颗灯要单独的 5 V 电源（亮度 20% 也要 0.8 A），GND 接在一起；数据接 DIN 那一头。",
            "64 lights need a 5 V supply of their own (0.8 A at 20 %), GND joined; data goes to the end marked DIN.",
        ),
    ),
    "relay": Recipe(
        (Wire(("输入 IN", "in"), "pin"), Wire(("电源 VCC", "supply"), "5V"), _GROUND),
        ("继电器后面只接电池电路，绝不接市电！", "Battery circuits only behind the relay, never the mains!"),
    ),
    "motor": Recipe(
        (Wire(("驱动板 IN1", "driver"), "in1"), Wire(("驱动板 IN2", "driver"), "in2"), _GROUND),
        (
            "电机接在驱动板上，用驱动板自己的电池，不要直接接引脚。",
            "The motor hangs on the driver, which has a battery of its own, never on a pin.",
        ),
    ),
    "stepper": Recipe(
        (
            *(Wire((f"驱动板 IN{one}", "ULN2003"), f"in{one}") for one in (1, 2, 3, 4)),
            Wire(("驱动板 ＋", "supply"), "5V"),
            _GROUND,
        ),
        ("电机插在 ULN2003 驱动板上。", "The motor plugs into the ULN2003 driver."),
    ),
    "potentiometer": Recipe(
        (Wire(("中间的脚", "middle leg"), "pin"), Wire(("一边的脚", "one side"), "3V3"), _GROUND),
        ("只能接 3V3，接 5V 会烧坏引脚。", "Only 3V3; with 5V it would break the pin."),
    ),
    "light": _ANALOG,
    "soil": Recipe(
        _ANALOG.wires,
        (
            "电源只能接 3V3。引脚和 GND 之间再接一个 1 MΩ：线掉了，板子才知道。",
            "Supply: 3V3 only. And 1 MΩ from the pin to GND, or the board misses a cable that is out.",
        ),
    ),
    "sound": _ANALOG,
    "pir": _MODULE,
    "ultrasonic": Recipe(
        (
            Wire(("触发 Trig", "trigger"), "trig"),
            Wire(("回声 Echo", "echo"), "echo", "1 kΩ"),
            Wire(("电源 VCC", "supply"), "5V"),
            _GROUND,
        ),
        (
            "Echo 是 5 V：经过 1 kΩ 再接引脚，引脚和 GND 之间再接 2 kΩ。",
            "Echo has 5 V: 1 kΩ to the pin, and 2 kΩ from the pin to GND.",
        ),
    ),
    "dht11": _CLIMATE,
    "dht22": _CLIMATE,
    "ds18b20": Recipe(
        (Wire(("数据 DQ", "data"), "pin"), Wire(("电源 VDD", "supply"), "3V3"), _GROUND),
        (
            "电源接 3V3。没有小电路板的那种，DQ 和 3V3 之间再接一个 4.7 kΩ。",
            "Supply: 3V3. Without a small board of its own it needs 4.7 kΩ from DQ to 3V3.",
        ),
    ),
    "rotary": Recipe(
        (Wire(("A CLK", "A"), "a"), Wire(("B DT", "B"), "b"), Wire(("电源 ＋", "supply"), "3V3"), _GROUND),
        ("电源接 3V3。转的方向反了，就把 A 和 B 对调。", "Supply: 3V3. If it counts backwards, swap A and B."),
    ),
    "scale": Recipe(
        (
            Wire(("数据 DT", "data"), "data"),
            Wire(("时钟 SCK", "clock"), "clock"),
            Wire(("电源 VCC", "supply"), "3V3"),
            _GROUND,
        ),
        ("秤的四根线接在 HX711 模块上。", "The scale's own four wires go to the HX711 module."),
    ),
    "remote": Recipe(
        (Wire(("输出 OUT", "out"), "pin"), Wire(("电源 VCC", "supply"), "3V3"), _GROUND),
        ("三只脚的顺序各家不同，看零件自己的说明。", "The order of its three legs differs: see its own data sheet."),
    ),
}
# GPIO 34 to 39 of the ESP32 have no pull-up (Espressif, ESP32 Series Datasheet, note to the pin overview).
_PULLED: Final = Recipe(
    (*_BUTTON.wires, Wire(("和引脚同一只脚", "the leg at the pin"), "3V3", "10 kΩ")),
    ("这个引脚里没有电阻，所以要加一个 10 kΩ。", "This pin has no resistor inside, so 10 kΩ are added."),
)
_UNKNOWN: Final = Recipe(
    (Wire(("信号", "signal"), "pin"), Wire(("地", "ground"), "GND")),
    ("它的电源线看零件自己的说明：3.3 V 还是 5 V。", "Its supply: see its own data sheet, 3.3 V or 5 V."),
)


def recipe(part: Part, about: BoardType) -> Recipe | None:
    """How the part is wired on its board; None where it is on the board already."""
    if part.address is not None:
        there = any(one.address == part.address and one.kind == part.kind.name for one in about.onboard)
        own = about.i2c is not None and part.pins == {"scl": about.i2c.scl, "sda": about.i2c.sda}
        return None if there and own else _BUS
    taken = about.taken(part.pin)
    if taken and taken.kind == part.kind.name:
        return None
    if part.kind.name in ("button", "switch", "mat") and "out" not in about.pins[str(part.pin)]:
        return _PULLED
    return RECIPES.get(part.kind.name, _UNKNOWN)


def line(part: Part, wire: Wire) -> int:
    """The GPIO of the part's line that the wire belongs to."""
    lines: dict[str, int] = getattr(part, "pins", {})
    return lines.get(wire.contact, part.pin)
