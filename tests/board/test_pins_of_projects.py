"""A project names pins as the board prints them; the board's own parts are used, and kept from others."""

import pytest
from gongzhi import project, text
from gongzhi.errors import ConfigError

FILE = """
[project]
id = "p1"
[board.b1]
type = "{type}"
[part.it]
kind = "{kind}"
pin = {pin}
"""


def load(folder, type_, kind, pin):
    (folder / "project.toml").write_text(FILE.format(type=type_, kind=kind, pin=pin), encoding="utf-8")
    return project.load(folder).parts["it"].config()["pin"]


@pytest.mark.parametrize(
    ("type_", "kind", "pin", "gpio"),
    [
        ("handpy-2", "servo", '"P13"', 18),
        ("handpy-3", "servo", '"P13"', 17),
        ("handpy-2", "servo", "18", 18),
        ("xiao-esp32c3", "led", '"D3"', 5),
        ("xiao-esp32s3", "led", '"D6"', 43),
        ("esp32-c3-devkitm-1", "led", '"IO4"', 4),
        ("handpy-2", "buzzer", '"P6"', 16),  # its own
        ("handpy-2", "button", '"P5"', 0),  # its own, though the chip looks at it when it starts
        ("m5stack-atom-lite", "button", "39", 39),
        ("esp32-devkitc", "button", "0", 0),
    ],
)
def test_a_printed_name_is_a_pin(tmp_path, type_, kind, pin, gpio):
    assert load(tmp_path, type_, kind, pin) == gpio


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    ("type_", "kind", "pin", "names"),
    [
        ("handpy-2", "servo", '"P99"', ["P99", "P13"]),
        ("handpy-2", "servo", '"18"', ["18", "P13"]),
        ("handpy-2", "servo", "8", ["8", "P13"]),
        ("handpy-2", "servo", '"P6"', ["P6", "P13"]),  # the buzzer's
        ("handpy-2", "led", '"P19"', ["P19"]),  # the display's bus
        ("handpy-2", "led", '"P25"', ["P25"]),  # a touch pad
        ("handpy-2", "led", '"P16"', ["P16"]),  # the chip looks at it when it starts
        ("esp32-devkitc", "servo", "0", ["0"]),  # the BOOT button's
        ("xiao-esp32s3", "led", "21", ["21", "D1"]),  # lights up at 0
        ("esp32-s3-devkitc-1", "led", "19", ["19"]),  # USB
        ("esp32-s3-devkitc-1", "led", "35", ["35"]),  # PSRAM
        ("esp32-c3-devkitm-1", "led", "12", ["12"]),  # flash
        ("unihiker-m10", "led", '"P21"', ["esp32-devkitc"]),
    ],
)
def test_a_pin_that_is_not_free_is_refused(tmp_path, language, type_, kind, pin, names):
    text.choose(language)
    try:
        with pytest.raises(ConfigError) as caught:
            load(tmp_path, type_, kind, pin)
        said = str(caught.value)
    finally:
        text.choose(None)
    assert "{" not in said
    assert all(name in said for name in ["project.toml", *names]), said
