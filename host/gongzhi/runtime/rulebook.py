"""Takes a project's and a program's rules and what sensors say, gives what follows to the arbiter and the program."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gongzhi.arbiter.events import Event, TakeOver, Tick
from gongzhi.condition_text import Words, parse
from gongzhi.conditions import READING_TTL, SIGHT_TTL, Condition
from gongzhi.errors import ConfigError
from gongzhi.heard import Telemetry
from gongzhi.loop import Loop, Sight
from gongzhi.project import Manifest
from gongzhi.project.looks import CLEAR
from gongzhi.runtime.face import Face
from gongzhi.runtime.plausible import Doubts
from gongzhi.runtime.streams import Streams
from gongzhi.stages.propose import AGENT, SENSORS, Meaning, Met
from gongzhi.text import N_
from gongzhi.values import Rule, Watch

Publish = Callable[[str, dict[str, Any]], None]


class Rulebook:
    """The rules in force: those of project.toml and those of the program, each replaced as a whole.

    `happen` takes events for the arbiter, `publish(kind, message)` what programs are told. All methods belong to the
    asyncio thread.
    """

    def __init__(
        self, manifest: Manifest, loop: Loop, face: Face, happen: Callable[[Event], None], publish: Publish
    ) -> None:
        self.manifest, self._loop, self._face = manifest, loop, face
        self._happen, self._publish = happen, publish
        self._words: Words = manifest.words
        self.file: tuple[Rule, ...] = manifest.rules
        self.program: tuple[Rule, ...] = ()
        self._watches: tuple[Watch, ...] = ()
        self._silent: frozenset[str] = frozenset()
        self._began: float | None = None
        self._looked, self._clear = -math.inf, True  # when a picture was measured last, and whether it could be judged
        self._measured: dict[str, float | None] = {}  # what programs were told last
        self.streams = Streams(manifest)
        self._doubts = Doubts(face)
        self._apply()

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules in force."""
        return self.file + self.program

    def reload(self, manifest: Manifest) -> None:
        """Go by the rules of the same project as its file says now."""
        gone = [rule for rule in self.file if rule not in manifest.rules]
        self.manifest, self._words, self.file = manifest, manifest.words, manifest.rules
        self._apply()
        self._give_up(gone)

    def declare(self, rules: Iterable[Rule], watches: Iterable[Watch]) -> int:
        """Go by what the program declares; how many of its rules and of its functions' conditions this project
        cannot keep."""
        wanted = tuple(rules)
        before = self.program
        self.program = tuple(rule for rule in wanted if self.manifest.condition(rule) is not None)
        asked = tuple(watches)
        self._watches = asked
        self._apply()
        self._give_up(rule for rule in before if rule not in self.program)
        return len(wanted) - len(self.program) + len(asked) - len(self._watches)

    def program_gone(self) -> None:
        """The program has ended: nobody stands by its rules, and what they have led to is given up."""
        gone, self.program, self._watches = self.program, (), ()
        self._apply()
        self._give_up(gone)
        self.restarted()

    def restarted(self) -> None:
        """The program is another one from now on: nobody waits for what the one before has asked by itself. Its rules
        stay until the new one declares its own, so that a save does not interrupt what stands."""
        for resource in self.manifest.desks:
            self._happen(TakeOver(resource, "agent:program"))

    def _apply(self) -> None:
        conditions: dict[Watch, Condition] = {}
        for watch in [*(rule.watch for rule in self.rules), *self._watches]:
            try:
                conditions[watch] = parse(watch.when, self._words, watch.hysteresis)
            except ConfigError:  # a function's; a rule's was looked at before
                self._watches = tuple(one for one in self._watches if one != watch)
        self._loop.declare(self.rules, self._watches, conditions)
        self._face.rules(self.rules, [watch.when for watch in self._watches])
        self._happen(Tick())  # whoever keeps the time looks at them now, also where no frame and no reading comes

    def _give_up(self, rules: Iterable[Rule]) -> None:
        for rule in rules:
            for agent in (AGENT, SENSORS):
                self._happen(TakeOver(rule.resource, agent, rule.watch.trigger))

    # What is sensed.

    def hear(self, told: Telemetry, now: float, *, sim: bool) -> None:
        """A board says how its parts are, and what they have felt sample by sample."""
        before = set(self.streams.misfit)
        found = list(self.streams.hear(told, now, sim=sim))
        for part in before ^ self.streams.misfit:
            message = N_(
                "“{part}” tells other samples than project.toml says. Give its board the settings and the program "
                "anew: gongzhi board setup"
            )
            self._face.notice(f"misfit/{part}", "warn", message, on=part not in before,
                              part=self.manifest.parts[part].label)  # fmt: skip
        for part, samples in found:
            # A simulated chip has no noise: its rest is honest.
            if not sim and self._doubts.stuck(self.manifest.parts[part], samples):
                self.deaf([part], now)
                continue
            actions = self._loop.feel(part, samples, sim=sim)
            if actions is not None:
                self._face.felt(part, actions)
        self.sense(told.device, told.values, now, sim=sim)

    def sense(self, device: str, values: Mapping[str, float], now: float, *, sim: bool) -> None:
        """A board says how its parts are."""
        known = {
            key: value
            for key, value in values.items()
            if (part := self.manifest.parts.get(key.partition(".")[0])) is not None
            and part.board == device
            # What no such part has, nobody would forget again.
            and (key == part.id or key.partition(".")[2] in part.kind.more)
        }
        parts: dict[str, dict[str, float]] = {}  # all readings of a part go in one message: the page keeps the last one
        for key, value in known.items():
            name, _, prop = key.partition(".")
            kind = self.manifest.parts[name].kind
            if not kind.output:
                parts.setdefault(name, {})[prop or kind.prop or "pressed"] = value
        for name, readings in parts.items():
            self._face.part(device, name, readings)
        sound = self._doubts.sound(self.manifest.parts, known)
        self._loop.deaf(known.keys() - sound.keys())
        self._loop.sense(sound, now, sim=sim)
        self.look(now)

    def measured(self, sight: Sight, captured: float) -> None:
        """What has been measured in a picture that was captured at `captured` (s)."""
        if not (looks := self.manifest.looks):
            return
        self._loop.deaf(looks.keys() - sight.measured.keys())
        self._loop.sense(sight.measured, captured, sim=sight.sim, ttl=SIGHT_TTL)
        self._looked = captured
        self._tell_measured(sight.measured)

    def unseen(self, now: float) -> None:
        """Where no picture has come for a while, none could be judged: that is known, and stays so until one comes."""
        if self.manifest.looks and now - self._looked > SIGHT_TTL:
            unclear = {f"{name}.{CLEAR}": 0.0 for name in self.manifest.looks}
            self._loop.deaf(self.manifest.looks)
            self._loop.sense(unclear, now, sim=False, ttl=math.inf)
            self._tell_measured(unclear)
            self.look(now)

    def _tell_measured(self, readings: Mapping[str, float]) -> None:
        clear = any(readings[f"{name}.{CLEAR}"] for name in self.manifest.looks)
        told = {name: readings.get(name) for name in self.manifest.looks} | dict(readings)
        if told != self._measured:
            self._measured = told
            self._publish("looks", {"d": told})
        self._face.looked(readings)
        if clear != self._clear:
            self._clear = clear
            message = N_("The camera abstains: it sees nothing, or it is too dark.")
            self._face.notice("looks", "warn", message, on=not clear)

    def deaf(self, parts: Iterable[str], now: float) -> None:
        """These parts have failed, or their board has gone."""
        gone = [f"{part}.{prop}" for part in parts for prop in self.manifest.parts[part].kind.more]
        self._loop.deaf([*parts, *gone])
        for part in parts:
            self._face.felt(part, ())
        self.look(now)

    def look(self, now: float) -> None:
        """What the conditions mean now."""
        self.mean(self._loop.reconsider(now))

    def mean(self, meanings: Iterable[Meaning]) -> None:
        """Pass on what was found to be so."""
        for one in meanings:
            if isinstance(one, Met):
                self._publish("met", {"trigger": one.trigger, "on": one.on})
            else:
                self._happen(one)

    def tell_silent(self, now: float) -> None:
        """Say which sensors are silent that a rule needs, when that changes."""
        self._began = now if self._began is None else self._began
        quiet = self._loop.silent(now) if now - self._began > READING_TTL else frozenset()
        for part in sorted(quiet ^ self._silent):
            label = self.manifest.sensed[part.partition(".")[0]].label
            message = N_("“{part}” says nothing. Rules that need it wait.")
            self._face.notice(f"silent/{part}", "warn", message, on=part in quiet, part=label)
        self._silent = quiet
