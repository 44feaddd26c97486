"""Takes the time that the world writes into the chip's registers, gives it to the firmware in place of its own clock: a
demonstration may run faster than real time, and stands still while any part of it is late."""

import _layout as _l
import _shift
import network


def begin(ports, registers, again):
    """Replace the clock and the sleep of `ports` (the firmware's own module of what differs between interpreters).

    `registers` is indexed by the number of a 32-bit register, so that each is read in one piece; `again()` gives an
    awaitable of a moment of real time.
    """
    written, looked = _l.NOW // 4, _l.LOOKED // 4

    def now():
        t = registers[written]
        registers[looked] = t
        return t

    async def sleep_ms(ms):
        begun = now()
        await again()
        while (now() - begun) & 0x3FFFFFFF < ms:
            await again()

    ports.now, ports.sleep_ms = now, sleep_ms
    # What measures by itself does so at the same pace; so does the radio, or joining would outlast all patience.
    _shift.ticks_us = network.ticks_us = lambda: registers[written] * 1000
