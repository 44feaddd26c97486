"""Takes Gongzhi's data folder, gives what this room's boards are told: its Wi-Fi, its broker, each team's login.

It lies in `keys/` beside the room's key, readable by its owner only: never in a project's folder, never in a file on a
board. Whoever has that folder has the room.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

import msgspec

from gongzhi import paths
from gongzhi.errors import BoardError
from gongzhi.text import N_

BY_NAME: Final = "_gongzhi._tcp"  # a broker that tells the network where it is (docs/wire.md)
_BY_NAME_TLS: Final = "_gongzhi-tls._tcp"  # and where it speaks TLS
PORT: Final = 1883
PORT_TLS: Final = 8883
_LETTERS: Final = 18  # bytes of a password that is made


class Wifi(msgspec.Struct, frozen=True):
    """A network and its key, "" for an open one."""

    ssid: str
    key: str = ""


class Login(msgspec.Struct, frozen=True):
    """What a team's boards say to the broker."""

    user: str
    password: str


class RoomNet(msgspec.Struct, frozen=True):
    """`wifi` in order of preference; `hosts` of the broker, tried in turn, at `port`; with `tls` the boards speak with
    it under the room's certificate only; `logins` by team."""

    wifi: tuple[Wifi, ...] = ()
    hosts: tuple[str, ...] = (BY_NAME,)
    port: int = PORT
    tls: bool = False
    logins: dict[str, Login] = {}

    def login(self, team: str) -> Login:
        """The team's login, a new one where it has none yet."""
        return self.logins.get(team) or Login(team, secrets.token_urlsafe(_LETTERS))

    def mqtt(self) -> dict[str, object]:
        """What a board's configuration says of the broker (docs/wire.md)."""
        hosts = [_BY_NAME_TLS if self.tls and host == BY_NAME else host for host in self.hosts]
        made: dict[str, object] = {"host": hosts[0] if len(hosts) == 1 else hosts, "port": self.port}
        return made | ({"tls": True} if self.tls else {})

    def at(self, hosts: tuple[str, ...], port: int | None, *, tls: bool) -> RoomNet:
        """The same with a broker there; without `port` at the usual one."""
        return msgspec.structs.replace(self, hosts=hosts, port=port or (PORT_TLS if tls else PORT), tls=tls)

    def having(self, team: str, login: Login) -> RoomNet:
        """The same with this login."""
        return msgspec.structs.replace(self, logins={**self.logins, team: login})


def _path(folder: Path | None) -> Path:
    return (folder or paths.data() / "keys") / "room-net.json"


def load(folder: Path | None = None) -> RoomNet:
    """What is remembered, or an empty one; raises BoardError."""
    path = _path(folder)
    try:
        return msgspec.json.decode(path.read_bytes(), type=RoomNet)
    except FileNotFoundError:
        return RoomNet()
    except (OSError, msgspec.MsgspecError) as error:
        raise BoardError(
            N_("The file {file} with the room’s Wi-Fi cannot be read: {why}"), N_("Remove it; you are asked again."),
            file=path, why=error,
        ) from error  # fmt: skip


def save(net: RoomNet, folder: Path | None = None) -> None:
    """Remember it; raises BoardError."""
    path = _path(folder)
    fresh = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(msgspec.json.encode(net))
        fresh.replace(path)
    except OSError as error:
        raise BoardError(
            N_("{file} cannot be written: {why}"), N_("May you write in that folder?"),
            file=path, why=error.strerror or error,
        ) from error  # fmt: skip


def forget(folder: Path | None = None) -> None:
    """Forget it; boards keep what they have."""
    _path(folder).unlink(missing_ok=True)
