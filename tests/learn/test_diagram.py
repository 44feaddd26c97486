"""The reliability diagram is a picture that any browser reads, with each bin at its place."""

import xml.etree.ElementTree as ET

from gongzhi import text
from gongzhi.learn.diagram import reliability

SPACE = "{http://www.w3.org/2000/svg}"


def test_each_bin_is_a_point_with_its_interval():
    root = ET.fromstring(reliability([(0.55, 0.5, 4), (0.95, 1.0, 400)]))
    low, high = (
        (float(each.get("cx")), float(each.get("cy")), float(each.get("r"))) for each in root.iter(f"{SPACE}circle")
    )
    assert low[0] < high[0]
    assert low[1] > high[1]  # y is down
    assert low[2] < high[2]
    intervals = [each for each in root.iter(f"{SPACE}line") if each.get("class") == "i"]
    lengths = [float(each.get("y1")) - float(each.get("y2")) for each in intervals]
    assert lengths[0] > 5 * lengths[1] > 0


def test_nothing_measured_is_an_empty_frame_in_the_users_language():
    text.choose("en")
    try:
        root = ET.fromstring(reliability([]))
    finally:
        text.choose(None)
    assert not list(root.iter(f"{SPACE}circle"))
    assert "how often it was right" in {each.text for each in root.iter(f"{SPACE}text")}
