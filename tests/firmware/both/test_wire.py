"""The wire's topics, times and messages, as board and host both see them."""

from gongzhi_node import wire


def raises(fn, *args):
    try:
        fn(*args)
    except ValueError as error:
        return error.args[0]
    return None


def test_segments_are_short_lower_case_ascii():
    for good in ("a", "gate01", "s0123-c7", "0_x", "a" * 16):
        assert wire.segment(good), good
    for bad in ("", "a" * 17, "A", "门", "-a", "_a", "a b", "a/b", "a+", None, 5):
        assert not wire.segment(bad), bad
    assert wire.segment("_co", True) and not wire.segment("_", True)


def test_topic_is_joined_and_refused():
    assert wire.topic("local", "gate01", "door", "up", "ack") == "v1/local/gate01/door/up/ack"
    assert raises(wire.topic, "local", "+", "door") is not None


def test_times_wrap():
    last = wire.PERIOD - 1
    assert wire.diff(5, last) == 6
    assert wire.diff(last, 5) == -6
    assert wire.diff(1 << 29, 0) == -(1 << 29)
    assert wire.add(last, 1) == 0 and wire.add(0, -1) == last
    for a in (0, 1, 12345, (1 << 29) - 1, 1 << 29, last):
        for d in (-(1 << 29), -5, 0, 7, (1 << 29) - 1):
            assert wire.diff(wire.add(a, d), a) == d, (a, d)


def test_messages_return():
    sent = {"t": 7, "d": {"gate": 12.5, "bell": 0}, "who": "门"}
    got = wire.unpack(wire.pack(sent))
    assert got["v"] == 1 and got["t"] == 7 and got["d"]["gate"] == 12.5 and got["who"] == "门"
    assert b" " not in wire.pack({"a": [1, 2], "b": {}})


def test_unpack_names_what_is_wrong():
    for bad in (b"", b"{", b"[1]", b"3", b"nul", b"\xff\xfe", b'{"v":1', b'"v"', b"[" * 4000):
        assert raises(wire.unpack, bad) == "form", bad[:20]
    for other in (b"{}", b'{"v":2}', b'{"v":"1"}', b'{"v":true}', b'{"v":null}'):
        assert raises(wire.unpack, other) == "version", other


def command(**change):
    m = {
        "v": 1,
        "id": "c-1",
        "ep": 1,
        "op": "servo.set",
        "ch": "gate",
        "a": {"angle": 9},
        "t": 5,
        "ttl": 1500,
        "dec": "d",
    }
    m.update(change)
    return m


def test_command_form():
    assert wire.command_error(command()) is None
    assert wire.command_error(command(a={})) is None
    assert wire.command_error(command(ttl=60000, ep=0, t=wire.PERIOD - 1)) is None
    wrong = (
        {"id": 3}, {"id": ""}, {"id": "x" * 25}, {"ep": -1}, {"ep": 1.5}, {"ep": True}, {"ep": wire.PERIOD}, {"t": -1},
        {"t": wire.PERIOD}, {"t": None}, {"ttl": 0}, {"ttl": 60001}, {"ttl": "1"}, {"a": None}, {"a": [1]},
        {"a": {"angle": "9"}}, {"a": {"angle": True}}, {"a": {"angle": float("nan")}}, {"a": {"angle": float("inf")}},
        {"op": None}, {"ch": 5}, {"dec": None},
    )  # fmt: skip
    for change in wrong:
        assert wire.command_error(command(**change)) == "form", change
    for key in wire.CMD_KEYS:
        m = command()
        del m[key]
        assert wire.command_error(m) == "form", key
