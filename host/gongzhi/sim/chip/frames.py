"""Takes a stream of bytes between board and world, gives its frames; and packs them."""

from __future__ import annotations

import struct
from collections.abc import Iterator

_HEAD = struct.Struct("<BH")


def pack(kind: int, payload: bytes = b"") -> bytes:
    """A frame: kind u8, length u16, at most 65,535 bytes of payload."""
    return _HEAD.pack(kind, len(payload)) + payload


class Frames:
    """Puts frames together out of pieces of any size."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """The frames (kind, payload) that `data` completes."""
        data = self._rest + data
        at = 0
        while len(data) - at >= _HEAD.size:
            kind, length = _HEAD.unpack_from(data, at)
            end = at + _HEAD.size + length
            if end > len(data):
                break
            # Kept first, so that a consumer that stops early loses no frame.
            self._rest = data[end:]
            yield kind, data[at + _HEAD.size : end]
            at = end
        self._rest = data[at:]
