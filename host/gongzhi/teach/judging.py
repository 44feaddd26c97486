"""Takes the folder of a data set, says what judges by its very recordings; so a change of them waits where it has to.

One rule for every way in (`gongzhi data record`, `import`, `undo`, `relabel`; of the page: runtime/studio.py): where a
golden set is there to measure by, what is new waits in quarantine until a teacher lets it count, and what counts
already stays as it is. Without one, whoever sits at the project's files is its teacher, and is told that it counts at
once. A contest's clips, and what judges in a project that is shown to visitors, nobody changes.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from gongzhi import project as project_file
from gongzhi.actions import Actions
from gongzhi.challenge import task
from gongzhi.errors import DataError, GongzhiError
from gongzhi.learn import changes, dataset, golden
from gongzhi.learn.dataset import Dataset
from gongzhi.teach.quarantine import Quarantine, Waiting
from gongzhi.text import N_, tr


@dataclass(frozen=True, slots=True)
class Judged:
    """By the recordings of the data set in `folder` the project in `project` judges, as its table or its coach `model`;
    `waits`: a golden set is there."""

    folder: Path
    project: Path
    model: str
    waits: bool

    def words(self) -> str:
        """What becomes of a change."""
        text = N_("“{model}” of the project judges by these recordings: the new ones wait in quarantine until "
                  "they are measured and promoted. See: gongzhi teach check {project}")  # fmt: skip
        if not self.waits:
            text = N_("“{model}” of the project judges by these recordings: this counts at once. A golden set would "
                      "measure what is new first: gongzhi data golden {folder}")  # fmt: skip
        return tr(text, model=self.model, project=str(self.project), folder=str(self.folder))

    def refusal(self) -> DataError:
        """That what counts stays as it is, and how it is changed nevertheless."""
        return DataError(
            N_("“{model}” of the project judges by these recordings, and its golden set was to measure each change: "
               "what counts stays as it is."),
            N_("A lesson is taken back with: gongzhi teach rollback {project}. To change the rest, dissolve the golden "
               "set (gongzhi data golden {folder} --back), and set one apart again afterwards."),
            model=self.model, project=str(self.project), folder=str(self.folder),
        )  # fmt: skip


def judges(seen: Actions, folder: Path, sensor: str = "") -> str:
    """The table by which the nearest recording in this folder judges, or the coach that was taught with them; "" for
    none. Of several the one that looks at `sensor` ("" the camera)."""
    here = folder.resolve()
    found = [(name, one.sensor) for name, one in seen.sources.items() if one.nearest and one.path.resolve() == here]
    if seen.pack is not None and seen.taught is not None and seen.taught.resolve() == here:
        found.append((seen.pack.name, ""))
    mine = [name for name, of in found if of == sensor]
    return next((name for name in (*mine, *(name for name, _ in found))), "")


def judged(folder: Path) -> Judged | None:
    """What the project around a data set does by its recordings. Raises DataError for a contest's clips, and where the
    project is shown to visitors."""
    here = folder.resolve()
    no_contest(here)
    around = next((each for each in (here, *here.parents) if (each / "project.toml").is_file()), None)
    if around is None or not (here / dataset.FILE).is_file():
        return None
    waits = bool(golden.paths(dataset.load(folder)))
    try:
        manifest = project_file.load(around)
        model, exhibition = judges(manifest.seen, here), manifest.exhibition
    except GongzhiError:  # said where it is run, too; but no fault of one line opens what another one guards
        if waits:
            raise
        model, exhibition = _named(around, here)
    if model and exhibition:
        raise DataError(
            N_("The project is shown to visitors (exhibition = true): nothing is taught."),
            N_("Take that line out of project.toml first."),
        )
    return Judged(folder, around, model, waits) if model else None


def _named(project: Path, here: Path) -> tuple[str, bool]:
    """As much as a faulty project.toml says: the table by which it would judge by the data set in `here`, "" for none,
    and whether it is shown to visitors."""
    try:
        plain = tomllib.loads((project / "project.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "", False
    tables = {name: each for name, each in plain.items() if isinstance(each, dict)}
    found = [(name, each.get("data")) for name, each in tables.get("model", {}).items() if isinstance(each, dict)]
    found.append((str(tables.get("pack", {}).get("use", "")), tables.get("pack", {}).get("taught")))
    mine = [name for name, at in found if isinstance(at, str) and at and (project / at).resolve() == here]
    return next(iter(mine), ""), tables.get("project", {}).get("exhibition") is True


def no_contest(folder: Path) -> None:
    """Raise DataError for a contest's clips."""
    here = folder.resolve()
    for each in here.parents:
        if (each / task.FILE).is_file() and here.relative_to(each).parts[0] in task.TESTS:
            raise DataError(
                N_("The recordings in {folder} are the test of a contest: they stay as they are."),
                N_("Make a contest with others: gongzhi challenge new DATASET --to FOLDER"), folder=str(here),
            )  # fmt: skip


def to_add(data: Dataset, one: Judged | None) -> Dataset:
    """The data set to add recordings to; in quarantine, where they have to wait."""
    return Waiting(data.folder, data.about) if one is not None and one.waits else data


def undo_import(data: Dataset, one: Judged | None) -> list[Path]:
    """Take out all that the last import brought, and the labels that nothing shows any more: where the files lie now.
    Raises DataError."""
    last = changes.last_import(to_add(data, one))
    if last is None and one is not None and one.waits and changes.last_import(data) is not None:
        raise one.refusal()
    if last is None:
        raise DataError(N_("Nothing of an import is left in {folder}."), N_("See: gongzhi data show"),
                        folder=str(data.folder))  # fmt: skip
    gone = [undo(data, one, each)[1] for each in last.marks]
    shown = {each.head.label for each in golden.recordings(data)}
    shown |= {note.label for note in Quarantine(data.folder).notes()}
    changes.unlearn(data, set(last.labels) - shown)
    changes.forget_import(data.folder)
    return gone


def undo(data: Dataset, one: Judged | None, name: str = "") -> tuple[str, Path]:
    """Take a recording out, without a name the one that was made last: its name, and where its file lies now. Of what
    waits in quarantine, where it has to wait. Raises DataError."""
    if one is None or not one.waits:
        return changes.take_out(data, name)
    found = Quarantine(data.folder).take_out(name)
    if found is None:
        raise one.refusal()
    return found
