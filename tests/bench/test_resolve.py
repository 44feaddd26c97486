"""The bench leads whole lives: each decision is done, and its records are those of the journal."""

from __future__ import annotations

from gongzhi.arbiter.record import Chain
from gongzhi.bench import resolve as bench
from gongzhi.stages.resolve import Arbiter, Online, resolve
from gongzhi.values import Resource


def test_each_life_is_a_whole_one():
    arbiter, chain = Arbiter([bench.RESOURCE]), Chain()
    resolve(arbiter, Online("door", True, "1"), 0.0)
    size, records = bench.lives(arbiter, chain, 10.0, 100)
    # Proposed, executing, done; and 99 times the end of the hold that the next act took over.
    assert records == chain.seq == 3 * 100 + 99
    assert {case.decision.state for case in arbiter.cases.values()} == {"done"}
    assert size / records <= 400


def test_the_resource_is_one_that_projects_have():
    assert isinstance(bench.RESOURCE, Resource)
    assert bench.RESOURCE.level == "A4"
