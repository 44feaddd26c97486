"""The cards of the models are valid, and a name or a file that is not gives a clear word."""

import pytest
from gongzhi import models
from gongzhi.errors import ModelError
from gongzhi.models import description


def test_our_own_cards_are_valid():
    assert [card.name for card in models.cards()] == ["blazepose", "hands"]
    blazepose = models.card("blazepose")
    assert set(blazepose.members) == {"detector", "landmarks", "licence"}
    assert blazepose.licence == "Apache-2.0"
    assert set(blazepose.title) == {"zh", "en"}
    assert blazepose.source.wheel.startswith(f"{blazepose.source.package}-{blazepose.source.version}-")
    assert blazepose.members["detector"].file == "pose_detection.tflite"
    assert (description.folder() / "blazepose" / "README.md").is_file()


@pytest.mark.parametrize("name", ["movenet", "", "../blazepose", "blazepose/", "BLAZEPOSE"])
def test_an_unknown_name_is_answered_with_the_known_ones(name):
    with pytest.raises(ModelError, match="blazepose"):
        models.card(name)


@pytest.mark.parametrize(("old", "new"), [("size = ", "bytes = "), ('sha256 = "', 'sha256 = "x'), ("name", "[[name")])
def test_a_broken_card_names_its_file(toy, tmp_path, old, new):
    path = tmp_path / "models" / "toy" / "model.toml"
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(ModelError, match=r"model\.toml"):
        models.card("toy")
