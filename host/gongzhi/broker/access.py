"""Takes users, passwords and access rules, gives whether a password is right and what a client may read and write."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final, Literal, NamedTuple

from gongzhi.broker.packets import ProtocolError, check_filter
from gongzhi.broker.topics import covers, matches
from gongzhi.errors import ConfigError
from gongzhi.text import N_

Verb = Literal["read", "write", "readwrite"]
_VERBS: Final = ("read", "write", "readwrite")
_NAME = re.compile(r"[A-Za-z0-9_.@-]{1,64}")
# scrypt with 16 MiB: RFC 7914's parameters for interactive login; about 50 ms on a laptop, 150 ms on a Pi 4.
_COST, _BLOCK, _LANES = 2**14, 8, 1


class AccessRule(NamedTuple):
    """`user` (or "*" for everybody) may `verb` what `topic` covers; %u in it is the user's name, %c the client id."""

    user: str
    verb: Verb
    topic: str


@dataclass(slots=True)
class Users:
    """Names and salted hashes of passwords (scrypt); never a password itself."""

    hashes: dict[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path | str) -> Users:
        """The users in a file that `save` wrote (see `load_users_file`). Raises ConfigError."""
        return load_users_file(path)[0]

    def add(self, name: str, password: str | bytes) -> None:
        """Add a user, or give a known one a new password. Raises ConfigError for a name or password that cannot be."""
        if not _NAME.fullmatch(name):
            raise ConfigError(
                N_("“{name}” cannot be a user’s name."),
                N_("Use up to 64 letters, digits, and . _ - @ only."),
                name=name,
            )
        if not password:
            raise ConfigError(N_("The password of {name} is empty."), N_("Choose a password."), name=name)
        salt = secrets.token_bytes(16)
        self.hashes[name] = _written(salt, _hash(_raw(password), salt, _COST, _BLOCK, _LANES))

    def check(self, name: str, password: str | bytes) -> bool:
        """Whether this is the user's password. Takes 50 ms or more by design: never call it on an event loop."""
        known = self.hashes.get(name)
        # An unknown name takes as long as a known one, so that names cannot be found out by time.
        cost, block, lanes, salt, want = _read(known or _nobody())
        right = hmac.compare_digest(_hash(_raw(password), salt, cost, block, lanes), want)
        return right and known is not None

    def save(self, path: Path | str) -> None:
        """Write the file, whole or not at all, readable by its owner only; other lines that it has are kept."""
        path = Path(path)
        kept = []
        if path.exists():
            kept = [line for line in path.read_text("utf-8").splitlines() if line.split(maxsplit=1)[:1] != ["user"]]
        else:
            kept = ["# Users of the broker: user NAME HASH; what they may do: allow NAME|* read|write|readwrite TOPIC"]
        lines = [*kept, *(f"user {name} {text}" for name, text in sorted(self.hashes.items()))]
        handle, made = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # created with mode 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write("\n".join(lines) + "\n")
            Path(made).replace(path)
        except BaseException:
            Path(made).unlink(missing_ok=True)
            raise


def load_users_file(path: Path | str) -> tuple[Users, tuple[AccessRule, ...]]:
    """Users and access rules of a text file with lines `user NAME HASH`, `allow NAME|* VERB TOPIC` and `# …`.

    Raises ConfigError that names the file, the line and what would be right.
    """
    users, rules = Users(), []
    try:
        text = Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            N_("The users file {file} cannot be read: {why}"),
            N_("Make it with: gongzhi broker --users FILE --add-user NAME"),
            file=path,
            why=error,
        ) from error
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        try:
            if not words or words[0].startswith("#"):
                continue
            if words[0] == "user" and len(words) == 3 and _NAME.fullmatch(words[1]):
                _read(words[2])
                users.hashes[words[1]] = words[2]
            elif words[0] == "allow" and len(words) == 4:
                rules.append(checked_rule(AccessRule(*words[1:])))  # type: ignore[arg-type]
            else:
                raise ValueError(line)
        except (ValueError, ProtocolError) as error:
            raise ConfigError(
                N_("{file}, line {line} is not a user and not a rule."),
                N_("Write “allow NAME read|write|readwrite TOPIC”; add users with gongzhi broker --add-user."),
                file=path,
                line=number,
            ) from error
    return users, tuple(rules)


def checked_rule(rule: AccessRule) -> AccessRule:
    """The same rule, if its verb and its filter are valid; else ValueError or ProtocolError."""
    if rule.verb not in _VERBS or not rule.user:
        raise ValueError(f"{rule.verb!r} is not one of {', '.join(_VERBS)}")
    check_filter(rule.topic)
    return rule


class Permissions:
    """What one connected client may do, from the rules that concern it."""

    __slots__ = ("_known", "_read", "_write")

    def __init__(self, rules: Iterable[AccessRule], user: str, client: str) -> None:
        self._read: list[list[str]] = []
        self._write: list[list[str]] = []
        self._known: dict[str, bool] = {}
        for rule in rules:
            pattern = _filled(rule, user, client)
            if pattern is None:
                continue
            if rule.verb != "write":
                self._read.append(pattern.split("/"))
            if rule.verb != "read":
                self._write.append(pattern.split("/"))

    def write(self, topic: str) -> bool:
        """Whether it may publish to `topic`."""
        known = self._known.get(topic)
        if known is None:
            if len(self._known) >= 256:  # a client that invents topics must not fill the memory
                self._known.clear()
            levels = topic.split("/")
            known = self._known[topic] = any(matches(pattern, levels) for pattern in self._write)
        return known

    def read(self, wanted: str) -> bool:
        """Whether it may subscribe to `wanted`: one rule must cover all that this filter could ever match."""
        levels = wanted.split("/")
        return any(covers(pattern, levels) for pattern in self._read)


def _filled(rule: AccessRule, user: str, client: str) -> str | None:
    """The rule's filter with names put in; None where the rule is not about this client.

    A name with / + or # in it could widen the filter, so a rule that would take one in does not apply.
    """
    if rule.user not in ("*", user):
        return None
    pattern = rule.topic
    for mark, name in (("%u", user), ("%c", client)):
        if mark in pattern:
            if not name or any(sign in name for sign in "/+#%$"):
                return None
            pattern = pattern.replace(mark, name)
    return pattern


def _raw(password: str | bytes) -> bytes:
    return password.encode() if isinstance(password, str) else password


def _hash(password: bytes, salt: bytes, cost: int, block: int, lanes: int) -> bytes:
    return hashlib.scrypt(password, salt=salt, n=cost, r=block, p=lanes, dklen=32, maxmem=64 * 1024 * 1024)


def _written(salt: bytes, hashed: bytes) -> str:
    parts = ("scrypt", _COST, _BLOCK, _LANES, base64.b64encode(salt).decode(), base64.b64encode(hashed).decode())
    return ":".join(map(str, parts))


def _read(text: str) -> tuple[int, int, int, bytes, bytes]:
    kind, cost, block, lanes, salt, hashed = text.split(":")
    if kind != "scrypt" or not (1 < int(cost) <= 2**16 and 0 < int(block) <= 8 and 0 < int(lanes) <= 4):
        raise ValueError("not a hash that we write")
    want = base64.b64decode(hashed, validate=True)
    if len(want) != 32:
        raise ValueError("a hash of the wrong length")
    return int(cost), int(block), int(lanes), base64.b64decode(salt, validate=True), want


@cache
def _nobody() -> str:
    """The hash against which an unknown user's password is checked."""
    return _written(secrets.token_bytes(16), secrets.token_bytes(32))
