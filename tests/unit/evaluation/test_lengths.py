"""A reading has a length: intervals that change, registries that say another one, and readings that overlap."""

from collections.abc import Iterable
from decimal import Decimal
from functools import cache

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.sides import there
from heliograph.checks.flag import ANOMALOUS
from heliograph.evaluation.model import EvaluationResult
from heliograph.intervals import expected_so_far, minutes_of, overlaps, stretches
from heliograph.series import Point, lengths_of, series_of
from heliograph.site import Site
from unit.evaluation.plant import DAY, SITE, START, at, clean, decimal, evaluated, flagged, hashed, series, window

DAYS = 24
MINUTE = 60
REGISTERED = pytest.mark.parametrize("registered", [None, 5, 15, 60])


def site_of(registered: int | None) -> Site:
    """Return the plant as a registry has it."""
    return msgspec.structs.replace(SITE, interval_minutes=registered)


def grid(first: float, after: float, minutes: int, shift: int = 0) -> list[Point]:
    """Return a faultless plant's readings of some days, stamped so many seconds late."""
    ends = range(at(0, 24 * first) + minutes * MINUTE, at(0, 24 * after) + 1, minutes * MINUTE)
    return [energy(end, minutes, shift) for end in ends]


def energy(end: int, minutes: int, shift: int = 0) -> Point:
    """Return a reading with all of the energy that the plant has in its interval, whatever the interval."""
    parts = [clean(each, 5) for each in range(end - minutes * MINUTE + 300, end + 1, 300)]
    return Point(end + shift, decimal(sum(part[0] for part in parts)), decimal(sum(part[1] for part in parts)))


def landed(*files: Iterable[Point]) -> list[Point]:
    """Return what holds once some files have landed, one behind the other."""
    holds = {point.end: point for file in files for point in file}
    return [holds[end] for end in sorted(holds)]


def anomalies(seen: EvaluationResult) -> set[str]:
    """Return the rules that speak of more than information."""
    of_days = (flag for day in seen.days.values() for flag in day.flags)
    flags = (*(flag for against in seen.flags.values() for flag in against), *of_days)
    return {flag.rule for flag in flags if flag.severity in ANOMALOUS}


def generated(seen: EvaluationResult) -> Decimal:
    """Return what all days have generated."""
    return sum((there(day.generated_kwh) for day in seen.days.values()), Decimal(0))


# By the days before and behind a change, and the minutes.
CHANGES: dict[str, tuple[tuple[float, float, int], ...]] = {
    "an hour to a quarter": ((0, 18, 60), (18, DAYS, 15)),
    "a quarter to an hour": ((0, 18, 15), (18, DAYS, 60)),
    "five minutes to a quarter and back": ((0, 18, 5), (18, 21, 15), (21, DAYS, 5)),
    "at midday": ((0, 18.5, 5), (18.5, DAYS, 15)),
}


def test_a_gap_before_a_new_interval_is_one() -> None:
    """The first reading of another interval ends the gap before it as any other reading does."""
    seen = evaluated(landed(grid(0, 18, 60), grid(18.5, DAYS, 15)), site_of(None))
    assert flagged(seen, "gap") == [at(0, 24 * 18.5) + 15 * MINUTE]


@REGISTERED
@pytest.mark.parametrize("change", CHANGES)
def test_a_meter_that_is_set_to_another_interval_raises_nothing(change: str, registered: int | None) -> None:
    """Each stretch is judged by its own length: no alarm, all days complete, and the change said once, as information.

    A registry that says another interval than the readings show is said once, too.
    """
    files = [grid(*days) for days in CHANGES[change]]
    seen = evaluated(landed(*files), site_of(registered))
    assert not anomalies(seen)
    assert all(day.readings == day.expected for day in seen.days.values())
    begins = [file[0].end for file in files[1:]]
    first = files[0][1].end - files[0][0].end
    told = begins if registered in {None, first // MINUTE} else [files[0][0].end, *begins]
    assert flagged(seen, "interval_change") == told


def test_a_change_is_the_same_whatever_else_is_looked_at() -> None:
    """Evaluated as the watch does, a day at a time, the day of the change and the one behind it are as in one go."""
    found = landed(grid(0, 18, 60), grid(18, DAYS, 15))
    whole = evaluated(found)
    for day in (18, 19, 20):
        now = at(day + 1, 0)
        seen = window(found, [whole.days[date] for date in sorted(whole.days)[:day]], now)
        date = sorted(whole.days)[day]
        assert seen.flags == {end: flags for end, flags in whole.flags.items() if now - DAY <= end <= now}
        assert seen.days[date].expected == whole.days[date].expected == 96
        assert seen.days[date].shape == whole.days[date].shape


def test_a_fault_behind_a_change_is_found_by_the_weeks_before_it() -> None:
    """The baseline of the hours serves the quarters: no output at noon, and Wh sent as kWh, are found on day one."""
    quarters = grid(18, 20, 15)
    dark = [
        msgspec.structs.replace(point, generated_kwh=Decimal(0)) if at(18, 10) < point.end <= at(18, 15) else point
        for point in quarters
    ]
    assert "zero_output" in anomalies(evaluated(landed(grid(0, 18, 60), dark)))
    in_wh = [
        msgspec.structs.replace(point, generated_kwh=1000 * there(point.generated_kwh))
        if point.end > at(19, 0)
        else point
        for point in quarters
    ]
    assert "unit_error" in anomalies(evaluated(landed(grid(0, 18, 60), in_wh)))


def test_a_gap_between_two_intervals_is_a_gap() -> None:
    """What is missing where an interval ends and another begins is told, from the last reading on."""
    seen = evaluated(landed(grid(0, 18.25, 60), grid(18.5, DAYS, 15)))
    assert flagged(seen, "gap") == [at(18, 12.25)]


def test_a_logger_that_sends_less_often_at_night_is_told_once() -> None:
    """Two intervals by turns are no change each time, and no day is incomplete."""
    found = [
        point
        for minutes in (5, 15)
        for point in grid(0, DAYS, minutes)
        if (minutes == 5) == (5 * 3600 < (point.end - START) % DAY <= 20 * 3600)
    ]
    seen = evaluated(landed(found))
    assert not anomalies(seen)
    assert len(flagged(seen, "interval_change")) == 1
    assert all(day.readings == day.expected for day in seen.days.values())


STAMPS = {
    "seconds late": lambda end: end + 3 + end // 300 % 17,
    "a second early": lambda end: end - 1,
    "with the network's jitter": lambda end: end + round(80 * hashed(end)) - 40,
}


@REGISTERED
@pytest.mark.parametrize("stamps", STAMPS)
def test_stamps_that_drift_are_one_interval(stamps: str, registered: int | None) -> None:
    """Stamps seconds off, by any law, are readings of one interval; none overlaps, none is missing."""
    found = [msgspec.structs.replace(each, end=STAMPS[stamps](each.end)) for each in grid(0, DAYS, 5)]
    seen = evaluated(found, site_of(registered))
    assert not anomalies(seen)
    assert not flagged(seen, "overlap")
    assert seen.minutes == 5
    assert generated(seen) == sum(there(point.generated_kwh) for point in found)


@pytest.mark.parametrize("registered", [None, 60])
def test_irregular_readings_raise_nothing(registered: int | None) -> None:
    """Readings that come when they will, 5 to 20 minutes apart, with the energy since the last, are no gap."""
    ends, end = [], START
    while end < at(DAYS, 0):
        step = 5 * (1, 1, 2, 3, 4)[int(5 * hashed(end))]
        end += step * MINUTE
        ends.append(energy(end, step))
    seen = evaluated(ends, site_of(registered))
    assert not anomalies(seen)
    assert generated(seen) == sum(there(point.generated_kwh) for point in ends)


# By how late the quarters of all days are, in seconds, and what comes again: in minutes, and how late.
TWICE: dict[str, tuple[int, tuple[tuple[int, int], ...]]] = {
    "six seconds later": (0, ((15, 6),)),
    "seven minutes later": (0, ((15, 420),)),
    "three times": (0, ((15, 3), (15, 6))),
    "hours beside quarters that end a second early": (-1, ((60, 0),)),
    "hours over quarters": (0, ((60, 0),)),
}


@cache
def quarters_alone(shift: int, registered: int | None) -> EvaluationResult:
    """Return what is found in the quarters of all days where nothing comes twice."""
    return evaluated(grid(0, DAYS, 15, shift), site_of(registered))


@REGISTERED
@pytest.mark.parametrize("twice", TWICE)
def test_what_comes_twice_counts_once(twice: str, registered: int | None) -> None:
    """Readings that overlap are flagged, the day's sums are those of one copy, and nothing else is found."""
    shift, more = TWICE[twice]
    again = [grid(18, 21, minutes, late) for minutes, late in more]
    seen = evaluated(landed(grid(0, DAYS, 15, shift), *again), site_of(registered))
    assert anomalies(seen) == {"overlap"}
    assert all(at(18, 0) < end <= at(21, 0) + 420 for end in flagged(seen, "overlap"))
    alone = quarters_alone(shift, registered)
    for date, day in seen.days.items():
        assert abs(there(day.generated_kwh) - there(alone.days[date].generated_kwh)) < Decimal("0.01"), date
        assert day.readings == day.expected


def test_lost_readings_are_no_overlap() -> None:
    """A fine interval of which every third reading is lost isn't a coarse one that comes twice."""
    found = [point for number, point in enumerate(grid(0, DAYS, 5)) if number % 3]
    assert not flagged(evaluated(found), "overlap")
    assert {part.minutes for part in lengths_of(series(found), SITE).stretches} == {5}


def test_a_clock_that_is_set_is_no_overlap() -> None:
    """One END between two others is a clock that was set, or a logger that began anew: its energy counts."""
    found = landed(grid(0, 3, 15), [Point(at(1, 12.1), Decimal(3), Decimal(1))])
    seen = evaluated(found)
    assert not flagged(seen, "overlap")
    assert generated(seen) == sum(there(point.generated_kwh) for point in found)


def test_two_meters_midway_between_each_other_aren_t_merged() -> None:
    """Two real meters under one site whose readings take turns evenly are as one finer meter: nothing is left out."""
    found = landed(grid(0, 3, 60), grid(0, 3, 60, 1800))
    seen = evaluated(found)
    assert not flagged(seen, "overlap")
    assert [day.readings for day in seen.days.values()][:3] == [47, 48, 48], (
        "the first day begins with the first reading"
    )


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 4000), st.integers(0, 3)), min_size=1, max_size=120), st.sampled_from([None, 15])
)
def test_stretches_hold_every_reading_that_doesn_t_overlap(
    steps: list[tuple[int, int]], registered: int | None
) -> None:
    """Whatever the ENDs: each reading is in one stretch or overlaps an other, never the first, in order of time."""
    ends, energies, end = [], [], START
    for step, value in steps:
        end += step
        ends.append(end)
        energies.append((value, 0))
    extra = [each.position for each in overlaps(ends, energies, registered)]
    assert extra == sorted(set(extra))
    assert 0 not in extra
    single = [each for position, each in enumerate(ends) if position not in set(extra)]
    parts = stretches(single, registered)
    assert [parts[0].first, *(part.after for part in parts)] == [*(part.first for part in parts), len(single)]
    assert all(minutes >= 1 for minutes in minutes_of(single, registered))


@given(st.integers(0, 2000), st.integers(1, 100_000), st.lists(st.integers(-10_000, 200_000), min_size=2))
def test_more_of_a_period_expects_more_of_its_readings(expected: int, length: int, moments: list[int]) -> None:
    """None before it begins, all once it is over, and never fewer than a moment before."""
    counts = [expected_so_far(expected, 0, length, moment) for moment in sorted([*moments, 0, length])]
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (0, expected)


@pytest.mark.parametrize("stated", [(300, 900), (None, None)])
def test_feeds_of_a_side_each_never_overlap(stated: tuple[int | None, int | None]) -> None:
    """A logger of five minutes and a house meter of fifteen, minutes apart: all energy of both counts, and once."""
    fine, coarse = stated
    pv = [Point(at * 300, Decimal(1), None, seconds=fine) for at in range(1, 200)]
    meter = [Point(at * 900 - 60, None, Decimal(3), seconds=coarse) for at in range(1, 66)]
    twice = [Point(at * 900 - 300 - 60, None, Decimal(3), seconds=coarse) for at in range(1, 66)]
    for extra, count in (((), 0), (twice, len(twice))):
        points = sorted([*pv, *meter, *extra], key=lambda each: each.end)
        found = lengths_of(series_of(points, site_of(None)), site_of(None)).overlaps
        assert len(found) == count
        assert all(points[each.position].consumed_kwh for each in found)
