"""Takes `gongzhi journal …`, gives what a journal holds: lists it, checks, counts, exports, erases, labels, reports."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.cells import cell_len

from gongzhi import paths, text
from gongzhi.cli.output import print_json, say
from gongzhi.errors import ConfigError, JournalError
from gongzhi.journal import explain as words
from gongzhi.journal import export as journal_export
from gongzhi.journal import keep as journal_keep
from gongzhi.journal.book import NAME, Book, open_book, runs
from gongzhi.journal.labels import add_label, read_labels
from gongzhi.journal.words import STATES
from gongzhi.measures import paper, together
from gongzhi.measures import report as reports
from gongzhi.measures.lessons import taught
from gongzhi.text import N_, tr
from gongzhi.values import Labels
from gongzhi.words import called

app = typer.Typer(no_args_is_help=True, help=tr("The journal: list, check, count, export, erase, label, report."))
MB: Final = 1_000_000
_PART: Final = 24

Folder = Annotated[
    Path | None,
    typer.Option("--journal", help=tr("A piece’s folder, a journal’s, or one day’s file; else the project here.")),
]
Lang = Annotated[str | None, typer.Option("--lang", help="zh | en")]
AsJson = Annotated[bool, typer.Option("--json", help=tr("Print JSON on standard output."))]


def speak(lang: str | None) -> None:
    """Choose the language of one command; raises ConfigError for one that is not known."""
    if lang:
        if lang not in text.LANGUAGES:
            raise ConfigError(
                N_("There is no language “{value}”."), N_("Possible: {known}."), value=lang, known="zh, en"
            )
        text.choose(lang)


def place(said: Path | None) -> Path:
    """Where the journal lies: what was said (a path, or a piece by its id or its folder), else that of the project in
    this folder, else the only one there is."""
    home = paths.data() / "journal"
    if said is not None and not said.exists() and (home / said).is_dir():
        return home / said
    manifest = (said or Path()) / "project.toml"
    if said is not None and not manifest.is_file():
        return said
    if manifest.is_file():
        try:
            return home / str(tomllib.loads(manifest.read_text("utf-8"))["project"]["id"])
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError):
            pass  # "gongzhi run" explains what is wrong with it; the journals are where they are
    known = sorted({file.parent for file in home.glob(f"*/{NAME}")})
    if len(known) == 1:
        return known[0]
    if not known:
        raise JournalError(
            N_("There is no journal in {path} yet."),
            N_(
                "Run a project first (gongzhi demo), or say where with --journal. A script (--script) keeps none "
                "without --journal."
            ),
            path=home,
        )
    written = {one: max(file.stat().st_mtime for file in one.glob(NAME)) for one in known}
    known.sort(key=lambda one: written[one], reverse=True)
    raise JournalError(
        N_("There are several journals in {path} (piece, last written):\n{names}"),
        N_("Go into the piece’s folder first (cd FOLDER), or say which, for example --journal {first}."),
        path=home,
        names="\n".join(f"  {one.name:16} {datetime.fromtimestamp(written[one]):%Y-%m-%d %H:%M}" for one in known),
        first=known[0].name,
    )


@app.command("list", help=tr("Every decision with its time and its end, and what people did besides."))
def list_(journal: Folder = None, last: Annotated[int, typer.Option(min=1)] = 50, lang: Lang = None) -> None:
    """The last decisions, the newest last."""
    speak(lang)
    for line in lines(open_book(place(journal)))[-last:]:
        typer.echo(line)


def lines(book: Book) -> list[str]:
    """Every decision with its end, where it began, and between them what people did besides: stops, re-arming, dials,
    hands, lessons. A stop of everything at once is one line."""
    ends = {life.id: tr(STATES.get(life.end, life.end)) for life in book.lives}
    names: Mapping[str, Labels] = {}
    found: list[str] = []
    together: tuple[str, float, str] | None = None
    for one in book.entries:
        record = one.record
        names = record.names or names
        if record.dec in ends:
            found.append(f"{record.dec:>7}  {words.clock(one.wall)}  {part(record.res, names)}  {ends.pop(record.dec)}")
        elif said := words.event(one, names=names):
            if together == (record.to, record.t, record.by):
                continue
            found.append(f"{'·':>7}  {words.clock(one.wall)}  {part(record.res, names)}  {said}")
        together = (record.to, record.t, record.by)
    return found


def part(res: str, names: Mapping[str, Labels]) -> str:
    """What people call a part, then what the project does, as a column. A Chinese character is as wide as two."""
    text = f"{called(res, names, None, '')} {res}".strip()
    return text + " " * (_PART - cell_len(text))


@app.command(help=tr("Check every line of the journal; says where it is broken and what was lost."))
def verify(journal: Folder = None, lang: Lang = None) -> None:
    """Exit status 1 if the journal is not sound."""
    from gongzhi.cli.replay import verdict  # that verb needs this file's options

    speak(lang)
    book = open_book(place(journal))
    typer.echo(verdict(book))
    if book.erased:
        typer.echo(tr("Erased on purpose: {n} records of {d} days.", n=book.erased.records, d=book.erased.days))
    if book.faults:
        raise typer.Exit(1)


@app.command(help=tr("How much the journal holds: records, days, decisions, bytes."))
def stats(journal: Folder = None, as_json: AsJson = False, lang: Lang = None) -> None:
    """Counts."""
    speak(lang)
    counted = count(open_book(place(journal)))
    if as_json:
        print_json(counted)
        return
    ends = counted.pop("ends")
    names = {"records": N_("Records"), "days": N_("Days"), "runs": N_("Runs"), "decisions": N_("Decisions"),
             "bytes": N_("Bytes"), "bytes_per_record": N_("Bytes a record")}  # fmt: skip
    for key, value in counted.items():
        typer.echo(tr("{name}: {value}", name=tr(names[key]), value=value))
    for state, n in ends.items():
        typer.echo(f"  {tr(STATES.get(state, state))}: {n}")


def count(book: Book) -> dict[str, Any]:
    """The figures of `stats`."""
    size = sum(file.stat().st_size for file in book.files)
    return {
        "records": len(book.entries),
        "days": len(book.files),
        "runs": sum(1 for _ in runs(book)),
        "decisions": len(book.lives),
        "bytes": size,
        "bytes_per_record": round(size / len(book.entries), 1) if book.entries else 0.0,
        "ends": dict(sorted(Counter(life.end for life in book.lives).items())),
    }


@app.command(help=tr("The journal for a teacher, without seats: .csv for a spreadsheet, .jsonl for a program."))
def export(
    out: Annotated[Path, typer.Option("--out", help=tr("The file to write: name.csv or name.jsonl."))],
    journal: Folder = None,
    lang: Lang = None,
) -> None:
    """Write the export and say how much it is."""
    speak(lang)
    makers = {".csv": journal_export.as_csv, ".jsonl": journal_export.as_jsonl}
    if out.suffix not in makers:
        raise ConfigError(
            N_("{file} is neither a table nor JSON lines."), N_("Give the file a name that ends in .csv or .jsonl."),
            file=out,
        )  # fmt: skip
    book = open_book(place(journal))
    write(out, makers[out.suffix](book))
    done = N_("{file}: {n} records of {d} days, without seats and without names.")
    say(tr(done, file=out, n=len(book.entries), d=len(book.files)), "green")


def write(out: Path, content: bytes) -> None:
    """Write a file that the user asked for; raises ConfigError where that cannot be."""
    try:
        out.write_bytes(content)
    except OSError as error:
        raise ConfigError(
            N_("{file} cannot be written: {why}"), N_("Choose another place with --out."),
            file=out, why=error.strerror or error,
        ) from error  # fmt: skip


@app.command(help=tr("Erase the oldest days. The newest day always stays: it holds what is stopped."))
def erase(
    before: Annotated[str | None, typer.Option(help=tr("Erase the days before this one (2026-11-23)."))] = None,
    keep_mb: Annotated[float | None, typer.Option(min=0, help=tr("Erase until at most so many MB stay."))] = None,
    yes: Annotated[bool, typer.Option("--yes", help=tr("Do not ask."))] = False,
    journal: Folder = None,
    lang: Lang = None,
) -> None:
    """Ask, then erase."""
    speak(lang)
    day = _day(before)
    if day is None and keep_mb is None:
        raise ConfigError(
            N_("Nothing says what is to be erased."), N_("Add --before 2026-11-23, or --keep-mb 20.")
        )  # fmt: skip
    book = open_book(place(journal))
    at_most = None if keep_mb is None else int(keep_mb * MB)
    what = journal_keep.plan(book, before=day, at_most=at_most)
    if not what.files:
        say(tr("Nothing is so old: nothing is erased."))
        return
    said = tr("{n} records of {d} days will be gone for good; {k} days stay.", n=what.records, d=what.days, k=what.kept)
    if not yes and not typer.confirm(said + " " + tr("Erase them?"), err=True):
        say(tr("Nothing was erased."))
        return
    with _writing(book.folder):
        gone = journal_keep.erase(book.folder, before=day, at_most=at_most)
    say(tr("Erased: {n} records of {d} days.", n=gone.records, d=gone.days), "green")


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Say what is wrong where the journal's folder cannot be written."""
    try:
        yield
    except OSError as error:
        raise JournalError(
            N_("Nothing can be written in {folder}: {why}"), N_("Check the folder’s rights and the room on the disk."),
            folder=folder, why=error.strerror or error,
        ) from error  # fmt: skip


def _day(said: str | None) -> date | None:
    try:
        return None if said is None else date.fromisoformat(said)
    except ValueError:
        raise ConfigError(
            N_("“{value}” is no date."), N_("Write year, month, day: 2026-11-23."), value=said
        ) from None  # fmt: skip


@app.command(help=tr("Say afterwards whether the machine was right; for the measures of working together."))
def label(
    id_: Annotated[str, typer.Argument(metavar="ID", help=tr("The decision, such as d-57; “last” for the last one."))],
    judgement: Annotated[str, typer.Argument(metavar="right|wrong", help=tr("What the machine wanted to do was …"))],
    alone: Annotated[
        str | None, typer.Option(metavar="do|dont", help=tr("What a person wanted who did not see the card."))
    ] = None,
    journal: Folder = None,
    lang: Lang = None,
) -> None:
    """Keep one judgement beside the journal."""
    from gongzhi.cli.explain import found  # that verb needs this file's options

    speak(lang)
    if judgement not in ("right", "wrong") or alone not in (None, "do", "dont"):
        raise ConfigError(
            N_("“{value}” is no judgement."), N_("Write right or wrong, and --alone do or --alone dont."),
            value=f"{judgement} {alone or ''}".strip(),
        )  # fmt: skip
    book = open_book(place(journal))
    life = found(book, id_)
    with _writing(book.folder):
        add_label(book.folder, life, right=judgement == "right", alone=None if alone is None else alone == "do")
    say(tr("Kept: what {id} wanted was {judgement}.", id=life.id, judgement=tr(_JUDGED[judgement])), "green")


_JUDGED: Final = {"right": N_("the right thing"), "wrong": N_("the wrong thing")}


@app.command(help=tr("The measures of working together as one page to hand in: .html or .md."))
def report(
    out: Annotated[Path, typer.Option("--out", help=tr("The file to write: report.html or report.md."))] = Path(
        "report.html"
    ),
    journal: Folder = None,
    lang: Lang = None,
) -> None:
    """Write the report."""
    speak(lang)
    makers = {".html": paper.as_html, ".md": paper.as_markdown}
    if out.suffix not in makers:
        raise ConfigError(
            N_("{file} is neither a page nor Markdown."), N_("Give the file a name that ends in .html or .md."),
            file=out,
        )  # fmt: skip
    book = open_book(place(journal))
    labels = read_labels(book.folder)
    found, lessons = together.measure(book, labels), taught(book, labels)
    write(out, makers[out.suffix](reports.write(book, found, text.language(), lessons)).encode())
    say(tr("The report is in {file}.", file=out), "green")
