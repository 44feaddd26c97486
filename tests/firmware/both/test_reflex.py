"""Local rules: an input stops an output on the board itself, with and without a host, and nobody overrules it."""

import gc
import sys

import machine
from gongzhi_node import config
from test_node import World, settle

MOTOR = {"ch": "wheel", "kind": "motor", "pins": {"in1": 16, "in2": 17}, "lo": -1, "hi": 1, "safe": 0}
BUMPER = {"ch": "bumper", "kind": "switch", "pin": 4}
LIGHT = {"ch": "light", "kind": "light", "pin": 34}
LAMP = {"ch": "lamp", "kind": "led", "pin": 2, "lo": 0, "hi": 1, "safe": 0}


def car(*rules):
    return [dict(MOTOR, reflex=list(rules)), dict(LAMP), dict(BUMPER), dict(LIGHT)]


async def go(w, **change):
    return await w.command("motor.set", "wheel", a={"speed": 1}, **change)


def bad(specs):
    try:
        config.check_parts(specs)
    except config.Bad as error:
        return "%s %s" % (error.code, error.at)
    return None


def test_rules_are_checked():
    assert bad(car(["bumper", ">=", 1])) is None and bad(car(["bumper", ">=", 1], ["light", "<", 20.5])) is None
    assert bad(car()) is None
    for rule in (
        ["nose", ">=", 1], ["lamp", ">=", 1], ["wheel", ">", 0], ["bumper", "=", 1], ["bumper", ">="], "bumper>1", 5,
        ["bumper", ">=", "1"], ["bumper", ">=", 2], ["light", "<", -1], ["light", "<", float("nan")], [5, "<", 1],
        ["bumper", 1, 1], [["bumper"], "<", 1],
    ):  # fmt: skip
        assert bad(car(["bumper", ">=", 1], rule)) == "reflex parts[0].reflex[1]", rule
    assert bad(car(*[["bumper", ">=", 1]] * 5)) == "reflex parts[0].reflex"
    assert bad([dict(MOTOR, reflex="x"), BUMPER]) == "reflex parts[0].reflex"
    assert bad([dict(BUMPER, reflex=[["light", "<", 1]]), LIGHT]) == "reflex parts[0].reflex"


async def test_it_stops_the_output_within_a_tick_or_two_and_holds_it():
    w = await World(car(["bumper", ">=", 1])).start()
    await w.time.forward(100)
    assert await go(w) is None and machine.duty[16] == 65535
    machine.levels[4] = 0
    await w.time.forward(60)
    assert machine.duty[16] == 0, "40 ms of debounce and a tick"
    told = w.said("state/wheel")[-1]
    assert told["by"] == "limit" and told["d"] == {"speed": 0} and told["ep"] == 1, told
    assert await go(w, ep=2) == "limit" and await go(w, ep=1, renew=1) == "lease"
    assert await w.command("rest", "wheel", ep=2) is None, "to safe is always possible"
    assert await w.command("led.set", "lamp") is None, "the others are free"
    machine.levels[4] = 1
    await w.time.forward(60)
    assert machine.duty[16] == 0, "nothing starts by itself"
    assert await go(w, ep=1, renew=1) in ("lease", "epoch") and machine.duty[16] == 0
    assert await go(w, ep=2) is None and machine.duty[16] == 65535
    await w.end()


async def test_it_works_with_no_host_at_all():
    w = await World(car(["light", "<", 20])).start()
    machine.volts[34] = 3100
    await w.time.forward(500)
    assert await go(w, ttl=60000) is None
    w.broker.refuse = True
    w.broker.link.end()
    await w.time.forward(5000)
    assert machine.duty[16] == 65535, "under its lease"
    machine.volts[34] = 0
    await w.time.forward(400)
    assert machine.duty[16] == 0
    w.broker.refuse = False
    w.broker.got = []
    await w.time.forward(40000)
    assert w.said("state/wheel")[-1]["by"] == "limit"
    await w.end()


async def test_any_of_its_rules_is_enough_and_the_signs_are_what_they_say():
    for sign, limit, mv, holds in (
        ("<", 50, 1000, True), ("<", 50, 2500, False), (">", 50, 2500, True), (">", 50, 1000, False),
        (">=", 100, 3100, True), ("<=", 0, 0, True), (">", 100, 3100, False), ("<", 0, 0, False),
    ):  # fmt: skip
        w = World(car(["bumper", ">=", 1], ["light", sign, limit]))
        machine.volts[34] = mv
        await w.start()
        await w.time.forward(1000)
        assert (await go(w) == "limit") is holds, (sign, limit, mv)
        await w.end()


async def test_a_sensor_that_fails_stops_what_relies_on_it():
    w = await World(car(["light", "<", 20])).start()
    machine.volts[34] = 3100
    await w.time.forward(500)
    assert await go(w) is None

    def gone():
        raise OSError(116)

    machine.volts[34] = gone
    await w.time.forward(60)
    assert machine.duty[16] == 0 and await go(w, ep=2) == "limit"
    assert [m["ev"] for m in w.said("ev/light")] == ["fault"], "told once"
    machine.volts[34] = 3100
    await w.time.forward(100)
    assert await go(w, ep=2) is None, "it answers again"
    await w.end()


async def test_new_parts_bring_their_rules_and_a_stop_stands_above_them():
    w = await World(car()).start()
    assert await go(w) is None
    machine.levels[4] = 0
    await w.time.forward(100)
    assert machine.duty[16] == 65535, "no rule, no reflex"
    w.down("cfg", {"id": "n", "parts": car(["bumper", ">=", 1])})
    await settle()
    await w.time.forward(60)
    assert await go(w, ep=2) == "limit"
    assert await w.command("stop", "*", id="s") is None
    machine.levels[4] = 1
    await w.time.forward(100)
    assert await go(w, ep=1) == "stopped" and await go(w, ep=2) is None
    w.down("cfg", {"id": "m", "parts": car(["bumper", ">=", 2])})
    await settle()
    assert (w.said("ack")[-1]["why"], w.said("ack")[-1]["at"]) == ("reflex", "parts[0].reflex[0]")
    await w.end()


async def test_looking_allocates_nothing_and_a_board_without_rules_does_not_load_them():
    if sys.implementation.name != "micropython":
        return
    sys.modules.pop("gongzhi_node.reflex", None)
    w = await World(car()).start()
    await w.end()
    assert "gongzhi_node.reflex" not in sys.modules
    w = await World(car(["bumper", ">=", 1], ["light", "<", 20])).start()
    machine.volts[34] = 3100
    await w.time.forward(500)
    rule = w.node._reflexes[0]
    gc.collect()
    before = gc.mem_alloc()
    for _ in range(100):
        rule.look()
    assert gc.mem_alloc() - before < 100, gc.mem_alloc() - before
    await w.end()
