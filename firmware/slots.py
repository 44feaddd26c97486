"""Takes what an update has left in the flash, gives the folder whose program is to run: "" (as flashed), "a" or "b".

An update never replaces this file nor main.py. All it knows is one line in the file `slot`, which is written by tmp and
rename: the slot to run, the one to go back to ("-": as flashed), try, ok or back, a count, and what was flashed.
"""

import os

PATH = "slot"
_BOOTS = "boots"
_TRIES = 3
_HOPELESS = 8  # short lives in a row (boots.py): SAFE, which begins with the fifth, has not helped either
_SLOTS = ("-", "a", "b")


def choose():
    """(the folder to run, which of its three tries this is, or 0 when it is none), counted before it runs. After three
    tries without a word that all is well it is the slot before; so it is where what ran for long dies again and again.
    """
    now, before, state, count = read()
    old = (now, before, state, count)
    if state == "try":
        count += 1
        if count > _TRIES:
            now, before, state, count = before, "-", "back", 0
    elif now != "-" and (count >= _TRIES or _short() >= _HOPELESS):
        now, before, state, count = before, "-", "back", 0
    if (now, before, state, count) != old and not write(now, before, state, count) and state == "try":
        return folder(before), 0  # a try that cannot be counted could go on for ever
    return folder(now), count if state == "try" else 0


def failed():
    """What was to run has raised, or has not even begun; True if it was on trial."""
    now, before, state, count = read()
    if state != "try" and now != "-":
        write(now, before, state, count + 1)
    return state == "try"


def good():
    """What runs has shown that it works: nothing is counted against it any more."""
    now, before, state, count = read()
    if state == "try" or count:
        write(now, before, "ok" if state == "try" else state, 0)


def folder(slot):
    """Where the slot's files are, relative to the root; "" for what was flashed."""
    return "" if slot == "-" else slot


def build(slot):
    """Which build lies in the slot: the first line of its manifest, or "-"."""
    where = folder(slot)
    try:
        with open(where + "/manifest" if where else "manifest") as f:
            return f.readline().strip() or "-"
    except (OSError, ValueError):
        return "-"


def read():
    """(slot to run, slot before, "try", "ok" or "back", count). No such file, a damaged one, or one that is older than
    what was flashed: the program as it was flashed."""
    try:
        with open(PATH) as f:
            now, before, state, count, base = f.read().split()
        if now in _SLOTS and before in _SLOTS and state in ("try", "ok", "back") and base == build("-"):
            return now, before, state, int(count)
    except (OSError, ValueError):
        pass
    return "-", "-", "ok", 0


def write(now, before, state, count):
    """Have the slot `now` run from the next start on; False, and nothing has changed, if the flash does not take it."""
    try:
        with open(PATH + ".new", "w") as f:
            f.write("%s %s %s %d %s" % (now, before, state, count, build("-")))
        getattr(os, "replace", os.rename)(PATH + ".new", PATH)
    except OSError:
        return False
    return True


def _short():
    try:
        with open(_BOOTS) as f:
            return int(f.read().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
