"""Takes config.json beside it, gives a running node, until someone at the console interrupts."""

from gongzhi_node import board, boots, ports
from gongzhi_node.ports import esp32

# Counted before anything is driven: what dies while its parts are built must not do so for ever.
number, safe = boots.count(esp32.cause())
# Every output is safe from here on; what takes long is loaded after it.
found = board.start(forbidden=esp32.flash_pins(), safe=safe)
ports.forget("boots")
del boots
ports.collect()
if found:
    import asyncio

    from gongzhi_node import node

    wifi = esp32.Wifi(found.doc.get("wifi", []))
    made = node.Node(found, esp32.chip(), number, esp32.cause(), wifi, esp32.watchdog(30000), safe)
    made.restart = esp32.restart
    try:
        asyncio.run(made.run())
    except KeyboardInterrupt:
        esp32.leave_watchdog()
        print("gongzhi: stopped at the console")
    finally:
        found.rest_all(ports.now())
