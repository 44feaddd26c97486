"""A ROMFS image: real MicroPython mounts it, imports from it and holds less of it in its heap."""

import subprocess
import sys

import pytest
from gongzhi.board import romfs

PROGRAM = """
import sys, vfs
vfs.mount(vfs.VfsRom(open("image", "rb").read()), "/rom")
sys.path.insert(0, "/rom")
from box import thing
print(thing.NAME, open("/rom/long").read() == "x" * 300, open("/rom/empty").read() == "")
"""


def test_micropython_reads_it(tmp_path):
    pytest.importorskip("micropython_run", reason="no MicroPython wheel for this machine")
    files = {"box/thing.py": "NAME = '门'".encode(), "box/__init__.py": b"", "long": b"x" * 300, "empty": b""}
    (tmp_path / "image").write_bytes(romfs.image(files))
    (tmp_path / "try.py").write_text(PROGRAM, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "micropython_unix", "try.py"], cwd=tmp_path, capture_output=True, timeout=20
    )
    assert done.stdout.decode() == "门 True True\n", done


def test_it_is_written_as_the_format_says():
    assert romfs.image({}) == b"\xd2\xcd\x31\x00"
    assert romfs.image({"a": b"b"}) == b"\xd2\xcd\x31\x07" + b"\x05\x05" + b"\x01a" + b"\x02\x01b"
    assert romfs.image({"d/a": b""}).endswith(b"\x04\x08\x01d" + b"\x05\x04\x01a\x02\x00")
