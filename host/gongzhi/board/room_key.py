"""Takes Gongzhi's data folder, gives the room's key, each board's own made from it, and signatures (docs/update.md)."""

from __future__ import annotations

import base64
import hmac
import json
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gongzhi import paths
from gongzhi.errors import BoardError
from gongzhi.sim.board_files import identity
from gongzhi.text import N_

_SIZE: Final = 32  # bytes: as many as SHA-256 gives


def room_key(folder: Path | None = None) -> bytes:
    """The room's 32 random bytes, in `keys/room.key` of the data folder (or in `folder`), made when first wanted and
    readable by their owner only. Raises BoardError."""
    path = (folder or paths.data() / "keys") / "room.key"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(secrets.token_bytes(_SIZE))
        except FileExistsError:
            pass
        key = path.read_bytes()
    except OSError as error:
        raise BoardError(
            N_("The room’s key {file} cannot be read or written: {why}"), N_("May you write in that folder?"),
            file=path, why=error.strerror or error,
        ) from error  # fmt: skip
    if len(key) != _SIZE:
        raise BoardError(
            N_("The room’s key {file} is damaged."),
            N_("Put back a copy of it, or remove it and give every board its key anew."),
            file=path,
        )
    return key


def board_key(room: bytes, chip: str) -> bytes:
    """The key of the board whose chip has this number (12 hex digits): HMAC-SHA-256 of it under the room's key."""
    return hmac.digest(room, b"gongzhi board " + chip.encode(), "sha256")


def sign(key: bytes, words: Sequence[str]) -> str:
    """HMAC-SHA-256 of the words, joined by line feeds, in hex."""
    return hmac.digest(key, "\n".join(words).encode(), "sha256").hex()


def give_virtual(state: Path, room: bytes, ca: bytes = b"") -> None:
    """Put its key, and the room's certificate `ca` if there is one, into the NVS of the virtual board in `state`, which
    must not be running."""
    state.mkdir(parents=True, exist_ok=True)
    path = state / "nvs.json"
    kept = json.loads(path.read_text()) if path.exists() else {}
    wanted = {"b/gongzhi/key": board_key(room, identity(state))} | ({"b/gongzhi/ca": ca} if ca else {})
    words = {name: base64.b64encode(data).decode() for name, data in wanted.items()}
    if kept.items() >= words.items():
        return
    kept |= words
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(kept))
    fresh.replace(path)
