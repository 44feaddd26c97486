"""The drivers of parts on an I2C bus against the simulated chips, which were written from the data sheets alone."""

import os
import sys

import machine

sys.path.append(__file__[: __file__.replace("\\", "/").rindex("/tests/")] + "/host/gongzhi/sim/i2c")

import chips
from gongzhi_node import config, parts
from gongzhi_node.board import Board
from gongzhi_node.parts import i2c, imu
from gongzhi_node.parts.base import TICK_MS
from panel import Panel

KINDS = {"mpu6050": chips.Mpu6050, "msa300": chips.Msa300, "qmi8658": chips.Qmi8658,
         "ltr308": chips.Ltr308, "vl53l0x": chips.Vl53l0x}  # fmt: skip
LINES = {"scl": 22, "sda": 21}
BYTE_MS = 0.0225  # nine bits at 400 kHz
clock = [1000]


def fresh():
    machine.reset_world()
    i2c._buses.clear()


def make(kind, chip, **options):
    fresh()
    machine.buses[22, 21] = {chip.ADDRESS: chip}
    spec = {"ch": "x", "kind": kind, "pins": LINES, "lo": 0, "hi": 16, "safe": 0}
    for key, value in options.items():
        spec[key] = value
    return parts.find(kind)(spec)


def run(part, ms):
    """Events and faults in so many ms; no tick may hold the bus for 5 ms."""
    said = []
    for _ in range(ms // TICK_MS):
        clock[0] += TICK_MS
        before = machine.wire[0]
        try:
            event = part.tick(clock[0])
        except OSError:
            event = False
        part.failed = event is False
        event = "gone" if part.failed else event
        assert (machine.wire[0] - before) * BYTE_MS < 5, machine.wire[0] - before
        if event and (event != "gone" or said[-1:] != ["gone"]):
            said.append(event)
    return said


def more(part):
    values = {}
    part.more(values)
    return values


def test_root_and_angle():
    for n in (0, 1, 2, 3, 4, 99, 100, 65535, 1000000, 48000000, (1 << 30) - 1):
        r = imu.root(n)
        assert r * r <= n < (r + 1) * (r + 1), n
    import math

    for degrees in range(181):
        a = math.radians(degrees)
        got = imu.angle(abs(int(4000 * math.sin(a))), int(4000 * math.cos(a)))
        assert abs(got / 10 - degrees) < 0.4, (degrees, got)
    assert imu.angle(0, 0) == 0


def test_motion_sensors_tell_how_they_lie():
    for kind in ("mpu6050", "msa300", "qmi8658"):
        chip = KINDS[kind]()
        part = make(kind, chip)
        assert run(part, 1000) == [], kind
        assert part.value() == 0 and abs(more(part)["x.z"] - 1) < 0.02, (kind, more(part))
        for force, tilt in (([1, 0, 0], 90), ([0, 0.5, 0.866], 30), ([0, 0, -1], 180), ([0.707, 0, -0.707], 135)):
            chip.force = force
            assert run(part, 600) in ([], ["shake"]), kind
            assert abs(part.value() - tilt) <= 1, (kind, tilt, part.value())
            said = more(part)
            for i, axis in enumerate("xyz"):
                assert abs(said["x." + axis] - force[i]) < 0.05, (kind, axis, said)
            assert said["x.motion"] == 0, (kind, said)


def test_gyroscopes_tell_how_they_turn():
    for kind in ("mpu6050", "qmi8658"):
        chip = KINDS[kind]()
        part = make(kind, chip)
        chip.turn = [100, -250, 30]
        run(part, 600)
        said = more(part)
        for i, axis in enumerate(("rx", "ry", "rz")):
            assert abs(said["x." + axis] - chip.turn[i]) <= 1, (kind, said)
        sums = [0] * 6
        part = make(kind, chip, rotation="yes", face="down")
        assert part.SAMPLED == 6 and not part.sample(sums)
        run(part, 600)
        part.sample(sums)
        for a, b in zip(sums, (0, 0, -1000, 100, 250, -30)):  # turned over about x, rotation like force
            assert abs(a - b) <= 2, (kind, sums)
    assert "x.rx" not in more(make("msa300", chips.Msa300()))


def test_a_sample_is_what_is_felt_not_smoothed_and_nothing_before_it_was_read():
    for kind in ("mpu6050", "msa300", "qmi8658"):
        chip = KINDS[kind]()
        part = make(kind, chip)
        none = [0, 0, 0]
        assert part.sample(none) is False and none == [0, 0, 0], kind
        run(part, 500)
        chip.force = [0.5, -0.25, 1.5]
        run(part, TICK_MS)
        sums = [1000, 0, 0]
        assert part.sample(sums)
        assert max([abs(a - b) for a, b in zip(sums, (1500, -250, 1500))]) <= 2, (kind, sums)


def test_a_successor_at_the_same_address():
    chip = chips.Mpu6050()
    chip.registers[0x75] = 0x19
    part = make("mpu6050", chip)
    assert run(part, 500) == [] and chip.registers[0x1D] == 3
    chip = chips.Mpu6050()
    chip.registers[0x75] = 0x33
    assert run(make("mpu6050", chip), 500) == ["gone"], "another chip is none of ours"


def test_hanging_under_its_board():
    chip = chips.Msa300()
    chip.force = [0, 0, -1]
    part = make("msa300", chip, face="down")
    run(part, 500)
    assert part.value() == 0 and abs(more(part)["x.z"] - 1) < 0.02


def test_motion_shake_and_fall():
    chip = chips.Msa300()
    part = make("msa300", chip)
    run(part, 500)
    chip.jolt = 0.4
    assert run(part, 1000) == [] and more(part)["x.motion"] > 0.3, "carried about is no shake"
    chip.jolt = 1.5
    assert run(part, 400) == ["shake"] and more(part)["x.motion"] > 1
    chip.jolt = 0
    assert run(part, 2500) == [] and more(part)["x.motion"] == 0
    chip.force = [0, 0, 0.1]
    assert run(part, 60) == [] and run(part, 100) == ["fall"]


def test_lying_still_is_silent():
    chip = chips.Mpu6050()
    part = make("mpu6050", chip)
    run(part, 500)
    part.sent = part.raw
    chip.jolt = 0.015
    run(part, 2000)
    assert part.sent is not None, "noise is not told"
    chip.force = [0.1, 0, 1]
    run(part, 500)
    assert part.sent is None, "a change of one axis is"


def test_light_in_lux():
    chip = chips.Ltr308()
    part = make("ltr308", chip)
    for lux in (0, 1, 100, 777, 30000):
        chip.lux = lux
        assert run(part, 600) == []
        assert abs(part.value() - lux) <= lux // 32 + 1, (lux, part.value())
    chip.lux = 200000
    run(part, 600)
    assert part.value() == 50000


def test_time_of_flight():
    chip = chips.Vl53l0x()
    chip.mm = 500
    part = make("vl53l0x", chip)
    assert part.value() == 120, "far, until it knows better"
    assert run(part, 1000) == [] and chip.running, "set up as ST's program does it"
    assert part.value() == 50
    for mm, cm in ((31, 3.1), (1000, 100), (10, 3), (1500, 120), (None, 120)):
        chip.mm = mm
        assert run(part, 400) == []
        assert part.value() == cm, (mm, part.value())


def test_one_wrong_range_is_not_believed():
    chip = chips.Vl53l0x()
    chip.mm = 500
    part = make("vl53l0x", chip)
    run(part, 1000)
    chip.mm = 100
    run(part, 40)
    chip.mm = 500
    for _ in range(10):
        run(part, 20)
        assert part.value() == 50


def test_a_laser_that_stands_still_is_a_fault():
    chip = chips.Vl53l0x()
    chip.mm = 500
    part = make("vl53l0x", chip)
    run(part, 1000)
    chip.running = False
    assert run(part, 1000) == ["gone"]
    assert run(part, 2000)[:1] in ([], ["gone"]) and chip.running and not part.failed, "set up anew, it goes on"


def test_a_cable_out_and_in_again():
    for kind in sorted(KINDS):
        chip = KINDS[kind]()
        part = make(kind, chip)
        assert run(part, 1000) == []
        machine.buses[22, 21].clear()
        assert run(part, 3000) == ["gone"] and part.failed, kind
        chip.reset()  # its supply was gone, too
        machine.buses[22, 21][chip.ADDRESS] = chip
        run(part, 2000)
        assert not part.failed, kind
        if kind == "ltr308":
            chip.lux = 500
        elif kind == "vl53l0x":
            chip.mm = 500
        else:
            chip.force = [1, 0, 0]
        assert run(part, 1000) == [] and part.value() in (50, 500, 90, 89, 91), (kind, part.value())


def test_absent_at_the_start():
    for kind in sorted(KINDS):
        chip = KINDS[kind]()
        part = make(kind, chip)
        machine.buses[22, 21].clear()
        assert run(part, 500) == ["gone"], kind
        machine.buses[22, 21][chip.ADDRESS] = chip
        run(part, 2000)
        assert not part.failed, kind


def config_of(kind, **options):
    spec = {"ch": kind, "kind": kind, "pins": LINES}
    for key, value in options.items():
        spec[key] = value
    return spec


def bad(specs):
    try:
        config.check_parts(specs)
        parts_made = Board({"parts": specs})
        if parts_made.error:
            raise parts_made.error
    except config.Bad as error:
        return error.code, error.at
    return None


def test_parts_share_a_bus():
    fresh()
    both = [config_of("msa300"), config_of("vl53l0x"), config_of("oled", lo=0, hi=2, safe=0, texts=["a", "b"])]
    assert bad(both) is None
    fresh()
    swapped = [config_of("msa300"), config_of("vl53l0x", pins={"scl": 21, "sda": 22})]
    assert bad(swapped) == ("used", "parts[1].pins.scl")
    other = [config_of("msa300"), {"ch": "lamp", "kind": "led", "pin": 22, "lo": 0, "hi": 1, "safe": 0}]
    assert bad(other) == ("used", "parts[1].pin")
    twice = [config_of("msa300"), config_of("msa300", ch="other")]
    assert bad(twice) == ("device", "parts[1]"), "two at one address"
    assert not i2c._buses, "what could not be built was let go of"
    two = [config_of("mpu6050"), config_of("mpu6050", ch="other", address=0x69)]
    assert bad(two) is None
    fresh()
    assert bad([config_of("msa300"), config_of("ltr308", pins={"scl": 18, "sda": [19]})]) == (
        "pin",
        "parts[1].pins.sda",
    )


def test_a_third_bus_is_made_of_pins():
    fresh()
    made = [parts.find("msa300")(config_of("msa300", pins={"scl": scl, "sda": scl + 1})) for scl in (12, 14, 18)]
    assert isinstance(made[2].chip.bus, machine.SoftI2C) and not isinstance(made[1].chip.bus, machine.SoftI2C)
    for part in made:
        part.close()
    assert not i2c._buses


# The display.

GLYPHS = {"A": b"\x01" * 8, "5": b"\x02" * 8, "门": b"\x03" * 16, "-": b"\x04" * 8}


def font():
    chars = sorted(GLYPHS)
    out = b"GZF1" + bytes([len(chars), 0])
    for char in chars:
        out += bytes([ord(char) & 255, ord(char) >> 8])
    out += bytes([len(GLYPHS[char]) for char in chars])
    for char in chars:
        upper = GLYPHS[char] + b"\0" * (16 - len(GLYPHS[char]))
        out += upper + bytes([byte << 4 for byte in upper])
    with open("font.bin", "wb") as f:
        f.write(out)


def display(texts, **options):
    font()
    panel = Panel(options.get("offset", 0))
    return make("oled", panel, texts=texts, **options), panel


def line(panel, row, half=0):
    """What the 128 columns of a line of text show."""
    at = (2 * row + half) * 128
    return panel.dots()[at : at + 128]


def test_a_page_of_text():
    part, panel = display(["A门5\nA", "门"])
    run(part, 1000)
    assert panel.dots() == b"\0" * 1024 and not panel.lit, "dark until something is to be shown"
    part.set(1, clock[0])
    assert run(part, 800) == [] and panel.lit and panel.paged and panel.pumped
    assert line(panel, 0) == b"\1" * 8 + b"\3" * 16 + b"\2" * 8 + b"\0" * 96
    assert line(panel, 0, 1) == b"\x10" * 8 + b"\x30" * 16 + b"\x20" * 8 + b"\0" * 96
    assert line(panel, 1) == b"\1" * 8 + b"\0" * 120 and line(panel, 2) == line(panel, 3) == b"\0" * 128
    part.set(2, clock[0])
    run(part, 800)
    assert line(panel, 0) == b"\3" * 16 + b"\0" * 112 and line(panel, 1) == b"\0" * 128
    part.rest(clock[0])
    run(part, 800)
    assert not panel.lit


def test_what_the_font_lacks_is_a_box():
    part, panel = display(["?猫" + "A" * 20])
    part.set(1, clock[0])
    run(part, 1000)
    seen = line(panel, 0)
    assert seen[1] == 0xFC and seen[2] == 4 and seen[6] == 0xFC and seen[9] == 0xFC and seen[22] == 0xFC
    assert seen[24:] == b"\1" * 104, "and what is too long ends at the edge"
    os.remove("font.bin")
    part = make("oled", panel, texts=["A"])
    part.set(1, clock[0])
    run(part, 1000)
    assert line(panel, 0)[:8] == b"\0\xfc\4\4\4\4\xfc\0", "no font at all"


def test_numbers_in_a_text():
    part, panel = display(["A{soil}", "-"])
    sensor = parts.find("switch")({"ch": "soil", "kind": "switch", "pin": 4})
    sensor.raw = 5
    part.meet({"soil": sensor})
    part.set(1, clock[0])
    run(part, 1000)
    assert line(panel, 0)[:24] == b"\1" * 8 + b"\2" * 8 + b"\0" * 8
    sensor.raw = 55
    run(part, 1200)
    assert line(panel, 0)[:32] == b"\1" * 8 + b"\2" * 16 + b"\0" * 8
    sensor.failed = True
    run(part, 1200)
    assert line(panel, 0)[:32] == b"\1" * 8 + b"\4" * 16 + b"\0" * 8
    sensor.failed = False
    sent = machine.wire[0]
    run(part, 2000)
    assert machine.wire[0] - sent < 2000, "a page that stands still costs little"


def test_memory_that_is_wider_than_the_glass_and_a_panel_on_its_head():
    part, panel = display(["A"], offset=2)
    part.set(1, clock[0])
    run(part, 800)
    assert line(panel, 0) == b"\1" * 8 + b"\0" * 120
    part, panel = display(["A"], turned="yes")
    part.set(1, clock[0])
    run(part, 800)
    assert panel.dots()[-8:] == b"\x80" * 8


def test_a_panel_that_was_out_shows_everything_again():
    part, panel = display(["A\n门"])
    part.set(1, clock[0])
    run(part, 800)
    panel.reset()
    assert run(part, 3600) == [] and line(panel, 0)[:8] == b"\1" * 8 and line(panel, 1)[:16] == b"\3" * 16


def test_a_panel_that_is_gone_has_failed_until_it_is_set_again():
    font()
    fresh()
    panel, faults = Panel(), []
    machine.buses[22, 21] = {0x3C: panel}
    spec = config_of("oled", lo=0, hi=2, safe=0, texts=["A", "5"])
    board = Board({"parts": [spec]})
    board.on_fault = lambda name, error: faults.append(name)
    part = board.parts["oled"]

    def ticks(ms):
        for _ in range(ms // TICK_MS):
            clock[0] += TICK_MS
            board.tick(part, clock[0])

    assert board.set("oled", 1, clock[0])
    ticks(800)
    assert line(panel, 0)[:8] == b"\1" * 8 and not faults
    machine.buses[22, 21].clear()
    ticks(400)
    assert faults == ["oled"] and part.failed, "seen within 0.2 s, though nothing changes"
    assert not board.set("oled", 1, clock[0]), "and the command is told so"
    panel.reset()
    machine.buses[22, 21][0x3C] = panel
    assert board.set("oled", 1, clock[0])
    ticks(1000)
    assert line(panel, 0)[:8] == b"\1" * 8
    part.close()
    assert not panel.lit and not i2c._buses


def test_a_board_without_its_panel_does_all_the_rest():
    fresh()
    lamp = {"ch": "lamp", "kind": "led", "pin": 2, "lo": 0, "hi": 1, "safe": 0}
    board = Board({"parts": [config_of("oled", lo=0, hi=1, safe=0, texts=["A"]), lamp]})
    assert board.error is None and board.set("lamp", 1, clock[0])
    board.tick(board.parts["oled"], clock[0])
    assert board.parts["oled"].failed


def test_reading_allocates_nothing():
    if sys.implementation.name != "micropython":
        return
    import gc

    quiet = bytearray(14)

    class Still:
        """A bus that gives zeros and makes no garbage of its own."""

        def writeto_mem(self, address, register, data):
            pass

        def readfrom_mem_into(self, address, register, buf):
            buf[:] = quiet if len(buf) == 14 else memory[len(buf)]

    memory = {1: b"\x07", 3: bytes(3), 6: bytes(6), 12: bytes(12)}
    for kind in sorted(KINDS):
        part = make(kind, KINDS[kind]())
        run(part, 1000)
        part.chip.bus = Still()
        t = clock[0]
        part.tick(t + 20)
        gc.collect()
        gc.disable()
        before = gc.mem_alloc()
        for i in range(2, 52):
            part.tick(t + 20 * i)
        used = gc.mem_alloc() - before
        gc.enable()
        assert used <= 50 * 32, (kind, used)  # the simulated bus's own slices


def test_a_display_that_stands_still_allocates_nothing():
    if sys.implementation.name != "micropython":
        return
    import gc

    part, panel = display(["A{soil}"])
    sensor = parts.find("switch")({"ch": "soil", "kind": "switch", "pin": 4})
    part.meet({"soil": sensor})
    part.set(1, clock[0])
    run(part, 2000)

    class Deaf:
        """A bus that makes no garbage of its own."""

        def writeto(self, address, data):
            pass

    part._chip.bus = Deaf()
    t = clock[0]
    part.tick(t + 20)
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    for i in range(2, 502):  # ten seconds
        part.tick(t + 20 * i)
    used = gc.mem_alloc() - before
    gc.enable()
    assert used == 0, used
