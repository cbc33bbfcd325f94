"""Readings become tables: readings, hours, days and what they come to."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import accumulate

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from figures.over_time import line_rows, mark_rows, view_of
from heliograph_client import ApiReading, ApiSite
from series import MOST_POINTS, LeaveOut, SiteSeries, day_counts, gaps_in, summarize
from unit.visualization import samples
from unit.visualization.samples import flag, read, reading, stamp

BERLIN = ApiSite("home-01", timezone="Europe/Berlin", interval_minutes=60)
START = datetime(2026, 3, 27, 23, tzinfo=UTC)

energies = st.decimals(min_value=-(10**11), max_value=10**11, places=4, allow_nan=False)


def hourly(hours: int, *, without: frozenset[int] = frozenset()) -> list[ApiReading]:
    """Return hourly readings from START, some of them missing."""
    kept = [hour for hour in range(1, hours + 1) if hour not in without]
    return read(*(reading(stamp(START + timedelta(hours=hour)), 1.5, 1.0) for hour in kept))


def summarized(readings: list[ApiReading], leave_out: LeaveOut = "critical") -> SiteSeries:
    """Summarize readings of a home in Berlin."""
    return samples.summarized(readings, BERLIN, leave_out)


@given(st.lists(st.tuples(st.integers(1, 2000), energies, energies), min_size=1, unique_by=lambda item: item[0]))
def test_days_and_hours_add_up_to_the_readings(items: list[tuple[int, Decimal, Decimal]]) -> None:
    """However readings fall on days, and across changes of clocks, nothing is lost or counted twice."""
    readings = [
        ApiReading("home-01", stamp(START + timedelta(hours=hour)), generated, consumed)
        for hour, generated, consumed in sorted(items)
    ]
    series = summarized(readings)
    for rows in (series.days, series.hours):
        assert rows["readings"].sum() == len(items)
        for place, name in enumerate(("generated", "consumed"), 1):
            largest = max(abs(float(item[place])) for item in items)
            assert rows[name].sum() == pytest.approx(float(sum(item[place] for item in items)), abs=1e-9 * largest)
        assert (rows["start"][1:] == rows["end"][:-1]).all()


def test_json_numbers_stay_as_they_were_written() -> None:
    """A number of the API is read as a decimal, not by way of a binary fraction."""
    text = b'{"site_id":"a","timestamp":"2026-01-01T00:00:00Z","energy_generated_kwh":0.1,"energy_consumed_kwh":1e-3}'
    found = msgspec.json.decode(text, type=ApiReading)
    assert (found.energy_generated_kwh, found.energy_consumed_kwh) == (Decimal("0.1"), Decimal("0.001"))


def test_what_own_generation_covers_is_what_was_used_as_it_was_made() -> None:
    """Surplus of one hour doesn't cover another, and auxiliary consumption at night takes nothing away."""
    hours = [(3.0, 1.0), (0.5, 1.0), (-0.02, 2.0)]
    readings = [reading(stamp(START + timedelta(hours=place)), *pair) for place, pair in enumerate(hours)]
    totals = summarized(read(*readings)).totals
    assert (totals.covered, totals.consumed) == (1.5, 4)


@pytest.mark.parametrize(("leave_out", "net"), [("none", 5007), ("critical", 7), ("flagged", 4)])
def test_flagged_readings_are_left_out_of_sums_as_asked(leave_out: LeaveOut, net: int) -> None:
    """Flags are counted in any case; whether their energies are is the user's choice."""
    readings = read(
        reading(stamp(START), 5, 1),
        reading(stamp(START + timedelta(hours=1)), 4, 1, flag("stale"), flag("revised", "info")),
        reading(stamp(START + timedelta(hours=2)), 5000, 0, flag("stale"), flag("sentinel", "critical")),
    )
    totals = summarized(readings, leave_out=leave_out).totals
    assert totals.net == net
    assert (totals.readings, totals.flagged) == (3, 2)
    assert totals.by_rule == Counter(stale=1, sentinel=1)


def test_information_is_no_anomaly() -> None:
    """A reading with a flag that only explains isn't counted as flagged."""
    assert summarized(read(reading(stamp(START), 1, 1, flag("revised", "info")))).totals.flagged == 0


def test_a_days_worst_is_its_gravest() -> None:
    """A day shows the flag that matters most, not the first."""
    late = reading(stamp(START + timedelta(hours=2)), 9, 1, flag("over_capacity", "critical"))
    days = summarized(read(reading(stamp(START + timedelta(hours=1)), 1, 1, flag("stale")), late)).days
    assert days.select("rule", "severity", "flagged").rows() == [("over_capacity", "critical", 2)]


def test_many_readings_are_kept_as_days_only() -> None:
    """Memory doesn't grow with a site's readings beyond what can be drawn."""
    points = summarized(hourly(MOST_POINTS)).points
    assert points is not None
    assert len(points) == MOST_POINTS
    assert summarized(hourly(MOST_POINTS + 1)).points is None


def test_no_readings_are_no_series() -> None:
    """A site without a reading has nothing to draw."""
    assert summarize(BERLIN, []) is None


@pytest.mark.parametrize(
    ("registered", "steps", "minutes"),
    [(None, [5] * 9 + [60], 5), (60, [15] * 9, 15), (5, [60] * 9, 60), (15, [], 15), (None, [], None)],
)
def test_the_interval_is_that_of_the_core(registered: int | None, steps: list[int], minutes: int | None) -> None:
    """How long a site's intervals are is determined as in the API's totals: by its readings where they are regular."""
    ends = accumulate(steps, lambda end, step: end + timedelta(minutes=step), initial=START)
    site = ApiSite("a", interval_minutes=registered)
    series = samples.summarized(read(*(reading(stamp(end), 1, 1) for end in ends)), site)
    assert series.interval_minutes == minutes


def test_a_day_on_which_the_interval_changes_expects_as_many_readings_as_it_has() -> None:
    """A meter that is set from an hour to a quarter at noon has 12 and 48 readings that day, and none is missing."""
    hours = [START + timedelta(hours=hour) for hour in range(1, 25 + 12)]
    quarters = [hours[-1] + timedelta(minutes=15 * number) for number in range(1, 49)]
    series = samples.summarized(
        read(*(reading(stamp(end), 1, 1) for end in (*hours, *quarters))), ApiSite("a", timezone="Europe/Berlin")
    )
    assert series.days["expected"].to_list()[1] == series.days["readings"].to_list()[1]


def test_lines_break_at_gaps() -> None:
    """Readings on both sides of a gap are in two runs, and the gap knows what it lacks."""
    view = view_of(summarized(hourly(10, without=frozenset({4, 5, 8}))))
    corners = [row["generated"] for row in line_rows(view)]
    assert [corners[:5], corners[5:9], corners[9:]] == [[1.5] * 4 + [None], [1.5] * 3 + [None], [1.5] * 3 + [None]]
    assert [(gap["start"], gap["expected"]) for gap in view.gaps] == [
        (START + timedelta(hours=3), 2),
        (START + timedelta(hours=7), 1),
    ]


def test_a_drifting_clock_makes_no_gap() -> None:
    """Steps a little longer than the interval follow one on the other."""
    minutes = (0, 60, 125, 185)
    view = view_of(summarized(read(*(reading(stamp(START + timedelta(minutes=at)), 1, 1) for at in minutes))))
    assert len(line_rows(view)) == 1 + len(minutes) + 1
    assert view.gaps == []


def test_days_that_are_not_whole_are_gaps() -> None:
    """Days with less than 90 % of their readings run together; a day of 23 hours is whole with 23."""
    series = summarized(hourly(24 * 6 - 1, without=frozenset(range(80, 100))))
    assert series.days["expected"].to_list() == [24, 23, 24, 24, 24, 24]
    (gap,) = gaps_in(series.days, series).to_dicts()
    assert (gap["present"], gap["expected"]) == (28, 48)


def test_a_reading_a_day_is_expected_on_a_day_of_23_hours() -> None:
    """A site that reports once a day has one reading on each, however long the clocks make it."""
    ends = [datetime(2026, 3, day, 22 if day > 28 else 23, tzinfo=UTC) for day in range(26, 32)]
    series = samples.summarized(
        read(*(reading(stamp(end), 1, 1) for end in ends)),
        ApiSite("a", timezone="Europe/Berlin", interval_minutes=1440),
    )
    assert series.days["expected"].to_list() == [1] * 6


def test_a_reading_left_out_is_missing_from_its_day() -> None:
    """A day whose readings are all left out has no total, rather than a total of nothing."""
    series = summarized(read(reading(stamp(START + timedelta(hours=1)), 9999, 1, flag("sentinel", "critical"))))
    assert series.days.select("readings", "left_out", "generated").rows() == [(1, 1, 0.0)]
    assert gaps_in(series.days, series)["present"].to_list() == [0]


def test_a_mark_stands_in_the_middle_of_its_interval() -> None:
    """Where the pointer finds it: halfway from the interval's start to its end."""
    (mark,) = mark_rows(view_of(summarized(read(reading(stamp(START + timedelta(hours=1)), 1, 1, flag("stale"))))))
    assert mark["middle"] == "2026-03-28T00:30:00Z"


def test_days_of_another_interval_are_whole() -> None:
    """A meter that is set from an hour to a quarter has whole days before and after; what overlaps is left out."""
    begin = START - timedelta(days=9)
    hours = [reading(stamp(begin + timedelta(hours=hour)), 1.0, 0.5) for hour in range(1, 49)]
    quarters = [reading(stamp(begin + timedelta(hours=48, minutes=15 * each)), 0.25, 0.1) for each in range(1, 97)]
    again = [
        reading(stamp(begin + timedelta(hours=60, minutes=15 * each, seconds=6)), 0.25, 0.1, flag("overlap"))
        for each in range(1, 9)
    ]
    found = summarized(sorted(read(*hours, *quarters, *again), key=lambda each: each.timestamp))
    assert found.days["expected"].to_list() == [24, 24, 96]
    assert found.totals.generated == pytest.approx(72)
    counts = day_counts(found, begin + timedelta(hours=72))
    assert counts["share"].to_list() == [1.0, 1.0, 1.0]
