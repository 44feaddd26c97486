"""For all tests: no user's own files or language are touched, and nothing is skipped unnoticed where that is asked."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from gongzhi import text
from hypothesis import HealthCheck, settings

# Hundreds of processes are started, each of which would compile the modules anew where that is forbidden.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# What is learnt here is small: two threads take longer for it than one, and several workers share the cores anyway.
# numpy asks when it is imported, and so does whatever a test starts.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# No test cuts the power: what is written is read by the same system, and a slow disk would be waited for in vain.
os.fsync = lambda _: None

# No deadline: how long an example takes says something of the machine only, and the first one builds tables.
settings.register_profile("gongzhi", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gongzhi")

LONGEST = "test_examples.py"  # of tests/: it plays every script to its end
MEDIA = Path(os.environ.get("GONGZHI_MEDIA") or Path(__file__).parents[2] / "shared" / "media")


@pytest.fixture(scope="session")
def media() -> Path:
    """The folder with the pictures of people."""
    if not MEDIA.is_dir():
        pytest.skip(f"no pictures of people at {MEDIA} (set GONGZHI_MEDIA)")
    return MEDIA


@pytest.fixture(autouse=True)
def _own_surroundings(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("GONGZHI_DATA", str(tmp_path_factory.mktemp("data")))
    monkeypatch.setenv("GONGZHI_LANG", "en")
    text.choose(None)
    yield
    text.choose(None)


def pytest_collection_modifyitems(items):
    """The longest file first, so that no worker ends with it alone. Files with browser tests last: playwright keeps an
    event loop running in this thread from its first test on, and nothing after it could use asyncio.run. Whole files,
    because a worker takes whole files."""
    pages = {item.path for item in items if "page" in getattr(item, "fixturenames", ())}
    items.sort(
        key=lambda item: (
            item.path.name != LONGEST, item.path in pages, "page" in getattr(item, "fixturenames", ()),
        )
    )  # fmt: skip


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """With GONGZHI_NO_SKIP, a skipped test fails, except one that is marked `media`."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("GONGZHI_NO_SKIP") and not item.get_closest_marker("media"):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be: {report.longrepr}"
