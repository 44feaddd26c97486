"""The board's configuration: what is accepted, and by which code and place the rest is refused."""

import os

import machine
from gongzhi_node import board, config


def net(**change):
    doc = {
        "v": 1, "space": "local", "team": "gate01", "device": "door", "wifi": [{"ssid": "教室", "key": "12345678"}],
        "mqtt": {"host": "192.168.1.7", "port": 1883, "user": "gate01", "password": "x"}, "board": "esp32-devkitc",
    }  # fmt: skip
    doc.update(change)
    return doc


def servo(**change):
    spec = {
        "ch": "gate",
        "kind": "servo",
        "pin": 18,
        "lo": 0,
        "hi": 180,
        "safe": 0,
        "on_loss": ["hold", 500],
        "slew": 9,
    }
    spec.update(change)
    return spec


BUTTON = {"ch": "button", "kind": "button", "pin": 4, "pull": "up"}


def bad(fn, *args):
    try:
        fn(*args)
    except config.Bad as error:
        assert error.code in config.CODES, error.code
        return "%s %s" % (error.code, error.at)
    return None


def test_names_network_and_broker():
    assert bad(config.check_net, net()) is None
    assert bad(config.check_net, net(wifi=[])) is None
    assert bad(config.check_net, net(v=2)) == "version v"
    for key in ("space", "team", "device"):
        for value in ("", "Door", "门", None, "_co"):
            assert bad(config.check_net, net(**{key: value})) == "name " + key
    assert bad(config.check_net, net(wifi="school")) == "wifi wifi"
    assert bad(config.check_net, net(wifi=[{"ssid": "a"}, {"key": "b"}])) == "wifi wifi[1]"
    assert bad(config.check_net, net(wifi=[{"ssid": "学" * 11}])) == "wifi wifi[0]", "33 bytes"
    assert bad(config.check_net, net(mqtt=None)) == "mqtt mqtt.host"
    assert bad(config.check_net, net(mqtt={"host": ""})) == "mqtt mqtt.host"
    assert bad(config.check_net, net(mqtt={"host": "pi", "port": 70000})) == "mqtt mqtt.port"
    assert bad(config.check_net, net(mqtt={"host": "pi", "user": 5})) == "mqtt mqtt.user"


def test_parts():
    assert bad(config.check_parts, [servo(), BUTTON]) is None
    assert bad(config.check_parts, []) is None
    assert bad(config.check_parts, None) == "parts parts"
    assert bad(config.check_parts, [servo()] * 17) == "parts parts"
    assert bad(config.check_parts, [5]) == "parts parts[0]"
    table = (
        (servo(ch="Gate"), "ch parts[1].ch"),
        (servo(ch="button"), "twice parts[1].ch"),
        (servo(kind="rocket"), "kind parts[1].kind"),
        (servo(kind=None), "kind parts[1].kind"),
        (servo(pin="18"), "pin parts[1].pin"),
        (servo(pin=True), "pin parts[1].pin"),
        (servo(pin=49), "pin parts[1].pin"),
        (servo(pin=4), "used parts[1].pin"),
        (servo(pin=6), "used parts[1].pin"),
        (servo(hi=181), "range parts[1].lo"),
        (servo(lo=-1), "range parts[1].lo"),
        (servo(lo=90, hi=90), "range parts[1].lo"),
        (servo(hi=None), "range parts[1].hi"),
        (servo(lo=float("nan")), "range parts[1].lo"),
        (servo(safe=181), "safe parts[1].safe"),
        (servo(safe="0"), "safe parts[1].safe"),
        (servo(slew=-1), "slew parts[1].slew"),
        (servo(on_loss=["stay"]), "on_loss parts[1].on_loss"),
        (servo(on_loss=["hold", 60001]), "on_loss parts[1].on_loss"),
        (servo(on_loss=["hold"]), "on_loss parts[1].on_loss"),
        (servo(on_loss=3), "on_loss parts[1].on_loss"),
        ({"ch": "b", "kind": "button", "pin": 5, "pull": "left"}, "pull parts[1].pull"),
    )
    for spec, says in table:
        assert bad(config.check_parts, [BUTTON, spec], range(6, 12)) == says, (spec, says)


def test_the_file():
    assert bad(config.load, "none.json") == "file none.json"
    for text in ("{", "[1]", '"x"', ""):
        with open("broken.json", "w") as f:
            f.write(text)
        assert bad(config.load, "broken.json") == "json broken.json", text
    config.store(net(parts=[servo()]), "good.json")
    assert config.load("good.json")["parts"][0]["on_loss"] == ["hold", 500]
    assert "good.json.new" not in os.listdir()
    config.store(net(parts=[]), "good.json")
    assert config.load("good.json")["parts"] == []


def test_start():
    machine.reset_world()
    assert board.start("none.json") is None
    config.store(net(parts=[servo(safe=90), BUTTON]), "ok.json")
    found = board.start("ok.json")
    assert list(found.parts) and found.error is None and machine.freq[18] == 50
    config.store(net(parts=[servo(), servo()]), "twice.json")
    found = board.start("twice.json")
    assert found.parts == {} and found.error.code == "twice", "it still connects, and can be told better"
    config.store(net(parts=[servo(pin=34)]), "input.json")
    found = board.start("input.json")
    assert found.parts == {} and found.error.code == "device" and found.error.at == "parts[0]"


def test_outputs_are_safe_even_when_the_network_part_is_wrong():
    machine.reset_world()
    config.store(net(mqtt={}, parts=[servo(safe=90)]), "nonet.json")
    assert board.start("nonet.json") is None
    assert abs(machine.duty[18] * 20000 / 65535 - 1500) < 1
