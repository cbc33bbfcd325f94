"""Readings become exact totals and days."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import msgspec
import pytest
import samples
from hypothesis import given
from hypothesis import strategies as st
from samples import flag, read, reading, stamp

from completeness import gaps_between, gaps_in_days
from heliograph_client import Reading, Site
from series import MOST_POINTS, LeaveOut, SiteSeries, interval_of, summarize
from spans import Span, of_days, of_points, runs

BERLIN = Site("home-01", timezone="Europe/Berlin", interval_minutes=60)
START = datetime(2026, 3, 27, 23, tzinfo=UTC)

energies = st.decimals(min_value=-(10**11), max_value=10**11, places=4, allow_nan=False)


def hourly(hours: int, *, without: frozenset[int] = frozenset()) -> list[Reading]:
    """Return hourly readings from START, some of them missing."""
    kept = [hour for hour in range(1, hours + 1) if hour not in without]
    return read(*(reading(stamp(START + timedelta(hours=hour)), 1.5, 1.0) for hour in kept))


def summarized(readings: list[Reading], leave_out: LeaveOut = "critical") -> SiteSeries:
    """Summarize readings of a home in Berlin."""
    return samples.summarized(readings, BERLIN, leave_out)


@given(st.lists(st.tuples(st.integers(1, 2000), energies, energies), min_size=1, unique_by=lambda item: item[0]))
def test_days_add_up_to_the_readings_exactly(items: list[tuple[int, Decimal, Decimal]]) -> None:
    """However readings fall on days, and across changes of clocks, nothing is lost or rounded."""
    readings = [
        Reading("home-01", stamp(START + timedelta(hours=hour)), generated, consumed)
        for hour, generated, consumed in sorted(items)
    ]
    days = summarized(readings).days
    assert sum((day.totals.generated for day in days), Decimal(0)) == sum(Decimal(item[1]) for item in items)
    assert sum((day.totals.consumed for day in days), Decimal(0)) == sum(Decimal(item[2]) for item in items)
    assert sum(day.totals.readings for day in days) == len(items)
    assert all(earlier.date < later.date for earlier, later in pairwise(days))


def test_json_numbers_stay_as_they_were_written() -> None:
    """A number of the API is read as a decimal, not by way of a binary fraction."""
    text = b'{"site_id":"a","timestamp":"2026-01-01T00:00:00Z","energy_generated_kwh":0.1,"energy_consumed_kwh":1e-3}'
    found = msgspec.json.decode(text, type=Reading)
    assert (found.energy_generated_kwh, found.energy_consumed_kwh) == (Decimal("0.1"), Decimal("0.001"))


def test_self_sufficiency_is_what_was_covered_as_it_was_used() -> None:
    """Surplus of one hour doesn't cover another, and standby draw at night takes nothing away."""
    hours = [(3.0, 1.0), (0.5, 1.0), (-0.02, 2.0)]
    readings = [reading(stamp(START + timedelta(hours=place)), *pair) for place, pair in enumerate(hours)]
    assert summarized(read(*readings)).totals.self_sufficiency == Decimal("1.5") / 4


def test_without_consumption_there_is_no_self_sufficiency() -> None:
    """A site that consumes nothing has no share, not a share of zero."""
    assert summarized(read(reading(stamp(START), 3, 0))).totals.self_sufficiency is None


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
    day = summarized(read(reading(stamp(START), 1, 1, flag("stale")), late)).days[-1]
    assert day.worst is not None
    assert day.worst.flags[0].rule == "over_capacity"


def test_many_readings_are_kept_as_days_only() -> None:
    """Memory doesn't grow with a site's readings beyond what can be drawn."""
    assert len(summarized(hourly(MOST_POINTS)).points or ()) == MOST_POINTS
    assert summarized(hourly(MOST_POINTS + 1)).points is None


def test_no_records_are_no_series() -> None:
    """A site without a reading has nothing to draw."""
    assert summarize(BERLIN, []) is None


@pytest.mark.parametrize(
    ("registered", "steps", "minutes"),
    [(None, {300: 9, 600: 9, 3600: 1}, 5), (60, {900: 9}, 15), (5, {3600: 9}, 5), (15, {}, 15), (None, {}, None)],
)
def test_the_interval_is_registered_or_learned(
    registered: int | None, steps: dict[int, int], minutes: int | None
) -> None:
    """What the registry doesn't say is learned from the commonest step; a denser feed than registered is believed."""
    assert interval_of(registered, Counter(steps)) == minutes


def test_lines_break_at_gaps() -> None:
    """Readings on both sides of a gap are in two runs, and the gap knows what it lacks."""
    series = summarized(hourly(10, without=frozenset({4, 5, 8})))
    spans = of_points(series.points or (), 60)
    assert [len(run) for run in runs(spans)] == [3, 2, 2]
    assert [(gap.start, gap.expected) for gap in gaps_between(spans, 60)] == [
        (START + timedelta(hours=3), 2),
        (START + timedelta(hours=7), 1),
    ]


def test_a_drifting_clock_makes_no_gap() -> None:
    """Steps a little longer than the interval follow one on the other."""
    minutes = (0, 60, 125, 185)
    spans = of_points(tuple(read(*(reading(stamp(START + timedelta(minutes=at)), 1, 1) for at in minutes))), 60)
    assert len(runs(spans)) == 1


def test_days_that_are_not_whole_are_gaps() -> None:
    """Days with less than 90 % of their readings run together; a day of 23 hours is whole with 23."""
    series = summarized(hourly(24 * 6 - 1, without=frozenset(range(80, 100))))
    assert [span.expected for span in of_days(series)] == [24, 23, 24, 24, 24, 24]
    (gap,) = gaps_in_days(series)
    assert (gap.present, gap.expected) == (28, 48)


def test_a_reading_left_out_is_missing_from_its_day() -> None:
    """A day whose readings are all left out has no total, rather than a total of nothing."""
    series = summarized(read(reading(stamp(START + timedelta(hours=1)), 9999, 1, flag("sentinel", "critical"))))
    (span,) = of_days(series)
    assert span.counted == 0
    assert [gap.present for gap in gaps_in_days(series)] == [0]


def test_a_span_knows_its_middle() -> None:
    """A mark stands in the middle of what it marks."""
    span = Span(START, START + timedelta(hours=2), Decimal(1), Decimal(1))
    assert span.middle == START + timedelta(hours=1)
