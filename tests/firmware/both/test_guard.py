"""The guard: what it lets through, what it refuses and why, when it sends a part home."""

from gongzhi_node.guard import Channel, Guard
from gongzhi_node.wire import PERIOD

OFFSET = 5000  # host - board


def guard(hold=500):
    return Guard(
        [Channel("gate", "servo", "angle", 0, 180, hold), Channel("lamp", "led", "level", 0, 1, 0)], ["button"]
    )


COUNT = [0]


def command(t, **change):
    COUNT[0] += 1
    m = {
        "v": 1, "id": "c-%d" % COUNT[0], "ep": 1, "op": "servo.set", "ch": "gate", "a": {"angle": 90},
        "t": (t + OFFSET) % PERIOD, "ttl": 1500, "dec": "d-1",
    }  # fmt: skip
    m.update(change)
    return m


def judge(g, t, **change):
    m = command(t, **change)
    code = g.judge(m, t, OFFSET)
    if code is None and not g.repeated:
        g.remember(m["id"], None)
    return code


def test_refuses_by_name():
    g = guard()
    assert judge(g, 100, ch="roof") == "channel"
    assert judge(g, 100, ch="button") == "op"
    assert judge(g, 100, op="led.set") == "op"
    assert judge(g, 100, a={"level": 1}) == "form" and judge(g, 100, a={}) == "form"
    assert judge(g, 100, a={"angle": 1, "x": 2}) == "form" and judge(g, 100, ttl=0) == "form"
    assert judge(g, 100, a={"angle": 180.01}) == "range" and judge(g, 100, a={"angle": -1}) == "range"
    assert judge(g, 100, a={"angle": 180}) is None and judge(g, 100, a={"angle": 0.0}) is None


def test_age():
    g = guard()
    m = command(0)
    assert g.judge(m, 0, None) == "clock"
    assert g.judge(m, 1501, OFFSET) == "old"
    assert g.judge(m, 1500, OFFSET) is None
    assert g.judge(command(5000), 3999, OFFSET) == "clock"
    assert g.judge(command(5000), 4000, OFFSET) is None


def test_time_wraps():
    g = guard()
    t = PERIOD - 100
    assert judge(g, t) is None
    assert g.due(PERIOD - 1) is None and g.due(1850) is None
    assert g.due(1901) == "gate" and g.due(1902) is None


def test_lease_then_hold_then_safe():
    g = guard()
    assert judge(g, 100) is None and judge(g, 100, ch="lamp", op="led.set", a={"level": 1}) is None
    assert g.busy()
    assert g.due(1599) is None
    assert g.due(1600) == "lamp" and g.due(1600) is None
    assert g.due(2099) is None
    assert g.due(2100) == "gate" and not g.busy()


def test_renewal_extends_and_never_starts():
    g = guard(0)
    assert judge(g, 100, renew=1) == "lease"
    assert judge(g, 100) is None
    assert judge(g, 600, renew=1) is None
    assert g.due(1700) is None
    assert judge(g, 1800, renew=1, ep=2) == "lease", "another owner's act begins with a command of its own"
    assert g.due(2100) == "gate"
    assert judge(g, 2200, renew=1) == "lease"
    assert judge(g, 2200) is None


def test_rest_ends_the_lease_and_needs_no_clock():
    g = guard()
    assert judge(g, 100, ep=4) is None
    assert judge(g, 200, op="rest", a={}, ep=3) == "epoch"
    m = command(200, op="rest", a={}, ep=4)
    assert g.judge(m, 200, None) is None and not g.busy()
    assert g.judge(command(0, op="rest", a={}, ep=4), 3000, OFFSET) == "old"


def test_epochs_are_fenced_by_channel():
    g = guard()
    assert judge(g, 100, ep=7) is None
    assert judge(g, 101, ep=6) == "epoch"
    assert judge(g, 102, ep=7) is None
    assert judge(g, 103, ep=1, ch="lamp", op="led.set", a={"level": 1}) is None
    assert judge(g, 104, ep=9, a={"angle": 999}) == "range"
    assert judge(g, 105, ep=7) is None, "what was refused moved no epoch"


def test_a_repeated_id_is_answered_as_before_and_not_executed():
    g = guard()
    m = command(100)
    assert g.judge(m, 100, OFFSET) is None and not g.repeated
    g.remember(m["id"], "fault")
    assert g.due(2100) == "gate"
    assert g.judge(m, 2200, OFFSET) == "fault" and g.repeated and not g.busy()
    for i in range(31):
        g.remember("other-%d" % i, None)
    assert g.judge(m, 2300, OFFSET) == "fault" and g.repeated
    g.remember("other-31", None)
    assert g.judge(m, 2300, OFFSET) == "old" and not g.repeated


def test_what_was_refused_is_judged_anew():
    g = guard()
    m = command(100)
    assert g.judge(m, 100, None) == "clock"
    assert g.judge(m, 110, OFFSET) is None and not g.repeated


def test_rate():
    g = guard()
    codes = [judge(g, 1000) for _ in range(25)]
    assert codes == [None] * 20 + ["rate"] * 5, codes
    assert judge(g, 1000, ch="lamp", op="led.set", a={"level": 1}) is None, "each channel has its own"
    assert judge(g, 1049) == "rate" and judge(g, 1051) is None
    assert [judge(g, 1100 + 50 * i) for i in range(100)] == [None] * 100


def test_stop_is_latched_until_a_higher_epoch():
    g = guard()
    assert judge(g, 100, ep=5) is None
    g.stop("*", 5)
    assert not g.busy() and g.due(9999) is None
    assert judge(g, 200, ep=5) == "stopped" and judge(g, 200, ep=4) == "stopped"
    assert judge(g, 200, ep=5, renew=1) == "stopped"
    assert judge(g, 200, op="rest", a={}, ep=6) is None, "resting is what a stop has done anyway"
    assert judge(g, 210, ep=5) == "stopped"
    assert judge(g, 215, ep=6) == "stopped", "an order from before that rest, overtaken by it"
    assert judge(g, 220, ep=7) is None
    assert judge(g, 230, ch="lamp", op="led.set", a={"level": 1}, ep=5) == "stopped", "each channel for itself"
    assert judge(g, 240, ch="lamp", op="led.set", a={"level": 1}, ep=7) is None


def test_a_stop_that_no_host_has_ordered_holds_until_one_answers_it():
    g = guard()
    assert judge(g, 100, ep=5) is None
    g.stop("*", None, "t100")
    assert judge(g, 150, ep=6) == "stopped", "an order that was under way, from a host that has not heard of it"
    g.stop("*", 6)  # so was this stop: whoever allows again after it knows nothing of ours
    g.stop("*", 6, "s", "t99")
    assert judge(g, 200, ep=7) == "stopped" and judge(g, 200, op="rest", a={}, ep=7) is None
    g.stop("*", 8, "s", "t100")
    assert judge(g, 250, ep=8) == "stopped" and judge(g, 300, ep=9) is None


def test_a_stop_with_an_epoch():
    g = guard()
    g.stop("gate", 20)
    assert judge(g, 100, ep=20) == "stopped" and judge(g, 100, ep=21) is None
    assert judge(g, 100, ch="lamp", op="led.set", a={"level": 1}) is None, "only the gate was stopped"


def test_a_new_configuration_forgets_nothing():
    old = guard()
    m = command(100, ep=9)
    assert old.judge(m, 100, OFFSET) is None
    old.remember(m["id"], None)
    old.stop("lamp", 3)
    g = guard()
    g.adopt(old)
    assert judge(g, 200, ep=8) == "epoch" and not g.busy()
    assert judge(g, 200, ch="lamp", op="led.set", a={"level": 1}, ep=3) == "stopped"
    assert g.judge(m, 200, OFFSET) is None and g.repeated
    old.stop("*", None, "t300")
    newer = Guard(list(guard().channels.values()) + [Channel("bell", "buzzer", "tone", 0, 9, 0)])
    newer.adopt(old)
    assert judge(newer, 400, ep=10) == "stopped"
    assert judge(newer, 400, ch="bell", op="buzzer.set", a={"tone": 1}) == "stopped", "what is new on it, too"
