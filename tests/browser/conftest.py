"""A browser for tests: Debian's Chromium, driven by Playwright, that fails a test on any error in its console.

Nothing is skipped where there's no Chromium: a dashboard nobody looked at isn't tested. Every test of this folder is
marked `browser`, and the few that `make test` runs `browser_fast` as well. All run in one xdist worker, so that one
browser runs at a time.
"""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, sync_playwright

from browser import world
from browser.server import World, make_app, serving
from heliograph.storage.items import attributes
from heliograph.table_keys import day_part
from heliograph_cli.sites import register
from heliograph_cli.target import target_of
from lambda_simulator.fleet import fleet_registry
from lambda_zips.build import build_all
from lambda_zips.recipe import LOCAL, ROOT
from local_stack import Stack, StackOptions, clients_for, start

DESKTOP: Final[ViewportSize] = {"width": 1440, "height": 900}
PHONE: Final[ViewportSize] = {"width": 375, "height": 812}
# Of the local stack that this folder's tests share.
SITES: Final = 100
HERO: Final = fleet_registry(SITES, 1)[0].site_id
# As root Chromium has no sandbox; /dev/shm is small in containers.
_ARGUMENTS: Final = ("--no-sandbox", "--disable-dev-shm-usage", "--force-color-profile=srgb")

_HERE: Final = Path(__file__).resolve().parent

Open = Callable[..., Page]


def pytest_configure(config: pytest.Config) -> None:
    """Make the markers of this folder known."""
    config.addinivalue_line("markers", "browser: looks at the dashboard in Chromium")
    config.addinivalue_line("markers", "browser_fast: those of them that show the most in the shortest time")


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


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A local stack with 100 sites that have a day behind them, one of them a year; its tests only read."""
    build_all([LOCAL], ROOT / "build")
    folder = tmp_path_factory.mktemp("stack")
    options = StackOptions(state_dir=folder, zips=ROOT / "build" / "local", sites=1, schedule=False, watch=False)
    with start(options) as running:
        fleet = fleet_registry(SITES, 1)
        clients = clients_for(running.stack)
        register(fleet, target_of(running.stack), clients)
        today = datetime.now(UTC).date()
        wanted = [(site.site_id, today - timedelta(days=back)) for site in fleet for back in (0, 1)]
        wanted += [(HERO, today - timedelta(days=back)) for back in range(2, 365)]
        for site_id, day in wanted:
            clients.dynamodb().put_item(TableName=running.stack.sites_table, Item=attributes(_day(site_id, day)))
        yield running.stack


def _day(site_id: str, day: date) -> dict[str, Any]:
    began = int(datetime.combine(day, time.min, UTC).timestamp())
    energies = {"generated_kwh": 100 + day.day, "consumed_kwh": 20}
    counts = {"readings": 288, "expected": 288, "last_end": began + 3600}
    span = {"date": f"{day}", "start": began, "ends": began + 86400}
    return {"site_id": site_id, "part": day_part(f"{day}"), **span, **counts, **energies}


def _listen(said: ConsoleMessage, complaints: list[str]) -> None:
    if said.type in {"error", "warning"}:
        complaints.append(said.text)
