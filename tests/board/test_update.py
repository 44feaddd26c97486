"""Boards are given another program over a real broker: on both bodies, several at once; what they refuse is told."""

import json
import threading

import pytest
from gongzhi.board import firmware, room_key
from gongzhi.board.program import Program
from gongzhi.board.update import Updater
from gongzhi.broker import BrokerConfig, BrokerProcess
from gongzhi.bus import Bus
from gongzhi.sim import board_body
from gongzhi.sim.board import VirtualBoard
from gongzhi.sim.chip import partitions

ROOM = bytes(range(32))
LONG = 20.0  # s: only a defect takes so long
SHORT = {  # a trial of a second instead of a minute, three of three seconds without a broker
    "gongzhi_node/trial.py": [(b"const(60)", b"const(1)"), (b"const(180)", b"const(3)")],
}


def files(**new):
    """The firmware's source with a short trial; `new` replaces text in a file of the package."""
    made = firmware.source()
    for path, pairs in SHORT.items():
        for old, text in pairs:
            assert old in made[path]
            made[path] = made[path].replace(old, text)
    for name, text in new.items():
        made[f"gongzhi_node/{name}.py"] += text.encode()
    return made


@pytest.fixture(params=["vm", "cpython"])
def body(request):
    library, why = board_body.library()
    if request.param == "vm" and library is None:
        pytest.skip(str(why))
    return request.param


@pytest.fixture
def port():
    with BrokerProcess.start(BrokerConfig(port=0)) as process:
        yield process.port


@pytest.fixture
def bus(port):
    one = Bus(f"mqtt://127.0.0.1:{port}", "host")
    one.connect()
    yield one
    one.close()


@pytest.fixture
def board(port, tmp_path, body):
    made = []

    def make(name="door", key=ROOM, **rest):
        state = tmp_path / name
        if key is not None:
            room_key.give_virtual(state, key)
        config = {
            "v": 1, "space": "local", "team": "gate01", "device": name, "wifi": [{"ssid": "x", "key": "secret12"}],
            "mqtt": {"host": "127.0.0.1", "port": port, "user": "me", "password": "pass-word"},
            "board": "esp32-devkitc", "parts": [],
        }  # fmt: skip
        rest = {"heap_kb": 400, "join_ms": 10, "back_off": 0.01} | rest  # it compiles the source itself
        one = VirtualBoard("esp32-devkitc", files(), config, state_dir=state, body=body, **rest)
        made.append(one)
        one.start()
        return one

    yield make
    for one in made:
        one.stop()


def updater(bus, wanted, **options):
    """One that gives this program to whoever asks, as source for both bodies."""
    program = Program.of(wanted)

    def choose(known):
        return Program(program.kind, program.build, str(known["mpy"]), program.order)

    return Updater(bus, "local", "gate01", ROOM, choose, **{"patience": LONG, "trial_s": 60.0} | options), program


def test_a_board_gets_its_program_tries_it_and_keeps_it(board, bus, tmp_path):
    seen = []
    one = board()
    job, program = updater(bus, files(__init__="\n# new"), tell=lambda *step: seen.append(step))
    (end,) = job.run([("door", "esp32-devkitc")])
    assert end.ok, (str(end.text), one.console)
    assert end.build == program.build
    assert seen[0][1] == "waiting"
    assert {"sending", "trial", "done"} <= {stage for _, stage, *_ in seen}
    # What was the same was copied from the program that ran.
    assert len(program.order[0]) < end.sent < program.size / 5
    (again,) = job.run([("door", "esp32-devkitc")])
    assert again.ok
    assert str(again.text) == "It has this program already."
    assert again.sent == 0
    if one.body == "cpython":
        config = json.loads((one.state_dir / "files" / "config.json").read_text())
        assert "wifi" not in config
        assert config["mqtt"].keys() == {"host", "port"}
    # Not in the flash image either, as a file that mpremote would show: the chip's own storage has it.
    assert "secret12" not in "".join(one.console)


def test_a_program_that_dies_is_left_after_three_tries(board, bus):
    one = board()
    (end,) = updater(bus, files(app="\nraise ValueError('a defect')\n"))[0].run([("door", "esp32-devkitc")])
    assert not end.ok
    assert "gone back" in str(end.text)
    assert sum("a defect" in line for line in one.console) == 3, one.console


def test_refusals_are_told_in_words(board, bus):
    board("door", None)
    board("gate", bytes(32))
    board("hall")
    board("pond")
    wanted = files(__init__="\n# new")
    job, _ = updater(bus, wanted)
    door, gate, hall = job.run([("door", "esp32-devkitc"), ("gate", "esp32-devkitc"), ("hall", "xiao-esp32c3")])
    assert "no key" in str(door.text)
    assert "not that of this room" in str(gate.text)
    assert "another type of board: esp32-devkitc" in str(hall.text)
    (none,) = updater(bus, wanted, patience=0.1)[0].run([("none", "esp32-devkitc")])
    assert "not there" in str(none.text)
    stranger = Updater(bus, "local", "gate01", ROOM, lambda known: None, patience=LONG)
    (pond,) = stranger.run([("pond", "esp32-devkitc")])
    assert "bytecode" in str(pond.text)


def image_job(bus, content=b"m" * 30_000):
    data = partitions.image("ESP32", content)
    return Updater(
        bus, "local", "gate01", ROOM, lambda known: Program.image(data, "esp32"), patience=LONG, trial_s=60.0
    )


def test_micropython_itself_goes_to_the_other_partition_and_is_good_after_its_trial(board, bus, tmp_path):
    partitions.make(tmp_path / "door")
    one = board()
    (end,) = image_job(bus).run([("door", "esp32-devkitc")])
    assert end.ok, (str(end.text), one.console[-20:])
    assert json.loads((one.state_dir / "ota.json").read_text())[:2] == [1, 1]


def test_an_image_that_does_not_come_up_is_left_by_the_boot_loader(board, bus, tmp_path):
    partitions.make(tmp_path / "door")
    one = board()
    lost = []

    def heard(topic, payload):
        if b'"part":"ota_1"' in payload and not lost:  # it is there, and loses its power before it is good
            lost.append(1)
            one.reset()

    bus.subscribe("v1/local/gate01/door/up/fw", heard)
    (end,) = image_job(bus).run([("door", "esp32-devkitc")])
    assert not end.ok, str(end.text)
    assert json.loads((one.state_dir / "ota.json").read_text()) == [0, 0, "valid"]


def test_images_where_they_cannot_be(board, bus, tmp_path):
    board()
    (end,) = image_job(bus).run([("door", "esp32-devkitc")])
    assert "by cable" in str(end.text)
    partitions.make(tmp_path / "gate")
    board("gate")
    damaged = bytearray(partitions.image("ESP32", b"m" * 3000))
    damaged[100] ^= 1  # signed, arrived as sent, and yet no image: the chip's own check
    for data, word in ((bytes(damaged), "damaged"), (partitions.image("ESP32S3", b"m" * 3000), "not for its chip")):
        job = Updater(
            bus, "local", "gate01", ROOM, lambda known: Program.image(data, "esp32"), patience=LONG  # noqa: B023
        )  # fmt: skip
        (end,) = job.run([("gate", "esp32-devkitc")])
        assert word in str(end.text)


def test_several_boards_two_at_a_time(board, bus):
    names = [f"b{n}" for n in range(4)]
    for name in names:
        board(name)
    sending, most, lock = set(), [], threading.Lock()

    def tell(name, stage, *_):
        with lock:
            (sending.add if stage == "sending" else sending.discard)(name)
            most.append(len(sending))

    job, program = updater(bus, files(__init__="\n# new"), tell=tell, at_once=2)
    ends = job.run([(name, "esp32-devkitc") for name in names])
    assert [end.build for end in ends] == [program.build] * 4, [str(end.text) for end in ends]
    assert max(most) <= 2


def test_the_power_is_cut_again_and_again_in_the_middle(board, bus):
    one, cuts = board(), []
    # Each file is another than on the board, so that all of them have to come.
    wanted = {path: data + (b"\n# new" if path.endswith(".py") else b"") for path, data in files().items()}
    marks = [5000, 60_000, 110_000]

    def tell(name, stage, done, total):
        if stage == "sending" and marks and done >= marks[0]:
            del marks[0]
            cuts.append(done)
            if one.body == "vm":
                one.cut_at_write(5)  # in the middle of what the update writes
            else:
                one.reset()

    job, program = updater(bus, wanted, tell=tell)
    (end,) = job.run([("door", "esp32-devkitc")])
    assert end.ok, (str(end.text), one.console[-20:])
    assert len(cuts) == 3
    assert one.boots == 1 + 3 + 1, "and once into the new program"
    assert end.build == program.build
    assert end.sent < program.size * 1.5, "it went on where it was"


def test_a_full_flash_is_told(port, bus, board):
    one = board(flash_kb=512)
    if one.body == "cpython":
        return  # its files lie on the host's disk
    (end,) = updater(bus, files(__init__="\n# new"))[0].run([("door", "esp32-devkitc")])
    assert not end.ok
    assert "full" in str(end.text), str(end.text)
