"""Gongzhi 共智: people and machines decide together; what a student imports stands here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["Project", "__version__"]

if TYPE_CHECKING:
    from gongzhi.api import Project


def __getattr__(name: str) -> Any:
    # Loaded when asked for: the command line and the board's body import gongzhi without a pupil's program.
    if name != "Project":
        raise AttributeError(name)
    from gongzhi import api

    api.show_errors()
    return api.Project
