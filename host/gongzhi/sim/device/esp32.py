"""Takes what firmware asks of MicroPython's `esp32`, gives non-volatile storage that survives resets and power cuts."""

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


def mcu_temperature():
    return 40


def wake_on_ext0(pin, level):
    raise NotImplementedError("wake by a pin")
