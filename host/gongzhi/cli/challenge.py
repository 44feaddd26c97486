"""Takes `gongzhi challenge …`, gives a contest between models: make a task, hand in, score, show the board."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Annotated, Literal

import typer

from gongzhi.challenge import board as boards
from gongzhi.challenge import board_page, making, table, task
from gongzhi.challenge import entries as kept
from gongzhi.challenge.score import Score, ask, scores
from gongzhi.cli.output import print_json, say
from gongzhi.errors import ConfigError, DataError
from gongzhi.learn import dataset
from gongzhi.learn.card import apart
from gongzhi.learn.recording import write_file
from gongzhi.runtime.welcome import show_page
from gongzhi.text import N_, language, tr

app = typer.Typer(no_args_is_help=True, help=tr("A contest between models: make a task, hand in, score, board."))
Folder = Annotated[Path, typer.Argument(metavar="TASK", help=tr("The task’s folder."))]
Team = Annotated[str, typer.Argument(help=tr("The team’s id, such as t07; never a person’s name."))]
File = Annotated[Path, typer.Argument(help=tr("A model (.tflite) or a result table (.csv)."))]
Json = Annotated[bool, typer.Option("--json", help=tr("one line of JSON"))]


Final_ = Annotated[bool, typer.Option("--final", help=tr("Use the hidden part before the last day."))]


def _part(folder: Path, final: bool) -> task.Part:
    """Until the last day the visible part, then the hidden one."""
    return "hidden" if final or task.load(folder).over(datetime.date.today()) else "visible"


# Over 40 lines: half of it are the options and their help.
@app.command(help=tr("Make a task out of a data set; its hidden part is kept apart."))
def new(
    data: Annotated[Path, typer.Argument(metavar="DATASET", help=tr("The folder of the data set."))],
    to: Annotated[Path, typer.Option("--to", help=tr("The task’s folder; it must not be there yet."))],
    title: Annotated[str, typer.Option(help=tr("The title in Chinese."))] = "动作识别挑战赛",
    title_en: Annotated[str, typer.Option(help=tr("The title in English."))] = "A movement challenge",
    split: Annotated[
        Literal["auto", "person", "recording", "block"], typer.Option(help=tr("By what the test is kept apart."))
    ] = "auto",
    closes: Annotated[str, typer.Option(help=tr("The last day of submitting, such as 2026-06-30."))] = "",
    json: Json = False,
) -> None:
    """Say what became of the data, and what to do next."""
    if closes:
        try:
            datetime.date.fromisoformat(closes)
        except ValueError:
            raise ConfigError(
                N_("“{text}” is no day."), N_("Write such as 2026-06-30."), text=closes
            ) from None  # fmt: skip
    id_ = re.sub(r"[^a-z0-9]+", "-", to.resolve().name.lower()).strip("-")[:40] or "challenge"
    source = dataset.load(data)
    words = making.known_words(source.about.labels)
    wish = making.Wish(id_, title, title_en, None if split == "auto" else split, closes, words)
    made = making.make(source, to, wish)
    counts = {"visible": len(made.clips("visible")), "hidden": len(made.clips("hidden"))}
    if json:
        print_json({"folder": str(to), "split": made.about.split, "hidden_hash": made.about.hidden, **counts})
        return
    say(tr("Test: {visible} clips to practise with, {hidden} hidden ones, kept apart {kind}.",
           visible=counts["visible"], hidden=counts["hidden"], kind=apart(made.about.split)))  # fmt: skip
    say(tr("Give the teams {public}. Never give away {hidden}.", public=str(made.public),
           hidden=str(to / task.HIDDEN)), "bold")  # fmt: skip
    if len(words) < len(made.about.labels):
        say(tr("What people read of the labels stands below [words] in {file}: write it in both languages.",
               file=str(to / task.FILE)))  # fmt: skip
    first = f" --group {made.about.group[0].id}" if made.about.group else ""
    say(tr("Then: gongzhi challenge submit {folder} t01 FILE", folder=str(to)) + first, "green")


@app.command(help=tr("Hand in a model or a table for a team."))
def submit(
    folder: Folder,
    team: Team,
    file: File,
    group: Annotated[str, typer.Option(help=tr("The team’s group, for its first submission."))] = "",
    json: Json = False,
) -> None:
    """The file is scored in a sandbox; if that fails nothing is kept, and it does not count."""
    one = task.load(folder)
    entry = kept.submit(one, team, file, datetime.datetime.now().astimezone(), group)
    if json:
        print_json({"team": team, "number": entry.number, "sha256": entry.sha256, "visible": entry.visible})
        return
    say(tr("Team {team}, number {number} of at most {most}: taken.", team=team, number=entry.number,
           most=one.about.limits.entries), "green")  # fmt: skip
    _tell(entry.visible, one.about)


@app.command(help=tr("Take a team’s last submission back; it goes to the folder entries/removed."))
def withdraw(folder: Folder, team: Team) -> None:
    """Undo a submission."""
    entry = kept.withdraw(task.load(folder), team)
    say(tr("Number {number} of team {team} was taken back; it lies in {folder}.", number=entry.number, team=team,
           folder=str(folder / task.ENTRIES / kept.REMOVED)))  # fmt: skip


@app.command(help=tr("Score a file on the visible part; without a file, score every submission again."))
def score(
    folder: Folder,
    file: Annotated[Path | None, typer.Argument(help=tr("A model (.tflite) or a result table (.csv)."))] = None,
    json: Json = False,
) -> None:
    """With a file nothing is kept. Without one the same answers must come out again, and what differs is said."""
    one = task.load(folder)
    if file is not None:
        kind, content = kept.content_of(file, one)
        found = scores(one, kind, content, ("visible",))["visible"]
        if json:
            print_json(found)
        else:
            _tell(found, one.about)
        return
    reruns = kept.again(one, (lambda _: None) if json else _told)
    if json:
        print_json([{"team": each.entry.team, "number": each.entry.number, "same": each.same} for each in reruns])
    if not all(each.same for each in reruns):
        raise DataError(
            N_("Not every submission gave the same answers again."),
            N_("Was it scored on another machine, or was the task changed? What counts is the new score."),
        )


def _told(one: kept.Rerun) -> None:
    said = tr("the same answers") if one.same else tr("OTHER ANSWERS THAN BEFORE")
    say(f"{one.entry.team} {one.entry.number}: {one.entry.final.value:.1%}, {said}", "" if one.same else "bold red")


def _tell(found: Score, about: task.About) -> None:
    say(tr("Right in {value:.1%} of the {clips} visible clips (95 %: {low:.1%} to {high:.1%}).", value=found.value,
           clips=found.clips, low=found.low, high=found.high), "bold")  # fmt: skip
    for each in found.by_label:
        say(f"  {about.called(each.label)}: {each.right}/{each.clips}")
    if found.unanswered:
        say(tr("{count} clips have no answer and count as wrong.", count=found.unanswered), "yellow")


@app.command(help=tr("Write a result table with the answers of a model."))
def answer(
    folder: Folder,
    model: Annotated[Path, typer.Argument(help=tr("The model (.tflite)."))],
    out: Annotated[Path, typer.Option(help=tr("The table’s file."))] = Path("result.csv"),
) -> None:
    """All clips that the teams have: the visible ones and those without answers."""
    one = task.load(folder)
    kind, content = kept.content_of(model, one)
    clips = one.clips("visible")
    asked = one.unanswered()
    said = ask(one, kind, content, clips + asked)
    rows = [(clip.name, one.about.labels[label], p, ms) for clip, (label, p, ms) in
            zip(clips + asked, said, strict=True) if label >= 0]  # fmt: skip
    write_file(out, table.write(rows))
    say(tr("{count} answers are in {file}.", count=len(rows), file=str(out)), "green")


@app.command(help=tr("Compare two teams clip by clip: is the difference more than chance?"))
def compare(
    folder: Folder,
    one: Annotated[str, typer.Argument(metavar="TEAM", help=tr("The one team."))],
    other: Annotated[str, typer.Argument(metavar="TEAM", help=tr("The other team."))],
    final: Final_ = False,
    json: Json = False,
) -> None:
    """Sharper than two intervals side by side, because both answered the same clips."""
    found = kept.compare(task.load(folder), one, other, _part(folder, final))
    if json:
        print_json({"gain": found.value, "interval": found.interval, "groups": found.n})
        return
    low, high = found.interval or (0.0, 0.0)
    say(tr("{other} against {one}: {gain:+.1f} points (95 %: {low:+.1f} to {high:+.1f}).", other=other, one=one,
           gain=100 * (found.value or 0), low=100 * low, high=100 * high), "bold")  # fmt: skip
    if not found.enough:
        say(tr("Only {count} groups of like clips: this interval is rough.", count=found.n), "yellow")
    chance = low <= 0 <= high
    say(tr("That may still be chance.") if chance else tr("That is more than chance."))


@app.command(help=tr("The board: a page to look at and to print."))
def board(
    folder: Folder,
    final: Final_ = False,
    out: Annotated[
        Path | None, typer.Option(help=tr("The file: board.html or board.csv (default: in the task)."))
    ] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help=tr("open a browser"))] = True,
    json: Json = False,
) -> None:
    """Until the last day the visible part is shown, then the hidden one."""
    one = task.load(folder)
    part = _part(folder, final)
    if part == "hidden":
        one.clips("hidden")  # a changed hidden part is no ground for a result
    found = boards.board(one, kept.entries(one), part)
    if json:
        print_json(boards.plain(found))
        return
    path = (out or folder / "board.html").resolve()
    makers = {".html": lambda: board_page.as_html(found, language()).encode(), ".csv": lambda: board_page.as_csv(found)}
    if path.suffix not in makers:
        raise ConfigError(N_("{file} is neither a page nor a table."), N_("Give it a name that ends in .html or .csv."),
                          file=path.name)  # fmt: skip
    write_file(path, makers[path.suffix]())
    say(tr("The board is in {path}", path=str(path)), "green")
    if browser and path.suffix == ".html":
        show_page(path.as_uri())
