"""Takes what people teach in a run, carries it out: quarantine, lesson, another version between two frames."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from gongzhi.actions import Learner, Recognisers, learner
from gongzhi.arbiter.effects import Changed, Effect, Forget, Install, Keep
from gongzhi.arbiter.events import Answered, Event, Schooled
from gongzhi.arbiter.record import Record
from gongzhi.cli.output import say
from gongzhi.errors import GongzhiError
from gongzhi.learn import dataset, golden
from gongzhi.learn.dataset import Consent
from gongzhi.learn.recording import Recording
from gongzhi.loop import Sight
from gongzhi.page import messages
from gongzhi.runtime import school_view as view
from gongzhi.runtime.face import Face
from gongzhi.stages.resolve import Arbiter
from gongzhi.teach import lesson, process
from gongzhi.teach.classroom import Classroom, classrooms, measured
from gongzhi.teach.lesson import Outcome
from gongzhi.teach.memory import DRAWN, Memory
from gongzhi.teach.quarantine import Note, sample_of
from gongzhi.text import N_, tr
from gongzhi.values import Answer, Decision

_CANDIDATES: Final = 6  # corrections that are offered as lessons
_STRANGE_S: Final = 1.5  # so long nothing learnt fits, and teaching is offered
_CHANGED_S: Final = 60.0  # how long the page says that the model is another


@dataclass(slots=True)
class Pupil:
    """One model that is taught: its classroom, the labels of its data set, and what is under way."""

    room: Classroom
    about: dataset.About
    stamp: tuple[int, int] | None = None
    busy: tuple[int, int] | None = None  # round and rounds of a lesson that is measured
    installing: bool = False
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)  # what is written, one thing at a time
    outcome: Outcome | None = None
    fault: dict[str, str] = field(default_factory=dict)
    golden: int = 0
    shown: dict[str, dict[str, Any]] = field(default_factory=dict)  # sample -> what the page shows of it


class Teaching:
    """The side of a run on which it is taught. All methods belong to the asyncio thread.

    `happen` takes events for the arbiter, `later(seconds, call)` is the loop's timer, `on_fault` is told what nobody
    has expected.
    """

    def __init__(
        self, arbiter: Arbiter, face: Face, happen: Callable[[Event], None], later: Callable[..., object],
        on_fault: Callable[[BaseException], None],
    ) -> None:  # fmt: skip
        self._arbiter, self._face, self._happen, self._later = arbiter, face, happen, later
        self._on_fault = on_fault
        self._see: Recognisers
        self._pupils: dict[str, Pupil] = {}
        self._memory = Memory()
        self._pending: dict[str, tuple[Recording, str, str]] = {}  # sample -> recording, what was said, model
        self._candidates: dict[str, dict[str, Any]] = {}
        self._strange: float | None = None
        self._offers = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def begin(self, see: Recognisers, copy_to: Path | None = None) -> None:
        """Say how the models lie on the disk, before `see` sees anything. Reads files. `copy_to`: a folder in which all
        is taught to copies (a script leaves nothing behind)."""
        self._see = see
        for name, room in classrooms(self._face.manifest.seen).items():
            try:
                await self._enter(await asyncio.to_thread(room.copied, copy_to / "teach") if copy_to else room)
            except GongzhiError as error:
                self._face.notice("teach", "error", N_("“{model}” cannot be taught: {why}"), model=name, why=error)
        # What the journal knows and nobody could look at sees without a version, and is in force as it is.
        for name, school in list(self._arbiter.schools.items()):
            if name not in self._pupils and school.version:
                self._happen(Schooled(name, ""))

    async def _enter(self, room: Classroom) -> None:
        found, about = await asyncio.to_thread(lambda: (room.schooled(), room.about()))
        before = self._arbiter.schools.get(room.name)
        self._pupils[room.name] = pupil = Pupil(room, about, stamp_of(room))
        self._happen(found)
        self._see.call(room.name, found.version)
        if before is not None and before.version not in ("", found.version):
            text = N_("“{model}” is another version than in the last run: {version}.")
            self._announce(room.name, text, found.version)
        outcome = await asyncio.to_thread(lesson.load, room.data)
        if outcome is not None and outcome.base == found.version:
            self._happen(measured(room.name, outcome))
            pupil.outcome = outcome
        await self._refresh(pupil)

    async def end(self) -> None:
        """End what is under way."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def teaches(self) -> bool:
        """Whether there is a model that can be taught."""
        return bool(self._pupils)

    # What is seen and decided.

    def sight(self, sight: Sight) -> None:
        """One frame has been looked at."""
        if not self._pupils:
            return
        self._memory.see(sight.keypoints, drawn=sight.frame.truth is not None)
        t = sight.frame.t
        self._strange = (self._strange if self._strange is not None else t) if self._see.strange else None
        offers = self._strange is not None and t - self._strange >= _STRANGE_S
        if offers != self._offers:
            self._offers = offers
            self._face.post({"type": "strange", "on": offers})

    def carry(self, effect: Effect) -> str:
        """Do what the arbiter says; gives "taught", "measured", "promoted" or "rolled_back", where it is that."""
        match effect:
            case Changed(decision):
                self._changed(decision)
            case Keep():
                self._keep(effect)
                return "taught"
            case Record(to="lesson"):
                return "measured"
            case Forget(model, sample):
                self._work(self._forget(self._pupils[model], sample))
            case Install(back=back):
                self._work(self._install(self._pupils[effect.model], effect))
                return "rolled_back" if back else "promoted"
        return ""

    def _changed(self, decision: Decision) -> None:
        case = self._arbiter.cases.get(decision.id)
        name = case.proposal.model.partition("@")[0] if case else ""
        if name not in self._pupils:
            return
        self._memory.remember(decision.id)
        if decision.state in ("edited", "rejected") and self._memory.knows(decision.id):
            self._candidates[decision.id] = {
                "id": decision.id, "model": name, "label": self._meant(name, decision), "state": decision.state,
                "what": decision.what, "because": decision.because,
            }  # fmt: skip
            while len(self._candidates) > _CANDIDATES:
                del self._candidates[next(iter(self._candidates))]
            self._post(self._pupils[name])

    def _meant(self, name: str, decision: Decision) -> str:
        """The label that a person's own value speaks for: that of the rule which would have proposed it."""
        if decision.state != "edited":
            return ""
        wanted = (decision.resource, decision.value)
        whens = {rule.when for rule in self._face.declared if (rule.resource, rule.value) == wanted}
        names = self._pupils[name].room.source.names
        return next((label for label, action in names.items() if action in whens), "")

    # What people say.

    def on_page(self, message: messages.Lesson, seat: str) -> None:
        """Somebody teaches, or looks after what was taught."""
        pupil = self._pupils.get(message.model) or next(iter(self._pupils.values()), None)
        if pupil is None:
            return
        name = pupil.room.name
        if self._arbiter.exhibition and isinstance(message, messages.Measure | messages.Golden | messages.Agreed):
            self._face.post({"type": "told", "seat": seat, "verb": "teach", "id": name, "code": "exhibition"})
            return  # the arbiter says so of all else
        match message:
            case messages.Teach(label=label, id=id_, person=person):
                self.teach(label, id_, person, seat, name)
            case messages.Measure():
                self.measure(name)
            case messages.Golden(back=back):
                self._work(self._golden(pupil, back=back))
            case messages.Agreed(person=person, by=by):
                self._work(self._agreed(pupil, Consent(person, by, date.today().isoformat())))
            case messages.Forget(sample=sample):
                self._say("forget", seat, name, sample)
            case messages.Promote(version=version):
                self._say("promote", seat, name, version)
            case messages.Rollback():
                self._say("rollback", seat, name)

    def lesson(self, step: str, seat: str) -> None:
        """A script's: "golden", "measure", "promote" or "rollback" of the first model."""
        name, pupil = next(iter(self._pupils.items()))
        match step:
            case "golden":
                self._work(self._golden(pupil, back=False))
            case "measure":
                self.measure(name)
            case "promote":
                self._say("promote", seat, name, pupil.outcome.version if pupil.outcome else "")
            case _:
                self._say("rollback", seat, name)

    def _say(self, verb: Any, seat: str, model: str, sample: str = "") -> None:
        self._happen(Answered(Answer(verb, seat, model=model, sample=sample)))

    def teach(self, label: str, of: str, person: str, seat: str, model: str = "") -> None:
        """`seat` says that what led to decision `of`, or what is done now, is `label`."""
        model = model or next(iter(self._pupils), "")
        pupil = self._pupils.get(model)
        if pupil is None:
            return
        drawn = self._memory.drawn(of)
        agreed = drawn or person in {one.person for one in pupil.about.consent}
        try:
            made = self._memory.cut(of, label.strip(), DRAWN if drawn else person or "p00", pupil.about.rate)
        except ValueError:
            made = self._memory.cut(of, "?", DRAWN, pupil.about.rate)  # the arbiter says which word is none
        sample = sample_of(made) if made else ""
        if made:
            case = self._arbiter.cases.get(of)
            self._pending[sample] = (made, _said(pupil, case.proposal.trigger if case else ""), model)
        self._happen(Answered(Answer("teach", seat, of, model=model, sample=sample, label=label, consent=agreed)))
        self._pending.pop(sample, None)

    def _keep(self, effect: Keep) -> None:
        made, said, model = self._pending.pop(effect.sample)
        note = Note(sample=effect.sample, label=effect.label, seat=effect.seat, of=effect.of, said=said)
        self._candidates.pop(effect.of, None)
        self._work(self._write(self._pupils[model], lambda: self._pupils[model].room.quarantine.add(made, note)))

    def measure(self, model: str = "") -> None:
        """Train a lesson from what waits, and measure it; in a process of its own."""
        pupil = self._pupils.get(model or next(iter(self._pupils), ""))
        if pupil is not None and pupil.busy is None and not pupil.installing:
            pupil.busy, pupil.fault, pupil.outcome = (0, 0), {}, None
            self._post(pupil)
            self._work(self._measure(pupil))

    # Work that takes a moment.

    def _work(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._on_fault(error)

    async def _write(self, pupil: Pupil, write: Callable[[], object]) -> bool:
        """Write something; where the disk refuses, say so, and let the arbiter know what is there."""
        try:
            async with pupil.turn:
                await asyncio.to_thread(write)
        except GongzhiError as error:
            pupil.fault = view.both(error)
            with contextlib.suppress(GongzhiError):
                self._happen(await asyncio.to_thread(pupil.room.schooled))
            await self._refresh(pupil)
            return False
        await self._refresh(pupil)
        return True

    async def _forget(self, pupil: Pupil, sample: str) -> None:
        pupil.outcome = None
        await self._write(pupil, lambda: pupil.room.quarantine.forget(sample))

    async def _golden(self, pupil: Pupil, *, back: bool) -> None:
        def choose() -> None:
            data = dataset.load(pupil.room.data)
            here = [path.stem for path in golden.paths(data)]
            golden.move(data, here if back else golden.choose(data), back=back)

        if pupil.busy is None:
            pupil.fault = {}
            await self._write(pupil, choose)

    async def _agreed(self, pupil: Pupil, consent: Consent) -> None:
        await self._write(pupil, lambda: dataset.load(pupil.room.data).agreed(consent))

    async def _measure(self, pupil: Pupil) -> None:
        room, fault = pupil.room, view.texts(N_("The lesson has broken off."))
        with contextlib.suppress(OSError):  # no memory for another process, …
            async for told in process.measured(room.data, room.model):
                if "round" in told:
                    pupil.busy = (told["round"], told["rounds"])
                    self._post(pupil)
                fault = told.get("fault", {} if "done" in told else fault)
        pupil.busy, pupil.fault, pupil.outcome = None, fault, None if fault else lesson.load(room.data)
        if pupil.outcome is not None:
            self._happen(measured(room.name, pupil.outcome))
        await self._refresh(pupil)

    async def _install(self, pupil: Pupil, effect: Install) -> None:
        room = pupil.room
        pupil.installing = True

        def install() -> Learner:
            room.installed(effect.version, effect.samples, back=effect.back)
            return learner(room.name, room.source, effect.version)

        async with pupil.turn:  # a no to what is being put in force waits until it is
            try:
                one = await asyncio.to_thread(install)
            except GongzhiError as error:
                self._face.notice("teach", "error", N_("“{model}” stays as it was: {why}"), model=room.name, why=error)
                self._happen(await self._as_it_was(pupil, effect.before))
            else:
                self._put(pupil, one)
                text = N_("“{model}” has learnt: it is version {version} now. One press brings the one before back.")
                if effect.back:
                    text = N_("“{model}” was put back to version {version}.")
                self._announce(room.name, text, effect.version)
        pupil.installing, pupil.outcome, pupil.stamp = False, None, stamp_of(room)
        await self._refresh(pupil)

    async def _as_it_was(self, pupil: Pupil, version: str) -> Schooled:
        """For the arbiter: `version` still sees, whatever has come to lie on the disk; nothing of another would be in
        force."""
        found = Schooled(pupil.room.name, version)
        with contextlib.suppress(GongzhiError):
            found = replace(await asyncio.to_thread(pupil.room.schooled), version=version)
        return found

    def used(self, name: str, version: str, names: dict[str, str]) -> None:
        """Somebody has put another model to use as `name` (the studio): it is in force, and said and recorded so."""
        school, pupil = self._arbiter.schools.get(name), self._pupils.get(name)
        if school is None or pupil is None:
            return
        self._happen(Schooled(name, version, tuple(school.steps), dict(school.waiting)))
        self._names(pupil, names)
        if version:
            self._announce(name, N_("“{model}” was trained anew: it is version {version} now."), version)
        self._post(pupil)

    def _put(self, pupil: Pupil, one: Learner) -> None:
        """Between two frames another version sees; labels that are new are known by page and rules."""
        self._see.swap(pupil.room.name, one)
        self._names(pupil, one.names)

    def _names(self, pupil: Pupil, names: dict[str, str]) -> None:
        seen = self._face.manifest.seen
        for label, action in names.items():
            pupil.room.source.names[label] = action
            seen.sources[pupil.room.name].names[label] = action
            seen.labels.setdefault(action, {"zh": label, "en": label})
        self._face.actions()

    async def look(self) -> None:
        """Somebody may have trained anew beside the run (gongzhi train): then that version sees from now on."""
        for name, pupil in self._pupils.items():
            now = stamp_of(pupil.room)
            if now == pupil.stamp or pupil.installing or now is None:
                continue
            pupil.stamp = now
            try:
                found = await asyncio.to_thread(pupil.room.schooled)
                if found.version == self._arbiter.schools[name].version:
                    continue
                one = await asyncio.to_thread(learner, name, pupil.room.source, found.version)
            except GongzhiError as error:
                self._face.notice("teach", "error", N_("“{model}” stays as it was: {why}"), model=name, why=error)
                continue
            self._happen(found)
            self._put(pupil, one)
            self._announce(name, N_("“{model}” was trained anew: it is version {version} now."), found.version)
            await self._refresh(pupil)

    # What people are told.

    def _announce(self, model: str, text: str, version: str) -> None:
        """A changed model is said (guidelines G14 and G18), for a while on the page, and in the terminal."""
        self._face.notice(f"model/{model}", "info", text, model=model, version=version[:8])
        say(tr(text, model=model, version=version[:8]), "yellow")
        self._later(_CHANGED_S, lambda: self._face.notice(f"model/{model}", "info", "", on=False))

    async def _refresh(self, pupil: Pupil) -> None:
        try:
            pupil.about, pupil.golden, shown = await asyncio.to_thread(view.samples, pupil.room)
        except GongzhiError as error:
            pupil.fault = view.both(error)
            shown = pupil.shown
        for sample in pupil.shown.keys() - shown.keys():
            self._face.hub.forget(f"sample/{sample}")
        for sample in shown.keys() - pupil.shown.keys():
            self._face.post({"type": "sample", "sample": sample, "frames": shown[sample]["frames"]})
        pupil.shown = shown
        self._post(pupil)

    def _post(self, pupil: Pupil) -> None:
        school = self._arbiter.schools[pupil.room.name]
        mine = [one for one in self._candidates.values() if one["model"] == pupil.room.name]
        self._face.post(view.school(pupil, school, mine, exhibition=self._arbiter.exhibition))


def _said(pupil: Pupil, trigger: str) -> str:
    """The label that the model itself gave."""
    return next((label for label, action in pupil.room.source.names.items() if action == trigger), "")


def stamp_of(room: Classroom) -> tuple[int, int] | None:
    """What tells one state of a model's file (or of its recordings) from another."""
    try:
        found = (room.model or room.data / "recordings").stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
