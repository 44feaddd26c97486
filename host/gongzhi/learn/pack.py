"""Takes the name of a pack of movements, gives its forms as keyframes with what is known and not known of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from gongzhi.errors import DataError
from gongzhi.text import N_

Degrees = Annotated[float, msgspec.Meta(ge=-180, le=180)]
Four = tuple[Degrees, Degrees, Degrees, Degrees]


class Phase(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One keyframe, reached in `s` seconds from the one before; degrees as the pack's file explains."""

    s: Annotated[float, msgspec.Meta(ge=0, le=60)]
    zh: str
    trunk: tuple[Degrees, Degrees, Degrees]
    head: tuple[Degrees, Degrees]
    left_arm: Four
    right_arm: Four
    left_leg: Four
    right_leg: Four
    pelvis: tuple[Degrees, Degrees] = (0.0, 0.0)
    shrug: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0
    arms: Literal["world", "trunk"] = "world"


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One movement: `sided` ones are done to the left and to the right in turn; `verified` says that the order of its
    phases was read in its sources."""

    id: Annotated[str, msgspec.Meta(pattern="^[a-z_]+$")]
    title: dict[str, str]
    sided: bool
    verified: bool
    sources: list[str]
    phases: Annotated[list[Phase], msgspec.Meta(min_length=2)]


class Pack(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A set of movements, the lengths of a grown-up's body in trunks, and the sources; `reviewer` is the teacher who
    has signed it, empty where nobody has."""

    format: Literal[1]
    name: str
    title: dict[str, str]
    reviewer: str
    lengths: dict[Literal["shoulders", "hips", "upper_arm", "forearm", "thigh", "shank", "nose"], float]
    sources: dict[str, str]
    forms: list[Form]

    def form(self, name: str) -> Form:
        """One form by its id; KeyError where there is none."""
        return {each.id: each for each in self.forms}[name]


def load(name: str) -> Pack:
    """A pack that is part of Gongzhi. Raises DataError when there is none of that name, or it is broken."""
    path = Path(__file__).parent / "packs" / f"{name}.toml"
    try:
        if not re.fullmatch("[a-z0-9_]+", name):
            raise ValueError(name)
        return msgspec.toml.decode(path.read_bytes(), type=Pack)
    except (OSError, ValueError, msgspec.DecodeError) as error:
        raise DataError(
            N_("The pack of movements {name} is missing or broken: {error}"),
            N_("Install Gongzhi again."),
            name=name,
            error=str(error),
        ) from error
