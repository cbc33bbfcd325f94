"""The pages, opened from disk in a real browser: on a phone and a desk, light and dark."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright
from typer.testing import CliRunner

import visualize
from fakes.chart_api import FakeApi, serve
from unit.visualization.samples import flag, incident, reading, stamp, sunny

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

START = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Yield the system's own Chromium, without a window."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.fail("this test needs a browser: apt-get install chromium", pytrace=False)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-dev-shm-usage", "--force-color-profile=srgb"]
        )
        yield running
        running.close()


@pytest.fixture(scope="module")
def charts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Draw two sites, one of them in trouble."""
    api, out = FakeApi(), tmp_path_factory.mktemp("charts")
    api.add("home-01", sunny("home-01", START, 100), kind="solar", timezone="Europe/Berlin", interval_minutes=60)
    api.add("home-02", sunny("home-02", START, 70), kind="solar", timezone="Europe/Berlin", interval_minutes=60)
    api.readings["home-01"][40] = reading(stamp(START + timedelta(hours=41)), 9, 1, flag("over_capacity", "critical"))
    api.incidents["home-01"] = [incident("over_capacity", stamp(START + timedelta(hours=41)))]
    with serve(api) as url:
        result = CliRunner().invoke(visualize.app, ["--api", url, "--out", str(out)])
    assert result.exit_code == 0, result.output
    return out


def opened(browser: Browser, path: Path, *, width: int, dark: bool) -> tuple[Page, list[str]]:
    """Open a page from disk; return it, and a list that grows by all it complains of."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light", reduced_motion="reduce"
    )
    page, complaints = context.new_page(), []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(request.url))
    page.goto(path.as_uri())
    return page, complaints


def faults(page: Page) -> list[str]:
    """Return what axe finds wrong."""
    return [f"{found['id']}: {found['nodes'][0]['html']}" for found in Axe().run(page).response["violations"]]


@pytest.mark.parametrize(("width", "dark"), [(375, True), (1440, False)])
def test_the_overview_is_whole_and_accessible(browser: Browser, charts: Path, width: int, *, dark: bool) -> None:
    """Nothing fails to load, nothing is wider than the screen, each thumbnail is seen, and axe finds no fault."""
    page, complaints = opened(browser, charts / "index.html", width=width, dark=dark)
    images = page.locator("img")
    for place in range(images.count()):
        images.nth(place).scroll_into_view_if_needed()
    page.wait_for_function("[...document.images].every(image => image.complete && image.naturalWidth > 0)")
    assert images.count() == 12
    drawn_for = page.evaluate("[...document.images].map(image => image.currentSrc.includes('-dark'))")
    assert set(drawn_for) == {dark}
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.locator(".site h3").all_inner_texts() == ["home-01", "home-02"]
    assert (
        page.locator(".site.critical .state").inner_text()
        == "\N{BLACK UP-POINTING TRIANGLE} Critical: 1 open incident (over_capacity)"
    )
    assert faults(page) == []
    assert complaints == []
    page.context.close()


def test_the_overview_is_used_by_keyboard(browser: Browser, charts: Path) -> None:
    """The first Tab offers to skip to the sites; from there the next leads to the site in most trouble."""
    page, _complaints = opened(browser, charts / "index.html", width=1440, dark=False)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the sites"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "home-01"
    page.keyboard.press("Enter")
    page.wait_for_url("**/site-home-01.html")
    assert page.locator("h1").inner_text() == "home-01"
    page.context.close()


@pytest.mark.parametrize(("width", "dark"), [(375, False), (1440, True)])
def test_a_sites_charts_are_drawn(browser: Browser, charts: Path, width: int, *, dark: bool) -> None:
    """All four are drawn when they come into view, in the screen's colours, without a fault or a word of complaint."""
    page, complaints = opened(browser, charts / "site-home-01.html", width=width, dark=dark)
    sections = page.locator("main section")
    for place in range(sections.count()):
        sections.nth(place).scroll_into_view_if_needed()
        sections.nth(place).locator("canvas").wait_for()
    assert sections.count() == 4
    corner = page.locator("canvas").first.evaluate("each => [...each.getContext('2d').getImageData(1, 1, 1, 1).data]")
    assert corner == ([20, 25, 31, 255] if dark else [255, 255, 255, 255])
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert faults(page) == []
    assert complaints == []
    page.context.close()
