"""Takes an update's manifest, gives the slot that is not running its files: each one whole by its sha-256 as it is read
back, before anything points to it."""

import asyncio
import hashlib
import os
from binascii import hexlify

import slots

from gongzhi_node.ports import const
from gongzhi_node.update import Refused, free

ROM = "/rom"  # where MicroPython mounts its ROMFS partition
_BLOCK = const(4096)  # of the flash: what a file takes is rounded up to it
_SPARE = const(8)  # blocks that stay free: settings and counters are written by tmp and rename
_FOLDER = const(0x4000)


async def install(session):
    """Fill the slot and point to it, for three tries. Raises Refused, OSError."""
    now, before, state, count = slots.read()
    slot = "b" if now == "a" else "a"
    if before == slot and not slots.write(now, "-", state, count):  # from here on nobody can go back to it
        raise Refused("flash", slots.PATH)
    listed = slot + "/manifest"
    if not await same(listed, session.size, session.digest):
        await _clear(slot)
        _folders(listed)
        await _write(session, 0, listed, session.size, session.digest)
    await _fill(session, slot, slots.folder(now))
    if not slots.write(slot, now, "try", 0):
        raise Refused("flash", slots.PATH)


async def _fill(session, slot, running):
    """Each file of the manifest that is not there yet: from the running program if it is the same, else by asking."""
    need = 0
    place = _place(running)
    with open(slot + "/manifest") as f:
        if f.readline().strip() != session.build:
            raise Refused("form", "build")
        for line in f:
            size, digest, path = _entry(line)
            if not await same(_in(slot, path), size, digest):
                need += 1 + size // _BLOCK
    room = free()
    if room is not None and (need + _SPARE) * _BLOCK > room:
        raise Refused("full", "%d %d" % ((need + _SPARE) * _BLOCK, room))
    number = 0
    with open(slot + "/manifest") as f:
        f.readline()
        for line in f:
            number += 1
            size, digest, path = _entry(line)
            target = _in(slot, path)
            if await same(target, size, digest):
                continue
            _folders(target)
            if await same(_in(place, path), size, digest):
                await _copy(_in(place, path), target)
                if await same(target, size, digest):
                    continue
            await _write(session, number, target, size, digest)
    await _own_parts(slot, running, place)


def _place(running):
    """Where the running program's files are: those that were flashed may lie in ROMFS, their manifest never does."""
    return running or ("" if "gongzhi_node" in os.listdir() else ROM)


async def _own_parts(slot, running, place):
    """What somebody has put beside the parts of the running program (README, "A part of your own") comes along."""
    parts = "gongzhi_node/parts"
    try:
        names = os.listdir(_in(place, parts))
    except OSError:
        return
    for name in names:
        path = parts + "/" + name
        ours = _lists(slot, path) or _lists(running, path)
        if not ours and name.endswith((".py", ".mpy")):
            await _copy(_in(place, path), _in(slot, path))


def _lists(folder, path):
    """True if the manifest there has the path; looked up in the file, for a heap has no place for all of them."""
    try:
        with open(_in(folder, "manifest")) as f:
            for line in f:
                if line.endswith(" " + path + "\n"):
                    return True
    except OSError:
        pass
    return False


async def _write(session, number, path, size, digest):
    """Fetch one file; what the flash gives back afterwards is what counts. Once more if that is wrong."""
    for _ in range(2):
        with open(path, "wb") as f:
            await session.pull(number, 0, size, f.write)
        if await same(path, size, digest):
            return
    os.remove(path)
    raise Refused("hash", path)


async def same(path, size, digest):
    """True if the file has this size and sha-256 (hex)."""
    try:
        if os.stat(path)[6] != size:
            return False
        hasher = hashlib.sha256()
        buffer = bytearray(512)
        with open(path, "rb") as f:
            n = f.readinto(buffer)
            while n:
                hasher.update(memoryview(buffer)[:n])
                await asyncio.sleep(0)  # parts and link go on
                n = f.readinto(buffer)
    except OSError:
        return False
    return hexlify(hasher.digest()).decode() == digest


def _entry(line):
    """(size, digest, path) of a line of the manifest; the path stays in the slot. Raises Refused."""
    try:
        size, digest, path = line.strip().split(" ")
        if path.startswith("gongzhi_node/") and ".." not in path:
            return int(size), digest, path
    except ValueError:
        pass
    raise Refused("form", line.strip()[:60])


def _in(folder, path):
    return folder + "/" + path if folder else path


def _folders(path):
    """Make the folders of the path."""
    at = path.find("/")
    while at > 0:
        try:
            os.mkdir(path[:at])
        except OSError:
            pass  # it is there; if not, opening the file says so
        at = path.find("/", at + 1)


async def _copy(old, new):
    buffer = bytearray(512)
    with open(old, "rb") as f, open(new, "wb") as g:
        n = f.readinto(buffer)
        while n:
            g.write(memoryview(buffer)[:n])
            await asyncio.sleep(0)
            n = f.readinto(buffer)


async def _clear(folder):
    """Remove the folder with all that is in it; its manifest first, so that half of it is never taken for all."""
    try:
        names = os.listdir(folder)
    except OSError:
        return
    names.sort(key=lambda name: name != "manifest")
    for name in names:
        path = folder + "/" + name
        await asyncio.sleep(0)
        if os.stat(path)[0] & _FOLDER:
            await _clear(path)
        else:
            os.remove(path)
    os.rmdir(folder)
