"""Takes what people teach in a run and what the arbiter says of it, gives each model its samples and its lessons."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Final

from gongzhi.actions import Recognisers, picked
from gongzhi.arbiter.effects import Changed, Effect, Forget, Install, Keep
from gongzhi.arbiter.events import Answered, Event, Schooled
from gongzhi.arbiter.record import Record
from gongzhi.coach.events import Doubt, Over
from gongzhi.errors import GongzhiError
from gongzhi.learn.dataset import Consent
from gongzhi.learn.sensor_recording import AnyRecording
from gongzhi.loop import Sight
from gongzhi.page import messages
from gongzhi.runtime.face import Face
from gongzhi.runtime.lessons import Lessons, Work
from gongzhi.runtime.pupil import Pupil, stamp_of
from gongzhi.samples import Sample
from gongzhi.stages.resolve import Arbiter
from gongzhi.teach import lesson
from gongzhi.teach.classroom import Classroom, classrooms, measured
from gongzhi.teach.memory import DRAWN, Felt, Seen, Told
from gongzhi.teach.quarantine import Note, sample_of
from gongzhi.text import N_
from gongzhi.values import Answer, Decision

_CANDIDATES: Final = 6  # corrections that are offered as lessons
_STRANGE_S: Final = 1.5  # so long nothing learnt fits, and teaching is offered


class Teaching:
    """The side of a run on which it is taught. All methods belong to the asyncio thread.

    `happen` takes events for the arbiter, `later(seconds, call)` is the loop's timer, `on_fault` is told what nobody
    has expected.
    """

    def __init__(
        self, arbiter: Arbiter, face: Face, happen: Callable[[Event], None], later: Callable[..., object],
        on_fault: Callable[[BaseException], None],
    ) -> None:  # fmt: skip
        self._arbiter, self._face, self._happen = arbiter, face, happen
        self.lessons = Lessons(arbiter, face, happen, later, on_fault)
        self._pupils: dict[str, Pupil] = {}
        self._pending: dict[str, tuple[AnyRecording, str, str]] = {}  # sample -> recording, what was said, model
        self._strange: dict[str, float] = {}  # since when nothing learnt fits what is seen ("") or a part feels
        self._offers: set[str] = set()
        self._count = 0  # repetitions that a coach has told of

    async def begin(self, see: Recognisers, copy_to: Path | None = None) -> None:
        """Say how the models lie on the disk, before `see` sees anything. Reads files. `copy_to`: a folder in which all
        is taught to copies (a script leaves nothing behind)."""
        self.lessons.see = see
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
        memory: Seen | Felt | Told = Seen(hands=about.hands)
        if room.pack is not None:
            memory = Told()
        elif room.source.sensor:
            memory = Felt(about)
        self._pupils[room.name] = pupil = Pupil(room, about, memory, stamp_of(room))
        self._happen(found)
        self.lessons.call(room, found.version)
        if before is not None and before.version not in ("", found.version):
            text = N_("“{model}” is another version than in the last run: {version}.")
            self.lessons.announce(room.name, text, found.version)
        outcome = await asyncio.to_thread(lesson.load, room.data)
        if outcome is not None and outcome.base == found.version:
            self._happen(measured(room.name, outcome))
            pupil.outcome = outcome
        await self.lessons.refresh(pupil)

    async def end(self) -> None:
        """End what is under way."""
        await self.lessons.end()

    @property
    def teaches(self) -> bool:
        """Whether there is a model that can be taught."""
        return bool(self._pupils)

    @property
    def busy(self) -> bool:
        """Whether a lesson is being measured or put in force."""
        return any(pupil.busy is not None or pupil.installing for pupil in self._pupils.values())

    # What is seen and decided.

    def sight(self, sight: Sight) -> None:
        """One frame has been looked at."""
        pupils = self._of("")
        for pupil in pupils:
            if isinstance(pupil.memory, Seen):
                pupil.memory.see(sight.keypoints, drawn=sight.frame.truth is not None)
            elif isinstance(pupil.memory, Told):
                self._told(pupil, pupil.memory, sight)
        if pupils:
            self._wonder("", sight.frame.t, strange=self.lessons.see.strange)

    def _told(self, pupil: Pupil, memory: Told, sight: Sight) -> None:
        """What the coach has told of may be called otherwise by whoever knows better."""
        for each in sight.noticed:
            if not isinstance(each, Over) or each.shown is None:
                continue
            self._count += 1
            name, doubted = f"r-{self._count}", isinstance(each, Doubt)
            memory.tell(name, each.shown, "" if doubted else each.form, drawn=sight.frame.truth is not None)
            what = self._face.manifest.actions.get(each.form) or {"zh": each.form, "en": each.form}
            self._offer(pupil, {
                "id": name, "model": pupil.room.name, "label": "", "state": "doubted" if doubted else "told",
                "what": what, "because": {},
            })  # fmt: skip

    def _offer(self, pupil: Pupil, candidate: dict[str, Any]) -> None:
        """Something may be called otherwise, and becomes a sample then."""
        pupil.candidates[candidate["id"]] = candidate
        while len(pupil.candidates) > _CANDIDATES:
            del pupil.candidates[next(iter(pupil.candidates))]
        self.lessons.post(pupil)

    def felt(self, part: str, samples: list[Sample], sim: bool) -> None:
        """A sensor has told these; `sim`: its board is a virtual one."""
        for pupil in self._of(part):
            for one in samples:
                if isinstance(pupil.memory, Felt):
                    pupil.memory.see(picked(one, pupil.room.source.picks), drawn=sim)
            if samples and self.lessons.feel is not None:
                self._wonder(part, samples[-1].t, strange=self.lessons.feel.strange(part))

    def _of(self, sensor: str) -> list[Pupil]:
        return [pupil for pupil in self._pupils.values() if pupil.room.source.sensor == sensor]

    def _wonder(self, source: str, t: float, *, strange: bool) -> None:
        """Offer teaching where nothing learnt has fitted for a while."""
        since = self._strange.setdefault(source, t) if strange else t
        if not strange:
            self._strange.pop(source, None)
        names = {one.room.name for one in self._of(source)}
        offers = (self._offers - names) | (names if strange and t - since >= _STRANGE_S else set())
        if offers != self._offers:
            self._offers = offers
            self._face.post({"type": "strange", "models": sorted(offers)})

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
                self.lessons.work(self.lessons.forget(self._pupils[model], sample))
            case Install(back=back):
                self.lessons.work(self.lessons.install(self._pupils[effect.model], effect))
                return "rolled_back" if back else "promoted"
        return ""

    def _changed(self, decision: Decision) -> None:
        case = self._arbiter.cases.get(decision.id)
        name = (case.card or case.proposal).model.partition("@")[0] if case else ""  # whose judgement they answered
        if name not in self._pupils:
            return
        memory = self._pupils[name].memory
        memory.remember(decision.id)
        if decision.state in ("edited", "rejected") and memory.knows(decision.id):
            self._offer(self._pupils[name], {
                "id": decision.id, "model": name, "label": self._meant(name, decision), "state": decision.state,
                "what": decision.what, "because": decision.because,
            })  # fmt: skip

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
                self.lessons.work(self.lessons.golden(pupil, back=back))
            case messages.Agreed(person=person, by=by):
                self.lessons.work(self.lessons.agreed(pupil, Consent(person, by, date.today().isoformat())))
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
                self.lessons.work(self.lessons.golden(pupil, back=False))
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
        drawn = pupil.memory.drawn(of)
        agreed = drawn or person in {one.person for one in pupil.about.consent}
        try:
            made = pupil.memory.cut(of, label.strip(), DRAWN if drawn else person or "p00", pupil.about.rate)
        except ValueError:
            made = pupil.memory.cut(of, "?", DRAWN, pupil.about.rate)  # the arbiter says which word is none
        sample = sample_of(made) if made else ""
        if made:
            case = self._arbiter.cases.get(of)
            memory, trigger = pupil.memory, case.proposal.trigger if case else ""
            said = memory.said(of) if isinstance(memory, Told) else pupil.said(trigger)
            self._pending[sample] = (made, said, model)
        self._happen(Answered(Answer("teach", seat, of, model=model, sample=sample, label=label, consent=agreed)))
        if made and self._pending.pop(sample, None) is None and pupil.candidates.pop(of, None):
            self.lessons.post(pupil)  # it was kept

    def offer(self, made: AnyRecording, seat: str, model: str) -> bool:
        """What the studio has recorded of somebody who agreed goes to quarantine; False where it is not taken, and the
        seat has been told why."""
        sample = sample_of(made)
        self._pending[sample] = (made, "", model)
        self._happen(Answered(Answer("teach", seat, model=model, sample=sample, label=made.head.label, consent=True)))
        return self._pending.pop(sample, None) is None

    def _keep(self, effect: Keep) -> None:
        made, said, model = self._pending.pop(effect.sample)
        note = Note(sample=effect.sample, label=effect.label, seat=effect.seat, of=effect.of, said=said)
        pupil = self._pupils[model]
        pupil.candidates.pop(effect.of, None)
        self.lessons.work(self.lessons.write(pupil, lambda: pupil.room.quarantine.add(made, note)))

    def measure(self, model: str = "") -> None:
        """Train a lesson from what waits, and measure it."""
        pupil = self._pupils.get(model or next(iter(self._pupils), ""))
        if pupil is not None:
            self.lessons.measure(pupil)

    async def put_to_use(self, name: str, work: Work, seat: str, back: bool, sensor: str = "") -> None:
        """As Lessons.put_to_use, for what sees as `name`."""
        await self.lessons.put_to_use(name, self._pupils.get(name), work, seat, back=back, sensor=sensor)

    async def look(self) -> None:
        """Look whether somebody has trained anew beside the run."""
        for pupil in self._pupils.values():
            await self.lessons.look(pupil)
