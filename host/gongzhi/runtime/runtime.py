"""Takes a project and options, gives it running: starts, joins and ends broker, boards, camera, loop and page."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from gongzhi import api, paths, project
from gongzhi.actions import hands_of
from gongzhi.broker.notices import NOTICES
from gongzhi.bus import Address, Bus
from gongzhi.cli.output import say
from gongzhi.clock import Clock, MonotonicClock
from gongzhi.journal import TORN, Journal
from gongzhi.loop import Sight
from gongzhi.page.app import PageServer
from gongzhi.page.guard import LOCAL
from gongzhi.page.seats import Seats
from gongzhi.room import pin
from gongzhi.runtime import access
from gongzhi.runtime.assembly import assembled
from gongzhi.runtime.boards import VirtualBoards, config
from gongzhi.runtime.core import Core
from gongzhi.runtime.eyes import Eyes
from gongzhi.runtime.keeper import Keeper
from gongzhi.runtime.lifetime import Lifetime
from gongzhi.runtime.options import Options
from gongzhi.runtime.own_broker import OwnBroker
from gongzhi.runtime.own_pins import OwnPins
from gongzhi.runtime.real import RealBoards, Wish
from gongzhi.runtime.rehearsal import Rehearsal
from gongzhi.runtime.room import gone, topic
from gongzhi.runtime.stats import Stats
from gongzhi.runtime.workshop import Workshop
from gongzhi.sim.props import props
from gongzhi.sim.scene import Scene
from gongzhi.stages import capture, estimate
from gongzhi.text import N_, tr

_STATS_S: Final = 1.0
_READY_S: Final = 5.0


class Runtime:
    """One run of a project; `await run()` ends with --seconds, with the end of a video file, or by cancellation."""

    def __init__(
        self,
        options: Options,
        clock: Clock | None = None,
        *,
        camera: Callable[[], capture.Capture] | None = None,
        estimator: Callable[[], estimate.Choice] | None = None,
        on_start: Callable[[Core], None] = lambda _core: None,
    ) -> None:
        """`camera` and `estimator` make others than the options name; `on_start` is called when all runs."""
        self.options = options
        self.manifest = project.load(options.folder)
        self._source = options.camera or self.manifest.camera or "0"
        self.rehearsal = Rehearsal(options, self.manifest) if options.script else None
        self.clock = clock or (self.rehearsal.clock if self.rehearsal else MonotonicClock())
        self._open_camera = camera or (self.rehearsal.camera if self.rehearsal else self._camera)
        self._choose = estimator or (self.rehearsal.estimator if self.rehearsal else self._estimator)
        self._props = self.rehearsal.props if self.rehearsal else None
        if capture.synthetic(self._source) and not self.rehearsal:
            self._props = props(self.manifest.looks.values())
            self._props.scene = Scene(self.clock, self.manifest.seen.pack)
        self._on_start = on_start
        self.on_seen: Callable[[Sight], None] = lambda _sight: None  # called in the pose thread, after each frame
        self.stats = Stats()
        self._done = asyncio.Event()
        self._core: Core | None = None
        self._workshop: Workshop | None = None
        self._fault: BaseException | None = None
        self._life = Lifetime(self._end)

    async def run(self) -> None:
        """Start everything, wait for the end, end everything in the opposite order."""
        async with self._life:
            await self._start()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.options.seconds):
                    await self._done.wait()
        if self._fault is not None:
            raise self._fault

    async def _start(self) -> None:
        options, manifest = self.options, self.manifest
        if self.rehearsal:
            self._life.callback(self.rehearsal.close)
        users = access.logins(manifest, room=options.room)
        at = await self._broker(users)
        folder = options.journal or (self._folder() / "journal" / manifest.id)
        journal = await self._life.made(lambda: Journal.open(folder, now=self.clock.now()), lambda one: one.close())
        # The estimator takes seconds to load and the camera may, too: both off the event loop.
        camera = await self._life.made(self._open_camera, lambda one: one.close())
        choice = await self._life.made(self._choose, lambda one: one.estimator.close())
        core, see = await assembled(
            self._life, manifest, options, self.clock, self.stats, self._end, journal, choice.estimator,
            live=camera.live, scripted=options.headless and not self.rehearsal,
        )  # fmt: skip
        self._core, core.props = core, self._props
        # The id has 23 characters at most: no broker need take a longer one.
        bus = Bus(self._url(users.runtime, at), f"{manifest.id}-host", core.on_link, (topic(manifest.id), gone()))
        await self._life.made(bus.connect, lambda _: bus.close())
        await asyncio.to_thread(bus.admitted, f"{core.top}/+/up/#", manifest.id)
        core.begin(bus)
        self._life.callback(core.end)
        await core.teaching.begin(see, self.rehearsal.folder if self.rehearsal else None)
        self._life.push_async_callback(core.teaching.end)
        if self.rehearsal and self.rehearsal.paced:
            self._life.beside(self.rehearsal.pace(core))
        boards = await self._boards(core, at)
        await self._page(core, camera, choice)
        await self._program(core, users, at)
        self._life.beside(self._tick(core, camera))
        self._on_start(core)
        await self._ready(core)
        eyes = Eyes(camera, core.loop, lambda sight: self._seen(sight, core), lambda fault: core.soon(self._end, fault))
        eyes.start()
        self._life.on_leaving(eyes.stop)
        self._life.callback(core.leave)
        if self.rehearsal:
            self._life.beside(self.rehearsal.play(core, boards, self._done.set))

    def _folder(self) -> Path:
        """Where what outlives a run is kept; a script begins anew each time."""
        return self.rehearsal.folder if self.rehearsal else paths.data()

    async def _ready(self, core: Core) -> None:
        """Look only when boards and program are there, else the first pose would find nobody to act; but not wait
        for ever: a board may be off, a program may declare nothing."""
        waiting = [asyncio.create_task(event.wait()) for event in (core.ready, self._done)]
        try:
            await asyncio.wait(waiting, timeout=_READY_S, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waiting:
                one.cancel()
        if not core.declared:
            message = N_("main.py has not said anything yet. Is there a loop that never ends?")
            core.face.notice("program", "warn", message)
            say(tr(message), "bold yellow")

    def _camera(self) -> capture.Capture:
        source, pack = self._source, self.manifest.seen.pack
        if source == capture.SYNTHETIC and pack is not None and pack.folder:
            source = f"{capture.SYNTHETIC}:{pack.folder}"  # who is drawn does what this project is about
        return capture.open_camera(
            source, self.clock, say=lambda what: say(str(what), "yellow"), props=self._props
        )  # fmt: skip

    def _estimator(self) -> estimate.Choice:
        if self._source == capture.NONE:
            return estimate.Choice(estimate.TruthEstimator(), None)  # nothing to load for what nobody looks at
        hands = hands_of(self.manifest.seen)
        synthetic = capture.synthetic(self._source)
        return estimate.choose(synthetic=synthetic, hands=hands, own=self.manifest.eye)

    async def _broker(self, users: access.Logins) -> Address:
        """Where the boards find the broker; the embedded one is started here unless the user names another."""
        if self.options.broker:
            return Address.of(self.options.broker)
        rules = access.rules(self.manifest, users.board.user)
        own = self.broker = OwnBroker(users, rules, self._broker_says, room=self.options.room)
        await self._life.made(own.start, lambda _: own.stop())
        self._life.beside(own.keep())
        await self._life.enter_async_context(own.told())
        return Address(own.host, own.port, users.board.user, users.board.password)

    def _url(self, login: access.Login, at: Address) -> str:
        return self.options.broker or f"mqtt://{login.user}:{login.password}@{at.host}:{at.port}"

    async def _boards(self, core: Core, at: Address) -> VirtualBoards:
        rehearsal = self.rehearsal
        boards = VirtualBoards(
            self.manifest, self.options.body, core.on_part, core.face.virtual,
            self._folder(), paced=bool(rehearsal and rehearsal.paced),
            clock=self.clock, on_screen=core.face.screen, on_world=core.face.moved,
            on_horn=lambda part, values: core.face.part(part.board, part.id, values),
        )  # fmt: skip
        core.boards = boards
        wish: Wish = "virtual" if rehearsal else self.options.boards
        if self.options.room and wish == "auto":  # they come when they come: a virtual twin would be in their way
            wish = "real"
        there = RealBoards(
            self.manifest, wish, at, MonotonicClock(), lambda: core.online, external=self.options.broker is not None
        )
        await self._life.made(there.start, lambda _: there.stop())
        pins = OwnPins.of(self.manifest, wish, partial(config, at=at), self._folder())
        if pins is not None:
            await self._life.made(pins.start, lambda _: pins.stop())
            self._life.beside(pins.keep(core.face.pins))
        own = pins.ids if pins is not None else set()
        real = await there.there() | own
        await self._life.made(lambda: boards.start(at, real), lambda _: boards.stop())
        for one in boards.boards.values():
            self.stats.body = one.body
        said = (there.words(real - own), pins.words() if pins is not None else "")
        say(" ".join(filter(None, said)) or str(boards.reason))
        return boards

    async def _page(self, core: Core, camera: capture.Capture, choice: estimate.Choice) -> None:
        virtual = core.boards.boards if core.boards is not None else {}
        bodies = {name: self.stats.body if name in virtual else "esp32" for name in self.manifest.boards}
        pose = "none" if self._source == capture.NONE else choice.estimator.origin
        core.face.introduce(pose, camera.description, bodies)
        if core.props is not None:
            core.face.props(core.props)
        if core.loop.journal.torn:
            core.face.notice("journal-torn", "warn", TORN, file=core.loop.journal.torn.name)
        if choice.reason is not None:
            message = N_("No pose model: the drawn person’s own joints are used. ({why})")
            core.face.notice("pose", "warn", message, why=choice.reason)
        if self.options.headless:
            return
        if not core.loop.arbiter.exhibition:  # visitors neither record nor train
            self._workshop = Workshop(
                self.manifest, core.face.hub, core.teaching.put_to_use, core.teaching.offer,
                camera=self._source != capture.NONE,
            )  # fmt: skip
            core.book.streams.listeners.append(self._workshop.felt)
            core.teaching.lessons.listeners.append(self._workshop.changed)
            self._life.push_async_callback(self._workshop.end)
        # Whoever reaches the page may answer: from the network only those who were shown its address.
        key = "" if self.options.host in LOCAL else secrets.token_urlsafe(9)
        seats = Seats(pin.known(), self.clock)
        page = PageServer(core.face.hub, self.options.host, self.options.port, key=key, seats=seats)
        await page.start()
        self._life.push_async_callback(page.stop)
        from gongzhi.runtime.welcome import welcome

        welcome(page.url, self.options.browser)

    async def _program(self, core: Core, users: access.Logins, at: Address) -> None:
        surroundings = {
            api.ENV_BROKER: self._url(users.program, at),
            api.ENV_TOPIC: f"v1/{access.SPACE}/{self.manifest.id}",
            api.ENV_ACTIONS: ",".join(self.manifest.actions),
        }
        again = self.options.exhibition or self.manifest.exhibition
        told = partial(self.rehearsal.program, surroundings) if self.rehearsal else lambda _on: None
        keeper = Keeper(core, self.manifest, surroundings, self._done.is_set, again=again, on_program=told)
        keeper.start()
        core.on_restart = keeper.restart
        self._life.on_leaving(keeper.stop)
        self._life.beside(keeper.watch())

    def _seen(self, sight: Sight, core: Core) -> None:
        # In the pose thread. First what may lead to an act, then the picture.
        core.soon(lambda: core.on_sight(sight))  # looked up then: a bench puts another in its place
        if self.rehearsal:
            core.soon(self.rehearsal.saw, sight.frame.t)
        if core.boards is not None:
            core.boards.warmth.saw(sight.frame)
        if self._workshop is not None:
            core.soon(self._workshop.saw, sight)
        core.face.frame(sight)
        self.on_seen(sight)

    def _end(self, fault: BaseException | None) -> None:
        self._fault = self._fault or fault
        if fault is None:
            if self._core is not None:
                self._core.on_last()
            say(tr(N_("The recording is over.")))
        self._done.set()

    def _broker_says(self, kind: str, client: str, text: str) -> None:
        # In a thread. One takeover is a board that came back faster than its old connection ended; two boards with
        # one id do it again and again, and say so themselves (up/online, "twin").
        if kind != "takeover":
            say(tr(NOTICES[kind], client=client, text=text), "yellow")
            if self._core is not None:
                self._core.face.notice(f"broker/{kind}", "warn", NOTICES[kind], client=client, text=text)

    async def _tick(self, core: Core, camera: capture.Capture) -> None:
        while True:
            await asyncio.sleep(_STATS_S)
            core.face.figures(camera.dropped, camera.trouble, self.clock.now(), core.loop.timing.medians)
            core.book.unseen(self.clock.now())
            core.book.tell_silent(self.clock.now())
            await core.teaching.look()
            if camera.trouble is not None:
                core.blind()
