"""Titles say what the data shows, in words a reader takes in at once."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from findings import (
    completeness_finding,
    energy_finding,
    fleet_incidents_finding,
    hours_finding,
    incidents_finding,
)
from heliograph_client import ApiSite
from measures import CONSUMPTION, GENERATION
from series import SiteSeries
from unit.visualization.samples import Json, flag, incident, incidents, read, reading, stamp, summarized
from zones import zone_of

BERLIN = zone_of("Europe/Berlin")
NOON = datetime(2026, 6, 3, 10, tzinfo=UTC)  # in Berlin


def site_of(*flagged: tuple[int, Json], readings: int = 48) -> SiteSeries:
    """Return a site with hourly readings from noon on 3 June in Berlin, some flagged by their place."""
    flags = dict(flagged)
    found = [
        reading(stamp(NOON + timedelta(hours=place + 1)), 1, 1, *([flags[place]] if place in flags else []))
        for place in range(readings)
    ]
    return summarized(read(*found), ApiSite("a", timezone="Europe/Berlin", interval_minutes=60))


def test_a_fault_is_told_with_when_it_begins_how_long_and_how_often() -> None:
    """The interval's START counts, by the site's clock; noon is called so."""
    series = site_of(*((place, flag("zero_output")) for place in range(12)))
    expected = "Generation stops on 3 Jun at noon for 12 hours; 12 readings flagged zero_output"
    assert energy_finding(series, "fine") == expected


def test_the_gravest_rule_is_told_by_its_longest_stretch() -> None:
    """Of two rules the graver, of its stretches the longest; the others are in the count."""
    series = site_of(
        *((place, flag("stale")) for place in range(9)),
        (12, flag("sentinel", "critical")),
        *((place, flag("sentinel", "critical")) for place in range(20, 24)),
    )
    expected = (
        "The logger writes stand-ins for values from 4 Jun at 08:00 for 4 hours; 5 of 14 flagged readings are sentinel"
    )
    assert energy_finding(series, "fine") == expected


def test_a_rule_that_pauses_begins_anew_whatever_another_flags_meanwhile() -> None:
    """Another rule's readings between two stretches of one don't join them."""
    stale = ((place, flag("stale", "critical")) for place in (0, 1, 2, 9, 10))
    others = ((place, flag("spike")) for place in range(3, 9))
    told = energy_finding(site_of(*stale, *others), "")
    assert told == "The value freezes on 3 Jun at noon for 3 hours; 5 of 11 flagged readings are stale"


def test_a_single_reading_has_no_length() -> None:
    """One spike lasts no hours; a rule not known here is told by its name."""
    assert energy_finding(site_of((2, flag("spike"))), "") == "A spike on 3 Jun at 14:00; 1 reading flagged spike"
    assert energy_finding(site_of((0, flag("new_rule"))), "").startswith("new_rule begins on 3 Jun at noon; ")


def test_nothing_flagged_is_told_as_well() -> None:
    """No news is good news, and said."""
    assert energy_finding(site_of(), "it gave 3 kWh") == "it gave 3 kWh; nothing is flagged"


def hours(*rows: tuple[int, int, float, int]) -> pl.DataFrame:
    """Return hours of the day with readings that count, mean power and flagged readings."""
    return pl.DataFrame(rows, ["hour", "counted", "kilowatts", "flagged"], orient="row")


def day_counts(*counts: tuple[int, int], first: date = date(2026, 6, 1)) -> pl.DataFrame:
    """Return days in a row with the readings that are there and those expected."""
    rows = [
        (first + timedelta(days=n), there, expected, min(1.0, there / expected))
        for n, (there, expected) in enumerate(counts)
    ]
    return pl.DataFrame(rows, ["day", "present", "expected", "share"], orient="row")


def test_the_peak_hour_and_where_flags_gather_are_told() -> None:
    """Mean power over all days, by the hour; flagged hours count for where flags gather, not for the peak."""
    cells = [(hour, 4, float(hour % 13), 0) for hour in range(24)] * 2
    cells += [(3, 4, 99.0, 1), (3, 4, 0.0, 2), (9, 0, 0.0, 1)]
    words = hours_finding(hours(*cells), GENERATION)
    assert words == (
        "Generation peaks from 12:00 to 13:00, 12.0 kW on average; 3 hours hold flagged readings, most from 03:00"
    )
    assert hours_finding(hours((1, 1, 0.0, 0)), CONSUMPTION) == ("No consumption in any hour; no hour is flagged")


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(1, 300)), min_size=1, max_size=50))
def test_whole_days_are_counted(counts: list[tuple[int, int]]) -> None:
    """The title calls all days whole only where they are, and otherwise names the worst."""
    words = completeness_finding(day_counts(*counts), NOON, BERLIN, stopped=False)
    whole = all(present >= expected for present, expected in counts)
    assert words.startswith("Every expected reading") == whole


def test_the_worst_day_is_named() -> None:
    """The day with the smallest share, and a silence that lasts instead where there is one."""
    days = day_counts((24, 24), (12, 24), (0, 24))
    assert completeness_finding(days, NOON, BERLIN, stopped=False) == "Whole on 1 of 3 days; 3 Jun 2026 has none"
    assert completeness_finding(days[:2], NOON, BERLIN, stopped=False) == "Whole on 1 of 2 days; 2 Jun 2026 has 50 %"
    no_data = completeness_finding(days, NOON, BERLIN, stopped=True)
    assert no_data == "Whole on 1 of 3 days; nothing since 3 Jun 2026 at noon"


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ([], "No incident"),
        ([incident("stale", stamp(NOON), stamp(NOON))], "The one incident is over; none is open"),
        ([incident("stale", stamp(NOON))], "stale is open since 3 Jun 2026 at noon"),
        (
            [
                incident("stale", stamp(NOON), severity="warning"),
                incident("no_data", stamp(NOON)),
                incident("spike", stamp(NOON), stamp(NOON)),
            ],
            "2 incidents open: no_data since 3 Jun 2026 at noon, and stale; 1 other is over",
        ),
    ],
)
def test_open_incidents_are_told_first(raw: list[Json], words: str) -> None:
    """The gravest open one with its onset by the site's clock, then the others, then what is over."""
    assert incidents_finding(incidents(*raw), BERLIN) == words


def test_the_fleets_incidents_are_counted_by_site() -> None:
    """How many sites, how many open, and the rule that is open most."""
    a = incidents(incident("no_data", stamp(NOON), site_id="a"), incident("stale", stamp(NOON), site_id="a"))
    b = incidents(incident("no_data", stamp(NOON), site_id="b"), incident("spike", stamp(NOON), stamp(NOON)))
    both = fleet_incidents_finding([list(a), list(b)], 9)
    assert both == "2 of 9 sites have 3 open incidents; no_data is open at 2 sites"
    assert fleet_incidents_finding([list(b[1:])], 9) == "Nothing is open: the one incident is over"
    assert fleet_incidents_finding([], 9) == "No incident at 9 sites"
