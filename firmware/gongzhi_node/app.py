"""Takes config.json and the chip's secrets, gives a running node, until someone at the console interrupts."""

import os

from gongzhi_node import board, boots, ports
from gongzhi_node.ports import esp32


def run(tries=0):
    """Run the node; False if config.json cannot be used. `tries`: which try of an update this is, 0 for none."""
    # Counted before anything is driven: what dies while its parts are built must not do so for ever.
    number, safe = boots.count(esp32.cause())
    # Every output is safe from here on; what takes long is loaded after it.
    found = board.start(forbidden=esp32.flash_pins(), safe=safe)
    ports.forget("boots")
    ports.collect()
    if not found:
        return False
    import asyncio

    from gongzhi_node import keys, node

    nets, user, password = keys.take(found.doc)
    ports.forget("keys", "config")
    made = node.Node(found, esp32.chip(), number, esp32.cause(), esp32.Wifi(nets), esp32.watchdog(30000), safe)
    # Not by way of the configuration, which is written into the file when it changes.
    made.client.user, made.client.password = user, password
    made.restart = esp32.restart
    if tries or _new_image():
        from gongzhi_node import trial

        made.trial = trial.Trial(made)
    try:
        asyncio.run(made.run())
    except KeyboardInterrupt:
        esp32.leave_watchdog()
        print("gongzhi: stopped at the console")
    finally:
        found.rest_all(ports.now())
    return True


def _new_image():
    """An update of MicroPython itself has left word that it is on trial, or was."""
    try:
        os.stat("image")
        return True
    except OSError:
        return False
