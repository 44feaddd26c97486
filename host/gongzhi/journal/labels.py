"""Takes a person's judgement of a decision, keeps it beside the journal; gives the judgements back by decision.

The form is one JSON line a judgement in labels.jsonl: {"dec":"d-5","digest":"01f7…","right":true,"alone":false}.
`right`: what the machine wanted to do was the right thing to do then. `alone` (may be missing): what a person wanted
who saw the same scene and not the machine's card; true is "do it". Nobody's name is kept. A later line about the same
decision takes the earlier one's place.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from gongzhi.errors import JournalError
from gongzhi.journal.book import Book, Life
from gongzhi.text import N_

LABELS: Final = "labels.jsonl"


class Label(msgspec.Struct, frozen=True, omit_defaults=True):
    """One judgement, as above; `digest` is the card's, so that a journal begun anew is not taken for the old one."""

    dec: str
    digest: str
    right: bool
    alone: bool | None = None


def read_labels(folder: Path) -> dict[tuple[str, str], Label]:
    """The latest judgement by (decision, digest); raises JournalError for a line that is none."""
    path = folder / LABELS
    found: dict[tuple[str, str], Label] = {}
    if not path.exists():
        return found
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            label = msgspec.json.decode(line, type=Label)
        except ValueError as error:  # msgspec's own errors, and a byte that is no UTF-8
            raise JournalError(
                N_("{file}, line {n}: no label ({why})"),
                N_("Put that line right or delete it; “gongzhi journal label” writes good ones."),
                file=path,
                n=number,
                why=error,
            ) from None
        found[(label.dec, label.digest)] = label
    return found


def add_label(folder: Path, life: Life, *, right: bool, alone: bool | None = None) -> Label:
    """Add one judgement; an `alone` that was given earlier stays if none is given now."""
    if alone is None and (had := read_labels(folder).get((life.id, life.head.digest))):
        alone = had.alone
    label = Label(life.id, life.head.digest, right, alone)
    with (folder / LABELS).open("ab") as file:
        file.write(msgspec.json.encode(label) + b"\n")
    return label


def keep_labels(folder: Path, book: Book) -> None:
    """Keep only the judgements of decisions that are still in the journal."""
    here = {(life.id, life.head.digest) for life in book.lives}
    kept = [label for key, label in read_labels(folder).items() if key in here]
    draft = folder / (LABELS + ".new")
    draft.write_bytes(b"".join(msgspec.json.encode(label) + b"\n" for label in kept))
    draft.replace(folder / LABELS)
