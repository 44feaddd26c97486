"""What a user may ask of a run, checked at birth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gongzhi.bus import Address
from gongzhi.errors import ConfigError
from gongzhi.journal import Keep
from gongzhi.project.file import JournalTable
from gongzhi.text import N_


@dataclass(frozen=True, slots=True)
class Options:
    """The options of `gongzhi run`; see its help texts. Raises ConfigError or BrokerError."""

    folder: Path
    camera: str = ""  # what the project says, else the first one
    broker: str | None = None
    body: Literal["auto", "vm", "cpython"] = "auto"
    host: str = "127.0.0.1"
    port: int = 8016
    journal: Path | None = None
    headless: bool = False
    seconds: float | None = None
    browser: bool = True
    script: str | None = None
    boards: Literal["virtual", "real", "auto"] = "auto"
    exhibition: bool = False  # lights and sounds re-arm themselves, the program is started again
    keep_mb: float | None = None  # what stays of the journal while it runs; None: what project.toml says
    keep_days: int | None = None
    room: bool = False

    def keep_of(self, project: JournalTable) -> Keep:
        """How much of the journal stays while it runs: what the command line says, else the project."""
        return Keep(round((self.keep_mb or project.keep_mb) * 1_000_000), self.keep_days or project.keep_days)

    def __post_init__(self) -> None:
        if (self.keep_mb is not None and not 0.1 <= self.keep_mb <= 1e6) or (
            1 if self.keep_days is None else self.keep_days
        ) < 1:
            raise ConfigError(
                N_("So little of the journal cannot be kept."),
                N_("--keep-mb takes 0.1 and more, --keep-days 1 and more."),
            )
        if self.body not in ("auto", "vm", "cpython"):
            raise ConfigError(
                N_("“{value}” is no body of a virtual board."), N_("Possible: auto, vm, cpython."), value=self.body
            )
        if self.boards not in ("virtual", "real", "auto"):
            raise ConfigError(
                N_("“{value}” says nothing of boards."), N_("Possible: virtual, real, auto."), value=self.boards
            )
        if self.broker is not None:
            Address.of(self.broker)
        if self.room and (self.broker is not None or self.script is not None):
            raise ConfigError(
                N_("--room opens this run’s own broker to the boards of the room."),
                N_("Leave out --broker and --script, or --room."),
            )
        if not 0 <= self.port <= 65535:
            raise ConfigError(
                N_("There is no port {value}."), N_("Choose a number from 1024 to 65535."), value=self.port
            )
