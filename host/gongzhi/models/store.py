"""Takes a model's card, gives its weights from the per-user cache, every byte checked; fetches what is missing."""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from gongzhi.errors import ModelError
from gongzhi.models.description import Card, Member, card, cards
from gongzhi.models.download import Progress, download
from gongzhi.text import N_

_ORIGIN = "origin.txt"


@dataclass(frozen=True, slots=True)
class Found:
    """What is in the cache of one model: its folder, where it came from ("" when nothing is there), the files by
    role that are missing and those whose hash is wrong. `verified` when all are there and right."""

    card: Card
    folder: Path
    origin: str
    missing: tuple[str, ...]
    altered: tuple[str, ...]

    @property
    def verified(self) -> bool:
        """True when each file is there and has its hash."""
        return not (self.missing or self.altered)


def cache_dir() -> Path:
    """The per-user cache: GONGZHI_CACHE where it is set, else the system's usual place."""
    chosen = os.environ.get("GONGZHI_CACHE")
    return Path(chosen) if chosen else platformdirs.user_cache_path("gongzhi", appauthor=False)


def look(which: Card) -> Found:
    """Hash again what is there of one model."""
    folder = _folder(which)
    state = {role: _state(folder / member.file, member) for role, member in which.members.items()}
    origin = folder / _ORIGIN
    return Found(
        which,
        folder,
        origin.read_text("utf-8").strip() if origin.is_file() else "",
        tuple(role for role, each in state.items() if each == "missing"),
        tuple(role for role, each in state.items() if each == "altered"),
    )


def inventory() -> list[Found]:
    """What is there of every model that we know."""
    return [look(each) for each in cards()]


def load(name: str = "blazepose") -> dict[str, bytes]:
    """The bytes of each of the model's files by role ("detector", "landmarks", …), hashes checked as they are read.

    Raises ModelError when one is missing or altered.
    """
    which = card(name)
    found: dict[str, bytes] = {}
    for role, member in which.members.items():
        path = _folder(which) / member.file
        try:
            found[role] = path.read_bytes()
        except OSError as error:
            raise ModelError(
                N_("The weights of {name} are not on this computer."), N_("Run: gongzhi models fetch"), name=name
            ) from error
        if hashlib.sha256(found[role]).hexdigest() != member.sha256:
            raise ModelError(
                N_("The weights of {name} have been altered: {path}"),
                N_("Run: gongzhi models fetch"),
                name=name,
                path=str(path),
            )
    return found


def fetch(name: str = "blazepose", *, wheel: Path | None = None, progress: Progress | None = None) -> Path:
    """Put the model's files into the cache and give their folder; nothing is done when they are there and right.

    Other models that come in the same wheel are taken out of it, too: it is fetched once. They are taken from `wheel`,
    a file that the user brought, or from the download. Each file appears in the cache only when wheel and file have
    their hashes. `progress` is called with bytes so far and bytes in all.
    Raises ModelError when the wheel cannot be had, is not the right one, or the cache cannot be written.
    """
    which = card(name)
    folder = _folder(which)
    if look(which).verified:
        return folder
    try:
        with tempfile.TemporaryDirectory(prefix="gongzhi-") as scratch:
            source = wheel or download(which.source, Path(scratch), progress)
            origin = wheel.name if wheel else f"pip: {which.source.package}=={which.source.version}"
            for one in (which, *(other for other in cards() if other.source == which.source and other != which)):
                if not look(one).verified:
                    _store(one, _members(source, one), origin)
    except OSError as error:
        raise ModelError(
            N_("The weights of {name} cannot be stored in {path}: {error}"),
            N_("Free some space there, or name another folder in GONGZHI_CACHE."),
            name=name,
            path=str(folder),
            error=error.strerror or str(error),
        ) from error
    return folder


def ensure(name: str = "blazepose", *, progress: Progress | None = None) -> dict[str, bytes]:
    """`load`, after a `fetch` where that is needed. Raises ModelError as they do."""
    fetch(name, progress=progress)
    return load(name)


def _store(which: Card, contents: dict[str, bytes], origin: str) -> None:
    folder = _folder(which)
    folder.mkdir(parents=True, exist_ok=True)
    for role, member in which.members.items():
        _write(folder / member.file, contents[role])
    _write(folder / _ORIGIN, origin.encode())


def _folder(which: Card) -> Path:
    # The wheel's hash is part of the path: another Gongzhi with another pin never meets these files.
    return cache_dir() / "models" / which.name / which.source.sha256[:12]


def _state(path: Path, member: Member) -> str:
    if not path.is_file():
        return "missing"
    return "verified" if _hash(path) == member.sha256 else "altered"


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _members(wheel: Path, which: Card) -> dict[str, bytes]:
    """The files by role out of the wheel. Raises ModelError when it, or one of them, is not the pinned one."""
    with _readable(wheel):
        got = _hash(wheel)
    if got != which.source.sha256:
        raise ModelError(
            N_("The file {file} is not the one we expect: its sha-256 is {got}…, it should be {expected}…"),
            N_("It was altered or is another version: nothing was stored. Fetch it again, or bring exactly {wheel}."),
            file=wheel.name,
            got=got[:12],
            expected=which.source.sha256[:12],
            wheel=which.source.wheel,
        )
    with _readable(wheel), zipfile.ZipFile(wheel) as archive:
        contents = {role: archive.read(member.path) for role, member in which.members.items()}
    for role, member in which.members.items():
        if hashlib.sha256(contents[role]).hexdigest() != member.sha256:
            raise ModelError(
                N_("{member} in {file} is not the one we expect."), N_("Update Gongzhi."), member=role, file=wheel.name
            )
    return contents


def _write(path: Path, content: bytes) -> None:
    """Write `content` so that `path` holds all of it or what it held before, also after a power cut."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _readable(wheel: Path) -> Iterator[None]:
    """Say it clearly when the wheel that the user brought cannot be read."""
    try:
        yield
    except (OSError, zipfile.BadZipFile, KeyError) as error:
        raise ModelError(
            N_("The file {file} cannot be read: {error}"),
            N_("Check the path given to --from."),
            file=str(wheel),
            error=getattr(error, "strerror", None) or str(error),
        ) from error
