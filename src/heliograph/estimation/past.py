"""The measured hours around a gap, as the estimates take them: one side of one site, the nearest four weeks."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import compress
from typing import Final, NamedTuple

from heliograph.checks.flag import Limit
from heliograph.estimation.hours import HOUR_SECONDS, DayHours
from heliograph.registers import Side
from heliograph.site import Site
from heliograph.zones import wall_time

PAST_DAYS: Final = Limit(
    "days that an estimate goes by", 28, "days", "the nearest four weeks have four of each weekday, and one season"
)
LEAST_COVERAGE: Final = Limit(
    "least of an hour", 0.08, "share", "an interval of five minutes: less is a rest that says nothing"
)

DAY_HOURS: Final = 24
_SATURDAY: Final = 5
# 1 January 1970 was a Thursday.
_THURSDAY: Final = 3
_TURNS: Final = 3 * list(range(DAY_HOURS))


class PastHours(NamedTuple):
    """Measured hours, oldest first; lists of equal length.

    begins: seconds since 1970. kwh: energies, as of whole hours. coverage: the share that was measured.
    by_sun: the hour of the day in UTC. by_clock: the hour of the day at the site, from 24 on of a weekend.
    """

    begins: list[int]
    kwh: list[float]
    coverage: list[float]
    by_sun: list[int]
    by_clock: list[int]

    def only(self, kept: Sequence[bool]) -> "PastHours":
        """Return some of the hours. kept: whether each is among them."""
        begins, kwh, coverage, by_sun, by_clock = self
        return PastHours(
            list(compress(begins, kept)),
            list(compress(kwh, kept)),
            list(compress(coverage, kept)),
            list(compress(by_sun, kept)),
            list(compress(by_clock, kept)),
        )


def nearest(days: Iterable[DayHours], around: tuple[int, int], most: int = int(PAST_DAYS.value)) -> list[DayHours]:
    """Return the days nearest to a gap, so many at most. around: the gap's begin and end, seconds since 1970."""
    return sorted(days, key=lambda day: (_apart(day, *around), day.start))[:most]


def past_hours(days: Iterable[DayHours], side: Side, site: Site) -> PastHours:
    """Return the measured hours of some days. days: in any order."""
    past = PastHours([], [], [], [], [])
    for day in sorted(days, key=lambda day: day.start):
        added = _columns(day, side, site)
        past.begins.extend(added.begins)
        past.kwh.extend(added.kwh)
        past.coverage.extend(added.coverage)
        past.by_sun.extend(added.by_sun)
        past.by_clock.extend(added.by_clock)
    return past


def clock_hour(site: Site, moment: int) -> int:
    """Return the hour of the day at a site, 0 to 23; 24 to 47 on a Saturday or Sunday."""
    days, seconds = divmod(wall_time(site, moment), DAY_HOURS * HOUR_SECONDS)
    return seconds // HOUR_SECONDS + DAY_HOURS * ((days + _THURSDAY) % 7 >= _SATURDAY)


def sun_hour(moment: int) -> int:
    """Return the hour of the day in UTC, 0 to 23."""
    return moment // HOUR_SECONDS % DAY_HOURS


def _columns(day: DayHours, side: Side, site: Site) -> PastHours:
    energies, coverage = day.energy_of(side), day.coverage_of(side)
    count, first = len(energies), sun_hour(day.start)
    begins = list(range(day.start, day.start + count * HOUR_SECONDS, HOUR_SECONDS))
    if count == DAY_HOURS:
        monday = date.fromisoformat(day.date).weekday() < _SATURDAY
        by_clock = list(range(DAY_HOURS)) if monday else list(range(DAY_HOURS, 2 * DAY_HOURS))
    else:
        by_clock = [clock_hour(site, begin) for begin in begins]
    columns = PastHours(begins, energies, coverage, _TURNS[first : first + count], by_clock)
    if all(share == 1.0 for share in coverage):  # nearly always
        return columns
    some = columns.only([share >= LEAST_COVERAGE.value for share in coverage])
    return some._replace(kwh=[kwh / share for kwh, share in zip(some.kwh, some.coverage, strict=True)])


def _apart(day: DayHours, begins: int, ends: int) -> int:
    """Return how far the middle of a day lies from a gap, seconds."""
    middle = day.start + DAY_HOURS * HOUR_SECONDS // 2
    return max(begins - middle, middle - ends, 0)
