"""Partition tables: written and read again, held against what esptool's and ESP-IDF's rules say."""

import contextlib

import pytest
from gongzhi.board import partitions
from gongzhi.board.partitions import Partition, app, fault, files, pack, parse
from gongzhi.errors import BoardError
from hypothesis import given
from hypothesis import strategies as st

STOCK = [
    Partition("nvs", 1, 2, 0x9000, 0x6000), Partition("phy_init", 1, 1, 0xF000, 0x1000),
    Partition("factory", 0, 0, 0x10000, 0x1F0000), Partition("vfs", 1, 0x81, 0x200000, 0x200000),
]  # fmt: skip
one = st.builds(
    Partition, st.text("abcdefgh_", min_size=1, max_size=15), st.integers(0, 255), st.integers(0, 255),
    st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1),
)  # fmt: skip


@given(st.lists(one, max_size=90))
def test_a_table_is_read_as_it_was_written(parts):
    assert len(pack(parts)) == partitions.SIZE
    assert parse(pack(parts)) == parts


@given(st.binary(max_size=4000))
def test_noise_is_no_table_or_an_error(data):
    with contextlib.suppress(BoardError):
        assert isinstance(parse(data), list)


def test_a_changed_byte_is_found():
    data = bytearray(pack(STOCK))
    data[40] ^= 1
    with pytest.raises(BoardError, match="damaged"):
        parse(bytes(data))
    assert parse(b"\xff" * partitions.SIZE) == [], "an erased chip has none"


def test_where_things_lie():
    assert app(STOCK) == STOCK[2]
    assert files(STOCK, 4 << 20) == STOCK[3]
    assert files(STOCK[:3], 4 << 20) == Partition("vfs", 1, 0x81, 0x200000, 0x200000), "all that is left"
    assert files([], 4 << 20) is None
    assert app([]) is None


@pytest.mark.parametrize(
    ("parts", "flash"),
    [
        (STOCK, 2 << 20),
        ([*STOCK, Partition("more", 1, 6, 0x3FF000, 0x1000)], 8 << 20),
        ([Partition("odd", 0, 0, 0x11000, 0x1000)], 4 << 20),
        ([Partition("low", 1, 0, 0x8000, 0x1000)], 4 << 20),
    ],
)
def test_what_cannot_be_is_named(parts, flash):
    assert fault(parts, flash) is not None
    assert fault(STOCK, 4 << 20) is None
