"""The pack is whole, says what is not verified, and its generated performers differ by seed and only by seed."""

import numpy as np
import pytest
from gongzhi.errors import DataError
from gongzhi.learn import pack
from gongzhi.learn.generator import Performer, perform


@pytest.fixture(scope="module")
def wuqinxi():
    return pack.load("wuqinxi")


def test_every_form_names_known_sources(wuqinxi):
    assert len(wuqinxi.forms) == 13
    for form in wuqinxi.forms:
        assert set(form.sources) <= set(wuqinxi.sources)
        assert form.sources or not form.verified
    assert not wuqinxi.reviewer


def test_a_pack_that_is_not_there_is_an_error():
    for name in ("nothing", "../packs/wuqinxi"):
        with pytest.raises(DataError):
            pack.load(name)


def test_the_same_seed_is_the_same_recording_and_another_another(wuqinxi):
    form = wuqinxi.form("tiger_lift")
    one, same, other = (perform(wuqinxi, form, Performer(seed), 10.0) for seed in (1, 1, 2))
    assert (one.xy == same.xy).all()
    assert not np.allclose(one.xy, other.xy)


def test_fists_rise_over_the_head_in_lifting_the_tigers_paws(wuqinxi):
    made = perform(wuqinxi, wuqinxi.form("tiger_lift"), Performer(1, noise=0.0, style=0.0), 40.0)
    heights = np.array([each.points[15, 1] for each in made.features()])
    assert heights.max() > 1.8  # wrists 1.15 over the shoulders at the top, 1.02 under them at the belly
    assert heights.min() < 0.2


def test_the_performers_left_is_the_pictures_right(wuqinxi):
    made = perform(wuqinxi, wuqinxi.form("opening"), Performer(1), 10.0)
    assert (made.xy[:, 11, 0] > made.xy[:, 12, 0]).all()
