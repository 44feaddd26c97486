"""TLS on a board: what is refused before a connection is begun, what the clock has to do with it, and the words."""

import asyncio
import time

import esp32
import machine
from gongzhi_node import config, keys, mqtt, ports, secure, way

PLAIN = [(200000, 90000, 45000, 45000)]


class Clock:
    """Stands in for machine.RTC."""

    told = []

    def datetime(self, t):
        Clock.told.append(t)


def tried(heap=PLAIN, ca=b"", host="127.0.0.1"):
    """(what the link's opening raised, what went to the broker): nobody listens."""
    esp32.blobs.clear()
    if ca:
        keys.write(keys.CA, ca)
    esp32.heap[:] = heap
    sent = []

    class Client:
        idle = None
        why = ""

    class Link(secure.Link):
        def write(self, data):
            sent.append(bytes(data))

    async def plain(self, host, port, ms):
        if port == 9:
            raise OSError("nobody")

    before, ports.Link.open = ports.Link.open, plain
    try:
        asyncio.run(Link(secure.Room(Client())).open(host, 1, 100))
    except OSError as error:
        return error.args[0], sent
    finally:
        ports.Link.open = before
        esp32.heap[:] = PLAIN
    return None, sent


def test_without_a_certificate_there_is_no_link():
    assert "gongzhi board secrets" in tried()[0]
    assert "gongzhi board secrets" in tried(ca=b"\0\0\0\0short")[0]
    assert "damaged" in tried(ca=b"\0\0\0\0" + b"nonsense" * 30)[0]


def test_a_heap_that_is_too_small_is_measured_first_and_the_broker_told():
    made = secure.Room.context
    secure.Room.context = lambda self: None
    try:
        for free, piece in ((39999, 39999), (90000, 17499), (0, 0)):
            why, sent = tried([(200000, free, piece, piece)])
            assert "too little memory" in why and str(free) in why and str(piece) in why, why
            assert sent == [b"\x15\x03\x03\0\x02\x02\x50"], "a TLS alert, not one byte of MQTT"
        assert secure.shortage() == ""
        esp32.heap[:] = [(9, 20000, 9), (9, 20000, 17500)]
        assert secure.shortage() == "", "all regions together, the largest piece of any"
    finally:
        secure.Room.context = made
        esp32.heap[:] = PLAIN


def test_a_board_that_believes_in_the_year_2000_learns_what_it_must_be():
    before, machine.RTC = getattr(machine, "RTC", None), Clock
    try:
        del Clock.told[:]
        secure.set_clock(1000)
        assert Clock.told == [], "a clock that is later is left alone"
        secure.set_clock(4102444800)  # 2100-01-01
        assert Clock.told == [(2100, 1, 1, 4, 0, 0, 0, 0)], Clock.told
    finally:
        machine.RTC = before
    assert time.time() > 0


def test_each_fault_has_its_words_and_only_of_tls():
    said = secure.reason
    assert "expired" in said(ValueError("\nThe certificate validity has expired\n"))
    assert "another name" in said(ValueError("The certificate Common Name (CN) does not match with the expected CN"))
    assert "this room's" in said(ValueError("The certificate is not correctly signed by the trusted CA"))
    assert "not yet valid" in said(ValueError("The certificate validity starts in the future"))
    assert "no TLS" in said(ValueError("anything else"))
    assert said(OSError(111)) == "" and said(secure.Refused("a word")) == "a word"


def test_the_configuration_takes_yes_or_no_and_says_that_there_is_no_psk():
    doc = {"v": 1, "space": "a", "team": "b", "device": "c", "mqtt": {"host": "10.0.0.1", "tls": True}}
    config.check_net(doc)
    for value, code in (("psk", "psk"), ("yes", "tls"), (2, "tls"), (None, "tls")):
        doc["mqtt"]["tls"] = value
        try:
            config.check_net(doc)
            raise AssertionError(value)
        except config.Bad as bad:
            assert (bad.code, bad.at) == (code, "mqtt.tls"), (value, bad.code)


def test_what_is_asked_for_once_makes_every_link_of_the_client():
    before = mqtt.Link
    try:
        client = mqtt.Client("id", "10.0.0.1")
        secure.start(client)
        assert isinstance(mqtt.Link(), secure.Link)
        for net, port in (({}, 1883), ({"tls": True}, 8883), ({"tls": True, "port": 1884}, 1884)):
            net["host"] = "10.0.0.1"
            assert way.client({"mqtt": net}, "id", "base", "00", ()).port == port, net
    finally:
        mqtt.Link = before
