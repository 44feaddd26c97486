"""Parts on an I2C bus in project.toml: shared pins, addresses, a board's own parts, the texts of a display."""

import pytest
from gongzhi import project
from gongzhi.board.recipes import recipe
from gongzhi.board.screen import files
from gongzhi.board.wiring import wiring
from gongzhi.errors import ConfigError

HAND = '[project]\nid = "p1"\n[board.b1]\ntype = "handpy-2"\n'
BARE = '[project]\nid = "p1"\n[board.b1]\ntype = "esp32-devkitc"\n'
PINS = "pins = { scl = 22, sda = 21 }\n"


def load(folder, content):
    (folder / "project.toml").write_text(content, encoding="utf-8")
    return project.load(folder)


def refused(folder, content, *words):
    with pytest.raises(ConfigError) as error:
        load(folder, content)
    said = error.value.text("en")
    assert all(word in said for word in words), said
    assert error.value.text("zh") != said


def test_the_boards_own_parts_need_no_pins(tmp_path):
    made = load(tmp_path, HAND + '[part.screen]\nkind = "oled"\ntexts = ["你好"]\n[part.imu]\nkind = "msa300"\n')
    assert made.parts["screen"].pins == made.parts["imu"].pins == {"scl": 22, "sda": 23}
    about = made.boards["b1"].about
    assert recipe(made.parts["screen"], about) is None
    assert recipe(made.parts["imu"], about) is None
    assert made.parts["imu"].config() == {"ch": "imu", "kind": "msa300", "pins": {"scl": 22, "sda": 23}}
    assert list(files(made.on("b1"))) == ["font.bin"]


def test_others_join_their_bus_and_are_wired(tmp_path):
    made = load(tmp_path, HAND + '[part.imu]\nkind = "msa300"\n[part.far]\nkind = "vl53l0x"\n')
    assert made.parts["far"].pins == {"scl": 22, "sda": 23}
    legs = recipe(made.parts["far"], made.boards["b1"].about)
    assert legs is not None
    assert [wire.contact for wire in legs.wires] == ["scl", "sda", "3V3", "GND"]
    assert wiring(made).startswith("<svg")
    assert files(made.on("b1")) == {}


def test_a_board_without_a_bus_of_its_own_shares_two_pins(tmp_path):
    both = f'[part.a]\nkind = "mpu6050"\n{PINS}[part.b]\nkind = "ltr308"\n{PINS}'
    assert load(tmp_path, BARE + both).parts["b"].pins == {"scl": 22, "sda": 21}
    two = both + f'[part.c]\nkind = "mpu6050"\n{PINS}options = {{ address = 0x69 }}\n'
    assert load(tmp_path, BARE + two).parts["c"].address == 0x69


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (f'[part.a]\nkind = "msa300"\n{PINS}[part.b]\nkind = "led"\npin = 22\n', ("used", "a")),
        (f'[part.b]\nkind = "led"\npin = 22\n[part.a]\nkind = "msa300"\n{PINS}', ("used", "b")),
        (f'[part.a]\nkind = "msa300"\n{PINS}[part.b]\nkind = "ltr308"\npins = {{ scl = 21, sda = 22 }}\n', ("used",)),
        ('[part.a]\nkind = "msa300"\npins = { scl = 22, sda = 22 }\n', ("used",)),
        (f'[part.a]\nkind = "mpu6050"\n{PINS}[part.b]\nkind = "mpu6050"\n{PINS}', ("0x68", "a", "address = 104…105")),
        ('[part.a]\nkind = "msa300"\npins = { scl = 34, sda = 21 }\n', ("input",)),
        (f'[part.a]\nkind = "msa300"\n{PINS}texts = ["x"]\n', ("shows no texts",)),
        (f'[part.a]\nkind = "oled"\n{PINS}', ("1 to 16 texts",)),
        (f'[part.a]\nkind = "oled"\n{PINS}texts = ["{{soil}}"]\n', ("{soil}", "project.toml")),
        (f'[part.a]\nkind = "oled"\n{PINS}texts = ["{"字" * 40}"]\n', ("5 lines",)),
    ],
)
def test_what_cannot_be_is_refused(tmp_path, parts, words):
    refused(tmp_path, BARE + parts, *words)


def test_the_boards_own_address_is_taken(tmp_path):
    core2 = '[project]\nid = "p1"\n[board.b1]\ntype = "m5stack-core2"\n'
    assert load(tmp_path, core2 + '[part.imu]\nkind = "mpu6050"\n').parts["imu"].pins == {"scl": 22, "sda": 21}
    three = '[project]\nid = "p1"\n[board.b1]\ntype = "handpy-3"\n'
    made = load(tmp_path, three + '[part.sun]\nkind = "ltr308"\n[part.imu]\nkind = "qmi8658"\n')
    assert made.parts["sun"].address == 0x53


def test_pages_are_as_many_as_texts(tmp_path):
    made = load(tmp_path, HAND + '[part.screen]\nkind = "oled"\ntexts = ["一", "二\\n三"]\n')
    page = made.resources["screen.page"]
    assert (page.low, page.high, page.safe, page.hazard) == (0, 2, 0, "H1")
    assert made.parts["screen"].config()["texts"] == ["一", "二\n三"]
