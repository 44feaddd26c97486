"""A pupil's own functions in a whole run: a press proposes, an answer comes back, a mistake is shown, hands act."""

from __future__ import annotations

from gongzhi.arbiter.events import Answered
from gongzhi.page import messages
from gongzhi.values import Answer

from tests.runtime.conftest import HANDS_UP
from tests.runtime.test_reload import said

TOML = """
[project]
id = "p2"
[board.b1]
type = "esp32-devkitc"
[part.lamp]
kind = "led"
pin = 23
level = "A4"
[part.gate]
kind = "servo"
pin = 18
[part.button]
kind = "button"
pin = 4
"""
PROGRAM = """
from gongzhi import Project
project = Project()
button, lamp = project["button"], project["lamp"]

def pressed():
    state = lamp.propose(1, because="the button was pressed", en="light on", hold=60).wait(20)
    project.say(en=f"{state} {button.is_pressed}")
    project.ask(en="Which?", choices=["left", "right"], then=answered)

def answered(decided):
    project.say(en=f"it is {decided.choice}")
    raise ValueError("pupil")

button.when_pressed = pressed
project.when(lamp > 0.5).do(lambda: project.say(en="the light is on"))
project.run()
"""


def test_a_press_an_act_a_question_and_a_fault(start, tmp_path):
    folder = tmp_path / "piece"
    folder.mkdir()
    (folder / "project.toml").write_text(TOML, "utf-8")
    (folder / "main.py").write_text(PROGRAM, "utf-8")
    run = start(HANDS_UP, folder=folder)
    told = []
    posted = run.core.face.post
    run.core.face.post = lambda message: (told.append(message), posted(message))
    run.call(run.core.on_page, messages.Press("b1", "button", down=True))
    run.call(run._loop.call_later, 0.2, run.core.on_page, messages.Press("b1", "button", down=False))
    done = run.until("done", "lamp.level")
    assert (done.agent, done.because["en"], done.what["en"]) == ("agent:program", "the button was pressed", "light on")
    asked = run.until("proposed", "ask.answer")
    assert [one.label["en"] for one in asked.choices] == ["left", "right"]
    run.call(run.core.on_page, messages.Answer("edit", asked.id, asked.digest, 1.0))
    assert run.until("done", "ask.answer").by == "runtime"
    run.wait_for(lambda: "ValueError" in said(run, "callback"))
    assert "main.py, line 13" in said(run, "callback")
    texts = [one["text"]["en"] for one in told if one["type"] == "notice" and one["id"] == "say"]
    run.wait_for(lambda: len({*(one["text"]["en"] for one in told if one.get("id") == "say")}) == 3)
    texts = {one["text"]["en"] for one in told if one.get("id") == "say"}
    assert texts == {"done False", "the light is on", "it is right"}

    # By hand: a lease with its owner on the page, the dial, and the reason of a decision.
    run.call(run.core.on_page, messages.Override("lamp.level", 0.5))
    run.wait_for(lambda: any(one["type"] == "owner" and one["seat"] == "human:operator#page" for one in told))
    assert run.signal("lamp") == {"level": 1.0}
    assert 0.49 < run.signal("lamp")["level"] < 0.51
    run.call(run.core.on_page, messages.Handback("lamp.level"))
    run.wait_for(lambda: any(one["type"] == "owner" and not one["seat"] for one in told))
    run.call(run.core.on_page, messages.Dial("lamp.level", "A2"))
    run.wait_for(lambda: {"type": "dial", "resource": "lamp.level", "level": "A2", "by": "human:operator#page"} in told)
    run.call(run.core._hearing.take, Answered(Answer("explain", "human:owner#tablet", done.id)))
    run.wait_for(lambda: any(one["type"] == "explained" and one["id"] == done.id for one in told))
    lines = next(one["lines"] for one in told if one["type"] == "explained")
    assert "the button was pressed" in " ".join(lines["en"])
    run.call(run.core.on_page, messages.Explain("d-99"))
    run.wait_for(lambda: any(one["type"] == "told" and one["verb"] == "explain" for one in told))

    # Another program: what went wrong in the one before is no longer said.
    run.call(run.core.on_page, messages.Restart())
    run.wait_for(lambda: not said(run, "callback"))


OWN = """
from gongzhi import Project
project = Project()

@project.recognise("reaching")
def reaching(body):
    return body.left_wrist.y > body.nose.y and body.right_wrist.y > body.nose.y

project.when("reaching", en="both reach up").propose(project["lamp"], 1, en="light on")
project.run()
"""


def test_an_action_that_the_program_recognises_itself_acts_like_any_other(start, tmp_path):
    folder = tmp_path / "piece"
    folder.mkdir()
    (folder / "project.toml").write_text(TOML + '[own.reaching]\nlabel = "reaching"\n', "utf-8")
    (folder / "main.py").write_text(OWN, "utf-8")
    run = start(HANDS_UP, folder=folder)
    done = run.until("done", "lamp.level")
    assert (done.because["en"], done.value) == ("both reach up", 1)
