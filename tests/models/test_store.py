"""What is in the cache is whole and right, or it is not used; what goes wrong on the way leaves nothing behind."""

import errno
from pathlib import Path

import pytest
from gongzhi import models
from gongzhi.errors import ModelError
from gongzhi.models import description, store

from .conftest import FILES, make_wheel


def everything(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_wheel_that_was_brought_is_unpacked_and_kept(toy, cache):
    folder = models.fetch("toy", wheel=toy)
    assert models.load("toy") == FILES
    assert everything(folder) == ["detector.bin", "landmarks.bin", "licence.bin", "origin.txt"]
    (found,) = models.inventory()
    assert found.verified
    assert found.origin == toy.name
    assert found.folder.is_relative_to(cache)


def test_another_model_of_the_same_wheel_comes_with_it(toy, cache):
    card = description.folder() / "toy" / "model.toml"
    other = description.folder() / "other" / "model.toml"
    other.parent.mkdir()
    other.write_text(card.read_text("utf-8").replace('name = "toy"', 'name = "other"'), "utf-8")
    models.fetch("toy", wheel=toy)
    assert models.load("other") == FILES


def test_before_the_fetch_the_error_says_what_to_run(toy):
    with pytest.raises(ModelError, match="gongzhi models fetch"):
        models.load("toy")
    (found,) = models.inventory()
    assert (found.verified, found.origin, found.altered) == (False, "", ())
    assert set(found.missing) == set(FILES)


def test_what_is_there_and_right_is_not_fetched_again(toy):
    models.fetch("toy", wheel=toy)
    models.fetch("toy", wheel=Path("/nowhere.whl"))
    assert models.ensure("toy") == FILES


def test_an_altered_file_is_refused_shown_and_mended(toy):
    path = models.fetch("toy", wheel=toy) / "landmarks.bin"
    path.write_bytes(b"something else")
    with pytest.raises(ModelError, match=r"altered.*landmarks\.bin"):
        models.load("toy")
    (found,) = models.inventory()
    assert (found.missing, found.altered) == ((), ("landmarks",))
    models.fetch("toy", wheel=toy)
    assert models.load("toy") == FILES


def test_a_lost_file_is_mended(toy):
    (models.fetch("toy", wheel=toy) / "detector.bin").unlink()
    assert models.inventory()[0].missing == ("detector",)
    models.fetch("toy", wheel=toy)
    assert models.load("toy") == FILES


def test_a_wheel_with_a_wrong_hash_is_refused_and_nothing_is_stored(toy, cache, tmp_path):
    other = make_wheel(tmp_path / "other", FILES | {"detector": b"evil"})
    with pytest.raises(ModelError) as caught:
        models.fetch("toy", wheel=other)
    said = caught.value.text("en")
    assert other.name in said
    assert models.card("toy").source.sha256[:12] in said
    assert store._hash(other)[:12] in said
    assert "应为" in caught.value.text("zh")
    assert not cache.exists()


@pytest.mark.parametrize("content", [b"", b"no zip"])
def test_a_file_that_is_no_wheel_is_refused_by_its_hash(toy, cache, tmp_path, content):
    path = tmp_path / "x.whl"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="sha-256"):
        models.fetch("toy", wheel=path)
    assert not cache.exists()


def test_a_wheel_that_does_not_exist_or_is_a_folder_is_named(toy, cache, tmp_path):
    for path in (tmp_path / "gone.whl", tmp_path):
        with pytest.raises(ModelError, match=f"{path.name} cannot be read"):
            models.fetch("toy", wheel=path)
    assert not cache.exists()


def test_a_member_that_is_not_the_pinned_one_is_refused(toy, cache, tmp_path):
    card = tmp_path / "models" / "toy" / "model.toml"
    wrong = card.read_text("utf-8").replace(store._hash(_written(tmp_path, FILES["detector"])), "0" * 64)
    card.write_text(wrong, "utf-8")
    with pytest.raises(ModelError, match="detector in"):
        models.fetch("toy", wheel=toy)
    assert not cache.exists()


def test_a_member_that_is_missing_in_the_wheel_is_named(toy, cache, tmp_path):
    card = tmp_path / "models" / "toy" / "model.toml"
    card.write_text(card.read_text("utf-8").replace("weights/detector.bin", "weights/gone.bin"), "utf-8")
    with pytest.raises(ModelError, match=r"weights/gone\.bin"):
        models.fetch("toy", wheel=toy)
    assert not cache.exists()


def test_a_full_disk_is_said_and_leaves_no_half_file(toy, cache, monkeypatch):
    real = Path.open

    def full(self, mode="r", *args, **more):
        if "w" in mode and "landmarks" in self.name:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(self, mode, *args, **more)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(ModelError, match=r"No space left.*\n.*GONGZHI_CACHE"):
        models.fetch("toy", wheel=toy)
    assert [name for name in everything(cache) if "landmarks" in name] == []
    assert not models.inventory()[0].verified


def test_a_write_that_breaks_off_leaves_what_was_there(toy, cache, monkeypatch):
    folder = models.fetch("toy", wheel=toy)
    (folder / "detector.bin").write_bytes(b"altered")

    def broken(_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(store.os, "fsync", broken)
    with pytest.raises(ModelError, match="Input/output error"):
        models.fetch("toy", wheel=toy)
    assert (folder / "detector.bin").read_bytes() == b"altered"
    assert everything(folder) == ["detector.bin", "landmarks.bin", "licence.bin", "origin.txt"]


def test_without_a_wish_the_cache_is_the_systems(monkeypatch):
    monkeypatch.delenv("GONGZHI_CACHE", raising=False)
    assert models.cache_dir().name.lower() in ("gongzhi", "cache")


def _written(tmp_path, content):
    path = tmp_path / "some.bin"
    path.write_bytes(content)
    return path
