"""Takes the files of a board, or an image of MicroPython, gives what an update sends."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from gongzhi.board.manifest import build, manifest


@dataclass(frozen=True, slots=True)
class Program:
    """What a board is to get: `order` is the manifest and its files, or one image; `fits` the bytecode's version, or
    the image's chip."""

    kind: Literal["app", "image"]
    build: str
    fits: str
    order: tuple[bytes, ...]

    @classmethod
    def of(cls, files: Mapping[str, bytes]) -> Program:
        """The program that these files of a board (path -> content) contain."""
        listed = manifest(files)
        names = [line.split(b" ", 2)[2].decode() for line in listed.splitlines()[1:]]
        # An .mpy file begins with "M" and the version of its bytecode (MicroPython, py/persistentcode.c).
        abi = next((content[1] for path, content in files.items() if path.endswith(".mpy")), 0)
        return cls("app", build(listed), str(abi), (listed, *(files[name] for name in names)))

    @classmethod
    def image(cls, data: bytes, chip: str) -> Program:
        """An image of MicroPython for that chip."""
        return cls("image", hashlib.sha256(data).hexdigest()[:16], chip, (data,))

    @property
    def size(self) -> int:
        """Bytes to send at most."""
        return sum(map(len, self.order))
