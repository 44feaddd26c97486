"""`gongzhi broker` as a user meets it: what it says, how it ends, and where a password may come from."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys

import pytest
import typer
from gongzhi.broker import Users
from gongzhi.cli import broker as verb
from gongzhi.errors import BrokerError, ConfigError
from typer.testing import CliRunner


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer()
    made.command()(verb.broker)
    return made


@pytest.fixture
def run_in_front():
    """run(arguments): the command as a process; its port once it listens."""
    children = []

    def begin(*arguments: str):
        code = "import sys; from gongzhi.cli.broker import broker; import typer; typer.run(broker)"
        flags = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
        child = subprocess.Popen(
            [sys.executable, "-c", code, *arguments], stderr=subprocess.PIPE, text=True, creationflags=flags
        )
        children.append(child)
        said = child.stderr.readline()
        return child, int(re.search(r"port (\d+)", said)[1])

    yield begin
    for child in children:
        child.kill()
        child.wait(10)
        child.stderr.close()


def test_it_serves_until_ctrl_c(run_in_front, dial):
    child, port = run_in_front("--port", "0")
    raw = dial(port, "c")
    child.send_signal(signal.CTRL_BREAK_EVENT if os.name == "nt" else signal.SIGINT)
    raw.closed()
    said = child.stderr.read()
    assert "No users" in said
    assert "The broker has ended." in said
    assert child.wait(10) == 0


def test_users_come_from_the_file(run_in_front, app, dial, tmp_path):
    path = tmp_path / "users.txt"
    done = CliRunner().invoke(app, ["--users", str(path), "--add-user", "gate01"], input="sesame\n")
    assert done.exit_code == 0, done.output
    assert Users.load(path).check("gate01", "sesame")
    child, port = run_in_front("--port", "0", "--users", str(path))
    assert dial(port).connect("c", user="gate01", password="sesame") == (False, 0)
    assert dial(port).connect("c", user="gate01", password="guess") == (False, 4)
    assert "no “allow” lines" in child.stderr.readline()
    assert "refused: 'gate01' as 'c'" in child.stderr.readline()


def test_a_typed_password_is_asked_for_twice(mocker, tmp_path):
    mocker.patch.object(verb.sys, "stdin", mocker.Mock(isatty=lambda: True))
    asked = mocker.patch.object(verb, "getpass", side_effect=["one", "one", "one", "two"])
    verb.broker(users=tmp_path / "u.txt", add_user="a")
    assert asked.call_count == 2
    assert Users.load(tmp_path / "u.txt").check("a", "one")
    with pytest.raises(ConfigError, match="differ"):
        verb.broker(users=tmp_path / "u.txt", add_user="a")


def test_wrong_uses_say_what_to_do(tmp_path):
    with pytest.raises(ConfigError, match="--users FILE"):
        verb.broker(add_user="a")
    with pytest.raises(ConfigError, match="--add-user"):
        verb.broker(users=tmp_path / "none.txt")
    with pytest.raises(BrokerError, match="without users"):
        verb.broker(host="0.0.0.0", port=0)


@pytest.mark.parametrize("kind", ["takeover", "slow", "login", "protocol"])
def test_every_notice_has_words(kind, capsys):
    verb._notice(kind, "door", "why")
    said = capsys.readouterr().err
    assert "why" in said or "door" in said
