"""Takes the names of all tests, finds one at least for each case of the specification's section 6."""

from __future__ import annotations

import re
from pathlib import Path

CASES = range(1, 26)
NAMED = re.compile(r"^\s*(?:async )?def test_case_(\d+)_", re.MULTILINE)


def test_each_case_of_the_specification_has_a_test_of_its_name():
    files = Path(__file__).parents[1].rglob("test_*.py")
    found = {int(number) for file in files for number in NAMED.findall(file.read_text("utf-8"))}
    assert set(CASES) - found == set()
