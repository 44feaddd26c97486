"""Each part in the firmware's folder has a test that drives its simulated counterpart through the real driver: a new
part without one is named here."""

from __future__ import annotations

import ast
from pathlib import Path

from gongzhi.sim.senses_wire import SENSES
from gongzhi.sim.things import SHOWING, THINGS
from gongzhi_test_boards import NODE

HERE = Path(__file__).parent
BOTH_BODIES = {"board", "told"}  # fixtures whose board runs real MicroPython, and CPython beside it
FILES = ("test_things.py", "test_senses_wire.py", "test_senses_bus.py", "test_world.py")


def texts(node):
    """All texts that stand in a piece of code."""
    return {each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)}


def driven(tree):
    """The texts of each test that runs a board, and of the tables that it names."""
    tables = {
        target.id: texts(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for test in (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")):
        if BOTH_BODIES & {arg.arg for arg in test.args.args}:
            yield from texts(test)
            for each in ast.walk(test):
                yield from tables.get(each.id, ()) if isinstance(each, ast.Name) else ()


def test_every_part_has_a_counterpart_and_a_test_that_drives_it():
    kinds = {path.stem for path in NODE.glob("parts/*.py") if "\nPART = " in path.read_text("utf-8")}
    assert len(kinds) > 30
    assert kinds == set(SENSES) | set(THINGS) | set(SHOWING)
    tested = {text for name in FILES for text in driven(ast.parse((HERE / name).read_text("utf-8")))}
    assert kinds - tested == set(), "no test drives these on a virtual board"
