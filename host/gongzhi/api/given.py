"""Takes what a pupil has written as an argument, gives the checked value, or an error that says what would be right."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gongzhi.api.body import Body, Unseen
from gongzhi.costs import Costs
from gongzhi.errors import ConfigError
from gongzhi.project.rules import MAX_TEXT, checked
from gongzhi.rules import LEVELS, MAX_CHOICES, SECONDS, Choice, Labels, Level
from gongzhi.text import N_


def both(zh: Any, en: Any) -> Labels:
    """The texts of both languages, one for both where only one is given; empty without any."""
    for said in (zh, en):
        if not isinstance(said, str) or len(said) > MAX_TEXT:
            raise ConfigError(
                N_("“{text}” is no reason or name that people could read."),
                N_("Write a text of at most {most} characters between quotes."),
                text=str(said)[:24],
                most=MAX_TEXT,
            )
    return {"zh": zh or en, "en": en or zh} if zh or en else {}


def words(given: Any) -> Labels:
    """As `both`, of a text for both languages or of {"zh": …, "en": …}."""
    if isinstance(given, Mapping):
        return both(given.get("zh", ""), given.get("en", ""))
    return both(given, given)


def number(name: str, given: Any) -> float:
    """`given` as a float."""
    try:
        found = None if isinstance(given, str) else float(given)
    except (TypeError, ValueError):
        found = None
    if found is None:
        raise ConfigError(
            N_("{name} = {given} does not fit."), N_("Give a number without quotes."), name=name, given=repr(given)[:24]
        )
    return found


def seconds(name: str, given: Any) -> float:
    """A time `name` of rules.SECONDS."""
    low, high = SECONDS[name]
    try:
        found = None if isinstance(given, str) else float(given)
    except (TypeError, ValueError):
        found = None
    if found is None:
        raise ConfigError(
            N_("{name} = {given} does not fit."), N_("Give a number of seconds, {low:g} to {most:g}."),
            name=name, given=repr(given)[:24], low=low, most=high,
        )  # fmt: skip
    return checked(name, found) or 0.0


def maybe(name: str, given: Any) -> float | None:
    """As `seconds`, or None."""
    return None if given is None else seconds(name, given)


def level(given: Any) -> Level | None:
    """A level, or None."""
    if given is None:
        return None
    for one in LEVELS:
        if given == one:
            return one
    raise ConfigError(
        N_("{name} = {given} does not fit."), N_("Possible: {known}."),
        name="level", given=repr(given)[:24], known=", ".join(LEVELS),
    )  # fmt: skip


def choices(given: Iterable[Any]) -> tuple[Choice, ...]:
    """Up to three answers, each {"zh": …, "en": …, "value": …}; without a value they count from 0."""
    found = []
    for place, one in enumerate(given):
        table = one if isinstance(one, Mapping) else {"zh": one, "en": one}
        label = both(table.get("zh", ""), table.get("en", ""))
        if not label:
            raise ConfigError(N_("a choice has no words"), N_('Write such as: { zh = "纸", en = "paper", value = 0 }'))
        found.append(Choice(label, number("value", table.get("value", place))))
    if len(found) > MAX_CHOICES:
        raise ConfigError(
            N_("A question has {most} answers at most, this one has {count}."), "",
            most=MAX_CHOICES, count=len(found),
        )  # fmt: skip
    return tuple(found)


def costs(given: Any) -> Costs | None:
    """The four numbers of the cost rule, as a dict or as Costs."""
    if given is None or isinstance(given, Costs):
        return given
    try:
        return Costs(**{name: float(value) for name, value in dict(given).items()})
    except (TypeError, ValueError) as error:
        raise ConfigError(
            N_("{name} = {given} does not fit."),
            N_("Give all four: wrong, missed, asked (0 or more) and human (0 to 1)."),
            name="costs", given=repr(given)[:48],
        ) from error  # fmt: skip


def sure(name: str, body: Body, judge: Callable[[Body], Any]) -> float:
    """What a recogniser says of a body, 0..1; 0 where it asks for a joint that is not seen."""
    try:
        found = judge(body)
    except Unseen:
        return 0.0
    if isinstance(found, bool | int | float) and 0 <= found <= 1:
        return float(found)
    raise ConfigError(
        N_("The recogniser of “{name}” returns {given}."),
        N_("Return how sure it is: a number from 0 to 1, or True or False."), name=name, given=repr(found)[:24],
    )  # fmt: skip


def function(name: str, given: Any) -> Callable[..., Any]:
    """A function of the pupil's, not what it has given back."""
    if not callable(given):
        raise ConfigError(
            N_("{name} takes a function, but this is {given}."),
            N_("Write the function’s name without brackets after it."),
            name=name, given=repr(given)[:24],
        )  # fmt: skip
    called = getattr(given, "__name__", name)
    if inspect.iscoroutinefunction(given):
        raise ConfigError(
            N_("“{called}” is an async function, which nobody here would wait for."),
            N_("Write def instead of async def, and leave await out."), called=called,
        )  # fmt: skip
    try:
        several = inspect.signature(given).parameters.values()
    except (TypeError, ValueError):  # something built in that does not say
        return given  # type: ignore[no-any-return]
    rest = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    needed = [one for one in several if one.default is one.empty and one.kind not in rest]
    if len(needed) > 1:
        raise ConfigError(
            N_("“{called}” wants {count} values, but {name} gives it one at most."),
            N_("Write def {called}(): or def {called}(it):"), called=called, name=name, count=len(needed),
        )  # fmt: skip
    return given  # type: ignore[no-any-return]
