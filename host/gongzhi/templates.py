"""Takes the name of a template and a new folder's name, gives that folder: a copy of an example that is a project."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gongzhi import paths, project
from gongzhi.config import nearest
from gongzhi.errors import ConfigError
from gongzhi.text import N_
from gongzhi.values import Labels

_ID: Final = re.compile(r"(?m)^id\s*=\s*\"[^\"]*\"")
_LEAVE: Final = shutil.ignore_patterns("__pycache__", ".*", "*.pyc")


@dataclass(frozen=True, slots=True)
class Template:
    """An example to begin with; `name` is its folder's without the number."""

    name: str
    folder: Path
    title: Labels
    camera: str  # what it is looked through where nobody says (project.Manifest)


def templates() -> dict[str, Template]:
    """All of them, by name, in the order of their numbers."""
    folders = sorted(one.parent for one in paths.share("examples").glob("*/project.toml"))
    loaded = [project.load(one) for one in folders]
    made = [Template(one.folder.name.partition("_")[2], one.folder, one.title, one.camera) for one in loaded]
    return {one.name: one for one in made}


def begin(name: str, folder: Path) -> Template:
    """Copy the template `name` to `folder`, which must not be there or be empty; the project's id is made from the
    folder's name, and its lesson's commands name the folder. Raises ConfigError, and then leaves nothing there."""
    known = templates()
    made = known.get(name) or known.get(name.partition("_")[2])
    if made is None:
        near = nearest(name, list(known))
        raise ConfigError(
            N_("There is no template “{name}”."),
            N_("Did you mean “{near}”? Possible: {known}.") if near else N_("Possible: {known}."),
            name=name, near=near, known=", ".join(known),
        )  # fmt: skip
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(
            N_("{folder} is there already, and not empty."), N_("Choose another name; nothing was changed."),
            folder=folder,
        )  # fmt: skip
    there = folder.exists()
    try:
        _copy(made, folder)
    except OSError as error:
        if folder.is_dir() and not folder.is_symlink():
            shutil.rmtree(folder, ignore_errors=True)  # it was empty, or not there
        if there:
            folder.mkdir(exist_ok=True)
        raise ConfigError(
            N_("{folder} cannot be written: {why}"), N_("Is the disk full, or the folder somebody else’s?"),
            folder=folder, why=error.strerror or error,
        ) from error  # fmt: skip
    return made


def _copy(made: Template, folder: Path) -> None:
    """What the template holds into the folder, with an id and a lesson of its own."""
    for here, folders, names in os.walk(made.folder):
        left = _LEAVE(here, folders + names)
        folders[:] = [name for name in folders if name not in left]
        to = folder / Path(here).relative_to(made.folder)
        to.mkdir(parents=True, exist_ok=True)
        for name in names:
            if name not in left:
                shutil.copy(Path(here, name), to / name)  # copytree's errors are one list of all files
    for name, change in (("project.toml", _with_id), ("README.md", _with_folder)):
        text = (folder / name).read_text(encoding="utf-8")
        (folder / name).write_text(change(text, made, folder), encoding="utf-8", newline="\n")


def _with_id(text: str, made: Template, folder: Path) -> str:
    return _ID.sub(f'id = "{_id(folder.name, made.name)}"', text, count=1)


def _with_folder(text: str, made: Template, folder: Path) -> str:
    """The lesson: who follows it works at the copy, not at the example."""
    return text.replace(f"examples/{made.folder.name}", paths.in_command(folder))


def _id(name: str, otherwise: str) -> str:
    """A name on the network made from a folder's. A Chinese one gives none; a class of them, or two on one computer,
    must not share one, for it is the name of the boards' topics and of the journal."""
    made = re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-_")[:16]
    return made or f"{otherwise.replace('_', '-')[:11].rstrip('-')}-{secrets.token_hex(2)}"
