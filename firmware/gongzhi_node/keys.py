"""Takes and gives what a board keeps to itself (Wi-Fi, broker's login, its key for updates), in the chip's NVS.

NVS lies beside the file system: `mpremote fs`, a copy of all files and a backup do not reach it. It is not encrypted:
who has the board in hand and its console or its flash can read it (docs/update.md). Loaded and forgotten.
"""

import json

from gongzhi_node.ports import const

SPACE = "gongzhi"
NET, KEY = "net", "key"  # {"wifi":[…],"user":…,"password":…}; 32 bytes
CA = "ca"  # the room's certificate: when it was given (Unix seconds, 4 bytes, most significant first), then DER
_MOST = const(1536)  # bytes of JSON: four networks and a login, each as long as it may be


def read(name):
    """The blob of that name, or None: it was never written, or the chip has no NVS."""
    buffer = bytearray(_MOST)
    try:
        from esp32 import NVS

        n = NVS(SPACE).get_blob(name, buffer)
    except (ImportError, OSError):
        return None
    return bytes(memoryview(buffer)[:n])


def write(name, data):
    """Keep the blob; False if the chip cannot. A power cut leaves the old one or the new one."""
    try:
        from esp32 import NVS

        nvs = NVS(SPACE)
        nvs.set_blob(name, data)
        nvs.commit()
    except (ImportError, OSError):
        return False
    return True


def take(doc, path=None):
    """(networks, user, password) of this board, whose configuration `doc` then knows none of them any more.

    What an older config.json or a careless copy still holds moves into NVS and out of the file: first it is kept there,
    then the file loses it, so that a power cut leaves it in one of the two places or in both, never in none. Where the
    chip has no NVS it stays in the file.
    """
    net = doc.get("mqtt", {})  # a board on a serial line has none
    if not doc.get("wifi") and "user" not in net and "password" not in net:
        try:
            kept = json.loads(read(NET) or b"{}")
        except ValueError:
            kept = {}
        return kept.get("wifi", []), kept.get("user"), kept.get("password")
    kept = {"wifi": doc.get("wifi", []), "user": net.get("user"), "password": net.get("password")}
    if write(NET, json.dumps(kept).encode()):
        _strip(doc)
        _clean(path)
    else:
        print("gongzhi: no NVS: Wi-Fi key and password stay in config.json")
    return kept["wifi"], kept["user"], kept["password"]


def _strip(doc):
    doc.pop("wifi", None)
    for name in ("user", "password"):
        doc.get("mqtt", {}).pop(name, None)


def _clean(path):
    """The file anew without them; its parts are read again, for the board has let go of what it says of them."""
    from gongzhi_node import config
    from gongzhi_node.board import PATH

    try:
        doc = config.load(path or PATH)
        _strip(doc)
        config.store(doc, path or PATH)
    except (config.Bad, OSError):
        print("gongzhi: config.json cannot be written: Wi-Fi key and password stay in it")
