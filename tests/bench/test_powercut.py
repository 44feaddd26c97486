"""Power cuts at every write of an update, its trial, settings, secrets, the broker's place: old or new, never mixed."""

import pytest
from gongzhi.bench import powercut
from gongzhi.sim import board_body

pytestmark = pytest.mark.skipif(board_body.library()[0] is None, reason="no MicroPython wheel for this machine")


@pytest.mark.parametrize("job", powercut.JOBS)
def test_no_cut_leaves_anything_but_old_or_new(job):
    found = powercut.run(jobs=(job,))[job]
    assert found["wrong"] == []
    assert found["cuts"] == 3 * (found["writes"] + 1)
    assert found["old"] + found["new"] == found["cuts"]
    assert found["old"] > 0
    assert found["new"] >= 3, "where nothing was cut"


def test_a_program_that_is_written_over_is_found_to_be_mixed():
    found = powercut.run(jobs=("naive",))["naive"]
    assert len(found["wrong"]) > found["cuts"] / 2
