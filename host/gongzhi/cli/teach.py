"""Takes `gongzhi teach …`, shows what waits to be taught to a project's model, measures, promotes and takes back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.table import Table

from gongzhi import paths, project
from gongzhi.arbiter.effects import Effect, Forget, Install, Told
from gongzhi.arbiter.events import Answered
from gongzhi.arbiter.recorded import begin, decide
from gongzhi.cli.output import console, print_json, say
from gongzhi.clock import MonotonicClock
from gongzhi.errors import DataError, JournalError
from gongzhi.journal import Journal
from gongzhi.learn import dataset, golden
from gongzhi.learn.look import look
from gongzhi.learn.recording import write_file
from gongzhi.learn.training import Progress
from gongzhi.project import Manifest
from gongzhi.teach import lesson
from gongzhi.teach.classroom import Classroom, classrooms, measured
from gongzhi.teach.lesson import Outcome
from gongzhi.teach.picture import picture
from gongzhi.teach.quarantine import TERMINAL
from gongzhi.text import N_, tr
from gongzhi.values import Answer

app = typer.Typer(no_args_is_help=True, help=tr("Teach a model: quarantine to version."))
Folder = Annotated[Path, typer.Argument(help=tr("The folder of the project."))]
Model = Annotated[str, typer.Option(help=tr("Which model, where the project has several."))]
Keeps = Annotated[Path | None, typer.Option("--journal", help=tr("The journal’s folder, as in gongzhi run."))]
Json = Annotated[bool, typer.Option("--json", help=tr("one line of JSON"))]

_REFUSED: Final = {
    "changed": N_("The lesson is about what is no longer so. Measure again: gongzhi teach check"),
    "worse": N_("The lesson has made a label worse by more than 2 points: it is not promoted."),
    "unknown": N_("There is no such sample or measured lesson. See: gongzhi teach list"),
    "nothing": N_("There is no version to go back to."),
    "exhibition": N_("The project is shown to visitors (exhibition = true): nothing is taught."),
}


def _room(folder: Path, model: str) -> tuple[Manifest, Classroom]:
    manifest = project.load(folder)
    rooms = classrooms(manifest.seen)
    if not rooms:
        raise DataError(
            N_("The project in {folder} has no model that could be taught."), N_("Add a table [model.NAME]."),
            folder=str(folder),
        )  # fmt: skip
    if model and model not in rooms:
        raise DataError(
            N_("The project in {folder} has no model “{model}” that could be taught."),
            N_("It needs a table [model.NAME], and the data set beside the model’s file. Possible: {known}."),
            folder=str(folder), model=model, known=", ".join(rooms),
        )  # fmt: skip
    return manifest, rooms[model or next(iter(rooms))]


@app.command("list", help=tr("What waits, and which version is in force."))
def list_command(folder: Folder, model: Model = "", json: Json = False) -> None:
    """Samples in quarantine with the labels that would fit better, the last lesson, and the way back."""
    _, room = _room(folder, model)
    data, notes, steps = dataset.load(room.data), room.quarantine.notes(), room.versions.steps()
    waiting = [data.looked_at(room.quarantine.recording(note)) for note in notes]
    better = {one.name: one.suggested for one in look([*data.recordings(), *waiting])} if waiting else {}
    rows = [
        {"sample": note.sample, "label": note.label, "suggested": better.get(recording.name, ""), "seat": note.seat,
         "of": note.of, "said": note.said, "seconds": round(recording.seconds, 1)}
        for note, recording in zip(notes, waiting, strict=True)
    ]  # fmt: skip
    outcome = lesson.load(room.data)
    if json:
        print_json(
            {"model": room.name, "version": room.versions.current(), "back": steps[-1].before if steps else "",
             "golden": len(golden.paths(data)), "waiting": rows, "lesson": _plain(outcome)}
        )  # fmt: skip
        return
    values = {"version": room.versions.current(), "golden": len(golden.paths(data)), "count": len(steps)}
    text = N_("“{model}” is version {version}; golden recordings: {golden}; earlier versions: {count}.")
    say(tr(text, model=room.name, **values), "bold")
    table = Table(tr("Sample"), tr("Label"), tr("fits better"), tr("Seat"), tr("Seconds"))
    for row in rows:
        table.add_row(*(str(row[key]) for key in ("sample", "label", "suggested", "seat", "seconds")))
    console.print(table)
    if outcome is not None:
        _show(outcome)


@app.command(help=tr("Train a lesson and measure it on the golden set."))
def check(folder: Folder, model: Model = "", json: Json = False) -> None:
    """Nothing comes into force by it. Exit status 1 where the lesson may not be promoted."""
    _, room = _room(folder, model)

    def show(now: Progress) -> None:
        if not json:
            console.print(tr("Round {round} of at most {rounds}", round=now.round, rounds=now.rounds), style="dim")

    outcome = lesson.measure(dataset.load(room.data), room.model, room.quarantine.notes(), progress=show,
                             pack=room.pack)  # fmt: skip
    path = room.data / lesson.FOLDER / "lesson.svg"
    write_file(path, picture(outcome).encode())
    if json:
        print_json(_plain(outcome))
    else:
        _show(outcome)
        say(tr("Picture: {path}", path=str(path)))
    if not outcome.ok:
        raise typer.Exit(1)


def _plain(outcome: Outcome | None) -> dict[str, Any] | None:
    if outcome is None:
        return None
    by_label = {
        one.label: {"windows": one.windows, "recordings": one.recordings, "before": one.before, "after": one.after,
                    "intervals": one.intervals, "worse": one.worse}
        for one in outcome.effects
    }  # fmt: skip
    return {"version": outcome.version, "base": outcome.base, "ok": outcome.ok, "samples": outcome.samples,
            "by_label": by_label, "compared_with_fresh": outcome.fresh}  # fmt: skip


def _show(outcome: Outcome) -> None:
    table = Table(tr("Label"), tr("golden windows"), tr("right before"), tr("right after"), tr("95 % after"))
    for one in outcome.effects:
        low, high = one.intervals[1]
        table.add_row(one.label, str(one.windows), str(one.before), str(one.after), f"{low:.0%} – {high:.0%}",
                      style="red" if one.worse else "")  # fmt: skip
    console.print(table)
    for text, values in lesson.words(outcome):
        say(tr(text, **values))
    if outcome.ok:
        say(tr("It may be promoted by a teacher: gongzhi teach promote"), "green")
    else:
        say(tr("It is not promoted: look at the samples, take wrong ones back, teach more."), "bold red")


@app.command(help=tr("A teacher puts the lesson in force."))
def promote(folder: Folder, model: Model = "", journal: Keeps = None) -> None:
    """Only what was measured and has made nothing worse."""
    manifest, room = _room(folder, model)
    outcome = lesson.load(room.data)
    _decide(
        manifest, room, Answer("promote", TERMINAL, model=room.name, sample=outcome.version if outcome else ""), journal
    )
    say(tr("“{model}” is version {version} now. Take it back with: gongzhi teach rollback",
           model=room.name, version=room.versions.current()), "green")  # fmt: skip


@app.command(help=tr("Back to the version before."))
def rollback(folder: Folder, model: Model = "", journal: Keeps = None) -> None:
    """The very bytes; what was learnt waits in quarantine again."""
    manifest, room = _room(folder, model)
    _decide(manifest, room, Answer("rollback", TERMINAL, model=room.name), journal)
    say(tr("“{model}” was put back to version {version}.", model=room.name, version=room.versions.current()), "green")


@app.command(help=tr("Take a sample out of quarantine."))
def forget(
    folder: Folder, sample: Annotated[str, typer.Argument(help=tr("The sample, as in gongzhi teach list."))],
    model: Model = "", journal: Keeps = None,
) -> None:  # fmt: skip
    """It is deleted."""
    manifest, room = _room(folder, model)
    _decide(manifest, room, Answer("forget", TERMINAL, model=room.name, sample=sample), journal)
    say(tr("“{sample}” was deleted.", sample=sample))


def _decide(manifest: Manifest, room: Classroom, said: Answer, folder: Path | None) -> None:
    """Let the arbiter decide with the project's journal, as in a run, and carry out what follows."""
    clock = MonotonicClock()
    try:
        journal = Journal.open(folder or paths.data() / "journal" / manifest.id, now=clock.now())
    except JournalError as error:
        raise DataError(
            N_("The journal of the project cannot be written: {why}"),
            N_("If the project is running, do this on its page."), why=error,
        ) from error  # fmt: skip
    with journal:
        arbiter = begin(journal, manifest.desks.values(), clock.now(), exhibition=manifest.exhibition)
        decide(arbiter, journal, room.schooled(), clock.now())
        if (outcome := lesson.load(room.data)) is not None:
            decide(arbiter, journal, measured(room.name, outcome), clock.now())
        _carry(decide(arbiter, journal, Answered(said), clock.now()), room)


def _carry(effects: list[Effect], room: Classroom) -> None:
    for effect in effects:
        match effect:
            case Told(code=code):
                raise DataError(_REFUSED.get(code, code), "")
            case Install():
                room.installed(effect.version, effect.samples, back=effect.back)
            case Forget(sample=sample):
                room.quarantine.forget(sample)
