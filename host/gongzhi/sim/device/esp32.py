"""Takes what firmware asks of MicroPython's `esp32`, gives non-volatile storage that survives resets and power cuts,
and the partitions that programs lie in, by the documented rules."""

import struct

import _layout as _l
from _board import call

_NOT_FOUND = -4354, "ESP_ERR_NVS_NOT_FOUND"
_KEY_TOO_LONG = -4361, "ESP_ERR_NVS_KEY_TOO_LONG"
_INVALID_LENGTH = -4364, "ESP_ERR_NVS_INVALID_LENGTH"


class NVS:
    """A namespace; keys and namespaces have at most 15 characters (ESP-IDF, nvs_flash)."""

    def __init__(self, namespace):
        if not 1 <= len(namespace) <= 15:
            raise OSError(*_KEY_TOO_LONG)
        self._space = namespace

    def _key(self, kind, key):
        if not 1 <= len(key) <= 15:
            raise OSError(*_KEY_TOO_LONG)
        return ("%s/%s/%s" % (kind, self._space, key)).encode()

    def _set(self, kind, key, value):
        name = self._key(kind, key)
        call(_l.CALL_NVS_SET, bytes([len(name)]) + name + value)

    def _get(self, kind, key):
        try:
            return call(_l.CALL_NVS_GET, self._key(kind, key))
        except OSError:
            raise OSError(*_NOT_FOUND)

    def set_i32(self, key, value):
        self._set("i", key, struct.pack("<i", value))

    def get_i32(self, key):
        return struct.unpack("<i", self._get("i", key))[0]

    def set_blob(self, key, value):
        self._set("b", key, bytes(value))

    def get_blob(self, key, buffer):
        value = self._get("b", key)
        if len(value) > len(buffer):
            raise OSError(*_INVALID_LENGTH)
        buffer[: len(value)] = value
        return len(value)

    def erase_key(self, key):
        found = False
        for kind in ("i", "b"):
            try:
                call(_l.CALL_NVS_DEL, self._key(kind, key))
                found = True
            except OSError:
                pass
        if not found:
            raise OSError(*_NOT_FOUND)

    def commit(self):
        pass  # each set is already durable


class Partition:
    BOOT = 0
    RUNNING = 1
    TYPE_APP = 0
    TYPE_DATA = 1

    def __init__(self, id):
        try:
            state = Partition._call("i", 0, 0)
        except OSError:
            state = None  # an image with one partition
        self._n = -1
        if state and id in (0, 1):
            self._n = state[1 - id]
        elif state and id in ("ota_0", "ota_1"):
            self._n = int(id[-1])
        elif id not in (0, 1):
            raise OSError(2)  # ENOENT

    @staticmethod
    def _call(op, n, at, data=b""):
        return call(_l.CALL_PART, struct.pack("<BBI", ord(op), n, at) + data)

    def info(self):
        if self._n < 0:
            return (0, 0, 0x10000, 0x1F0000, "factory", False)
        return (0, 16 + self._n, 0x10000 + 0x180000 * self._n, 0x180000, "ota_%d" % self._n, False)

    def get_next_update(self):
        if self._n < 0:
            raise OSError(2)
        running = Partition(Partition.RUNNING)._n
        return Partition("ota_%d" % (1 - running))

    def readblocks(self, block, buf, offset=0):
        view = memoryview(buf)
        for at in range(0, len(buf), 512):
            n = min(512, len(buf) - at)
            view[at : at + n] = Partition._call("r", self._n, block * 4096 + offset + at, struct.pack("<H", n))

    def writeblocks(self, block, buf, offset=None):
        if offset is None:
            for n in range(len(buf) // 4096):
                Partition._call("e", self._n, (block + n) * 4096)
        view = memoryview(buf)
        for at in range(0, len(buf), 512):
            Partition._call("w", self._n, block * 4096 + (offset or 0) + at, bytes(view[at : at + 512]))

    def ioctl(self, op, arg):
        if op == 4:
            return self.info()[3] // 4096
        if op == 5:
            return 4096
        if op == 6:
            Partition._call("e", self._n, arg * 4096)
        return 0

    def set_boot(self):
        try:
            Partition._call("b", self._n, 0)
        except OSError:
            raise OSError(-5379, "ESP_ERR_OTA_VALIDATE_FAILED")

    @classmethod
    def mark_app_valid_cancel_rollback(cls):
        try:
            Partition._call("g", 0, 0)
        except OSError:
            raise OSError(-261)  # as MicroPython documents it for an image without roll-back


HEAP_DATA = 4
HEAP_EXEC = 1


def idf_heap_info(capabilities):
    """[(total, free, largest free piece, least free)]: of an ESP32 without PSRAM, unless a test has set "sim"/"idf"."""
    try:
        free = NVS("sim").get_i32("idf")
    except OSError:
        free = 90000
    return [(200000, free, free // 2, free // 2)]


def mcu_temperature():
    return 40


def wake_on_ext0(pin, level):
    raise NotImplementedError("wake by a pin")
