"""Takes a model that is taught in a run, does to it what takes a moment: writes, measures, puts in force; says so."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from gongzhi.actions import Learner, Recognisers, learner
from gongzhi.arbiter.effects import Install
from gongzhi.arbiter.events import Event, Schooled
from gongzhi.cli.output import say
from gongzhi.errors import GongzhiError
from gongzhi.feelers import Feelers
from gongzhi.learn import changes, dataset, golden
from gongzhi.learn.dataset import Consent
from gongzhi.runtime import school_view as view
from gongzhi.runtime.face import Face
from gongzhi.runtime.pupil import Pupil, stamp_of
from gongzhi.stages.resolve import Arbiter
from gongzhi.teach import lesson, process
from gongzhi.teach.classroom import Classroom, measured
from gongzhi.text import N_, tr

if TYPE_CHECKING:
    from gongzhi.coach.coach import Coach

_CHANGED_S: Final = 60.0  # how long the page says that the model is another
Ready = Learner | Callable[[], None]  # what sees, or what lets a coach see so from the next frame on
Work = Callable[[], tuple[Learner | None, str]]  # in a thread: what sees from now on, and its version


class Lessons:
    """All methods belong to the asyncio thread. `happen`, `later` and `on_fault` as for Teaching; `see` is given before
    the first frame."""

    def __init__(
        self, arbiter: Arbiter, face: Face, happen: Callable[[Event], None], later: Callable[..., object],
        on_fault: Callable[[BaseException], None],
    ) -> None:  # fmt: skip
        self._arbiter, self._face, self._happen, self._later = arbiter, face, happen, later
        self._on_fault = on_fault
        self.see: Recognisers
        self.feel: Feelers | None = None  # likewise
        self.coach: Coach  # likewise, where the project has a pack
        self.tasks: set[asyncio.Task[None]] = set()
        self.listeners: list[Callable[[str, str], None]] = []  # told of a version that the arbiter has put in force

    async def end(self) -> None:
        """End what is under way."""
        for task in list(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def work(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin one of these."""
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._on_fault(error)

    # Files, golden set, measuring.

    async def write(self, pupil: Pupil, write: Callable[[], object]) -> None:
        """Write something; where the disk refuses, say so, and let the arbiter know what is there."""
        try:
            async with pupil.turn:
                await asyncio.to_thread(write)
        except GongzhiError as error:
            pupil.fault = view.both(error)
            with contextlib.suppress(GongzhiError):
                self._happen(await asyncio.to_thread(pupil.room.schooled))
        await self.refresh(pupil)

    async def forget(self, pupil: Pupil, sample: str) -> None:
        """Take a sample out of quarantine."""
        pupil.outcome = None
        await self.write(pupil, lambda: pupil.room.quarantine.forget(sample))

    async def golden(self, pupil: Pupil, *, back: bool) -> None:
        """Set a golden set apart; `back`: let it be learnt from again."""

        def choose() -> None:
            data = dataset.load(pupil.room.data)
            here = [path.stem for path in golden.paths(data)]
            golden.move(data, here if back else golden.choose(data), back=back)

        if pupil.busy is None:
            pupil.fault = {}
            await self.write(pupil, choose)

    async def agreed(self, pupil: Pupil, consent: Consent) -> None:
        """Note who agreed to be in the data set."""
        await self.write(pupil, lambda: changes.agree(dataset.load(pupil.room.data), consent))

    def measure(self, pupil: Pupil) -> None:
        """Train a lesson from what waits, and measure it; in a process of its own."""
        if pupil.busy is None and not pupil.installing:
            pupil.busy, pupil.fault, pupil.outcome = (0, 0), {}, None
            self.post(pupil)
            self.work(self._measure(pupil))

    async def _measure(self, pupil: Pupil) -> None:
        room, fault = pupil.room, view.texts(N_("The lesson has broken off."))
        with contextlib.suppress(OSError):  # no memory for another process, …
            async for told in process.measured(room.data, room.model, room.pack.folder if room.pack else ""):
                if "round" in told:
                    pupil.busy = (told["round"], told["rounds"])
                    self.post(pupil)
                fault = told.get("fault", {} if "done" in told else fault)
        pupil.busy, pupil.fault, pupil.outcome = None, fault, None if fault else lesson.load(room.data)
        if pupil.outcome is not None:
            self._happen(measured(room.name, pupil.outcome))
        await self.refresh(pupil)

    # Another version in force.

    async def install(self, pupil: Pupil, effect: Install) -> None:
        """Put a promoted lesson, or the version before, in force, as the arbiter has decided."""
        room = pupil.room
        pupil.installing = True

        def install() -> Ready:
            room.installed(effect.version, effect.samples, back=effect.back)
            return self._ready(room, effect.version)

        async with pupil.turn:  # a no to what is being put in force waits until it is
            try:
                one = await asyncio.to_thread(install)
            except GongzhiError as error:
                self._face.notice("teach", "error", N_("“{model}” stays as it was: {why}"), model=room.name, why=error)
                self._happen(await self._as_it_was(pupil, effect.before))
            else:
                self._put(room.name, one, pupil, room.source.sensor)
                text = N_("“{model}” has learnt: it is version {version} now. One press brings the one before back.")
                if effect.back:
                    text = N_("“{model}” was put back to version {version}.")
                self.announce(room.name, text, effect.version)
                for told in self.listeners:
                    told(room.name, effect.version)
        pupil.installing, pupil.outcome, pupil.stamp = False, None, stamp_of(room)
        await self.refresh(pupil)

    def _ready(self, room: Classroom, version: str) -> Ready:
        """In a thread: what sees by what lies there now, as this version. Raises DataError and ModelError."""
        if room.pack is None:
            return learner(room.name, room.source, version, hands=self.see.hands)
        return self.coach.learnt(dataset.load(room.data).people(), version)

    async def _as_it_was(self, pupil: Pupil, version: str) -> Schooled:
        """For the arbiter: `version` still sees, whatever has come to lie on the disk; nothing of another would be in
        force."""
        found = Schooled(pupil.room.name, version)
        with contextlib.suppress(GongzhiError):
            found = replace(await asyncio.to_thread(pupil.room.schooled), version=version)
        return found

    async def put_to_use(
        self, name: str, pupil: Pupil | None, work: Work, seat: str, *, back: bool, sensor: str = ""
    ) -> None:
        """Somebody at `seat` puts another model to use as `name` (the studio), for the samples of `sensor` where it is
        one of those: `work` does it on the disk; then it sees, is in force, and is said and recorded so. `pupil` is
        None where nothing can be taught; `back`: it saw before. Raises what `work` does; then nothing has changed."""
        if pupil is None:
            one, version = await asyncio.to_thread(work)
            found = Schooled(name, version, by=seat)
        else:
            async with pupil.turn:
                pupil.installing = True
                try:
                    one, version = await asyncio.to_thread(work)
                    found = await self._lies(pupil, version, seat)
                finally:
                    pupil.installing = False
        self._put(name, one, pupil, sensor)
        self._happen(found)
        if version:
            anew = N_("“{model}” was trained anew: it is version {version} now.")
            self.announce(name, N_("“{model}” was put back to version {version}.") if back else anew, version)
        if pupil is not None:
            pupil.outcome, pupil.stamp = None, stamp_of(pupil.room)
            await self.refresh(pupil)

    async def _lies(self, pupil: Pupil, version: str, seat: str) -> Schooled:
        """What the arbiter is told: with the steps back, where it is the project's own model that has changed."""
        waiting = dict(self._arbiter.schools[pupil.room.name].waiting)
        with contextlib.suppress(GongzhiError):
            found = await asyncio.to_thread(pupil.room.schooled)
            if found.version == version:
                return replace(found, by=seat)
        return Schooled(pupil.room.name, version, (), waiting, by=seat)

    def call(self, room: Classroom, version: str) -> None:
        """What sees by this model says from now on that it is this `version`."""
        if room.pack is not None:
            self.coach.call(version)
        elif not room.source.sensor:
            self.see.call(room.name, version)
        elif self.feel is not None:
            self.feel.call(room.source.sensor, room.name, version)

    def _put(self, name: str, one: Ready | None, pupil: Pupil | None, sensor: str) -> None:
        """Between two frames, or two samples, another version sees; labels that are new are known by page and rules."""
        if callable(one):
            one()  # a coach knows no other labels than its pack's: what else it was taught it does not count
            return
        if not sensor:
            self.see.swap(name, one)
        elif self.feel is not None:
            self.feel.swap(sensor, name, one)
        seen = self._face.manifest.seen
        for label, action in (one.names if one is not None else {}).items():
            if pupil is not None:
                pupil.room.source.names[label] = action
            if name in seen.sources:
                seen.sources[name].names[label] = action
            seen.labels.setdefault(action, {"zh": label, "en": label})
        self._face.actions()

    async def look(self, pupil: Pupil) -> None:
        """Somebody may have trained anew beside the run (gongzhi train): then that version sees from now on."""
        name, now = pupil.room.name, stamp_of(pupil.room)
        if now == pupil.stamp or pupil.installing or now is None:
            return
        pupil.stamp = now
        try:
            found = await asyncio.to_thread(pupil.room.schooled)
            if found.version == self._arbiter.schools[name].version:
                return
            one = await asyncio.to_thread(self._ready, pupil.room, found.version)
            # Where recordings judge, that took seconds: what was taught meanwhile waits, too.
            found = replace(found, waiting=dict(self._arbiter.schools[name].waiting))
        except GongzhiError as error:
            self._face.notice("teach", "error", N_("“{model}” stays as it was: {why}"), model=name, why=error)
            return
        self._happen(found)
        self._put(name, one, pupil, pupil.room.source.sensor)
        self.announce(name, N_("“{model}” was trained anew: it is version {version} now."), found.version)
        await self.refresh(pupil)

    # What people are told.

    def announce(self, model: str, text: str, version: str) -> None:
        """A changed model is said (guidelines G14 and G18), for a while on the page, and in the terminal."""
        self._face.notice(f"model/{model}", "info", text, model=model, version=version[:8])
        say(tr(text, model=model, version=version[:8]), "yellow")
        self._later(_CHANGED_S, lambda: self._face.notice(f"model/{model}", "info", "", on=False))

    async def refresh(self, pupil: Pupil) -> None:
        """Read anew what lies there, and show it."""
        try:
            pupil.about, pupil.golden, shown = await asyncio.to_thread(view.samples, pupil.room)
        except GongzhiError as error:
            pupil.fault = view.both(error)
            shown = pupil.shown
        for sample in pupil.shown.keys() - shown.keys():
            self._face.hub.forget(f"sample/{sample}")
        for sample in shown.keys() - pupil.shown.keys():
            self._face.post({"type": "sample", "sample": sample, **shown[sample]["picture"]})
        pupil.shown = shown
        self.post(pupil)

    def post(self, pupil: Pupil) -> None:
        """Show where it stands."""
        school = self._arbiter.schools[pupil.room.name]
        self._face.post(view.school(pupil, school, exhibition=self._arbiter.exhibition))
