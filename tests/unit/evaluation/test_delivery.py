"""When a site's files usually arrive: a silence is what is late by that, and not by the clock."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from heliograph.checks.delivery import DayDelays, usual_delays
from heliograph.incidents.detection import RuleObservations
from heliograph.reading import text_of
from heliograph.series import Point, delay_of
from heliograph.site import Site
from unit.evaluation.plant import DAY, HOUR, SITE, START, at, decimal, evaluated, flagged, hashed, points

LOAD = Site("meter", "load", interval_minutes=30)
MORNING = 6 * HOUR


def at_once(end: int) -> int:
    """Land as a logger sends: with the interval's end."""
    return end + 20


def next_morning(end: int) -> int:
    """Land as a portal delivers: the whole day, the next morning at about six."""
    day = (end - 1) // DAY * DAY
    return day + DAY + MORNING + int(900 * hashed(day))


def delivered(days: int, lands: Callable[[int], int], now: int, site: Site = LOAD) -> list[Point]:
    """Return a load's readings that have landed by now."""
    step = (site.interval_minutes or 60) * 60
    ends = range(START + step, START + days * DAY + 1, step)
    return [
        Point(end, decimal(0.0), decimal(1 + hashed(end)), delay_of(end, lands(end)))
        for end in ends
        if lands(end) <= now
    ]


def is_silent(found: list[Point], now: int, site: Site = LOAD) -> bool:
    """Return whether the site counts as silent."""
    return evaluated(found, site, now=now).no_data is not None


@pytest.mark.parametrize("days", [4, 10, 35])
def test_a_portal_that_delivers_the_day_before_each_morning_is_on_time(days: int) -> None:
    """At no hour of the day is the site silent, from its fourth day on; the file is due at about six."""
    for hour in range(0, 24, 3):
        now = START + days * DAY + hour * HOUR
        assert not is_silent(delivered(days + 1, next_morning, now), now), text_of(now)


def test_a_portal_that_misses_its_morning_is_silent_soon_after() -> None:
    """The usual time and two hours are over, and not another day."""
    last = START + 20 * DAY
    found = delivered(20, next_morning, last + DAY)
    assert not is_silent(found, last + DAY + MORNING + HOUR)
    assert is_silent(found, last + DAY + MORNING + 3 * HOUR)


def test_a_file_that_ends_at_noon_leaves_the_next_one_due_on_the_next_morning() -> None:
    """The delay goes by the hour of the day: readings of the afternoon land sooner after their end."""
    last = START + 20 * DAY + 12 * HOUR
    found = [point for point in delivered(21, next_morning, last + DAY) if point.end <= last]
    assert not is_silent(found, last + 17 * HOUR)
    assert is_silent(found, last + 12 * HOUR + MORNING + 3 * HOUR)


def test_a_logger_that_sends_each_hour_is_on_time_between_its_files() -> None:
    """Five-minute readings that land together each hour are no silence of half an hour; a file that is lost is one."""
    site = replace(LOAD, interval_minutes=5)
    hourly = lambda end: -(-end // HOUR) * HOUR + 30  # noqa: E731 - a line
    for days in (0, 5):
        base = START + days * DAY + 5 * HOUR
        found = delivered(days + 1, hourly, base + 60, site)
        assert not is_silent(found, base + HOUR - 60, site)
        assert is_silent(found, base + 3 * HOUR, site)


def test_what_is_registered_holds_before_what_is_learned() -> None:
    """`delivered_within` is a promise: the site is silent after it, however late its files came."""
    last = START + 20 * DAY
    found = delivered(20, next_morning, last + DAY)
    assert is_silent(found, last + 16 * HOUR, replace(LOAD, delivered_within="12h"))


def test_history_that_lands_at_once_teaches_nothing() -> None:
    """A site connected with weeks of history, then live for two days, is silent as soon as any other."""
    connected = START + 30 * DAY
    lands = lambda end: connected + 600 if end <= connected else at_once(end)  # noqa: E731 - a line
    now = connected + 2 * DAY
    found = delivered(32, lands, now)
    assert not is_silent(found, now + HOUR)
    assert is_silent(found, now + 3 * HOUR)


def test_outages_that_are_made_good_teach_nothing() -> None:
    """Three days that landed late among six weeks leave the silence as it was."""
    late = {5, 12, 20}
    lands = lambda end: end + 9 * HOUR if end // DAY - START // DAY in late else at_once(end)  # noqa: E731 - a line
    now = START + 30 * DAY + HOUR
    assert is_silent(delivered(30, lands, now), now + 2 * HOUR)


def test_no_silence_while_history_lands() -> None:
    """Of a site that nobody knew, old files land oldest first: its newest reading is days old, and it isn't silent."""
    connected = START + 60 * DAY
    for landed_days in (1, 5, 20):
        lands = lambda end: connected + (end - START) // 1000  # noqa: E731 - a line
        found = delivered(landed_days, lands, connected + DAY)
        assert not is_silent(found, connected + 2 * HOUR)
        assert is_silent(found, connected + 3 * DAY)


@given(
    usual=st.integers(0, 2_000),
    late=st.lists(st.integers(2_001, 40_000), max_size=3),
    days=st.integers(4, 30),
    order=st.randoms(use_true_random=False),
)
def test_up_to_three_late_deliveries_dont_move_the_usual_one(
    usual: int, late: list[int], days: int, order: object
) -> None:
    """In any order of days, the usual delay is that of the others."""
    found = [DayDelays(day, [usual] * 24) for day in range(days)]
    found += [DayDelays(100 + number, [delay] * 24) for number, delay in enumerate(late)]
    order.shuffle(found)  # type: ignore[attr-defined]
    assert usual_delays(found) == [usual] * 24


def test_one_delivery_shows_no_rhythm() -> None:
    """Two landings, of however many days, tell nothing; an hour without a reading goes by the longest delay."""
    assert usual_delays([DayDelays(1, [600] * 24)] * 20 + [DayDelays(2, [600] * 24)]) == []
    assert usual_delays([DayDelays(day, [-1, *[600] * 23]) for day in range(4)]) == [600] * 24


@pytest.mark.parametrize("days", [7, 30])
def test_two_deliveries_of_a_week_or_a_month_show_a_rhythm(days: int) -> None:
    """Six weeks hold no more of a month's: the next one may take as long. Two late ones of a daily portal show none."""
    longest = [[24 * 60 * (days - day % days) + 360] * 24 for day in range(2 * days)]
    found = [DayDelays(days * (1 + day // days), longest[day]) for day in range(2 * days)]
    assert usual_delays(found) == [24 * 60 * days + 360] * 24
    daily = [DayDelays(100 + day, [600] * 24) for day in range(10)]
    assert usual_delays([*found, *daily]) == [600] * 24


def test_nothing_is_flagged_outside_operation() -> None:
    """A plant's readings before its first day in operation and after its last one are none of its faults."""
    found = points(30, bend=lambda end, made, used: (0.0 if end > at(15, 0) else made, used))
    began, ended = text_of(at(3, 0)), text_of(at(15, 0))
    assert flagged(evaluated(found), "zero_output")
    for entry in (replace(SITE, decommissioned=ended), replace(SITE, commissioned=began, decommissioned=ended)):
        result = evaluated(found, entry)
        assert result.flags == {}
        observed = RuleObservations(result, {}, found[-1].end)
        assert observed.rules() == {}
