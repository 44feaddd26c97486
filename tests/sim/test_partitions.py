"""Two partitions for programs and the boot loader between them: on both bodies, by the documented rules."""

import struct

from gongzhi.sim.chip import partitions

TRY = """
from esp32 import Partition
import os
run = Partition(Partition.RUNNING)
print('runs', run.info()[4], 'boots', Partition(Partition.BOOT).info()[4])
def no(what, *words):
    try:
        what(*words)
        print('taken')
    except OSError as error:
        print('no', error.args[0])
"""
FLASHED = """
other = run.get_next_update()
with open('image.bin', 'rb') as f:
    data = f.read()
no(run.ioctl, 6, 0)
no(run.writeblocks, 0, b'x' * 16, 0)
no(other.set_boot)
other.ioctl(6, 0)
other.writeblocks(0, data[:20], 0)
other.writeblocks(0, data[20:], 20)
back = bytearray(len(data))
other.readblocks(0, back)
print('same', back == data)
other.writeblocks(0, b'\\0' * 4, 4000)
other.writeblocks(0, b'\\xff' * 4, 4000)
four = bytearray(4)
other.readblocks(0, four, 4000)
print('cleared', four == b'\\0' * 4)
other.set_boot()
print('boots', Partition(Partition.BOOT).info()[4])
"""


def test_an_image_has_one_try_and_stays_if_it_is_good(board, tmp_path):
    state = tmp_path / "board"
    partitions.make(state)
    files = {"image.bin": partitions.image("ESP32", b"program" * 20)}
    one = board(files | {"main.py": (TRY + FLASHED).encode()})
    one.event_of("ended", error="")
    assert one.console[:7] == [
        "runs ota_0 boots ota_0", "no 19", "no 19", "no -5379", "same True", "cleared True", "boots ota_1"
    ]  # fmt: skip
    one.stop()
    files["main.py"] = TRY.encode()
    one = board(files, state_dir=state)
    one.said("runs ota_1 boots ota_1")
    one.reset()  # nobody has said that it is good
    one.said("runs ota_0 boots ota_0")
    one.stop()
    partitions._keep(state / "ota.json", 0, 1, "new")
    files["main.py"] = (TRY + "Partition.mark_app_valid_cancel_rollback()\n").encode()
    one = board(files, state_dir=state)
    one.event_of("ended", error="")
    one.reset()
    one.event_of("ended", 1, error="")
    assert [line for line in one.console if line.startswith("runs")] == ["runs ota_1 boots ota_1"] * 2


def test_an_image_with_one_partition_has_no_other(board):
    one = board(TRY + "no(run.get_next_update)\nno(Partition, 'ota_0')\nno(Partition.mark_app_valid_cancel_rollback)\n")
    one.event_of("ended", error="")
    assert one.console[:4] == ["runs factory boots factory", "no 2", "no 2", "no -261"]


def test_what_is_a_whole_image_for_this_chip():
    good = partitions.image("ESP32S3", b"x" * 100)
    assert partitions.image_fits(good + b"\xff" * 50, "ESP32S3")
    assert not partitions.image_fits(good, "ESP32")
    assert not partitions.image_fits(good[:-1], "ESP32S3")
    assert not partitions.image_fits(b"", "ESP32S3")
    for at in (0, 30, 60, len(good) - 40, len(good) - 1):
        wrong = bytearray(good)
        wrong[at] ^= 1
        assert not partitions.image_fits(bytes(wrong), "ESP32S3"), at
    endless = bytearray(good)
    struct.pack_into("<I", endless, 28, 1 << 31)
    assert not partitions.image_fits(bytes(endless), "ESP32S3")
