"""The mat that somebody sets at the page is used at once, told to all pages, and kept in project.toml."""

import pytest
from gongzhi import project
from gongzhi.runtime.floor import Floor

CORNERS = [(0.3, 0.7), (0.7, 0.7), (0.8, 0.95), (0.2, 0.95)]
FILE = '[project]\nid = "mat01"\n[board.door]\ntype = "esp32-devkitc"\n[part.lamp]\nkind = "led"\npin = 23\n'


class Ears:
    """In the place of estimator and face: what they are told."""

    def __init__(self):
        self.mats, self.posted, self.notices = [], [], []

    def prefer(self, mat):
        self.mats.append(mat)
        return True

    def post(self, message):
        self.posted.append(message)

    def notice(self, id_, level, message, /, *, on=True, **values):
        self.notices.append((id_, on, {name: str(value) for name, value in values.items()}))


@pytest.fixture
def ears():
    return Ears()


def test_a_mat_from_the_page_is_used_told_and_kept(tmp_path, ears):
    file = tmp_path / "project.toml"
    file.write_text(FILE, "utf-8")
    floor = Floor(file, None, ears, ears)
    floor.put(CORNERS)
    assert project.load(tmp_path).mat == ears.mats[-1]
    assert ears.mats[-1].corners == tuple(CORNERS)
    assert ears.posted[-1] == {"type": "mat", "corners": CORNERS, "can": True}
    floor.put([])
    assert project.load(tmp_path).mat is ears.mats[-1] is None
    assert [on for _, on, _ in ears.notices] == [False, False]


def test_what_makes_no_mat_changes_nothing_and_is_said(tmp_path, ears):
    file = tmp_path / "project.toml"
    file.write_text(FILE, "utf-8")
    floor = Floor(file, None, ears, ears)
    floor.put(CORNERS)
    floor.put([CORNERS[0]] * 4)
    assert ears.mats[-1].corners == tuple(CORNERS)
    assert "no area" in ears.notices[-1][2]["what"]


def test_a_file_that_cannot_be_written_is_said_and_the_mat_is_in_use(tmp_path, ears):
    floor = Floor(tmp_path / "gone" / "project.toml", None, ears, ears)
    floor.put(CORNERS)
    assert ears.mats[-1].corners == tuple(CORNERS)
    assert "[camera]" in ears.notices[-1][2]["why"]
