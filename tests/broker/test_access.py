"""Users, passwords and access rules: what they let through, and that nothing leaks around them."""

from __future__ import annotations

import stat
import sys

import pytest
from gongzhi.broker import AccessRule, BrokerConfig, Users
from gongzhi.broker.access import Permissions, checked_rule, load_users_file
from gongzhi.broker.packets import ProtocolError
from gongzhi.errors import ConfigError
from hypothesis import example, given
from hypothesis import strategies as st
from mqtt_raw import SUBACK, connect_packet, publish_packet, subscribe_packet

SPACE = "v1/local"
RULES = (
    ("*", "write", f"{SPACE}/%u/+/up/#"),
    ("*", "read", f"{SPACE}/%u/+/down/#"),
    ("*", "read", f"{SPACE}/_all/down/#"),
    ("host", "readwrite", f"{SPACE}/#"),
    ("*", "readwrite", "own/%c/x"),
)


@pytest.fixture(scope="module")
def users() -> Users:
    made = Users()
    for name in ("gate01", "gate02", "host"):
        made.add(name, f"secret of {name}")
    return made


@pytest.fixture
def site(start, users, dial):
    """login(user, id): a client that is in; the broker as login.running."""
    running = start(users=users, access=RULES)

    def login(user, client=None, **more):
        return dial(running.port, client or user, user=user, password=f"secret of {user}", **more)

    login.running, login.port = running, running.port
    return login


# Passwords ----------------------------------------------------------------------------------------------------


def test_only_the_right_password_enters(site, dial):
    site("gate01")
    for user, password, code in (
        ("gate01", "wrong", 4),
        ("gate01", "", 4),
        ("nobody", "secret of gate01", 4),
        ("gate01", None, 5),
        (None, None, 5),
    ):
        raw = dial(site.port)
        assert raw.connect("c", user=user, password=password) == (False, code)
        raw.closed()
    assert site.running.stats()["refused"] == 5
    assert ("login", "", "'gate01' as 'c'") in site.running.notices


def test_packets_that_follow_connect_wait_for_the_password_check(site, dial):
    raw = dial(site.port)
    raw.send(connect_packet("c", user="gate01", password="secret of gate01"))
    raw.send(subscribe_packet((f"{SPACE}/gate01/door/down/#", 1)))
    assert raw.connack() == (False, 0)
    assert raw.read().kind == SUBACK


def test_what_follows_a_wrong_password_is_not_obeyed(site, dial):
    watcher = site("host")
    watcher.subscribe((f"{SPACE}/#", 0))
    raw = dial(site.port)
    raw.send(connect_packet("c", user="gate01", password="wrong", will=(f"{SPACE}/gate01/d/up/w", "w", 0, False)))
    raw.send(publish_packet(f"{SPACE}/gate01/d/up/s", b"x"))
    assert raw.connack() == (False, 4)
    raw.closed()
    watcher.quiet()


def test_fifty_boards_at_once_cost_one_hash_and_the_loop_is_never_held_up(site, dial, mocker):
    checks = mocker.spy(Users, "check")
    raws = [dial(site.port) for _ in range(50)]
    for index, raw in enumerate(raws):
        raw.send(connect_packet(f"b{index}", user="gate02", password="secret of gate02"))
    assert [raw.connack() for raw in raws] == [(False, 0)] * 50
    assert checks.call_count == 1


def test_a_wrong_password_is_not_remembered_as_right(site, dial):
    for _ in range(2):
        raw = dial(site.port)
        assert raw.connect("c", user="gate01", password="wrong")[1] == 4
    assert dial(site.port).connect("c", user="gate01", password="secret of gate01")[1] == 0


def test_the_id_of_another_users_client_is_neither_taken_over_nor_read(site, dial):
    first = site("gate01", "board", clean=False)
    raw = dial(site.port)
    assert raw.connect("board", user="gate02", password="secret of gate02", clean=False) == (False, 2)
    raw.closed()
    first.quiet()
    first.leave()
    raw = dial(site.port)
    assert raw.connect("board", user="gate02", password="secret of gate02") == (False, 2)


# Rules --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_3_3_5_2_a_denied_publish_is_acknowledged_dropped_and_counted(site, qos):
    watcher = site("host")
    watcher.subscribe((f"{SPACE}/#", 2))
    board = site("gate01")
    denied = [f"{SPACE}/gate02/d/up/s", f"{SPACE}/gate01/d/down/cmd", f"{SPACE}/_all/down/stop", "own/other/x", "x"]
    for topic in denied:
        board.publish(topic, b"x", qos, retain=True)
    watcher.quiet()
    stats = site.running.stats()
    assert (stats["denied_publish"], stats["retained"]) == (len(denied), 0)
    board.publish(f"{SPACE}/gate01/d/up/s", b"mine", qos)
    assert watcher.message().payload == b"mine"


def test_a_denied_subscription_gets_0x80_and_nothing_comes(site):
    board, host = site("gate01"), site("host")
    host.publish(f"{SPACE}/gate02/d/down/cfg", b"kept", 1, retain=True)
    denied = [
        "#",
        "+/#",
        f"{SPACE}/#",
        f"{SPACE}/+/d/down/#",
        f"{SPACE}/gate02/d/down/#",
        f"{SPACE}/gate02/d/down/cfg",
        f"{SPACE}/gate01/#",
        f"{SPACE}/gate01/d/up/#",
        f"{SPACE}/gate01/d/#",
        f"{SPACE}/gate01/+",
        "own/+/x",
    ]
    allowed = [f"{SPACE}/gate01/+/down/#", f"{SPACE}/gate01/d/down/cmd", f"{SPACE}/_all/down/#", "own/gate01/x"]
    codes = board.subscribe(*((pattern, 1) for pattern in denied + allowed))
    assert codes == [0x80] * len(denied) + [1] * len(allowed)
    host.publish(f"{SPACE}/gate02/d/down/cmd", b"not yours", 1)
    host.publish(f"{SPACE}/gate01/d/down/cmd", b"yours", 1)
    assert board.message().payload == b"yours"
    board.quiet()
    assert site.running.stats()["denied_subscribe"] == len(denied)


def test_a_single_level_rule_does_not_let_a_multi_level_filter_through(start, users, dial):
    running = start(users=users, access=(("*", "read", "class/+"), ("host", "write", "#")))
    host = dial(running.port, "host", user="host", password="secret of host")
    host.publish("class/a/secret", b"x", 1, retain=True)
    host.publish("class/a", b"open", 1, retain=True)
    raw = dial(running.port, "c", user="gate01", password="secret of gate01")
    assert raw.subscribe(("class/#", 0), ("class/+/+", 0), ("class/+", 0)) == [0x80, 0x80, 0]
    assert raw.message().payload == b"open"
    raw.quiet()


def test_wills_obey_the_rules(site):
    watcher = site("host")
    watcher.subscribe((f"{SPACE}/#", 2))
    site("gate01", will=(f"{SPACE}/gate02/d/up/online", b"lie", 1, True)).vanish()
    watcher.quiet()
    site("gate01", will=(f"{SPACE}/gate01/d/up/online", b"gone", 1, True)).vanish()
    assert watcher.message().payload == b"gone"
    assert site.running.stats()["retained"] == 1


@pytest.mark.parametrize("client", ["#", "+", "a/b", "%u", "$SYS"])
def test_a_client_id_cannot_widen_a_rule(site, client):
    raw = site("gate01", client)
    assert raw.subscribe(("own/#", 0), ("own/+/x", 0), (f"own/{client.replace('#', 'a')}/x", 0))[:2] == [0x80, 0x80]
    raw.publish("own/a/x", b"x", 1, retain=True)
    assert site.running.stats()["retained"] == 0


def test_without_rules_a_user_may_do_everything(start, users, dial):
    running = start(users=users)
    raw = dial(running.port, "c", user="gate01", password="secret of gate01")
    assert raw.subscribe(("#", 0)) == [0]
    raw.send(publish_packet("any/thing", b"x"))
    assert raw.message().payload == b"x"


LEVELS = st.lists(st.sampled_from(["a", "b", "", "$x"]), min_size=1, max_size=4).map("/".join)


@st.composite
def filters(draw) -> str:
    levels = draw(st.lists(st.sampled_from(["a", "b", "", "$x", "+"]), min_size=0, max_size=4))
    if draw(st.booleans()) or not levels:
        levels.append("#")
    return "/".join(levels) or "+"


@given(rule=filters(), wanted=filters(), topic=LEVELS)
@example(rule="#", wanted="$x/#", topic="$x/a")
@example(rule="+/a", wanted="$x/a", topic="$x/a")
def test_a_permitted_filter_never_matches_what_its_rule_does_not(rule, wanted, topic):
    def reads(pattern: str, name: str) -> bool:
        return Permissions([AccessRule("*", "write", pattern)], "u", "c").write(name)

    if Permissions([AccessRule("*", "read", rule)], "u", "c").read(wanted) and reads(wanted, topic):
        assert reads(rule, topic)


@given(rule=filters())
def test_every_rule_permits_its_own_filter(rule):
    assert Permissions([AccessRule("*", "read", rule)], "u", "c").read(rule)


def test_a_wrong_rule_is_refused():
    with pytest.raises(ValueError, match="readwrite"):
        checked_rule(AccessRule("*", "see", "a"))
    with pytest.raises(ProtocolError):
        checked_rule(AccessRule("*", "read", "a/#/b"))


# The users file -----------------------------------------------------------------------------------------------


def test_the_file_holds_hashes_and_keeps_its_other_lines(tmp_path):
    path = tmp_path / "users.txt"
    path.write_text("# our class\nallow * write v1/%u/#\n", "utf-8")
    users = Users.load(path)
    users.add("gate01", "sesame")
    users.save(path)
    written = path.read_text("utf-8")
    assert "sesame" not in written
    assert written.startswith("# our class\nallow * write v1/%u/#\nuser gate01 scrypt:")
    again, rules = load_users_file(path)
    assert again.check("gate01", "sesame")
    assert not again.check("gate01", "Sesame")
    assert not again.check("gate02", "sesame")
    assert rules == (AccessRule("*", "write", "v1/%u/#"),)
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_equal_passwords_have_different_hashes():
    users = Users()
    users.add("a", "x")
    users.add("b", "x")
    assert users.hashes["a"] != users.hashes["b"]


@pytest.mark.parametrize(
    "line",
    [
        "user a b",
        "user a scrypt:1:1:1:AA==:AA==",
        "user a/b scrypt:16384:8:1:AA==:AA==",
        "user a scrypt:99999999:8:1:AA==:" + "A" * 43 + "=",
        "allow * see a",
        "allow * read a/#/b",
        "allow * read",
        "who knows",
    ],
)
def test_a_wrong_line_is_named(tmp_path, line):
    path = tmp_path / "users.txt"
    path.write_text(f"# fine\n{line}\n", "utf-8")
    with pytest.raises(ConfigError, match=r"users\.txt, line 2"):
        Users.load(path)


def test_a_missing_file_says_how_to_make_one(tmp_path):
    with pytest.raises(ConfigError, match="--add-user"):
        Users.load(tmp_path / "none.txt")


@pytest.mark.parametrize("name", ["", "a b", "a/b", "a+", "#", "x" * 65, "a:b"])
def test_names_that_cannot_be(name):
    with pytest.raises(ConfigError, match="cannot be"):
        Users().add(name, "x")


def test_an_empty_password_cannot_be():
    with pytest.raises(ConfigError, match="empty"):
        Users().add("a", "")


def test_plain_tuples_are_rules():
    assert BrokerConfig(access=(("*", "read", "a"),)).access[0].topic == "a"
