"""What went wrong, where, and what to do, in the user's language: every error a user may meet is one of these."""

from __future__ import annotations

from typing import Any

from gongzhi.text import Language, tr


class GongzhiError(Exception):
    """An error that a user can act on.

    `message` says what and where, `hint` what to do; both are English catalogue texts with {named} fields that
    `values` fill. They are translated when they are shown, so one error can be shown in two languages.
    """

    exit_code = 2

    def __init__(self, message: str, hint: str = "", /, **values: Any) -> None:
        super().__init__(message, hint, values)
        self.message, self.hint, self.values = message, hint, values

    def text(self, language: Language | None = None, /) -> str:
        """The whole error, message first, hint on a line of its own."""
        lines = [tr(part, language, **self.values) for part in (self.message, self.hint) if part]
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.text()


class ConfigError(GongzhiError):
    """A file or an option of the user's is wrong (project.toml, board.toml, users file, arguments)."""


class CameraError(GongzhiError):
    """A camera, video or picture cannot be opened or has gone."""


class ModelError(GongzhiError):
    """Model weights are missing, altered or cannot be run."""


class BrokerError(GongzhiError):
    """The broker cannot be started or reached, or refuses us."""


class BoardError(GongzhiError):
    """A board, real or virtual, cannot be started or reached, or refuses a command."""


class JournalError(GongzhiError):
    """The journal cannot be written or read."""


class PageError(GongzhiError):
    """The page cannot be shown: its address is taken, unknown or not allowed."""


class DataError(GongzhiError):
    """A data set, a recording or a learnt model is missing, broken or too small."""


class WorldError(GongzhiError):
    """What is to happen around a virtual board cannot happen there."""
