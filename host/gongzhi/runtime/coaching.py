"""Takes what the coach of a pack has noticed, gives the line for the page, score, what was good and one thing to do,
and what of it is to be read out; and lets the coach know when an adult has agreed to the next round."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gongzhi.coach.coach import Coach
from gongzhi.coach.events import Doubt, Event, Notice, Other, Repetition
from gongzhi.coach.feedback import Say
from gongzhi.learn.pack import Pack
from gongzhi.project import Manifest
from gongzhi.runtime.view import both
from gongzhi.text import LANGUAGES, N_, Language
from gongzhi.values import Labels

ID: Final = "coach"  # of the one line that the next one replaces
_NOTICES: Final = {
    "calibrated": N_("The coach has your measure. Begin when you like."),
    "lost": N_("The coach does not see you. It waits."),
    "back": N_("The coach sees you again."),
    "stumble": N_(
        "Are you all right? The coach is quiet now. Rest as long as you like, or sit and go on with the arms."
    ),
    "rest": N_("Time to rest: shake your arms and legs, drink some water. The coach waits."),
    "ready": N_("The rest is over. May the next round begin? Whoever is in charge decides."),
    "round": N_("The next round begins. Stand still for two seconds first."),
    "enough": N_("That is enough for today. Well done, everybody!"),
    "hands": N_("High enough: the hands need not go any further up."),
    "knees": N_("High enough: the knee need not go any further up."),
    "lean": N_("Far enough: come up again slowly."),
}
_NUMBER: Final = N_("Number {number}.")
_SEEN: Final = N_("{form}: {total:.0f} of 100, {seen} of {checks} checks seen.")
_UNSCORED: Final = N_("{form} was done. Stand still for two seconds first, then it is scored.")
_DOUBT: Final = N_("That was a little like {form}, and not quite: it is not counted.")
_OTHER: Final = N_("That was “{form}”, as it was taught: this pack does not count it.")
_ASK: Final = N_("The camera is not sure; would somebody look? “{cue}”")
_UNVERIFIED: Final = N_("(not verified)")


def agreed(manifest: Manifest, coach: Coach | None, channel: str, values: Mapping[str, float]) -> None:
    """A part stands at these values now: if it is the one that an adult's yes switches on, the next round may begin."""
    limits, part = manifest.seen.limits, manifest.parts.get(channel)
    if coach is None or limits is None or part is None or part.resource is None or channel != limits.go:
        return
    coach.go = values.get(part.kind.prop, part.resource.safe) != part.resource.safe


def voice(event: Event, pack: Pack) -> Labels | None:
    """What is read out, in all languages: as `line`, without numbers that only the eye takes in."""
    if not isinstance(event, Say):
        return line(event, pack)
    return {each: " ".join(_words(event, each)) for each in LANGUAGES}


def line(event: Event, pack: Pack) -> Labels | None:
    """What the page shows of it, in all languages; None where it shows nothing."""
    match event:
        case Notice(what):
            return both(_NOTICES[what])
        case Repetition(form, score=None) if pack.form(form).checks:
            return {each: both(_UNSCORED, form=_title(pack, form, each))[each] for each in LANGUAGES}
        case Doubt(form):
            return {each: both(_DOUBT, form=_title(pack, form, each))[each] for each in LANGUAGES}
        case Other(form):
            return both(_OTHER, form=form)
        case Say():
            return {each: _said(event, pack, each) for each in LANGUAGES}
    return None


def _title(pack: Pack, form: str, language: str) -> str:
    """A form's name; what was written after sources and nobody has verified is called so. What a teacher has shown is
    the teacher's."""
    one = pack.form(form)
    name = one.title.get(language) or form
    return name if one.verified or one.examples else f"{name}{both(_UNVERIFIED)[language]}"


def _said(say: Say, pack: Pack, language: Language) -> str:
    seen = both(_SEEN, form=_title(pack, say.form, language), total=say.total, seen=say.seen, checks=say.checks)
    return " ".join([seen[language], *_words(say, language)])


def _words(say: Say, language: Language) -> list[str]:
    """The how manieth it was, what was good, what to do: each a sentence."""
    cue = say.cue.get(language, "")
    parts = [
        both(_NUMBER, number=say.number)[language] if say.number else "",
        f"{say.praise[language]}{'。' if language == 'zh' else '.'}" if say.praise.get(language) else "",
        both(_ASK, cue=cue)[language] if say.kind == "ask" else cue,
    ]
    return [part for part in parts if part]
