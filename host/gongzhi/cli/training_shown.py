"""Takes a training's rounds as they end, gives a live picture in the terminal, or a line each where there is none."""

from __future__ import annotations

from types import TracebackType
from typing import Final

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from gongzhi.cli.output import console as standard
from gongzhi.learn.training import Progress
from gongzhi.text import tr

_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_WIDE: Final = 24


class Shown:
    """While it is entered, a call after each round draws the loss so far and how often each of `labels` is right among
    the windows that are checked by."""

    def __init__(self, labels: list[str], console: Console = standard) -> None:
        self._labels, self._console = labels, console
        self._losses: list[float] = []
        self._live = Live(console=console, auto_refresh=False) if console.is_terminal else None

    def __enter__(self) -> Shown:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def __call__(self, now: Progress) -> None:
        self._losses.append(now.check_loss)
        if self._live is None:
            self._console.print(self._line(now), markup=False, soft_wrap=True)
        else:
            self._live.update(self._picture(now), refresh=True)

    def _line(self, now: Progress) -> str:
        worst = min((share, self._labels[i]) for i, share in enumerate(now.by_label) if share == share)
        return tr(
            "Round {round}: loss {loss:.3f}, right {accuracy:.1%}, least “{label}” {worst:.0%}",
            round=now.round, loss=now.loss, accuracy=now.accuracy, label=worst[1], worst=worst[0],
        )  # fmt: skip

    def _picture(self, now: Progress) -> Group:
        rows = Table.grid(padding=(0, 1))
        rows.add_row(tr("Rounds"), ProgressBar(now.rounds, now.round, _WIDE), f"{now.round} / {now.rounds}")
        rows.add_row(tr("Loss"), sparks(self._losses), f"{now.check_loss:.3f}")
        for label, share in zip(self._labels, now.by_label, strict=True):
            known = share == share
            rows.add_row(label, ProgressBar(1.0, share if known else 0.0, _WIDE), f"{share:.0%}" if known else "–")
        rows.add_row(tr("All"), ProgressBar(1.0, now.accuracy, _WIDE), f"{now.accuracy:.1%}")
        return Group(rows)


def sparks(values: list[float]) -> str:
    """Numbers as a row of blocks, the last ones where there are many; the highest is a full one."""
    some = values[-_WIDE:]
    most = max(some, default=0.0) or 1.0
    return "".join(_BLOCKS[min(int(each / most * len(_BLOCKS)), len(_BLOCKS) - 1)] for each in some)
