"""One side of a site's intervals: what is expected, and of each the value used."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from itertools import repeat
from typing import Final, NamedTuple

from heliograph.checks.plausible import most_kwh
from heliograph.estimation.model import Estimate
from heliograph.intervals import AGREE, minutes_of
from heliograph.series import Point, Series, site_at
from heliograph.site import Site
from heliograph.validated.excluding import NO_MARK, ValueMark, excluded_by
from heliograph.validated.grid import Expected, GridBounds, expected_in
from heliograph.validated.model import NO_READING, DayFrame, QualityCode

_MINUTE: Final = 60


class KnownSum(NamedTuple):
    """A reading that holds the energy of a whole gap: begin < END <= end, seconds since 1970."""

    begin: int
    end: int
    kwh: Decimal


class SideValue(NamedTuple):
    """One side of an interval; see `Interval`."""

    seconds: int
    kwh: Decimal | None
    code: QualityCode
    reason: str = ""
    left_out: Decimal | None = None


class _There(NamedTuple):
    """A reading's value of a side. seconds: length of its interval. is_feeds: whether its feed calls it an estimate."""

    seconds: int
    kwh: Decimal | None
    minutes: int
    is_feeds: bool


class OneSide:
    """What a site's readings have of one side.

    stretches: the readings of one length each, oldest first. over_gaps: those that hold the energy of a gap.
    """

    def __init__(
        self,
        site: Site,
        side: int,
        stretches: Sequence[Series],
        over_gaps: Sequence[Point],
        marks: Mapping[int, ValueMark],
    ) -> None:
        """Keep what is known. side: 0 generated, 1 consumed. marks: what is said of readings, by END."""
        self._site = site
        self._side = side
        self._stretches = stretches
        self._over_gaps = [point for point in over_gaps if self._energy_over_gap(point) is not None]
        self._marks = marks

    def values(self, frame: DayFrame, grid: Sequence[Expected]) -> dict[int, SideValue]:
        """Return a day's values, by END. grid: the intervals that are expected."""
        estimates = frame.estimates[self._side]
        return {end: self._value(end, seconds, estimates.get(end)) for end, seconds in grid}

    def grid(self, frame: DayFrame) -> list[Expected]:
        """Return the intervals that are expected of the side in a day; none where no reading of the day has it."""
        first, last = bisect_right(self._ends, frame.begin), bisect_right(self._ends, frame.ends)
        there = [Expected(end, self._seconds_near(end)) for end in self._ends[first:last]]
        before = self._ends[first - 1] if first else None
        after = self._ends[last] if last < len(self._ends) else None
        return expected_in(bounds_of(self._site, frame, before, after), there) if there else []

    def known_sums(self) -> Iterator[KnownSum]:
        """Yield the energies over gaps, oldest first; one that is more than the site can give in that time is none."""
        for point in self._over_gaps:
            kwh = self._energy_over_gap(point)
            if kwh is not None and not self._excluded(point.end, kwh, (point.seconds or 0) // _MINUTE):
                yield KnownSum(point.begins, point.end, kwh)

    def catches_up(self, end: int) -> bool:
        """Return whether the reading that ends at `end` holds the energy of the gap before it."""
        return self._marks.get(end, NO_MARK).catches_up[self._side]

    def _energy_over_gap(self, point: Point) -> Decimal | None:
        return point.consumed_kwh if self._side else point.generated_kwh

    @cached_property
    def _there(self) -> dict[int, _There]:
        """Each value by the END of its reading, of all the readings there are.

        Where a side comes less often than the other one, its intervals are as long as its own steps.
        """
        side, found, every = self._side, {}, 0
        for series in self._stretches:
            every += len(series)
            lacking = series.absent[side]
            lengths = series.lengths or repeat(0)
            for end, pair, stated in zip(series.ends, series.exact, lengths, strict=False):
                if pair[side] is not None or self._marks.get(end, NO_MARK).edits[side]:
                    found[end] = _There(length_of(series, stated), pair[side], series.minutes, end in lacking)
        if len(found) < every:
            own = minutes_of(list(found), self._site.interval_minutes)
            found = {
                end: each._replace(seconds=minutes * _MINUTE)
                for (end, each), minutes in zip(found.items(), own, strict=True)
            }
        return found

    @cached_property
    def _ends(self) -> list[int]:
        return sorted({*self._there, *(point.end for point in self._over_gaps)})

    def _seconds_near(self, end: int) -> int:
        """Return how long the interval that ends at `end` is: of an energy over a gap, as long as those around it."""
        if end in self._there:
            return self._there[end].seconds
        near = bisect_left(self._known_ends, end)
        behind = self._known_ends[near : near + 1] or self._known_ends[-1:]
        return self._there[behind[0]].seconds if behind else self._stretches[-1].seconds

    @cached_property
    def _known_ends(self) -> list[int]:
        return sorted(self._there)

    def _value(self, end: int, seconds: int, estimate: Estimate | None) -> SideValue:
        there, mark = self._there.get(end), self._marks.get(end, NO_MARK)
        kwh = there.kwh if there else None
        excluded = self._excluded(end, kwh, there.minutes) if there and kwh is not None else ""
        left_out = kwh if excluded else mark.left_out[self._side]
        if estimate and (kwh is None or excluded or estimate.method == "known_sum"):
            return SideValue(seconds, estimate.kwh, "estimated", estimate.method, left_out)
        edit = mark.edits[self._side]
        if kwh is None or excluded:
            reason = excluded or edit or mark.excluded[self._side] or NO_READING
            return SideValue(seconds, None, "missing", reason, left_out)
        if edit:
            return SideValue(seconds, kwh, "edited", edit, left_out)
        if there and there.is_feeds:
            return SideValue(seconds, kwh, "estimated", "feed", left_out)
        return SideValue(seconds, kwh, "measured", "", left_out)

    def _excluded(self, end: int, kwh: Decimal, minutes: int) -> str:
        """Return the rule that excludes a value, empty where none does. minutes: for how long it is."""
        most = None if self._side else most_kwh(site_at(self._site, max(1, minutes)))
        return excluded_by(kwh, self._marks.get(end, NO_MARK), self._side, most)


def length_of(series: Series, stated: int) -> int:
    """Return how long a reading's interval is, seconds: as its file states it, unless that is only a stamp's jitter."""
    is_usual = not stated or abs(stated - series.seconds) <= AGREE.value * series.seconds
    return series.seconds if is_usual else stated


def bounds_of(site: Site, frame: DayFrame, before: int | None = None, after: int | None = None) -> GridBounds:
    """Return where intervals are expected in a day. before, after: ENDs of the readings on both sides of it, if any."""
    begins, ends = site.in_operation
    begin = frame.begin if begins is None else max(frame.begin, begins)
    until = frame.until if ends is None else min(frame.until, ends)
    return GridBounds(begin, until, frame.minutes * _MINUTE, before, after)
