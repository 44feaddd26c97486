"""Takes topics and messages of the wire apart and puts them together; the one definition, for board and host."""

import json

from gongzhi_node.ports import const

VERSION = 1
PERIOD = 1 << 30  # ms; the period of MicroPython's ticks_ms, so that times stay small integers on 32 bit
CMD_KEYS = ("id", "ep", "op", "ch", "a", "t", "ttl", "dec")
ERRORS = (
    "form", "version", "channel", "op", "range", "old", "epoch", "rate", "clock", "stopped", "lease", "fault", "cfg",
    "limit",
)  # fmt: skip
MAX_TTL = 60000
MAX_ID = 24
_FIRST = "abcdefghijklmnopqrstuvwxyz0123456789"
_HALF = const(0x20000000)
_MASK = const(0x3FFFFFFF)


def segment(text, ours=False):
    """True if `text` may be one level of a topic; `ours` also admits a leading underscore."""
    if not isinstance(text, str) or not 1 <= len(text) <= 16:
        return False
    if text[0] not in _FIRST and not (ours and text[0] == "_" and len(text) > 1):
        return False
    for c in text[1:]:
        if c not in _FIRST and c not in "_-":
            return False
    return True


def topic(space, team, device, *rest):
    """The topic of a device; raises ValueError for a level that is not valid."""
    for part in (space, team, device):
        if not segment(part, True):
            raise ValueError("topic level %r" % (part,))
    return "/".join(("v1", space, team, device) + rest)


def add(t, ms):
    """The wire time `ms` after the wire time `t`, in 0 .. 2^30 - 1."""
    return (t + ms) & _MASK


def diff(a, b):
    """a - b in ms for two wire times, in -2^29 .. 2^29 - 1."""
    d = a - b
    # In two halves: 2^30 itself is no small integer on 32 bit, and a tick loop must not allocate.
    if d >= _HALF:
        return d - _HALF - _HALF
    if d < -_HALF:
        return d + _HALF + _HALF
    return d


def pack(message):
    """A message as bytes of compact JSON, stamped with the version."""
    message["v"] = VERSION
    return json.dumps(message, separators=(",", ":")).encode()


def unpack(payload):
    """The message in `payload` (bytes); raises ValueError("form") or ValueError("version")."""
    try:
        # The parsers end in different errors for the many ways to be wrong (too deep: RuntimeError).
        message = json.loads(payload)
    except (ValueError, UnicodeError, RuntimeError, OverflowError, MemoryError):
        raise ValueError("form")
    if not isinstance(message, dict):
        raise ValueError("form")
    if not whole(message.get("v"), VERSION, VERSION):
        raise ValueError("version")
    return message


def finite(value):
    """True for an int or float that is neither NaN nor infinite (nor a bool)."""
    # NaN and infinity are not JSON, yet parsers let them through; value - value is 0 only for a finite number.
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value - value == 0


def whole(value, low, high):
    """True for an int in low .. high (not a bool)."""
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def command_error(message):
    """None if `message` (unpacked) is a well-formed command, else "form"."""
    for key in CMD_KEYS:
        if key not in message:
            return "form"
    for key in ("id", "op", "ch", "dec"):
        if not isinstance(message[key], str) or len(message[key]) > MAX_ID:
            return "form"
    if not message["id"] or not whole(message["ep"], 0, _MASK) or not whole(message["t"], 0, _MASK):
        return "form"
    if not whole(message["ttl"], 1, MAX_TTL) or not isinstance(message["a"], dict):
        return "form"
    for value in message["a"].values():
        if not finite(value):
            return "form"
    return None
