"""What a browser may say on the page where data are recorded and a model is trained, each message checked."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from gongzhi.learn.recording import Slug, Word

Stem = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.-]{0,64}\Z")]


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="studio_record"):
    """Record `label` by `person` for `seconds` after a count-down of `count` seconds."""

    label: Word
    person: Slug
    seconds: Annotated[float, msgspec.Meta(ge=2, le=60)] = 6.0
    count: Annotated[int, msgspec.Meta(ge=0, le=10)] = 3
    session: Slug = "s00"


class Break(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="studio_break"):
    """Break the recording off; nothing of it is kept."""


class Remove(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="studio_remove"):
    """Take the recording `name` out, into the folder "removed"."""

    name: Stem


class Restore(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="studio_restore"):
    """Put the recording that was taken out last back."""


class Agree(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="studio_agree"):
    """Somebody agreed that `person` is recorded."""

    person: Slug
    by: Literal["self", "parent", "teacher"]


class Look(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="studio_look"):
    """Show the recording `name` as a moving skeleton."""

    name: Stem


class Train(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="studio_train"):
    """Train a model on what was recorded."""


class Halt(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="studio_halt"):
    """End the training; its model is thrown away."""


class Use(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="studio_use"):
    """Let the running project go by the new model."""


class Back(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="studio_back"):
    """Let it go by the one before again."""


class Choose(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="studio_choose"):
    """Let the page be about a sensor, or "": the person before the camera."""

    source: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9_]{0,32}\Z")]


StudioMessage = Choose | Record | Break | Remove | Restore | Agree | Look | Train | Halt | Use | Back
