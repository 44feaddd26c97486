"""Takes the page's address, tells it to the user: as text, as a QR code, and in a browser where there is one."""

from __future__ import annotations

import os
import re
import sys
import threading
import webbrowser
from typing import Final

import segno

from gongzhi.cli.output import console, say
from gongzhi.text import N_, tr

_LOOPBACK: Final = re.compile(r"http://(127\.|localhost|\[::1\])")


def welcome(url: str, browser: bool) -> None:
    """Print the address on standard error, on a terminal as a QR code, too; open a browser if asked to and if there
    is a screen."""
    say("")
    if sys.stderr.isatty():
        segno.make(url, micro=False).terminal(out=sys.stderr, compact=True)
    say(tr(N_("Open this address: {url}"), url=url), "bold green")
    if _LOOPBACK.match(url):
        say(tr(N_("On this computer only. For a phone in the same network start with --host 0.0.0.0.")))
    say(tr(N_("Ctrl-C ends everything.")))
    console.file.flush()
    if browser:
        show_page(url)


def show_page(url: str) -> None:
    """Open a browser, if there is a screen."""
    if _screen():
        # Beside us: some systems' openers return only when the browser does.
        threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()


def _screen() -> bool:
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
