"""Stops that a control makes: the first is told, those like it are information, and a fault's stops stay alarms."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.checks.switched_off import NO_STOP, comes_back, longest_stop
from heliograph.series import Point
from unit.evaluation.plant import DAY, HOUR, SITE, Bend, at, clean, decimal, evaluated, points

DAYS = 40
Hours = tuple[float, float]


def off(*stops: tuple[int, Hours]) -> Bend:
    """Switch the plant off on some days, from one hour to another."""
    within = [(at(day, hours[0]), at(day, hours[1])) for day, hours in stops]
    return lambda end, g, c: (0.0 if any(first < end <= last for first, last in within) else g, c)


def severities(*stops: tuple[int, Hours]) -> dict[int, str]:
    """Return how bad `zero_output` calls each day's stop."""
    seen = evaluated(points(DAYS, 15, off(*stops)), SITE)
    found: dict[int, str] = {}
    for end, flags in seen.flags.items():
        found |= {(end - at(0, 0) - 1) // DAY: flag.severity for flag in flags if flag.rule == "zero_output"}
    return dict(sorted(found.items()))


def test_a_weekend_at_negative_prices_is_told_once() -> None:
    """Saturday is a warning, whose words know of planned curtailment; Sunday, at other hours, is information."""
    assert severities((26, (11, 15)), (27, (12, 15.5))) == {26: "warning", 27: "info"}


def test_the_same_hours_on_the_next_weekend_are_information() -> None:
    """A clock switches it off: the operator has heard of it."""
    assert severities((26, (11, 13)), (33, (11, 13)), (35, (11, 13))) == {26: "warning", 33: "info", 35: "info"}


@pytest.mark.parametrize(("zone", "is_told_once"), [("Europe/Berlin", True), ("UTC", False)])
def test_a_schedule_goes_by_the_site_s_own_clock(zone: str, *, is_told_once: bool) -> None:
    """The first stop comes in summer time, the next ones at the same hours on the wall: an hour later in UTC."""
    berlin = msgspec.structs.replace(SITE, timezone=zone)
    moved = at(26, 0) - 1_792_886_400 + DAY  # the plant's day 27 is 25 October 2026, on which summer time ends
    stops = off((26, (8, 10)), (33, (9, 11)))
    bent = (stops(end, *clean(end, 15)) for end in range(at(0, 0.25), at(DAYS, 0) + 1, 900))
    found = [
        Point(at(0, 0.25) + 900 * n - moved, decimal(sent[0]), decimal(sent[1])) for n, sent in enumerate(bent) if sent
    ]
    seen = evaluated(found, berlin)
    severities = {flag.severity for flags in seen.flags.values() for flag in flags if flag.rule == "zero_output"}
    assert severities == ({"warning", "info"} if is_told_once else {"warning"})


def test_other_hours_in_another_week_are_told() -> None:
    """A stop that is like none of the days before is a stop."""
    assert severities((20, (11, 13)), (26, (9, 13))) == {20: "warning", 26: "warning"}


def test_a_plant_that_trips_on_most_days_is_told_again() -> None:
    """At noon, as voltage rises, for some time: two days may be a price's, four are a fault's."""
    stops = [(26, (11.0, 13.0)), (27, (10.5, 12.5)), (28, (12.0, 14.0)), (29, (11.0, 12.5))]
    assert severities(*stops) == {26: "warning", 27: "info", 28: "info", 29: "warning"}


@pytest.mark.parametrize("last", [16, 24])
def test_a_stop_that_lasts_far_longer_than_the_day_before_is_told(last: float) -> None:
    """Yesterday's two hours don't explain today's five, nor a stop from which it doesn't come back."""
    assert severities((26, (11, 13)), (27, (11, last)))[27] in {"warning", "critical"}


@given(st.integers(0, 6 * DAY), st.integers(HOUR, 8 * HOUR), st.integers(1, 60))
def test_a_stop_comes_back_by_the_clock_each_week(first: int, lasts: int, weeks: int) -> None:
    """Whenever it is: the same hours on the same day of another week are alike, and six hours later aren't."""
    stop = (first, first + lasts)
    later = [each + weeks * 7 * DAY for each in stop]
    assert comes_back((later[0], later[1]), [stop], is_over=True)
    assert not comes_back((later[0] + 6 * HOUR, later[1] + 6 * HOUR), [stop], is_over=True)


def test_only_an_abrupt_stop_by_day_counts() -> None:
    """A stop lies between much and much: what fades, a night, an hour's quarter and a gap are none."""
    ends = list(range(900, 900 * 21, 900))
    day = [0.0] * 4 + [5.0] * 4 + [0.0] * 6 + [5.0] * 4 + [0.0] * 2
    assert longest_stop(ends, day, 900, 5.0) == (ends[8], ends[13])
    assert longest_stop(ends, [*day[:12], 5.0, 5.0, *day[14:]], 900, 5.0) == (ends[8], ends[11])
    fading = [*day[:6], 0.5, 0.5, *day[8:]]
    assert longest_stop(ends, fading, 900, 5.0) == NO_STOP
    assert longest_stop(ends, [*day[:11], 5.0, *day[12:]], 900, 5.0) == NO_STOP
    assert longest_stop([*ends[:10], *[end + DAY for end in ends[10:]]], day, 900, 5.0) == NO_STOP
    assert longest_stop(ends, [0.0] * 20, 900, 0.0) == NO_STOP
