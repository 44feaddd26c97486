"""The serial line's frames and sequence, over a line that corrupts, loses and cuts, in a time that the test moves."""

from gongzhi_node import line
from gongzhi_node.line import Splitter, Talk, frame, parse


class Dice:
    """Chance that is the same in every run and on both interpreters (the ZX81's generator)."""

    def __init__(self, seed):
        self._x = seed

    def one_in(self, n):
        return self.below(n) == 0

    def below(self, n):
        self._x = (self._x * 75 + 74) % 65537
        return self._x % n


def cut(data, way="u"):
    frames, texts = [], []
    splitter = Splitter(way.encode(), lambda *found: frames.append(found))
    splitter.on_text = texts.append
    for at in range(0, len(data), 7):
        splitter.feed(data[at : at + 7])
    return frames, texts, splitter


def test_a_frame_is_what_it_was():
    body = b'v1/local/gate01/door/up/ev - {"why":"\xe5\xbc\x80"}'
    data = frame("u", "D", 0xBEEF, body)
    assert data[:1] == b"\n" == data[-1:]
    assert parse(data.strip(b"\n"), b"u") == ("D", 0xBEEF, body)
    assert parse(data.strip(b"\n"), b"d") is None, "an echo of what we said is no answer"


def test_the_checksum_is_that_of_zlib():
    assert frame("d", "A", 9) == b"\n#gzdA0009 13373edc \n"


def test_console_output_is_told_apart_and_spoils_nothing():
    data = b">>> gongzhi: run" + frame("u", "D", 1, b"a") + b"Traceback:\r\n  x\r\n" + frame("u", "A", 2)
    frames, texts, splitter = cut(data)
    assert frames == [("D", 1, b"a"), ("A", 2, b"")]
    assert texts == [b">>> gongzhi: run", b"Traceback:", b"  x"]
    assert splitter.bad == 0


def test_a_frame_behind_noise_in_its_line_is_found():
    assert cut(b"\xff\x80#gzu\x07" + frame("u", "D", 1, b"a")[1:])[0] == [("D", 1, b"a")]
    assert cut(b"#gzuD00" + frame("u", "D", 1, b"#gzu")[1:])[0] == [("D", 1, b"#gzu")]


def test_each_damaged_byte_is_noticed():
    data = frame("u", "D", 7, b"up/s - 1")
    for i in range(4, len(data) - 1):
        for flip in (1, 0x20, 0x80):
            bad = data[:i] + bytes([data[i] ^ flip]) + data[i + 1 :]
            found = cut(bad)[0]
            # A letter among the checksum's digits may become a capital: still the same number.
            same = 11 <= i < 19 and flip == 0x20 and chr(data[i]) in "abcdef"
            assert found == ([("D", 7, b"up/s - 1")] if same else []), bad


def test_a_line_without_end_is_cut_off_and_the_next_is_taken():
    frames, _, splitter = cut(b"x" * 5000 + frame("u", "A", 0))
    assert frames == [("A", 0, b"")]
    assert splitter.long == 1


class Pair:
    """Host and board with a line between them that damages one frame in `harm` and loses one in `lose`."""

    def __init__(self, seed, harm=0, lose=0):
        self.t, self.dice, self.harm, self.lose = 5, Dice(seed), harm, lose
        self.got = {"u": [], "d": []}
        self.talks = {way: Talk(way, self._deliver(other), self.t) for way, other in (("u", "d"), ("d", "u"))}
        self.ins = {way: Splitter(way.encode(), self._frame(other)) for way, other in (("u", "d"), ("d", "u"))}

    def _deliver(self, way):
        def deliver(body, seq):
            self.got[way].append((body, seq is not None))
            return True

        return deliver

    def _frame(self, way):
        return lambda kind, seq, body: self.talks[way].received(kind, seq, body, self.t)

    def step(self, ms=10):
        self.t = (self.t + ms) % (1 << 30)
        for way in ("u", "d"):
            data = self.talks[way].due(self.t)
            if not data or (self.lose and self.dice.one_in(self.lose)):
                continue
            if self.harm and self.dice.one_in(self.harm):
                at = self.dice.below(len(data))
                data = data[:at] + bytes([self.dice.below(256)]) + data[at + 1 :]
            self.ins[way].feed(data)


def test_what_must_arrive_does_once_and_in_order_whatever_the_line_does():
    for seed, harm, lose in ((1, 0, 0), (2, 4, 0), (3, 0, 3), (4, 5, 5), (5, 2, 4)):
        pair = Pair(seed, harm, lose)
        for n in range(120):
            for talk in pair.talks.values():
                talk.put(b"%d" % n, pair.t)
            pair.step()
            while max([talk.waiting() for talk in pair.talks.values()]) > 28:
                pair.step()
        for _ in range(3000):
            pair.step()
        for way in ("u", "d"):
            assert [body for body, _ in pair.got[way]] == [b"%d" % n for n in range(120)], (seed, way)
            assert pair.talks[way].dropped == pair.talks[way].waiting() == 0
            assert (pair.talks[way].again == 0) == (harm == lose == 0)


def test_numbers_turn_over():
    pair = Pair(7, 6, 6)
    for talk in pair.talks.values():
        talk._next = talk._want = 0xFFF0
        talk._took = 0xFFEF
    for n in range(60):
        pair.talks["u"].put(b"%d" % n, pair.t)
        for _ in range(60):
            pair.step()
    for _ in range(500):
        pair.step()
    assert [body for body, _ in pair.got["u"]] == [b"%d" % n for n in range(60)]


def test_the_box_is_bounded_and_drops_the_oldest_that_has_no_number():
    talk = Talk("u", None, 0)
    for n in range(3):
        talk.put(b"%d" % n, 0)
    while talk.due(1):
        pass
    for n in range(3, 40):
        talk.put(b"%d" % n, 2)
    assert (talk.waiting(), talk.dropped) == (32, 8)
    assert [item[0] for item in talk._box[:4]] == [b"0", b"1", b"2", b"11"]


def test_what_is_too_old_goes_and_a_new_session_keeps_what_is_to_be_kept():
    talk = Talk("u", None, 0)
    talk.put(b"a", 0)
    talk.put(b"b", 50000, False)
    talk.put(b"c", 50000)
    talk.expire(60000)
    assert [item[0] for item in talk._box] == [b"b", b"c"]
    assert talk.due(60001) == frame("u", "D", 0, b"b")
    talk.restart(60002)
    assert talk.due(60003) == frame("u", "D", 0, b"c")


def test_what_need_not_arrive_waits_for_the_line_only_shortly_and_goes_after_the_rest():
    talk = Talk("u", None, 0)
    assert [talk.loose(b"%d" % n) for n in range(5)] == [True] * 4 + [False]
    talk.put(b"sure", 0)
    assert talk.due(1) == frame("u", "D", 0, b"sure")
    assert talk.due(1) == frame("u", "N", 0, b"0")
    talk.restart(2)
    assert talk.due(3) == frame("u", "D", 0, b"sure"), "and with the session it is gone"
    assert talk.due(4) is None


def test_a_message_that_waits_for_its_receipt_is_not_told_as_taken():
    got = []
    talk = Talk("d", lambda body, seq: got.append(body), 0)
    for seq, body in ((0, b"a"), (1, b"b"), (1, b"b"), (3, b"d")):
        talk.received("D", seq, body, 1)
    assert got == [b"a", b"b"], "once, and what came too early not at all"
    assert talk.due(2) == frame("d", "A", 0xFFFF)
    talk.took(1)
    assert talk.due(3) == frame("d", "A", 1)


def test_silence_is_noticed_and_prevented():
    pair = Pair(1)
    for _ in range(2000):
        pair.step()
        assert not pair.talks["u"].silent(pair.t)
    pair.lose = 1
    for _ in range(line.SILENT_MS // 10):
        pair.step()
    assert pair.talks["u"].silent(pair.t)
