"""Takes `gongzhi replay FOLDER|FILE`, gives every decision's end and whether the chain holds; always the same."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from gongzhi.cli.journal import AsJson, Lang, part, place, speak
from gongzhi.cli.output import print_json
from gongzhi.journal.book import Book, open_book
from gongzhi.journal.words import STATES
from gongzhi.text import tr


def replay(
    path: Annotated[Path | None, typer.Argument(help=tr("A piece’s folder, a journal’s, or one day’s file."))] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Read a journal again from its first record; exit status 1 if it is not sound."""
    speak(lang)
    book = open_book(place(path))
    if as_json:
        print_json(result(book))
    else:
        for life in book.lives:
            typer.echo(f"{life.id:>7}  {part(life.head.res, life.names)}  {tr(STATES.get(life.end, life.end))}")
        if book.past.stopped:
            names = next((one.record.names for one in reversed(book.entries) if one.record.names), {})
            stopped = [part(each, names).rstrip() for each in sorted(book.past.stopped)]
            typer.echo(tr("Stopped: {parts}", parts=", ".join(stopped)))
        typer.echo(verdict(book))
    if book.faults:
        raise typer.Exit(1)


def verdict(book: Book) -> str:
    """One line that says the journal is sound, or a line for each place where it is not, and what was lost."""
    count = tr("Records: {n}, decisions: {d}, days: {f}", n=len(book.entries), d=len(book.lives), f=len(book.files))
    if not book.faults:
        return tr("{count}. The chain holds.", count=count)
    lines = [tr("{count}. The chain does not hold. Records lost: {lost}.", count=count, lost=book.lost)]
    for fault in book.faults:
        lines.append(tr("{file}, line {n}: {what}", file=fault.file, n=fault.number, what=fault.what))
    return "\n".join(lines)


def result(book: Book) -> dict[str, Any]:
    """What a replay gives, in an order that depends on the journal alone."""
    return {
        "ok": not book.faults,
        "records": len(book.entries),
        "lost": book.lost,
        "seal": book.seal,
        "decisions": [{"id": life.id, "res": life.head.res, "end": life.end} for life in book.lives],
        "epochs": dict(sorted(book.past.epochs.items())),
        "stopped": sorted(book.past.stopped),
        "next": book.past.next,
        "faults": [
            {"file": one.file, "line": one.number, "kind": one.kind, "lost": one.lost, "what": one.what.text("en")}
            for one in book.faults
        ],
    }
