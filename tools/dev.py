#!/usr/bin/env python3
"""Takes a fresh machine, gives a running demo or passed tests: makes .venv, installs the lock, names what is missing.

Only the standard library, so that it runs before anything is installed: Linux, macOS, Windows, Raspberry Pi OS.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import locale
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
LOCKS = {"run": ROOT / "tools" / "requirements.lock", "dev": ROOT / "tools" / "requirements-dev.lock"}
# What the tests need besides Python: the program, the Debian package, and where it may hide from PATH.
SYSTEM = [("chromium", "chromium"), ("mosquitto", "mosquitto")]
OLDEST = (3, 11)

_said = os.environ.get("GONGZHI_LANG") or os.environ.get("LANG") or locale.getlocale()[0] or ""
ENGLISH = _said.lower().startswith("en")


def say(zh: str, en: str) -> None:
    """One line to the user on standard error, in their language."""
    print(en if ENGLISH else zh, file=sys.stderr, flush=True)


def stop(zh: str, en: str) -> None:
    """End with a message."""
    say(zh, en)
    raise SystemExit(2)


def main() -> int:
    """Do what the command line asks."""
    for stream in (sys.stdout, sys.stderr):
        getattr(stream, "reconfigure", lambda **_: None)(errors="replace")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True, metavar="demo|test|run|lock")
    for name, about in (
        ("demo", "运行演示（后面的参数交给 gongzhi demo） / run the demo (arguments go to gongzhi demo)"),
        ("test", "跑全部检查和测试 / all checks and tests (arguments go to pytest, which then runs alone)"),
        ("run", "运行任何 gongzhi 命令 / any gongzhi command, e.g. run -- models list"),
        ("lock", "重新锁定依赖 / resolve the locks anew (developers)"),
    ):
        commands.add_parser(name, help=about, add_help=False).add_argument("rest", nargs=argparse.REMAINDER)
    chosen, unknown = parser.parse_known_args()
    rest = [one for one in unknown + chosen.rest if one != "--"] if chosen.command == "run" else unknown + chosen.rest
    if sys.version_info < OLDEST:
        stop(
            f"需要 Python 3.11 或更新的版本，这里是 {sys.version.split()[0]}。请从 python.org 或应用商店安装。",
            f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}. Install it from python.org.",
        )
    if chosen.command == "test":
        return test(rest)
    if chosen.command == "lock":
        return lock()
    environment("run")
    return hand_over([str(BIN / "gongzhi"), *(["demo"] if chosen.command == "demo" else []), *rest])


def environment(kind: str) -> None:
    """Make .venv and install the lock of `kind` ("run" or "dev") and this project, unless that is done already."""
    wanted = {name: _print_of(LOCKS[name]) for name in LOCKS}
    done = VENV / "gongzhi-installed"
    have = done.read_text("utf-8").split() if done.exists() else []
    if PYTHON.exists() and (wanted[kind] in have or wanted["dev"] in have):
        return
    say("第一次运行：正在准备环境（只需一次，几分钟）……", "First run: preparing the environment (once, some minutes) …")
    if not PYTHON.exists():
        make_venv()
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install"]
    _install([*pip, "--require-hashes", "--only-binary", ":all:", "-r", str(LOCKS[kind])])
    _install([*pip, "--quiet", "--no-deps", "--no-build-isolation", "--editable", str(ROOT)])
    done.write_text(wanted[kind], "utf-8")


def _print_of(lock_file: Path) -> str:
    whole = lock_file.read_bytes() + (ROOT / "pyproject.toml").read_bytes()
    return hashlib.sha256(whole).hexdigest()


def make_venv() -> None:
    """Make .venv; Debian's Python comes without the module that puts pip into it."""
    if importlib.util.find_spec("ensurepip") is None and not apt_install(["python3-venv"]):
        stop(
            "缺少 python3-venv。请运行：sudo apt install python3-venv，然后再来一次。",
            "python3-venv is missing. Run: sudo apt install python3-venv, then start again.",
        )
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=False)
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)  # a half-made environment would look finished next time
        stop(
            f"不能创建 {VENV}。请检查这个文件夹能否写入、磁盘是否已满。",
            f"{VENV} cannot be made. Check that the folder can be written and that the disk is not full.",
        )


def _install(command: list[str]) -> None:
    if subprocess.run(command, check=False, stdout=sys.stderr).returncode:
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
        if subprocess.run([str(BIN / words[0]), *words[1:]], cwd=ROOT, check=False).returncode:
            return 1
    say("── pytest", "── pytest")
    return subprocess.run([str(BIN / "pytest"), *(rest or ["-q"])], cwd=ROOT, check=False).returncode


def lock() -> int:
    """Resolve both locks from pyproject.toml, for all platforms, with hashes and no index address."""
    environment("dev")
    base = [str(BIN / "uv"), "pip", "compile", "--universal", "--python-version", "3.11", "--generate-hashes",
            "--no-header", "--no-annotate", "--quiet", "--upgrade", "pyproject.toml"]  # fmt: skip
    for name, group in (("run", "build"), ("dev", "dev")):
        if subprocess.run([*base, "--group", group, "-o", str(LOCKS[name])], cwd=ROOT, check=False).returncode:
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
    raise SystemExit(main())
