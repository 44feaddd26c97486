"""The picture of the features in docs is the one that the code draws today."""

import importlib.util
from pathlib import Path

TOOL = Path(__file__).parents[2] / "tools" / "draw_features.py"


def test_the_picture_is_not_stale():
    spec = importlib.util.spec_from_file_location("draw_features", TOOL)
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert tool.TARGET.read_text(encoding="utf-8") == tool.draw()
