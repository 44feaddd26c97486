"""What a board keeps to itself: in the chip's storage, never in the file."""

import json

import esp32
from gongzhi_node import config, keys

WIFI = [{"ssid": "class", "key": "secret12"}]


def configured(**change):
    esp32.blobs.clear()
    del esp32.broken[:]
    doc = {"v": 1, "mqtt": {"host": "10.0.0.1", "port": 1883}, "parts": [{"ch": "gate"}]}
    doc.update(change)
    config.store(doc, "c.json")
    return config.load("c.json")


def stored():
    with open("c.json") as f:
        return f.read()


def test_an_old_file_loses_its_secrets_and_the_chip_has_them():
    login = {"host": "10.0.0.1", "port": 1883, "user": "gate01", "password": "pass word"}
    doc = configured(wifi=WIFI, mqtt=login)
    doc["parts"] = []  # as a board that is to keep still has it: the file must not lose them
    assert keys.take(doc, "c.json") == (WIFI, "gate01", "pass word")
    assert doc == {"v": 1, "mqtt": {"host": "10.0.0.1", "port": 1883}, "parts": []}
    assert json.loads(stored()) == dict(doc, parts=[{"ch": "gate"}])
    assert "secret12" not in stored() and "pass word" not in stored()
    before = stored()
    again = config.load("c.json")
    assert keys.take(again, "c.json") == (WIFI, "gate01", "pass word") and stored() == before


def test_a_newer_file_takes_the_place_of_what_was_kept():
    configured()
    keys.write(keys.NET, b'{"wifi": [], "user": "a", "password": "b"}')
    doc = config.load("c.json")
    assert keys.take(doc, "c.json") == ([], "a", "b")
    doc["wifi"] = WIFI
    assert keys.take(doc, "c.json") == (WIFI, None, None)
    assert keys.take(config.load("c.json"), "c.json") == (WIFI, None, None)


def test_without_storage_they_stay_in_the_file():
    doc = configured(wifi=WIFI)
    esp32.broken.append(1)
    assert keys.take(doc, "c.json") == (WIFI, None, None)
    assert "secret12" in stored() and doc["wifi"] == WIFI


def test_nothing_kept_or_nonsense_is_no_secret():
    doc = configured()
    assert keys.take(doc, "c.json") == ([], None, None)
    keys.write(keys.NET, b"\xff{")
    assert keys.take(doc, "c.json") == ([], None, None)
    assert keys.take({"link": "serial"}, "c.json") == ([], None, None)
    assert keys.read("other") is None


def test_a_file_that_cannot_be_written_is_said_and_the_board_still_joins():
    doc = configured(wifi=WIFI)
    assert keys.take(doc, "no/such/folder/c.json")[0] == WIFI
    assert keys.read(keys.NET)
