"""Takes `gongzhi explain ID`, gives the decision's explanation on standard output, from the journal alone."""

from __future__ import annotations

import difflib
from typing import Annotated

import typer

from gongzhi.cli.journal import Folder, Lang, place, speak
from gongzhi.errors import JournalError
from gongzhi.journal import explain as words
from gongzhi.journal.book import Book, Life, open_book
from gongzhi.text import N_, tr


def explain(
    id_: Annotated[str, typer.Argument(metavar="ID", help=tr("The decision, such as d-57; “last” for the last one."))],
    journal: Folder = None,
    depth: Annotated[int, typer.Option(min=1, max=3, help=tr("1 a sentence, 2 values and course, 3 all records."))] = 1,
    lang: Lang = None,
) -> None:
    """Explain one decision."""
    speak(lang)
    book = open_book(place(journal))
    life = found(book, id_)
    out = [f"{life.id}  {words.clock(life.entries[0].wall)}", words.sentence(life)]
    if depth >= 2:
        out += [
            "",
            *(tr("{name}: {value}", name=name, value=value) for name, value in words.values(life)),
            "",
            *words.course(life),
        ]
    if depth >= 3:
        out += ["", *words.records(life, book)]
    typer.echo("\n".join(out))


def found(book: Book, id_: str) -> Life:
    """The decision meant by "d-57", "57" or "last"; raises JournalError with the nearest ids."""
    if not book.lives:
        raise JournalError(
            N_("No decision is recorded in {path} yet."), N_("Run the project and let it propose something."),
            path=book.path,
        )  # fmt: skip
    life = book.lives[-1] if id_ == "last" else book.life(id_) or book.life(f"d-{id_}")
    if life is None:
        known = list(dict.fromkeys(one.id for one in book.lives))
        raise JournalError(
            N_("There is no decision “{id}” in {path}."),
            N_("Near to it: {near}. All of them: gongzhi journal list."),
            id=id_,
            path=book.path,
            near=", ".join(_near(id_, known)),
        )
    return life


def _near(id_: str, known: list[str]) -> list[str]:
    """At most three ids: the nearest numbers, else the most alike, else the last ones."""
    number = id_.removeprefix("d-")
    if number.isdecimal():
        numbers = [one for one in known if one.removeprefix("d-").isdecimal()]
        return sorted(numbers, key=lambda one: abs(int(one.removeprefix("d-")) - int(number)))[:3] or known[-3:]
    return difflib.get_close_matches(id_, known, 3) or known[-3:]
