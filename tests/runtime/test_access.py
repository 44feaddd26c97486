"""The rules of a run's broker, asked of the real broker: what each user writes arrives, or does not."""

import queue

import pytest
from gongzhi import project
from gongzhi.broker import BrokerConfig, BrokerProcess, Users
from gongzhi.bus import Bus
from gongzhi.runtime import access

from tests.runtime.conftest import EXAMPLE

WAIT = 30
TEAM = project.load(EXAMPLE).id
TOP = f"v1/local/{TEAM}"
# Each may write exactly these of all the topics of docs/wire.md.
TOPICS = {
    f"{TOP}/door/up/s": {"board"},
    f"{TOP}/door/up/state/gate": {"board"},
    f"{TOP}/door/down/cmd": {"runtime"},
    f"{TOP}/door/down/clock": {"runtime"},
    f"{TOP}/_co/answer": {"runtime"},
    f"{TOP}/_co/decision": {"runtime"},
    f"{TOP}/_co/declare": {"runtime", "program"},
    f"{TOP}/_co/propose": {"runtime", "program"},
    f"{TOP}/_co/say": {"runtime", "program"},
    f"{TOP}/_co/paced": {"runtime", "program"},
    f"{TOP}/_co/time": {"runtime"},
    f"{TOP}/_co/owner": {"runtime"},
    f"{TOP}/door/up/ev/button": {"board"},
    "v1/local/_all/down/stop": set(),
    "v1/local/_all/down/rearm": set(),
    f"{TOP}/_co/room": {"runtime"},
    "v1/local/other/door/up/s": set(),
    "v1/local/other/door/down/cmd": set(),
}
READS = {
    "board": {f"{TOP}/door/down/cmd", f"{TOP}/door/down/clock", "v1/local/_all/down/stop", "v1/local/_all/down/rearm"},
    "runtime": {topic for topic in TOPICS if topic.startswith((f"{TOP}/door/up", f"{TOP}/_co", "v1/local/_all"))},
    "program": {
        f"{TOP}/_co/decision",
        f"{TOP}/_co/owner",
        f"{TOP}/_co/time",
        f"{TOP}/door/up/s",
        f"{TOP}/door/up/ev/button",
    },
}


@pytest.fixture(scope="module")
def broker():
    """The broker of a run, with a user more who may do everything; (port, its users)."""
    manifest = project.load(EXAMPLE)
    made = access.logins(manifest)
    users = Users()
    for login in made.all:
        users.add(login.user, login.password)
    users.add("all", "all")
    rules = (*access.rules(manifest), access.AccessRule("all", "readwrite", "#"))
    with BrokerProcess.start(BrokerConfig(port=0, users=users, access=rules)) as process:
        yield process.port, {"board": made.board, "runtime": made.runtime, "program": made.program}


@pytest.fixture
def connect(broker):
    port, users = broker
    made = []

    def to(who):
        login = users.get(who) or access.Login(who, who)
        one = Bus(f"mqtt://{login.user}:{login.password}@127.0.0.1:{port}", f"t-{who}")
        one.connect()
        made.append(one)
        return one

    yield to
    for one in made:
        one.close()


def listen(bus):
    """What the bus hears of all topics; returns when the broker has answered each wish to hear."""
    heard, answers = queue.Queue(), queue.Queue()
    bus._client.on_subscribe = lambda *_: answers.put(True)
    for topic in TOPICS:
        bus.subscribe(topic, lambda topic, _: heard.put(topic))
    for _ in TOPICS:
        answers.get(timeout=WAIT)
    return heard


def until(heard, last):
    """What was heard before `last`, which somebody said after everything else."""
    found = set()
    while (topic := heard.get(timeout=WAIT)) != last:
        found.add(topic)
    return found


@pytest.mark.parametrize("who", ["board", "runtime", "program"])
def test_each_writes_only_what_is_its_own(connect, who):
    heard, speaker = listen(connect("all")), connect(who)
    allowed = {topic for topic, writers in TOPICS.items() if who in writers}
    last = min(allowed)  # of one connection, what is said last arrives last
    for topic in [*(topic for topic in TOPICS if topic != last), last]:
        assert speaker.publish(topic, b"x", 1)
    assert until(heard, last) == allowed - {last}


@pytest.mark.parametrize("who", ["board", "runtime", "program"])
def test_each_hears_only_what_is_meant_for_it(connect, who):
    heard, speaker = listen(connect(who)), connect("all")
    last = min(READS[who])
    for topic in [*(topic for topic in TOPICS if topic != last), last]:
        assert speaker.publish(topic, b"x", 1)
    assert until(heard, last) == READS[who] - {last}


def test_passwords_are_new_for_each_run_and_none_is_shown():
    manifest = project.load(EXAMPLE)
    first, second = access.logins(manifest), access.logins(manifest)
    assert len({one.password for one in (*first.all, *second.all)}) == 6
    assert [one.user for one in first.all] == [one.user for one in second.all]
