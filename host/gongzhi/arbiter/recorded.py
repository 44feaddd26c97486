"""Takes an event, gives the effects that may be carried out: those whose records are written first."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import partial
from typing import Any

from gongzhi.arbiter.effects import Effect, Send
from gongzhi.arbiter.events import Event, JournalState, Resumed
from gongzhi.arbiter.record import Record, occurrence
from gongzhi.arbiter.state import Arbiter, Policy
from gongzhi.journal import Journal
from gongzhi.stages.resolve import resolve
from gongzhi.values import Labels, Resource


def settle(arbiter: Arbiter, journal: Journal, effects: list[Effect], now: float) -> list[Effect]:
    """Write the records among `effects` and return what is to be carried out, in order.

    If a record cannot be written it is kept for later, the orders that need a record (H2 and above) are withheld, and
    the arbiter is told: it withdraws them and asks for nothing of that kind until the journal is back.
    """
    allowed: list[Effect] = []
    pending = effects
    while True:
        for effect in pending:
            if isinstance(effect, Record):
                journal.append(effect, now)
            if not (isinstance(effect, Send) and effect.recorded and not journal.writable):
                allowed.append(effect)
        if journal.writable == arbiter.recorded:
            return allowed
        pending = resolve(arbiter, JournalState(journal.writable), now)


def decide(arbiter: Arbiter, journal: Journal, event: Event, now: float) -> list[Effect]:
    """`resolve`, with the journal before everything else. Also tries a failed journal again (at most once a second)."""
    journal.retry(now)
    return settle(arbiter, journal, resolve(arbiter, event, now), now)


def _snapshot(arbiter: Arbiter, names: dict[str, Labels], now: float) -> dict[str, Any]:
    """What a further part of the journal begins with: all that a run needs to know that finds only this part."""
    desks = arbiter.desks.items()
    return {
        "next": arbiter.next,
        "of": arbiter.heeded,
        "names": names or None,
        "epochs": {id_: desk.epoch for id_, desk in desks},
        "stopped": tuple(sorted(id_ for id_, desk in desks if desk.stopped)),
        "room": tuple(sorted(id_ for id_, desk in desks if desk.room)),
        "dials": {id_: desk.asked_level for id_, desk in desks if desk.asked_level != desk.resource.level} or None,
        "leases": {
            # What moves is held without an end (lease.resume_lease): how long says nothing there.
            id_: (lease.seat, lease.value, 0.0 if lease.until == math.inf else round(max(0.0, lease.until - now), 3))
            for id_, desk in desks
            if (lease := desk.lease) is not None
        } or None,
    }  # fmt: skip


def begin(
    journal: Journal,
    resources: Iterable[Resource],
    now: float,
    *,
    exhibition: bool = False,
    policy: Policy | None = None,
    names: dict[str, Labels] | None = None,
) -> Arbiter:
    """The arbiter of a run on this journal: it goes on with numbers, epochs and stops where the last run ended, and
    what that run left open is closed. Nothing is done again. `names` (record.Record) are written down, so that an
    explanation from the records alone can call things as people do."""
    arbiter = Arbiter(resources, nonce=journal.nonce, policy=policy, exhibition=exhibition)
    journal.snapshot = partial(_snapshot, arbiter, names or {})
    if names:
        journal.append(occurrence("names", now, "runtime", names=names), now)
    decide(arbiter, journal, Resumed(journal.past), now)
    return arbiter
