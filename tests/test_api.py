"""What a pupil writes: the words that a mistake gets, and what a right program declares."""

import os
import queue
import signal
import subprocess
import sys

import msgspec
import pytest
from gongzhi import Project, api, paths
from gongzhi.broker import BrokerConfig, BrokerProcess
from gongzhi.bus import Bus
from gongzhi.errors import ConfigError
from gongzhi.heard import Ears
from gongzhi_node import wire

EXAMPLE = paths.share("examples") / "01_hands_up_gate"


@pytest.fixture
def project(monkeypatch):
    monkeypatch.setenv(api.ENV_ACTIONS, "hands_up,arms_level")
    return Project(EXAMPLE)


def test_a_rule_says_when_what_and_why(project):
    project.when("hands_up", zh="举手", en="hands up").propose(project["gate"], 90, en="open", hold=3)
    (rule,) = project.rules
    assert (rule.when, rule.resource, rule.value, rule.hold) == ("hands_up", "gate.angle", 90, 3)
    assert rule.because == {"zh": "举手", "en": "hands up"}
    assert rule.what == {"zh": "open", "en": "open"}


@pytest.mark.parametrize(
    ("mistake", "names"),
    [
        (lambda p: p["gaet"], ["gaet", "gate"]),
        (lambda p: p.when("hand_up"), ["hand_up", "hands_up"]),
        (lambda p: p.when("hands_up").propose(p["gate"], 270), ["gate", "0 to 180°", "270°"]),
        (lambda p: p.when("hands_up").propose(p["button"], 1), ["button", "led"]),
        (lambda p: p.when("hands_up").propose(p["gate"], float("nan")), ["gate"]),
        (lambda p: p.when("hands_up").propose(p["gate"], "90"), ["value", "'90'", "without quotes"]),
        (lambda p: p.when("hands_up").propose(p["gate"], None), ["value", "None"]),
        (lambda p: p.when("hands_up").propose(p["gate"], 9, deadline=601), ["deadline", "601", "600"]),
        (lambda p: p.when("hands_up").propose(p["gate"], 9, hold=0), ["hold", "0", "3600"]),
        (lambda p: p.when("hands_up").propose(p["gate"], 9, hold="5"), ["hold", "'5'"]),
        (lambda p: p.when("hands_up", zh="长" * 121), ["长长", "120"]),
        (lambda p: p.when("hands_up", en=5), ["5", "quotes"]),
        (lambda p: p.when("hands_up").propose("gaet", 9), ["gaet", "gate"]),
        (lambda p: p.when("hands_up").propose(7, 9), ["project["]),
        (lambda p: setattr(p["gate"], "value", 90), ["gate.propose(1, because="]),
        (lambda p: setattr(p["gate"], "when_moved", print), ["when_moved", "gate.propose"]),
        (lambda p: setattr(p["button"], "value", 1), ["button", "measures"]),
        (lambda p: setattr(p["button"], "when_presed", print), ["when_presed", "when_pressed"]),
        (lambda p: setattr(p["button"], "when_pressed", 5), ["when_pressed"]),
        (lambda p: setattr(p, "when_askd", print), ["when_askd", "when_asked"]),
        (lambda p: setattr(p, "when_decided", "print"), ["when_decided"]),
        (lambda p: [p.when("hands_up").propose(p["gate"], 9) for _ in range(65)], ["64"]),
    ],
)
def test_a_mistake_is_named_with_what_would_be_right(project, mistake, names):
    with pytest.raises(ConfigError) as caught:
        mistake(project)
    assert all(name in str(caught.value) for name in names)


def test_what_other_libraries_call_on_is_called_propose_here(project):
    with pytest.raises(AttributeError, match=r"lamp.propose\(1"):
        project["lamp"].on()
    with pytest.raises(AttributeError, match="“button” senses, it cannot act"):
        project["button"].propose(1)
    project.when("hands_up").propose("lamp", 1)
    assert project.rules[-1].resource == "lamp.level"


def test_a_mistake_shows_the_pupils_own_line(tmp_path):
    (tmp_path / "project.toml").write_bytes((EXAMPLE / "project.toml").read_bytes())
    program = tmp_path / "main.py"
    program.write_text('from gongzhi import Project\nproject = Project()\nproject["gaet"]\n', "utf-8")
    done = subprocess.run([sys.executable, program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert 'main.py, line 3: project["gaet"]' in done.stderr
    assert "Traceback" not in done.stderr


def test_a_decision_reads_as_a_sentence():
    heard = {"id": "d-1", "state": "done", "what": {"en": "open"}, "because": {"en": "up"}, "p": 0.9, "by": "dial"}
    assert str(api.Decided(heard)) == "d-1 open: Done (the machine by itself)"


def test_what_is_declared_is_what_is_heard(project):
    # True is what a pupil writes for a lamp, and the longest text is one that the other side takes.
    long = "长" * 120
    project.when("hands_up", zh=long, en=long).propose(project["lamp"], True, zh=long, en=long, deadline=600, hold=3600)
    (declared,) = Ears("local", "t").hear("v1/local/t/_co/declare", declaration(project), 0.0)
    assert declared.rules == tuple(project.rules)
    assert (declared.rules[0].value, type(declared.rules[0].value)) == (1.0, float)


def declaration(project):
    return wire.pack({"rules": [msgspec.to_builtins(rule) for rule in project.rules]})


def test_rules_that_are_too_long_together_are_refused_before_they_are_lost(project, monkeypatch):
    monkeypatch.setenv(api.ENV_BROKER, "mqtt://127.0.0.1:1")
    monkeypatch.setenv(api.ENV_TOPIC, "v1/local/t")
    for _ in range(20):
        project.when("hands_up", zh="长" * 120).propose(project["gate"], 9, zh="长" * 120)
    with pytest.raises(ConfigError, match="20 rules are too long"):
        project.run()


PROGRAM = """
import sys
from gongzhi import Project
from gongzhi.api import running
running._GRACE_S = 0.2
project = Project({folder!r})
def told(decision):
    print("told", decision.id, flush=True)
    if decision.id == "bad":
        raise ValueError("pupil")
    if decision.id == "loop":
        while True:
            pass
    if decision.id == "exit":
        sys.exit(7)
project.when_decided = told
project.when("hands_up").propose(project["lamp"], True)
project.run()
print("over")
"""


@pytest.fixture
def program(tmp_path):
    """A pupil's program before a broker, in place of the runtime: (process, what it declared, say a decision)."""
    heard = queue.Queue()
    with BrokerProcess.start(BrokerConfig(port=0)) as broker:
        bus = Bus(f"mqtt://127.0.0.1:{broker.port}", "test")
        bus.subscribe("t/_co/declare", lambda _topic, payload: heard.put(payload))
        bus.connect()
        main = tmp_path / "main.py"
        main.write_text(PROGRAM.format(folder=str(EXAMPLE)), "utf-8")
        surroundings = {api.ENV_BROKER: f"mqtt://127.0.0.1:{broker.port}", api.ENV_TOPIC: "t"}
        with subprocess.Popen(
            [sys.executable, main], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**os.environ, **surroundings}, text=True, encoding="utf-8",
        ) as process:  # fmt: skip
            try:
                assert b"lamp.level" in heard.get(timeout=20)
                yield (
                    process,
                    lambda id_: bus.publish(
                        "t/_co/decision",
                        wire.pack({"id": id_, "state": "done", "what": {}, "because": {}, "p": 1, "by": ""}),
                        1,
                    ),
                )
            finally:
                process.kill()
                bus.close()


def test_a_mistake_in_a_pupils_function_ends_nothing_and_the_end_of_the_runtime_does(program):
    process, say = program
    say("bad")
    assert process.stdout.readline() == "told bad\n"
    say("good")
    assert "told good\n" in iter(process.stdout.readline, "")
    process.stdin.close()
    assert process.stdout.read() == "over\n"
    assert process.wait(20) == 0


def test_a_pupils_function_may_end_the_program(program):
    process, say = program
    say("exit")
    assert process.wait(20) == 7


def test_a_pupils_function_that_never_returns_does_not_outlive_the_runtime(program):
    process, say = program
    say("loop")
    assert process.stdout.readline() == "told loop\n"
    process.stdin.close()
    assert process.wait(20) == 1


@pytest.mark.skipif(os.name == "nt", reason="sends a signal")
@pytest.mark.parametrize("case", ["terminal", "editor", "early"])
def test_ctrl_c_in_a_program_started_by_hand_lets_the_runtime_end_in_order(tmp_path, case):
    # A terminal tells both; an editor tells the program only; early: while the runtime's process is being made.
    up = tmp_path / "up"
    child = (
        "import pathlib, signal, sys, time\n"
        "signal.signal(signal.SIGINT, lambda *_: (time.sleep(1), print('in order', flush=True), sys.exit(3)))\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('told', flush=True), sys.exit(4)))\n"
        f"pathlib.Path({str(up)!r}).touch()\n"
        "print('up', flush=True)\n"
        "time.sleep(60)"
    )
    early = (
        "import os, pathlib, subprocess, time\n"
        "class Popen(subprocess.Popen):\n"
        "    def __init__(self, *args):\n"
        "        super().__init__(*args)\n"
        f"        while not pathlib.Path({str(up)!r}).exists(): time.sleep(0.01)\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "        time.sleep(0)\n"
        "subprocess.Popen = Popen\n"
    )
    parent = (
        "import signal, sys; from gongzhi.api import running; running._END_S = 2.0\n"
        f"signal.signal(signal.SIGINT, signal.default_int_handler)\n{early if case == 'early' else ''}"
        f"sys.exit(running.call([sys.executable, '-c', {child!r}]))"
    )
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout.readline() == b"up\n"
        if case == "terminal":
            os.killpg(process.pid, signal.SIGINT)
        elif case == "editor":
            process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=30)
    assert (said, process.returncode) == ((b"in order\n", 3) if case == "terminal" else (b"told\n", 4))


def test_the_example_is_short_enough_to_read():
    assert len((EXAMPLE / "main.py").read_text("utf-8").splitlines()) <= 15
