"""Takes `gongzhi pack …`, gives what is in a pack of movements, or a new one out of a teacher's recordings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from gongzhi.cli.output import console, print_json, say
from gongzhi.coach.patterns import followed
from gongzhi.coach.recording import make
from gongzhi.learn import pack as packs
from gongzhi.text import pick, tr

app = typer.Typer(no_args_is_help=True, help=tr("Packs of movements: list, show, record."))
Json = Annotated[bool, typer.Option("--json", help=tr("one line of JSON"))]


@app.command("list", help=tr("The packs that come with Gongzhi."))
def list_(json: Json = False) -> None:
    """Each with its name for project.toml, its movements, and whether a teacher has signed it."""
    found = [packs.load(name) for name in packs.known()]
    if json:
        print_json({
            data.name: {"title": data.title, "forms": len(data.forms), "reviewer": data.reviewer} for data in found
        })  # fmt: skip
        return
    table = Table(tr("Pack"), tr("Name"), tr("Movements"), tr("Signed by"))
    for data in found:
        table.add_row(data.name, pick(data.title), str(len(data.forms)), data.reviewer or tr("nobody"))
    console.print(table)
    say(tr('In project.toml: [pack] use = "{name}". A folder of your own will do, too.', name=found[-1].name))


@app.command(help=tr("Show a pack: movements, checks, sources."))
def show(
    name: Annotated[str, typer.Argument(help=tr("The pack’s name or folder."))] = "wuqinxi", json: Json = False
) -> None:
    """Every movement with what is verified, and which checks may be said as wrong."""
    data = packs.load(name)
    seen = followed(data)
    if json:
        print_json({
            form.id: {"title": form.title, "verified": form.verified, "sources": form.sources,
                      "followed": form.id in seen,
                      "checks": {check.id: {"caught": check.caught, "passed": check.passed, "sure": check.sure}
                                 for check in form.checks}}
            for form in data.forms
        })  # fmt: skip
        return
    table = Table(tr("Movement"), tr("Name"), tr("Verified"), tr("Checks"), tr("Said / asked"), title=pick(data.title))
    for form in data.forms:
        sure = sum(check.sure for check in form.checks)
        verified = tr("yes ({sources})", sources=", ".join(form.sources)) if form.verified else tr("not verified")
        table.add_row(form.id, pick(form.title), verified, str(len(form.checks)), f"{sure} / {len(form.checks) - sure}")
    console.print(table)
    for form in data.forms:
        if form.id not in seen:
            say(
                tr("“{form}” looks like standing to a camera: a person has to watch it.", form=pick(form.title)),
                "yellow",
            )
    if data.notice:
        say(pick(data.notice), "yellow")
    say(tr("Signed by: {who}", who=data.reviewer) if data.reviewer else tr("No teacher has signed it."), "yellow")


@app.command(help=tr("Make a pack out of a teacher's recordings."))
def record(
    recordings: Annotated[list[Path], typer.Argument(help=tr("Recordings of one movement each, or a data set."))],
    to: Annotated[Path, typer.Option("--to", help=tr("The folder of the new pack."))],
    title: Annotated[str, typer.Option(help=tr("What people read as its name."))] = "",
    sided: Annotated[list[str] | None, typer.Option(help=tr("A movement that is also done to the other side."))] = None,
    json: Json = False,
) -> None:
    """Cut the recordings into repetitions and write the pack; checks and cues are then added by hand."""
    files = [each for path in recordings for each in (sorted(path.glob("recordings/*.jsonl")) or [path])]
    _, taken = make(files, to, title or to.resolve().name, sided=sided or [])
    if json:
        print_json({each.form: each.repetitions for each in taken})
        return
    for each in taken:
        say(tr("{form}: {count} repetitions in {seconds:.0f} s", form=each.form, count=each.repetitions,
               seconds=each.seconds))  # fmt: skip
    say(tr("The pack is in {path}. Add sources, checks and cues to its pack.toml.", path=str(to)), "green")
