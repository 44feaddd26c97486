"""Takes the name or the folder of a pack of movements, gives its forms, checks and cues with what is not known of them.

A pack is a folder with pack.toml (docs/wuqinxi.md), and for movements that a teacher has shown, their recordings.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NoReturn

import msgspec

from gongzhi import paths
from gongzhi.config import fault, nearest
from gongzhi.errors import ConfigError, DataError
from gongzhi.learn.recording import Slug
from gongzhi.text import N_, Later
from gongzhi.toml_faults import explain
from gongzhi.values import Labels

FILE: Final = "pack.toml"
LEAD: Final = 2.2  # seconds of standing before the repetition in a pack's recording, to measure the person by
Degrees = Annotated[float, msgspec.Meta(ge=-180, le=180)]
Four = tuple[Degrees, Degrees, Degrees, Degrees]
Id = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,31}\Z")]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Positive = Annotated[float, msgspec.Meta(gt=0, le=100)]

# What a check can measure, as seen from the front; the units are in docs/wuqinxi.md. "near" is the side to which a form
# is done, "far" the other. The second word says which joints must be seen.
MEASURES: Final[dict[str, Literal["arms", "trunk", "head", "legs", "time"]]] = {
    "wrists_low": "arms", "wrists_high": "arms", "wrists_mean": "arms", "wrist_near": "arms", "wrist_far": "arms",
    "wrists_uneven": "arms", "wrists_apart": "arms", "wrists_out": "arms", "wrist_far_out": "arms",
    "lean": "trunk", "trunk": "trunk", "shoulders": "trunk", "nose": "head", "face": "head",
    "ankle_lift": "legs", "ankles_apart": "legs", "knee_near": "legs", "rise": "legs", "seconds": "time",
}  # fmt: skip


class Phase(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One keyframe, reached in `s` seconds from the one before; degrees as the pack's file explains. `support` is the
    foot (of a form to the left) that alone bears the weight; `heels` 1 stands on the toes."""

    s: Annotated[float, msgspec.Meta(ge=0, le=60)]
    zh: str
    trunk: tuple[Degrees, Degrees, Degrees] = (0.0, 0.0, 0.0)
    head: tuple[Degrees, Degrees] = (0.0, 0.0)
    left_arm: Four
    right_arm: Four
    left_leg: Four
    right_leg: Four
    pelvis: tuple[Degrees, Degrees] = (0.0, 0.0)
    shrug: Share = 0.0
    heels: Share = 0.0
    support: Literal["both", "left", "right"] = "both"
    arms: Literal["world", "trunk"] = "world"
    even: bool = False  # reached at an even pace: one of the many that a recording is read as


class Posture(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Parts of a keyframe; None is what is not said of it."""

    trunk: tuple[Degrees, Degrees, Degrees] | None = None
    head: tuple[Degrees, Degrees] | None = None
    left_arm: Four | None = None
    right_arm: Four | None = None
    left_leg: Four | None = None
    right_leg: Four | None = None
    pelvis: tuple[Degrees, Degrees] | None = None


class Wrong(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a generated performer fails a check, to measure whether it is noticed: the keyframes `at` (all, where it is
    left out) are brought the share `by` of the way to the one named `to`, of these limbs or all; or to a `posture` that
    none of the keyframes has."""

    at: list[int] = []
    to: int = 0
    posture: Posture | None = None
    by: Share = 1.0
    only: list[Literal["trunk", "head", "left_arm", "right_arm", "left_leg", "right_leg", "shrug", "heels", "s"]] = []
    slower: Positive = 1.0  # the time to these keyframes is multiplied by this


class Check(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One thing to look at in a repetition: the `of` (max, min …) of a measure between two keyframes is to be more
    than `more` or less than `less`; worse than `half` away from that is 0 points, between is half.

    `good` is said where it is right, `cue` where it is not. `caught` and `passed` are how often it noticed what was
    wrong and let pass what was right, on generated performers (`gongzhi bench wuqinxi`); below SURE it is never said
    as wrong, but asked.
    """

    id: Id
    good: Labels
    cue: Labels
    measure: str
    of: Literal["max", "min", "median", "p90", "span"]
    during: tuple[int, int] | None = None
    more: float | None = None
    less: float | None = None
    half: Annotated[float, msgspec.Meta(gt=0)]
    weight: Positive = 1.0
    wrong: Wrong | None = None
    caught: Share | None = None
    passed: Share | None = None

    @property
    def sure(self) -> bool:
        """Whether it may be said as wrong."""
        return self.caught is not None and self.passed is not None and min(self.caught, self.passed) >= SURE


SURE: Final = 0.9  # of `caught` and of `passed`


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One movement.

    `sided` ones are done to the left and to the right in turn; `verified` says that the order of its phases was read
    in its sources; `boundary` marks the movement between two parts of a course. `how` describes it, `errors` are
    typical ones, `unseen` what no camera in front can judge: a person looks at that. A movement is given by its
    `phases`, or by the `examples` of a teacher, recordings in the pack's folder, each one repetition (to the left).
    """

    id: Id
    title: Labels
    sided: bool = False
    verified: bool = False
    boundary: bool = False
    sources: list[str] = []
    repetitions: Annotated[int, msgspec.Meta(ge=1, le=20)] = 1
    how: Labels = {}
    errors: Labels = {}
    unseen: Labels = {}
    cue: Labels = {}
    phases: list[Phase] = []
    examples: list[str] = []
    checks: list[Check] = []

    @property
    def seconds(self) -> float:
        """How long a repetition takes, as written; 0 for one that is given by examples."""
        return sum(max(phase.s, 0.3) for phase in self.phases[1:])


class Pack(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A set of movements, the lengths of a grown-up's body in trunks, and the sources; `reviewer` is the teacher who
    has signed it, empty where nobody has. `notice` must be shown to whoever uses it."""

    format: Literal[1]
    name: Slug
    title: Labels
    reviewer: str = ""
    notice: Labels = {}
    lengths: dict[Literal["shoulders", "hips", "upper_arm", "forearm", "thigh", "shank", "nose"], Positive] = {}
    sources: dict[str, str] = {}
    forms: Annotated[list[Form], msgspec.Meta(min_length=1, max_length=60)]
    folder: str = ""

    def form(self, name: str) -> Form:
        """One form by its id; KeyError where there is none."""
        return {each.id: each for each in self.forms}[name]

    @property
    def names(self) -> tuple[str, ...]:
        """The ids of all forms, in the order of the course."""
        return tuple(each.id for each in self.forms)


# Of a grown-up, in trunks, for a pack that says nothing of it: estimates.
_GROWN: Final = {"shoulders": 0.80, "hips": 0.50, "upper_arm": 0.65, "forearm": 0.51, "thigh": 0.85, "shank": 0.85,
                 "nose": 0.43}  # fmt: skip


def known() -> list[str]:
    """The names of the packs that are part of Gongzhi."""
    return sorted(each.parent.name for each in paths.share("packs").glob(f"*/{FILE}"))


def load(name: str, beside: Path | None = None) -> Pack:
    """A pack by its name, or by its folder (from `beside`, such as a project's). Raises DataError when there is none,
    or it is not right; the message names file, place and what to do."""
    given = (beside / name if beside else Path(name)).expanduser()
    own = paths.share("packs") / name if re.fullmatch("[a-z0-9_-]+", name) else None
    path = next((each / FILE for each in (given, own) if each is not None and (each / FILE).is_file()), None)
    if path is None:
        raise DataError(
            N_("There is no pack of movements “{name}”."),
            N_("Did you mean “{near}”? Or name a folder with pack.toml. Possible: {known}."),
            name=name,
            near=nearest(name, known()) or next(iter(known()), "-"),
            known=", ".join(known()),
        )
    return read(path)


def read(path: Path) -> Pack:
    """The pack in a file, all of it checked. Raises DataError."""
    try:
        raw = path.read_bytes()
        pack = msgspec.toml.decode(raw, type=Pack)
    except msgspec.ValidationError as error:
        where, what = fault(error)
        _fail(path, where or "pack", what)
    except (OSError, UnicodeError, msgspec.DecodeError) as error:
        _fail(path, "pack", _syntax(path, error))
    if pack.lengths and pack.lengths.keys() != _GROWN.keys():
        _fail(path, "lengths", Later(N_("a body needs all of its lengths: {known}"), {"known": sorted(_GROWN)}))
    pack = msgspec.structs.replace(pack, folder=str(path.parent), lengths=pack.lengths or _GROWN)
    seen: set[str] = set()
    for form in pack.forms:
        if form.id in seen:
            _fail(path, f"forms.{form.id}", Later(N_("this id stands twice"), {}))
        seen.add(form.id)
        _check(path, pack, form)
    return pack


def _syntax(path: Path, error: Exception) -> Later | str:
    import tomllib

    try:
        tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as found:
        line, code, why = explain(path.read_text(encoding="utf-8-sig"), found)
        return Later(N_("line {line}: {why}: {code}"), {"line": line, "why": why, "code": code})
    except (OSError, UnicodeError):
        pass
    return str(error)


def _check(path: Path, pack: Pack, form: Form) -> None:
    """What the shape alone cannot say."""
    at = f"forms.{form.id}"
    if bool(form.phases) == bool(form.examples) or len(form.phases) == 1:
        _fail(path, at, Later(N_("a movement has at least two phases, or examples of a teacher, not both"), {}))
    for source in form.sources:
        if source not in pack.sources:
            _fail(path, f"{at}.sources", Later(N_("there is no source “{name}”"), {"name": source}))
    if form.verified and not form.sources:
        _fail(path, at, Later(N_("what is verified names where it was read"), {}))
    for name in form.examples:
        if Path(name).name != name or not (Path(pack.folder) / name).is_file():
            _fail(
                path, f"{at}.examples", Later(N_("there is no recording “{name}” in the pack’s folder"), {"name": name})
            )
    for check in form.checks:
        _check_check(path, form, check)


def _check_check(path: Path, form: Form, check: Check) -> None:
    at = f"forms.{form.id}.checks.{check.id}"
    if check.measure not in MEASURES:
        near = nearest(check.measure, list(MEASURES)) or "–"
        _fail(
            path,
            at,
            Later(N_("nothing measures “{name}”; did you mean “{near}”?"), {"name": check.measure, "near": near}),
        )
    if check.more is None and check.less is None:
        _fail(path, at, Later(N_("a check needs more = …, less = … or both"), {}))
    if (check.of == "span") != (check.measure == "seconds"):
        _fail(path, at, Later(N_("seconds are measured as a span, and nothing else is"), {}))
    last = len(form.phases) - 1
    wrong = [*check.wrong.at, check.wrong.to] if check.wrong else []
    if check.wrong and check.wrong.posture and (check.wrong.only or check.wrong.to or not form.phases):
        _fail(path, at, Later(N_("a posture is given instead of “to” and “only”, for a form with phases"), {}))
    if form.phases and any(not 0 <= key <= last for key in (*(check.during or ()), *wrong)):
        _fail(path, at, Later(N_("keyframes are numbered 0 to {last}"), {"last": last}))
    if form.examples and any(wrong):
        _fail(path, at, Later(N_("what a teacher has shown has only the keyframe 0, how it begins"), {}))


def _fail(path: Path, where: str, what: Any) -> NoReturn:
    error = ConfigError(N_("{file}, at {where}: {what}."), N_("Compare with packs/wuqinxi."), file=path, where=where,
                        what=what)  # fmt: skip
    raise DataError(error.message, error.hint, **error.values)
