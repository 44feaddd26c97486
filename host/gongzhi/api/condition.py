"""Takes comparisons of parts and names of actions, gives conditions that can be joined with &, | and ~."""

from __future__ import annotations

from gongzhi.errors import ConfigError
from gongzhi.text import N_

Like = "Condition | Comparable | str"


def text_of(one: object) -> str:
    """A condition as text: a Condition's own, the name of a part, or what the pupil has written."""
    if isinstance(one, Condition):
        return one.text
    if isinstance(one, Comparable):
        return one.key
    if isinstance(one, str):
        return one
    raise ConfigError(
        N_("{given} is no condition."),
        N_("Write a name such as “hands_up”, or a comparison such as soil < 30."),
        given=repr(one)[:24],
    )


class _Joined:
    """What can be joined to further conditions."""

    def __and__(self, other: Condition | Comparable | str) -> Condition:
        return Condition(f"({text_of(self)}) and ({text_of(other)})")

    def __rand__(self, other: str) -> Condition:
        return Condition(f"({other}) and ({text_of(self)})")

    def __or__(self, other: Condition | Comparable | str) -> Condition:
        return Condition(f"({text_of(self)}) or ({text_of(other)})")

    def __ror__(self, other: str) -> Condition:
        return Condition(f"({other}) or ({text_of(self)})")

    def __invert__(self) -> Condition:
        return Condition(f"not ({text_of(self)})")


class Condition(_Joined):
    """Something that is true or not, again and again, such as `soil < 30`; the runtime looks, not the program."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __bool__(self) -> bool:
        raise ConfigError(
            N_("“{text}” is a condition for project.when, not a yes or no of this moment."),
            N_("Join conditions with & | ~ instead of and, or, not. In a function write such as: soil.value < 30"),
            text=self.text,
        )

    def __repr__(self) -> str:
        return f"<Condition {self.text}>"


class Comparable(_Joined):
    """Something with a number: compared with one, it gives a condition."""

    key = ""

    def __lt__(self, number: float) -> Condition:
        return self._compare("<", number)

    def __le__(self, number: float) -> Condition:
        return self._compare("<=", number)

    def __gt__(self, number: float) -> Condition:
        return self._compare(">", number)

    def __ge__(self, number: float) -> Condition:
        return self._compare(">=", number)

    def __eq__(self, number: object) -> Condition:  # type: ignore[override]
        return self._compare("==", number)

    def __ne__(self, number: object) -> Condition:  # type: ignore[override]
        return self._compare("!=", number)

    def __hash__(self) -> int:
        return id(self)

    def _compare(self, sign: str, number: object) -> Condition:
        if isinstance(number, str) or not isinstance(number, int | float):
            raise ConfigError(
                N_("{name} = {given} does not fit."), N_("Give a number without quotes."),
                name=self.key, given=repr(number)[:24],
            )  # fmt: skip
        return Condition(f"{self.key} {sign} {float(number)!r}")
