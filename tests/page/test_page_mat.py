"""The mat is seen over the picture; its corners are dragged or moved by keys, and kept or not."""

import pytest
from gongzhi.page.messages import SetMat
from playwright.sync_api import expect

CORNERS = [[0.3, 0.6], [0.7, 0.6], [0.8, 0.9], [0.2, 0.9]]


@pytest.fixture
def mat(served):
    served.runtime.post("mat", corners=CORNERS, can=True)


def test_corners_are_dragged_and_kept(mat, shown, served):
    expect(shown.locator(".ground .area")).to_have_attribute("points", "192,288 448,288 512,432 128,432")
    shown.get_by_role("button", name="Say where people stand").click()
    corner = shown.get_by_role("button", name="Corner 2 of the mat")
    box, picture = corner.bounding_box(), shown.locator(".ground").bounding_box()
    scale = min(picture["width"] / 640, picture["height"] / 480)
    shown.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    shown.mouse.down()
    shown.mouse.move(box["x"] + box["width"] / 2 + 64 * scale, box["y"] + box["height"] / 2 - 48 * scale)
    shown.mouse.up()
    corner.press("ArrowRight")
    shown.get_by_role("button", name="Keep it").click()
    sent = served.runtime.received.get(timeout=30)
    assert isinstance(sent, SetMat)
    assert sent.corners[1] == pytest.approx((0.81, 0.5), abs=0.01)
    assert [list(corner) for corner in (sent.corners[0], *sent.corners[2:])] == [CORNERS[0], *CORNERS[2:]]


def test_it_can_be_left_as_it_is_or_taken_away(mat, shown, served):
    shown.get_by_role("button", name="Say where people stand").click()
    shown.get_by_role("button", name="Corner 1 of the mat").press("ArrowUp")
    shown.get_by_role("button", name="Cancel").click()
    expect(shown.locator(".ground .area")).to_have_attribute("points", "192,288 448,288 512,432 128,432")
    shown.get_by_role("button", name="Say where people stand").click()
    shown.get_by_role("button", name="No mat").click()
    assert served.runtime.received.get(timeout=30) == SetMat([])


def test_without_people_to_choose_from_there_is_no_button(shown):
    expect(shown.get_by_role("button", name="Say where people stand")).to_be_hidden()
