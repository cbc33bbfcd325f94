"""Where readings are missing: the gaps between intervals, and the days that are not whole."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Final

import msgspec

from series import SiteSeries
from spans import Span, expected_in_day
from zones import midnight

# A day with a lower share of its readings is marked: its total is visibly too small.
WHOLE_DAY: Final = 0.9


class Gap(msgspec.Struct, frozen=True):
    """A stretch with readings missing.

    start, end: moments in UTC. present, expected: how many readings it has, and how many a whole one has.
    """

    start: datetime
    end: datetime
    present: int
    expected: int


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
    first, last = min(present), max(present)
    calendar = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    found = (_gap_of(when, present.get(when, 0), series) for when in calendar)
    return _joined([gap for gap in found if gap is not None])


def _gap_of(when: date, present: int, series: SiteSeries) -> Gap | None:
    expected = expected_in_day(when, series)
    if expected is None or present >= expected * WHOLE_DAY:
        return None
    return Gap(midnight(when, series.zone), midnight(when + timedelta(days=1), series.zone), present, expected)


def _joined(gaps: list[Gap]) -> list[Gap]:
    runs: list[Gap] = []
    for gap in gaps:
        if runs and runs[-1].end == gap.start:
            run = runs.pop()
            runs.append(Gap(run.start, gap.end, run.present + gap.present, run.expected + gap.expected))
        else:
            runs.append(gap)
    return runs
