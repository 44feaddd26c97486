"""Takes the name of a kind of part, gives what the host knows of it: its pin, range, hazard and wire form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from gongzhi.values import Labels, Level


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of part. `needs` is the ability its pin must have; outputs have a property with a range in `unit`
    and a hazard (cointelligence: H1 light or sound, H2 motion), inputs have none."""

    name: str
    label: Labels
    needs: Literal["in", "out", "pwm", "adc1"]
    prop: str = ""
    unit: str = ""
    low: float = 0.0
    high: float = 1.0
    safe: float = 0.0
    slew: float = 0.0
    hazard: Literal["H0", "H1", "H2", "H3"] = "H1"
    level: Level = "A4"
    on_loss: tuple[str] | tuple[str, int] = ("safe",)

    @property
    def output(self) -> bool:
        """True if the part acts on the world."""
        return bool(self.prop)


KINDS: Final[dict[str, Kind]] = {
    kind.name: kind
    for kind in (
        Kind("led", {"zh": "灯", "en": "light"}, "pwm", "level", "", 0, 1),
        # A servo that loses its host holds for half a second (a blip is no reason to drop a gate), then goes safe.
        Kind("servo", {"zh": "舵机", "en": "servo"}, "pwm", "angle", "°", 0, 180, 0, 360, "H2", "A2", ("hold", 500)),
        Kind("buzzer", {"zh": "蜂鸣器", "en": "buzzer"}, "pwm", "tone", "Hz", 0, 5000),
        Kind("button", {"zh": "按钮", "en": "button"}, "in"),
    )
}
