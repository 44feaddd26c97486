"""Takes what the coach of a pack has noticed, gives the line for the page: score, what was good, one thing to do."""

from __future__ import annotations

from typing import Final

from gongzhi.coach.coach import Event, Notice, Repetition
from gongzhi.coach.feedback import Say
from gongzhi.learn.pack import Pack
from gongzhi.runtime.view import both
from gongzhi.text import LANGUAGES, N_
from gongzhi.values import Labels

ID: Final = "coach"  # of the one line that the next one replaces
_NOTICES: Final = {
    "calibrated": N_("The coach has your measure. Begin when you like."),
    "lost": N_("The coach does not see you. It waits."),
    "back": N_("The coach sees you again."),
    "stumble": N_(
        "Are you all right? The coach is quiet now. Rest as long as you like, or sit and go on with the arms."
    ),
}
_SEEN: Final = N_("{form}: {total:.0f} of 100, {seen} of {checks} checks seen.")
_UNSCORED: Final = N_("{form} was done. Stand still for two seconds first, then it is scored.")
_ASK: Final = N_("The camera is not sure; would somebody look? “{cue}”")
_UNVERIFIED: Final = N_("(not verified)")


def line(event: Event, pack: Pack) -> Labels | None:
    """What the page shows of it, in all languages; None where it shows nothing."""
    match event:
        case Notice(what):
            return both(_NOTICES[what])
        case Repetition(form, score=None) if pack.form(form).checks:
            return {each: both(_UNSCORED, form=_title(pack, form, each))[each] for each in LANGUAGES}
        case Say():
            return {each: _said(event, pack, each) for each in LANGUAGES}
    return None


def _title(pack: Pack, form: str, language: str) -> str:
    """A form's name; what nobody has verified is called so."""
    one = pack.form(form)
    name = one.title.get(language) or form
    return name if one.verified else f"{name}{both(_UNVERIFIED)[language]}"


def _said(say: Say, pack: Pack, language: str) -> str:
    cue = say.cue.get(language, "")
    parts = [
        both(_SEEN, form=_title(pack, say.form, language), total=say.total, seen=say.seen, checks=say.checks)[language],
        f"{say.praise[language]}{'。' if language == 'zh' else '.'}" if say.praise.get(language) else "",
        both(_ASK, cue=cue)[language] if say.kind == "ask" else cue,
    ]
    return " ".join(part for part in parts if part)
