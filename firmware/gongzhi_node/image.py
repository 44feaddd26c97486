"""Takes a MicroPython image, gives it to the partition that is not running, for one try: the chip's boot loader goes
back by itself unless it is said to be good. Only where the image has two such partitions and that loader."""

import asyncio
import hashlib
import os
from binascii import hexlify

from gongzhi_node.ports import const
from gongzhi_node.update import CHIP, Refused

PATH = "image"  # names the partition that is on trial
_BLOCK = const(4096)
_ERASE = const(6)  # MP_BLOCKDEV_IOCTL_BLOCK_ERASE
_MAGIC = const(0xE9)
# esp_chip_id_t of ESP-IDF (bootloader_support/include/esp_app_format.h): bytes 12 and 13 of an image.
_IDS = {"esp32": 0, "esp32s2": 2, "esp32c3": 5, "esp32s3": 9, "esp32c6": 13}


async def install(session):
    """Write the image, read it back, have it start next. Raises Refused, OSError. Nothing that runs is touched."""
    target, room = _target()
    if session.size > room:
        raise Refused("full", "%d %d" % (session.size, room))
    await session.pull(0, 0, session.size, Writer(target).write)
    if await _digest(target, session.size) != session.digest:
        raise Refused("hash", target.info()[4])
    with open(PATH, "w") as f:
        f.write(target.info()[4])
    try:
        target.set_boot()  # the chip looks at the image itself
    except OSError:
        os.remove(PATH)
        raise Refused("hash", target.info()[4])


def running():
    """The label of the partition that runs, or "-": none of two, or no way to know."""
    try:
        from esp32 import Partition

        label = Partition(Partition.RUNNING).info()[4]  # type: ignore[arg-type]  # the stubs know labels only
        return label if label.startswith("ota") else "-"
    except (ImportError, AttributeError, OSError):
        return "-"


def good():
    """The image that runs has shown that it works, or the boot loader has gone back to it."""
    try:
        with open(PATH) as f:
            if f.read() == running():
                from esp32 import Partition

                Partition.mark_app_valid_cancel_rollback()
        os.remove(PATH)
    except OSError:
        pass


def _target():
    """(the partition that an image may go to, its size); raises Refused("image") where there is none, or where the
    boot loader could not go back."""
    try:
        from esp32 import Partition

        # OSError(-261) from a boot loader without it (MicroPython's esp32.Partition); else what runs is good anyway.
        Partition.mark_app_valid_cancel_rollback()
        target = Partition(Partition.RUNNING).get_next_update()  # type: ignore[arg-type]
        return target, target.info()[3]
    except (ImportError, AttributeError, OSError):
        raise Refused("image")


class Writer:
    """Writes bytes one after the other, without a block's worth of memory."""

    def __init__(self, target):
        self._target, self._at = target, 0

    def write(self, data):
        """The next bytes; raises Refused("chip") if the first ones are no image for this chip."""
        if not self._at and (data[0] != _MAGIC or data[12] | data[13] << 8 != _IDS.get(CHIP)):
            raise Refused("chip", CHIP)
        done = 0
        while done < len(data):
            block, offset = divmod(self._at, _BLOCK)
            if not offset:
                self._target.ioctl(_ERASE, block)
            n = min(len(data) - done, _BLOCK - offset)
            self._target.writeblocks(block, data[done : done + n], offset)
            done += n
            self._at += n


async def _digest(target, size):
    hasher = hashlib.sha256()
    buffer = bytearray(512)
    for at in range(0, size, len(buffer)):
        n = min(len(buffer), size - at)
        view = memoryview(buffer)[:n]
        target.readblocks(at // _BLOCK, view, at % _BLOCK)
        hasher.update(view)
        await asyncio.sleep(0)
    return hexlify(hasher.digest()).decode()
