"""Takes a project's board and a serial port with MicroPython, gives the board all that it needs, until its node starts.

That is its program, its configuration, the characters of its display, its key and the room's Wi-Fi. Done again, it
writes what is missing. The secrets go into the chip's NVS, all else is the same on every board of a kind.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from gongzhi.board import deploy, esptool, find, firmware, partitions, secrets
from gongzhi.board.program import Program
from gongzhi.board.prompt import Prompt
from gongzhi.board.room_net import Login, RoomNet, Wifi
from gongzhi.errors import BoardError
from gongzhi.gateway.ports import Fault, open_port
from gongzhi.project import Board, Manifest
from gongzhi.room.certificates import for_board
from gongzhi.text import N_, Later

SPACE: Final = "local"
OLDEST: Final = (1, 24)
_LINE_S: Final = 3.0
_START_S: Final = 15.0
_BACK_S: Final = 5.0
_JOIN_S: Final = 20
_STARTS: Final = b"gongzhi: the node of "
_REFUSED: Final = b"gongzhi: config.json: "
_JOIN: Final = """
import network, time, json
from binascii import unhexlify
w = network.WLAN(network.STA_IF)
w.active(False)
w.active(True)
w.config(reconnects=0)
s, k = json.loads(unhexlify("%s"))
w.connect(s, k)
e = time.ticks_add(time.ticks_ms(), %d000)
while not w.isconnected() and time.ticks_diff(e, time.ticks_ms()) > 0:
    if w.status() in (201, 202):
        break
    time.sleep_ms(100)
print(w.isconnected(), w.status())
w.active(False)
"""
_NO_WIFI: Final = {
    201: N_("there is no network of that name here (an ESP32 sees 2.4 GHz only)"),
    202: N_("its key is wrong"),
}
Stage = Callable[[str, int, int], None]  # what is going on, so many bytes of so many


@dataclass(frozen=True, slots=True)
class Outcome:
    """A board that is ready: `rom` if its program runs from ROMFS, else from files; `kept` the programs of others that
    were put aside; `starts` if the node has said that it does."""

    board: str
    chip: str
    number: str
    micropython: str
    rom: bool
    written: int
    same: int
    kept: tuple[str, ...]
    starts: bool


def config(manifest: Manifest, board: Board, net: RoomNet) -> dict[str, Any]:
    """The board's config.json (docs/wire.md), which has no secrets."""
    doc: dict[str, Any] = {"v": 1, "space": SPACE, "team": manifest.id, "device": board.id, "board": board.type}
    if board.link == "serial":
        doc["link"] = "serial"
    else:
        doc["mqtt"] = net.mqtt()
    return doc | {"parts": [part.config() for part in manifest.on(board.id)]}


def files(manifest: Manifest, board: Board, net: RoomNet) -> dict[str, bytes]:
    """All that belongs on it."""
    from gongzhi.board import screen  # loads OpenCV

    text = json.dumps(config(manifest, board, net), ensure_ascii=False, separators=(",", ":"))
    return {
        **firmware.of(manifest.kinds, bytecode=True),
        **screen.files(manifest.on(board.id)),
        "config.json": text.encode(),
    }


class Setup:
    """Sets up boards of a project in a room. `tell` hears what is going on; `taken` are the chips that have become a
    board already, so that the same one is not made two."""

    def __init__(self, manifest: Manifest, net: RoomNet, room: bytes, tell: Stage, *, wifi: bool = True) -> None:
        self._manifest, self._net, self._room, self._tell, self._try_wifi = manifest, net, room, tell, wifi
        self.taken: dict[str, str] = {}

    def one(self, name: str, port: str) -> Outcome:
        """Set up the board `name` at `port`; raises BoardError."""
        board = self._manifest.boards[name]
        wanted = files(self._manifest, board, self._net)
        try:
            first = open_port(port, _LINE_S)
        except Fault as error:
            why, hint = find.reason(error)
            raise BoardError(N_("The port {port} cannot be used: {why}"), hint.message, port=port, why=why) from error
        try:
            with first as line, Prompt(line) as prompt:
                about = self._meet(prompt, board, wanted)
                kept = deploy.stop_starting(prompt)
            if about.rom:
                with _again(port) as line, Prompt(line) as prompt:
                    own = deploy.own_parts(prompt, deploy.listing(prompt))
                self._write_rom(port, {**own, **wanted})
            with _again(port) as line:
                with Prompt(line) as prompt:
                    done = self._give(prompt, board, wanted, rom=about.rom)
                    prompt.restart()
                starts = _started(line, port)
        except Fault as error:
            raise BoardError(
                N_("The cable to “{name}” at {port} was cut: {why}"),
                N_("Plug it in and run the same again: it goes on where it was."), name=name, port=port, why=error,
            ) from error  # fmt: skip
        self.taken[about.number] = name
        return Outcome(
            name, about.chip, about.number, about.version, about.rom, done.sent, done.same, kept, starts
        )  # fmt: skip

    def _meet(self, prompt: Prompt, board: Board, wanted: Mapping[str, bytes]) -> deploy.About:
        about = deploy.about(prompt)
        other = self.taken.get(about.number, board.id)
        if other != board.id:
            raise BoardError(
                N_("This board is “{other}” already."), N_("Plug in the next one, for “{name}”."),
                other=other, name=board.id,
            )  # fmt: skip
        if about.chip and about.chip != board.about.chip:
            raise BoardError(
                N_("“{name}” has to be of type {wanted} (chip {chip}), but here is the chip {have}."),
                N_("Plug in another board, or correct type in project.toml."),
                name=board.id, wanted=board.type, chip=board.about.chip, have=about.chip,
            )  # fmt: skip
        if tuple(map(int, about.version.split(".")[:2])) < OLDEST:
            raise BoardError(
                N_("On the board is MicroPython {version}: too old."), N_("Renew it: gongzhi board flash"),
                version=about.version,
            )  # fmt: skip
        fits = Program.of(wanted).fits
        if str(about.mpy) != fits:
            raise BoardError(
                N_("The board’s MicroPython {version} takes bytecode {have}, Gongzhi makes {fits}."),
                N_("Renew MicroPython: gongzhi board flash"), version=about.version, have=about.mpy, fits=fits,
            )  # fmt: skip
        return about

    def _write_rom(self, port: str, wanted: Mapping[str, bytes]) -> None:
        with tempfile.TemporaryDirectory(prefix="gongzhi-") as name:
            place = _rom(port, Path(name))
            made = deploy.image(wanted, place.size)
            esptool.write(
                port, [(place.at, made)], Path(name), lambda done, of: self._tell("program", done, of), resize=False
            )

    def _give(self, prompt: Prompt, board: Board, wanted: Mapping[str, bytes], *, rom: bool) -> deploy.Done:
        there = deploy.listing(prompt)
        done = deploy.give(prompt, wanted, there, lambda so, of: self._tell("files", so, of), rom=rom)
        told: dict[str, Any] = {}
        if board.link != "serial":
            told = {"wifi": msgspec.to_builtins(self._net.wifi)} if self._net.wifi else {}
            login: Login = self._net.login(self._manifest.id)
            told |= {"user": login.user, "password": login.password}
            for one in self._net.wifi[:1] if self._try_wifi else ():
                self._tell("wifi", 0, 1)
                _join(prompt, one)
                self._try_wifi = False  # what is right for one is right for the room
        secrets.put(prompt, self._room, told, for_board())
        return done


def undo(port: str) -> tuple[str, ...]:
    """Take it all from the board again; what is back that was there before. Raises BoardError."""
    try:
        with open_port(port, _LINE_S) as line, Prompt(line) as prompt:
            deploy.refuse_foreign(prompt)
            deploy.stop_starting(prompt)
        with _again(port) as line, Prompt(line) as prompt:
            in_rom = deploy.leave_rom(prompt)
        if in_rom:
            _erase_rom(port)
        with _again(port) as line, Prompt(line) as prompt:
            back = deploy.undo(prompt)
            prompt.restart()
    except Fault as error:
        why, hint = find.reason(error)
        raise BoardError(N_("The port {port} cannot be used: {why}"), hint.message, port=port, why=why) from error
    return back


def _rom(port: str, folder: Path) -> partitions.Partition:
    """Where the board's ROMFS partition is; raises BoardError."""
    table = partitions.parse(esptool.read(port, partitions.AT, partitions.SIZE, folder))
    place = partitions.named(table, partitions.ROMFS)
    if place is None:
        raise BoardError(
            N_("The board’s partition table has no “{name}”."), N_("Flash it anew: gongzhi board flash"),
            name=partitions.ROMFS,
        )  # fmt: skip
    return place


def _erase_rom(port: str) -> None:
    with tempfile.TemporaryDirectory(prefix="gongzhi-") as name:
        at = _rom(port, Path(name)).at
        esptool.write(port, [(at, b"\xff" * partitions.BLOCK)], Path(name), lambda *_: None, resize=False)


def _again(port: str) -> Any:
    """The port after a restart, in which one of the chip's own goes and comes again; raises one of `Fault`."""
    end = time.monotonic() + _BACK_S
    while True:
        try:
            return open_port(port, _LINE_S)
        except Fault:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def _join(prompt: Prompt, net: Wifi) -> None:
    words = json.dumps([net.ssid, net.key]).encode().hex()
    joined, status = prompt.run(_JOIN % (words, _JOIN_S), _JOIN_S + 5).split()[-2:]
    if joined != "True":
        why = Later(_NO_WIFI.get(int(status), N_("it does not answer ({code})")), {"code": status})
        raise BoardError(
            N_("The board cannot join the network “{name}”: {why}."),
            N_("Run it again with --ask to type it anew, or with --no-try to leave it as it is."),
            name=net.ssid, why=why,
        )  # fmt: skip


def _started(line: Any, port: str) -> bool:
    """True when the node says that it starts; raises BoardError where it refuses its configuration. False: no word of
    it, as where a port of the chip's own has come back too late to hear it."""
    end, said = time.monotonic() + _START_S, b""
    line.timeout = 0.5
    while time.monotonic() < end:
        try:
            said += line.read_until(b"\n")
        except Fault:
            line.close()
            time.sleep(0.5)
            try:
                line.open()
            except Fault:
                continue
        if _STARTS in said:
            return True
        if _REFUSED in said and said.endswith(b"\n"):
            why = said[said.rindex(_REFUSED) + len(_REFUSED) :].decode(errors="replace").strip()
            raise BoardError(
                N_("The board at {port} refuses its configuration: {why}"),
                N_("Run the same again."),
                port=port,
                why=why,
            )
    return False
