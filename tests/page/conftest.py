"""For the page's tests: Debian's chromium, a runtime that plays, and a watch over what the page asks for."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from playwright.sync_api import expect

# So that these tests can share modules: pytest's importlib mode adds no folder to the path.
sys.path.insert(0, str(Path(__file__).parent))

# Never one that playwright downloads: the one that the system keeps up to date.
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
WAIT = 30_000  # ms that only a defect reaches
expect.set_options(timeout=WAIT)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    if CHROMIUM is None:
        pytest.fail("chromium is not installed: apt-get install chromium (the tests never download a browser)")
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": ARGUMENTS}


@pytest.fixture(scope="session")
def base_url() -> None:
    """None: each test has a server of its own. (The plugin's own fixture is a method, which pytest 9.2 warns of.)"""


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "viewport": {"width": 1280, "height": 800}, "locale": "zh-CN"}


@pytest.fixture(scope="session")
def feeder() -> ModuleType:
    """The module with the runtime that plays."""
    import feeder as module

    return module


@pytest.fixture
def served(feeder):
    """A page server with a fresh runtime that has said hello."""
    found = feeder.Served()
    found.runtime.begin()
    yield found
    found.close()


class Watched:
    """What a page asked for and complained about; `allow` admits one complaint that a test provokes."""

    def __init__(self, page, url: str) -> None:
        self.strangers: list[str] = []
        self.complaints: list[str] = []
        self._allowed: list[str] = []
        own = (url, url.replace("http", "ws", 1), "data:", "blob:")
        page.on("request", lambda request: self._ask(request.url, own))
        page.on("websocket", lambda socket: self._ask(socket.url, own))
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def allow(self, pattern: str) -> None:
        self._allowed.append(pattern)

    def _ask(self, url: str, own: tuple[str, ...]) -> None:
        if not url.startswith(own):
            self.strangers.append(url)

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not any(re.search(pattern, text) for pattern in self._allowed):
            self.complaints.append(f"{kind}: {text}")


@pytest.fixture(autouse=True)
def watched(request) -> Iterator[Watched | None]:
    """In every browser test: no request leaves the host, and the console holds no error."""
    if "page" not in request.fixturenames:
        yield None
        return
    found = Watched(request.getfixturevalue("page"), request.getfixturevalue("served").url)
    yield found
    assert found.strangers == []
    assert found.complaints == []


@pytest.fixture
def opened(page, served):
    """Opens the page with a query, and waits until it is connected and drawn."""

    def open_page(query: str = ""):
        page.set_default_timeout(WAIT)
        page.goto(served.url + query)
        page.wait_for_selector("body[data-ready=true][data-linked=true] .board")
        return page

    return open_page


@pytest.fixture
def shown(opened):
    """The page in English."""
    return opened("?lang=en")
