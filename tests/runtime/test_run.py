"""The whole loop, with a real broker, a real program and real firmware: what people say is what happens."""

import json
import shutil

import pytest
from gongzhi.arbiter.events import Answered, StopAll
from gongzhi.errors import BoardError, JournalError
from gongzhi.page import messages
from gongzhi.sim import board_body
from gongzhi.values import Answer

from tests.runtime.conftest import ARMS_LEVEL, EXAMPLE, HANDS_UP

OWNER, OPERATOR = "human:owner#test", "human:operator#test"


def say(run, verb, decision, seat=OWNER):
    run.call(run.core.happen, Answered(Answer(verb, seat, decision.id, decision.digest)))


@pytest.fixture(params=["vm", "cpython"])
def body(request):
    if request.param == "vm" and board_body.choose("auto")[0] != "vm":
        pytest.skip("no MicroPython wheel for this machine")
    return request.param


def test_yes_opens_the_gate_and_the_record_says_who(start, body, tmp_path):
    run = start(body=body)
    asked = run.until("proposed")
    assert (asked.level.eff, asked.what["en"]) == ("A2", "open the gate")
    assert run.signals.empty()
    say(run, "confirm", asked)
    assert run.until("done").by == "board:door"
    assert run.signal("gate")["angle"] > 0
    lines = [
        json.loads(line) for path in (tmp_path / "journal").glob("*.jsonl") for line in path.read_bytes().splitlines()
    ]
    assert [(one["to"], one["by"]) for one in lines if one["dec"] == asked.id] == [
        ("proposed", "agent:pose"), ("confirmed", OWNER), ("executing", OWNER), ("done", "board:door"),
    ]  # fmt: skip


def test_no_moves_nothing(start):
    run = start()
    say(run, "reject", run.until("proposed"))
    run.until("rejected")
    assert run.runtime.stats.pin_changes == 0


def test_silence_is_no(start, tmp_path):
    shutil.copytree(EXAMPLE, tmp_path / "quick")
    program = tmp_path / "quick" / "main.py"
    program.write_text(program.read_text("utf-8").replace('en="open the gate"', 'en="open", deadline=0.5'), "utf-8")
    run = start(folder=tmp_path / "quick")
    assert run.until("expired").reason == "silence"
    assert run.runtime.stats.pin_changes == 0


def test_level_arms_light_the_lamp_at_once_and_undo_puts_it_out(start):
    run = start(ARMS_LEVEL)
    done = run.until("done", "lamp.level")
    assert run.signal("lamp") == {"level": 1.0}
    say(run, "undo", done)
    run.until("undone", "lamp.level")
    assert run.signal("lamp") == {"level": 0.0}
    assert len(run.runtime.stats.e2e) == 1


def test_stop_puts_everything_to_safe_until_rearmed(start):
    run = start(ARMS_LEVEL)
    run.until("done", "lamp.level")
    assert run.signal("lamp") == {"level": 1.0}
    run.call(run.core.happen, StopAll("human:visitor#test"))
    assert run.signal("lamp") == {"level": 0.0}
    assert run.core.loop.arbiter.desks["gate.angle"].stopped
    run.call(run.core.happen, Answered(Answer("rearm", OPERATOR, resource="lamp.level")))
    run.wait_for(lambda: not run.core.loop.arbiter.desks["lamp.level"].stopped)


@pytest.mark.parametrize(("held", "state"), [(0.2, "confirmed"), (1.3, "rejected"), (3.3, "withdrawn")])
def test_the_boards_own_button_answers(start, held, state):
    # Pressed in the world, felt by the firmware, told by MQTT. The lengths are the board's clock, which is real time.
    run = start()
    asked = run.until("proposed")
    run.call(run.core.on_page, messages.Press("door", "button", down=True))
    run.call(run._loop.call_later, held, run.core.on_page, messages.Press("door", "button", down=False))
    reached = run.until(state)
    assert (reached.id, reached.by) == (asked.id, "human:owner#door")


def test_a_board_that_restarts_is_noticed_and_comes_back(start):
    run = start()
    run.until("proposed")
    before = dict(run.core.loop.arbiter.online)
    run.core.boards.boards["door"].reset()
    run.wait_for(lambda: run.core.loop.arbiter.online not in (before, {}))
    assert run.core.loop.arbiter.desks["gate.angle"].epoch > 1


def test_a_program_that_fails_leaves_the_rest_running(start, tmp_path):
    shutil.copytree(EXAMPLE, tmp_path / "broken")
    program = tmp_path / "broken" / "main.py"
    program.write_text(program.read_text("utf-8").replace("project.run()", "1 / 0"), "utf-8")
    run = start(folder=tmp_path / "broken")
    run.wait_for(lambda: "notice/program" in run.core.face.hub._kept)
    told, _ = run.core.face.hub._kept["notice/program"]
    assert "ZeroDivisionError" in told["text"]["zh"]
    assert run.core.loop.arbiter.online


def test_a_second_run_on_the_same_journal_is_refused(start, tmp_path):
    start()
    with pytest.raises((JournalError, BoardError)) as caught:
        start()
    assert str(tmp_path) in str(caught.value)


def test_a_stop_outlives_the_run_and_numbers_go_on(start, tmp_path):
    first = start(ARMS_LEVEL)
    assert first.until("done", "lamp.level").id == "d-1"
    first.call(first.core.happen, StopAll(OWNER))
    first.wait_for(lambda: first.core.loop.arbiter.desks["lamp.level"].stopped)
    first.end()
    again = start(ARMS_LEVEL)
    assert again.core.loop.arbiter.desks["lamp.level"].stopped
    kept = again.until("withdrawn", "lamp.level")
    assert (kept.id, kept.level.by) == ("d-2", "stop")
    assert again.runtime.stats.pin_changes == 0


def test_a_broker_that_dies_is_started_again(start):
    run = start()
    run.until("proposed")
    broker = run.runtime.broker.process
    broker._child.kill()
    run.wait_for(lambda: run.runtime.broker.process is not broker)
    assert run.runtime.broker.process.port == broker.port
    run.wait_for(lambda: run.core.bus.connected)


def test_a_full_disk_keeps_motion_back_and_is_said(start, monkeypatch):
    run = start()
    write = run.core.loop.journal._write

    def full(line):
        raise OSError(28, "No space left on device")

    run.core.loop.journal._write = full
    asked = run.until("proposed")
    # The first record that finds the disk full withdraws the question: what moves needs a record.
    say(run, "confirm", asked)
    run.wait_for(lambda: not run.core.loop.journal.writable)
    told, _ = run.core.face.hub._kept["notice/journal"]
    assert told["on"] is True
    assert "No space left" in told["text"]["en"]
    run.core.loop.journal._write = write
    run.wait_for(lambda: run.core.loop.journal.writable)
    assert run.core.face.hub._kept["notice/journal"][0]["on"] is False
    assert run.runtime.stats.pin_changes == 0


def test_a_visitors_yes_is_none_and_a_team_members_is(start):
    run = start(HANDS_UP)
    card = run.until("proposed")
    for seat in ("human:visitor#v1", "human:owner#o2"):
        run.call(run.core.on_page, messages.Answer("confirm", card.id, card.digest), seat)
    done = run.until("confirmed")
    assert done.by == "human:owner#o2"
    assert run.core.loop.arbiter.cases[card.id].yes[0] == "human:owner#o2"
