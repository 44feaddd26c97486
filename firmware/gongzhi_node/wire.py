"""Takes topics and messages of the wire apart and puts them together; the one definition, for board and host."""

import json

VERSION = 1
PERIOD = 1 << 30  # ms; the period of MicroPython's ticks_ms, so that times stay small integers on 32 bit
CMD_KEYS = ("id", "ep", "op", "ch", "a", "t", "ttl", "dec")
ERRORS = ("form", "version", "channel", "op", "range", "old", "epoch", "rate", "clock", "stopped", "fault")
MAX_TTL = 60000
MAX_ID = 24
_FIRST = "abcdefghijklmnopqrstuvwxyz0123456789"
_REST = _FIRST + "_-"


def segment(text, ours=False):
    """True if `text` may be one level of a topic; `ours` also admits a leading underscore."""
    if not isinstance(text, str) or not 1 <= len(text) <= 16:
        return False
    if text[0] not in _FIRST and not (ours and text[0] == "_" and len(text) > 1):
        return False
    for c in text[1:]:
        if c not in _REST:
            return False
    return True


def topic(space, team, device, *rest):
    """The topic of a device; raises ValueError for a level that is not valid."""
    for part in (space, team, device):
        if not segment(part, True):
            raise ValueError("topic level %r" % (part,))
    return "/".join(("v1", space, team, device) + rest)


def diff(a, b):
    """a - b in ms for two wire times, in -2^29 .. 2^29 - 1."""
    return ((a - b + PERIOD // 2) % PERIOD) - PERIOD // 2


def pack(message):
    """A message as bytes of compact JSON, stamped with the version."""
    message["v"] = VERSION
    return json.dumps(message, separators=(",", ":")).encode()


def unpack(payload):
    """The message in `payload` (bytes); raises ValueError("form") or ValueError("version")."""
    try:
        # MicroPython's parser ends in different errors for the many ways to be wrong.
        message = json.loads(payload)
    except (ValueError, UnicodeError, RuntimeError, OverflowError, MemoryError):
        raise ValueError("form")
    if not isinstance(message, dict):
        raise ValueError("form")
    if message.get("v") != VERSION:
        raise ValueError("version")
    return message


def _whole(value, low, high):
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def command_error(message):
    """None if `message` (unpacked) is a well-formed command, else "form"."""
    for key in CMD_KEYS:
        if key not in message:
            return "form"
    for key in ("id", "op", "ch", "dec"):
        if not isinstance(message[key], str) or len(message[key]) > MAX_ID:
            return "form"
    if not _whole(message["ep"], 0, PERIOD) or not _whole(message["t"], 0, PERIOD - 1):
        return "form"
    if not _whole(message["ttl"], 1, MAX_TTL) or not isinstance(message["a"], dict):
        return "form"
    for key, value in message["a"].items():
        # NaN and infinity are not JSON, yet parsers let them through; value - value is 0 only for a finite number.
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value - value != 0:
            return "form"
    return None
