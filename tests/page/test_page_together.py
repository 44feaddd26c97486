"""Person and machine on the page: several answers, dials, taking over and giving back, why, and what happened."""

from __future__ import annotations

import copy
import queue

import pytest
from gongzhi.page import Answer
from gongzhi.page.messages import Dial, Explain, Handback, Override, Restart
from playwright.sync_api import expect

PATIENCE = 30  # seconds that only a defect reaches
ME = "human:operator#page"
KINDS = [
    {"label": {"zh": "金属", "en": "metal"}, "value": 90},
    {"label": {"zh": "玻璃", "en": "glass"}, "value": 45},
    {"label": {"zh": "其他", "en": "something else"}, "value": 0},
]


def heard(served):
    """The next message from the page."""
    return served.runtime.received.get(timeout=PATIENCE)


def tile(page, ch):
    return page.locator(f'.part[data-ch="{ch}"]')


def owner(served, resource, seat, remaining_ms=None, value=0.0):
    served.runtime.post("owner", resource=resource, seat=seat, remaining_ms=remaining_ms, value=value)


def told(served, id_, verb, code):
    served.runtime.post("told", seat=ME, verb=verb, id=id_, code=code)


@pytest.fixture
def asked(shown, served):
    """The page with a question that has three answers of its own; gives (page, id)."""
    id_ = served.runtime.propose(
        choices=KINDS, what={"en": "What kind is this?", "zh": "这是哪一类？"}, state="deferred",
        options=["hands_up", "arms_level", "not hands_up"],  # the last is what a rule of one line says
    )  # fmt: skip
    expect(shown.locator(".pick").nth(1)).to_be_enabled()
    return shown, id_


@pytest.mark.parametrize("how", ["click", "2"])
def test_one_of_several_answers_is_an_edit_with_its_value(asked, served, how):
    page, id_ = asked
    expect(page.locator(".pick > span")).to_have_text(["Metal", "Glass", "Something else"])
    expect(page.locator("#yes")).to_be_hidden()
    expect(page.get_by_role("button", name="None of these")).to_be_enabled()
    if how == "click":
        page.get_by_role("button", name="Glass").click()
    else:
        page.keyboard.press(how)
    assert heard(served) == Answer("edit", id_, f"sha{id_}", 45)
    expect(page.locator(".pick").nth(0)).to_be_disabled()
    served.runtime.turn(id_, "edited", ME, value=45, answered=ME)
    expect(page.locator("#card-human")).to_contain_text("Chosen: glass")


def test_the_machines_guess_is_marked_and_what_it_cannot_tell_apart_is_said(asked, served):
    page, id_ = asked
    expect(page.locator(".pick").nth(0)).to_contain_text("the machine’s guess")
    expect(page.locator("#card-machine")).to_contain_text(
        "The machine cannot tell apart: Both hands up / Both arms level / Not: both hands up"
    )
    page.keyboard.press("y")
    assert heard(served) == Answer("confirm", id_, f"sha{id_}")


def test_without_a_guess_there_is_no_plain_yes(shown, served):
    id_ = served.runtime.propose(choices=KINDS[1:])
    expect(shown.locator(".pick").nth(1)).to_be_enabled()
    shown.keyboard.press("y")
    shown.keyboard.press("n")
    assert heard(served) == Answer("reject", id_, f"sha{id_}")


def test_an_answer_that_did_not_count_is_explained_beside_it_and_can_be_given_again(asked, served):
    page, id_ = asked
    page.click(".pick >> nth=0")
    assert heard(served).value == 90
    told(served, id_, "edit", "rate")
    expect(page.locator(".ask .told")).to_have_text("Too many answers at once. Slowly!")
    expect(page.locator("#banners")).to_have_text("")
    page.click(".pick >> nth=2")
    assert heard(served).value == 0


def test_a_hint_has_no_yes(shown, served):
    served.runtime.propose(level={"eff": "A1", "by": "dial", "req": "A1"})
    expect(shown.locator("#no")).to_be_enabled()
    expect(shown.locator("#yes")).to_be_hidden()
    expect(shown.locator("#card-human")).to_contain_text("Only a hint: set it by hand")
    shown.click("#tohand")
    expect(tile(shown, "gate").locator(".take")).to_be_focused()


def test_a_dial_is_turned_but_not_above_what_the_hazard_allows(shown, served):
    dial = shown.get_by_label("How much the machine may do: Gate")
    expect(dial).to_have_value("A2")
    assert dial.locator("option:disabled").all_inner_texts() == ["A4 acts and tells you", "A5 acts by itself"]
    served.runtime.propose(total_ms=None)
    expect(shown.locator("#no")).to_be_enabled()
    dial.press("n")  # whoever types in a list looks for an entry, and answers nothing
    dial.select_option("A1")
    assert heard(served) == Dial("gate.angle", "A1")
    told(served, "gate.angle", "dial", "outranked")
    expect(tile(shown, "gate").locator(".told")).to_contain_text("more responsibility")
    served.runtime.post("dial", resource="gate.angle", level="A0", by="human:owner#door")
    expect(dial).to_have_value("A0")
    expect(shown.locator("#past li")).to_contain_text("Dial turned to A0")


def test_a_light_is_taken_set_and_given_back(shown, served):
    lamp = tile(shown, "lamp")
    expect(lamp.locator(".holder")).to_have_text("The machine has it")
    expect(lamp.locator(".grip")).to_be_hidden()
    served.runtime.part("lamp", level=1)
    expect(lamp.locator(".value")).to_have_text("on, 100%")
    lamp.locator(".take").click()
    assert heard(served) == Override("lamp.level", 1.0)  # as it stands: taking it changes nothing
    owner(served, "lamp.level", ME, 60_000, 1.0)
    expect(lamp.locator(".holder")).to_contain_text("This page has it, ")
    lamp.locator(".grip").fill("0.4")
    assert heard(served) == Override("lamp.level", 0.4)
    lamp.locator(".giveback").click()
    assert heard(served) == Handback("lamp.level")
    owner(served, "lamp.level", "")
    expect(lamp.locator(".take")).to_be_visible()
    expect(shown.locator("#past li b")).to_have_text(["Given back to the machine", "Taken into the hand"])


def test_what_moves_is_moved_only_while_it_is_held(shown, served):
    gate = tile(shown, "gate")
    gate.locator(".take").click()
    expect(gate.locator(".grip")).to_be_visible()
    assert served.runtime.received.empty()  # to have it in view is not to hold it
    gate.locator(".grip").scroll_into_view_if_needed()
    box = gate.locator(".grip").bounding_box()
    shown.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    shown.mouse.down()
    first = heard(served)
    assert first.resource == "gate.angle"
    assert 80 < first.value < 100
    assert heard(served) == first  # the sign of life
    owner(served, "gate.angle", ME, 1500, first.value)
    expect(gate.locator(".holder")).to_contain_text("has a hand on it")
    shown.mouse.move(box["x"] + box["width"] - 2, box["y"] + 5)
    while heard(served).value < 150:
        pass
    shown.mouse.up()
    expect(gate.locator(".byhand")).to_have_attribute("data-held", "false")
    silent(served, 3)
    owner(served, "gate.angle", ME)
    expect(gate.locator(".holder")).to_have_text("This page has it, until it is given back")
    gate.locator(".giveback").click()
    assert heard(served) == Handback("gate.angle")


def silent(served, beats):
    """Nothing comes for so many signs of life, each 0.5 s, once what was on its way has come."""
    while not served.runtime.received.empty():
        served.runtime.received.get()
    with pytest.raises(queue.Empty):
        served.runtime.received.get(timeout=0.5 * beats)


def test_a_key_holds_too_and_a_lost_focus_lets_go(shown, served):
    gate = tile(shown, "gate")
    gate.locator(".take").click()
    gate.locator(".grip").focus()
    shown.keyboard.down("ArrowRight")
    assert isinstance(heard(served), Override)
    assert isinstance(heard(served), Override)
    shown.locator("#language").focus()
    expect(gate.locator(".byhand")).to_have_attribute("data-held", "false")
    silent(served, 2)
    shown.keyboard.up("ArrowRight")


def test_a_stop_takes_it_out_of_the_hand(shown, served):
    gate = tile(shown, "gate")
    gate.locator(".take").click()
    gate.locator(".grip").focus()
    shown.keyboard.down("ArrowRight")
    assert isinstance(heard(served), Override)
    served.runtime.post("stopped", on=True, by="human:owner#door", resources=["gate.angle", "lamp.level"])
    expect(gate.locator(".grip")).to_be_hidden()
    expect(gate.locator(".take")).to_be_disabled()
    silent(served, 2)
    served.runtime.post("stopped", on=False, by="", resources=[])
    expect(gate.locator(".take")).to_be_enabled()
    expect(shown.locator("#past li b")).to_have_text(["Allowed again", "Stopped"])


def test_what_a_person_has_taken_over_is_not_the_boards_refusal(shown, served):
    id_ = served.runtime.propose()
    served.runtime.turn(id_, "withdrawn", ME, reason="override")
    expect(shown.locator("#card-human")).to_contain_text("A person has taken this over.")
    expect(shown.locator("#card-act")).to_contain_text("A person has taken this over.")
    served.runtime.turn(served.runtime.propose(), "withdrawn", "agent:sensors", reason="takeover")
    expect(shown.locator("#card-act")).to_contain_text("What it went by is gone, so it does not go on.")


def test_why_opens_one_sentence_and_then_everything(shown, served):
    id_ = served.runtime.propose()
    card = shown.locator("#card-machine")
    card.get_by_role("button", name="Why").click()
    assert heard(served) == Explain(id_)
    lines = {"en": ["I thought: open the gate.", "Part: gate.angle", "+0.00 s"], "zh": ["我想：打开大门。"]}
    served.runtime.post("explained", id=id_, lines=lines)
    expect(card.locator(".sentence")).to_have_text("I thought: open the gate.")
    expect(card.locator(".rest")).to_be_hidden()
    card.locator("summary").click()
    expect(card.locator(".rest")).to_contain_text("Part: gate.angle")
    served.runtime.turn(id_, "rejected", ME)
    assert heard(served) == Explain(id_)  # it has gone on: what is open is asked for anew
    card.get_by_role("button", name="Why").click()
    expect(card.locator(".sentence")).to_be_hidden()


def test_why_of_what_is_over_and_when_nothing_is_known(shown, served):
    id_ = served.runtime.propose()
    served.runtime.turn(id_, "expired", "clock")
    line = shown.locator("#past li")
    line.get_by_role("button", name="Why").click()
    assert heard(served) == Explain(id_)
    told(served, id_, "explain", "unknown")
    expect(line.locator(".sentence")).to_have_text("The journal knows nothing of it.")
    expect(shown.locator("#banners")).to_have_text("")
    served.runtime.turn(served.runtime.propose(), "expired", "clock")
    expect(shown.locator("#past li")).to_have_count(2)
    expect(line.nth(1).locator(".sentence")).to_be_visible()  # stays open while another line comes


def test_the_end_of_an_act_is_said(shown, served):
    id_ = served.runtime.propose("lamp.level")
    served.runtime.carry_out(id_, ME)
    served.runtime.turn(id_, "done", ME, over=True, total_ms=5000)
    expect(shown.locator("#card-act")).to_contain_text("ended after 5 s")
    expect(shown.locator("#past li")).to_contain_text("ended after 5 s")


def test_a_program_that_has_ended_can_be_started_again(shown, served):
    said = {"zh": "main.py 已经结束。", "en": "main.py has ended."}
    served.runtime.post("notice", id="program", level="error", text=said, on=True)
    shown.get_by_role("button", name="Start it again").click()
    assert heard(served) == Restart()
    served.runtime.post("notice", id="program", level="info", text=said, on=True)
    expect(shown.locator("#restart")).to_have_count(0)


def test_a_relay_is_on_only_in_the_hand(shown, served, feeder):
    boards = copy.deepcopy(feeder.HELLO["boards"])
    label = {"zh": "水泵", "en": "pump"}
    boards[0]["parts"].append(feeder.part("pump", "relay", 25, label, 1, ""))
    pump = {"id": "pump.level", "board": "door", "label": label, "level": "A2", "hazard": "H2", "unit": "", "safe": 0}
    served.runtime.begin(boards=boards, resources=[pump])
    tile(shown, "pump").locator(".take").click()
    grip = shown.get_by_role("button", name="Pump: hold and move")
    grip.focus()
    shown.keyboard.down("Enter")
    assert heard(served) == Override("pump.level", 1.0)
    assert heard(served) == Override("pump.level", 1.0)
    shown.keyboard.up("Enter")
    found = heard(served)
    while found.value == 1.0:  # a sign of life may have been on its way
        found = heard(served)
    assert found == Override("pump.level", 0.0)
    silent(served, 2)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_case_12_the_loser_is_shown_as_alternative_and_may_be_chosen(opened, served, language):
    page = opened(f"?lang={language}")
    words = {
        "en": ("Also proposed: open it halfway, because somebody waits", "Rather: open it halfway"),
        "zh": ("还有一个提议：开一半，因为有人在等", "改为：开一半"),
    }[language]
    other = {
        "what": {"en": "open it halfway?", "zh": "开一半？"},
        "because": {"en": "somebody waits", "zh": "有人在等"},
    }
    id_ = served.runtime.propose(total_ms=None, instead={**other, "value": 45})
    expect(page.locator("#card-machine .instead")).to_have_text(words[0])
    expect(page.locator("#rather")).to_have_text(words[1])
    page.locator("#rather").click()
    assert heard(served) == Answer("edit", id_, f"sha{id_}", 45)
    served.runtime.propose()
    expect(page.locator("#card-machine .instead")).to_have_count(0)
    expect(page.locator("#rather")).to_be_hidden()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "The board at the door had been stopped: at its button (held for 3 seconds), or with the room."),
        ("zh", "门口的板子已经停了：有人按住它的按钮 3 秒，或者整间教室停了。"),
    ],
)
def test_a_stop_that_only_the_board_tells_of_names_it(opened, served, language, words):
    page = opened(f"?lang={language}")
    id_ = served.runtime.propose()
    served.runtime.turn(id_, "withdrawn", "board:door", reason="stop")
    served.runtime.post("stopped", on=True, by="board:door", resources=["gate.angle", "lamp.level"])
    for place in (".banner.stopped", "#card-human"):
        expect(page.locator(place)).to_contain_text(words)
    served.runtime.post("stopped", on=False, by="", resources=[])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_case_4_that_two_people_disagreed_is_said_of_the_act_and_of_the_next_question(opened, served, language):
    page = opened(f"?lang={language}")
    words = {
        "en": ("Two people disagreed", "Two people said different things, so nothing", "because two people disagreed"),
        "zh": ("两个人意见相反", "两个人说的不一样，所以什么都不做", "因为两个人的意见相反"),
    }[language]
    id_ = served.runtime.propose()
    expect(page.locator("#yes")).to_be_enabled()
    page.keyboard.press("y")
    assert heard(served) == Answer("confirm", id_, f"sha{id_}")
    served.runtime.turn(id_, "confirmed", ME)
    served.runtime.turn(id_, "aborted", "human:teacher#t1", reason="conflict")
    expect(page.locator("#card-human")).to_contain_text(words[0])
    expect(page.locator("#card-act")).to_contain_text(words[1])
    served.runtime.propose(level={"eff": "A2", "by": "conflict", "req": "A2"})
    expect(page.locator("#card-machine .lowered")).to_contain_text(words[2])
    expect(page.locator("#card-act")).not_to_contain_text(words[1])
