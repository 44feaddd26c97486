"""The arbiter's world of tests/stages, for the tests of its parts."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

_spec = importlib.util.spec_from_file_location("stages_conftest", Path(__file__).parents[1] / "stages" / "conftest.py")
assert _spec is not None
assert _spec.loader is not None
_stages = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = _stages
_spec.loader.exec_module(_stages)
world, new_world, make = _stages.world, _stages.new_world, _stages.make
