"""A pack is checked whole: what is wrong in it is named with its place, and what is not verified stays marked."""

from pathlib import Path

import pytest
from gongzhi import paths
from gongzhi.errors import DataError
from gongzhi.learn import pack

TEXT = (paths.share("packs") / "wuqinxi" / "pack.toml").read_text(encoding="utf-8")


@pytest.fixture
def broken(tmp_path):
    def read(old: str, new: str) -> str:
        assert old in TEXT
        path = tmp_path / "pack.toml"
        path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(DataError) as caught:
            pack.load(str(tmp_path))
        return caught.value.text("en")

    return read


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('measure = "wrists_mean"', 'measure = "wrist_mean"', "wrists_mean"),
        ('sources = ["S1", "S4"]', 'sources = ["S1", "S99"]', "S99"),
        ('id = "tiger_lift"', 'id = "opening"', "twice"),
        ("more = -0.45\nless = -0.1", "", "more"),
        ("wrong = { at = [1, 2], to = 3 }", "wrong = { at = [1, 9], to = 3 }", "0 to 4"),
        (
            "wrong = { at = [1, 2], to = 3 }",
            "wrong = { at = [1], to = 3, posture = { trunk = [0, 20, 0] } }",
            "posture",
        ),
        ('reviewer = ""', 'reviewer = "', "line"),
        ("thigh = 0.851", "", "lengths"),
        ('of = "max"', 'of = "most"', "most"),
        ("sided = false", "sidde = false", "sidde"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(broken, old, new, said):
    message = broken(old, new)
    assert said in message
    assert "pack.toml" in message


def test_an_example_must_lie_in_the_packs_own_folder(tmp_path):
    base = 'format = 1\nname = "dance"\ntitle = { zh = "舞" }\n[[forms]]\nid = "wave"\ntitle = { zh = "挥手" }\n'
    for name in ("../x.jsonl", "none.jsonl"):
        (tmp_path / "pack.toml").write_text(base + f'examples = ["{name}"]\n', encoding="utf-8")
        with pytest.raises(DataError, match=name):
            pack.load(str(tmp_path))


def test_a_wrong_name_gets_the_near_one():
    with pytest.raises(DataError, match="wuqinxi"):
        pack.load("wuqinx")


def test_a_projects_own_pack_is_found_beside_it(tmp_path):
    own = tmp_path / "mine"
    own.mkdir()
    (own / "pack.toml").write_text(TEXT, encoding="utf-8")
    assert pack.load("mine", beside=tmp_path).folder == str(own)
    assert Path(pack.load("wuqinxi", beside=tmp_path).folder).name == "wuqinxi"


def test_every_form_that_is_scored_has_words_for_it_and_says_what_a_camera_cannot_see():
    whole = pack.load("wuqinxi")
    assert whole.notice
    for form in whole.forms:
        assert {"zh", "en"} == set(form.title) == set(form.how)
        if not form.boundary:
            assert form.cue
            assert form.unseen
            assert form.checks
        for check in form.checks:
            assert {"zh", "en"} == set(check.good) == set(check.cue)


def test_only_what_was_measured_good_may_be_said_as_wrong():
    checks = [check for form in pack.load("wuqinxi").forms for check in form.checks]
    assert any(check.sure for check in checks)
    assert not any(check.sure for check in checks if check.caught is None)
