"""Takes an English message and a language, gives the sentence that the user reads (Chinese first)."""

from __future__ import annotations

import locale
import os
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, Protocol, runtime_checkable

import polib

Language = Literal["zh", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")
_CATALOGUES = Path(__file__).parent / "locale"
_chosen: Language | None = None


def N_(message: str) -> str:  # noqa: N802  (gettext's own name for "mark, do not translate yet")
    """Mark a message for the catalogue without translating it here."""
    return message


def choose(language: str | None) -> None:
    """Set the language of this process; None returns to what the environment says."""
    global _chosen
    _chosen = None if language is None else ("en" if language.lower().startswith("en") else "zh")


def language() -> Language:
    """The language in force: chosen, then GONGZHI_LANG, then an English locale, else Chinese."""
    if _chosen is not None:
        return _chosen
    said = os.environ.get("GONGZHI_LANG") or os.environ.get("LANG") or _locale()
    return "en" if said.lower().startswith("en") else "zh"


def _locale() -> str:
    try:
        return locale.getlocale()[0] or ""
    except ValueError:  # a name that Python does not know
        return ""


@cache
def catalogue(which: Language) -> dict[str, str]:
    """All translated messages of one language, by their English text; English itself needs none."""
    path = _CATALOGUES / f"{which}.po"
    if not path.exists():
        return {}
    # The .po file is read as it is: no compiled copy that could be stale (polib, about 10 ms).
    return {entry.msgid: entry.msgstr for entry in polib.pofile(str(path)) if entry.msgstr}


@runtime_checkable
class Spoken(Protocol):
    """A value that has words of its own in each language: an error, or a message inside a message."""

    def text(self, language: Language | None = None, /) -> str:
        """The words in the given (or the current) language."""
        ...


def tr(message: str, which: Language | None = None, /, **values: Any) -> str:
    """The message in the given (or the current) language with its {named} values filled in; a value that has words
    of its own speaks the same language."""
    found = catalogue(which or language()).get(message, message)
    if not values:
        return found
    return found.format(**{name: _spoken(one, which) for name, one in values.items()})


# The system's own words for what failed, as errno has them; they come as values, into sentences of ours.
_SYSTEM: Final = frozenset(
    (
        N_("No such file or directory"),
        N_("Permission denied"),
        N_("Operation not permitted"),
        N_("Is a directory"),
        N_("Not a directory"),
        N_("File exists"),
        N_("File name too long"),
        N_("Read-only file system"),
        N_("No space left on device"),
        N_("Input/output error"),
        N_("Connection refused"),
        N_("Connection reset by peer"),
        N_("Connection timed out"),
        N_("Network is unreachable"),
        N_("No route to host"),
        N_("Cannot assign requested address"),
        N_("Address already in use"),
        N_("Name or service not known"),
    )
)


def _spoken(value: Any, which: Language | None) -> Any:
    """What stands in a sentence for `value`."""
    if isinstance(value, Spoken):
        return value.text(which)
    said = value.strerror if isinstance(value, OSError) else value
    return tr(said, which) if isinstance(said, str) and said in _SYSTEM else value


def pick(labels: dict[str, str] | str, which: Language | None = None) -> str:
    """One text out of a project's own {"zh": …, "en": …} labels; what is there when the wanted is not."""
    if isinstance(labels, str):
        return labels
    wanted = which or language()
    return labels.get(wanted) or next(iter(labels.values()), "")


class Later:
    """A message inside a message: it is translated when the outer one is shown."""

    def __init__(self, message: str, values: dict[str, Any]) -> None:
        self.message, self.values = message, values

    def text(self, language: Language | None = None, /) -> str:
        """The message in the given (or the current) language."""
        return tr(self.message, language, **self.values)

    def __str__(self) -> str:
        return self.text()
