"""Takes what browsers say on the studio page and what is seen or felt, gives recordings of a data set: joints, samples.

The same code as `gongzhi data record` (learn/recorder.py), fed by the frames of the running project. Where the nearest
of these recordings judges (project.toml: data = …), a recording would count at once; so it goes to quarantine, as what
people teach does, unless somebody in charge records and there is no golden set that could say anything.
"""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from gongzhi.arbiter.people import TEACHER, rank
from gongzhi.errors import DataError, GongzhiError
from gongzhi.learn import changes, dataset, golden
from gongzhi.learn.enough import advised, lacking, worth
from gongzhi.learn.files import read
from gongzhi.learn.recorder import SensorTaking, Take, Taking
from gongzhi.learn.sensor_recording import AnyRecording
from gongzhi.loop import Sight
from gongzhi.page import studio_messages as said
from gongzhi.runtime import view
from gongzhi.runtime.subjects import Subject, shown
from gongzhi.samples import Sample
from gongzhi.text import N_

KEY: Final = "studio"
_PATIENCE_S: Final = 10.0  # by the event loop's clock, beyond the take's own length, without a frame that ends it
_SHOWN: Final = 200  # recordings in the list


Post = Callable[[dict[str, Any], str | None], None]  # (message, key): Hub.post
Offer = Callable[[AnyRecording, str, str], bool]  # (recording, seat, table): Teaching.offer


class Studio:
    """The recordings of a project's data set. All methods belong to the asyncio thread; files are read and written in
    another."""

    def __init__(self, subject: Subject, name: str, post: Post, offer: Offer) -> None:
        """`name` of a new data set."""
        self.subject, self.folder, self._judges = subject, subject.folder, subject.judges
        self._name, self._send, self._offer = name, post, offer
        self._data: dataset.Dataset | None = None
        self._known: dict[str, AnyRecording] = {}
        self._taking: Taking | SensorTaking | None = None
        self._seat = ""  # whose take it is
        self._left: int | None = None
        self._late: asyncio.TimerHandle | None = None
        self._gone: tuple[str, Path] | None = None
        self._fault: GongzhiError | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()
        self._aio = asyncio.get_running_loop()

    def begin(self) -> None:
        """Read what is there, and tell it."""
        self._do(self._load)

    async def end(self) -> None:
        """Wait for what is being written; a take that goes on is given up."""
        self._stop_taking()
        await self.settle()

    async def settle(self) -> None:
        """Wait for what is being written."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def labels(self) -> list[str]:
        """Of the data set, in the order of a model that is learnt from it."""
        return list(self._data.about.labels) if self._data is not None else []

    @property
    def _about(self) -> dataset.About:
        """Of the data set as it is, or as it will be."""
        return self._data.about if self._data is not None else self.subject.about(self._name)

    def take(self, message: said.StudioMessage, seat: str) -> None:
        """A browser at `seat` said something."""
        self._fault = None
        match message:
            case said.Record():
                self._record(message, seat)
            case said.Break():
                self._stop_taking()
                self._post()
            case said.Remove() | said.Restore() if self._waits(seat):
                self._fault = DataError(
                    N_("The running project judges by these recordings at once: they stay as they are."),
                    N_("Only the teacher’s seat takes one out, and with a golden set nobody here."),
                )
                self._post()
            case said.Remove(name):
                self._do(lambda: self._remove(name))
            case said.Restore():
                self._do(self._restore)
            case said.Agree(person, by):
                consent = dataset.Consent(person, by, datetime.date.today().isoformat())
                self._do(lambda: changes.agree(self._open(), consent))
            case said.Look(name) if name in self._known:
                recording = self._known[name]
                self._send({"type": "skeleton", "name": name, **shown(recording)}, None)

    @property
    def busy(self) -> bool:
        """Whether a take goes on."""
        return self._taking is not None

    def saw(self, sight: Sight) -> None:
        """One frame was looked at."""
        taking = self._taking
        if isinstance(taking, Taking) and taking.see(sight.frame.t, sight.keypoints):
            self._over(taking)

    def felt(self, samples: list[Sample]) -> None:
        """The sensor has told these."""
        taking = self._taking
        if isinstance(taking, SensorTaking) and any(taking.see(one.t, one) for one in samples):
            self._over(taking)

    def _over(self, taking: Taking | SensorTaking) -> None:
        self._stop_taking()
        seat = self._seat
        self._do(lambda: self._keep(taking, seat))

    # -- a take ---------------------------------------------------------------------------------------------------

    def _record(self, wish: said.Record, seat: str) -> None:
        if self._taking is not None:
            return  # two browsers pressed: the first one's goes on
        agreed = self._data.about.consent if self._data is not None else []
        if wish.person not in {each.person for each in agreed}:
            self._fault = DataError(
                N_("Nobody has noted yet who agreed that {person} is recorded."), N_("Ask first, then note it here."),
                person=wish.person,
            )  # fmt: skip
            self._post()
            return
        take = Take(wish.label, wish.person, wish.session, wish.seconds, wish.count)
        taking = self.subject.taking(take, self._count, self._about)
        self._taking, self._left, self._seat = taking, None, seat
        seconds = wish.count + wish.seconds + _PATIENCE_S
        self._late = asyncio.get_running_loop().call_later(seconds, self._gave_up)
        self._post()

    def _count(self, left: int) -> None:
        self._left = left
        self._post()

    def _gave_up(self) -> None:
        self._stop_taking()
        self._fault = self.subject.silent()
        self._post()

    def _stop_taking(self) -> None:
        self._taking = self._left = None
        if self._late is not None:
            self._late.cancel()
            self._late = None

    # -- the files, in a thread, one thing at a time --------------------------------------------------------------

    def _open(self) -> dataset.Dataset:
        if self._data is None:
            if (self.folder / dataset.FILE).exists():
                self._data = self.subject.check(dataset.load(self.folder))
            else:
                self._data = dataset.create(self.folder, self.subject.about(self._name))
        return self._data

    def _load(self) -> None:
        if (self.folder / dataset.FILE).exists():
            self._data = self.subject.check(dataset.load(self.folder))
            self._known = {each.name: each for each in self._data.recordings()}

    def _waits(self, seat: str) -> bool:
        """Whether what is recorded there has to be measured, and be let count by a teacher."""
        return bool(self._judges and (self._golden or (rank(seat) or 0) < TEACHER))

    def _keep(self, taking: Taking | SensorTaking, seat: str) -> None:
        if self._waits(seat):
            made = taking.made()
            self._aio.call_soon_threadsafe(self._offer, made, seat, self._judges)
            return
        kept = taking.keep(self._open())
        self._known[kept.name] = kept

    def _remove(self, name: str) -> None:
        self._gone = changes.take_out(self._open(), name)
        self._known.pop(self._gone[0], None)

    def _restore(self) -> None:
        if self._gone is None:
            return
        name, path = self._gone
        data = self._open()
        self._known[name] = data.looked_at(read(changes.restore(data, name, path)))
        self._gone = None

    def _do(self, work: Callable[[], object]) -> None:
        async def run() -> None:
            async with self._turn:
                try:
                    await asyncio.to_thread(work)
                except GongzhiError as error:
                    self._fault = error
                self._post()

        task = asyncio.get_running_loop().create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @property
    def _golden(self) -> bool:
        return self._data is not None and bool(golden.paths(self._data))

    # -- the page -------------------------------------------------------------------------------------------------

    def _post(self) -> None:
        take = self._taking.take if self._taking is not None else None
        known = list(self._known.values())  # a thread may add one meanwhile
        about = self._about
        lacks = lacking(known, about)
        of = {label: [each for each in known if each.head.label == label] for label in self.labels}
        self._send(
            {
                "type": KEY,
                "source": self.subject.name,
                "advised": round(advised(about), 1),
                "folder": self.folder.name,
                "judges": self._judges,
                "golden": self._golden,
                "balance": [
                    {"label": label, "recordings": len(some), "seconds": round(sum(each.seconds for each in some), 1),
                     "persons": len({each.head.person for each in some}), "lacks": lacks[label]}
                    for label, some in of.items()
                ],
                "recordings": [
                    {"name": each.name, "label": each.head.label, "person": each.head.person,
                     "seconds": round(each.seconds, 1), "short": worth(each, about) == 0}
                    for each in known[-_SHOWN:]
                ],
                "agreed": [{"person": each.person, "by": each.by, "date": each.date} for each in
                           (self._data.about.consent if self._data is not None else [])],
                "take": None if take is None else
                        {"label": take.label, "person": take.person, "seconds": take.seconds, "left": self._left},
                "gone": self._gone[0] if self._gone else "",
                "fault": view.fault(self._fault),
            },
            KEY,
        )  # fmt: skip
