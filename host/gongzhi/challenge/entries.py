"""Takes submissions, keeps them and their scores in the task's folder; lists them, takes one back, scores all again."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from gongzhi.challenge.score import Score, ask, gain, scores
from gongzhi.challenge.task import ENTRIES, Part, Task
from gongzhi.errors import DataError
from gongzhi.learn.recording import write_file
from gongzhi.measures.intervals import Estimate
from gongzhi.text import N_

REMOVED: Final = "removed"
# An id such as t07 or c3-12: it ends in a number, so that nobody writes a name there.
Team = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]{0,14}[0-9]\Z")]
_SUFFIX: Final = {".tflite": "model", ".csv": "csv"}
_Hash = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One submission: the file's kind and hash, the hidden part's hash, when it was handed in, its scores."""

    team: Team
    group: str
    number: Annotated[int, msgspec.Meta(ge=1)]
    kind: Literal["model", "csv"]
    sha256: _Hash
    hidden: _Hash
    at: datetime.datetime
    visible: Score
    final: Score

    @property
    def name(self) -> str:
        """Without its ending."""
        return f"{self.number:03d}"


@dataclass(frozen=True, slots=True)
class Rerun:
    """What scoring an entry again gave: `same` answers as before, and the score."""

    entry: Entry
    same: bool


def entries(task: Task) -> list[Entry]:
    """All that were handed in, by team and number. Raises DataError for a record that was altered into nonsense."""
    found = []
    for path in sorted((task.folder / ENTRIES).glob("*/*.json")):
        try:
            found.append(msgspec.json.decode(path.read_bytes(), type=Entry))
        except (OSError, msgspec.DecodeError) as error:
            raise DataError(
                N_("{path} is no record of a submission: {error}"),
                N_("Put it back as it was, or hand the file in anew."),
                path=str(path), error=str(error),
            ) from error  # fmt: skip
    return found


def content_of(path: Path, task: Task) -> tuple[Literal["model", "csv"], bytes]:
    """The kind and the bytes of a file that is to be scored. Raises DataError for one that the task does not take."""
    kind = _SUFFIX.get(path.suffix.lower())
    if kind not in task.about.accepts:
        raise DataError(
            N_("{path} cannot be handed in: this task takes {known}."), N_("Choose another file."),
            path=path.name, known=" / ".join(end for end, each in _SUFFIX.items() if each in task.about.accepts),
        )  # fmt: skip
    most = task.about.limits.file_kb << 10
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise DataError(
            N_("The file {path} cannot be read: {error}"), N_("Check the name."),
            path=str(path), error=error.strerror or str(error),
        ) from error  # fmt: skip
    if len(content) > most:
        raise DataError(
            N_("{path} is larger than the {most} KB that the task allows."), N_("Hand in a smaller one."),
            path=path.name, most=task.about.limits.file_kb,
        )  # fmt: skip
    return ("csv" if kind == "csv" else "model"), content


def submit(task: Task, team: str, path: Path, now: datetime.datetime, group: str = "") -> Entry:
    """Score a file and keep it with its scores.

    Args:
        task: with its hidden part.
        team: an id such as t07.
        path: a .tflite or .csv file.
        now: with the zone of the place.
        group: of the task's groups; needed for a team's first submission where the task has groups.

    Raises DataError: then nothing was kept, and it does not count.
    """
    _check(team)
    before = [each for each in entries(task) if each.team == team]
    group = _group(task, before, group)
    about = task.about
    if task.over(now.date()) or (about.opens is not None and now.date() < about.opens):
        raise DataError(
            N_("Nothing can be handed in now: from {opens} to {closes}."), N_("The dates stand in challenge.toml."),
            opens=about.opens or "–", closes=about.closes or "–",
        )  # fmt: skip
    if len(before) >= about.limits.entries:
        raise DataError(
            N_("Team {team} has handed in {count} times, which is all that the task allows."),
            N_("The best of them counts. Or take one back with: gongzhi challenge withdraw"),
            team=team, count=len(before),
        )  # fmt: skip
    kind, content = content_of(path, task)
    digest = sha256(content).hexdigest()
    twin = next((each for each in before if each.sha256 == digest), None)
    if twin is not None:
        raise DataError(
            N_("Team {team} has handed in this very file already, as number {number}."), N_("Nothing was changed."),
            team=team, number=twin.number,
        )  # fmt: skip
    found = scores(task, kind, content, ("visible", "hidden"))
    entry = Entry(
        team=team, group=group, number=_next(task, team), kind=kind, sha256=digest, hidden=about.hidden, at=now,
        visible=found["visible"], final=found["hidden"],
    )  # fmt: skip
    folder = task.folder / ENTRIES / team
    write_file(folder / f"{entry.name}{_ending(kind)}", content)
    _write(folder, entry)
    return entry


def _next(task: Task, team: str) -> int:
    """A number that was never used by this team, also by none that was taken back."""
    folder = task.folder / ENTRIES
    used = [*(folder / team).glob("*.json"), *(folder / REMOVED / team).glob("*.json")]
    return max((int(path.stem) for path in used if path.stem.isdigit()), default=0) + 1


def withdraw(task: Task, team: str) -> Entry:
    """Take a team's last submission out, into the folder "removed", from which it can be put back by hand. Raises
    DataError when there is none."""
    _check(team)
    mine = [each for each in entries(task) if each.team == team]
    if not mine:
        raise _none(task, team)
    last = mine[-1]
    source, target = task.folder / ENTRIES / team, task.folder / ENTRIES / REMOVED / team
    try:
        target.mkdir(parents=True, exist_ok=True)
        # The record last: without it the file beside it counts for nothing.
        for ending in (".json", _ending(last.kind)):
            (source / f"{last.name}{ending}").replace(target / f"{last.name}{ending}")
    except OSError as error:
        raise DataError(
            N_("{path} cannot be written: {error}"), N_("Look whether the disk is full or write-protected."),
            path=str(target), error=error.strerror or str(error),
        ) from error  # fmt: skip
    return last


def counting(task: Task, team: str) -> Entry:
    """The entry of a team that counts: the best in practice, of several the first. Raises DataError for none."""
    _check(team)
    mine = [each for each in entries(task) if each.team == team]
    if not mine:
        raise _none(task, team)
    return best(mine)


def compare(task: Task, one: str, other: str, part: Part) -> Estimate:
    """By how much the second team's counting entry is better than the first one's, clip by clip. Raises DataError."""
    clips = task.clips(part)
    before, after = (ask(task, entry.kind, _content(task, entry), clips) for entry in
                     (counting(task, one), counting(task, other)))  # fmt: skip
    return gain(task, before, after, clips)


def again(task: Task, told: Callable[[Rerun], None]) -> list[Rerun]:
    """Score every entry anew, also after the task's limits were changed, and keep what came out. An entry whose file is
    not the one that was handed in, or that now fails, is refused with a DataError that names it."""
    found = []
    for entry in entries(task):
        new = scores(task, entry.kind, _content(task, entry), ("visible", "hidden"))
        same = (new["visible"].digest, new["hidden"].digest) == (entry.visible.digest, entry.final.digest)
        changed = msgspec.structs.replace(entry, visible=new["visible"], final=new["hidden"], hidden=task.about.hidden)
        _write(task.folder / ENTRIES / entry.team, changed)
        found.append(Rerun(changed, same))
        told(found[-1])
    return found


def _content(task: Task, entry: Entry) -> bytes:
    """What was handed in. Raises DataError where the file is another one now."""
    _, content = content_of(task.folder / ENTRIES / entry.team / f"{entry.name}{_ending(entry.kind)}", task)
    if sha256(content).hexdigest() != entry.sha256:
        raise DataError(
            N_("{team}, number {number}: the file is not the one that was handed in."),
            N_("Put it back as it was, or take the submission back with: gongzhi challenge withdraw"),
            team=entry.team, number=entry.number,
        )  # fmt: skip
    return content


def _none(task: Task, team: str) -> DataError:
    return DataError(
        N_("Team {team} has handed in nothing."), N_("See: gongzhi challenge board {folder}"),
        team=team, folder=str(task.folder),
    )  # fmt: skip


def _write(folder: Path, entry: Entry) -> None:
    write_file(folder / f"{entry.name}.json", msgspec.json.format(msgspec.json.encode(entry), indent=1) + b"\n")


def _ending(kind: str) -> str:
    return next(end for end, each in _SUFFIX.items() if each == kind)


def _check(team: str) -> None:
    try:
        msgspec.convert(team, Team)
    except msgspec.ValidationError:
        raise DataError(
            N_("“{team}” is no id of a team."),
            N_("Small letters and a number at the end, such as t07 or c3-12; never a person’s name."),
            team=team,
        ) from None


def _group(task: Task, before: list[Entry], group: str) -> str:
    """A team stays in the group of its first submission."""
    known = [each.id for each in task.about.group]
    if known and not before and not group:
        raise DataError(
            N_("A team’s first entry says its group."), N_("Say it with --group; possible: {known}."),
            known=", ".join(known),
        )  # fmt: skip
    mine = before[0].group if before else group
    if (known and mine not in known) or (not known and mine) or (before and group not in ("", mine)):
        raise DataError(
            N_("“{group}” is not the team’s group."), N_("Say it with --group; possible: {known}."),
            group=group or "–", known=mine if before else ", ".join(known) or "–",
        )  # fmt: skip
    return mine


def best(mine: Sequence[Entry]) -> Entry:
    """The one that counts of a team's entries."""
    return min(mine, key=lambda each: order(each, "visible"))


def order(entry: Entry, part: Part) -> tuple[float, float, datetime.datetime, str]:
    """By which entries are sorted, the best first: the metric, the label that is known least, who was earlier."""
    score = best_part(entry, part)
    return -score.value, -score.worst, entry.at, entry.team


def best_part(entry: Entry, part: Part) -> Score:
    """The entry's score on a part."""
    return entry.visible if part == "visible" else entry.final
