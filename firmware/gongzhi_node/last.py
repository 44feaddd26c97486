"""Takes where the broker of a service was that took the node, keeps it in the flash, gives it where nobody answers.

Loaded for that moment and forgotten. The file has no secret: `_gongzhi._tcp 10.0.0.7 1883`.
"""

from gongzhi_node.ports import replace

PATH = "broker"


def read(service, path=PATH):
    """(address, port), or None: nothing was kept for this service, or what stands there cannot be true."""
    try:
        with open(path) as f:
            name, address, port = f.read(200).split()
        numbers = [int(n) for n in address.split(".")]
        if name == service and len(numbers) == 4 and 0 <= min(numbers) and max(numbers) < 256 and 0 < int(port) < 65536:
            return "%d.%d.%d.%d" % tuple(numbers), int(port)
    except (OSError, ValueError):
        pass
    return None


def keep(service, place, path=PATH):
    """Keep the place (address, port), where it is another than before: flash wears. A power cut leaves the old one or
    the new one; False if the flash does not take it."""
    if read(service, path) == place:
        return True
    try:
        with open(path + ".new", "w") as f:
            f.write("%s %s %d" % (service, place[0], place[1]))
        replace(path + ".new", path)
    except OSError:
        return False
    return True
