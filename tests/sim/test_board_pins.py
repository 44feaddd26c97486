"""Pins, PWM, ADC, timers and buses of a virtual board, on both bodies."""

from __future__ import annotations

from itertools import pairwise

import pytest


def test_what_the_firmware_writes_reaches_the_world_in_order_and_in_time(board):
    one = board(
        "from machine import Pin\np = Pin(2, Pin.OUT)\nfor i in range(100):\n    p.value(i % 2)\n"
        "p.on()\np.off()\np.on()\n"
    )
    one.event_of("ended", error="")
    levels = [edge for edge in one.edges if edge.kind == "level"]
    # 0 is what the pin already was; then it alternates: 1, 0, …, 1, and on() changes nothing.
    assert [edge.value for edge in levels] == [(i + 1) % 2 for i in range(len(levels))]
    assert len(levels) == 101
    assert all(first.made <= second.made for first, second in pairwise(levels))
    assert all(edge.made <= edge.t + 0.001 for edge in levels)
    assert one.pins()[2] == {
        "mode": "out", "pull": "", "value": 1, "pwm_freq": 0, "pwm_duty_u16": 0, "driven": None, "mv": None,
    }  # fmt: skip


def test_a_value_given_with_the_mode_is_there_at_once(board):
    one = board("from machine import Pin\nPin(2, Pin.OUT, value=1)\nPin(25, Pin.OPEN_DRAIN, value=1)")
    one.event_of("ended", error="")
    assert [edge.kind for edge in one.edges if edge.pin == 2][:2] == ["mode", "level"]
    assert one.pins()[25]["mode"] == "open_drain"


def test_pwm_reaches_the_world_only_when_it_changes(board):
    one = board(
        "from machine import Pin, PWM\n"
        "w = PWM(Pin(18), freq=50, duty_u16=3277)\n"
        "w.duty_u16(3277)\nw.freq(50)\n"
        "w.duty_ns(1500000)\nprint('ns', w.duty_ns(), w.duty(), w.freq())\n"
        "w.duty(1023)\nprint('full', w.duty_u16(), w.duty())\nw.init(freq=1000, duty_u16=0)\nw.deinit()\n"
        "try:\n    w.duty()\nexcept RuntimeError as e:\n    print('said', e)\n"
    )
    one.event_of("ended", error="")
    seen = [(edge.freq, edge.value) for edge in one.edges if edge.kind == "pwm"]
    assert seen == [(50, 3277), (50, 4915), (50, 65535), (1000, 0), (0, 0)]
    one.said("ns 1499")  # a duty has 16 bits: 305 ns at 50 Hz
    one.said("full 65535 1023")
    one.said("said PWM is inactive")


def test_a_mode_takes_the_pin_from_the_pwm(board):
    one = board("from machine import Pin, PWM\nw = PWM(Pin(18))\nPin(18, Pin.OUT, value=1)\nw.duty_u16(7)")
    one.event_of("ended", error="")
    assert [(edge.kind, edge.freq, edge.value) for edge in one.edges if edge.pin == 18] == [
        ("pwm", 5000, 32768), ("pwm", 0, 0), ("mode", 0, 3), ("level", 0, 1),
    ]  # fmt: skip


def test_an_input_interrupts_on_the_edges_that_were_asked_for(board):
    one = board(
        "from machine import Pin\n"
        "def seen(name):\n    return lambda pin: print(name, pin, pin.value())\n"
        "Pin(4, Pin.IN, Pin.PULL_UP).irq(seen('both'))\n"
        "Pin(16, Pin.IN, Pin.PULL_UP).irq(seen('falling'), Pin.IRQ_FALLING)\n"
        "Pin(17, Pin.IN, Pin.PULL_DOWN).irq(seen('rising'), Pin.IRQ_RISING)\n"
    )
    one.event_of("ended", error="")
    for pin in (4, 16):
        one.press(pin)
        one.said(f"Pin({pin}) 0")
        one.release(pin)
    one.drive(17, 1)
    one.said("rising Pin(17) 1")
    one.drive(17, 0)
    one.press(4)
    one.until(lambda: sum("both Pin(4) 0" in line for line in one.console) == 2)
    # MicroPython's prompt stands before the first one.
    heard = [line.removeprefix(">>> ").split()[0] for line in one.console if "Pin(" in line]
    assert sorted(heard) == ["both", "both", "both", "falling", "rising"]


@pytest.mark.parametrize(
    "busy",
    ["while True:\n    time.sleep(30)", "while True:\n    pass", "asyncio.run(asyncio.sleep(30))"],
    ids=["asleep", "busy", "asyncio"],
)
def test_interrupts_reach_the_program_whatever_it_does(board, busy):
    one = board(
        "import asyncio, time\nfrom machine import Pin\nn = [0]\n"
        "def hit(pin):\n    n[0] += 1\n    print('hit', n[0])\n"
        f"Pin(4, Pin.IN, Pin.PULL_UP).irq(hit)\nprint('ready')\n{busy}\n"
    )
    one.said("ready")
    for count in range(1, 6):
        one.drive(4, 1 - count % 2)
        one.said(f"hit {count}")


def test_a_storm_of_interrupts_loses_none_and_disturbs_nothing(board):
    one = board(
        "import esp32, os\nfrom machine import Pin, Timer\nout = Pin(2, Pin.OUT)\nn = [0, 0]\n"
        "def hit(pin):\n    n[0] += 1\n    out.value(n[0] & 1)\n"
        "def tick(t):\n    n[1] += 1\n"
        "Pin(4, Pin.IN, Pin.PULL_UP).irq(hit)\nTimer(0).init(period=2, callback=tick)\nprint('ready')\n"
        "nvs = esp32.NVS('x')\nk = 0\n"
        "while n[0] < 500:\n    k += 1\n    nvs.set_i32('k', k)\n    assert nvs.get_i32('k') == k\n"
        "    with open('f%d' % (k % 3), 'w') as f:\n        f.write('z' * k)\n    os.rename('f%d' % (k % 3), 'g')\n"
        "print('hits', n[0], n[1] > 0)\n"
    )
    one.said("ready")
    for i in range(500):
        one.drive(4, i & 1)
        if i % 50 == 0:  # a burst at a time, as fast as it goes, so that the storm spans many of the program's turns
            one.until(lambda i=i: sum(edge.kind == "level" for edge in one.edges) > i)
    one.said("hits 500 True")
    assert [edge.value for edge in one.edges if edge.kind == "level"] == [1, 0] * 250


def test_a_handler_that_fails_is_printed_and_the_program_goes_on(board):
    one = board(
        "from machine import Pin, Timer\nprint('ready')\nPin(4, Pin.IN, Pin.PULL_UP).irq(lambda pin: 1 // 0)\n"
        "Timer(1).init(period=20, callback=lambda t: print('tick'))\n"
    )
    one.event_of("ended", error="")
    one.press(4)
    one.said("ZeroDivisionError")
    count = one.console.count("tick")
    one.until(lambda: one.console.count("tick") > count + 2)


def test_interrupts_can_be_held_back(board):
    one = board(
        "import machine\nfrom machine import Pin\np = Pin(4, Pin.IN, Pin.PULL_UP)\np.irq(lambda pin: print('irq'))\n"
        "state = machine.disable_irq()\nprint('held')\nwhile p.value():\n    pass\n"
        "for _ in range(1000):\n    p.value()\nprint('now')\nmachine.enable_irq(state)\n"
    )
    one.said("held")
    one.press(4)
    one.said("irq")
    assert [line for line in one.console if line in ("held", "now", "irq")] == ["held", "now", "irq"]


def test_timers_fire_once_or_again_until_they_are_stopped(board):
    one = board(
        "from machine import Timer\nimport time\nseen = []\n"
        "once = Timer(-1)\nonce.init(mode=Timer.ONE_SHOT, period=5, callback=lambda t: seen.append('once'))\n"
        "again = Timer(0, mode=Timer.PERIODIC, period=5, callback=lambda t: seen.append('again'))\n"
        "while seen.count('again') < 5:\n    time.sleep(0.001)\nagain.deinit()\ncount = len(seen)\n"
        "t = Timer(1)\ndone = []\nt.init(mode=Timer.ONE_SHOT, freq=20, callback=lambda t: done.append(1))\n"
        "while not done:\n    time.sleep(0.001)\nprint('once', seen.count('once'), 'more', len(seen) - count)\n"
    )
    one.said("once 1 more 0")


def test_an_adc_reads_what_the_world_puts_there(board):
    one = board(
        "from machine import ADC, Pin\na = ADC(Pin(34))\nb = ADC(35, atten=ADC.ATTN_0DB)\nprint('ready')\n"
        "p = Pin(4, Pin.IN, Pin.PULL_UP)\n"
        "def tell(pin):\n    print('read', a.read_uv(), a.read_u16(), a.read(), b.read_uv(), b.read())\n"
        "p.irq(tell, Pin.IRQ_FALLING)\n",
        start=False,
    )
    one.adc(34, 1650)
    one.start()
    one.event_of("ended", error="")
    one.adc(35, 3300)
    one.press(4)
    one.said("read 1650000 32759 2047 1100000 4095")
    one.adc(34, None)
    one.release(4)
    one.press(4)
    one.said("read 0 0 0")


def test_the_bus_carries_what_the_devices_answer(board):
    class Sensor:
        def __init__(self):
            self.register = b""

        def write(self, data):
            self.register = data

        def read(self, count):
            return (b"<" + self.register + b">" + bytes(count))[:count]

    one = board(
        "from machine import I2C, SoftI2C, Pin\ni = I2C(0, scl=Pin(22), sda=Pin(21))\nprint('scan', i.scan())\n"
        "i.writeto(0x29, b'ab')\nprint(i.readfrom(0x29, 4), i.readfrom_mem(0x29, 0x4142, 5, addrsize=16))\n"
        "try:\n    i.writeto(0x30, b'x')\nexcept OSError as e:\n    print('errno', e.args[0])\n",
        i2c={0x29: Sensor()},
    )
    one.said("scan [41]")
    one.said("b'<ab>' b'<AB>\\x00'")
    one.said("errno 19")


def test_a_strip_of_lights_shows_its_colours_in_the_strips_order(board):
    one = board(
        "import neopixel\nfrom machine import Pin\nn = neopixel.NeoPixel(Pin(5, Pin.OUT), 2)\n"
        "n[0] = (1, 2, 3)\nn[1] = (4, 5, 6)\nn.write()\nm = neopixel.NeoPixel(Pin(18), 2000)\n"
        "m.fill((9, 9, 9))\nm.write()\n"
    )
    assert one.edge(5, "pixels", 6).data == bytes([2, 1, 3, 5, 4, 6])
    assert one.edge(18, "pixels", 6000).data == b"\x09" * 6000


RULES = [
    ("Pin(6)", "ValueError", "invalid pin"),
    ("Pin(24)", "ValueError", "invalid pin"),
    ("Pin(40)", "ValueError", "invalid pin"),
    ("Pin(-1)", "ValueError", "invalid pin"),
    ("Pin('nose')", "ValueError", "invalid pin"),
    ("Pin(34, Pin.OUT)", "ValueError", "pin can only be input"),
    ("Pin(39, Pin.OPEN_DRAIN)", "ValueError", "pin can only be input"),
    ("PWM(34)", "OSError", "ESP_ERR_INVALID_ARG"),
    ("PWM(18, freq=0)", "ValueError", "frequency must be from 1Hz to 40MHz"),
    ("PWM(18, freq=40000001)", "ValueError", "frequency must be from 1Hz to 40MHz"),
    ("PWM(18, freq=50, duty=1024)", "ValueError", "duty must be from 0 to 1023"),
    ("PWM(18, freq=50, duty_u16=65536)", "ValueError", "duty_u16 must be from 0 to 65535"),
    ("PWM(18, freq=50, duty_ns=20000001)", "ValueError", "duty_ns must be from 0 to 20000000 ns"),
    ("PWM(18, duty=1, duty_u16=1)", "ValueError", "only one of parameters"),
    ("[PWM(p, freq=100 + p) for p in (2, 4, 5, 12, 13, 14, 15, 16, 17)]", "RuntimeError", "out of PWM timers:8"),
    ("ADC(18)", "ValueError", "invalid pin"),
    ("ADC(32, atten=4)", "ValueError", "invalid atten"),
    ("Timer(4)", "ValueError", "invalid Timer number, max 4"),
    ("Timer(0).init(period=10, hard=True)", "ValueError", "hard Timers are not implemented"),
    ("WDT(timeout=0)", "ValueError", "WDT timeout too short"),
    ("RTC().memory(bytes(2049))", "ValueError", "buffer too long"),
    ("I2C(2)", "ValueError", "I2C(2) doesn't exist"),
    ("freq(1)", "ValueError", "frequency must be"),
    ("network.WLAN(3)", "ValueError", "invalid WLAN interface identifier"),
    ("network.WLAN(0).connect('a', 'b')", "OSError", "Wifi Not Started"),
    ("network.WLAN(0).scan()", "OSError", "STA must be active"),
    ("esp32.NVS('a' * 16)", "OSError", "ESP_ERR_NVS_KEY_TOO_LONG"),
    ("esp32.NVS('a').get_i32('b')", "OSError", "ESP_ERR_NVS_NOT_FOUND"),
    ("esp32.NVS('a').erase_key('b')", "OSError", "ESP_ERR_NVS_NOT_FOUND"),
]


def test_what_a_real_board_refuses_is_refused_in_its_words(board):
    lines = [
        "import esp32, network",
        "from machine import *",
        "def rule(n, f):",
        "    try:",
        "        f()",
        "        print('rule', n, 'passed')",
        "    except Exception as e:",
        "        print('rule', n, type(e).__name__, e)",
    ]
    lines += [f"rule({number}, lambda: {code})" for number, (code, _, _) in enumerate(RULES)]
    one = board("\n".join(lines))
    one.event_of("ended", error="")
    said = [line.split(" ", 2)[2] for line in one.console if line.startswith("rule")]
    for (code, kind, words), line in zip(RULES, said, strict=True):
        assert line.startswith(kind), (code, line)
        assert words in line, (code, line)


def test_adc2_is_the_radios_while_the_wifi_is_on(board):
    one = board(
        "import network\nfrom machine import ADC\na = ADC(4)\nprint('off', a.read_u16())\n"
        "network.WLAN(0).active(True)\n"
        "try:\n    a.read_u16()\nexcept OSError as e:\n    print('refused', e)\nnetwork.WLAN(0).active(False)\n"
        "print('again', a.read_u16())\n",
        start=False,
    )
    one.adc(4, 3300)
    one.start()
    one.said("off 65535")
    one.said("refused")
    one.said("again 65535")


def test_a_pin_that_the_board_does_not_have_cannot_be_driven(board):
    one = board("", start=False)
    for pin in (6, 24, 77, -1):
        with pytest.raises(ValueError, match="has no pin"):
            one.drive(pin, 1)
        with pytest.raises(ValueError, match="has no pin"):
            one.adc(pin, 1)
