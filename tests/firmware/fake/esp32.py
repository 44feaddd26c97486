"""Takes what the node asks of `esp32`, gives non-volatile storage that a test can look into."""

blobs = {}  # (namespace, name) -> bytes
broken = []  # anything in it: the storage takes nothing


HEAP_DATA = 4
heap = [(200000, 90000, 45000, 45000)]  # (total, free, largest piece, least free) of each region


def idf_heap_info(capabilities):
    return heap


class NVS:
    def __init__(self, namespace):
        self._space = namespace

    def set_blob(self, name, value):
        if broken:
            raise OSError(-4357, "ESP_ERR_NVS_NOT_ENOUGH_SPACE")
        blobs[self._space, name] = bytes(value)

    def get_blob(self, name, buffer):
        if (self._space, name) not in blobs:
            raise OSError(-4354, "ESP_ERR_NVS_NOT_FOUND")
        value = blobs[self._space, name]
        buffer[: len(value)] = value
        return len(value)

    def commit(self):
        if broken:
            raise OSError(-4357, "ESP_ERR_NVS_NOT_ENOUGH_SPACE")


class Partition:
    """Two partitions for programs, of which one runs; and a boot loader that goes back."""

    BOOT, RUNNING = 0, 1
    flash = {}  # label -> bytearray
    size = 65536
    runs, boots, valid = "ota_0", "ota_0", True
    ota = True  # the image has two partitions
    loader = True  # its boot loader goes back

    def __init__(self, id):
        if not Partition.ota and id not in (0, 1):
            raise OSError(2)
        self._label = id if isinstance(id, str) else Partition.runs if id else Partition.boots

    def info(self):
        return (0, 16, 0x10000, Partition.size, self._label if Partition.ota else "factory", False)

    def get_next_update(self):
        if not Partition.ota:
            raise OSError(2)
        return Partition("ota_1" if Partition.runs == "ota_0" else "ota_0")

    def ioctl(self, op, block):
        assert op == 6 and self._label != Partition.runs, "what runs is not written"
        found = Partition.flash.setdefault(self._label, bytearray(Partition.size))
        found[block * 4096 : block * 4096 + 4096] = b"\xff" * 4096

    def writeblocks(self, block, data, offset):
        found = Partition.flash[self._label]
        at = block * 4096 + offset
        assert self._label != Partition.runs and offset + len(data) <= 4096
        for n in range(len(data)):
            found[at + n] &= data[n]  # flash can only clear bits

    def readblocks(self, block, data, offset):
        at = block * 4096 + offset
        data[:] = Partition.flash[self._label][at : at + len(data)]

    def set_boot(self):
        if Partition.flash[self._label][0] != 0xE9 or Partition.flash[self._label][40] == 0:
            raise OSError(-5379)  # ESP_ERR_OTA_VALIDATE_FAILED
        Partition.boots, Partition.valid = self._label, False

    @classmethod
    def mark_app_valid_cancel_rollback(cls):
        if not cls.loader:
            raise OSError(-261)
        cls.valid = True

    @classmethod
    def restart(cls):
        """What the boot loader does: a program that was tried once and not found good is left."""
        if cls.boots == cls.runs and not cls.valid:
            cls.boots = "ota_1" if cls.runs == "ota_0" else "ota_0"
            cls.valid = True
        cls.runs = cls.boots
