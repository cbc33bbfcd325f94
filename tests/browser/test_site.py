"""A site's view: energy over time, with whatever was wrong in it explained."""

from datetime import datetime, timedelta
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from browser import world
from browser.conftest import Open
from browser.server import World
from heliograph.checks.sun import sun_elevation

_DAY: Final = timedelta(days=1)
# How many pixels of some columns of the chart are as yellow as generation is drawn.
_YELLOW: Final = """shares => {
  const canvas = document.querySelector(".uplot canvas"), over = document.querySelector(".u-over");
  const scale = canvas.width / canvas.clientWidth;
  const { data, width } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return shares.map((share) => {
    const x = Math.round((over.offsetLeft + share * over.clientWidth) * scale);
    let found = 0;
    for (let at = 4 * x; at < data.length; at += 4 * width) found += data[at + 1] - data[at + 2] > 25 ? 1 : 0;
    return found;
  });
}"""


def _drawn(page: Page) -> Page:
    expect(page.locator("[data-drawn]")).to_be_visible()
    return page


def _share(moment: datetime) -> float:
    """Return where a moment lies in the last day, 0 to 1."""
    return (moment - (world.NOW - _DAY)) / _DAY


def _hover(page: Page, moment: datetime) -> None:
    box = page.locator(".u-over").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + _share(moment) * box["width"], box["y"] + box["height"] / 2)


def test_figures_carry_units_and_times_their_zone(open_page: Open) -> None:
    """What the site is, what it gave and took, how complete that is, and whose clock the times are."""
    page = _drawn(open_page(f"site/{world.HERO}"))
    expect(page.locator(".heading")).to_contain_text("solar · 50.0 kW")
    expect(page.locator(".found")).to_contain_text("Times in Europe/Berlin, UTC+1")
    for label, words in {"Generated": "kWh", "Net": "+", "Complete": "1 gap, 12 readings missing"}.items():
        expect(page.locator(".tile", has_text=label).first).to_contain_text(words)


@pytest.mark.browser_fast
def test_sums_leave_out_what_cannot_be_energy(open_page: Open) -> None:
    """A reading that its flag says can't be energy is in no sum, as in the totals; the sums say that it isn't."""
    page = _drawn(open_page(f"site/{world.HERO}"))
    sound = [each for each in world.readings(world.HERO, world.NOW - _DAY + world.STEP, world.NOW) if not each["flags"]]
    for label, side in {"Generated": "energy_generated_kwh", "Consumed": "energy_consumed_kwh"}.items():
        tile = page.locator(".tile", has_text=label).first
        expect(tile).to_contain_text("without 1 reading that can't be energy")
        expect(tile).to_contain_text(f"{sum(each[side] for each in sound):.0f}")
    expect(page.locator(".tile", has_text="Anomalies")).to_contain_text("1")


@pytest.mark.browser_fast
def test_hovering_an_anomaly_explains_it(open_page: Open) -> None:
    """The box says when, what was measured, which rule spoke and why; it goes away with the pointer."""
    page = _drawn(open_page(f"site/{world.HERO}"))
    _hover(page, world.SPIKE - world.STEP / 2)
    tip = page.locator(".tip")
    for words in ("Sat 21 Nov, 11:25\u201311:30", "19.2 kWh", "over capacity", world.WHY):
        expect(tip).to_contain_text(words)
    page.mouse.move(0, 0)
    expect(tip).to_be_hidden()


@pytest.mark.browser_fast
def test_a_gap_is_drawn_as_a_gap(open_page: Open) -> None:
    """Where nothing was measured no line is drawn; pointing at it says how much is missing."""
    page = _drawn(open_page(f"site/{world.HERO}"))
    before, middle = world.GAP[0] - 3 * world.STEP, world.GAP[0] + (world.GAP[1] - world.GAP[0]) / 2
    drawn, blank = page.evaluate(_YELLOW, [_share(before), _share(middle)])
    assert drawn > 20
    assert blank == 0
    _hover(page, middle)
    expect(page.locator(".tip")).to_contain_text("No readings for 1 h: 12 readings missing")
    expect(page.get_by_role("region", name="Gaps")).to_contain_text("Sat 21 Nov, 13:00\u201314:00")


def test_the_table_explains_too_and_leads_to_the_chart(open_page: Open) -> None:
    """Whoever sees no chart reads the same; a row's time shows that moment in the chart."""
    page = _drawn(open_page(f"site/{world.HERO}"))
    row = page.locator("tr[data-rule=over_capacity]")
    for words in ("over capacity", "19.2 kWh", "4.5833 kWh", world.WHY):
        expect(row).to_contain_text(words)
    row.get_by_role("button").click()
    expect(page.locator(".tip")).to_contain_text(world.WHY)


@pytest.mark.browser_fast
def test_the_keyboard_reads_the_chart(open_page: Open) -> None:
    """Arrows move, A finds the anomaly, what is found is said aloud, plus zooms, 0 shows all, Escape closes."""
    page = _drawn(open_page(f"site/{world.HERO}"))
    page.locator(".stage").focus()
    page.keyboard.press("a")
    expect(page.locator("output")).to_contain_text(world.WHY)
    page.keyboard.press("ArrowRight")
    expect(page.locator("output")).to_contain_text("11:30\u201311:35")
    page.keyboard.press("Escape")
    expect(page.locator(".tip")).to_be_hidden()
    page.keyboard.press("+")
    expect(page.get_by_role("button", name="Whole range")).to_be_enabled()
    page.keyboard.press("0")
    expect(page.get_by_role("button", name="Whole range")).to_be_disabled()


def test_dragging_zooms(open_page: Open) -> None:
    """A stretch that is dragged over fills the chart, until all is shown again."""
    page = _drawn(open_page(f"site/{world.HERO}"))
    _hover(page, world.NOW - timedelta(hours=20))
    page.mouse.down()
    _hover(page, world.NOW - timedelta(hours=16))
    page.mouse.up()
    page.get_by_role("button", name="Whole range").click()
    expect(page.get_by_role("button", name="Whole range")).to_be_disabled()


@pytest.mark.browser_fast
def test_a_year_is_drawn_from_totals_by_day(open_page: Open, answers: World) -> None:
    """No reading is fetched for it; days with flags are listed and lead to their day."""
    page = _drawn(open_page(f"site/{world.HERO}?range=year"))
    assert f"totals/{world.HERO}" in answers.asked
    assert f"readings/{world.HERO}" not in answers.asked
    expect(page.locator(".tile", has_text="Complete")).to_contain_text("1 gap, 15 days missing")
    page.get_by_role("link", name="Sat 7 Nov 2026").click()
    expect(page.locator(".found")).to_contain_text("7 Nov 2026, 00:00 to 8 Nov 2026, 00:00")


def test_earlier_and_later_turn_the_page(open_page: Open) -> None:
    """The address keeps the time shown, so that it can be sent to somebody."""
    page = _drawn(open_page(f"site/{world.HERO}"))
    page.get_by_role("button", name="Earlier").click()
    expect(page.locator(".found")).to_contain_text("20 Nov 2026, 10:30 to 21 Nov 2026, 10:30")
    assert "end=2026-11-21T09%3A30%3A00Z" in page.url
    page.get_by_role("button", name="Now").click()
    expect(page.locator(".found")).to_contain_text("to now")


def test_what_is_not_registered_is_said(open_page: Open) -> None:
    """Without a place no night is shaded, without a zone times are UTC, and the checks that are off are named."""
    page = _drawn(open_page(f"site/{world.UNPLACED}"))
    expect(page.locator(".found")).to_contain_text("Times in UTC (the site's own time zone isn't registered)")
    expect(page.locator(".caption")).to_contain_text("Nights aren't shaded")
    expect(page.locator(".notes")).to_contain_text("night_generation is off")


def test_an_unknown_site_is_not_an_error_to_retry(open_page: Open, complaints: list[str]) -> None:
    """A mistyped name says so and leads back."""
    page = open_page("site/nobody")
    expect(page.locator(".empty")).to_contain_text("No site is called nobody")
    complaints.clear()  # the browser notes each 404


def test_a_site_s_page_names_its_state_as_the_fleet_does(open_page: Open, answers: World) -> None:
    """It is what the API says of the site, whatever the page itself could reckon."""
    for answers.state, word in (("not_reporting", "Not reporting"), ("unknown", "Unknown")):
        expect(_drawn(open_page(f"site/{world.HERO}")).locator(".heading .badge")).to_have_text(word)


@pytest.mark.parametrize(("latitude", "longitude"), [(48.37, 10.9), (-32.25, 148.6), (69.6, 18.9)])
def test_the_sun_stands_where_python_has_it(open_page: Open, latitude: float, longitude: float) -> None:
    """The nights that are shaded are those that the checks reckon with: within 0.05 degrees of astral."""
    page = open_page()
    moments = [world.NOW + timedelta(hours=7 * step) for step in range(-600, 600, 37)]
    asked = [[moment.timestamp() for moment in moments], latitude, longitude]
    script = """async ([moments, latitude, longitude]) => {
      const folder = document.querySelector("script").src.replace("bundle.js", "");
      const { sunElevation } = await import(folder + "sun.js");
      return moments.map((moment) => sunElevation(moment, latitude, longitude));
    }"""
    expected = [sun_elevation(moment, latitude, longitude) for moment in moments]
    assert page.evaluate(script, asked) == pytest.approx(expected, abs=0.05)
