"""Takes nothing, gives the names of what a coach holds besides a pack's movements, and what people read of each."""

from __future__ import annotations

from typing import Final

from gongzhi.text import N_

DOUBTFUL: Final = "doubtful"
OUTCOMES: Final = ("repetition", "well_done", "once_more", DOUBTFUL)
# Of a coach with limits: there is a rest, or that was all; and the rest is over, may the next round begin?
RESTS: Final = ("rest_break", "next_round")
LABELS: Final = {
    "repetition": N_("a movement was done once"),
    "well_done": N_("a movement was done well"),
    "once_more": N_("a movement is worth doing again"),
    DOUBTFUL: N_("a movement that is only a little alike"),
    "rest_break": N_("it is time to rest"),
    "next_round": N_("the rest is over"),
}
