"""Takes a condition and what is to follow from it, gives the project's rules and watches."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal

from gongzhi.api import given
from gongzhi.api.parts import Part
from gongzhi.errors import ConfigError
from gongzhi.project.rules import ASK, MAX_RULES
from gongzhi.rules import Labels, Rule, Watch, said
from gongzhi.text import N_

if TYPE_CHECKING:
    from gongzhi.api.project import Project

Function = Callable[..., Any]


class When:
    """A condition to look out for; see Project.when."""

    def __init__(self, project: Project, watch: Watch, because: Labels) -> None:
        self._project, self._watch, self._because = project, watch, because

    def propose(
        self,
        part: Part | str,
        value: float | None = None,
        *,
        zh: str = "",
        en: str = "",
        deadline: float = 8.0,
        hold: float = 5.0,
        veto: float | None = None,
        snooze: float | None = None,
        again: float = 0.0,
        doubt: Literal["", "disagree"] = "",
        choices: Iterable[Any] = (),
        level: str | None = None,
        costs: Any = None,
    ) -> When:
        """Let the machine propose `part` = `value`; `zh` and `en` say it in words ("open the gate").

        Args:
            part: a part that acts, or its name.
            value: in the part's unit; with `choices` the machine's own guess, the first of them if it is not given.
            zh: what would be done, in Chinese; one language is enough.
            en: the same in English.
            deadline: without an answer for so many seconds (up to 600) nothing is done.
            hold: what is done stands for so many seconds (up to 3600), then the part goes back to safe.
            veto: at level A3, for how many seconds anybody can say no before it is done (3).
            snooze: for how many seconds a no holds the same proposal back; without it 30 s, or until the condition has
                ended.
            again: propose it anew every so many seconds (10 or more) while the condition stays true; 0: once.
            doubt: "disagree": the sensors contradict each other, so ask instead of acting.
            choices: up to three answers, each {"zh": …, "en": …, "value": …}: a question. Silence does nothing.
            level: no more than this level (A0 to A5), whatever the part's dial allows.
            costs: {"wrong": …, "missed": …, "asked": …, "human": …}, as in docs/decisions.md.

        Raises ConfigError for what the part or the runtime could not take.
        """
        # Over 40 lines for what pupils read of its arguments.
        if isinstance(part, str):  # as in project.toml
            part = self._project[part]
        if not isinstance(part, Part):
            raise ConfigError(N_("what is missing"), N_('Name the part: project["lamp"].'))
        offered = given.choices(choices)
        if value is None and offered:
            value = offered[0].value
        number = given.number("value", value)
        resource = part.check(number)
        for one in offered:
            part.check(one.value)
        if doubt not in ("", "disagree"):
            raise ConfigError(
                N_("{name} = {given} does not fit."), N_("Possible: {known}."),
                name="doubt", given=repr(doubt)[:24], known="disagree",
            )  # fmt: skip
        return self._rule(
            resource, number, given.both(zh, en), deadline=given.seconds("deadline", deadline),
            hold=given.seconds("hold", hold), veto=given.maybe("veto", veto), snooze=given.maybe("snooze", snooze),
            again=given.seconds("again", again) if again else 0.0, doubt=doubt, choices=offered,
            level=given.level(level), costs=given.costs(costs),
        )  # fmt: skip

    def ask(
        self,
        zh: str = "",
        en: str = "",
        *,
        choices: Iterable[Any],
        then: Function | None = None,
        deadline: float = 8.0,
        snooze: float | None = None,
        again: float = 0.0,
    ) -> When:
        """Ask people a question that moves no part; `then` is called with the Decided once it is answered (its
        `choice`) or nobody has answered (`choice` is ""). The rest as in `propose`."""
        offered, what = given.choices(choices), given.both(zh, en)
        if not offered or not what:
            raise ConfigError(N_("what is missing"), N_("A question needs words and choices."))
        if then is not None:
            self._project.answers[self._watch.trigger, said(what)] = given.function("then", then)
        return self._rule(
            ASK.id, offered[0].value, what, deadline=given.seconds("deadline", deadline), choices=offered,
            snooze=given.maybe("snooze", snooze), again=given.seconds("again", again) if again else 0.0,
        )  # fmt: skip

    def do(self, function: Function, *, end: Function | None = None) -> When:
        """Call the program's own `function` when the condition becomes true, and `end` when it is so no longer."""
        calls = self._project.watches.setdefault(self._watch, [])
        if len(self._project.watches) > MAX_RULES:
            raise ConfigError(N_("A program can have {most} rules."), N_("Leave some out."), most=MAX_RULES)
        calls.append((given.function("do", function), given.function("end", end) if end is not None else None))
        self._project.changed()
        return self

    def _rule(self, resource: str, value: float, what: Labels, **more: Any) -> When:
        if len(self._project.rules) >= MAX_RULES:
            raise ConfigError(N_("A program can have {most} rules."), N_("Leave some out."), most=MAX_RULES)
        watch = self._watch
        self._project.rules.append(
            Rule(
                watch.when, resource, value, self._because, what, dwell=watch.dwell, hysteresis=watch.hysteresis, **more
            )
        )
        self._project.changed()
        return self
