"""Takes an interrupt's number, runs the firmware's handler for it, as MicroPython's scheduler does: one at a time,
between two instructions of the main program, its exceptions printed."""

import _layout as _l

regs = None  # set by `_board`, as is what prints an exception
report = None
handlers = {}  # number -> (function, its argument)
at = None  # us: the moment of the edge whose handler runs now, if that is known; else it is now
_held = False
_waiting = []


def dispatch(number):
    """Run the handler of interrupt `number`, or keep it while interrupts are held back."""
    regs[_l.RAN] = (regs[_l.RAN] + 1) & 255
    if _held:
        _waiting.append(number)
    else:
        _run(number)


def hold(on):
    """Hold interrupts back or let them run again; returns whether they were held back before."""
    global _held
    before, _held = _held, True
    while not on:
        # Still held: the next interrupt waits for the end of this one's handler.
        while _waiting:
            _run(_waiting.pop(0))
        _held = False
        if not _waiting:  # one may have come between the loop's end and that line
            break
        _held = True
    return before


def edge(number, level, us):
    """The world has put a level (2: nobody's any more) on a pin at that moment; its handler runs as if it were now."""
    global at
    pin = _l.PINS + 16 * number
    before = _level(pin)
    regs[pin + _l.LEVEL], regs[pin + _l.DRIVEN] = level & 1, level != 2
    after = _level(pin)
    if before != after and regs[pin + _l.MODE] != 3 and regs[pin + _l.TRIGGER] & (1 if after else 2):
        at = us
        try:
            _run(number)
        finally:
            at = None


def _level(pin):
    return regs[pin + _l.LEVEL] if regs[pin + _l.DRIVEN] else regs[pin + _l.PULL] >> 1 & 1


def _run(number):
    found = handlers.get(number)
    if found:
        try:
            found[0](found[1])
        except Exception as error:  # a handler's fault must not reach the program that it interrupted
            report(error)
