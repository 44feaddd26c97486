"""Takes the runtime's values, gives the messages that the page shows (who reads them: page/static/main.js)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gongzhi.actions import hands_of
from gongzhi.arbiter.level import hazard_ceiling
from gongzhi.errors import GongzhiError
from gongzhi.project import Board, Manifest, Part
from gongzhi.sim.poses import SEQUENCES, SIGNS
from gongzhi.sim.scene import FORM, NOBODY
from gongzhi.text import LANGUAGES, N_, Language, pick, tr
from gongzhi.values import Choice, Decision, Labels, Level, Resource, Rule

UNDO_S = 10.0  # cointelligence.md: Undo is offered for 10 s


def both(message: str, /, **values: Any) -> Labels:
    """A catalogue text in both languages; a label among the values speaks the same one."""

    def said(language: Language) -> str:
        own = {name: pick(one, language) if isinstance(one, dict) else one for name, one in values.items()}
        return tr(message, language, **own)

    return {language: said(language) for language in LANGUAGES}


def what(resource: Resource, value: float, said: Labels) -> Labels:
    """What would be done, in words: the program's own, or made from the part."""
    if said:
        return said
    if resource.kind == "led":
        message = N_("turn the {part} on") if value > resource.low else N_("turn the {part} off")
    elif resource.kind == "buzzer":
        message = N_("let the {part} sound") if value > resource.low else N_("silence the {part}")
    elif resource.kind in ("oled", "matrix"):
        message = N_("show page {value:g} on the {part}") if value > resource.low else N_("darken the {part}")
    else:
        message = N_("turn the {part} to {value:g}{unit}")
    return both(message, part=resource.label, value=value, unit=resource.unit)


# What the drawn person can be told to do (sim/scene.py): those that a pupil needs to try a piece without a camera.
_DOES = {
    "stand": N_("stands"), "hands_up": N_("both hands up"), "arms_level": N_("both arms level"),
    "one_hand_up": N_("one hand up"), "wave": N_("waves"), "hands_on_hips": N_("hands on hips"),
    "lean": N_("leans to one side"), "lying": N_("lies across"), "fist": N_("a fist"), "one_finger": N_("one finger"),
    "two_fingers": N_("two fingers"), "three_fingers": N_("three fingers"), "four_fingers": N_("four fingers"),
    "five_fingers": N_("five fingers"), "thumb_up": N_("thumb up"),
    "thumb_and_little_finger": N_("thumb and little finger"), "open_close": N_("a hand opens and closes"),
    "two_six": N_("two fingers, then thumb and little finger"), "bye_bye": N_("bye-bye with the fingers"),
}  # fmt: skip


def does(manifest: Manifest) -> dict[str, Labels]:
    """What the drawn person of this project can be told to do, and how people call it: poses, signs where fingers are
    looked for, the movements of its pack, and to leave."""
    hands, pack = hands_of(manifest.seen), manifest.seen.pack
    found = {id_: both(said) for id_, said in _DOES.items() if hands or id_ not in (*SIGNS, *SEQUENCES)}
    for form in pack.forms if pack is not None else ():
        found[FORM + form.id] = form.title
    return {**found, NOBODY: both(N_("leaves"))}


def fault(error: GongzhiError | None) -> Labels:
    """An error in both languages."""
    return {language: error.text(language) if error else "" for language in LANGUAGES}


def hello(
    manifest: Manifest, pose: str, camera: str, bodies: Mapping[str, str], declared: Iterable[Rule]
) -> dict[str, Any]:
    """Everything that stays the same during a run."""
    return {
        "type": "hello",
        "project": {"id": manifest.id, "title": manifest.title},
        "pose": pose,
        "camera": camera,
        "boards": [_board(one, manifest.on(one.id), bodies.get(one.id, "")) for one in manifest.boards.values()],
        "resources": [
            {"id": one.id, "board": one.device, "label": one.label, "level": one.level, "hazard": one.hazard,
             "unit": one.unit, "safe": one.safe, "ceiling": _ceiling(one)}
            for one in manifest.resources.values()
        ],
        "rules": rules(manifest, declared),
        "actions": manifest.actions,
        "voice": manifest.seen.voice,
        "looks": [
            {"name": name, "label": look.part.label, "unit": look.part.kind.unit, "hi": look.part.kind.high,
             "area": look.area}
            for name, look in manifest.looks.items()
        ],
    }  # fmt: skip


def _ceiling(resource: Resource) -> Level:
    """The highest level that the dial can ever reach: what is above it would be a promise that is not kept."""
    return max(hazard_ceiling(resource), hazard_ceiling(resource, raising=True))


def rules(manifest: Manifest, declared: Iterable[Rule]) -> list[dict[str, Any]]:
    """What project.toml and the pupil's program declare, in words."""
    resources = manifest.desks
    return [
        {"when": rule.when, "label": rule.because, "resource": rule.resource, "value": rule.value,
         "what": what(resources[rule.resource], rule.value, rule.what), "choices": choices(rule.choices)}
        for rule in declared
    ]  # fmt: skip


def choices(several: Iterable[Choice]) -> list[dict[str, Any]]:
    """The answers that a question offers."""
    return [{"label": one.label, "value": one.value} for one in several]


def _board(board: Board, parts: list[Part], body: str) -> dict[str, Any]:
    return {
        "id": board.id,
        "type": board.about.name,
        "label": board.label,
        "body": body,
        "parts": [
            {"ch": part.id, "kind": part.kind.name, "pin": part.pin, "label": part.label,
             "lo": part.resource.low if part.resource else part.kind.low,
             "hi": part.resource.high if part.resource else part.kind.high,
             "unit": part.kind.unit, "prop": part.kind.prop, "answers": part.answers}
            for part in parts
        ],
    }  # fmt: skip


def decision(one: Decision, resource: Resource, now: float, answered: str = "") -> dict[str, Any]:
    """One decision's card; `answered` is the seat whose yes or no it followed, "" for nobody's."""
    waiting = one.state in ("proposed", "deferred")
    undo = one.state == "done" and resource.reversible and now - one.t < UNDO_S
    return {
        "type": "decision",
        "id": one.id,
        "resource": one.resource,
        "label": resource.label,
        "what": what(resource, one.value, one.what),
        "because": one.because,
        "value": one.value,
        "unit": resource.unit,
        "p": round(one.p, 2),
        "state": one.state,
        "level": {"eff": one.level.eff, "by": one.level.by, "req": one.level.req},
        "digest": one.digest,
        "remaining_ms": max(0, round(1000 * (one.until - now))) if waiting else None,
        "total_ms": round(1000 * (one.until - one.t)),
        "by": one.by,
        "answered": answered,
        "reason": one.reason,
        "options": list(one.options),
        "choices": choices(one.choices),
        "undo": undo,
        # Then `total_ms` is how long the act stood.
        "over": one.state == "done" and now >= one.until,
        "t": round(one.t, 3),
    }


def notice(id_: str, level: str, said: Labels, *, on: bool = True) -> dict[str, Any]:
    """Something the user has to know; `on` False takes it back."""
    return {"type": "notice", "id": id_, "level": level, "text": said, "on": on}
