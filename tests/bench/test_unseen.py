"""Each form is left out once, by bodies that are in one part only; most of what is left out is noticed."""

from gongzhi.bench import unseen
from gongzhi.learn import pack


def test_most_movements_that_were_never_learnt_are_deferred():
    figures = unseen.run({"train": range(5), "check": range(100, 102), "test": range(200, 202)}, 28.0)
    assert figures["by_form"].keys() == {form.id for form in pack.load("wuqinxi").forms}
    assert figures["least"] == min(figures["by_form"].values())
    assert figures["unseen"] > 0.5
    assert figures["false_deferral"] < 0.2
    assert figures["accuracy"] > 0.9
