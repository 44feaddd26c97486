"""What is saved while a project runs: rules and program are new, a mistake changes nothing, a crash leaves no act."""

from __future__ import annotations

import os
import shutil
import time

import pytest
from gongzhi.page import messages
from gongzhi.runtime import keeper

from tests.runtime.conftest import ARMS_LEVEL, EXAMPLE

RULE = """
[[rule]]
when = "arms_level and not button"
propose = "lamp"
value = 1
hold = 60
"""
PROGRAM = """
from gongzhi import Project
project = Project()
project.when("arms_level").propose(project["lamp"], 1, hold={hold})
project.run()
"""


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "piece"
    shutil.copytree(EXAMPLE, made)
    return made


def save(path, content):
    """Write the file, newer than before also where the file system's clock is coarse."""
    path.write_text(content, "utf-8")
    os.utime(path, (time.time() + 5, time.time() + 5))


def said(run, id_):
    kept = run.core.face.hub._kept.get(f"notice/{id_}")
    return kept[0]["text"]["en"] if kept and kept[0]["on"] else ""


def test_without_a_program_the_rules_of_the_file_do_it(start, folder, monkeypatch):
    terminal = []
    monkeypatch.setattr("gongzhi.runtime.keeper.say", lambda text, _style="": terminal.append(text))
    (folder / "main.py").unlink()
    path = folder / "project.toml"
    path.write_text(path.read_text("utf-8") + RULE, "utf-8")
    run = start(ARMS_LEVEL, folder=folder)
    done = run.until("done", "lamp.level")
    assert (done.agent, done.trigger, done.because["en"]) == (
        "agent:sensors", "arms_level and not button", "both arms are level and not: button is on",
    )  # fmt: skip
    assert run.signal("lamp") == {"level": 1.0}
    # Saved with another rule: what the one before had led to is given up.
    save(path, path.read_text("utf-8").replace(RULE, RULE.replace("arms_level", "hands_up")))
    run.wait_for(lambda: "1 of its rules" in said(run, "file"))
    assert run.core.loop.rules[0].when == "hands_up and not button"
    assert run.core.loop.arbiter.desks["lamp.level"].held.leaving
    # A mistake, and other pins, change nothing.
    save(path, path.read_text("utf-8").replace("hands_up and", "hand_up and"))
    run.wait_for(lambda: "hand_up" in said(run, "file"))
    assert "line" in said(run, "file")
    save(path, path.read_text("utf-8").replace("hand_up and", "hands_up and").replace("pin = 23", "pin = 22"))
    run.wait_for(lambda: "End the project" in said(run, "file"))
    assert run.core.loop.rules[0].when == "hands_up and not button"
    # Who edits has the terminal before them, too; it is told right after the page.
    run.wait_for(lambda: len(terminal) == 3)
    assert "hand_up" in terminal[1]


def test_a_program_that_is_saved_starts_again_and_one_with_a_mistake_does_not(start, folder):
    main = folder / "main.py"
    main.write_text(PROGRAM.format(hold=40), "utf-8")
    run = start(ARMS_LEVEL, folder=folder)
    run.until("done", "lamp.level")
    save(main, PROGRAM.format(hold="(41"))
    run.wait_for(lambda: "has a mistake" in said(run, "program"))
    assert "main.py, line 4" in said(run, "program")
    assert [rule.hold for rule in run.core.loop.rules] == [40]
    os.utime(main, (1, 1))
    save(main, PROGRAM.format(hold=42))
    run.wait_for(lambda: [rule.hold for rule in run.core.loop.rules] == [42])
    # Killed: nobody stands by its rules any more, and what they had led to ends.
    run.core.face.hub.forget("notice/program")
    save(main, PROGRAM.format(hold=43).replace("project.run()", "1 / 0"))
    run.wait_for(lambda: "ZeroDivisionError" in said(run, "program"))
    run.wait_for(lambda: run.core.loop.rules == ())
    save(main, PROGRAM.format(hold=44))
    run.wait_for(lambda: [rule.hold for rule in run.core.loop.rules] == [44])
    run.call(run.core.book.program_gone)
    run.wait_for(lambda: run.core.loop.rules == ())
    run.call(run.core.on_page, messages.Restart())
    run.wait_for(lambda: [rule.hold for rule in run.core.loop.rules] == [44])


def test_in_an_exhibition_a_program_that_ends_is_started_again(start, folder, monkeypatch):
    monkeypatch.setattr(keeper, "PAUSE_S", 0.05)
    first = folder / "once"
    crash = f"import pathlib\nonce = pathlib.Path({str(first)!r})\nif not once.exists():\n    once.touch()\n"
    (folder / "main.py").write_text(crash + "    1 / 0\n" + PROGRAM.format(hold=41), "utf-8")
    run = start(ARMS_LEVEL, folder, exhibition=True)
    run.wait_for(lambda: [rule.hold for rule in run.core.loop.rules] == [41])
    assert run.core.loop.arbiter.exhibition
    assert run.core.loop.journal.keep.size == 100_000_000
