"""Takes a run's project, options and journal, what its camera and its estimator are, gives the arbiter's side of the
run and what recognises for it."""

from __future__ import annotations

from gongzhi.actions import Recognisers, coach_of, feelers_of
from gongzhi.arbiter.recorded import begin
from gongzhi.arbiter.state import Policy
from gongzhi.clock import Clock
from gongzhi.journal import Journal
from gongzhi.loop import Loop
from gongzhi.project import Manifest
from gongzhi.runtime import access
from gongzhi.runtime.core import Core, OnFault
from gongzhi.runtime.lifetime import Lifetime
from gongzhi.runtime.options import Options
from gongzhi.runtime.stats import Stats
from gongzhi.stages.estimate import Estimator
from gongzhi.stages.send import Sender


async def assembled(
    life: Lifetime, manifest: Manifest, options: Options, clock: Clock, stats: Stats, on_fault: OnFault,
    journal: Journal, estimator: Estimator, *, live: bool, scripted: bool,
) -> tuple[Core, Recognisers]:  # fmt: skip
    """Both end with `life`; `live` and `scripted` as in Core. Raises what a model's file or a pack may be wrong in."""
    see = await life.made(lambda: Recognisers(manifest.seen), lambda one: one.close())
    coach = await life.made(lambda: coach_of(manifest.seen), lambda _: None)
    shown = options.exhibition or manifest.exhibition
    feel = await life.made(lambda: feelers_of(manifest.seen, later=not shown), lambda one: one.close() if one else None)
    stats.pose = estimator.origin
    journal.keep = options.keep_of(manifest.journal)
    arbiter = begin(
        journal, manifest.desks.values(), clock.now(), exhibition=shown, names=manifest.names,
        policy=Policy(asks=manifest.asks, rank=manifest.rank),
    )  # fmt: skip
    sender = Sender(access.SPACE, manifest.id)
    loop = Loop(estimator, arbiter, journal, sender, see, coach, feel, manifest.looks.values())
    core = Core(manifest, loop, clock, stats, on_fault, live=live, scripted=scripted)
    core.programs.own, core.teaching.lessons.feel = see.own, feel
    if coach is not None:
        core.teaching.lessons.coach = coach
    return core, see
