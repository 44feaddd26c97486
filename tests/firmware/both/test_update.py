"""An update of the board's program, message by message: signed, whole, resumed after any break, on trial first."""

import asyncio
import hashlib
import json
import os
from binascii import hexlify

import esp32
import machine
import slots
from gongzhi_node import VERSION, board, config, fetch, keys, mqtt, node, stops, trial, update, voice
from support import Broker, Time, cancelled, settle

BASE = b"v1/local/gate01/door/"
KEY = bytes(range(32))
PARTS = [{"ch": "gate", "kind": "servo", "pin": 18, "lo": 0, "hi": 180, "safe": 0, "on_loss": ["safe"]}]
FILES = {
    "gongzhi_node/__init__.py": b"VERSION = '9'\n" * 60,
    "gongzhi_node/empty.py": b"",
    "gongzhi_node/parts/servo.py": bytes(range(256)) * 9,
}
fetch.ROM = "rom"  # nobody may make a folder in the root here
update.forget = lambda *names: None  # a module that is loaded anew would have the true time
node.TICK_MS = 1000  # no part moves here, and minutes pass


def sha(data):
    return hexlify(hashlib.sha256(data).digest()).decode()


def manifest(files, build="b001"):
    return (build + "\n" + "".join("%d %s %s\n" % (len(files[p]), sha(files[p]), p) for p in sorted(files))).encode()


def remove(path):
    try:
        if os.stat(path)[0] & 0x4000:
            for name in os.listdir(path):
                remove(path + "/" + name)
            os.rmdir(path)
        else:
            os.remove(path)
    except OSError:
        pass


def content(path):
    with open(path, "rb") as f:
        return f.read()


def put(path, data):
    fetch._folders(path)
    with open(path, "wb") as f:
        f.write(data)


class World:
    """A node and its broker, and a host that answers what the node asks for."""

    def __init__(self, files=FILES, build="b001"):
        machine.reset_world()
        for path in ("a", "b", "slot", "slot.new", "boots", "manifest", "gongzhi_node", fetch.ROM):
            remove(path)
        esp32.blobs.clear()
        del esp32.broken[:]
        keys.write(keys.KEY, KEY)
        self.time = Time((mqtt, node, stops, voice, update))
        update.free = lambda: None
        self.broker = Broker(self.time)
        doc = {"v": 1, "space": "local", "team": "gate01", "device": "door", "mqtt": {"host": "10.0.0.1"}}
        doc["board"], doc["parts"] = "esp32-devkitc", [dict(spec) for spec in PARTS]
        config.store(doc, "config.json")
        self.board = board.Board(doc, range(6, 12))
        self.node = node.Node(self.board, "240ac4010203", 7)
        self.restarts = 0
        self.node.restart = self._restart
        self.use(files, build)
        self.read = self.asked = self.looked = 0
        self.heard = []

    def _restart(self):
        self.restarts += 1

    def use(self, files, build="b001"):
        self.files, self.build, self.list = files, build, manifest(files, build)
        self.order = [self.list] + [files[path] for path in sorted(files)]

    async def start(self):
        self.task = asyncio.create_task(self.node.run())
        await settle()
        return self

    async def end(self):
        if self.node.update:
            await cancelled(self.node.update.task)
        await cancelled(self.task)
        await settle()

    def down(self, payload):
        self.broker.send(BASE + b"down/fw", payload, 0)

    def head(self, **change):
        names = ("kind", "sid", "build", "version", "board", "fits", "size", "digest", "older")
        h = dict(zip(names, ["app", self.node.voice.sid(), self.build, VERSION, "esp32-devkitc", str(update.ABI)]))
        h.update(size=str(len(self.list)), digest=sha(self.list), older="0")
        h.update(change)
        return [h[name] for name in names]

    async def offer(self, key=KEY, **change):
        h = self.head(**change)
        signed = update.mac(key, "\n".join(h).encode())
        self.down(json.dumps({"v": 1, "op": "offer", "id": "u-1", "h": h, "mac": signed}).encode())
        await settle()

    def said(self):
        # Only what is new is looked at, or a long transfer takes the square of its length.
        fresh, self.looked = self.broker.got[self.looked :], len(self.broker.got)
        for kind, body in fresh:
            n = 2 + (body[0] << 8 | body[1]) if kind & 0xF0 == 0x30 else 0
            if n and body[2:n] == BASE + b"up/fw":
                self.heard.append(json.loads(body[n + (2 if kind & 6 else 0) :]))
        return self.heard

    def last(self, op):
        found = [m for m in self.said() if m["op"] == op]
        return found[-1] if found else None

    def piece(self, file, at, data):
        self.down(bytes([1, file >> 8, file & 255, 0, at >> 16, at >> 8 & 255, at & 255]) + data)

    async def serve(self, rounds=400, most=1 << 30):
        """Answer what is asked for, at most `most` bytes of it, until nothing is."""
        for _ in range(rounds):
            said = list(self.said())
            fresh, self.read = said[self.read :], len(said)
            gets = [m for m in fresh if m["op"] == "get"]
            for m in gets:
                self.asked += m["n"]
                for at in range(m["at"], m["at"] + m["n"], m["p"]):
                    data = self.order[m["f"]][at : min(at + m["p"], m["at"] + m["n"])]
                    if most > 0:
                        self.piece(m["f"], at, data)
                    most -= len(data)
            await settle()
            if not gets and not self.node.update:
                break
            if not gets and len(self.said()) == self.read:
                if most <= 0:
                    break
                await self.time.forward(250)

    def installed(self, slot):
        return {path: content(slot + "/" + path) for path in self.files} == self.files


async def test_a_signed_update_is_fetched_and_tried():
    w = await World().start()
    await w.offer()
    await w.serve()
    assert w.last("no") is None and w.last("done")["build"] == "b001", w.said()
    assert w.installed("a") and slots.read() == ("a", "-", "try", 0) and w.restarts == 1
    assert w.asked == sum(len(data) for data in w.order), "nothing is fetched twice"
    assert slots.choose() == ("a", 1) and slots.build("a") == "b001"
    await w.end()


async def test_who_asks_is_told_what_runs():
    w = await World().start()
    w.down(b'{"v":1,"op":"ask","id":"q-1"}')
    await settle()
    m = w.last("is")
    assert m["id"] == "q-1" and m["sid"] == w.node.voice.sid() and m["key"] == 1 and m["build"] == "-", m
    assert (m["slot"], m["state"], m["board"], m["fw"], m["mpy"]) == ("-", "ok", "esp32-devkitc", VERSION, update.ABI)
    assert update.free() is None and w.node.update is None
    await w.end()


async def test_what_is_not_signed_or_not_for_this_board_is_refused():
    w = await World().start()
    wrong = [
        ("mac", {"key": bytes(32)}), ("sid", {"sid": "010203-6-1"}), ("board", {"board": "xiao-esp32c3"}),
        ("mpy", {"fits": "5"}), ("older", {"version": "0.0.9"}), ("form", {"version": "new"}),
        ("form", {"kind": "x"}), ("form", {"build": "a\nb"}), ("chip", {"kind": "image", "fits": "esp32s9"}),
    ]  # fmt: skip
    for code, change in wrong:
        await w.offer(**change)
        assert w.last("no")["err"] == code, (code, w.said())
    h = w.head()
    mac = update.mac(KEY, "\n".join(h).encode())
    for place in range(len(h)):  # not one word of it can be changed
        other = list(h)
        other[place] = "1"
        w.down(json.dumps({"v": 1, "op": "offer", "id": "u-2", "h": other, "mac": mac}).encode())
        await settle()
        assert w.last("no")["err"] == "mac", place
    for junk in (b"{", b"[]", b'{"v":1}', b'{"v":1,"op":"offer"}', b'{"v":2,"op":"ask"}', b"\1", b"\1\0\0\0\0\0\0x"):
        w.down(junk)
        await settle()
    esp32.blobs.clear()
    await w.offer()
    assert w.last("no")["err"] == "key"
    assert w.last("get") is None and "a" not in os.listdir(".") and slots.read() == ("-", "-", "ok", 0)
    await w.end()


async def test_an_older_version_needs_to_be_asked_for():
    w = await World().start()
    await w.offer(version="0.0.9", older="1")
    await w.serve()
    assert w.last("done")
    await w.end()


async def test_rfc_4231_test_case_2():
    key, text = b"Jefe", b"what do ya want for nothing?"
    assert update.mac(key, text) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


async def test_a_break_is_a_pause_after_any_number_of_bytes():
    total = sum(len(data) for data in World().order)
    for most in range(0, total, 1900):
        w = await World().start()
        await w.offer()
        await w.serve(most=most)
        asked = w.asked
        w.broker.link.end()  # the broker goes …
        await settle()
        await w.time.forward(2000)  # … and is back
        assert w.node.client.up and w.node.update
        await w.time.forward(3000)
        await w.serve()
        assert w.last("done") and w.installed("a") and slots.read()[2] == "try", most
        assert w.asked - asked <= total - most + 2 * 4 * 384, "it goes on where it was"
        await w.end()


async def test_a_restart_in_the_middle_keeps_the_files_that_are_whole():
    w = await World().start()
    await w.offer()
    await w.serve(most=len(w.list) + 900 + 500)
    await w.end()
    assert slots.choose() == ("", 0)
    again = node.Node(board.Board(config.load("config.json"), range(6, 12)), "240ac4010203", 8)
    w.node, w.asked, w.read = again, 0, len(w.said())
    await w.start()
    await w.offer()
    await w.serve()
    assert w.last("done") and w.installed("a")
    assert w.asked == len(FILES["gongzhi_node/parts/servo.py"]), "only what was not whole"
    await w.end()


async def test_the_second_update_takes_what_is_the_same_from_the_first_and_the_other_slot():
    w = await World().start()
    await w.offer()
    await w.serve()
    slots.choose()
    slots.good()
    w.use(dict(FILES, **{"gongzhi_node/new.py": b"x" * 10}), "b002")
    w.asked = 0
    await w.offer()
    await w.serve()
    assert slots.read() == ("b", "a", "try", 0) and w.installed("b")
    assert content("a/gongzhi_node/__init__.py") == FILES["gongzhi_node/__init__.py"]
    assert w.asked == len(w.list) + 10
    slots.choose()
    slots.good()
    # The third writes over the first: from then on nobody goes back to it, not even in the middle of the update.
    w.use({"gongzhi_node/__init__.py": b"3"}, "b003")
    await w.offer()
    await w.serve(most=0)
    assert slots.read() == ("b", "-", "ok", 0)
    await w.serve()
    assert slots.read() == ("a", "b", "try", 0) and os.listdir("a/gongzhi_node") == ["__init__.py"]
    await w.end()


async def test_a_part_of_ones_own_comes_along_and_a_removed_one_does_not():
    w = World()
    put("gongzhi_node/parts/fan.py", b"mine")
    put("gongzhi_node/parts/gone.py", b"was ours")
    put("manifest", b"f1\n8 00 gongzhi_node/parts/gone.py\n")
    await w.start()
    await w.offer()
    await w.serve()
    assert content("a/gongzhi_node/parts/fan.py") == b"mine" and "gone.py" not in os.listdir("a/gongzhi_node/parts")
    await w.end()


async def test_what_runs_from_romfs_is_copied_from_there_and_a_part_of_ones_own_in_it_comes_along():
    w = World()
    for path in FILES:
        put(fetch.ROM + "/" + path, FILES[path])
    put(fetch.ROM + "/gongzhi_node/parts/fan.mpy", b"mine")
    put(fetch.ROM + "/gongzhi_node/parts/gone.mpy", b"was ours")
    put("manifest", b"f1\n8 00 gongzhi_node/parts/gone.mpy\n")
    await w.start()
    await w.offer()
    await w.serve()
    assert w.last("done") and w.installed("a") and w.asked == len(w.list), "nothing but the manifest is fetched"
    assert content("a/gongzhi_node/parts/fan.mpy") == b"mine" and "gone.mpy" not in os.listdir("a/gongzhi_node/parts")
    await w.end()


async def test_wrong_bytes_are_never_run():
    w = await World().start()
    await w.offer()
    await w.serve(most=0)
    w.order[3] = b"\0" * len(w.order[3])
    await w.time.forward(3000)
    await w.serve()
    no = w.last("no")
    assert (no["err"], no["at"]) == ("hash", "a/gongzhi_node/parts/servo.py")
    assert slots.read() == ("-", "-", "ok", 0) and not w.restarts and w.node.update is None
    await w.end()


async def test_a_manifest_that_leaves_its_slot_is_refused():
    for path in ("gongzhi_node/../../boot.py", "main.py", "/x", "gongzhi_node/a b"):
        w = World({"gongzhi_node/__init__.py": b"1", path: b"2"})
        await w.start()
        await w.offer()
        await w.serve()
        assert w.last("no")["err"] == "form" and not w.restarts
        await w.end()


async def test_a_full_disk_is_said_before_anything_is_written_over():
    w = World()
    fetch.free = lambda: 40000
    await w.start()
    await w.offer()
    await w.serve()
    need, room = w.last("no")["at"].split()
    assert w.last("no")["err"] == "full" and int(need) == (3 + 8) * 4096 and room == "40000", w.last("no")
    fetch.free = lambda: 46000
    await w.offer()
    await w.serve()
    assert w.last("done")
    fetch.free = lambda: None
    await w.end()


async def test_a_host_that_falls_silent_is_waited_for_ten_minutes():
    w = await World().start()
    await w.offer()
    await w.time.forward(590000)
    assert w.node.update
    await w.time.forward(20000)
    assert w.last("no")["err"] == "silent" and w.node.update is None
    await w.end()


async def test_the_same_offer_goes_on_another_one_takes_its_place_and_end_ends_it():
    w = await World().start()
    await w.offer()
    first = w.node.update
    await w.offer()
    assert w.node.update is first
    w.use({"gongzhi_node/__init__.py": b"other"}, "b005")
    await w.offer()
    assert w.node.update is not first and w.node.update.build == "b005"
    w.down(b'{"v":1,"op":"end"}')
    await settle()
    assert w.node.update is None and not w.restarts
    await w.end()


async def test_the_restart_waits_for_a_part_under_a_lease():
    w = await World().start()
    busy = [True]
    w.node.guard.busy = lambda: busy[0]
    await w.offer()
    await w.serve(rounds=30)
    assert slots.read()[2] == "try" and not w.restarts and w.last("done") is None
    busy.clear()
    busy.append(False)
    await w.time.forward(500)
    assert w.restarts == 1
    await w.end()


async def test_no_update_while_the_last_one_is_on_trial():
    w = await World().start()
    slots.write("a", "-", "try", 1)
    await w.offer()
    assert w.last("no")["err"] == "trial"
    await w.end()


async def test_a_trial_is_good_after_a_minute_with_the_broker():
    w = World()
    slots.write("a", "-", "try", 1)
    w.node.trial = trial.Trial(w.node)
    await w.start()
    await w.time.forward(58000)
    assert slots.read()[2] == "try"
    await w.time.forward(3000)
    assert slots.read() == ("a", "-", "ok", 0) and w.node.trial is None and w.last("is")["state"] == "ok"
    await w.time.forward(200000)
    assert not w.restarts
    await w.end()


async def test_a_trial_without_a_broker_has_had_its_try():
    w = World()
    slots.write("a", "-", "try", 1)
    w.node.trial = trial.Trial(w.node)
    w.broker.refuse = True
    await w.start()
    await w.time.forward(178000)
    assert not w.restarts and slots.read()[2] == "try"
    await w.time.forward(3000)
    assert w.restarts and slots.read()[2] == "try"
    await w.end()


IMAGE = bytes([0xE9] + [1] * 11 + [0, 0] + [7] * 9000)  # for an ESP32: chip 0


class Imaged(World):
    """The same with an image of MicroPython in the host's hands."""

    def __init__(self, image=IMAGE):
        part = esp32.Partition
        part.flash.clear()
        part.runs = part.boots = "ota_0"
        part.ota = part.loader = part.valid = True
        remove("image")
        World.__init__(self)
        update.CHIP = fetch.CHIP = "esp32"
        from gongzhi_node import image as module

        module.CHIP = "esp32"
        self.list, self.order = image, [image]

    def head(self, **change):
        change = dict({"kind": "image", "fits": "esp32"}, **change)
        return World.head(self, **change)


async def test_an_image_goes_to_the_other_partition_and_is_good_after_a_minute():
    w = await Imaged().start()
    await w.offer()
    await w.serve()
    part = esp32.Partition
    assert w.last("done") and w.restarts == 1 and part.boots == "ota_1", w.said()
    assert bytes(part.flash["ota_1"][: len(IMAGE)]) == IMAGE and slots.read() == ("-", "-", "ok", 0)
    part.restart()
    assert part.runs == "ota_1" and not part.valid
    w.node.trial = trial.Trial(w.node)
    await w.time.forward(62000)
    assert part.valid and "image" not in os.listdir(".") and w.last("is")["part"] == "ota_1"
    part.restart()
    assert part.runs == "ota_1"
    await w.end()


async def test_an_image_that_does_not_find_the_broker_is_left():
    w = await Imaged().start()
    await w.offer()
    await w.serve()
    part = esp32.Partition
    part.restart()
    part.restart()  # it has died, or had itself restarted
    assert part.runs == "ota_0"
    w.node.trial = trial.Trial(w.node)
    await w.time.forward(62000)
    assert "image" not in os.listdir(".") and w.last("is")["part"] == "ota_0" and part.boots == "ota_0"
    await w.end()


async def test_images_that_cannot_be():
    part = esp32.Partition
    for code, image, change in (
        ("chip", bytes([0xE9] + [1] * 11 + [9, 0] + [7] * 90), {}), ("chip", b"nonsense" * 20, {}),
        ("full", IMAGE * 8, {}), ("image", IMAGE, {"ota": False}), ("image", IMAGE, {"loader": False}),
        ("hash", IMAGE[:40] + b"\0" + IMAGE[41:], {}),
    ):  # fmt: skip
        w = await Imaged(image).start()
        for name in change:
            setattr(part, name, change[name])
        await w.offer()
        await w.serve()
        assert w.last("no")["err"] == code, (code, w.said())
        assert part.boots == "ota_0" and not w.restarts and "image" not in os.listdir(".")
        await w.end()
