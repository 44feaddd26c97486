"""Takes a board type, the firmware's files and a configuration, gives a virtual board: a process that runs the real
firmware, whose pins the world can see and drive."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from gongzhi.board.types import board_type as find
from gongzhi.clock import Clock, MonotonicClock
from gongzhi.errors import BoardError
from gongzhi.sim import board_body as bodies
from gongzhi.sim.board_console import Console
from gongzhi.sim.board_faults import Air, Faults, Torn
from gongzhi.sim.board_files import Lock, identity, kept_on_disk, stage
from gongzhi.sim.board_i2c import I2CDevice
from gongzhi.sim.board_inputs import Edge, Frame, Inputs, pack_edge
from gongzhi.sim.board_life import CAUSES, BoardEvent, Life
from gongzhi.sim.board_lines import Line, asked
from gongzhi.sim.board_pace import Pace
from gongzhi.sim.board_pins import PinEdge, Pins
from gongzhi.sim.device import _layout as lay
from gongzhi.text import N_, Later

__all__ = ["BoardEvent", "PinEdge", "VirtualBoard"]

_log = logging.getLogger(__name__)

# Objects of firmware-like code take 1.56 times their size on a 32-bit chip (measured; 64-bit pointers).
WIDER: Final = 1.56
# What `machine`, `network` and their helpers take of the VM's heap, in bytes; a test holds it against the truth.
SIMULATION_HEAP: Final = 62 * 1024
_STATION: Final = ("off", "idle", "joining", "joined")


class VirtualBoard:
    """One virtual board.

    `files` is the content of the board's file system by path, or a folder of it; `config` becomes its config.json.
    Both are installed at each boot where they changed; the board's own files, and a config.json that it changed
    itself, stay. `state_dir` holds its flash and identity between runs, and belongs to one running board at a time.
    `on_edge` and `on_event` are called on the board's thread, so they must be quick and must not call `stop`. `i2c` is
    what is on the bus, by address; `heap_kb` the heap that the firmware finds, counted as on a 32-bit chip (VM body
    only); `join_ms` how long joining the Wi-Fi takes; `back_off` seconds before the first restart after a short life;
    `paced`: its clock is what its owner tells `pace`. Raises ConfigError for an unknown type, BoardError if
    body "vm" is not to be had.
    """

    def __init__(
        self,
        board_type: str,
        files: Mapping[str, bytes] | Path,
        config: Mapping[str, Any] | None = None,
        *,
        state_dir: Path,
        body: bodies.Wish = "auto",
        on_edge: Callable[[PinEdge], None] = lambda _: None,
        on_event: Callable[[BoardEvent], None] = lambda _: None,
        clock: Clock | None = None,
        i2c: dict[int, I2CDevice] | None = None,
        heap_kb: int = 112,
        flash_kb: int = 2048,
        join_ms: int = 200,
        back_off: float = 0.1,
        paced: bool = False,
    ) -> None:
        self.type = find(board_type)
        self.board_type = board_type
        self.files, self.config = files, config
        # Absolute: the body's process works in another folder.
        self.state_dir = state_dir.absolute()
        self.on_edge, self.on_event = on_edge, on_event
        self.i2c = {} if i2c is None else i2c
        self.wifi_state = "off"
        self.simulation_heap = 0  # bytes of the VM's heap that are ours, as measured at boot
        self._clock = clock or MonotonicClock()
        self._life = Life(self, self.state_dir, body, self._clock, back_off)
        self._heap = int(heap_kb * 1024 * WIDER) + SIMULATION_HEAP
        self._flash, self._join = flash_kb * 1024, join_ms
        self._paced = paced
        self.pace: Pace | None = None
        self._lock = Lock(self.state_dir / "lock")
        self._pins = Pins()
        self._inputs = Inputs()
        self.lines: dict[int, Line] = {}  # what answers at a pin
        self._faults = Faults()
        self._console = Console()
        self._cause = lay.PWRON_RESET

    # Life.

    def start(self, timeout: float = 20.0) -> None:
        """Power on; returns when the firmware begins. Raises BoardError if that takes longer than `timeout` seconds,
        or if a board runs already in `state_dir`. `files` and `config` are read here."""
        if self._lock.held:
            return
        with kept_on_disk(self.state_dir):
            self.state_dir.mkdir(parents=True, exist_ok=True)
            self._lock.take()
        try:
            with kept_on_disk(self.state_dir):
                stage(self.files, self.config, self.state_dir)
            self.pace = Pace(self.state_dir, self._life.sent) if self._paced else None
            self._power(timeout)
        except BaseException:
            self._lock.give_back()
            raise

    def stop(self) -> None:
        """Power off; when this returns no process is left. May be called twice."""
        if self._lock.held:
            self._life.stop()
            self._lock.give_back()
            self.event("stopped")

    def _power(self, timeout: float) -> None:
        self._life.start(timeout)

    def __enter__(self) -> VirtualBoard:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def reset(self) -> None:
        """Cut the power and give it back at once."""
        self._life.cut_power()

    @property
    def body(self) -> bodies.Body:
        """What runs the firmware: "vm" (real MicroPython) or "cpython"."""
        return self._life.body

    @property
    def body_reason(self) -> Later:
        """Why it is this body, in words; str() gives them in the user's language."""
        return self._life.reason

    @property
    def boots(self) -> int:
        """How often the firmware has begun."""
        return self._life.boots

    @property
    def short_lives(self) -> int:
        """How many bodies in a row, until now, lived less than 5 s; the wait before the next grows with it."""
        return self._life.short_lives

    @property
    def pid(self) -> int | None:
        """The process that runs the board now, None between two."""
        return self._life.pid

    # The world's side.

    def drive(self, pin: int, level: int | None) -> None:
        """Put a level (0 or 1) on the pin from outside; None lets go of it. Raises ValueError for no such pin."""
        self._exists(pin)
        self._life.send(*self._inputs.drive(pin, level))

    def press(self, pin: int) -> None:
        """Press the button between the pin and ground."""
        self.drive(pin, 0)

    def release(self, pin: int) -> None:
        """Let go of the button: the pin's pull-up decides."""
        self.drive(pin, None)

    def adc(self, pin: int, mv: int | None, swing: int = 0) -> None:
        """Put `mv` millivolts (limited to 0..3300) on the pin; None takes the source away. With `swing` the voltage is
        a wave: every other reading is half of it above `mv`, the others half of it below."""
        self._exists(pin)
        self._life.send(*self._inputs.adc(pin, mv, swing))

    def hold(self, kind: int, payload: bytes) -> None:
        """Let a frame of another kind (TOUCHED, SHIFTED, LINE) be so, also after a reset; it begins with a pin."""
        self._exists(payload[0])
        self._life.send(*self._inputs.hold(kind, payload))

    def play(self, edges: Sequence[Edge]) -> None:
        """Drive levels, each (pin, level) so many microseconds after the one before, exact to some 0.1 ms."""
        self._life.send(lay.PLAY, b"".join(pack_edge(*edge) for edge in edges))

    def wifi(self, state: Air, rssi: int | None = None, seed: int = 1) -> None:
        """The network: there with a strength in dBm; there, but weak (what is sent is late, or stalls for seconds, or
        is lost with its connection; when, says the `seed`, 1 to 2^32 - 1); gone; or refusing the board's password."""
        self._life.send(*self._faults.air(state, rssi, seed))

    def cut_at_write(self, number: int, torn: Torn = "half") -> None:
        """The power fails at the write to the flash with this number from now on (1: the next one; a page, an erasure,
        an NVS entry) unless a reset comes first; `torn` is what that write leaves. Raises BoardError on a body that has
        no flash."""
        if self.body != "vm":
            raise BoardError(
                N_("This virtual board keeps its files on this computer’s disk: it has no flash whose writes count."),
                N_("Use Linux or macOS, where virtual boards run MicroPython."),
            )
        self._life.send(*self._faults.cut(number, torn))

    def type_in(self, text: str) -> None:
        """Type on the board's serial console (VM body: MicroPython's prompt; the CPython body has none)."""
        self._life.send(lay.TYPED, text.encode())

    def pins(self) -> dict[int, dict[str, Any]]:
        """Each pin in use: {mode, pull, value, pwm_freq, pwm_duty_u16, driven, mv}; see Pins.snapshot."""
        return self._pins.snapshot(self._inputs.driven.copy(), self._inputs.mv.copy())

    @property
    def console(self) -> list[str]:
        """The last lines that the board printed, at most 1000."""
        return self._console.lines

    def _exists(self, pin: int) -> None:
        if str(pin) not in self.type.pins:
            raise ValueError(f"{self.board_type} has no pin {pin}")

    # What the board's life needs (board_life.Owner).

    def options(self, cause: int, body: bodies.Body) -> dict[str, Any]:
        """What the next body is told: the chip, and the world as it is now."""
        self._cause = cause
        return {
            "body": body,
            "cause": cause,
            "chip": bodies.chip(self.type.chip, self.type.pins),
            "uid": identity(self.state_dir),
            "stage": str(self.state_dir / "stage"),
            "inputs": [(kind, payload.hex()) for kind, payload in self.inputs()],
            "join_ms": self._join,
            "heap": self._heap,
            # The file, and where in it the file system lies and a ROMFS image, if any: (offset, bytes).
            "flash": {"file": "flash.bin", "size": self._flash, "files": (0, self._flash), "romfs": None},
            "quiet": False,  # main.py does not run
            "paced": self._paced,
        }

    def inputs(self) -> list[Frame]:
        """What the world does to the board now."""
        return [self._faults.frame(), *self._inputs.frames()]

    def frame(self, kind: int, payload: bytes, t: float) -> None:
        """A frame of the body's."""
        edge = self._pins.take(kind, payload, t)
        if edge is not None:
            self._tell(self.on_edge, edge)
        elif kind == lay.CONSOLE:
            self._console.take(payload)
        elif kind == lay.HELLO:
            about = json.loads(payload)
            self._pins.behind = about["behind"]
            self.simulation_heap = about["used"]
            self._life.began()
            self.event("boot", cause=CAUSES[self._cause], boots=self.boots, pid=about["pid"], body=self.body)
        elif kind == lay.ENDED:
            self.event("ended", error=payload.decode(errors="replace"))
        elif kind == lay.WIFI:
            self._wifi(_STATION[payload[0]])
        elif kind == lay.ASK:
            try:
                answer = b"\1" + asked(self.i2c, self.lines, payload)
            except KeyError:
                answer = b"\0"
            self._life.send(lay.ANSWER, answer)

    def died(self, t: float) -> None:
        """The chip lost its state: its pins float, its radio is off."""
        self._console.end_line()  # what the next boot says begins one of its own
        for edge in self._pins.power_lost(t):
            self._tell(self.on_edge, edge)
        self._wifi("off")

    def event(self, kind: str, **data: Any) -> None:
        """Tell the listener."""
        self._tell(self.on_event, BoardEvent(self._clock.now(), kind, data))

    def last_words(self) -> str:
        """The last line of the body's own log, or else of the console."""
        log = self.state_dir / "body.log"
        said = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
        return (said or [line for line in self.console if line.strip()] or [""])[-1]

    def _wifi(self, state: str) -> None:
        if state != self.wifi_state:
            self.wifi_state = state
            self.event("wifi", state=state)

    def _tell(self, listener: Callable[[Any], None], value: Any) -> None:
        try:
            listener(value)
        except Exception:  # noqa: BLE001  (a listener's fault must not end the board; it is not hidden either)
            _log.exception("a listener of the virtual board %s failed", self.state_dir.name)
