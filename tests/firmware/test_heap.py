"""The node within the heap of an ESP32 without PSRAM: what it holds and what it wastes, in bytes, not in time."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from gongzhi.bench import node

HEAP_KB = 112  # what MicroPython's heap grows to on an ESP32 without PSRAM


@pytest.fixture(params=["romfs", "files"])
def measured(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    """What on_board/heap.py measures with 8 parts, Wi-Fi, a broker and a host that answers the clock."""
    pytest.importorskip("micropython_run", reason="no MicroPython wheel for this machine")
    with node.broker() as (port, _):
        bench = node._Bench(tmp_path, port)
        said = asyncio.run(live(bench, request.param))
    return said | {"delivery": request.param}


async def live(bench: node._Bench, delivery: str) -> dict[str, Any]:
    async with bench._host():
        return await bench.live(delivery, int(HEAP_KB * 1024 * node.WIDER))


def test_the_node_fits_and_wastes_little(measured: dict[str, Any]) -> None:
    print(measured)
    assert (measured["parts"], measured["told"]) == (8, 2), "all of it was there, and telemetry was measured"
    # From .mpy files it holds its bytecode and texts as well, more by some bytes in a longer path (firmware/README.md).
    most = 25600 if measured["delivery"] == "romfs" else 41000
    assert measured["live"] / node.WIDER <= most, "code included; 32-bit estimate"
    assert measured["free"] / node.WIDER >= 40 * 1024
    assert measured["idle"] <= 200
    assert measured["telemetry"] / node.WIDER <= 600


def test_what_is_not_needed_is_not_loaded(measured: dict[str, Any]) -> None:
    # A module costs its heap for as long as any name or the package holds it: what serves an update, a change, a
    # serial line, a rule of its own or the start alone is imported inside a function and forgotten after its moment.
    loaded = {name.removeprefix("gongzhi_node.") for name in measured["modules"] if name.startswith("gongzhi_node.")}
    assert loaded == {"app", "node", "parts", "parts.servo", "parts.led", "parts.buzzer", "parts.button"}
    assert "slots" not in measured["modules"]
