"""Every board file is held against its chip's data sheet and against itself; a wrong file is told what is wrong."""

import re

import pytest
from gongzhi import paths, text
from gongzhi.board import types
from gongzhi.errors import ConfigError
from gongzhi.parts import KINDS
from gongzhi_test_chips import CHIPS

ALL = [types.board_type(name) for name in types.known()]
EACH = pytest.mark.parametrize("board", ALL, ids=types.known())
NODES = pytest.mark.parametrize(
    "board", [one for one in ALL if one.node], ids=[n for n, b in zip(types.known(), ALL, strict=True) if b.node]
)


def able(board, ability):
    return {int(pin) for pin, all_ in board.pins.items() if ability in all_}


def test_the_boards_of_a_classroom_are_there():
    assert set(types.known()) >= {
        "esp32-devkitc", "nodemcu-32s", "esp32-s3-devkitc-1", "esp32-c3-devkitm-1", "xiao-esp32s3", "xiao-esp32c3",
        "handpy-2", "handpy-3", "m5stack-core2", "m5stack-atom-lite", "unihiker-m10", "raspberry-pi-4",
        "raspberry-pi-5",
    }  # fmt: skip


@EACH
def test_pins_are_what_the_chip_has(board):
    if board.chip == "rk3308":
        assert any("every single pin" in one for one in board.unverified)
        return
    chip = CHIPS[board.chip]
    pins = {int(pin) for pin in board.pins}
    assert pins <= chip.there - chip.memory
    if board.psram_mb:
        assert not pins & chip.psram.get(True, set())
    assert able(board, "adc1") == pins & chip.adc1 - (chip.uart & able(board, "uart"))
    assert able(board, "touch") == pins & chip.touch
    assert able(board, "dac") == pins & chip.dac
    assert able(board, "strap") == pins & chip.strap
    assert able(board, "usb") == pins & chip.usb
    assert able(board, "adc2") == pins & chip.adc2
    assert able(board, "uart") <= chip.uart
    assert able(board, "out") == pins - chip.inputs - {
        pin for pin in able(board, "uart") if "in" in board.pins[str(pin)]
    }
    assert able(board, "pwm") == able(board, "out") - able(board, "uart")


@EACH
def test_no_ability_twice_and_none_without_in_or_out(board):
    for pin, abilities in board.pins.items():
        assert len(set(abilities)) == len(abilities), pin
        assert {"in", "out"} & set(abilities), pin


@EACH
def test_no_pin_is_printed_twice(board):
    contacts = [board.gpio(one) for one in [*board.header.left, *board.header.right]]
    gpios = [one for one in contacts if one is not None]
    assert len(set(gpios)) == len(gpios)
    assert len(set(board.labels.values())) == len(board.labels)


@EACH
def test_every_pin_can_be_reached_or_has_a_part(board):
    led_out = {board.gpio(one) for one in [*board.header.left, *board.header.right]}
    soldered = {one.pin for one in board.onboard}
    assert {int(pin) for pin in board.pins} <= led_out | soldered


@EACH
def test_parts_on_the_board_fit_their_pins(board):
    pins = [one.pin for one in board.onboard if one.pin is not None]
    assert len(set(pins)) == len(pins)
    for one in board.onboard:
        assert set(one.label) == {"zh", "en"}
        assert one.pin is None or one.address is None
        assert one.address is None or (0x08 <= one.address <= 0x77 and board.i2c)
        if board.node and one.pin is not None and one.kind in KINDS:
            assert KINDS[one.kind].needs in board.pins[str(one.pin)]
    addresses = [one.address for one in board.onboard if one.address]
    assert len(set(addresses)) == len(addresses)
    assert board.i2c is None or {board.i2c.scl, board.i2c.sda} <= {int(pin) for pin in board.pins}


@EACH
def test_facts_carry_their_source(board):
    assert board.source
    assert all(len(one) >= 10 for one in [*board.source, *board.unverified])
    assert all(re.fullmatch(r"[0-9A-F]{4}:[0-9A-F]{4}", one) for one in board.usb)
    assert set(board.name) == set(board.note) == {"zh", "en"}
    assert board.header.order == "board" or any("order" in one for one in board.unverified)


@NODES
def test_a_node_has_a_pin_for_the_first_project(board):
    # A servo, a light, a buzzer and a button at once.
    assert len(board.can("pwm")) >= 4
    assert len(board.can("in")) >= 4


@EACH
def test_what_is_free_is_safe(board):
    for pin in [*board.can("in"), *board.can("out")]:
        assert not {"strap", "uart", "usb"} & set(board.pins[str(pin)])
        assert board.taken(pin) is None


def test_names_places_and_parts_of_one_board():
    board = types.board_type("handpy-2")
    assert (board.gpio("P13"), board.gpio(18), board.gpio("Q1")) == (18, 18, None)
    assert (board.called(18), types.board_type("esp32-devkitc").called(18)) == ("P13", "18")
    assert board.taken(16).kind == "buzzer"
    assert board.taken(22).address == 0x3C
    assert board.place(18) is None
    devkit = types.board_type("esp32-devkitc")
    assert devkit.place(18) == ("right", 9)
    assert devkit.place(36) == ("left", 3)
    assert devkit.place("5V") == ("left", 19)
    assert devkit.place(6) is None


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    ("change", "names"),
    [
        (("VP = 36", "VP = 99"), ["VP", "99"]),
        (("pin = 0", "pin = 99"), ["button", "99"]),
        (('"CLK"]', '"CLX"]'), ["CLX"]),
        (('"strap"]', '"strip"]'), ["pins"]),
        (('order = "board"', 'order = "bored"'), ["header.order"]),
        (("flash_mb = 4", ""), ["flash_mb"]),
    ],
)
def test_a_wrong_file_is_told_what_is_wrong(tmp_path, mocker, language, change, names):
    content = (paths.share("boards") / "esp32-devkitc" / "board.toml").read_text(encoding="utf-8")
    assert change[0] in content
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "board.toml").write_text(content.replace(*change), encoding="utf-8")
    mocker.patch.object(types.paths, "share", return_value=tmp_path)
    text.choose(language)
    try:
        with pytest.raises(ConfigError) as caught:
            types.board_type("mine")
        said = str(caught.value)
    finally:
        text.choose(None)
    assert "{" not in said
    assert all(name in said for name in ["board.toml", *names]), said


@pytest.mark.parametrize("name", types.known())
def test_every_folder_of_boards_is_whole(name):
    folder = paths.share("boards") / name
    assert {one.name for one in folder.iterdir()} == {"board.toml", "board.svg", "README.md"}
    words = (folder / "README.md").read_text(encoding="utf-8")
    board = types.board_type(name)
    assert all(one in words for one in [*board.source, *board.unverified, board.note["zh"], board.note["en"]])
