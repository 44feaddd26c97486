"""The room's list: what boards and pieces say, in any order and however ill-formed, makes rows that are right."""

import json

import msgspec
import pytest
from gongzhi.room import orders
from gongzhi.room.roll import MOST, Roll
from gongzhi_node import VERSION
from hypothesis import given
from hypothesis import strategies as st

HERE = {"v": 1, "on": 1, "boot": 3, "sid": "a-3-1", "fw": VERSION, "body": "esp32", "heap": 60000, "rssi": -60}


def heard(*said, roll=None):
    """A roll that has heard (topic after v1/local/, message, time)."""
    roll = roll or Roll()
    for topic, message, now in said:
        payload = message if isinstance(message, bytes) else json.dumps(message).encode()
        roll.hear(f"v1/local/{topic}", payload, now)
    return roll


def board(roll, now=100.0):
    return roll.rows(now)["boards"][0]


def test_since_when_a_board_is_away():
    roll = heard(("gate01/door/up/online", HERE, 10))
    assert (board(roll)["on"], board(roll)["since"]) == (True, None), "it was so before we came"
    heard(("gate01/door/up/online", {"v": 1, "on": 0, "boot": 3, "sid": "a-3-1"}, 40), roll=roll)
    row = board(roll)
    assert (row["on"], row["since"], row["fw"], row["rssi"]) == (False, 60, VERSION, -60), "what it was last stays"
    heard(("gate01/door/up/online", HERE | {"boot": 4, "sid": "a-4-1"}, 70), roll=roll)
    assert (board(roll)["on"], board(roll)["since"]) == (True, 30)
    heard(("gate01/door/up/online", {"v": 1, "on": 0, "boot": 3, "sid": "a-3-1"}, 80), roll=roll)
    assert board(roll)["on"], "the will of a connection that has been replaced"
    heard(("gate01/door/up/online", b"", 90), roll=roll)
    assert roll.rows(100)["boards"] == [], "taken out of the room"


@pytest.mark.parametrize(
    ("change", "warn"),
    [({"rssi": -75}, "weak"), ({"heap": 11_999}, "low"), ({"fw": "0.0.1"}, "old"), ({"twin": 1}, "twin"),
     ({"cfg": "x"}, "cfg")],
)  # fmt: skip
def test_what_a_teacher_should_look_at(change, warn):
    assert board(heard(("gate01/door/up/online", HERE, 1)))["warn"] == []
    assert board(heard(("gate01/door/up/online", HERE | change, 1)))["warn"] == [warn]


def test_stopped_boards_and_pieces():
    def state(by):
        return {"v": 1, "ch": "gate", "d": {"angle": 0}, "by": by, "ep": 1, "id": ""}

    piece = {"v": 1, "on": 1, "title": {"zh": "门"}, "boards": ["door"], "labels": {"door": {"zh": "门口的板子"}},
             "parts": 2, "stopped": 2, "room": 1}  # fmt: skip
    roll = heard(
        ("gate01/door/up/online", HERE, 1), ("gate01/door/up/state/gate", state("stop"), 2),
        ("gate01/_co/room", piece, 3), ("bare/board/up/online", HERE, 4), ("_all/down/stop", b"x", 5),
    )  # fmt: skip
    rows = roll.rows(10)
    assert [(one["team"], one["stopped"], one["label"]) for one in rows["boards"]] == [
        ("bare", False, {}), ("gate01", True, {"zh": "门口的板子"}),
    ]  # fmt: skip
    assert [(one["team"], one["on"], one["stopped"], one["room"]) for one in rows["teams"]] == [
        ("bare", False, 0, False), ("gate01", True, 2, True),
    ]  # fmt: skip
    heard(("gate01/door/up/state/gate", state("cmd"), 6), ("gate01/_co/room", {"v": 1, "on": 0}, 7), roll=roll)
    rows = roll.rows(10)
    assert not rows["boards"][1]["stopped"]
    team = rows["teams"][1]
    assert (team["on"], team["since"], team["title"]) == (False, 3, {"zh": "门"})


def test_a_flood_of_names_makes_no_room_of_its_own():
    roll = heard(*((f"t{n}/b/up/online", HERE, 1) for n in range(MOST + 50)))
    assert len(roll.rows(1)["boards"]) == MOST


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["a/b/up/online", "a/b/up/meta", "a/b/up/state/x", "a/_co/room", "a", "a/b/up", "_all/x/y"]
            ),
            st.binary(max_size=60) | st.sampled_from([json.dumps(HERE).encode(), b'{"v":1,"on":2}', b"{}"]),
            st.floats(0, 100),
        ),
        max_size=20,
    )
)
def test_nothing_that_is_sent_breaks_it(said):
    rows = heard(*said).rows(100)
    assert json.loads(json.dumps(rows)) == rows


@given(st.binary(max_size=80))
def test_a_stop_is_a_stop_and_a_word_must_be_clear(payload):
    order = orders.standing(payload)
    assert (order is None) == (payload == b"")
    if order is not None and order.id == "unreadable":
        assert order.free == []
    assert not orders.allows(payload, "gate01")


def test_who_is_allowed_again():
    assert orders.standing(msgspec.json.encode(orders.Stop("x", free=["a"]))) == orders.Stop("x", free=["a"])
    assert orders.allows(msgspec.json.encode(orders.Rearm("x", ["a", "b"])), "b")
    assert orders.allows(msgspec.json.encode(orders.Rearm("x", ["*"])), "c")
    assert not orders.allows(msgspec.json.encode(orders.Rearm("x", ["a"])), "c")
