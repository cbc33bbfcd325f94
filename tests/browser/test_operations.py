"""The views of incidents and of the pipeline, and what the page does when the API doesn't answer."""

import re
from decimal import Decimal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from browser import world
from browser.conftest import Open
from browser.server import World
from heliograph.checks.registry import BY_NAME
from heliograph.formatting import quantity

VIEWS = ("", f"site/{world.HERO}", f"site/{world.HERO}?range=year", "incidents", "pipeline", "feeds")


def test_open_incidents_say_since_when_and_why(open_page: Open) -> None:
    """Each has its severity, its site and rule, since when, why, what was seen against the limit, and who was told."""
    card = open_page("incidents").locator(".incident").first
    for words in ("critical", world.HERO, "over capacity", "for 23 h", world.WHY, "Sat 21 Nov, 10:30", "4.5833 kWh"):
        expect(card).to_contain_text(words)


def test_an_incident_says_what_it_cost(open_page: Open, answers: World) -> None:
    """Energy and, with a price, money; of silence nobody knows, and what costs nothing says nothing."""
    cost = {"lost_kwh": 12.4, "lost_value": 3.1}
    for lost, words in (
        (cost, "about 12.4 kWh (3.10 of your currency)"),
        (cost | {"lost_value": None}, "about 12.4 kWh"),
        ({"rule": "no_data", "lost_kwh": None, "lost_value": None}, "not known: no reading came"),
    ):
        answers.incidents = [world.incident(world.HERO, "zero_output") | lost]
        expect(open_page("incidents").locator(".facts div", has_text="Lost").locator("dd")).to_have_text(words)
    answers.incidents = [world.incident(world.HERO, "stale") | {"lost_kwh": None, "lost_value": None}]
    expect(open_page("incidents").locator(".facts")).not_to_contain_text("Lost")


@pytest.mark.browser_fast
def test_an_offered_edit_is_tried_and_then_made(open_page: Open, answers: World) -> None:
    """The card says the edit in words and as a command; a click tries it, another makes it, with one id for both."""
    answers.incidents = [world.incident(world.HERO, "unit_error") | {"offer": world.OFFER}]
    offer = open_page("incidents").locator(".offer")
    expect(offer).to_contain_text("divide generated energy by 1,000 from Sat 21 Nov, 10:29 to 11:00.")
    expect(offer.locator("pre")).to_have_text(str(world.OFFER["command"]))
    expect(offer.get_by_role("button", name="Make this edit")).to_be_hidden()
    offer.get_by_role("button", name="See what it changes").click()
    expect(offer).to_contain_text("6 intervals would change: generated 15.6 MWh \N{RIGHTWARDS ARROW} 15.6 kWh")
    offer.get_by_role("button", name="Make this edit").click()
    expect(offer).to_contain_text("The edit is made.")
    (tried, made) = answers.edits
    assert tried == made
    assert set(made) == {"id", "site_id", "action", "start", "end", "side", "factor", "reason"}


def test_an_open_incident_says_what_to_do(open_page: Open, answers: World) -> None:
    """The advice is the API's own, in the list and at the site; what is over needs none. Rules are asked for once."""
    page = open_page("incidents")
    expect(page.locator(".incident .next").first).to_have_text(f"What to do: {BY_NAME['over_capacity'].advice}")
    page.goto(page.url.partition("#")[0] + f"#/site/{world.HERO}")
    expect(page.locator(".incident .next")).to_contain_text("Compare capacity_kw")
    page.goto(page.url.partition("#")[0] + "#/incidents?state=closed&day=2026-11-21")
    expect(page.locator(".incident")).to_have_count(1)
    expect(page.locator(".incident .next")).to_have_count(0)
    assert answers.asked.count("rules") == 1


@pytest.mark.parametrize("minutes", ["1349.53", "0.2", "0.7", "-61.6"])
def test_minutes_are_written_as_in_messages(open_page: Open, answers: World, minutes: str) -> None:
    """A message and the figure below it agree to the minute."""
    seen = {**world.incident(world.HERO, "future_timestamp"), "observed": float(minutes), "unit": "minutes"}
    answers.incidents = [seen]
    words = quantity(Decimal(minutes), "minutes").replace("-", "\N{MINUS SIGN}")
    expect(open_page("incidents").locator(".incident dd").nth(1)).to_have_text(words)


def test_an_incident_that_notifies_nobody_says_why(open_page: Open, answers: World) -> None:
    """It was over or old when it was found, or another incident explains it."""
    quiet = {**world.incident(world.HERO, "spike"), "suppressed": True, "onset_notified_at": None}
    for cause, words in (
        (None, "no: over or old when found"),
        ("a~gap~20261122T090500Z", "another incident explains it"),
    ):
        answers.incidents = [{**quiet, "cause": cause}]
        expect(open_page("incidents").locator(".incident")).to_contain_text(words)


def test_an_incident_shows_its_evidence_and_a_warning_its_digest(open_page: Open, answers: World) -> None:
    """What other rules see of the same event stands beneath it; a warning says where it will be told."""
    seen = {"id": f"{world.HERO}~catch_up~20261121T104500Z", "rule": "catch_up", "onset": "2026-11-21T10:45:00Z"}
    waiting = {**world.incident(world.HERO, "gap", severity="warning"), "onset_notified_at": None}
    answers.incidents = [{**waiting, "evidence": [{**seen, "notified_at": None}]}]
    card = open_page("incidents").locator(".incident")
    expect(card.locator(".evidence")).to_contain_text("catch up")
    expect(card).to_contain_text("in the next daily digest")


@pytest.mark.browser_fast
def test_an_incident_leads_to_the_chart_at_that_time(open_page: Open) -> None:
    """The chart opens around its onset with the point explained."""
    page = open_page("incidents")
    page.get_by_role("link", name=re.compile("Look at the chart")).first.click()
    expect(page.locator(".tip")).to_contain_text(world.WHY)


def test_closed_incidents_are_listed_by_day(open_page: Open) -> None:
    """The day of recovery is chosen; a quiet day says so."""
    page = open_page("incidents")
    page.locator("input[value=closed]").check(force=True)
    expect(page.locator(".empty")).to_contain_text("None recovered on this day")
    page.get_by_label("Recovered on").fill("2026-11-21")
    expect(page.locator(".incident")).to_contain_text("lasted 40 min")
    assert "state=closed" in page.url


def test_the_pipeline_shows_depth_lag_and_totals(open_page: Open) -> None:
    """What waits, what died, how long files take, and the totals; dead letters come with what to do."""
    page = open_page("pipeline")
    for label, words in {
        "Files waiting": "3",
        "Dead letters": "1",
        "Lag,": "1.4 s",
        "Readings stored": "995,328",
        "Rejected": "20",
    }.items():
        expect(page.locator(".tile", has_text=label)).to_contain_text(words)
    expect(page.locator(".advice")).to_contain_text("heliograph dlq list")


@pytest.mark.browser_fast
def test_refused_records_are_shown_with_their_reasons(open_page: Open) -> None:
    """A file's rejected records open below it; files without any can be left out."""
    page = open_page("pipeline")
    expect(page.locator(".file")).to_have_count(3)
    page.get_by_label("Only rejected or failed").check()
    expect(page.locator(".file")).to_have_count(2)
    button = page.get_by_role("button", name="2 rejected")
    button.click()
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".rejected").first).to_contain_text("timestamp has no offset")
    expect(page.locator(".file.failed")).to_contain_text("not gzip: it ends early")


@pytest.mark.browser_fast
def test_what_was_shown_stays_when_the_api_goes_down(open_page: Open, answers: World, complaints: list[str]) -> None:
    """The page says since when and keeps what it has; when the API is back it goes on."""
    page = open_page()
    expect(page.locator(".rows .row")).to_have_count(40)
    answers.down = True
    page.clock.set_fixed_time(world.NOW.replace(minute=31))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    banner = page.locator(".banner")
    expect(banner).to_contain_text("the store is busy")
    expect(banner).to_contain_text("since 10:31. What you see is from 10:30")
    expect(page.locator(".rows .row")).to_have_count(40)
    answers.down = False
    page.get_by_role("button", name="Try now").click()
    expect(banner).to_have_count(0)
    complaints.clear()  # the browser notes each 503


@pytest.mark.parametrize("view", ["", "incidents", "pipeline", f"site/{world.HERO}"])
def test_a_view_that_never_loaded_offers_to_try_again(
    open_page: Open, answers: World, complaints: list[str], view: str
) -> None:
    """With nothing to keep, the view says what is wrong; trying again loads it."""
    answers.down = True
    page = open_page(view)
    expect(page.locator(".failed")).to_contain_text("the store is busy")
    answers.down = False
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".failed.empty")).to_have_count(0)
    expect(page.locator("#live-text")).to_have_text("Updated just now")
    complaints.clear()


def test_it_updates_by_itself_but_not_while_hidden(open_page: Open, answers: World) -> None:
    """Half a minute later the fleet is asked for again; a hidden page asks for nothing."""
    page = open_page()
    expect(page.locator(".rows .row")).to_have_count(40)
    page.evaluate("Object.defineProperty(document, 'hidden', { configurable: true, get: () => true })")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.clock.set_fixed_time(world.NOW.replace(minute=31))
    answers.asked.clear()
    answers.sites = 12
    page.wait_for_timeout(100)
    assert answers.asked == []
    page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator(".rows .row")).to_have_count(12)


def test_what_has_not_changed_is_not_sent_again(open_page: Open, answers: World) -> None:
    """Asked again, the API answers 304 without a body, and the page stays as it is."""
    page = open_page()
    expect(page.locator(".rows .row")).to_have_count(40)
    page.clock.set_fixed_time(world.NOW.replace(minute=31))
    with page.expect_response(re.compile("fleet")):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert answers.sent[-1] == 304
    expect(page.locator(".rows .row")).to_have_count(40)


def test_the_theme_is_chosen_and_kept(open_page: Open) -> None:
    """Light, dark or as the machine has it; the choice outlives a reload."""
    page = open_page()
    page.get_by_role("button", name=re.compile("Theme")).click()
    page.get_by_role("button", name=re.compile("Theme")).click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(14, 20, 25)"


@pytest.mark.parametrize("phone", [False, True], ids=["1440", "375"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_no_barrier_and_no_sideways_scrolling(open_page: Open, view: str, *, dark: bool, phone: bool) -> None:
    """No serious finding of axe, the console is silent, no CSP violation, and the page is no wider than the screen."""
    page = open_page(view, phone=phone, dark=dark)
    expect(page.locator("#live-text")).to_have_text("Updated just now")
    if view.startswith("site"):
        expect(page.locator("[data-drawn]")).to_be_visible()
        page.locator(".stage").focus()
        page.keyboard.press("a")
    found = Axe().run(page).response["violations"]
    serious = [
        (each["id"], [node["html"] for node in each["nodes"]][:3])
        for each in found
        if each["impact"] in {"serious", "critical"}
    ]
    assert serious == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
