"""Takes a TOML file and the shape that it must have, gives the typed value or an error that names key and remedy."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

import msgspec

from gongzhi.errors import ConfigError
from gongzhi.text import N_, Later
from gongzhi.toml_faults import explain, place
from gongzhi.values import LEVELS

T = TypeVar("T")

# msgspec names the fault in English; these say the same through the catalogue.
_FAULTS: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"Object contains unknown field `(?P<field>.+?)`"), N_("there is no setting “{field}” here")),
    (re.compile(r"Object missing required field `(?P<field>.+?)`"), N_("the setting “{field}” is missing")),
    (re.compile(r"Expected `(?P<want>.+?)`, got `(?P<got>.+?)`"), N_("this must be {want}, but it is {got}")),
    (re.compile(r"Invalid enum value (?P<got>.+)"), N_("{got} is not one of the possible words")),
    (re.compile(r"Expected `(?P<want>int|float)` >= (?P<bound>\S+)"), N_("this must be {bound} or more")),
    (re.compile(r"Expected `(?P<want>int|float)` <= (?P<bound>\S+)"), N_("this must be {bound} or less")),
    (re.compile(r"Expected `(?P<want>.+?)`(?P<got>.*)"), N_("this must be {want}")),
)
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(.+?)`")

_TYPES: Final = {
    "int": N_("a whole number, without quotes"),
    "float": N_("a number, without quotes"),
    "str": N_("text in quotes"),
    "bool": N_("true or false"),
    "object": N_("a table"),
    "array": N_("a list"),
}


def fault(error: Exception) -> tuple[str, Later | str]:
    """(where, what) of a msgspec validation error, in the user's language; where is like "part.gate.pin"."""
    text, _, path = str(error).partition(" - at ")
    where = re.sub(r"\[(.+?)\]", r".\1", path.strip("`")).removeprefix("$").strip(".")
    for pattern, message in _FAULTS:
        found = pattern.match(text)
        if found:
            words = {name: _type(word) for name, word in found.groupdict().items()}
            return where, Later(message, words)
    return where, text


def _type(words: str) -> Later:
    """What msgspec calls a type, in words: "int | str" is one or the other, "str | null" may be left out."""
    several = [Later(_TYPES.get(word, "{word}"), {"word": word}) for word in words.split(" | ") if word != "null"]
    return Later(" / ".join(f"{{t{n}}}" for n in range(len(several))), {f"t{n}": one for n, one in enumerate(several)})


def nearest(word: str, words: list[str]) -> str:
    """The word of `words` that is most like `word`, or an empty string."""
    return next(iter(difflib.get_close_matches(word, words, 1, 0.5)), "")


def one_of(word: str, known: Iterable[str], where: str, fail: Callable[..., NoReturn]) -> None:
    """Refuse a word that is none of `known` by `fail(where, what, hint, **values)`, with the one that was meant."""
    words = list(known)
    if word not in words:
        fail(
            where, N_("“{word}” is not known here"), N_("Did you mean “{near}”? Possible: {known}."),
            word=word, near=nearest(word, words) or next(iter(words), "–"), known=", ".join(words),
        )  # fmt: skip


def load_toml(path: Path, shape: type[T]) -> T:
    """Read `path` and check it against `shape` (a msgspec Struct); raises ConfigError."""
    try:
        text = path.read_text(encoding="utf-8-sig")  # Windows' editors put a mark before UTF-8
    except (FileNotFoundError, NotADirectoryError):
        raise ConfigError(N_("The file {file} does not exist."), N_("Check the folder’s name."), file=path) from None
    except OSError as error:
        raise ConfigError(
            N_("The file {file} cannot be read: {why}"), N_("Is it a file, and may you read it?"),
            file=path, why=error.strerror or error,
        ) from error  # fmt: skip
    except UnicodeError as error:
        raise ConfigError(
            N_("The file {file} cannot be read: {why}"), N_("Save it as UTF-8 text."), file=path, why=error
        ) from error
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line, code, why = explain(text, error)
        raise ConfigError(
            N_("{file}, line {line}: {why}."), N_("The line is: {code}"), file=path, line=line, why=why, code=code
        ) from error
    return shaped(table, shape, path)


def shaped(table: object, shape: type[T], path: Path, above: str = "") -> T:
    """`table`, out of the file `path` at the key `above`, checked against `shape`; raises ConfigError."""
    try:
        return msgspec.convert(table, shape)
    except msgspec.ValidationError as error:
        where, what = fault(error)
        hint, values = _hint(error, shape)
        where = ".".join(part for part in (above, where) if part)
        unknown = _UNKNOWN.match(str(error))
        line = place(path, ".".join(part for part in (where, unknown[1] if unknown else "") if part))
        message = N_("{file}, at {where}: {what}.") if where else N_("{file}: {what}.")
        file = Later("{file}{line}", {"file": path, "line": line})
        raise ConfigError(message, hint, file=file, where=where, what=what, **values) from error


def _hint(error: msgspec.ValidationError, shape: Any) -> tuple[str, dict[str, str]]:
    """What to do about it: the word that was meant, the levels there are, or an example."""
    unknown = _UNKNOWN.match(str(error))
    near = nearest(unknown[1], [*getattr(shape, "__struct_fields__", ())]) if unknown else ""
    if near:
        return N_("Did you mean “{near}”?"), {"near": near}
    if str(error).endswith(".level`"):
        return N_("Possible: {known}."), {"known": ", ".join(LEVELS)}
    return N_("Compare with an example project."), {}
