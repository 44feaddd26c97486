"""Takes the table [pack.limits] of a project.toml, gives what an adult allows a coach to ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from gongzhi.config import nearest
from gongzhi.errors import ConfigError
from gongzhi.text import N_

if TYPE_CHECKING:
    from gongzhi.project.parts import Part

Range = Literal["hands", "knees", "lean"]


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """[pack.limits], set by an adult: after so many `repetitions` there is a `rest` (s), after so many rounds (`sets`)
    it is enough for today; `go` names the part that an adult's yes switches on before the next round: without it
    nobody begins. No further than: `hands` (trunks over the shoulders), `knees` (trunks over the hips, negative: under
    them), `lean` (degrees to either side). What is left out is not limited."""

    repetitions: Annotated[int, msgspec.Meta(ge=1, le=100)] | None = None
    rest: Annotated[float, msgspec.Meta(ge=5, le=3600)] = 30.0
    sets: Annotated[int, msgspec.Meta(ge=1, le=100)] | None = None
    go: str = ""
    hands: Annotated[float, msgspec.Meta(ge=-1.0, le=2.0)] | None = None
    knees: Annotated[float, msgspec.Meta(ge=-1.5, le=0.5)] | None = None
    lean: Annotated[float, msgspec.Meta(ge=5, le=80)] | None = None

    @property
    def ranges(self) -> dict[Range, float]:
        """What is limited, and by how much."""
        every: dict[Range, float | None] = {"hands": self.hands, "knees": self.knees, "lean": self.lean}
        return {name: most for name, most in every.items() if most is not None}

    def fits(self, parts: Mapping[str, Part]) -> bool:
        """Whether repetitions are limited. Raises ConfigError where a project with these parts cannot keep this."""
        acting = [name for name, part in parts.items() if part.kind.output]
        if self.go and self.go not in acting:
            raise ConfigError(
                N_("limits.go: no part that acts is called “{name}”. Did you mean “{near}”? Possible: {known}."),
                name=self.go, near=nearest(self.go, acting) or next(iter(acting), "–"), known=", ".join(acting) or "–",
            )  # fmt: skip
        if self.repetitions is None and (self.go or self.sets is not None):
            raise ConfigError(N_("limits: a round has no end. Add repetitions = 8: then comes a rest."))
        return self.repetitions is not None
