"""The chips' table, under a name of its own (pytest imports files here, not packages)."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

_spec = importlib.util.spec_from_file_location("gongzhi_test_chips", Path(__file__).with_name("chips.py"))
_chips = importlib.util.module_from_spec(_spec)
sys.modules["gongzhi_test_chips"] = _chips
_spec.loader.exec_module(_chips)
