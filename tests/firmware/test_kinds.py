"""What the host knows of each kind of part is what its driver says of itself."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from gongzhi.parts import KINDS

from tests.firmware.conftest import FIRMWARE, HERE, interpreter

ASK = """
import json, sys
from gongzhi_node import parts
for name in sys.argv[1:]:
    part = parts.find(name)
    if part:
        print(json.dumps([name, part.OUTPUT, part.PROP, part.UNIT, part.LO, part.HI, list(part.PINS),
                          {k: list(v) for k, v in part.OPTIONS.items()}, getattr(part, "RAMP", True),
                          part.SAMPLED, part.SCALE]))
"""
UNITS = {"deg": "°", "C": "°C"}


def test_host_and_driver_agree(tmp_path: Path) -> None:
    (tmp_path / "ask.py").write_text(ASK, encoding="utf-8")
    command, env = interpreter("cpython", HERE / "fake")
    names = [path.stem for path in (FIRMWARE / "gongzhi_node" / "parts").glob("*.py")]
    done = subprocess.run(
        [*command, str(tmp_path / "ask.py"), *names], env=env, capture_output=True, text=True, check=True
    )
    said = {row[0]: row[1:] for row in map(json.loads, done.stdout.splitlines())}
    assert set(said) == set(KINDS)
    for name, (output, prop, unit, low, high, pins, options, ramp, sampled, scale) in said.items():
        kind = KINDS[name]
        assert kind.output is output, name
        assert list(kind.pins) == pins, name
        assert {key: list(value) for key, value in kind.options.items()} == options, name
        assert kind.ramp is ramp, name
        if not output:  # a sample's numbers; of a motion sensor mg, whatever its tilt is in
            assert (len(kind.sampled()), kind.steps) == (sampled, 1000 if sampled == 3 else scale), name
        if kind.prop:  # a button's presses are events, not readings
            assert (kind.prop, kind.unit) == (prop, UNITS.get(unit, unit)), name
            assert low <= kind.low < kind.high <= high, name
