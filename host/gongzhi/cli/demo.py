"""`gongzhi demo`: the first example with a drawn person and a virtual board, on a machine that has nothing else."""

from __future__ import annotations

from gongzhi import paths
from gongzhi.cli import run
from gongzhi.cli.models import fetch_shown
from gongzhi.cli.output import say
from gongzhi.errors import ModelError
from gongzhi.text import N_, tr


def demo(
    camera: run.Camera = None,
    broker: run.Broker = None,
    body: run.Body = "auto",
    host: run.Host = "127.0.0.1",
    port: run.Port = 8016,
    journal: run.Journal = None,
    headless: run.Headless = False,
    seconds: run.Seconds = None,
    json: run.Json = False,
    browser: run.Browser = True,
) -> None:
    """Fetch the pose weights if they are not here, then run the first example."""
    try:
        fetch_shown()
    except ModelError as error:
        say(str(error), "bold yellow")
        say(tr(N_("Going on without the pose model.")), "bold yellow")
    run.start(
        paths.share("examples") / "01_hands_up_gate", camera=camera or "synthetic", broker=broker, body=body,
        host=host, port=port, journal=journal, headless=headless, seconds=seconds, json=json, browser=browser,
    )  # fmt: skip
