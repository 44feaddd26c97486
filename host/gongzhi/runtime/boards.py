"""Takes a manifest and a broker's address, gives the project's virtual boards and what their pins show."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from gongzhi import paths
from gongzhi.board import firmware
from gongzhi.project import Board, Manifest, Part
from gongzhi.runtime.access import SPACE, Login
from gongzhi.sim.board import BoardEvent, VirtualBoard
from gongzhi.sim.board_body import choose
from gongzhi.sim.board_pins import PinEdge
from gongzhi.text import Later

# The servo's pulse, as in firmware/gongzhi_node/parts/servo.py: 500 to 2500 µs for 0 to 180 degrees.
_PULSE_US, _SPAN_US, _SPAN_DEG = 500.0, 2000.0, 180.0


def config(manifest: Manifest, board: Board, host: str, port: int, login: Login) -> dict[str, Any]:
    """The board's config.json (docs/wire.md)."""
    return {
        "v": 1,
        "space": SPACE,
        "team": manifest.id,
        "device": board.id,
        "wifi": [{"ssid": "virtual", "key": ""}],
        "mqtt": {"host": host, "port": port, "user": login.user, "password": login.password},
        "board": board.type,
        "parts": [part.config() for part in manifest.on(board.id)],
    }


def shown(part: Part, edge: PinEdge) -> dict[str, float] | None:
    """What the part does as the pin shows it, in its own unit; None for an edge that means nothing for it."""
    if edge.kind != "pwm" or part.resource is None:
        return None
    duty = edge.value / 65535
    if part.kind.name == "servo":
        if not duty or not edge.freq:
            return None  # no pulse: the horn stays where it is
        pulse = duty * 1e6 / edge.freq
        return {"angle": round((pulse - _PULSE_US) / _SPAN_US * _SPAN_DEG, 1)}
    if part.kind.name == "buzzer":
        return {"tone": float(edge.freq) if duty else 0.0}
    return {"level": round(duty, 3)}


@dataclass(slots=True)
class VirtualBoards:
    """The virtual boards of a run. `on_part(board, part, values, changed, t)` is called on a board's thread when an
    output's pin has an edge, `changed` where the pin's signal is another than before; `on_event` likewise."""

    manifest: Manifest
    body: Literal["auto", "vm", "cpython"]
    on_part: Callable[[Part, dict[str, float] | None, bool, float], None]
    on_event: Callable[[str, BoardEvent], None]
    boards: dict[str, VirtualBoard] = field(default_factory=dict)
    reason: Later | None = None

    def start(self, host: str, port: int, login: Login) -> None:
        """Start one for each board of the project, all at once; raises BoardError."""
        # Chosen here once for all, so that the files fit the body: MicroPython gets bytecode, as a real board does.
        body, self.reason = choose(self.body)
        files = firmware.compiled() if body == "vm" else firmware.source()
        for board in self.manifest.boards.values():
            self.boards[board.id] = VirtualBoard(
                board.type,
                files,
                config(self.manifest, board, host, port, login),
                state_dir=paths.data() / "boards" / self.manifest.id / board.id,
                body=body,
                on_edge=lambda edge, board=board: self._edge(board.id, edge),  # type: ignore[misc]
                on_event=lambda event, board=board: self.on_event(board.id, event),  # type: ignore[misc]
            )
        faults: list[Exception] = []

        def power(one: VirtualBoard) -> None:
            try:
                one.start()
            except Exception as error:  # noqa: BLE001  (raised below, in the caller's thread)
                faults.append(error)

        threads = [threading.Thread(target=power, args=(one,)) for one in self.boards.values()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if faults:
            self.stop()
            raise faults[0]

    def stop(self) -> None:
        """Power all of them off."""
        for one in self.boards.values():
            one.stop()

    def press(self, board: str, channel: str, *, down: bool) -> None:
        """Press or release the button `channel`, as a finger would; nothing for what is no button of this project."""
        part, one = self.manifest.parts.get(channel), self.boards.get(board)
        if one is not None and part is not None and part.board == board and not part.kind.output:
            (one.press if down else one.release)(part.pin)

    def _edge(self, board: str, edge: PinEdge) -> None:
        if edge.kind not in ("pwm", "level"):
            return
        # What a reset does to a pin is no act of the firmware's.
        changed = edge.by == "firmware"
        for part in self.manifest.on(board):
            if part.pin == edge.pin and part.resource is not None:
                self.on_part(part, shown(part, edge), changed, edge.t)
