"""Takes config.json beside it, gives a running node."""

from gongzhi_node import board, ports
from gongzhi_node.ports import esp32

# Every output is safe from here on; what takes long is loaded after it.
found = board.start(forbidden=esp32.flash_pins())
ports.collect()
if found:
    from gongzhi_node import node

    node.main(found)
