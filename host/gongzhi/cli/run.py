"""`gongzhi run FOLDER`: starts a project and everything it needs, and ends all of it together."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from gongzhi.cli.output import print_json, say
from gongzhi.text import N_, tr

Camera = Annotated[
    str | None,
    typer.Option(help=tr("synthetic | none | 0, 1 … | a video, a picture or a folder of pictures")),
]
Broker = Annotated[str | None, typer.Option(help=tr("an external broker: mqtt://user:password@host:1883"))]
Body = Annotated[str, typer.Option(help=tr("body of the virtual board: auto | vm | cpython"))]
Host = Annotated[str, typer.Option(help=tr("address of the page"))]
Port = Annotated[int, typer.Option(help=tr("port of the page"))]
Headless = Annotated[bool, typer.Option(help=tr("no page, a script answers"))]
Seconds = Annotated[float | None, typer.Option(min=0.1, help=tr("how long to run"))]
Json = Annotated[bool, typer.Option("--json", help=tr("one line of JSON at the end"))]
Browser = Annotated[bool, typer.Option("--browser/--no-browser", help=tr("open a browser"))]
Journal = Annotated[Path | None, typer.Option(help=tr("where the journal is written"))]
Boards = Annotated[str, typer.Option(help=tr("boards: virtual | real | auto (real where one is there)"))]
Room = Annotated[bool, typer.Option(help=tr("let the boards of the room join by Wi-Fi"))]
Exhibition = Annotated[
    bool,
    typer.Option(
        "--exhibition",
        help=tr(
            "an exhibition: lights and sounds go on 60 s after a stop, motion never; what fails is started again "
            "(docs/room.md)"
        ),
    ),
]
KeepMb = Annotated[float | None, typer.Option(help=tr("how much of the journal stays, in MB"))]
KeepDays = Annotated[int | None, typer.Option(help=tr("how many days of the journal stay"))]
Script = Annotated[
    str | None,
    typer.Option(help=tr("play and check the project's own script, such as demo (docs/scripts.md)")),
]

AGAIN_S = 5.0  # before an exhibition's run that has failed is started again, the first time …
AGAIN_MOST_S = 60.0  # … and at most
LASTED_S = 600.0  # a run that has lasted so long has not failed for the same reason


def run(
    folder: Annotated[
        Path | None,
        typer.Argument(help=tr("the folder with project.toml; else the one you are in"), show_default=False),
    ] = None,
    camera: Camera = None,
    broker: Broker = None,
    body: Body = "auto",
    host: Host = "127.0.0.1",
    port: Port = 8016,
    journal: Journal = None,
    headless: Headless = False,
    seconds: Seconds = None,
    json: Json = False,
    browser: Browser = True,
    script: Script = None,
    boards: Boards = "auto",
    room: Room = False,
    exhibition: Exhibition = False,
    keep_mb: KeepMb = None,
    keep_days: KeepDays = None,
) -> None:
    """Run a project until Ctrl-C, the end of its video file, or --seconds."""
    start(
        folder or Path.cwd(), camera=camera or "", broker=broker, body=body, host=host, port=port, journal=journal,
        headless=headless, seconds=seconds, json=json, browser=browser, script=script,
        boards=boards, room=room, exhibition=exhibition, keep_mb=keep_mb, keep_days=keep_days,
    )  # fmt: skip


def start(folder: Path, *, json: bool, **options: Any) -> None:
    """Run the project with these options (see runtime.Options) and print its figures if `json`."""
    from gongzhi.runtime.options import Options
    from gongzhi.runtime.runtime import Runtime

    wanted = Options(folder=folder, **options)
    runtime = Runtime(wanted)

    async def whole() -> None:
        task = asyncio.current_task()
        assert task is not None
        if os.name != "nt":
            # A service manager's stop and a closed terminal are as good an end as Ctrl-C, also during the start.
            for one in (signal.SIGTERM, signal.SIGHUP):
                asyncio.get_running_loop().add_signal_handler(one, lambda: task.cancelling() or task.cancel())
        await runtime.run()

    pause = AGAIN_S
    while True:
        began = time.monotonic()
        try:
            asyncio.run(whole())
        except asyncio.CancelledError:
            pass
        except KeyboardInterrupt:
            say(tr(N_("Ended by Ctrl-C.")))
        except Exception as error:
            if not wanted.exhibition:
                raise
            # Nobody is there to start it again; the journal knows what was stopped and held.
            pause = AGAIN_S if time.monotonic() - began > LASTED_S else pause
            logging.getLogger(__name__).exception("the run has ended")
            say(tr("The run has ended: {why}. It is started again in {n} s.", why=error, n=round(pause)), "bold red")
            time.sleep(pause)
            pause = min(2 * pause, AGAIN_MOST_S)
            runtime = Runtime(wanted)
            continue
        break
    played = runtime.rehearsal.outcome if runtime.rehearsal else None
    if json:
        print_json(runtime.stats.result() | ({"script": played.result()} if played else {}))
    if played and played.fault:
        raise played.fault
    if (
        played and runtime.rehearsal and len(played.branches) == len(runtime.rehearsal.script.branches)
    ):  # not broken off
        counts = {"scenes": len(played.branches), "checks": played.checks}
        say(tr("Script: {scenes} scenes were played, {checks} checks, all as it says.", **counts), "green")
