"""Takes a board on a serial port, gives it its key for updates and, where wanted, Wi-Fi and the broker's login.

They go into the chip's NVS, where no copy of its files finds them (docs/update.md).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from gongzhi.board import room_key
from gongzhi.board.prompt import Prompt
from gongzhi.errors import BoardError
from gongzhi.text import N_

# What an older config.json still holds moves first, or it would take the place of the new ones at the next start.
_MOVE: Final = """
try:
    from gongzhi_node import config, keys
    keys.take(config.load())
except Exception:
    pass
"""
_WRITE: Final = """
import json
from binascii import unhexlify
from esp32 import NVS
n, b, d = NVS("gongzhi"), bytearray(1536), {}
try:
    d = json.loads(bytes(b[:n.get_blob("net", b)]))
except (OSError, ValueError):
    pass
d.update(json.loads(unhexlify("%s")))
n.set_blob("net", json.dumps(d).encode())
n.set_blob("key", unhexlify("%s"))
n.set_blob("ca", unhexlify("%s"))
n.commit()
print("kept", len(d.get("wifi", [])))
"""
_CHIP: Final = "import machine\nprint(''.join('%02x' % b for b in machine.unique_id()))"
_MOST: Final = 1500  # bytes of JSON; the board reads 1,536


@dataclass(frozen=True, slots=True)
class Given:
    """What a board has now: its chip's number (12 hex digits), how many networks it knows."""

    chip: str
    networks: int


def give(port: Any, room: bytes, net: dict[str, Any], ca: bytes) -> Given:
    """Give the board behind the open `port` (pyserial's Serial) its key, made from the room's; `ca`, the room's
    certificate (`certificates.for_board`); and those of "wifi" ([{"ssid", "key"}], in order of preference), "user" and
    "password" that are in `net`. What is not there stays. The board is restarted. Raises BoardError."""
    with Prompt(port) as prompt:
        given = put(prompt, room, net, ca)
        prompt.restart()
    return given


def put(prompt: Prompt, room: bytes, net: dict[str, Any], ca: bytes) -> Given:
    """The same at its prompt, where it stays."""
    words = json.dumps(net).encode()
    if len(words) > _MOST:
        raise BoardError(N_("So many networks do not fit into the board."), N_("Give it four at most."))
    chip = prompt.run(_CHIP)
    prompt.run(_MOVE)
    said = prompt.run(_WRITE % (words.hex(), room_key.board_key(room, chip).hex(), ca.hex()))
    return Given(chip, int(said.split()[-1]))
