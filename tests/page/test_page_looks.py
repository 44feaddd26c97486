"""What is measured in the picture stands on the page, with its place; a drawn camera can be shown things."""

from __future__ import annotations

from gongzhi.page.messages import Show
from playwright.sync_api import expect

LOOKS = [
    {"name": "tray", "label": {"zh": "托盘", "en": "tray"}, "unit": "%", "hi": 100, "area": [0.25, 0.5, 0.75, 1]},
    {"name": "people", "label": {"zh": "人数", "en": "people"}, "unit": "", "hi": 3, "area": [0, 0, 1, 1]},
]


def test_numbers_places_and_things(page, served, opened):
    served.runtime.begin(looks=LOOKS)
    opened("?lang=en")
    served.runtime.post("looked", d={"tray": 59, "tray.clear": 1, "people": 3, "people.clear": 1})
    served.runtime.frame(1)
    bars = page.locator(".look")
    expect(bars).to_have_text(["tray 59 %", "people 3+"])
    expect(page.locator(".places rect")).to_have_count(1)
    expect(page.locator(".places rect")).to_have_attribute("y", "240")
    served.runtime.post("looked", d={"tray.clear": 0, "people.clear": 0})
    expect(bars).to_have_text(["tray cannot tell", "people cannot tell"])
    expect(page.locator(".props[role=group]")).to_be_hidden()  # a real camera is shown real things
    does = [{"id": "lying", "label": {"zh": "身子横着", "en": "lies across"}}]
    about = {"things": True, "people": True, "looks": True, "person": "", "does": does}
    served.runtime.post("props", thing="nothing", besides=0, dim=False, **about)
    page.get_by_label("The drawn person:").select_option("lies across")
    assert served.runtime.received.get(timeout=30) == Show(person="lying")
    page.get_by_role("button", name="carton").click()
    assert served.runtime.received.get(timeout=30) == Show(thing="carton")
    served.runtime.post("props", thing="carton", besides=0, dim=False, **about)
    expect(
        page.get_by_role("button", name="carton", pressed=True)
    ).to_be_focused()  # whoever has no mouse goes on from here
    page.get_by_role("button", name="+2").click()
    assert served.runtime.received.get(timeout=30) == Show(besides=2)
    page.get_by_role("button", name="light off").click()
    assert served.runtime.received.get(timeout=30) == Show(dim=True)
