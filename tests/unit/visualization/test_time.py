"""Days and axes are the site's own."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

import heliograph_client as client
from heliograph import zones
from heliograph.site import Site
from series import summarize
from words import MINUS
from zones import (
    ChartsError,
    as_query,
    fixed_over,
    hours_of,
    in_utc,
    local_day,
    on_axis,
    parse_bound,
    require_order,
    zone_of,
)

READING = client.ApiReading("a", "2026-06-01T20:00:00Z", Decimal(1), Decimal(1))
LOS_ANGELES = zone_of("America/Los_Angeles")
BERLIN = zone_of("Europe/Berlin")


def test_an_interval_belongs_to_the_day_it_lies_in() -> None:
    """The interval that ends at the site's midnight is the last of the day before."""
    assert local_day(datetime(2016, 8, 2, 7, tzinfo=UTC), LOS_ANGELES) == date(2016, 8, 1)
    assert local_day(datetime(2016, 8, 2, 8, tzinfo=UTC), LOS_ANGELES) == date(2016, 8, 2)


def test_days_are_as_long_as_the_clocks_make_them() -> None:
    """The days the clocks change have 23 and 25 hours."""
    assert len(hours_of(date(2026, 3, 29), BERLIN)) == 23
    assert len(hours_of(date(2026, 10, 25), BERLIN)) == 25
    assert len(hours_of(date(2026, 6, 1), BERLIN)) == 24


@pytest.mark.parametrize("name", [None, "Mars/Olympus", "../etc/passwd", ""])
def test_an_unknown_zone_is_utc_and_says_so(name: str | None) -> None:
    """A site without a usable time zone is drawn in UTC, and the axis says why."""
    zone = zone_of(name)
    assert zone.info is UTC
    assert zone.name.startswith("UTC (")


@pytest.mark.parametrize(("longitude", "offset"), [(153.0, "+10:00"), (-70.0, f"{MINUS}05:00")])
def test_charts_and_api_reckon_in_one_zone(longitude: float, offset: str) -> None:
    """A site whose zone isn't registered has its longitude's, in the charts as in the API's totals."""
    series = summarize(client.ApiSite("a", longitude=longitude), [READING])
    assert series is not None
    assert series.zone.info is zones.zone_of(Site("a", longitude=longitude))
    assert series.zone.name == f"UTC{offset} (by the site's longitude)"


def test_an_axis_shows_the_sites_clock() -> None:
    """A moment is put where the site's clock shows it, whatever the reader's zone."""
    assert on_axis(datetime(2016, 8, 1, 20, tzinfo=UTC), LOS_ANGELES) == "2016-08-01T13:00:00Z"


def test_one_offset_holds_where_the_clocks_change() -> None:
    """Across a change of clocks no hour is drawn twice: the later offset holds throughout, and the name says so."""
    start, end = datetime(2026, 10, 24, tzinfo=UTC), datetime(2026, 10, 26, tzinfo=UTC)
    fixed = fixed_over(BERLIN, start, end)
    assert on_axis(start, fixed) == "2026-10-24T01:00:00Z"
    assert "UTC+01:00 throughout" in fixed.name
    assert fixed_over(BERLIN, start, start) == BERLIN


def test_a_day_as_bound_means_the_sites_own_day() -> None:
    """From a day on means its first whole interval: the one stamped with midnight itself is the day before's."""
    assert as_query(in_utc(parse_bound("2016-08-01"), LOS_ANGELES)) == "2016-08-01T07:00:01Z"
    assert as_query(in_utc(parse_bound("2016-08-01T00:00:00+02:00"), LOS_ANGELES)) == "2016-07-31T22:00:00Z"
    assert as_query(in_utc(parse_bound(None), LOS_ANGELES)) is None


@pytest.mark.parametrize("text", ["yesterday", "2016-08-01T00:00:00", "2016-13-01"])
def test_a_bound_that_could_be_guessed_is_refused(text: str) -> None:
    """A moment without an offset is refused, like anything that is no date."""
    with pytest.raises(ChartsError, match=text):
        parse_bound(text)


def test_an_empty_range_is_refused() -> None:
    """A range that ends before it begins is a mistake, not an empty chart."""
    with pytest.raises(ChartsError, match="--end is exclusive"):
        require_order(date(2016, 8, 2), date(2016, 8, 2))
