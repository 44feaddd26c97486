"""What is MicroPython for a board, and what is not; and what a plan for it writes where."""

import contextlib
from pathlib import Path

import pytest
from gongzhi.board import flash, image, partitions
from gongzhi.board.esptool import Found
from gongzhi.board.partitions import Partition
from gongzhi.errors import BoardError
from hypothesis import given
from hypothesis import strategies as st

from tests.board.images import AUTOMATIC, STOCK, micropython

MB = 1 << 20


@pytest.fixture
def made(tmp_path):
    def make(**what):
        path = tmp_path / "m.bin"
        path.write_bytes(micropython(**what))
        return image.read(path)

    return make


def on(chip="esp32", mb=4, table=STOCK, font=False):
    return flash.Board(Found(chip, "240ac4000001", mb * MB), tuple(table), font)


@pytest.mark.parametrize("chip", ["ESP32", "ESP32S3", "ESP32C3"])
def test_it_is_read(made, chip):
    found = made(chip=chip, romfs=True, version="1.24.1")
    assert (found.chip, found.version, found.date, found.romfs) == (chip.lower(), (1, 24, 1), "2026-07-05", True)
    assert found.base == (0x1000 if chip == "ESP32" else 0)
    assert found.table == STOCK
    assert not made(chip=chip).romfs


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda data: data[:-200], "damaged"),
        (lambda data: data[:-100] + b"\1" + data[-99:], "damaged"),
        (lambda data: data[0x10000 - 0x1000 :], "program alone"),
        (lambda data: b"PK" + data[2:], "no image"),
        (lambda data: data[:0x7010] + b"x" + data[0x7011:], "partition table is damaged"),
        (lambda _: micropython(version="1.23.0"), "too old"),
        (lambda _: micropython(version="?"), "no MicroPython"),
    ],
)
def test_what_is_none_is_said(tmp_path, change, said):
    path = tmp_path / "m.bin"
    path.write_bytes(change(micropython()))
    with pytest.raises(BoardError, match=said):
        image.read(path)


def test_an_update_takes_the_program_alone_out_of_either_file(tmp_path):
    path, whole = tmp_path / "m.bin", micropython("ESP32S3")
    path.write_bytes(whole)
    program = whole[0x10000:]
    assert image.for_update(path) == (program, "esp32s3"), "not the boot loader that such a file begins with"
    path.write_bytes(program + b"\xff" * 100)
    assert image.for_update(path) == (program, "esp32s3")
    for wrong, said in ((program[:-40], "damaged"), (micropython(version="1.23.0")[0xF000:], "too old")):
        path.write_bytes(wrong)
        with pytest.raises(BoardError, match=said):
            image.for_update(path)


@given(st.binary(max_size=200), st.integers(0, 0x12000))
def test_noise_is_an_image_or_an_error(tmp_path_factory, noise, at):
    data = micropython()
    path = tmp_path_factory.getbasetemp() / "noise.bin"
    path.write_bytes(data[:at] + noise + data[at + len(noise) :])
    with contextlib.suppress(BoardError):
        assert isinstance(image.read(path), image.Image)


def test_nothing_between_the_pieces_is_written_so_that_nvs_and_files_stay(made):
    plan = flash.plan(made(), on())
    assert [at for at, _ in plan.pieces] == [0x1000, 0x8000, 0x10000]
    nvs = STOCK[0]
    assert not any(at < nvs.end and at + len(data) > nvs.at for at, data in plan.pieces)
    assert (plan.fresh, plan.rom, plan.kept) == (False, None, None)
    assert partitions.parse(plan.pieces[1][1]) == list(STOCK)
    assert flash.plan(made(), on(table=())).fresh, "an empty chip is formatted"
    again = flash.plan(made(), on(), fresh=True)
    assert (0x200000, b"\xff" * 8192) in again.pieces


def test_a_place_for_romfs_is_laid_where_the_image_can_use_it(made):
    plan = flash.plan(made(romfs=True), on())
    assert plan.rom == Partition("romfs", 1, 0x8F, 0x200000, flash.ROM)
    assert plan.files == Partition("vfs", 1, 0x81, 0x240000, 0x1C0000)
    assert plan.fresh, "the files have another place"
    table = dict(plan.pieces)[partitions.AT]
    assert partitions.parse(table) == [*AUTOMATIC, plan.rom, plan.files], "and its sum is right"
    assert partitions.fault(plan.table, 4 * MB) is None
    # The newer tables leave the files to what is behind the last partition.
    plan = flash.plan(made(romfs=True, table=AUTOMATIC), on())
    assert plan.table == (*AUTOMATIC, plan.rom)
    assert plan.files == Partition("vfs", 1, 0x81, 0x240000, 0x1C0000)
    own = (
        *AUTOMATIC[:2],
        Partition("factory", 0, 0, 0x10000, 0x1D0000),
        Partition("romfs", 1, 0x8F, 0x1E0000, 0x20000),
    )
    assert flash.plan(made(romfs=True, table=own), on()).rom == own[3], "the image's own"
    # A program that has moved on: what lay in its ROMFS is gone with it.
    assert (0x1E0000, b"\xff" * 8192) in flash.plan(made(romfs=True, table=own), on()).pieces


def test_the_font_of_a_handpy_stays(made):
    big = (*AUTOMATIC, Partition("vfs", 1, 0x81, 0x200000, 0x600000))
    for table in (big, AUTOMATIC):
        plan = flash.plan(made(table=table, flash_mb=8), on(mb=8, font=True))
        assert plan.kept == flash.FONT
        assert plan.files == Partition("vfs", 1, 0x81, 0x200000, 0x200000)
        assert plan.files in plan.table, "said, or MicroPython would take all that is left"
        assert all(at + len(data) <= flash.FONT for at, data in plan.pieces)
        assert flash.plan(made(table=table, flash_mb=8), on(mb=8, font=True), keep=False).files.end == 8 * MB


def test_what_does_not_fit_is_refused(made):
    with pytest.raises(BoardError, match=r"for the chip esp32s3, but on the board is esp32\b"):
        flash.plan(made(chip="ESP32S3"), on())
    with pytest.raises(BoardError, match="2 MB"):
        flash.plan(made(), on(mb=2))
    with pytest.raises(BoardError, match="2 MB"):
        flash.plan(made(table=AUTOMATIC), on(mb=2))
    assert Path(flash.where("esp32c3")).name == "ESP32_GENERIC_C3"
