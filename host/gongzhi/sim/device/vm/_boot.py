"""Takes the flash image, mounts it as the board's file system, installs what is new, runs boot.py and main.py."""

import gc
import io
import struct
import sys

import _board
import _irq  # noqa: F401
import _layout as _l
import uctypes
import uos
import vfs

_BLOCK = 4096
_ERASED = b"\xff" * _BLOCK
# Of struct: what LittleFS writes at once is up to four times "progsize" (extmod/vfs_lfsx.c), or a block that is erased.
_COPY = {count: "%ds" % count for count in (32, 64, 96, 128, _BLOCK)}
_HALF = {count: "%ds" % (count // 2) for count in _COPY}
# A `bytes` object (py/objstr.h, mp_obj_str_t): after its type and its hash how long it is, and where its bytes lie;
# each as wide as an address.
_WIDE = struct.calcsize("P")
_WORD = uctypes.UINT64 if _WIDE == 8 else uctypes.UINT32
_BYTES = {"len": 2 * _WIDE | _WORD, "data": 3 * _WIDE | _WORD}


class Flash:
    """The flash chip, outside the heap. As on a chip, nothing here allocates, so no slices: a file that a program has
    left open is closed by the collector, which must not begin in the middle of LittleFS's own code, and has no memory
    to give while it works. Straight-line code only: without a jump no interrupt can run there either."""

    def __init__(self, base, size):
        self._bytes = uctypes.bytearray_at(base, size)
        whole = bytes(9)
        place = uctypes.struct(id(whole), _BYTES)
        if place.len != len(whole):
            raise RuntimeError("this MicroPython lays out bytes in another way")
        place.len, place.data = size, base
        self._reader = io.BytesIO(whole)  # it copies only what is written to
        self._blocks = size // _BLOCK
        self._power = uctypes.struct(uctypes.addressof(_board.regs) + _l.CUT, {"left": 0 | uctypes.UINT32})
        self._writes = (self._write, self._fail)
        self._ioctl = (None, self._nothing, self._nothing, self._nothing, self._count, self._size, self._erase)

    def readblocks(self, block, buf, offset=0):
        self._reader.seek(block * _BLOCK + offset)
        self._reader.readinto(buf)

    def writeblocks(self, block, buf, offset=0):
        left = self._power.left
        self._power.left = left - (left > 0)
        self._writes[left == 1](block * _BLOCK + offset, buf)

    def _write(self, at, buf):
        struct.pack_into(_COPY[len(buf)], self._bytes, at, buf)

    def _fail(self, at, buf):
        # The power fails: nobody may collect, or anything else be written, before this process has ended.
        gc.disable()
        if _board.regs[_l.TORN]:
            struct.pack_into(_HALF[len(buf)], self._bytes, at, buf)
        _board.call(_l.CALL_EXIT, struct.pack("<BI", _l.PWRON_RESET, 0))

    def _nothing(self, arg):
        return 0

    def _count(self, arg):
        return self._blocks

    def _size(self, arg):
        return _BLOCK

    def _erase(self, block):
        self.writeblocks(block, _ERASED)
        return 0

    def ioctl(self, op, arg):
        return self._ioctl[op](arg)


def _mount(flash):
    """The file system and whether it is new."""
    sizes = {"progsize": 32, "readsize": 32, "lookahead": 32}  # as esp32's inisetup.py
    try:
        return vfs.VfsLfs2(flash, **sizes), False
    except OSError:
        vfs.VfsLfs2.mkfs(flash, **sizes)
        return vfs.VfsLfs2(flash, **sizes), True


def _install(plan):
    """Copy the files that the plan names, if there is one, into /flash; each arrives whole or not at all."""
    if not plan:
        return
    source, _, rest = plan.partition("\n")
    buffer = bytearray(512)
    for line in rest.split("\n"):
        if not line:
            continue
        what, path = line[0], line[2:]
        if what == "d":
            try:
                uos.remove("/flash/" + path)
            except OSError:
                pass
            continue
        at = path.find("/")
        while at >= 0:
            try:
                uos.mkdir("/flash/" + path[:at])
            except OSError:
                pass
            at = path.find("/", at + 1)
        with open(source + "/" + path, "rb") as old, open("/flash/" + path + ".new", "wb") as new:
            count = old.readinto(buffer)
            while count:
                new.write(memoryview(buffer)[:count])
                count = old.readinto(buffer)
        uos.rename("/flash/" + path + ".new", "/flash/" + path)
    _board.call(_l.CALL_INSTALLED)


def _run(name, scope):
    """Run one file of the board as its main program; the text of what ended it, empty if it came to its end."""
    try:
        uos.stat(name)
    except OSError:
        return ""
    try:
        execfile(name, scope)  # noqa: F821  (MicroPython's)
    except SystemExit:
        import machine

        machine.soft_reset()
    except BaseException as error:
        sys.print_exception(error)
        return repr(error)
    return ""


def _rom(base, size):
    """Mount the image that lies in the flash, if there is a good one, as MicroPython does at its start where it was
    built for it (py/runtime.c, mp_init); its `vfs` then has `rom_ioctl`."""
    import _named

    memory = uctypes.bytearray_at(base, size)
    sys.modules["vfs"] = _named.Vfs(memory)
    try:
        vfs.mount(vfs.VfsRom(memory), "/rom")
    except OSError:
        return
    sys.path += ["/rom", "/rom/lib"]


def _paced(pace):
    """Let the world keep the firmware's time."""
    import asyncio

    import gongzhi_node.ports

    registers = uctypes.struct(
        int(uos.getenv("GZ_REGS")), {"u32": (uctypes.ARRAY | 0, uctypes.UINT32 | _l.SIZE // 4)}, uctypes.NATIVE
    ).u32
    # On a board the port's file is joined with others (gongzhi.board.slim), which see that file's names.
    for module in (gongzhi_node.ports, sys.modules.get("gongzhi_node.app")):
        if module:
            pace.begin(module, registers, lambda: asyncio.sleep_ms(1))


def run(scope):
    """Everything between power and the prompt; `scope` is the namespace of boot.py, main.py and the prompt."""
    flash = Flash(*map(int, uos.getenv("GZ_FLASH").split()))
    files, fresh = _mount(flash)
    vfs.mount(files, "/flash")
    _install(_board.call(_l.CALL_PLAN, bytes([fresh])).decode())
    vfs.umount("/flash")
    import _onewire  # noqa: F401
    import _time
    import esp32  # noqa: F401  (once the flash is the root, our files can no longer be found)
    import machine  # noqa: F401
    import neopixel  # noqa: F401
    import network  # noqa: F401

    sys.modules["time"] = _time.clock
    pace = None
    if uos.getenv("GZ_PACED"):
        import _pace as pace
    if uos.getenv("GZ_NAMED"):
        import _named

        sys.modules["sys"] = _named.Sys(uos.getenv("GZ_CHIP"))

    vfs.umount("/")
    vfs.mount(files, "/")
    uos.chdir("/")
    sys.path[:] = ["", ".frozen", "/lib"]
    if uos.getenv("GZ_ROMFS"):
        _rom(*map(int, uos.getenv("GZ_ROMFS").split()))
    sys.modules.pop("_boot")
    scope.pop("_boot")
    scope.pop("gc")
    if pace:
        _paced(pace)
    gc.collect()
    gc.threshold(-1)
    _board.call(_l.CALL_READY, str(gc.mem_alloc()).encode())
    why = _run("boot.py", scope) or ("" if uos.getenv("GZ_QUIET") else _run("main.py", scope))
    _board.call(_l.CALL_SEND, bytes([_l.ENDED]) + why.encode())
