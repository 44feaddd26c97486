"""Takes config.json and the chip's secrets, gives a running node, until someone at the console interrupts."""

from gongzhi_node.board import start
from gongzhi_node.ports import collect, forget, now
from gongzhi_node.ports.esp32 import Wifi, cause, chip, flash_pins, leave_watchdog, restart, watchdog


def run(tries=0):
    """Run the node; False if config.json cannot be used. `tries`: which try of an update this is, 0 for none."""
    # What is needed at the start only is imported here and let go of: a name of the module would keep it for ever.
    from gongzhi_node import boots

    # Counted before anything is driven: what dies while its parts are built must not do so for ever.
    number, safe = boots.count(cause())
    # Every output is safe from here on; what takes long is loaded after it.
    found = start(forbidden=flash_pins(), safe=safe)
    del boots
    forget("boots")
    collect()
    if not found:
        return False
    import asyncio
    from os import listdir

    from gongzhi_node import keys, node

    nets, user, password = keys.take(found.doc)
    del keys
    forget("keys", "config")
    made = node.Node(found, chip(), number, cause(), Wifi(nets), watchdog(30000), safe)
    # Not by way of the configuration, which is written into the file when it changes.
    made.client.user, made.client.password = user, password
    made.restart = restart
    if tries or "image" in listdir():  # an update of MicroPython itself has left word that it is on trial, or was
        from gongzhi_node import trial

        made.trial = trial.Trial(made)
    stopped = False
    try:
        asyncio.run(made.run())
    except KeyboardInterrupt:
        stopped = True
    finally:
        end(found, stopped)
    return True


def end(found, stopped):
    """Bring every output to rest; the watchdog waits where a person has `stopped` the program. Who presses Ctrl-C twice
    interrupts this, too: then it is done again."""
    while True:
        try:
            found.rest_all(now())
            if stopped:
                leave_watchdog()
                print("gongzhi: stopped at the console")
            return
        except KeyboardInterrupt:
            stopped = True
