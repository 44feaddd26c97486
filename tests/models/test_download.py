"""pip brings the pinned wheel from wherever it is set up to look, shown as it grows; its failures are told."""

import subprocess
import sys

import pytest
from gongzhi import models
from gongzhi.errors import ModelError
from gongzhi.models import download as downloads

from .conftest import FILES, make_wheel


def test_pip_brings_the_wheel_and_its_growth_is_shown(toy, mirror):
    (mirror / toy.name).write_bytes(toy.read_bytes())
    seen = []
    assert models.ensure("toy", progress=lambda *both: seen.append(both)) == FILES
    size = models.card("toy").source.size
    assert seen[-1] == (size, size)
    assert all(0 <= done <= total == size for done, total in seen)
    assert models.inventory()[0].origin == "pip: gongzhi-toy==1.0"


def test_a_mirror_that_gives_another_file_is_found_out(toy, mirror, cache):
    make_wheel(mirror, FILES | {"landmarks": b"evil"})
    with pytest.raises(ModelError, match="sha-256"):
        models.fetch("toy")
    assert not cache.exists()


def test_without_network_pips_own_word_and_the_way_out_are_said(toy, cache):
    with pytest.raises(ModelError) as caught:
        models.fetch("toy")
    assert "gongzhi-toy==1.0" in caught.value.values["reason"]
    assert "gongzhi models fetch --from gongzhi_toy-1.0-py3-none-any.whl" in caught.value.text("en")
    assert not cache.exists()


def test_without_pip_the_way_out_is_said(toy, cache, monkeypatch):
    monkeypatch.setattr(downloads.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match="ensurepip"):
        models.fetch("toy")
    assert not cache.exists()


def test_ctrl_c_ends_pip_and_leaves_nothing(toy, mirror, cache, monkeypatch):
    started = []
    real = subprocess.Popen
    sleeper = [sys.executable, "-c", "import sys; sys.stdin.read()"]

    def start(command, **more):
        started.append(real(sleeper, **(more | {"stdin": subprocess.PIPE})))
        return started[0]

    monkeypatch.setattr(downloads.subprocess, "Popen", start)

    def interrupt(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        models.fetch("toy", progress=interrupt)
    assert started[0].returncode is not None
    started[0].stdin.close()
    assert not cache.exists()


@pytest.mark.parametrize(
    ("log", "said"),
    [
        ("Looking\nERROR: first\nERROR: No matching distribution\nafter\n", "fetched: No matching distribution\n"),
        ("only this\n\n", "fetched: only this\n"),
        ("", "fetched: pip\n"),
        ("WARNING: Retrying after connection broken by 'X'\nERROR: No matching distribution", "no answer from the net"),
    ],
)
def test_pips_last_error_is_told_and_a_dead_network_by_its_name(tmp_path, log, said):
    path = tmp_path / "pip.log"
    path.write_text(log)
    error = downloads._failed(path, models.card("blazepose").source)
    assert said in str(error)
    assert "--from mediapipe-0.10.18" in str(error)


def test_the_arriving_file_is_seen_wherever_pip_puts_it(tmp_path):
    source = models.card("blazepose").source
    (tmp_path / "pip-unpack-x").mkdir()
    (tmp_path / "pip-unpack-x" / "half.whl").write_bytes(b"x" * 1000)
    (tmp_path / "pip.log").write_bytes(b"x" * 2000)
    assert downloads._arrived(tmp_path, source) == 1000
