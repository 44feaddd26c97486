"""Takes files by their path, gives a ROMFS image: from one, MicroPython runs bytecode where it lies in the flash."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_MAGIC: Final = b"\xd2\xcd\x31"
_DATA, _FOLDER, _FILE = 2, 4, 5


def image(files: Mapping[str, bytes]) -> bytes:
    """The image of these files (path with slashes -> content).

    The format is that of MicroPython 1.25 (docs/reference/romfs.rst): records of kind, length and payload, numbers in
    base 128, most significant first. The heap of a board then holds neither the bytecode nor its texts.
    """
    tree: dict[str, Any] = {}
    for path, content in sorted(files.items()):
        *folders, name = path.split("/")
        here = tree
        for folder in folders:
            here = here.setdefault(folder, {})
        here[name] = content
    body = _folder(tree)
    return _MAGIC + _number(len(body)) + body


def _folder(tree: dict[str, Any]) -> bytes:
    out = b""
    for name, what in sorted(tree.items()):
        head = _number(len(name.encode())) + name.encode()
        out += _record(_FILE, head + _record(_DATA, what)) if isinstance(what, bytes) else b""
        out += _record(_FOLDER, head + _folder(what)) if isinstance(what, dict) else b""
    return out


def _record(kind: int, payload: bytes) -> bytes:
    return _number(kind) + _number(len(payload)) + payload


def _number(value: int) -> bytes:
    out = bytes([value & 0x7F])
    while value := value >> 7:
        out = bytes([0x80 | value & 0x7F]) + out
    return out
