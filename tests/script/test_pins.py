"""Whether a pin is where a script says: near enough for what turns, colour by colour for what shines."""

import pytest
from gongzhi import paths, project
from gongzhi.script import file
from gongzhi.script.player import Player


class Only:
    """A stage of which only the manifest is needed."""

    def __init__(self, manifest):
        self.manifest = manifest


@pytest.fixture(scope="module")
def player():
    folder = paths.share("examples") / "04_wuqinxi_coach"
    manifest = project.load(folder)
    made = Player(file.load(folder / "demo.toml", manifest))
    made._stage = Only(manifest)
    return made


@pytest.mark.parametrize(
    ("part", "value", "wanted", "fits"),
    [
        ("tiger", 91.0, 90.0, True),
        ("tiger", 85.0, 90.0, False),
        ("ring", 0.0, 0x00FF40, False),  # dark is not green, however large the range of all colours is
        ("ring", 0x00FF40, 0.0, False),
        ("ring", 0x00FC42, 0x00FF40, True),
        ("tiger", 50.0, [40, 60], True),
    ],
)
def test_a_pin_fits(player, part, value, wanted, fits):
    assert player._fits(part, value, wanted) is fits
