"""Takes a job; cuts the power at every write to LittleFS (or every n-th), and says what the board had then.

Runs in MicroPython with the firmware on its path. The flash lies in memory; a cut leaves nothing, half, or noise of
what was being written, and nothing is written afterwards. Then the file system is mounted anew, as at the next start,
and the board's own code looks at it. Prints one line after "@cuts":
{"writes", "cuts", "old", "new", "wrong": [[cut, how it tore, why], …]}.
"""

import asyncio
import hashlib
import json
import os
import sys
from binascii import hexlify

import vfs

_BLOCK = 4096
_BLOCKS = 96
NVS = {}


class Dead(OSError):
    """There is no power."""


class Flash:
    """A flash chip that does `left` more writes (programmings and erasures; None: any number)."""

    torn = "half"  # what is left of the write that the cut meets

    def __init__(self, data):
        self.data, self.left, self.done = data, None, 0

    def _goes(self):
        """True if this write is done whole, False if it is the one that the cut tears."""
        self.done += 1
        if self.left is None:
            return True
        self.left -= 1
        if self.left < -1:
            raise Dead(5)
        return self.left >= 0

    def readblocks(self, block, buf, offset=0):
        at = block * _BLOCK + offset
        buf[:] = self.data[at : at + len(buf)]

    def writeblocks(self, block, buf, offset=0):
        at = block * _BLOCK + offset
        whole = self._goes()
        if whole:
            self.data[at : at + len(buf)] = buf
        else:
            self._tear(at, buf)

    def ioctl(self, op, arg):
        if op == 4:
            return _BLOCKS
        if op == 5:
            return _BLOCK
        if op == 6:
            empty = b"\xff" * _BLOCK
            if self._goes():
                self.data[arg * _BLOCK : arg * _BLOCK + _BLOCK] = empty
            else:
                self._tear(arg * _BLOCK, empty)
        return 0

    def _tear(self, at, buf):
        n = 0 if self.torn == "nothing" else len(buf) // 2
        self.data[at : at + n] = buf[:n]
        if self.torn == "noise":  # every bit of the rest between what it was and what it was to be
            for i in range(n, len(buf)):
                mask = (i * 73 + at) & 255
                self.data[at + i] = self.data[at + i] & mask | buf[i] & ~mask & 255
        raise Dead(5)


class _Esp32:
    """`esp32` with a storage whose writes are whole or not at all, as ESP-IDF promises of NVS, and count as writes."""

    class NVS:
        def __init__(self, space):
            pass

        def set_blob(self, name, value):
            if not chip.flash._goes():
                raise Dead(5)
            NVS[name] = bytes(value)

        def get_blob(self, name, buffer):
            if name not in NVS:
                raise OSError(-4354)
            buffer[: len(NVS[name])] = NVS[name]
            return len(NVS[name])

        def commit(self):
            pass


class Chip:
    """The board's flash between its starts."""

    def __init__(self):
        self.flash = Flash(bytearray(_BLOCK * _BLOCKS))

    def power(self, left=None):
        """Mount what is there; `left` writes later the power is cut. Raises OSError if it cannot be mounted."""
        self.flash = Flash(self.flash.data)
        files = vfs.VfsLfs2(self.flash, progsize=32, readsize=32, lookahead=32)
        vfs.mount(files, "/f")
        os.chdir("/f")
        self.flash.left = left

    def off(self):
        """No power: what LittleFS still held back is gone."""
        self.flash.left = -1
        os.chdir("/")
        try:
            vfs.umount("/f")
        except OSError:
            pass


chip = Chip()
sys.modules["esp32"] = _Esp32


def sha(data):
    return hexlify(hashlib.sha256(data).digest()).decode()


def program(build, seed):
    """(manifest, files in its order): sizes around what LittleFS does differently, from nothing to three blocks."""
    files = []
    for n, size in enumerate((0, 7, 100, 900, 4096, 9000)):
        # The third is the same in both programs: it is copied on the board.
        files.append((("gongzhi_node/p%d/f%d.mpy" % (n % 2, n)), bytes([(seed if n != 2 else 9) + n]) * size))
    lines = "".join("%d %s %s\n" % (len(data), sha(data), path) for path, data in files)
    return (build + "\n" + lines).encode(), files


OLD, NEW = program("0ld", 1), program("new", 101)
CONFIG = [{"v": 1, "mqtt": {"host": "10.0.0.%d" % n}, "parts": [{"ch": "p%d" % n}] * (30 * n)} for n in (1, 2)]
LOGIN = {"user": "gate01", "password": "pass word"}
WIFI = [{"ssid": "class", "key": "secret12"}]
SERVICE, PLACES = "_gongzhi._tcp", (("10.0.0.7", 1883), ("192.168.100.200", 1884))


class Session:
    """What fetch.install needs of an update: it brings the new program."""

    build, size, digest = "new", len(NEW[0]), sha(NEW[0])

    async def pull(self, number, at, size, write):
        data = NEW[0] if not number else NEW[1][number - 1][1]
        while at < size:
            write(memoryview(data)[at : min(at + 384, size)])
            at += 384


def put(path, data):
    fetch._folders(path)
    with open(path, "wb") as f:
        f.write(data)


def base():
    """A board that runs the old program from slot a, with something older in slot b."""
    chip.flash = Flash(bytearray(b"\xff" * (_BLOCK * _BLOCKS)))
    vfs.VfsLfs2.mkfs(chip.flash, progsize=32, readsize=32, lookahead=32)
    chip.power()
    put("manifest", b"f1a5\n")
    put("a/manifest", OLD[0])
    for path, data in OLD[1]:
        put("a/" + path, data)
    put("b/manifest", b"older\n")
    put("b/gongzhi_node/x.mpy", b"x" * 5000)
    slots.write("a", "b", "ok", 0)
    config.store(CONFIG[0])
    boots.count("power")
    last.keep(SERVICE, PLACES[0])
    NVS.clear()
    if job == "trial":
        asyncio.run(fetch.install(Session()))
    if job == "secrets":
        config.store(dict(CONFIG[0], wifi=WIFI, mqtt=dict(CONFIG[0]["mqtt"], **LOGIN)))
    chip.off()
    return bytes(chip.flash.data)


def work():
    """What is cut short."""
    if job == "update":
        asyncio.run(fetch.install(Session()))
    elif job == "settings":
        config.store(CONFIG[1])
    elif job == "naive":  # what must be found: files of the running program, written over
        for path, data in NEW[1]:
            put("a/" + path, data)
        put("a/manifest", NEW[0])
    elif job == "secrets":
        keys.take(config.load())
    elif job == "broker":
        last.keep(SERVICE, PLACES[1])
    else:  # a start of a program on trial, and its end
        slots.choose()
        boots.count("hard")
        boots.good()
        slots.good()


def look():
    """What the board runs and has at its next start: "old" or "new"; raises AssertionError for anything between."""
    before = slots.read()
    where, _ = slots.choose()
    with open(where + "/manifest", "rb") as f:
        listed = f.read()
    assert listed in (OLD[0], NEW[0]), "a manifest that is neither"
    for path, data in OLD[1] if listed == OLD[0] else NEW[1]:
        with open(where + "/" + path, "rb") as f:
            assert f.read() == data, path
    doc = config.load()
    plain = dict(doc, mqtt={"host": doc["mqtt"]["host"]})
    plain.pop("wifi", None)
    assert plain in CONFIG, "settings that are neither"
    number, safe = boots.count("power")
    assert number in (2, 3), "boots %d" % number
    assert not safe, "it keeps still"
    if job == "secrets":
        there = doc.get("wifi") == WIFI and doc["mqtt"].get("password") == LOGIN["password"]
        assert there or keys.NET in NVS, "the secrets are gone"
        assert keys.take(doc) == (WIFI, LOGIN["user"], LOGIN["password"])
        doc = config.load()
        left = "wifi" in doc or "password" in doc["mqtt"]
        assert not left, "the secrets are still in the file"
        return "old" if there else "new"
    if job == "settings":
        return "new" if plain == CONFIG[1] else "old"
    place = last.read(SERVICE)
    assert place in PLACES, "a broker that is neither"
    if job == "broker":
        return "new" if place == PLACES[1] else "old"
    if job == "trial":
        assert listed == NEW[0]
        return "new" if before[2] == "ok" else "old"
    return "new" if listed == NEW[0] else "old"


def again():
    """What was cut short can be done again, to its end."""
    work()
    if job == "update":
        assert slots.choose()[0] == "b"
    for path, data in NEW[1] if job == "update" else ():
        with open("b/" + path, "rb") as f:
            assert f.read() == data, path


def main(step):
    """Cut at every `step`-th write, three ways."""
    image = base()
    chip.power()
    work()
    writes = chip.flash.done
    chip.off()
    found = {"writes": writes, "cuts": 0, "old": 0, "new": 0, "wrong": []}
    for n, torn in enumerate(("nothing", "half", "noise")):
        Flash.torn = torn
        for cut in range(n % step, writes + 1, step):  # the last one comes after the last write
            found["cuts"] += 1
            why = _one(image, cut, found)
            if why:
                found["wrong"].append([cut, torn, why])
    print("@cuts " + json.dumps(found))


def _one(image, cut, found):
    """One cut and the start after it; what was wrong, or None."""
    chip.flash.data[:] = image
    NVS.clear()
    chip.power(cut)
    try:
        work()
    except OSError:
        pass
    except update.Refused:
        pass
    chip.off()
    try:
        chip.power()
        found[look()] += 1
        if not (job == "update" and slots.read()[2] == "try"):
            again()
    except Exception as error:
        return repr(error)
    finally:
        chip.off()


job = sys.argv[1]
import slots  # noqa: E402  (these find our esp32)
from gongzhi_node import boots, config, fetch, keys, last, update  # noqa: E402

update.free = fetch.free = lambda: None
main(int(sys.argv[2]))
