"""A browser for tests: Debian's Chromium, driven by Playwright, that fails a test on any error in its console.

Nothing is skipped where there's no Chromium: a dashboard nobody looked at isn't tested. Every test of this folder is
marked `browser`, and the few that `make test` runs `browser_fast` as well. All run in one xdist worker, so that one
browser runs at a time.
"""

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, sync_playwright

from browser import world
from browser.server import World, make_app, serving

DESKTOP: Final[ViewportSize] = {"width": 1440, "height": 900}
PHONE: Final[ViewportSize] = {"width": 375, "height": 812}
# As root Chromium has no sandbox; /dev/shm is small in containers.
_ARGUMENTS: Final = ("--no-sandbox", "--disable-dev-shm-usage", "--force-color-profile=srgb")

_HERE: Final = Path(__file__).resolve().parent

Open = Callable[..., Page]


def pytest_configure(config: pytest.Config) -> None:
    """Make the markers of this folder known."""
    config.addinivalue_line("markers", "browser: looks at the dashboard in Chromium")
    config.addinivalue_line(
        "markers", "browser_fast: one of the few of them that `make test` runs; `make test-browser` runs all"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder, and keep them together in one xdist worker."""
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


def chromium() -> str:
    """Find Chromium, or fail with what to install."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.fail("the dashboard's tests need a browser: apt-get install chromium", pytrace=False)
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for a module's tests; longer than that, Playwright's event loop would be in other tests' way."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=[*_ARGUMENTS])
        yield running
        running.close()


@pytest.fixture
def answers() -> World:
    """What the API answers in this test."""
    return World()


@pytest.fixture
def address(answers: World) -> Iterator[str]:
    """Where the dashboard is served."""
    with serving(make_app(answers)) as served:
        yield served


@pytest.fixture
def complaints() -> list[str]:
    """What the console said; a test that expects some takes them out."""
    return []


@pytest.fixture
def open_page(browser: Browser, address: str, complaints: list[str]) -> Iterator[Open]:
    """Opens views, each in a browser of its own, at the world's time; in the end the console must be silent."""
    contexts: list[BrowserContext] = []

    def open_one(view: str = "", *, phone: bool = False, dark: bool = False, now: datetime = world.NOW) -> Page:
        context = browser.new_context(
            viewport=PHONE if phone else DESKTOP,
            color_scheme="dark" if dark else "light",
            locale="en-GB",
            timezone_id="Europe/Berlin",
            service_workers="block",
        )
        contexts.append(context)
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.clock.set_fixed_time(now)
        page.on("console", lambda said: _listen(said, complaints))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{address}#/{view}")
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert complaints == []


def _listen(said: ConsoleMessage, complaints: list[str]) -> None:
    if said.type in {"error", "warning"}:
        complaints.append(said.text)
