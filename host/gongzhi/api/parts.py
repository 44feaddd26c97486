"""Takes a part of the manifest, gives it as a program uses it: to read, to compare, to propose for, to listen to."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from gongzhi import project as project_file
from gongzhi.api import given
from gongzhi.api.condition import Comparable
from gongzhi.api.decided import Proposal
from gongzhi.config import nearest
from gongzhi.errors import ConfigError
from gongzhi.project.rules import settable
from gongzhi.samples import samples
from gongzhi.text import N_, pick, tr

if TYPE_CHECKING:
    from gongzhi.api.project import Project

Function = Callable[..., Any]
# What a board says of a button (docs/wire.md), and how it is called here.
_OWN: Final = frozenset({"key", "name", "board", "label", "readings", "functions"})  # what a part sets of itself
_MOVES: Final = {"shake": "when_shaken", "fall": "when_fallen"}
_PRESSES: Final = {"press": "when_pressed", "hold1": "when_held", "hold3": "when_held", "double": "when_double_pressed"}


class Reading(Comparable):
    """One reading of a part that has several, such as `imu["tilt"]`."""

    def __init__(self, part: Part, prop: str) -> None:
        self.key, self._part, self._prop = f"{part.name}.{prop}", part, prop

    @property
    def value(self) -> float | None:
        """The number, in its unit; None until the board has told it."""
        return self._part.readings.get(self._prop)


class Part(Comparable):
    """A part of the project, such as project["gate"]. `name` is its key in project.toml, `label` what people read."""

    def __init__(self, project: Project, made: project_file.Part) -> None:
        self._project, self._made = project, made
        self.key = self.name = made.id
        self.board = made.board
        self.label: str = pick(made.label)
        self.readings: dict[str, float] = {}
        self.functions: dict[str, Function] = {}

    def __repr__(self) -> str:
        return f"<{self._made.kind.name} {self.name} ({self.label})>"

    def __getitem__(self, prop: str) -> Reading:
        if prop not in self._props:
            raise self._no_such(prop)
        return Reading(self, prop)

    def __getattr__(self, prop: str) -> float | None:
        # Only for names that are nowhere else: soil.moisture, distance.distance, imu.tilt.
        if prop.startswith("_") or prop not in self._props:
            fault = self._no_such(prop)
            raise AttributeError(str(fault)) from fault
        return self.readings.get("" if prop == self._made.kind.prop else prop)

    def __setattr__(self, name: str, value: Any) -> None:
        # Python would take any name, and a listener with a slip in it would never be called.
        settable = [key for key in dir(type(self)) if getattr(getattr(type(self), key), "fset", None)]
        if name.startswith("_") or name in _OWN or name in settable:
            object.__setattr__(self, name, value)
        elif name in ("value", *self._props):
            raise ConfigError(N_("“{name}” says what it is; nobody can set that."), self._todo, name=self.name)
        else:
            known = ", ".join(settable)
            hint = N_("Did you mean “{near}”? Possible: {known}.") if settable else self._todo
            raise ConfigError(
                N_("“{name}” has no “{prop}”"), hint, name=self.name, prop=name, known=known,
                near=nearest(name, settable) or next(iter(settable), ""),
            )  # fmt: skip

    @property
    def _todo(self) -> str:
        """What to do with a part that was to be set."""
        return N_("It measures: read it, or wait for it with when_….")

    @property
    def _props(self) -> tuple[str, ...]:
        kind = self._made.kind
        return (kind.prop or "pressed", *kind.more)

    def _no_such(self, prop: str) -> ConfigError:
        if prop == "propose":
            return ConfigError(N_("“{name}” senses, it cannot act."), self._todo, name=self.name)
        return ConfigError(
            N_("“{name}” has no “{prop}”"), N_("Did you mean “{near}”? Possible: {known}."),
            name=self.name, prop=prop, near=nearest(prop, list(self._props)) or self._props[0],
            known=", ".join(("value", *self._props)),
        )  # fmt: skip

    @property
    def value(self) -> float | None:
        """What the part says now, in its unit; None until its board has told it (some tenths of a second after the
        start), and for what has failed."""
        return self.readings.get("")

    @property
    def unit(self) -> str:
        """The unit of `value`; "" for a plain number."""
        return self._made.kind.unit

    def check(self, value: float) -> str:
        """The resource that `value` would set; raises ConfigError if the part cannot do that."""
        return settable(self._made, given.number("value", value)).id

    def hear(self, prop: str, value: float) -> list[Function]:
        """The board says a reading; the program's functions that wait for that. In the bus's thread."""
        self.readings[prop] = value
        return []

    def happen(self, _event: str) -> list[Function]:
        """The board says an event; the program's functions that wait for that. In the bus's thread."""
        return []

    def forget(self) -> None:
        """The part has failed: what it said counts no longer."""
        self.readings.clear()

    def _called(self, *names: str) -> list[Function]:
        return [self.functions[name] for name in names if name in self.functions]


def _listener(name: str, doc: str) -> Any:
    def get(self: Part) -> Function | None:
        return self.functions.get(name)

    def put(self: Part, function: Function | None) -> None:
        if function is None and name in self.functions:
            del self.functions[name]
        else:
            self.functions[name] = given.function(name, function)

    return property(get, put, doc=doc)


class Sensor(Part):
    """A part that measures, such as a soil probe: `value`, or by the name of what it measures: `soil.moisture`."""

    when_changed = _listener("when_changed", "Called when the value has changed, at most ten times a second.")

    @property
    def when_sampled(self) -> Function | None:
        """Called with each batch of samples, of a part with `stream` in its options: a list of what it read one after
        another, such as `now.t`, `now.x`, `now.y`, `now.z` of a motion sensor (with `rotation = "yes"` also `now.rx`,
        `now.ry`, `now.rz`) or `now.t`, `now.brightness` of a light sensor. `t` are seconds of its board's clock: only
        differences mean something."""
        return self.functions.get("when_sampled")

    @when_sampled.setter
    def when_sampled(self, function: Function | None) -> None:
        if "stream" not in self._made.options:
            raise ConfigError(
                N_("the part “{sensor}” tells too seldom for a model"),
                N_("Write options = {{ stream = 25 }} in [part.{sensor}]: 25 samples a second."), sensor=self.name,
            )  # fmt: skip
        self.functions["when_sampled"] = given.function("when_sampled", function)

    def sampled(self, batch: list[int], t: float) -> list[Any]:
        """The samples in a batch that its board sent at `t` (s). Raises ValueError."""
        make: Any = namedtuple  # as the part’s kind has it
        kind = make("Sample", ("t", *self._made.sampled))
        return [kind(one.t, *one.values) for one in samples(self._made, batch, t)]

    def hear(self, prop: str, value: float) -> list[Function]:
        """A new reading."""
        changed = self.readings.get(prop) != value
        self.readings[prop] = value
        return self._called("when_changed") if changed else []


class Switch(Sensor):
    """A part that is on or off, such as a mat or a motion detector."""

    when_on = _listener("when_on", "Called when it goes on.")
    when_off = _listener("when_off", "Called when it goes off.")

    @property
    def is_on(self) -> bool:
        """True while it is on; False also before its board has said anything."""
        return bool(self.value)

    def hear(self, prop: str, value: float) -> list[Function]:
        """A new reading; the first one is no change."""
        before = self.readings.get(prop)
        calls = super().hear(prop, value)
        if before is None or bool(before) == bool(value):
            return calls
        return self._called("when_on" if value else "when_off") + calls


class Button(Part):
    """A push button. One that `answers` in project.toml says yes and no as well; its functions are called all the
    same."""

    when_pressed = _listener("when_pressed", "Called when it was pressed and let go within a second.")
    when_held = _listener("when_held", "Called when it was held for a second or longer.")
    when_released = _listener("when_released", "Called when it is let go, however long it was held.")
    when_double_pressed = _listener("when_double_pressed", "Called when it was pressed twice in a moment.")

    @property
    def is_pressed(self) -> bool:
        """True while it is down; False also before its board has said anything."""
        return bool(self.value)

    def hear(self, prop: str, value: float) -> list[Function]:
        """A new reading."""
        before = self.readings.get(prop)
        self.readings[prop] = value
        return self._called("when_released") if before and not value else []

    def happen(self, event: str) -> list[Function]:
        """A press."""
        calls = self._called(_PRESSES[event]) if event in _PRESSES else []
        if event in ("press", "hold1"):  # it has been let go; a quick press may never show in the readings
            self.readings[""] = 0.0
            calls += self._called("when_released")
        return calls


class Motion(Sensor):
    """A motion sensor: `imu.tilt`, `imu["x"]` and what else it reads."""

    when_shaken = _listener("when_shaken", "Called when it was shaken, at most once a second.")
    when_fallen = _listener("when_fallen", "Called when it falls, at most once a second.")

    def happen(self, event: str) -> list[Function]:
        """A shake or a fall."""
        return self._called(_MOVES[event]) if event in _MOVES else []


class Output(Part):
    """A part that acts, such as a lamp. `value` is what it does now; to act is always to propose."""

    @property
    def _todo(self) -> str:
        return N_('To act is to propose: {name}.propose(1, because="…")')

    def _no_such(self, prop: str) -> ConfigError:
        return ConfigError(N_("“{name}” has no “{prop}”"), self._todo, name=self.name, prop=prop)

    def propose(
        self,
        value: float,
        *,
        because: str | dict[str, str] = "",
        zh: str = "",
        en: str = "",
        p: float = 1.0,
        deadline: float = 8.0,
        hold: float = 5.0,
        veto: float | None = None,
        snooze: float | None = None,
        choices: Iterable[Any] = (),
        level: str | None = None,
    ) -> Proposal:
        """Propose `value` now, from one of the program's functions. The level of the part decides whether people are
        asked; `because` is the reason that they read, `zh` and `en` what would be done, `p` (0..1) how sure the
        program is; the others as in When.propose. Raises ConfigError."""
        resource = self.check(value)
        reason = given.words(because) or {"zh": tr(_BY_ITSELF, "zh"), "en": tr(_BY_ITSELF, "en")}
        sure = given.number("p", p)
        if not 0 <= sure <= 1:
            raise ConfigError(
                N_("{name} = {given} does not fit."), N_("Give a number from 0 to 1."), name="p", given=repr(p)[:24]
            )
        offered = given.choices(choices)
        for one in offered:
            self.check(one.value)
        return self._project.runner().propose(
            {
                "resource": resource, "value": given.number("value", value), "because": reason,
                "what": given.both(zh, en), "p": sure, "deadline": given.seconds("deadline", deadline),
                "hold": given.seconds("hold", hold), "veto": given.maybe("veto", veto),
                "snooze": given.maybe("snooze", snooze), "level": given.level(level),
                "choices": [{"label": one.label, "value": one.value} for one in offered],
            }
        )  # fmt: skip


_BY_ITSELF: Final = N_("the program proposes it")


def part(project: Project, made: project_file.Part) -> Part:
    """The part as its kind is used."""
    kind = made.kind
    if kind.output:
        return Output(project, made)
    if kind.name == "button":
        return Button(project, made)
    if "motion" in kind.more:
        return Motion(project, made)
    switch = (kind.low, kind.high, kind.unit) == (0, 1, "")
    return (Switch if switch else Sensor)(project, made)
