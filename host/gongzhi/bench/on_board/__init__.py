"""MicroPython programs that `gongzhi bench node` runs, and the chip that they think they run on."""
