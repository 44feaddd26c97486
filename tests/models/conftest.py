"""For tests of the model store: an empty cache, and a small model of our own in a wheel that pip takes for real."""

from __future__ import annotations

import hashlib
import os
import zipfile

import pytest
from gongzhi.models import description

FILES = {"detector": b"detector bytes", "landmarks": b"landmark bytes", "licence": b"Apache License"}
INFO = "gongzhi_toy-1.0.dist-info"
WHEEL = "gongzhi_toy-1.0-py3-none-any.whl"


def make_wheel(folder, files=FILES):
    """A wheel with our files, as pip demands it."""
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / WHEEL, "w", zipfile.ZIP_DEFLATED) as wheel:
        for role, content in files.items():
            wheel.writestr(f"weights/{role}.bin", content)
        wheel.writestr(f"{INFO}/METADATA", "Metadata-Version: 2.1\nName: gongzhi-toy\nVersion: 1.0\n")
        wheel.writestr(f"{INFO}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{INFO}/RECORD", "")
    return folder / WHEEL


def describe(wheel, files=FILES):
    """The model.toml that pins this wheel and these files."""
    content = wheel.read_bytes()
    lines = [
        'name = "toy"', 'licence = "MIT"', 'keypoints = "none"', 'title = { zh = "玩具", en = "Toy" }',
        "[source]", 'package = "gongzhi-toy"', 'version = "1.0"', 'platform = "any"', 'python = "311"',
        f'wheel = "{WHEEL}"', f"size = {len(content)}", f'sha256 = "{hashlib.sha256(content).hexdigest()}"',
    ]  # fmt: skip
    for role, each in files.items():
        sha = hashlib.sha256(each).hexdigest()
        lines += [f"[members.{role}]", f'path = "weights/{role}.bin"', f"size = {len(each)}", f'sha256 = "{sha}"']
    return "\n".join(lines)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache of our own."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("GONGZHI_CACHE", str(folder))
    return folder


@pytest.fixture
def toy(tmp_path, monkeypatch, cache):
    """The wheel of a model "toy", the only one that is known; pip finds nothing anywhere."""
    wheel = make_wheel(tmp_path / "usb")
    card = tmp_path / "models" / "toy" / "model.toml"
    card.parent.mkdir(parents=True)
    card.write_text(describe(wheel), "utf-8")
    monkeypatch.setattr(description, "folder", lambda: tmp_path / "models")
    for name in ("PIP_FIND_LINKS", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    return wheel


@pytest.fixture
def mirror(tmp_path, monkeypatch, toy):
    """A folder that pip takes for its mirror; a test puts wheels there."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder
