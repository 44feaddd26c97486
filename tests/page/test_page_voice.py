"""The coach's line is read out by a voice of the computer itself, never by another's, and there is a switch."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

FAKE = """
const said = [];
window.said = said;
const voices = VOICES.map(([lang, localService]) => ({ lang, localService, name: lang }));
Object.defineProperty(window, "speechSynthesis", { value: {
  getVoices: () => voices, speak: (one) => said.push([one.voice.lang, one.voice.localService, one.text]),
  cancel: () => said.push("cancel"),
} });
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
"""


def coach(served, number):
    text = {"zh": f"伸展运动：{number} 分。手举得很高。", "en": f"Stretch: {number} of 100. Hands high."}
    aloud = {"zh": f"第 {number} 遍。手举得很高。", "en": f"Number {number}. Hands high."}
    served.runtime.post("notice", id="coach", level="info", text=text, voice=aloud, on=True)


@pytest.fixture
def speaking(page, served, opened):
    """Opens the page in English in a browser that has these voices."""

    def open_with(voices, **hello):
        page.add_init_script(FAKE.replace("VOICES", json.dumps(voices)))
        served.runtime.begin(**hello)
        return opened("?lang=en")

    return open_with


def test_what_the_coach_says_is_read_out_by_the_computers_own_voice_until_it_is_switched_off(speaking, served):
    page = speaking([["en-GB", False], ["zh-CN", True], ["en-US", True]], voice=True)
    coach(served, 1)
    expect(page.locator("#voice")).to_have_text("Read out: on")
    assert page.evaluate("said") == [["en-US", True, "Number 1. Hands high."]]
    page.locator("#voice").click()
    expect(page.locator("#voice")).to_have_text("Read out: off")
    coach(served, 2)
    expect(page.locator(".banner.info")).to_contain_text("Stretch: 2 of 100")
    assert [each for each in page.evaluate("said") if each != "cancel"] == [["en-US", True, "Number 1. Hands high."]]


def test_without_an_own_voice_or_a_project_that_wants_one_only_the_text_is_there(speaking, served):
    page = speaking([["en-GB", False]], voice=True)
    coach(served, 1)
    expect(page.locator("#voice")).to_be_disabled()
    assert page.evaluate("said") == []


def test_a_project_that_wants_no_voice_has_no_switch(speaking, served):
    page = speaking([["en-US", True]])
    coach(served, 1)
    expect(page.locator(".banner.info")).to_contain_text("Stretch: 1 of 100")
    expect(page.locator("#voice")).to_have_count(0)
    assert page.evaluate("said") == []
