"""Takes the tables [look.NAME] of a project.toml, gives what is to be measured in the camera's picture, as sensors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import msgspec

from gongzhi.config import one_of, shaped
from gongzhi.parts import Kind
from gongzhi.project.parts import Part, labels
from gongzhi.text import N_
from gongzhi.values import Labels

COLOURS: Final = ("black", "white", "grey", "red", "orange", "brown", "yellow", "green", "blue", "purple")
CLEAR: Final = "clear"
MOST_PEOPLE: Final = 3  # three are three or more: beyond, the count says little (pose/count.py)
Area = tuple[float, float, float, float]
_WHOLE: Final[Area] = (0.0, 0.0, 1.0, 1.0)
_LEAST: Final = 0.02  # of the picture's width or height: below there are a few pixels only
_CLEAR: Final[Mapping[str, tuple[float, float, str]]] = {CLEAR: (0, 1, "")}


def _kind(prop: str, zh: str, en: str, unit: str, high: float) -> Kind:
    return Kind("look", {"zh": zh, "en": en}, "in", prop, unit, 0, high, hazard="H0", reads=True, more=_CLEAR)


MEASURES: Final[Mapping[str, Kind]] = {
    "motion": _kind("motion", "画面里的动静", "movement in the picture", "%", 100),
    "people": _kind("people", "画面里的人数", "people in the picture", "", MOST_PEOPLE),
    "colour": _kind("share", "一种颜色占多少", "how much has a colour", "%", 100),
}


class LookTable(msgspec.Struct, forbid_unknown_fields=True):
    """[look.NAME]; docs in Look."""

    measures: str
    colour: str | list[str] = []
    area: Annotated[list[float], msgspec.Meta(min_length=4, max_length=4)] | None = None
    label: Labels | str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """One number that is measured in the picture (stages/measure.py), as a sensor that is on no board.

    `part` is what conditions and programs use: its reading is the number, its reading "clear" is 1 where the picture
    could be judged and 0 where it is too dark or there is none. `area` (left, top, right, bottom) are shares of the
    picture; `colours` of COLOURS are counted together.
    """

    part: Part
    measures: str  # of MEASURES
    area: Area = _WHOLE
    colours: tuple[str, ...] = ()


def read(
    tables: Mapping[str, Any], path: Path, parts: Mapping[str, Part], fail: Callable[..., NoReturn],
    name: Callable[[str, str], None],
) -> dict[str, Look]:  # fmt: skip
    """The looks, by their names; `fail(where, what, hint, **values)` and `name(where, value)` refuse (reader.py)."""
    found = {}
    for id_, raw in tables.items():
        where = f"look.{id_}"
        name(where, id_)
        if id_ in parts:
            fail(where, N_("a part is called “{name}” already"), N_("Give it another name."), name=id_)
        table = shaped(raw, LookTable, path, where)
        colours = (table.colour,) if isinstance(table.colour, str) else tuple(table.colour)
        one_of(table.measures, MEASURES, where, fail)
        if bool(colours) != (table.measures == "colour"):
            fail(
                where, N_("a colour belongs to measures = \"colour\", and only there"),
                N_("Possible: {known}."), known=", ".join(COLOURS),
            )  # fmt: skip
        for colour in colours:
            one_of(colour, COLOURS, where, fail)
        area = _area(table, where, fail)
        part = Part(id_, "", {}, MEASURES[table.measures], labels(table.label, id_), "", None)
        found[id_] = Look(part, table.measures, area, colours)
    return found


def _area(table: LookTable, where: str, fail: Callable[..., NoReturn]) -> Area:
    if table.area is None:
        return _WHOLE
    left, top, right, bottom = table.area
    fits = left >= 0 and left + _LEAST <= right <= 1 and top >= 0 and top + _LEAST <= bottom <= 1
    if not fits or table.measures == "people":
        hint = N_("Write left, top, right, bottom as shares of the picture, such as [0.3, 0.6, 0.7, 0.9].")
        if table.measures == "people":
            hint = N_("People are counted in the whole picture; leave area out.")
        fail(where, N_("area = {value} does not fit"), hint, value=list(table.area))
    return left, top, right, bottom
