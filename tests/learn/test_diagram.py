"""What a test has shown is a picture that any browser reads, in the user's language, with each thing at its place."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest
from gongzhi import text
from gongzhi.learn.diagram import of_model, of_rule
from gongzhi.learn.evaluation import Report
from gongzhi.learn.gauge import Gauge, Heard
from gongzhi.learn.worth import Usual

SPACE = "{http://www.w3.org/2000/svg}"


@pytest.fixture(params=["en", "zh"])
def words(request):
    text.choose(request.param)
    yield {
        "en": ["Can it be relied on? (dashed: as promised)", "how sure it said to be"],
        "zh": ["靠得住吗？（虚线：承诺的）", "它说自己有多大把握"],
    }[request.param]
    text.choose(None)


def report(labels, bins=(), confusion=None):
    confusion = np.zeros((len(labels), len(labels)), np.int64) if confusion is None else np.array(confusion)
    return Report(tuple(labels), confusion, 0.9, 0.25, 0.8, list(bins), 3, 0.07)


def said(root):
    return {each.text for each in root.iter(f"{SPACE}text")}


def test_each_bin_is_a_point_with_its_interval():
    root = ET.fromstring(of_model(report(["a", "b"], [(0.55, 0.5, 4), (0.95, 1.0, 400)])))
    low, high = (
        (float(each.get("cx")), float(each.get("cy")), float(each.get("r"))) for each in root.iter(f"{SPACE}circle")
    )
    assert low[0] < high[0]
    assert low[1] > high[1]  # y is down
    assert low[2] < high[2]
    intervals = [each for each in root.iter(f"{SPACE}line") if each.get("class") == "i"]
    lengths = [float(each.get("y1")) - float(each.get("y2")) for each in intervals]
    assert lengths[0] > 5 * lengths[1] > 0


def test_what_was_taken_for_what_and_what_sets_are_worth(words):
    root = ET.fromstring(of_model(report(["<挥手>", "rest"], confusion=[[6, 2], [0, 9]]), [(5, 0.5), (40, 0.9)]))
    assert {"<挥手>", "rest", "6", "2", "9", "90.0%", "75.0%", "7.0%", "5", "40", *words} <= said(root)
    wrong = next(each for each in root.iter(f"{SPACE}rect") if each.get("fill-opacity") == "0.25")
    assert (wrong.get("class"), wrong[0].text) == ("n", "<挥手> → rest: 2")
    points = list(root.iter(f"{SPACE}circle"))
    assert float(points[0].get("cy")) > float(points[1].get("cy")), "with more windows it is right more often"


def test_many_labels_and_nothing_measured_still_fit():
    root = ET.fromstring(of_model(report([f"a very long label {number}" for number in range(30)])))
    assert not list(root.iter(f"{SPACE}circle"))
    assert max(float(each.get("x")) + float(each.get("width")) for each in root.iter(f"{SPACE}rect")) <= 400


def test_of_a_rule_it_says_what_it_decides_and_what_it_asks(words):
    usual = Usual(((0.0,) * 36,), (1.0,) * 36, None)
    found = Gauge((1, 0), 0.5, usual, "person", 30, 20, 12, 4, 4, 1, 8, [(0.9, 0.8, 5)], (0.2, 0.1), 0.96, 0.0,
                  (Heard(3, 1, 4), Heard(0, 1, 8)))  # fmt: skip
    root = ET.fromstring(of_rule(found))
    assert {"96.0%", "3 + 1 / 4", "0 + 1 / 8", *words} <= said(root)
