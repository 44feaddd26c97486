"""Takes the folder `parts` of a project, gives the kinds of parts that its files define; none of them is run.

A file such as parts/fan.py is a driver as those in firmware/gongzhi_node/parts (firmware/README.md); it goes onto the
board. What the host has to know of it stands in it as plain values: PROP, UNIT, LO, HI, PINS and OPTIONS as any driver
has them, and LABEL (what people read), NEEDS ("out", "in", "pwm", "adc1", "touch"), HAZARD and LEVEL.
"""

from __future__ import annotations

import ast
import math
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args

import msgspec
from gongzhi_node import wire

from gongzhi.errors import ConfigError
from gongzhi.parts import KINDS, Allowed, Kind
from gongzhi.text import N_, Later
from gongzhi.values import Hazard, Labels, Level

Needs = Literal["in", "out", "pwm", "adc1", "touch"]
_MOST: Final = 16_000  # bytes; a board has no room for more
# What stands in gongzhi_node/parts for others to build on, and what it says where the file says nothing.
_BASES: Final[dict[str, dict[str, Any]]] = {
    "Output": {"NEEDS": "out"},
    "Part": {"NEEDS": "in"},
    "Digital": {"NEEDS": "in", "OPTIONS": {"active": ["high", "low"]}},
    "Analog": {"NEEDS": "adc1", "UNIT": "%", "HI": 100, "SCALE": 10, "OPTIONS": {"mv0": [0, 3300], "mv100": [0, 3300]}},
}


class _Told(msgspec.Struct, rename="upper"):
    """What a driver says of itself."""

    needs: Needs
    prop: str = ""
    unit: str = ""
    lo: float = 0.0
    hi: float = 1.0
    scale: Annotated[float, msgspec.Meta(gt=0)] = 1.0
    pins: tuple[str, ...] = ()
    options: dict[str, tuple[int | str, ...]] = {}
    label: Labels | str = ""
    hazard: Hazard = "H2"  # what moves there nobody knows: it counts as motion, heat or water
    level: Level = "A2"
    ramp: bool = True


def read(folder: Path) -> dict[str, Kind]:
    """The kinds by their name, which is the file's. Raises ConfigError that names file, line and what is right."""
    return {path.stem: _kind(path) for path in sorted((folder / "parts").glob("*.py"))}


def _kind(path: Path) -> Kind:
    name = path.stem
    if not wire.segment(name) or name in KINDS or name in ("base", "digital", "analog", "dht", "i2c", "imu"):
        raise _wrong(path, 0, N_("the name “{name}” is taken, or is none"), N_("Rename the file: a–z, 0–9 and _."),
                     name=name)  # fmt: skip
    try:
        with path.open("rb") as file:
            driver = file.read(_MOST + 1)
    except OSError as error:
        raise _wrong(path, 0, N_("it cannot be read: {why}"), "", why=error.strerror or error) from error
    if len(driver) > _MOST:
        raise _wrong(path, 0, N_("it is too long for a board"), N_("At most {most} bytes."), most=_MOST)
    try:
        tree = ast.parse(driver, str(path))
    # The last two: thousands of signs or brackets in one line.
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", 0) or 0
        raise _wrong(path, line, N_("it is no Python: {why}"), N_("Correct that line."),
                     why=getattr(error, "msg", None) or str(error) or type(error).__name__) from error  # fmt: skip
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    named = [node.value.id for node in tree.body if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name)
             and any(isinstance(one, ast.Name) and one.id == "PART" for one in node.targets)]  # fmt: skip
    made = classes.get(named[-1]) if named else None
    if made is None:
        raise _wrong(path, 0, N_("it does not say which class the part is"), N_("End the file with PART = TheClass."))
    return _of(path, name, made, driver)


def _of(path: Path, name: str, made: ast.ClassDef, driver: bytes) -> Kind:
    base = next((one.id for one in made.bases if isinstance(one, ast.Name) and one.id in _BASES), "")
    if not base:
        raise _wrong(path, made.lineno, N_("the class {name} has no base"), N_("Possible: {known}."),
                     name=made.name, known=", ".join(_BASES))  # fmt: skip
    told: dict[str, Any] = dict(_BASES[base])
    for node in made.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            key = node.targets[0].id
            if key.lower() in _Told.__struct_fields__ and key.isupper():
                try:
                    told[key] = ast.literal_eval(node.value)
                except (ValueError, TypeError, RecursionError, MemoryError) as error:
                    raise _wrong(
                        path, node.lineno, N_("{key} is no plain value"), N_("Write the number or text itself."),
                        key=key,
                    ) from error  # fmt: skip
    try:
        said = msgspec.convert(told, _Told)
    except msgspec.ValidationError as error:
        raise _wrong(
            path, made.lineno, N_("what it says of itself does not fit: {why}"),
            N_("NEEDS is one of {known}; firmware/README.md has the others."), why=error,
            known=", ".join(get_args(Needs)),
        ) from error  # fmt: skip
    output = base == "Output"
    if not -math.inf < said.lo < said.hi < math.inf or (output and not said.prop.isidentifier()):
        raise _wrong(path, made.lineno, N_("LO, HI and PROP do not fit together"),
                     N_('Write such as: PROP = "speed", LO = 0, HI = 100'))  # fmt: skip
    label = {"zh": said.label, "en": said.label} if isinstance(said.label, str) else said.label
    options = {key: _allowed(path, made.lineno, allowed) for key, allowed in said.options.items()}
    return Kind(
        name, {"zh": label.get("zh") or name, "en": label.get("en") or name}, said.needs, said.prop or "value",
        said.unit, said.lo, said.hi, min(max(0.0, said.lo), said.hi), hazard=said.hazard if output else "H0",
        level=said.level, pins=said.pins, options=options, reads=not output, ramp=said.ramp and output,
        steps=said.scale, driver=driver,
    )  # fmt: skip


def _allowed(path: Path, line: int, given: tuple[int | str, ...]) -> Allowed:
    match given:
        case (int(low), int(high)):
            return low, high
        case (str(), *_) if all(isinstance(word, str) for word in given):
            return tuple(map(str, given))
    raise _wrong(
        path, line, N_("OPTIONS does not fit"), N_('Write a lowest and highest number, or words: (0, 9), ("a", "b")')
    )


def _wrong(path: Path, line: int, what: str, hint: str, **values: Any) -> ConfigError:
    where = f"{path}:{line}" if line else str(path)
    return ConfigError(N_("{file}: {fault}"), hint, file=where, fault=Later(what, values), **values)
