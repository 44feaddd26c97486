"""Takes the page's address, tells it to the user: as text, as a QR code, and in a browser where there is one."""

from __future__ import annotations

import os
import sys
import webbrowser

import segno

from gongzhi.cli.output import console, say
from gongzhi.text import N_, tr


def welcome(url: str, browser: bool) -> None:
    """Print the address and its QR code on standard error; open a browser if asked to and if there is a screen."""
    say("")
    if sys.stderr.isatty():
        segno.make(url, micro=False).terminal(out=sys.stderr, compact=True)
    say(tr(N_("Open this address: {url}"), url=url), "bold green")
    say(tr(N_("Ctrl-C ends everything.")))
    console.file.flush()
    if browser and _screen():
        webbrowser.open(url)


def _screen() -> bool:
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
