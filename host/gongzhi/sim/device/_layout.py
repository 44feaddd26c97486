"""Takes nothing, gives the places of the virtual chip's registers and the numbers of its messages: one definition for
the firmware's side (`machine`, `network`, …) and the hardware's side (`sim/chip`)."""

SIZE = 4096

# One byte each, unless a size is named; all little-endian.
CAUSE = 0  # machine.reset_cause() of this boot
AP = 1  # the access point: 0 there, 1 gone, 2 refuses our key
RSSI = 2  # strength of its signal, in -dBm
WLAN_ON = 3  # the station interface is active
CHANNELS = 4  # PWM channels of the chip
FREQUENCIES = 5  # PWM timers of the chip: how many frequencies at once
TIMERS = 6  # hardware timers of the chip
RAN = 7  # interrupts that the interpreter has run, modulo 256
WDT = 8  # the watchdog runs
WDT_AT = 12  # u32: when it bites, in ms of `_board.ticks_us`
UID = 16  # 6 bytes, also the MAC address
JOIN = 24  # u16: how long joining the Wi-Fi takes, in ms
TORN = 26  # whether the write at which the power fails leaves half of itself, or nothing
CUT = 28  # u32: at which write to the flash it does, from now on; 0 at none
VALID = 32  # 8 bytes: one bit for each pin that exists
OUTPUT = 40  # 8 bytes: pins that can drive
ADC1 = 48
ADC2 = 56

# A block of 16 bytes for each pin.
PINS = 256
LATCH = 0  # what the firmware wrote
MODE = 1  # Pin.IN, OUT, OPEN_DRAIN; 0 before the first use
PULL = 2
TRIGGER = 3
LEVEL = 4  # what the world drives …
DRIVEN = 5  # … if it drives at all
MV = 6  # u16: the voltage from outside, in mV; NO_MV where only a level is known
FREQ = 8  # u32: Hz
DUTY = 12  # u16: 0..65535
PWM = 14  # 0 none, 1 on the pin, 2 running but cut off from the pin by Pin(…, mode)
SHOWN = 15  # the level that the world was last told
NO_MV = 0xFFFF
SWING = 1280  # u16 for each pin: mV by which the voltage there goes up and down between two readings

# A clock that the world paces (see _pace): only where the board was told so.
NOW = 1408  # u32: milliseconds modulo 2^30, written by the world
LOOKED = 1412  # u32: the time that the firmware saw last, written by the firmware

# Parts that give their bits out one after another at a clock of ours (see _shift): a block of 16 bytes for each.
SHIFTS = 1416  # u8: how many there are
SHIFT = 1424
CLOCK = 0  # its pins
DATA = 1
OUT = 2  # bits that are out
THERE = 3  # whether its cable is in
WORD = 4  # u32: 24 bits to give out …
NEXT = 8  # u32: … and those that it has measured since
READY = 12  # u32: when the next ones are, in us of `_board.ticks_us`
MAX_SHIFTS = 4

LINED = 1488  # 8 bytes: one bit for each pin at which a part answers when it is asked (WIRE_…, PULSES)
HEARD = 1496  # u32: frames of the world's that the hardware has taken since the reset
TOUCH = 1536  # u32 for each pin: what a touch pad counts there

# Distance sensors by sound (see _echo): a block of 16 bytes for each.
SONARS = 1792  # u8: how many there are
SONAR = 1808
TRIG = 0  # its pins
ECHO = 1
SOUNDS = 2  # an echo is under way, and nobody is told of it by an interrupt
WIDTH = 4  # u32: how long the echo is, in us (THERE as above)
START = 8  # u32: when it began, in us of `_board.ticks_us`
MAX_SONARS = 4

# RTC memory: the only registers that a reset keeps; a power cut clears them too.
RTC_LENGTH = 2046
RTC = 2048
RTC_SIZE = 2048

# Frames on the wire: kind u8, length u16, payload. From the board to the world:
EDGE = 1  # pin u8, level u8, time u64 us
PWM_SET = 2  # pin u8, on u8, Hz u32, duty u16, time u64 us
PIN_MODE = 3  # pin u8, mode u8, pull u8, time u64 us
CONSOLE = 4  # bytes
EXIT = 5  # cause u8, sleep u32 ms
HELLO = 6  # JSON: the firmware starts now
PIXELS = 7  # pin u8, colours
WIFI = 8  # the station: 0 off, 1 idle, 2 joining, 3 joined
ENDED = 9  # main.py is over: UTF-8 text of the error, empty if none
ASK = 10  # op u8, payload: the world answers with ANSWER
# From the world to the board:
OPTIONS = 20  # JSON, the first frame
DRIVE = 21  # pin u8, level u8 (2: no longer driven)
VOLTS = 22  # pin u8, mV u16, swing u16 in mV
RADIO = 23  # AP u8, RSSI u8, u32: of which kind a weak air is (chip/air.py), 0 for a clear one
TYPED = 24  # bytes for the console
ANSWER = 25  # ok u8, payload
TOUCHED = 26  # pin u8, count u32
SHIFTED = 27  # data pin u8, clock pin u8, there u8, 24 bits as u32
LINE = 28  # pin u8, there u8
PLAY = 29  # (us after the one before u32, pin u8, level u8 as in DRIVE) of each edge
SOUNDED = 30  # echo pin u8, trigger pin u8, there u8, us u32
CUT_AT = 31  # u32: CUT, u8: TORN

# Calls from the firmware to the hardware, answered at once.
CALL_HELLO = 1  # ticks_us u64, where `_irq.dispatch` is u64
CALL_TIMER = 2  # slot u8, periodic u8, period u64 us; period 0 stops it
CALL_NVS_GET = 3  # key
CALL_NVS_SET = 4  # length of key u8, key, value
CALL_NVS_DEL = 5  # key
CALL_PLAN = 6  # 1 if the flash is new -> what to install
CALL_INSTALLED = 7
CALL_EXIT = 8  # cause u8, sleep u32 ms; does not return
CALL_WORLD = 9  # op u8, payload -> the world's answer (buses)
CALL_WDT = 10  # the watchdog has been switched on
CALL_SEND = 11  # kind u8, payload: a frame longer than MAX_FRAME, or one that may not overtake the console
CALL_READY = 12  # decimal: bytes of the heap that the simulation itself uses
CALL_PART = 13  # op u8, partition u8, offset u32, count u16 or bytes (chip/partitions.py)
CALL_TRAIN = 14  # -> the first moment u64 us, then the edges as in PLAY; empty if there are none (left)
MAX_FRAME = 4096  # what a pipe takes in one piece, so that two writers never mix (PIPE_BUF of Linux)

# Interrupt numbers: a pin's own number, or a timer's slot after them.
TIMER_IRQ = 64
TRAIN_IRQ = 120  # edges that the world has made: CALL_TRAIN gives them

# machine.reset_cause()
PWRON_RESET = 1
HARD_RESET = 2
WDT_RESET = 3
DEEPSLEEP_RESET = 4
SOFT_RESET = 5

# What a bus asks of the world.
I2C_SCAN = 1
I2C_WRITE = 2  # address, bytes
I2C_READ = 3  # address, count u16
I2C_WRITE_READ = 4  # address, count u16, bytes
# What the firmware asks of a part at one pin.
WIRE_RESET = 5  # pin -> u8: something is there
WIRE_WRITE = 6  # pin, byte
WIRE_READ = 7  # pin -> byte
PULSES = 8  # pin -> u16 us of each high pulse that it answers with
