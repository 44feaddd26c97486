"""Takes the text that a browser sent, gives a validated message; and names what goes the other way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal

import msgspec

from gongzhi.learn.recording import Slug
from gongzhi.page.studio_messages import StudioMessage as StudioMessage
from gongzhi.values import Action, Keypoints, Level

# Longer than any id of ours (wire.md: 16 for a name, 24 for a command), short enough to be harmless in a log.
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
MAX_MESSAGE: Final = 1024  # bytes; the longest valid message has under 300


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="answer"):
    """A person's word on the decision `id`, about what the card with `digest` showed; `value` for an edit: their own,
    or that of a choice."""

    verb: Literal["confirm", "edit", "reject", "undo"]
    id: Name
    digest: Name
    value: float | None = None


class Override(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="override"):
    """A person sets `resource` by hand; of what moves, the same again every 500 ms while the hand is on it."""

    resource: Name
    value: float


class Handback(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="handback"):
    """A person gives `resource` back to the machine."""

    resource: Name


class Dial(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="dial"):
    """A person sets how much the machine may do with `resource`."""

    resource: Name
    level: Level


class Explain(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="explain"):
    """A person asks why decision `id` came about; "explained" answers."""

    id: Name


class Restart(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="restart"):
    """The pupil's program shall be started again."""


class Teach(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="teach"):
    """What led to decision `id`, or what is done now, is `label`; the `person` by the number of their consent."""

    label: Annotated[str, msgspec.Meta(max_length=60)]
    id: Annotated[str, msgspec.Meta(max_length=64)] = ""
    model: Annotated[str, msgspec.Meta(max_length=64)] = ""
    person: Annotated[str, msgspec.Meta(max_length=64)] = ""


class Forget(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="forget"):
    """A sample is taken out of quarantine."""

    model: Name
    sample: Name


class Measure(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="measure"):
    """A lesson is to be trained from what waits, and measured."""

    model: Name


class Promote(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="promote"):
    """The measured lesson `version` is to be in force."""

    model: Name
    version: Name


class Rollback(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="rollback"):
    """The version before is to be in force again."""

    model: Name


class Golden(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="golden"):
    """A golden set is to be set apart; `back`: it is to be learnt from again."""

    model: Name
    back: bool = False


class Agreed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="agreed"):
    """The person of this number may be in the data set; `by` says who agreed: no name, so no free text."""

    model: Name
    person: Slug
    by: Literal["self", "parent", "teacher"]


class Stop(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="stop"):
    """Everything that moves, lights or sounds shall go to safe and stay there."""


class Rearm(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="rearm"):
    """The stopped `resource` may be used again; where none is named, all that whoever says it may allow."""

    resource: Name | None = None


class Press(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="press"):
    """The button `ch` of the drawn `board` goes down or up; `cancel`: the up is no choice of the person's (the
    pointer was taken away by the system)."""

    board: Name
    ch: Name
    down: bool
    cancel: bool = False


class Move(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="move"):
    """The surroundings of the simulated input `ch` (or of its reading, "room.humidity") are moved to `value`."""

    ch: Name
    value: float


class Cable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="cable"):
    """The cable of the simulated input `ch` is put in, or pulled out."""

    ch: Name
    plugged: bool


class SetMat(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="mat"):
    """The mat's four corners in shares of the picture; none takes it away."""

    corners: Annotated[list[tuple[float, float]], msgspec.Meta(max_length=4)]


class Watch(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="watch"):
    """Whether this browser can be seen at all; a hidden one takes no place among those that get pictures."""

    video: bool


class Carry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="carry"):
    """Whoever carries the simulated motion sensor `ch` does `what` from now on (sim/worn.py)."""

    ch: Name
    what: Literal["stand", "walk", "run", "hop", "shake", "turn"]


class Show(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="show"):
    """Before the drawn camera a thing lies on the tray, so many more people stand, the light is off, or the person does
    something else ("": the exercise) (sim/props.py); what is None stays as it is."""

    thing: Literal["nothing", "paper", "carton", "can", "bottle"] | None = None
    besides: Annotated[int, msgspec.Meta(ge=0, le=2)] | None = None
    dim: bool | None = None
    person: Annotated[str, msgspec.Meta(max_length=64)] | None = None


Lesson = Teach | Forget | Measure | Promote | Rollback | Golden | Agreed
Message = (
    Answer | Stop | Rearm | Press | Override | Handback | Dial | Explain | Restart | Move | Cable | Carry | Show
    | SetMat | Lesson
)  # fmt: skip
_decoder: msgspec.json.Decoder[Message | StudioMessage | Watch] = msgspec.json.Decoder(Message | StudioMessage | Watch)


def decode(text: str | bytes) -> Message | StudioMessage | Watch:
    """The message in `text`; raises ValueError (msgspec.DecodeError or its ValidationError) that names the path."""
    if len(text) > MAX_MESSAGE:
        raise ValueError(f"a message of {len(text)} bytes, {MAX_MESSAGE} at most")
    return _decoder.decode(text)


def key_of(message: Mapping[str, Any]) -> str | None:
    """The key under which the hub keeps a message of the page's schema, so that the latest replaces the one before;
    None for a type that is an event."""
    kind = message["type"]
    match kind:
        case "hello" | "stats" | "person" | "stopped" | "mat" | "strange" | "looked" | "props":
            return str(kind)
        case "decision" | "board" | "notice":
            return f"{kind}/{message['id']}"
        case "part" | "screen" | "world" | "felt":
            return f"{kind}/{message['board']}/{message['ch']}"
        case "school":
            return f"school/{message['model']}"
        case "sample":
            return f"sample/{message['sample']}"
        case "owner" | "dial":
            return f"{kind}/{message['resource']}"
    return None


def frame_meta(
    keypoints: Keypoints | None, actions: Sequence[Action], seq: int, size: tuple[int, int]
) -> dict[str, Any]:
    """What travels beside a picture: `seq`, its `size` (width, height) in pixels, the person's 33 points as
    [x, y, score] or None, of each of their hands 21 points as [x, y], and each recogniser's word."""
    points = None
    if keypoints is not None:
        # A tenth of a pixel is more than a screen shows, and half the bytes.
        rows = zip(keypoints.xy.tolist(), keypoints.score.tolist(), strict=True)
        points = [[round(x, 1), round(y, 1), round(score, 2)] for (x, y), score in rows]
    said = [{"name": one.name, "held": one.held, "p": round(one.p, 3), "cal": one.calibrated} for one in actions]
    hands = [[[round(x, 1), round(y, 1)] for x, y in hand.xy.tolist()] for hand in keypoints.hands] if keypoints else []
    return {"seq": seq, "w": size[0], "h": size[1], "kp": points, "hands": hands, "actions": said}
