"""The lines that are counted in the text are those that run: held against CPython's own tracing."""

import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
spec = importlib.util.spec_from_file_location("micropython_lines", ROOT / "tools" / "micropython_lines.py")
lines = importlib.util.module_from_spec(spec)
sys.modules["micropython_lines"] = lines
spec.loader.exec_module(lines)

SAMPLE = '''"""Opens with
a sentence."""
import sys
class Thing:
    """Holds."""
    NAME = "共智"
    def __init__(self, n):
        """Documented."""
        self.n = n; self.m = (
            n +
            1
        )
    def never(self):
        return self.n
    def only_defines(self):
        def inner():
            return 1
        return inner
def work(n):
    total = 0
    for i in range(n):
        if i == 1: continue
        elif i == 2 and (
            n > 2
        ):
            total += i
        else:
            total -= 1
    for _ in (1, 2): total += 1
    else:
        total += 1
    while total < 5:
        total += 3
        break
    else:
        total = 0
    try:
        raise KeyError(total)
    except ValueError:
        total = 1
    except KeyError as error:
        total = 2
    finally:
        total += 1
    with open(sys.argv[0] or "/dev/null") as f:
        pass
    return total
work(4)
Thing(3).only_defines()
def unused():
    global NAME
    NAME = 1
    try:
        pass
    finally:
        pass
'''


def traced(text):
    """The lines that CPython says it ran."""
    seen = set()

    def look(frame, event, _):
        if frame.f_code.co_filename == "sample":
            if event == "line":
                seen.add(frame.f_lineno)
            return look
        return None

    before = sys.gettrace()
    sys.settrace(look)
    try:
        exec(compile(text, "sample", "exec"), {})
    finally:
        sys.settrace(before)
    return seen


def test_what_is_counted_is_what_ran(monkeypatch):
    monkeypatch.setattr(sys, "argv", [__file__])
    counted = lines.count(SAMPLE, 1000)
    assert counted.text.count("\n") == SAMPLE.count("\n")
    hits = bytearray(2000)
    module = type(sys)("_lines")
    module.C, module.E = hits, lambda n: hits.__setitem__(n, 1)
    monkeypatch.setitem(sys.modules, "_lines", module)
    exec(compile(counted.text, "counted", "exec"), {})
    ran = {line for line in counted.lines if hits[1000 + line]}
    # A statement of several lines is counted on its first one, and the words before a block are no statement.
    starts = set(counted.lines) | set(counted.defined)
    assert counted.executed(ran) == traced(SAMPLE) & starts
    never = {SAMPLE[: SAMPLE.index(text)].count("\n") + 1 for text in ("return self.n", "total = 1\n", "NAME = 1")}
    assert not never & counted.executed(ran)
    assert never <= set(counted.lines)


def test_each_file_of_the_firmware_can_be_counted():
    for path in sorted((ROOT / "firmware").rglob("*.py")):
        text = path.read_text("utf-8")
        assert lines.count(text, 0).text.count("\n") == text.count("\n"), path


def test_hits_of_all_processes_are_put_together(tmp_path):
    firmware = tmp_path / "firmware"
    (firmware / "parts").mkdir(parents=True)
    for name in ("a.py", "parts/b.py", "parts/c.py"):
        (firmware / name).write_text('"""Says."""\nx = 1\ny = 2\n')
    folder = tmp_path / "out"
    folder.mkdir()
    lines.prepare(firmware, folder)
    bases = lines.json.loads((folder / "bases.json").read_text())
    for n, (name, line) in enumerate((("a.py", 2), ("parts/b.py", 3), ("parts/b.py", 2))):
        hits = bytearray(100)
        hits[bases[name] + line] = 1
        (folder / f"{n}.hits").write_bytes(hits)
    assert lines.executed(firmware, folder) == {
        str(firmware / "a.py"): {2}, str(firmware / "parts/b.py"): {2, 3},
    }  # fmt: skip
