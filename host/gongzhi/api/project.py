"""Takes the folder of a project, gives its parts, conditions and rules to the pupil's program, and runs it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, overload

from gongzhi import project as project_file
from gongzhi.api import given, parts
from gongzhi.api.body import Body
from gongzhi.api.condition import Comparable, Condition, text_of
from gongzhi.api.decided import Decided, Proposal
from gongzhi.api.when import When
from gongzhi.condition_text import because, parse
from gongzhi.config import nearest
from gongzhi.errors import ConfigError
from gongzhi.project.rules import ASK, part_named, words
from gongzhi.rules import Labels, Rule, Watch
from gongzhi.text import N_

if TYPE_CHECKING:
    from gongzhi.api.running import Runner

Function = Callable[..., Any]
_LISTENERS: Final = ("when_decided", "when_asked")
_LEAST_S: Final = 0.05  # between two calls of a function: a program is no signal generator


class Project:
    """The project in the folder of the program that is running: its parts, its rules, its decisions.

    `when_decided` is called with a Decided at each step of each decision, `when_asked` when people are asked.
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        main = getattr(sys.modules.get("__main__"), "__file__", None)
        self.folder = Path(folder) if folder else Path(main).resolve().parent if main else Path.cwd()
        self._manifest = project_file.load(self.folder)
        self._actions = _actions(self._manifest)
        self._words = words(self._manifest.sensed, self._actions, self._manifest.seen.felt)
        self.parts = {name: parts.part(self, made) for name, made in self._manifest.sensed.items()}
        self.rules: list[Rule] = []
        self.watches: dict[Watch, list[tuple[Function, Function | None]]] = {}
        self.answers: dict[tuple[str, str], Function] = {}  # trigger and words of a question -> what its answer calls
        self.recognisers: dict[str, Function] = {}
        self.timers: list[tuple[float, Function]] = []
        self.when_decided: Function | None = None
        self.when_asked: Function | None = None
        self._runner: Runner | None = None

    def __setattr__(self, name: str, value: Any) -> None:
        # Python would take any name, and a listener with a slip in it would never be called.
        if name.startswith("when_") and name not in _LISTENERS:
            raise ConfigError(
                N_("The project has no “{name}”."), N_("Did you mean “{near}”? Possible: {known}."), name=name,
                near=nearest(name, list(_LISTENERS)) or _LISTENERS[0], known=", ".join(_LISTENERS),
            )  # fmt: skip
        if name in _LISTENERS and value is not None:
            given.function(name, value)
        object.__setattr__(self, name, value)

    def __getitem__(self, name: str) -> Any:
        """The part with this name or label; raises ConfigError with the nearest one."""
        return self.parts[part_named(name, self._manifest.sensed)]

    def when(
        self,
        condition: Condition | Comparable | str,
        *,
        zh: str = "",
        en: str = "",
        for_: float = 0.0,
        hysteresis: float | None = None,
    ) -> When:
        """When `condition` becomes true: the name of an action ("hands_up"), a comparison (`soil < 30`), a switch, or
        several joined with & | ~ or as text ("soil < 30 and not button").

        `for_`: once it has been true for so many seconds. `hysteresis`: by how much a number must come back before it
        counts as changed (2 % of the sensor's range). `zh` and `en` give the reason that people read; without them it
        is made from the condition. Raises ConfigError.
        """
        if hysteresis is not None and given.number("hysteresis", hysteresis) < 0:
            raise ConfigError(N_("hysteresis = {value} does not fit."), N_("Give 0 or more."), value=hysteresis)
        tree = parse(text_of(condition), self._words, hysteresis)
        watch = Watch(str(tree), given.seconds("for", for_), hysteresis)
        return When(self, watch, given.both(zh, en) or because(tree))

    @overload
    def every(self, seconds: float) -> Callable[[Function], Function]: ...
    @overload
    def every(self, seconds: float, function: Function) -> Function: ...
    def every(self, seconds: float, function: Function | None = None) -> Any:
        """Call `function` every so many seconds (0.05 or more) while the project runs; also as @project.every(5)."""
        period = given.number("seconds", seconds)
        if not period >= _LEAST_S:
            raise ConfigError(
                N_("{name} = {given} does not fit."), N_("Give a number of seconds, {low:g} to {most:g}."),
                name="every", given=f"{period:g}", low=_LEAST_S, most=86_400,
            )  # fmt: skip

        def take(one: Function) -> Function:
            self.timers.append((period, given.function("every", one)))
            if self._runner is not None:
                self._runner.add_timer(period, one)
            return one

        return take if function is None else take(function)

    def recognise(self, name: str) -> Callable[[Function], Function]:
        """Recognise the action `name`, a table [own.NAME] of project.toml, yourself: the function below
        @project.recognise("clap") is called with the Body of each frame in which a person is seen, and returns how
        sure it is: 0 to 1, or True or False. 0.7 for the table's dwell time begins the action, below 0.5 ends it."""
        if name not in self._manifest.seen.own:
            raise ConfigError(
                N_("project.toml has no action “{name}” for the program to recognise."),
                N_("Write there [own.{name}] and its label; it is used like hands_up."), name=name,
            )  # fmt: skip

        def take(function: Function) -> Function:
            self.recognisers[name] = given.function("recognise", function)
            return function

        return take

    def judge(self, t: float, points: list[list[float] | None] | None, hands: dict[str, Any] | None = None) -> None:
        """Let the program's recognisers judge the frame captured at `t`; `points` None: nobody is seen; `hands` those
        that are, as Body takes them."""
        if points is None:
            return
        body = Body(t, points, hands)
        said = {name: given.sure(name, body, function) for name, function in self.recognisers.items()}
        self.runner().judged(t, said)

    def say(self, zh: str = "", en: str = "") -> None:
        """Show a text on the page, in place of the one before; without a text take it away. From a function only."""
        self.runner().say(given.both(zh, en))

    def ask(
        self,
        zh: str = "",
        en: str = "",
        *,
        choices: Iterable[Any],
        then: Function | None = None,
        because: str | dict[str, str] = "",
        deadline: float = 30.0,
    ) -> Proposal:
        """Ask people a question now, from one of the program's functions: up to three `choices`. `then` is called with
        the Decided once somebody has answered (its `choice`), or nobody in `deadline` seconds (`choice` is "")."""
        what, offered = given.both(zh, en), given.choices(choices)
        if not offered or not what:
            raise ConfigError(N_("what is missing"), N_("A question needs words and choices."))
        call = given.function("then", then) if then is not None else None
        return self.runner().propose(
            {
                "resource": ASK.id, "value": offered[0].value, "because": given.words(because) or what, "what": what,
                "deadline": given.seconds("deadline", deadline),
                "choices": [{"label": one.label, "value": one.value} for one in offered],
            },
            call,
        )  # fmt: skip

    def run(self) -> None:
        """Hand the rules over and listen until the runtime ends; started by hand, start the runtime first."""
        from gongzhi.api import running

        running.run(self)

    # Between the parts of this package.

    def runner(self) -> Runner:
        """What runs it; raises ConfigError before project.run()."""
        if self._runner is None:
            raise ConfigError(
                N_("Nothing can be proposed, asked or said before project.run()."),
                N_("Do it in a function, such as one that project.every or when_pressed calls."),
            )
        return self._runner

    def begin(self, runner: Runner | None) -> None:
        """It runs now, or no longer."""
        self._runner = runner

    def changed(self) -> None:
        """Its rules or watches are others than before."""
        if self._runner is not None:
            self._runner.declare()


def _actions(manifest: project_file.Manifest) -> dict[str, Labels]:
    """What is recognised: as the runtime says, or by hand as the project says."""
    from gongzhi.api.running import ENV_ACTIONS

    told = [name for name in os.environ.get(ENV_ACTIONS, "").split(",") if name]
    return {name: manifest.actions.get(name, {"zh": name, "en": name}) for name in told} or manifest.actions


__all__ = ["Decided", "Project"]
