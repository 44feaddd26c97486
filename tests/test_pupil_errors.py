"""What goes wrong in a pupil's program is said with its line, in words, with Python's own name for it."""

import subprocess
import sys

import pytest


def launch(folder, code, language="zh"):
    program = folder / "main.py"
    program.write_text(code, "utf-8")
    return subprocess.run(
        [sys.executable, "-m", "gongzhi.launch", program],
        capture_output=True, text=True, encoding="utf-8", timeout=60, check=False,
        env={"GONGZHI_LANG": language, "PYTHONIOENCODING": "utf-8", "PATH": ""},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("x = 1\nprint（x）", ["第 2 行", "“（”是中文符号", "“(”"]),
        ("print('a'\n", ["第 1 行", "括号“(”没有配对"]),
        ('x = "a\n', ["第 1 行", "引号"]),
        ("if True\n    pass\n", ["第 1 行", "冒号"]),
        ("x = 1\n  y = 2\n", ["第 2 行", "空格", "IndentationError"]),
        ("x = 1\nprint(y)\n", ["第 2 行：print(y)", "没有叫“y”的东西", "NameError"]),
        ("def f():\n    return 1 / 0\nf()\n", ["第 2 行：return 1 / 0", "除数是 0", "ZeroDivisionError"]),
        ("import gongzhii\n", ["第 1 行", "gongzhii", "ModuleNotFoundError"]),
        ("x = None\nx + 1\n", ["第 2 行", "还不知道（None）", "TypeError"]),
        ("x = None\nx < 30\n", ["第 2 行", "还不知道（None）", "TypeError"]),
        ("from gongzhi import project\nproject.when('x')\n", ["第 2 行", "from gongzhi import Project"]),
        ("'a' + 1\n", ["第 1 行", "数字和文字", "TypeError"]),
        ("[].apend(1)\n", ["第 1 行", "是不是“append”", "AttributeError"]),
        ("[1][2]\n", ["第 1 行", "列表", "IndexError"]),
        ("raise RuntimeError('own words')\n", ["第 1 行", "RuntimeError: own words"]),
    ],
)
def test_an_error_is_said_in_words(tmp_path, code, says):
    done = launch(tmp_path, code)
    assert done.returncode == 1
    assert all(word in done.stderr for word in says), done.stderr
    assert "Traceback" not in done.stderr
    assert "gongzhi/" not in done.stderr


def test_a_wrong_word_of_ours_is_answered_with_what_would_be_right(tmp_path):
    (tmp_path / "project.toml").write_text(
        '[project]\nid = "p"\n[board.b]\ntype = "esp32-devkitc"\n'
        '[part.lamp]\nkind = "led"\npin = 23\n[part.soil]\nkind = "soil"\npin = 34\n', "utf-8"
    )  # fmt: skip
    begin = "from gongzhi import Project\nproject = Project()\n"
    done = launch(tmp_path, begin + "project.when('hands_up').propose(project['lamp'], 1, becuase='x')\n")
    assert "“propose”没有“becuase”这一项，可以写：part, value, zh" in done.stderr
    done = launch(tmp_path, begin + "project['soil'].propose(1)\n")
    assert done.stderr.splitlines()[1] == "“soil”只能感知，不能动作。"


def test_a_program_without_error_ends_well_and_sees_itself_as_main(tmp_path):
    done = launch(tmp_path, "import sys\nprint(__name__, __file__ == sys.argv[0])\n")
    assert (done.returncode, done.stdout) == (0, "__main__ True\n"), done.stderr


def test_its_own_modules_are_found_and_hide_nothing_of_pythons(tmp_path):
    (tmp_path / "mine.py").write_text("value = 3\n", "utf-8")
    (tmp_path / "random.py").write_text("raise RuntimeError('not me')\n", "utf-8")
    done = launch(tmp_path, "import mine, random\nprint(mine.value, random.random() < 1)\n")
    assert done.stdout == "3 True\n", done.stderr


def test_its_own_exit_is_its_exit(tmp_path):
    assert launch(tmp_path, "raise SystemExit(7)\n").returncode == 7
