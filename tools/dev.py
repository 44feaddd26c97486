#!/usr/bin/env python3
"""Takes a fresh machine, gives a running demo or passed tests: makes .venv, installs the lock, names what is missing.

One file and only the standard library, so that it runs before anything is installed: Linux, macOS, Windows, Raspberry
Pi OS.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import locale
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn, TextIO

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
# Its own scripts are not used: they name the folder in which they were made, which may have been moved since.
PYTHON = VENV / "Scripts" / "python.exe" if os.name == "nt" else VENV / "bin" / "python"
# -P: a random.py in the folder where somebody works must not take the place of Python's own.
MODULE = [str(PYTHON), "-P", "-m"]
LOCKS = {
    "build": ROOT / "tools" / "requirements-build.lock",
    "run": ROOT / "tools" / "requirements.lock",
    "dev": ROOT / "tools" / "requirements-dev.lock",
}
# What the tests need besides Python: the program and its Debian package.
SYSTEM = [("chromium", "chromium"), ("mosquitto", "mosquitto")]
# Whole files to each worker, in the order in which they are collected: browser tests last (tests/conftest.py).
ALL_TESTS = ["-q", "-n", "auto", "--maxprocesses", "4", "--dist", "loadfile", "--no-loadscope-reorder"]
OLDEST = (3, 11)
TOO_NEW = (3, 15)  # the pose library of the lock (ai-edge-litert 2.3) has wheels up to 3.14; see with each `lock`
LOOK_S = 0.5  # between two looks whether another start has made the environment
USAGE = {
    "demo": "运行演示（后面的参数交给 gongzhi demo） / run the demo (arguments go to gongzhi demo)",
    "test": "跑全部检查和测试 / all checks and tests (arguments go to pytest, which then runs alone)",
    "coverage": "哪些行没有测试跑到，固件在两种解释器上都算 / which lines no test runs (arguments go to pytest)",
    "run": "运行任何 gongzhi 命令 / any gongzhi command, e.g. run models list",
    "lock": "重新锁定依赖 / resolve the locks anew (developers)",
}

_said = os.environ.get("GONGZHI_LANG") or os.environ.get("LANG") or locale.getlocale()[0] or ""
ENGLISH = _said.lower().startswith("en")


def say(zh: str, en: str) -> None:
    """One line to the user on standard error, in their language."""
    print(en if ENGLISH else zh, file=sys.stderr, flush=True)


def stop(zh: str, en: str) -> NoReturn:
    """End with a message."""
    say(zh, en)
    raise SystemExit(2)


def main(words: list[str]) -> int:
    """Do what the command line asks: the first of `words` is ours, the others are handed over as they are."""
    for stream in (sys.stdout, sys.stderr):
        getattr(stream, "reconfigure", lambda **_: None)(errors="replace")
    command, rest = (words[0], words[1:]) if words else ("", [])
    if command not in USAGE:
        known = "\n".join(f"  {name:6}{about}" for name, about in USAGE.items())
        print(f"{__doc__}\n{known}", file=sys.stdout if command in ("-h", "--help") else sys.stderr)
        return 0 if command in ("-h", "--help") else 2
    if rest[:1] == ["--"]:
        rest = rest[1:]
    if sys.version_info < OLDEST:
        stop(
            f"需要 Python 3.11 或更新的版本，这里是 {sys.version.split()[0]}。请从 python.org 或应用商店安装。",
            f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}. Install it from python.org.",
        )
    if sys.version_info >= TOO_NEW:
        stop(
            f"Python {sys.version.split()[0]} 太新了，识别姿态的库还不支持。请再安装 Python 3.14，然后用它运行"
            "（Windows：py -3.14 tools\\dev.py demo）。",
            f"Python {sys.version.split()[0]} is too new for the pose library. Install Python 3.14 beside it and run "
            "this with that (Windows: py -3.14 tools\\dev.py demo).",
        )
    if command == "test":
        return test(rest)
    if command == "coverage":
        return coverage(rest)
    if command == "lock":
        return lock()
    environment("run")
    # What the hints of gongzhi name, so that they can be copied: the way in which this was called.
    os.environ["GONGZHI_CALLED"] = f"{'py' if os.name == 'nt' else 'python3'} {sys.argv[0]} run --"
    return hand_over([*MODULE, "gongzhi", *(["demo"] if command == "demo" else []), *rest])


def environment(kind: str) -> None:
    """Make .venv and install the lock of `kind` ("run" or "dev") and this project, unless that is done already."""
    if not _ready(kind):
        with _alone():
            if not _ready(kind):  # else another start has made it meanwhile
                _make(kind)


def _ready(kind: str) -> bool:
    done = VENV / "gongzhi-installed"
    have = done.read_text("utf-8").split() if done.exists() else []
    return PYTHON.exists() and any(_print_of(LOCKS[name]) in have for name in (kind, "dev"))


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Of several starts at once the first makes the environment and the others wait for it, with a word."""
    try:
        # Beside .venv, which is cleared. The system gives it free when its holder has ended, however that was.
        file = (ROOT / ".venv.lock").open("a")
    except OSError as error:
        stop(
            f"{ROOT} 里不能写文件（{error.strerror}）。请把整个文件夹拷到自己的文件夹里再运行。",
            f"Nothing can be written in {ROOT} ({error.strerror}). Copy the whole folder to one of your own.",
        )
    with file:
        if not _locked(file):
            say(
                "另一个窗口正在准备环境，等它做完就接着来……（不想等：Ctrl-C）",
                "Another window is preparing the environment; this one waits for it … (Ctrl-C: do not wait)",
            )
            while not _locked(file):
                time.sleep(LOOK_S)
        yield


def _locked(file: TextIO) -> bool:
    """Take the lock until the file is closed; False while another start has it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:  # a network's drive that knows no locks: as good as alone
        return True
    return True


def _make(kind: str) -> None:
    say("第一次运行：正在准备环境（只需一次，几分钟）……", "First run: preparing the environment (once, some minutes) …")
    done = VENV / "gongzhi-installed"
    done.unlink(missing_ok=True)  # from here until the end it is neither the old one nor the new
    if not _has_pip():
        make_venv()
    pip = [*MODULE, "pip", "--disable-pip-version-check", "install", "--progress-bar", "off"]
    locked = [*pip, "--require-hashes", "--no-build-isolation", "--only-binary", ":all:"]
    _install([*locked, "-r", str(LOCKS["build"])])
    _install([*locked, "--no-binary", "esptool", "-r", str(LOCKS[kind])])  # esptool is published as source only
    _install([*pip, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)])
    done.write_text(_print_of(LOCKS[kind]), "utf-8")


def _print_of(lock_file: Path) -> str:
    # The folder, too: what is installed points to it, and does so still after it was moved or copied.
    whole = lock_file.read_bytes() + (ROOT / "pyproject.toml").read_bytes() + str(ROOT).encode()
    return hashlib.sha256(whole).hexdigest()


def _has_pip() -> bool:
    """False where there is no environment, or one that was broken off half-made, or whose Python has gone."""
    try:
        return subprocess.run([*MODULE, "pip", "--version"], check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def make_venv() -> None:
    """Make .venv; Debian's Python comes without the module that puts pip into it."""
    if importlib.util.find_spec("ensurepip") is None and not apt_install(["python3-venv"]):
        stop(
            "缺少 python3-venv。请运行：sudo apt install python3-venv，然后再来一次。",
            "python3-venv is missing. Run: sudo apt install python3-venv, then start again.",
        )
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=False)
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)  # a half-made environment would look finished next time
        stop(
            f"不能创建 {VENV}。请检查这个文件夹能否写入、磁盘是否已满。",
            f"{VENV} cannot be made. Check that the folder can be written and that the disk is not full.",
        )


def _install(command: list[str]) -> None:
    """Run pip and show one line that says what it fetches; all that it said only if it fails."""
    said = []
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as pip:
        for line in pip.stdout or ():
            said.append(line)
            if line.startswith(("Collecting", "Downloading", "Installing")) and sys.stderr.isatty():
                print(f"\r\033[K  {line.strip()[:76]}", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)
    if pip.returncode:
        print("".join(said), file=sys.stderr)
        stop(
            "安装没有完成（原因见上）。网络不好时可以再运行一次；学校有镜像时先设置 PIP_INDEX_URL。",
            "The installation did not finish (see above). On a poor network run it again; with a mirror at school, "
            "set PIP_INDEX_URL first.",
        )


def apt_install(packages: list[str]) -> bool:
    """Install Debian packages where we may without asking; True if that was done."""
    if not shutil.which("apt-get") or not hasattr(os, "geteuid") or os.geteuid() != 0:
        return False
    say(f"正在安装 {' '.join(packages)} ……", f"Installing {' '.join(packages)} …")
    surroundings = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update", "-qq"], ["install", "-y", "-qq", *packages]):
        done = subprocess.run(["apt-get", *words], env=surroundings, stdout=subprocess.DEVNULL, check=False)
    return done.returncode == 0


def system_packages() -> None:
    """Install or name the programs that the tests drive."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"])
    missing = [package for program, package in SYSTEM if not shutil.which(program, path=path)]
    if missing and not apt_install(missing):
        names = " ".join(missing)
        stop(
            f"测试还需要：{names}。Debian / Ubuntu / 树莓派：sudo apt install {names}",
            f"The tests also need: {names}. Debian / Ubuntu / Raspberry Pi: sudo apt install {names}",
        )


def test(rest: list[str]) -> int:
    """All checks and all tests; with arguments pytest alone."""
    environment("dev")
    system_packages()
    checks = [["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]]
    for words in [] if rest else checks:
        say(f"── {' '.join(words)}", f"── {' '.join(words)}")
        if subprocess.run([*MODULE, *words], cwd=ROOT, check=False).returncode:
            return 1
    say("── pytest", "── pytest")
    return subprocess.run([*MODULE, "pytest", *(rest or ALL_TESTS)], cwd=ROOT, check=False).returncode


def coverage(rest: list[str]) -> int:
    """The tests once more, more slowly: which lines they run, in one report (the terminal, and htmlcov/index.html). Of
    the firmware those count that ran on CPython or on MicroPython; the page says which."""
    environment("dev")
    system_packages()
    with tempfile.TemporaryDirectory(prefix="gongzhi-") as name:
        folder = Path(name)
        counting = [str(PYTHON), "-P", str(ROOT / "tools" / "micropython_lines.py")]
        subprocess.run([*counting, "prepare", name], check=True)
        counted, data = str(folder / "micropython"), str(ROOT / ".coverage")
        surroundings = {**os.environ, "GONGZHI_COUNTED": counted, "COVERAGE_FILE": data}

        def measure(*words: str) -> int:
            return subprocess.run([*MODULE, "coverage", *words], cwd=ROOT, env=surroundings, check=False).returncode

        measure("erase")
        failed = measure(
            "run", "--parallel-mode", "--context=cpython", "-m", "pytest", "-o", "timeout=600", *(rest or ALL_TESTS)
        )
        subprocess.run([*counting, "collect", name], cwd=ROOT, check=True)
        for words in (["combine", "--quiet"], ["html", "--quiet"], ["report", "--skip-covered"]):
            failed = measure(*words) or failed
        return failed


def lock() -> int:
    """Resolve both locks from pyproject.toml, for all platforms, with hashes and no index address."""
    environment("dev")
    base = [*MODULE, "uv", "pip", "compile", "--universal", "--python-version", "3.11", "--generate-hashes",
            "--no-header", "--no-annotate", "--quiet", "--upgrade"]  # fmt: skip
    wanted = {
        "build": ["--group", "build"],
        "run": ["pyproject.toml", "--group", "build"],
        "dev": ["pyproject.toml", "--group", "dev"],
    }
    for name, words in wanted.items():
        if subprocess.run([*base, *words, "-o", str(LOCKS[name])], cwd=ROOT, check=False).returncode:
            return 1
    return 0


def hand_over(command: list[str]) -> int:
    """Become the command where the system can; else run it and let it alone answer Ctrl-C."""
    if os.name != "nt":
        os.execv(command[0], command)
    child = subprocess.Popen(command)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue


if __name__ == "__main__":
    try:
        raise SystemExit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        say("已中断。再运行一次就接着做。", "Broken off. Run it again to go on.")
        raise SystemExit(130) from None
