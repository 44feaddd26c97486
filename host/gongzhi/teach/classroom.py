"""Takes what a project recognises, gives for each of its models where it is taught: data set, quarantine, versions."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gongzhi.actions import Source
from gongzhi.arbiter.events import Measured, Schooled
from gongzhi.errors import DataError
from gongzhi.learn import dataset
from gongzhi.teach import lesson
from gongzhi.teach.lesson import Outcome
from gongzhi.teach.quarantine import Quarantine
from gongzhi.teach.versions import Versions, forget_lesson
from gongzhi.text import N_

if TYPE_CHECKING:
    from gongzhi.actions import Actions
    from gongzhi.learn.pack import Pack


@dataclass(frozen=True, slots=True)
class Classroom:
    """One model of a project: `source` as it judges, the folder of its data set (`data`). The coach of a `pack` is one,
    too: what it was taught are ways of doing the pack's movements, and movements of their own."""

    name: str
    source: Source
    data: Path
    pack: Pack | None = None

    @property
    def model(self) -> Path | None:
        """The model's file; None where the nearest recording judges."""
        return None if self.source.nearest else self.source.path

    @property
    def versions(self) -> Versions:
        """Its versions."""
        return Versions(self.data, self.model)

    @property
    def quarantine(self) -> Quarantine:
        """Its quarantine."""
        return Quarantine(self.data)

    def about(self) -> dataset.About:
        """What dataset.toml says. Raises DataError."""
        return dataset.load(self.data).about

    def schooled(self) -> Schooled:
        """How it lies on the disk, for the arbiter. Raises DataError."""
        waiting = {note.sample: note.seat for note in self.quarantine.notes()}
        return Schooled(self.name, self.versions.current(), self.versions.steps(), waiting)

    def copied(self, to: Path) -> Classroom:
        """The same in a folder of its own: what is taught there leaves no trace. Raises DataError."""
        try:
            shutil.copytree(self.data, to / self.name, dirs_exist_ok=True)
        except OSError as error:
            # shutil's own names one by one what could not be copied.
            why = error.args[0][0][-1] if isinstance(error, shutil.Error) else error.strerror or str(error)
            raise DataError(
                N_("{path} cannot be written: {error}"), N_("Look whether the disk is full or write-protected."),
                path=str(to / self.name), error=why,
            ) from error  # fmt: skip
        path = to / self.name / ("" if self.source.nearest else self.source.path.name)
        return Classroom(self.name, replace(self.source, path=path), to / self.name, self.pack)

    def installed(self, version: str, samples: Iterable[str], *, back: bool) -> None:
        """Put a measured lesson, or the version before, in force on the disk. Raises DataError, also where it is not
        what was decided on."""
        if back:
            self.versions.back()
        else:
            trained = None if self.model is None else lesson.trained(self.data)
            self.versions.promote(version, samples, trained)
        forget_lesson(self.data)
        found = self.versions.current()
        if found != version:
            raise DataError(
                N_("The version that lies in {folder} is {found}, not {version}."),
                N_("Somebody else has changed it meanwhile: look at gongzhi teach list."),
                folder=str(self.data), found=found, version=version,
            )  # fmt: skip


def measured(name: str, outcome: Outcome) -> Measured:
    """A lesson, for the arbiter."""
    effect = {one.label: (one.before, one.after, one.windows) for one in outcome.effects}
    return Measured(name, outcome.version, outcome.base, tuple(outcome.samples), outcome.ok, effect)


def classrooms(seen: Actions) -> dict[str, Classroom]:
    """Where each model can be taught; a model's file whose data set does not lie beside it cannot."""
    found = {}
    for name, source in seen.sources.items():
        data = source.path if source.nearest else source.path.parent
        if (data / dataset.FILE).is_file():
            found[name] = Classroom(name, source, data)
    if seen.pack is not None and seen.taught is not None:
        of_forms = Source(seen.taught, True, {form.id: form.id for form in seen.pack.forms})
        found[seen.pack.name] = Classroom(seen.pack.name, of_forms, seen.taught, seen.pack)
    return found
