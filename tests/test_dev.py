"""tools/dev.py on machines in every state; nothing is installed and nothing is downloaded."""

import contextlib
import importlib.util
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

FILE = Path(__file__).parents[1] / "tools" / "dev.py"


class Machine:
    """The machine that dev.py sees: it notes each command; `fail` holds words whose command does not succeed."""

    def __init__(self, dev, root: Path) -> None:
        self.dev, self.commands, self.fail = dev, [], set()
        self.pip = True

    def run(self, command, **options):
        self.commands.append(command)
        if "--version" in command:
            return subprocess.CompletedProcess(command, 0 if self.pip and self.dev.PYTHON.exists() else 1)
        if "venv" in command:
            self.dev.PYTHON.parent.mkdir(parents=True, exist_ok=True)
            self.dev.PYTHON.touch()
        return subprocess.CompletedProcess(command, int(bool(self.fail & set(command))))

    @contextlib.contextmanager
    def popen(self, command, **options):
        done = self.run(command)
        done.stdout = ["Collecting numpy\n", "what went wrong\n"]
        yield done

    def did(self, word):
        return [command for command in self.commands if word in command]


@pytest.fixture
def dev(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("dev_under_test", FILE)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    root = tmp_path / "root"
    root.mkdir()
    (root / "pyproject.toml").write_text("x")
    for kind in made.LOCKS:
        made.LOCKS[kind] = root / f"{kind}.lock"
        made.LOCKS[kind].write_text(kind)
    made.ROOT, made.VENV, made.PYTHON = root, root / ".venv", root / ".venv" / "bin" / "python"
    made.MODULE = [str(made.PYTHON), "-P", "-m"]
    made.ENGLISH = True
    monkeypatch.setenv("GONGZHI_CALLED", "")  # it is set there, and put back after the test
    monkeypatch.setattr(made.os, "execv", lambda path, command: pytest.fail("replaced the tests"), raising=False)
    made.hand_over = lambda command: handed.append(command) or 0
    made.handed = handed = []
    return made


@pytest.fixture
def machine(dev, tmp_path, monkeypatch):
    made = Machine(dev, tmp_path)
    monkeypatch.setattr(dev.subprocess, "run", made.run)
    monkeypatch.setattr(dev.subprocess, "Popen", made.popen)
    monkeypatch.setattr(dev.shutil, "which", lambda program, path=None: f"/usr/bin/{program}")
    return made


@pytest.mark.parametrize("words", [[], ["dmeo"], ["--port"]])
def test_a_wrong_word_gets_the_right_ones(dev, machine, capsys, words):
    assert dev.main(words) == 2
    said = capsys.readouterr().err
    assert all(name in said for name in ("demo", "test", "run"))
    assert machine.commands == []


def test_help_is_no_mistake(dev, machine, capsys):
    assert dev.main(["--help"]) == 0
    assert "demo" in capsys.readouterr().out


@pytest.mark.parametrize("english", [True, False])
def test_an_old_python_is_told_what_is_needed(dev, machine, monkeypatch, capsys, english):
    dev.ENGLISH = english
    monkeypatch.setattr(dev.sys, "version_info", (3, 10, 12))
    with pytest.raises(SystemExit) as caught:
        dev.main(["demo"])
    assert caught.value.code == 2
    assert "3.11" in capsys.readouterr().err
    assert machine.commands == []


def test_a_python_that_the_lock_does_not_know_yet_is_told_which_one_it_knows(dev, machine, monkeypatch, capsys):
    monkeypatch.setattr(dev.sys, "version_info", (3, 15, 0))
    with pytest.raises(SystemExit):
        dev.main(["demo"])
    assert "py -3.14 tools\\dev.py demo" in capsys.readouterr().err
    assert machine.commands == []


def test_of_two_first_starts_one_makes_the_environment_and_the_other_waits_with_a_word(dev, machine, monkeypatch):
    waiting = threading.Event()
    monkeypatch.setattr(dev, "say", lambda zh, en: "Another window" in en and waiting.set())
    monkeypatch.setattr(dev, "LOOK_S", 0.01)
    second = threading.Thread(target=dev.environment, args=("run",))
    with dev._alone():
        second.start()
        assert waiting.wait(10)
        dev._make("run")
        made = list(machine.commands)
    second.join(10)
    assert not second.is_alive()
    assert machine.commands == made


@pytest.mark.parametrize(
    ("words", "handed"),
    [
        (["demo"], ["demo"]),
        (["demo", "--seconds", "5", "--json", "--port", "0"], ["demo", "--seconds", "5", "--json", "--port", "0"]),
        (["demo", "-h"], ["demo", "-h"]),
        (["run", "--", "models", "list"], ["models", "list"]),
        (["run", "models", "list"], ["models", "list"]),
        (["run", "--", "--help"], ["--help"]),
        (["run", "--", "run", "a folder", "--", "x"], ["run", "a folder", "--", "x"]),
    ],
)
def test_what_follows_is_handed_over_as_it_is(dev, machine, words, handed):
    assert dev.main(words) == 0
    assert dev.handed == [[str(dev.PYTHON), "-P", "-m", "gongzhi", *handed]]
    assert os.environ["GONGZHI_CALLED"].endswith(" run --")


def test_the_environment_is_made_once(dev, machine, capsys):
    dev.environment("run")
    (venv,), locks = machine.did("venv"), machine.did("--require-hashes")
    assert len(machine.did("--editable")) == 1
    assert venv[0] == sys.executable
    # What builds a package that is published as source only is there before that package.
    assert [lock[-1] for lock in locks] == [str(dev.LOCKS["build"]), str(dev.LOCKS["run"])]
    assert all("--no-build-isolation" in lock for lock in locks)
    assert "First run" in capsys.readouterr().err
    before = len(machine.commands)
    dev.environment("run")
    assert len(machine.commands) == before
    assert capsys.readouterr().err == ""


def test_the_developers_environment_serves_a_user_but_not_the_other_way_round(dev, machine):
    dev.environment("run")
    dev.environment("dev")
    installed = [str(dev.LOCKS[kind]) for kind in ("build", "run", "build", "dev")]
    assert [command[-1] for command in machine.did("--require-hashes")] == installed
    dev.environment("run")
    assert len(machine.did("--require-hashes")) == 4


@pytest.mark.parametrize("changed", ["lock", "project", "folder"])
def test_another_lock_project_or_folder_is_installed_anew(dev, machine, changed, tmp_path):
    dev.environment("run")
    if changed == "lock":
        dev.LOCKS["run"].write_text("newer")
    elif changed == "project":
        (dev.ROOT / "pyproject.toml").write_text("newer")
    else:
        dev.ROOT = dev.ROOT.rename(tmp_path / "moved")
        dev.VENV, dev.PYTHON = dev.ROOT / ".venv", dev.ROOT / ".venv" / "bin" / "python"
        dev.LOCKS = {kind: dev.ROOT / f"{kind}.lock" for kind in dev.LOCKS}
    dev.environment("run")
    assert len(machine.did("--editable")) == 2
    assert len(machine.did("venv")) == 1


def test_an_installation_that_fails_is_tried_again_and_names_a_way(dev, machine, capsys):
    machine.fail = {"--require-hashes"}
    with pytest.raises(SystemExit):
        dev.environment("run")
    said = capsys.readouterr().err
    assert "PIP_INDEX_URL" in said
    assert "what went wrong" in said
    machine.fail = set()
    dev.environment("run")
    assert len(machine.did("--require-hashes")) == 3  # one that failed, then both


def test_an_update_that_fails_leaves_nothing_that_looks_finished(dev, machine):
    dev.environment("run")
    old = dev.LOCKS["run"].read_text()
    dev.LOCKS["run"].write_text("newer")
    machine.fail = {"--editable"}
    with pytest.raises(SystemExit):
        dev.environment("run")
    dev.LOCKS["run"].write_text(old)
    machine.fail = set()
    dev.environment("run")
    assert len(machine.did("--require-hashes")) == 6  # two locks each time


def test_an_environment_without_pip_is_made_anew(dev, machine):
    # Broken off between Python and pip: without this it would fail for ever.
    dev.PYTHON.parent.mkdir(parents=True)
    dev.PYTHON.touch()
    machine.pip = False
    dev.environment("run")
    (venv,) = machine.did("venv")
    assert "--clear" in venv


def test_what_is_half_made_is_taken_away(dev, machine, capsys):
    machine.fail = {"venv"}
    with pytest.raises(SystemExit):
        dev.environment("run")
    assert not dev.VENV.exists()
    assert str(dev.VENV) in capsys.readouterr().err


def test_a_python_without_ensurepip_names_the_package(dev, machine, monkeypatch, capsys):
    monkeypatch.setattr(dev.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(dev.os, "geteuid", lambda: 1000, raising=False)
    with pytest.raises(SystemExit):
        dev.environment("run")
    assert "sudo apt install python3-venv" in capsys.readouterr().err
    assert machine.did("venv") == []


def test_as_root_on_debian_the_package_is_installed(dev, machine, monkeypatch):
    monkeypatch.setattr(dev.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(dev.os, "geteuid", lambda: 0, raising=False)
    dev.environment("run")
    assert machine.did("python3-venv")[0][:3] == ["apt-get", "install", "-y"]
    assert machine.did("--editable")


def test_windows_has_no_root_to_ask(dev, machine, monkeypatch):
    monkeypatch.delattr(dev.os, "geteuid", raising=False)
    assert dev.apt_install(["chromium"]) is False


def test_missing_programs_are_named_before_any_check(dev, machine, monkeypatch, capsys):
    monkeypatch.setattr(dev.shutil, "which", lambda program, path=None: None)
    with pytest.raises(SystemExit):
        dev.main(["test"])
    assert "apt install chromium mosquitto" in capsys.readouterr().err
    assert machine.did("ruff") == []


def test_all_checks_run_in_order(dev, machine):
    assert dev.main(["test"]) == 0
    after = [command[3:] for command in machine.commands if command[0] == str(dev.PYTHON)][-4:]
    assert after == [["ruff", "check"], ["ruff", "format", "--check"], ["mypy"], ["pytest", *dev.ALL_TESTS]]


def test_a_failed_check_is_the_result(dev, machine):
    machine.fail = {"mypy"}
    assert dev.main(["test"]) == 1
    assert machine.did("pytest") == []


def test_with_arguments_pytest_runs_alone(dev, machine):
    assert dev.main(["test", "-k", "journal", "-x"]) == 0
    assert machine.commands[-1][2:] == ["-m", "pytest", "-k", "journal", "-x"]
    assert machine.did("mypy") == []


def test_a_lock_names_no_index(dev, machine):
    assert dev.main(["lock"]) == 0
    build, run, both = machine.did("compile")
    assert run[-4:] == ["--group", "build", "-o", str(dev.LOCKS["run"])]
    assert build[-4:] == ["--group", "build", "-o", str(dev.LOCKS["build"])]
    assert "--generate-hashes" in both
    assert not any(word.startswith(("--index", "--emit-index")) for word in build + run + both)
