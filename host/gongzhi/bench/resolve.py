"""Takes nothing; gives how many whole lives of decisions the arbiter leads a second, and how long their records are."""

from __future__ import annotations

import time

from gongzhi.arbiter.record import Chain, Record
from gongzhi.stages.resolve import Acked, Arbiter, EvidenceGone, Online, Proposed, Send, resolve
from gongzhi.values import Proposal, Resource

_LIVES, _ROUNDS = 2_000, 7
RESOURCE = Resource("lamp.level", "door", "lamp", "level", "led", 0, 1, 0, "", "H1", "A4", {"zh": "灯", "en": "light"})
_WHAT = {"zh": "把灯打开", "en": "switch the light on"}
_BECAUSE = {"zh": "因为有人举起了双手", "en": "because both hands are up"}


def lives(arbiter: Arbiter, chain: Chain, start: float, count: int) -> tuple[int, int]:
    """Bytes and records of `count` decisions at A4, each from its proposal to the board's word that it is done; one
    every 0.1 s of the arbiter's clock, from `start` (s)."""
    size = records = 0
    for n in range(count):
        now = start + 0.1 * n
        proposal = Proposal("lamp.level", 1.0, "hands_up", 0.93, _BECAUSE, now, what=_WHAT, model="pose-lite-1")
        effects = resolve(arbiter, Proposed(proposal), now)
        order = next(one.command for one in effects if isinstance(one, Send))
        effects += resolve(arbiter, Acked(order.id, True, "", "door"), now + 0.02)
        effects += resolve(arbiter, EvidenceGone("hands_up"), now + 0.05)
        for one in effects:
            if isinstance(one, Record):
                size += len(chain.seal(one)) + 1  # and its line end
                records += 1
    return size, records


def run() -> dict[str, float]:
    """`decisions_per_s`: whole lives at A4 (proposed, executing, done, and the end of the hold before), every record
    encoded and chained in memory, in CPU seconds of this process, the median of seven rounds of 2,000; a quiet machine
    gives the same in wall time. `journal_bytes_per_record` includes the line end."""
    arbiter, chain = Arbiter([RESOURCE], nonce="b3nc"), Chain()
    resolve(arbiter, Online("door", True, "1"), 0.0)
    rates, size, records = [], 0, 0
    for number in range(_ROUNDS):
        began = time.process_time()
        more = lives(arbiter, chain, 1_000.0 + 0.1 * _LIVES * number, _LIVES)
        rates.append(_LIVES / (time.process_time() - began))
        size, records = size + more[0], records + more[1]
    return {
        "decisions_per_s": round(sorted(rates)[_ROUNDS // 2], 0),
        "journal_bytes_per_record": round(size / records, 1),
    }
