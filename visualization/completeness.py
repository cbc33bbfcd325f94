"""Where readings are missing: the gaps between intervals, and the days that are not whole."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final

import msgspec

from hours import Cell, by_calendar, timed_hours
from series import SiteSeries
from spans import Span, expected_between
from zones import midnight

# A day or an hour with a lower share of its readings is marked: its total is visibly too small.
WHOLE: Final = 0.9


# A site that is silent for longer has its chart end with its last reading, rather than with days of nothing.
LONGEST_SILENCE: Final = timedelta(days=62)
_QUIET: Final = timedelta(days=1)


class DayCount(msgspec.Struct, frozen=True):
    """How many readings a day has, and how many are expected of it, by its length and how much of it has passed."""

    date: date
    present: int
    expected: int

    @property
    def share(self) -> Decimal:
        """The part that is there, 0 to 1."""
        return min(Decimal(1), Decimal(self.present) / self.expected)


class Gap(msgspec.Struct, frozen=True):
    """A stretch with readings missing.

    start, end: moments in UTC. present, expected: how many readings it has, and how many a whole one has.
    """

    start: datetime
    end: datetime
    present: int
    expected: int


def horizon(last: datetime, as_of: datetime) -> datetime:
    """Return the moment up to which a site's charts run: now, unless it has been silent for months."""
    return max(last, as_of if as_of - last <= LONGEST_SILENCE else last)


def is_quiet(last: datetime, as_of: datetime) -> bool:
    """Return whether nothing has come for so long that a title should say so."""
    return as_of - last > _QUIET


def day_counts(series: SiteSeries, as_of: datetime) -> list[DayCount]:
    """Count each day's readings, from the first to the last reading's or today. None where the interval is unknown.

    Of the first day only what follows the first reading is expected, of today what has passed, less one interval that
    may be under way. A day on which nothing can be expected yet is left out.
    """
    if not series.interval_minutes:
        return []
    interval = timedelta(minutes=series.interval_minutes)
    begin, until = series.first - interval, horizon(series.last, as_of - interval)
    present = {each.date: each.totals.readings for each in series.days}
    last = max(*present, until.astimezone(series.zone.info).date())
    found: list[DayCount] = []
    for when in by_calendar(min(present), last):
        start, end = midnight(when, series.zone), midnight(when + timedelta(days=1), series.zone)
        expected = int((min(end, until) - max(start, begin)) / interval)
        if expected > 0:
            found.append(DayCount(when, present.get(when, 0), expected))
    return found


def gaps_between(spans: list[Span], interval_minutes: int | None) -> list[Gap]:
    """Find the gaps between intervals that should follow one on the other. None where the interval is unknown."""
    if not interval_minutes:
        return []
    interval = timedelta(minutes=interval_minutes)
    pairs = [(before.end, after.start) for before, after in pairwise(spans) if after.start > before.end]
    return [Gap(start, end, 0, max(1, round((end - start) / interval))) for start, end in pairs]


def gaps_in_days(series: SiteSeries) -> list[Gap]:
    """Find the stretches of days that are not whole, each run of such days as one.

    A reading left out of the sums is missing from its day.
    None is found where the interval is unknown.
    """
    present = {day.date: day.totals.readings - day.totals.left_out for day in series.days}
    days = by_calendar(min(present), max(present))
    starts = [midnight(when, series.zone) for when in [*days, days[-1] + timedelta(days=1)]]
    spans = zip(days, pairwise(starts), strict=True)
    found = (_gap_of(start, end, present.get(when, 0), series) for when, (start, end) in spans)
    return _joined([gap for gap in found if gap is not None])


def gaps_in_hours(series: SiteSeries) -> list[Gap]:
    """Find the stretches of hours that are not whole, as `gaps_in_days` does of days."""
    found: list[Gap | None] = []
    for day in by_calendar(min(series.hours), max(series.hours)):
        for name, start, end in timed_hours(day, series.zone):
            cell = series.hours.get(day, {}).get(name, Cell())
            found.append(_gap_of(start, end, cell.readings - cell.left_out, series))
    return _joined([gap for gap in found if gap is not None])


def _gap_of(start: datetime, end: datetime, present: int, series: SiteSeries) -> Gap | None:
    """Return a stretch as a gap where too little came in it; before the first and after the last nothing had to."""
    expected = expected_between(start, end, series)
    return Gap(start, end, present, expected) if expected and present < expected * WHOLE else None


def _joined(gaps: list[Gap]) -> list[Gap]:
    runs: list[Gap] = []
    for gap in gaps:
        if runs and runs[-1].end == gap.start:
            run = runs.pop()
            runs.append(Gap(run.start, gap.end, run.present + gap.present, run.expected + gap.expected))
        else:
            runs.append(gap)
    return runs
