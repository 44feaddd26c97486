"""Takes why the chip started, gives how often it has and whether it should keep still: it dies again and again.

Loaded at the start, and once more after a minute, and forgotten each time.
"""

from gongzhi_node.ports import replace

PATH = "boots"
_FEW = 5


def count(cause, path=PATH):
    """(how often this board has started, with this time, or 0 when the flash does not take it; True if it should be
    SAFE). SAFE follows five starts in a row of which none lasted for a minute and none was by hand (power, or awake
    from sleep): a defect that a restart does not mend, so that nothing may be driven until someone has looked."""
    n, short = _read(path)
    n += 1
    short = 0 if cause in ("power", "sleep") else short + 1
    safe = short >= _FEW
    return (n if _write(path, n, short) else 0), safe


def good(path=PATH):
    """This start has lasted for a minute."""
    n, short = _read(path)
    if short:
        _write(path, n, 0)


def _read(path):
    try:
        with open(path) as f:
            words = f.read().split()
        return int(words[0]), int(words[1]) if len(words) > 1 else 0
    except (OSError, ValueError, IndexError):
        return 0, 0


def _write(path, n, short):
    try:
        with open(path + ".new", "w") as f:
            f.write("%d %d" % (n, short))
        replace(path + ".new", path)
    except OSError:
        return False
    return True
