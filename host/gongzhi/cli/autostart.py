"""`gongzhi autostart PROJECT`: takes a project, has this computer start it as an exhibition at each login."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Final
from xml.sax.saxutils import escape

import typer

from gongzhi import project
from gongzhi.cli.output import say
from gongzhi.errors import ConfigError
from gongzhi.text import N_, tr

_UNIT: Final = """[Unit]
Description=Gongzhi: {id}

[Service]
ExecStart={command}
WorkingDirectory={folder}
Restart=always
RestartSec=5

[Install]
WantedBy=default.target
"""
_AGENT: Final = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
<key>Label</key><string>gongzhi.{id}</string>
<key>ProgramArguments</key><array>{words}</array>
<key>RunAtLoad</key><true/><key>KeepAlive</key><true/>
</dict></plist>
"""
_BATCH: Final = "@echo off\r\nchcp 65001 >nul\r\n:again\r\n{line}\r\ntimeout /t 5 >nul\r\ngoto again\r\n"


def autostart(
    folder: Annotated[Path, typer.Argument(metavar="PROJECT", help=tr("The project’s folder."))],
    off: Annotated[bool, typer.Option("--off", help=tr("Do not start it any more."))] = False,
    option: Annotated[
        list[str] | None,
        typer.Option(help=tr("An option for gongzhi run, such as --option=--camera=0; may be repeated.")),
    ] = None,
) -> None:
    """Write (or remove) what the system starts at the login of this user; no administrator is needed."""
    manifest = project.load(folder)
    file, content = entry(manifest.id, folder.resolve(), tuple(option or ()), sys.platform)
    try:
        if off:
            was = _leave(file)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            _write(file, content)
            _enable(file)
    except OSError as error:
        raise ConfigError(
            N_("{file} cannot be written: {why}"), N_("May you write in that folder?"),
            file=error.filename or file, why=error.strerror or error,
        ) from error  # fmt: skip
    if off:
        never = N_("{id} was not started with the computer; nothing was changed.")
        say(tr(N_("{id} is not started with the computer any more.") if was else never, id=manifest.id), "green")
        return
    say(tr("{id} is started at the next login, and again should it end: {file}.", id=manifest.id, file=file), "green")
    if file.suffix == ".service":
        unit = file.name
        say(
            tr(
                "Before anybody logs in: sudo loginctl enable-linger $USER. Now: systemctl --user start {unit}.",
                unit=unit,
            )
        )
    say(tr("Undo: gongzhi autostart {folder} --off.", folder=folder))


def _write(file: Path, content: str) -> None:
    """Whole or not at all, and for this user only: an option may hold the broker's password."""
    fresh = file.with_name(file.name + ".new")
    fresh.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(content.encode())
        fresh.replace(file)
    finally:
        fresh.unlink(missing_ok=True)


def entry(id_: str, folder: Path, options: tuple[str, ...], system: str) -> tuple[Path, str]:
    """(file, content) of what starts the project on this kind of system (sys.platform)."""
    words = [sys.executable, "-m", "gongzhi", "run", str(folder), "--exhibition", *options]
    if system == "win32":
        # The user's own start menu: a task at logon would need an administrator.
        startup = Path(os.environ.get("APPDATA") or Path.home()) / "Microsoft/Windows/Start Menu/Programs/Startup"
        # Each word in quotes: outside of them &, ^, ( and ) of a folder's name mean something.
        plain = [subprocess.list2cmdline([word]) for word in words]
        quoted = (each if each.startswith('"') else f'"{each}"' for each in plain)
        line = " ".join(quoted).replace("%", "%%")
        return startup / f"gongzhi-{id_}.cmd", _BATCH.format(line=line)
    if system == "darwin":
        strings = "".join(f"<string>{escape(word)}</string>" for word in words)
        return Path.home() / f"Library/LaunchAgents/gongzhi.{id_}.plist", _AGENT.format(id=id_, words=strings)
    base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "systemd/user"
    # systemd.service(5): quotes as in a shell; $ and % mean something unless they are doubled.
    command = " ".join(shlex.quote(word) for word in words).replace("%", "%%").replace("$", "$$")
    unit = _UNIT.format(id=id_, command=command, folder=str(folder).replace("%", "%%"))
    return base / f"gongzhi-{id_}.service", unit


def _enable(file: Path) -> None:
    """What `systemctl --user enable` does, which needs a session that a computer without one has not."""
    if file.suffix == ".service":
        link = file.parent / "default.target.wants" / file.name
        link.parent.mkdir(exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(file)


def _leave(file: Path) -> bool:
    """Whether there was anything to leave."""
    link = file.parent / "default.target.wants" / file.name
    was = file.exists() or link.is_symlink()
    link.unlink(missing_ok=True)
    file.unlink(missing_ok=True)
    return was
