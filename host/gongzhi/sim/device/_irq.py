"""Takes an interrupt's number, runs the firmware's handler for it, as MicroPython's scheduler does: one at a time,
between two instructions of the main program, its exceptions printed."""

import _layout as _l

regs = None  # set by `_board`, as is what prints an exception
report = None
handlers = {}  # number -> (function, its argument)
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


def _run(number):
    found = handlers.get(number)
    if found:
        try:
            found[0](found[1])
        except Exception as error:  # a handler's fault must not reach the program that it interrupted
            report(error)
