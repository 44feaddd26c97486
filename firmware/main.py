"""Takes the slot that slots.py names, runs the node that lies there; what it raises counts against its slot."""

import sys

import machine
import slots

where, trial = slots.choose()
del slots, sys.modules["slots"]  # whoever needs it again imports it again: until then it takes no memory
if where:
    sys.path.insert(0, where)
if trial:
    machine.WDT(timeout=120000)  # what hangs before it has a watchdog of its own has had its try
try:
    from gongzhi_node import app

    fine = app.run(trial)
except KeyboardInterrupt:  # a person at the console, who now has the prompt
    fine = True
except Exception as error:
    import time

    import slots

    (getattr(sys, "print_exception", None) or print)(error)
    fine = slots.failed()
    if not fine:
        time.sleep(10)  # for someone at the console
    machine.reset()
if trial and not fine:
    machine.reset()
