"""A run that fails in an exhibition is started again, after longer and longer pauses; elsewhere its fault is raised."""

import pytest
from gongzhi import paths
from gongzhi.cli import run
from gongzhi.errors import ConfigError
from gongzhi.journal import Keep
from gongzhi.project.file import JournalTable
from gongzhi.runtime.options import Options

EXAMPLE = paths.share("examples") / "01_hands_up_gate"


class Failing:
    """A run that fails so often."""

    left = 0
    rehearsal = None

    def __init__(self, options):
        self.options = options

    async def run(self):
        if Failing.left:
            Failing.left -= 1
            raise RuntimeError("the arbiter failed")


@pytest.fixture
def pauses(monkeypatch):
    made = []
    monkeypatch.setattr("gongzhi.runtime.runtime.Runtime", Failing)
    monkeypatch.setattr(run.time, "sleep", made.append)
    return made


def test_it_is_started_again_after_longer_and_longer_pauses(pauses):
    Failing.left = 6
    run.start(EXAMPLE, json=False, exhibition=True)
    assert pauses == [5, 10, 20, 40, 60, 60]


def test_elsewhere_its_fault_is_told(pauses):
    Failing.left = 1
    with pytest.raises(RuntimeError):
        run.start(EXAMPLE, json=False)
    assert pauses == []


@pytest.mark.parametrize("wish", [{"keep_mb": 0.01}, {"keep_mb": -1}, {"keep_days": 0}, {"keep_days": -3}])
def test_a_bound_that_cannot_be_is_named(wish):
    with pytest.raises(ConfigError, match="So little"):
        Options(EXAMPLE, **wish)


def test_how_much_stays():
    said = JournalTable(keep_mb=5, keep_days=9)
    assert Options(EXAMPLE).keep_of(JournalTable()) == Keep(100_000_000)
    assert Options(EXAMPLE).keep_of(said) == Keep(5_000_000, 9)
    assert Options(EXAMPLE, keep_mb=2).keep_of(said) == Keep(2_000_000, 9)
    assert Options(EXAMPLE, keep_days=3).keep_of(said) == Keep(5_000_000, 3)
