"""What starts a project with the computer: one file of the user's own, made and removed by one command."""

import shlex
import sys
from pathlib import Path

import pytest
from gongzhi import cli, paths
from gongzhi.cli.autostart import entry
from typer.testing import CliRunner

EXAMPLE = paths.share("examples") / "01_hands_up_gate"


def test_the_unit_is_made_enabled_and_taken_away(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    words = ["autostart", str(EXAMPLE)]
    done = CliRunner().invoke(cli.app, [*words, "--option=--camera=synthetic"])
    assert done.exit_code == 0, (done.output, done.exception)
    unit = tmp_path / "systemd" / "user" / "gongzhi-gate01.service"
    assert unit.stat().st_mode & 0o077 == 0, "an option may hold a password"
    text = unit.read_text()
    assert "Restart=always" in text
    line = next(line for line in text.splitlines() if line.startswith("ExecStart="))
    assert shlex.split(line.removeprefix("ExecStart=")) == [
        sys.executable, "-m", "gongzhi", "run", str(EXAMPLE.resolve()), "--exhibition", "--camera=synthetic",
    ]  # fmt: skip
    wanted = unit.parent / "default.target.wants" / unit.name
    assert wanted.resolve() == unit.resolve()
    assert CliRunner().invoke(cli.app, words).exit_code == 0, "again is no error"
    assert "any more" in CliRunner().invoke(cli.app, [*words, "--off"]).output
    assert not unit.exists()
    assert not wanted.is_symlink()
    again = CliRunner().invoke(cli.app, [*words, "--off"])
    assert again.exit_code == 0, "nor is taking away what is not there"
    assert "was not started" in again.output


@pytest.mark.parametrize(("system", "name"), [("win32", "gongzhi-a.cmd"), ("darwin", "gongzhi.a.plist")])
def test_other_systems_have_a_file_of_their_own(system, name):
    file, text = entry("a", Path("/home/a b/<100%>"), ("--camera=R&D",), system)
    assert file.name == name
    assert "--exhibition" in text
    assert ("100%%" in text) == (system == "win32")
    assert system != "win32" or all(part.count('"') % 2 for part in text.split("R&D")[:-1]), "else & begins a command"
    assert ("&lt;" in text) == (system == "darwin")
