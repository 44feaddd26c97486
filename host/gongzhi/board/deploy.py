"""Takes a board at its prompt and the files that belong on it, gives it those that it lacks.

A cable that is pulled out leaves a board that only has to be given them again: main.py goes first and comes last, so
that until then the board starts into its prompt. Each file is written beside its place, read back by its sha-256 and
then renamed. A program that somebody had there before is kept as before-main.py.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from gongzhi.board import manifest, romfs
from gongzhi.board.prompt import Prompt
from gongzhi.errors import BoardError
from gongzhi.text import N_

Tell = Callable[[int, int], None]  # so many bytes of so many

ROM: Final = "/rom"
PARTS: Final = "gongzhi_node/parts/"
_PIECE: Final = 1536  # bytes at once: 2 KB of text, which an empty heap has
_SLOW: Final = 30.0  # s for what walks through the flash
# What MicroPython starts, and what stands in ours and in nobody else's.
_OURS: Final = {"boot.py": "main.py makes the outputs safe first", "main.py": "where, trial = slots.choose()"}
_BEFORE: Final = "before-"
_STATE: Final = ("slot", "boots", "broker")  # what belongs to the program, and to the room, that was there
# Functions that stay at the prompt while the files are given. Every file is closed at once: what was written lies in
# the flash then, and not when the collector comes.
_HELP: Final = """
import os, hashlib
from binascii import a2b_base64, hexlify
try:
    gz_f.close()
except Exception:
    pass
def gz_sum(p):
    h, b = hashlib.sha256(), bytearray(512)
    with open(p, 'rb') as f:
        n = f.readinto(b)
        while n:
            h.update(memoryview(b)[:n])
            n = f.readinto(b)
    return hexlify(h.digest()).decode()
def gz_read(p, m='r'):
    with open(p, m) as f:
        return f.read()
def gz_walk(d):
    for e in os.ilistdir(d or '/'):
        p = d + '/' + e[0]
        if e[1] & 0x4000:
            if p != '/rom':
                gz_walk(p)
        else:
            print(p[1:] + chr(9) + gz_sum(p))
def gz_rm(p):
    try:
        os.remove(p)
    except OSError:
        pass
def gz_dirs(p):
    a = p.find('/')
    while a >= 0:
        try:
            os.mkdir(p[:a])
        except OSError:
            pass
        a = p.find('/', a + 1)
def gz_put(p, s):
    if gz_sum(p + '.new') != s:
        raise ValueError(p)
    try:
        os.rename(p + '.new', p)
    except OSError:
        gz_rm(p)
        os.rename(p + '.new', p)
def gz_clear(d):
    for e in os.ilistdir(d):
        if e[1] & 0x4000:
            gz_clear(d + '/' + e[0])
        else:
            os.remove(d + '/' + e[0])
    os.rmdir(d)
os.chdir('/')
"""
_WHAT: Final = """
import sys, machine, os
try:
    import vfs
    r = vfs.rom_ioctl(1) > 0
except (ImportError, AttributeError):
    r = False
s = os.statvfs('/')
m = getattr(sys.implementation, '_machine', '')
v = '.'.join([str(n) for n in sys.implementation.version[:3]])
u = ''.join(['%02x' % b for b in machine.unique_id()])
print(m, v, getattr(sys.implementation, '_mpy', 0) & 255, u, int(r), s[0] * s[3], sep=chr(9))
"""


@dataclass(frozen=True, slots=True)
class About:
    """The board at the prompt: the `chip` as board.toml names it ("" where the image does not say), MicroPython's
    version, its bytecode's, the chip's number (12 hex digits), whether it has a ROMFS partition, bytes free."""

    chip: str
    version: str
    mpy: int
    number: str
    rom: bool
    free: int


@dataclass(frozen=True, slots=True)
class Done:
    """What became of it: bytes and files written, files that were there already."""

    sent: int
    written: int
    same: int


def about(prompt: Prompt) -> About:
    """What it is; raises BoardError."""
    machine, version, mpy, number, rom, free = prompt.run(_WHAT).split("\t")
    name = machine.split()[-1].lower().replace("-", "") if machine else ""
    return About(name if name.startswith("esp32") else "", version, int(mpy), number, rom == "1", int(free))


def listing(prompt: Prompt) -> dict[str, str]:
    """The sha-256 of each file on the board by its path; ROMFS is left out. What follows needs it."""
    prompt.run(_HELP)
    lines = prompt.run("gz_walk('')", _SLOW).splitlines()
    return dict(line.split("\t") for line in lines if "\t" in line)


def own_parts(prompt: Prompt, there: Mapping[str, str]) -> dict[str, bytes]:
    """The parts that somebody has written for this board (README, "A part of your own"), which go where the program
    goes: those in its folder of parts that are not listed in the program's manifest."""
    listed = _listed(prompt, there)
    mine = [path for path in there if path.startswith(PARTS) and path not in listed]
    mine += [PARTS + name for name in _rom_parts(prompt) if PARTS + name not in listed]
    return {path: _content(prompt, path, there) for path in mine}


def _listed(prompt: Prompt, there: Mapping[str, str]) -> set[str]:
    if manifest.NAME not in there:
        return set()
    lines = prompt.run(f"with open({manifest.NAME!r}) as f:\n for s in f:\n  print(s.strip())").splitlines()[1:]
    return {line.split(" ", 2)[2] for line in lines if line.count(" ") >= 2}


def _rom_parts(prompt: Prompt) -> list[str]:
    said = prompt.run(f"try:\n print(chr(9).join(os.listdir({ROM + '/' + PARTS[:-1]!r})))\nexcept OSError:\n pass")
    return [name for name in said.split("\t") if name]


def _content(prompt: Prompt, path: str, there: Mapping[str, str]) -> bytes:
    place = path if path in there else f"{ROM}/{path}"
    return bytes.fromhex(prompt.run(f"print(hexlify(gz_read({place!r}, 'rb')).decode())"))


def image(files: Mapping[str, bytes], size: int) -> bytes:
    """The ROMFS image with the package of these files, for a partition of so many bytes; raises BoardError."""
    made = romfs.image({path: data for path, data in files.items() if path.startswith(manifest.PACKAGE)})
    if len(made) > size:
        raise BoardError(
            N_("The program ({have} bytes) is larger than the board’s ROMFS partition ({size})."),
            N_("Flash MicroPython anew with gongzhi board flash, or leave out parts of your own."),
            have=len(made), size=size,
        )  # fmt: skip
    return made


def stop_starting(prompt: Prompt) -> tuple[str, ...]:
    """Take main.py away, before anything is changed. One that is not ours, and a boot.py likewise, are kept beside it
    under another name, which is told. The board is restarted: what ran there has let go of its memory then."""
    kept = []
    prompt.run(_HELP)
    there = prompt.run("print(chr(9).join(os.listdir()))").split("\t")
    for name, mark in _OURS.items():
        if name in there and prompt.run(f"print({mark!r} in gz_read({name!r}))") == "False":
            prompt.run(f"gz_rm({_BEFORE + name!r})\nos.rename({name!r}, {_BEFORE + name!r})")
            kept.append(_BEFORE + name)
    prompt.run("gz_rm('main.py')")
    prompt.restart()
    return tuple(kept)


def give(
    prompt: Prompt, files: Mapping[str, bytes], there: Mapping[str, str], tell: Tell, *, rom: bool = False
) -> Done:
    """Give the board those `files` (path -> content) that are not `there` as they are wanted; with `rom` the package
    lies in ROMFS already, and goes from the files. What an earlier program had and this one has not is removed, and
    what updates have left. Raises BoardError."""
    wanted = {path: data for path, data in files.items() if not (rom and path.startswith(manifest.PACKAGE))}
    gone = _listed(prompt, there) - set(wanted)
    if rom:  # a folder of that name in the files would hide the one in ROMFS
        prompt.run("try:\n gz_clear('gongzhi_node')\nexcept OSError:\n pass", _SLOW)
    for path in sorted({*(gone & set(there)), *_STATE} & {*there, *_STATE}):
        prompt.run(f"gz_rm({path!r})")
    order = sorted(wanted, key=lambda path: (path == "main.py", path == manifest.NAME, path))
    new = [path for path in order if there.get(path) != _sum(wanted[path]) or path == "main.py"]
    total, sent = sum(len(wanted[path]) for path in new), 0
    tell(0, total)
    for path in new:
        sent = _put(prompt, path, wanted[path], sent, total, tell)
    return Done(total, len(new), len(wanted) - len(new))


def _put(prompt: Prompt, path: str, data: bytes, sent: int, total: int, tell: Tell) -> int:
    prompt.run(f"gz_dirs({path!r})\ngz_f = open({path + '.new'!r}, 'wb')")
    for at in range(0, len(data), _PIECE):
        piece = data[at : at + _PIECE]
        prompt.run(f"gz_f.write(a2b_base64({b64encode(piece)!r}))")
        sent += len(piece)
        tell(sent, total)
    prompt.run(f"gz_f.close()\ngz_put({path!r}, {_sum(data)!r})", _SLOW)
    return sent


def refuse_foreign(prompt: Prompt) -> None:
    """Raise BoardError unless our program is there."""
    if prompt.run(f"import os\nprint({manifest.NAME!r} in os.listdir('/'))") != "True":
        raise BoardError(N_("Gongzhi’s program is not on this board."), N_("There is nothing to undo."))


def leave_rom(prompt: Prompt) -> bool:
    """True if our program lies in ROMFS, which may then be erased: the parts that somebody has written for this board
    are in the files again."""
    there = listing(prompt)
    for path, data in own_parts(prompt, there).items():
        if path not in there:
            _put(prompt, path, data, 0, len(data), lambda *_: None)
    return bool(_rom_parts(prompt))


def undo(prompt: Prompt) -> tuple[str, ...]:
    """Take our program, its configuration and its secrets from a board that was stopped from starting; what was there
    before comes back, and is told. Files of others stay."""
    there = listing(prompt)
    ours = {*_listed(prompt, there), *_STATE, "slots.py", "slots.mpy", "config.json", "font.bin", manifest.NAME}
    for path in sorted(ours & set(there)):
        prompt.run(f"gz_rm({path!r})")
    prompt.run(
        "for d in ('a', 'b', 'gongzhi_node/parts', 'gongzhi_node/ports', 'gongzhi_node'):\n"
        " try:\n  gz_clear(d) if len(d) == 1 else os.rmdir(d)\n except OSError:\n  pass\n"
        "from esp32 import NVS\nn = NVS('gongzhi')\n"
        "for k in ('net', 'key', 'ca'):\n try:\n  n.erase_key(k)\n except OSError:\n  pass\nn.commit()",
        _SLOW,
    )
    back = [name for name in _OURS if _BEFORE + name in there]
    for name in back:
        prompt.run(f"gz_rm({name!r})\nos.rename({_BEFORE + name!r}, {name!r})")
    if "boot.py" not in back:
        prompt.run("gz_rm('boot.py')")
    return tuple(back)


def named(prompt: Prompt, there: Mapping[str, str]) -> tuple[str, str] | None:
    """(team, device) that the board's configuration says, or None."""
    if "config.json" not in there:
        return None
    try:
        doc = json.loads(prompt.run("print(gz_read('config.json'))"))
        return str(doc["team"]), str(doc["device"])
    except (ValueError, KeyError, TypeError):
        return None


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
