"""Takes the name of a template and a new folder's name, gives that folder: a copy of an example that is a project."""

from __future__ import annotations

import re
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
    folder's name. Raises ConfigError."""
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
    try:
        shutil.copytree(made.folder, folder, ignore=_LEAVE, dirs_exist_ok=True)
        path = folder / "project.toml"
        text = path.read_text(encoding="utf-8")
        path.write_text(_ID.sub(f'id = "{_id(folder.name, made.name)}"', text, count=1), encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            N_("{folder} cannot be written: {why}"), N_("Is the disk full, or the folder somebody else’s?"),
            folder=folder, why=error.strerror or error,
        ) from error  # fmt: skip
    return made


def _id(name: str, otherwise: str) -> str:
    """A name on the network made from a folder's, which may be Chinese."""
    made = re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-_")[:16]
    return made or otherwise.replace("_", "-")[:16]
