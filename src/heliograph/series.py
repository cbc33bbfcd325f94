"""A site's readings in a stretch of time, as the checks over time see them: plain lists, one position an interval."""

from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise
from statistics import median
from typing import Final

import msgspec

from heliograph.site import Site

UNKNOWN_DELAY: Final = -1
_DEFAULT_MINUTES: Final = 60
_MINUTE: Final = 60


class Point(msgspec.Struct, frozen=True, gc=False):
    """One reading of the series. end: END of its interval, seconds since 1970. Energies: kWh, exact.

    delay: how long after its end it first landed, whole minutes, rounded up; `UNKNOWN_DELAY` where nobody knows.
    """

    end: int
    generated_kwh: Decimal
    consumed_kwh: Decimal
    delay: int = UNKNOWN_DELAY


class Series(msgspec.Struct, frozen=True, gc=False):
    """One site's readings, oldest first, each interval once; one without a reading has no position in the lists.

    minutes: length of an interval. ends: END of each interval, seconds since 1970, ascending.
    generated, consumed: kWh, as floats, for the checks. exact: the same energies in decimal, for totals.
    delays: as in `Point`.
    """

    minutes: int
    ends: list[int]
    generated: list[float]
    consumed: list[float]
    exact: list[tuple[Decimal, Decimal]]
    delays: list[int]

    def __len__(self) -> int:
        """Return the number of readings."""
        return len(self.ends)

    @property
    def seconds(self) -> int:
        """Length of an interval, seconds."""
        return self.minutes * _MINUTE


def series_of(points: Iterable[Point], site: Site) -> Series:
    """Make a series of points in order of their ends; where the registry doesn't tell the interval, it is inferred."""
    kept = list(points)
    ends = [point.end for point in kept]
    exact = [(point.generated_kwh, point.consumed_kwh) for point in kept]
    return Series(
        minutes=site.interval_minutes or inferred_minutes(ends),
        ends=ends,
        generated=[float(generated) for generated, _ in exact],
        consumed=[float(consumed) for _, consumed in exact],
        exact=exact,
        delays=[point.delay for point in kept],
    )


def delay_of(end: int, landed_at: int) -> int:
    """Return a reading's delay, see `Point`. end: of its interval; landed_at: of its file; seconds since 1970."""
    return max(0, -((end - landed_at) // _MINUTE))


def inferred_minutes(ends: list[int]) -> int:
    """Return the usual step between readings, whole minutes; an hour where there are too few to tell."""
    steps = [later - earlier for earlier, later in pairwise(ends)]
    if not steps:
        return _DEFAULT_MINUTES
    return max(1, round(median(steps) / _MINUTE))
