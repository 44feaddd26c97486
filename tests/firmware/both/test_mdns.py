"""Answers of multicast DNS, well formed and not; the last place is kept, in the flash too."""

import asyncio

from gongzhi_node import last, mdns

SERVICE = "_gongzhi._tcp"


def name(text):
    return b"".join([bytes([len(label)]) + label.encode() for label in text.split(".")]) + b"\0"


def record(owner, kind, data):
    return owner + bytes([0, kind, 0x80, 1, 0, 0, 0, 120, 0, len(data)]) + data


SRV = b"\0\0\0\0\x07\x5b"


def answer(flags=0x84, host="Desk.local", address=b"\x0a\0\0\x07"):
    """As a responder sends it: the question, PTR, then SRV (its name points to the PTR's) and A."""
    head = bytes([0, 0, flags, 0, 0, 1, 0, 1, 0, 0, 0, 2])
    question = name(SERVICE + ".local") + b"\0\x0c\0\1"
    ptr = record(b"\xc0\x0c", 12, b"\4desk\xc0\x0c")
    owner = bytes([0xC0, len(head + question) + 12])
    return head + question + ptr + record(owner, 33, SRV + name(host)) + record(name("desk.LOCAL"), 1, address)


def test_the_place_is_found_behind_compressed_names():
    assert mdns.places(answer(), SERVICE) == [("10.0.0.7", 1883)]


def test_what_is_about_something_else_is_none():
    assert mdns.places(answer(), "_other._tcp") == []
    assert mdns.places(answer(flags=0), SERVICE) == [], "a question, perhaps our own"
    assert mdns.places(answer(host="other.local"), SERVICE) == [], "no address for it"


def test_no_damage_raises():
    whole = answer()
    for n in range(len(whole)):
        assert mdns.places(whole[:n], SERVICE) == []
        for bad in (0, 0x3F, 0xC0, 0xFF):
            mdns.places(whole[:n] + bytes([bad]) + whole[n + 1 :], SERVICE)
    loop = whole[:12] + b"\xc0\x0c" * 20
    assert mdns.places(loop, SERVICE) == []


def test_the_question_asks_for_the_pointers_of_the_service():
    packet = mdns.question(SERVICE)
    assert packet[4:6] == b"\0\1"
    assert packet[12:] == name(SERVICE + ".local") + b"\0\x0c\0\1"


def test_what_the_file_says_is_believed_only_if_it_can_be_true():
    place = ("10.0.0.7", 1883)
    assert last.read(SERVICE, "no-file") is None
    assert last.keep(SERVICE, place, "kept") and last.read(SERVICE, "kept") == place
    assert last.read("_gongzhi-tls._tcp", "kept") is None
    assert last.keep(SERVICE, ("10.0.0.8", 1884), "kept") and last.read(SERVICE, "kept") == ("10.0.0.8", 1884)
    assert not last.keep(SERVICE, place, "no/such/folder/kept")
    for bad in (
        b"", b"_gongzhi._tcp", b"_gongzhi._tcp 10.0.0.7", b"_gongzhi._tcp 10.0.0 1883",
        b"_gongzhi._tcp 10.0.0.256 1883", b"_gongzhi._tcp 10.0.0.-7 1883", b"_gongzhi._tcp host 1883",
        b"_gongzhi._tcp 10.0.0.7 0", b"_gongzhi._tcp 10.0.0.7 65536",
        b"_gongzhi._tcp 10.0.0.7 1883 more", b"\xff\xfe\x00 \x80", b"x" * 5000,
    ):  # fmt: skip
        with open("kept", "wb") as f:
            f.write(bad)
        assert last.read(SERVICE, "kept") is None, bad


def test_the_file_is_written_only_when_the_place_changes():
    written, kept = [], last.replace
    last.replace = lambda a, b: (written.append(b), kept(a, b))
    try:
        for port in (1883, 1883, 1884, 1884):
            last.keep(SERVICE, ("10.0.0.9", port), "rare")
    finally:
        last.replace = kept
    assert written == ["rare", "rare"]


def test_where_nobody_answers_the_last_place_counts():
    known, kept = {}, mdns.find
    said = [("10.0.0.7", 1883), None]

    async def find(service, ms):
        found = said.pop(0)
        if not found:
            raise OSError("nobody")
        return found

    async def ask():
        assert await mdns.place(SERVICE, 1, known) == ("10.0.0.7", 1883)
        assert await mdns.place(SERVICE, 1, known) == ("10.0.0.7", 1883)
        said.append(None)
        try:
            await mdns.place(SERVICE, 1, {})
        except OSError:
            return
        raise AssertionError("found")

    mdns.find = find
    try:
        asyncio.run(ask())
    finally:
        mdns.find = kept
