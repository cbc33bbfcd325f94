"""The fleet's view: what an operator sees first."""

import re

import pytest
from playwright.sync_api import expect

from browser import world
from browser.conftest import Open
from browser.server import World


@pytest.mark.browser_fast
def test_alerting_sites_come_first(open_page: Open) -> None:
    """A row has the state in a word, the last reading, today's energies with units, and the open incidents."""
    page = open_page()
    row = page.locator(".rows .row").first
    for words in (
        "Alerting",
        world.HERO,
        "solar · 50.0 kW",
        "5 h ago",
        "30.0 kWh",
        "+20.0 kWh",
        "over capacity, stale",
    ):
        expect(row).to_contain_text(words)
    expect(page.locator(".rows .row")).to_have_count(40)
    expect(page.locator(".lead")).to_contain_text("40 sites")
    expect(page.locator("#live-text")).to_have_text("Updated just now")


@pytest.mark.browser_fast
def test_states_filter_and_search_narrows(open_page: Open) -> None:
    """A state's button leaves its sites, a search those it names; the address keeps both; all can be shown again."""
    page = open_page()
    page.get_by_role("button", name=re.compile("Not reporting")).click()
    expect(page.locator(".rows .row")).to_have_count(5)
    assert "state=not_reporting" in page.url
    page.get_by_role("searchbox").fill("load-003")
    expect(page.locator(".found")).to_have_text("1 site of 40")
    page.get_by_role("searchbox").fill("nothing-like-it")
    expect(page.locator(".empty")).to_contain_text("No site matches")
    page.get_by_role("button", name="Show all sites").click()
    expect(page.locator(".rows .row")).to_have_count(40)


def test_any_column_sorts(open_page: Open) -> None:
    """A column's head sorts by it, the largest first; once more turns it round, and the head says so."""
    page = open_page()
    page.get_by_role("button", name="Generated today").click()
    expect(page.locator("[data-key=generated]")).to_have_attribute("aria-sort", "ascending")
    first = page.locator(".rows .cell-generated").first
    expect(first).to_contain_text("MWh")
    page.get_by_role("button", name="Site", exact=True).click()
    expect(page.locator(".rows a").first).to_have_text("battery-002")
    page.get_by_role("button", name="Site", exact=True).click()
    expect(page.locator(".rows a").first).to_have_text("wind-037")


@pytest.mark.browser_fast
def test_the_list_is_one_tab_stop(open_page: Open) -> None:
    """From the keyboard alone: skip to the content, go down the list by arrow, open a site, and read its name."""
    page = open_page()
    expect(page.locator(".rows .row")).to_have_count(40)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()
    page.locator(".head button").last.focus()
    page.keyboard.press("Tab")
    expect(page.locator(".rows a").first).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=world.HERO)).to_be_focused()


def test_no_site_says_what_to_do(open_page: Open, answers: World) -> None:
    """An empty fleet isn't an empty page."""
    answers.sites = 0
    expect(open_page().locator(".empty")).to_contain_text("A site appears with its first reading")


def test_names_are_never_read_as_markup(open_page: Open, answers: World) -> None:
    """What a site or a file sends stays text."""
    answers.incidents = [{**world.incident(world.HERO, "stale"), "message": world.EVIL}]
    page = open_page("incidents")
    expect(page.locator(".why")).to_have_text(world.EVIL)
    page.goto(page.url.replace("#/incidents", "#/pipeline"))
    page.get_by_role("button", name="2 rejected").click()
    expect(page.locator("pre").last).to_have_text(world.EVIL)
    assert page.locator("main img").count() == 0
