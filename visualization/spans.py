"""What one step of a time chart stands for: an interval of a site's meter, or one of its days."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final

import msgspec

from heliograph.formatting import count
from heliograph_client import Reading
from hours import Cell, timed_hours
from series import Day, SiteSeries, rule_of
from words import listed
from zones import day_hours, midnight

# A step longer than this many intervals leaves a reading out; less is a clock that drifts.
_GAP: Final = 1.5

_HOUR: Final = timedelta(hours=1)


class Span(msgspec.Struct, frozen=True):
    """A stretch of time and the energy in it, kWh.

    start, end: moments in UTC. readings: how many there are; left_out: how many of them the energies don't count;
    expected: how many a whole span has, where that is known.
    flagged: how many of them have an anomaly; rules: which, in words; worst: the one with the gravest flag.
    """

    start: datetime
    end: datetime
    generated: Decimal
    consumed: Decimal
    readings: int = 1
    left_out: int = 0
    expected: int | None = None
    flagged: int = 0
    rules: str = ""
    worst: Reading | None = None

    @property
    def counted(self) -> int:
        """How many readings the energies are of; where none is, they say nothing."""
        return self.readings - self.left_out

    @property
    def middle(self) -> datetime:
        """The moment halfway."""
        return self.start + (self.end - self.start) / 2


def of_points(points: tuple[Reading, ...], interval_minutes: int | None) -> list[Span]:
    """Return one span a reading. It begins where the one before ends, but where readings are missing between."""
    interval = timedelta(minutes=interval_minutes) if interval_minutes else _HOUR
    spans: list[Span] = []
    for reading in points:
        end = datetime.fromisoformat(reading.timestamp)
        start = end - interval
        if spans and end - spans[-1].end <= interval * _GAP:
            start = spans[-1].end
        spans.append(_of_reading(reading, start, end))
    return spans


def of_days(series: SiteSeries) -> list[Span]:
    """Return one span a day that has a reading, in the site's own time zone."""
    return [_of_day(day, series) for day in series.days]


def of_hours(series: SiteSeries) -> list[Span]:
    """Return one span an hour that has a reading, in the site's own time zone."""
    return [
        _of_hour(series.hours[day][name], start, end, series)
        for day in series.hours
        for name, start, end in timed_hours(day, series.zone)
        if name in series.hours[day]
    ]


def runs(spans: list[Span]) -> list[list[Span]]:
    """Part the spans where they don't follow one on the other: what is drawn as one line, and no further."""
    parts = [spans[:1]] if spans else []
    for before, span in pairwise(spans):
        if span.start > before.end:
            parts.append([])
        parts[-1].append(span)
    return parts


def expected_in_day(when: date, series: SiteSeries) -> int | None:
    """Return how many readings a whole day has: more or fewer where the clocks change; None where unknown."""
    if series.interval_minutes is None:
        return None
    return round(day_hours(when, series.zone) * 60 / series.interval_minutes)


def expected_between(start: datetime, end: datetime, series: SiteSeries) -> int | None:
    """Return how many readings a stretch should have, of the time from a site's first interval to its last."""
    if series.interval_minutes is None:
        return None
    interval = timedelta(minutes=series.interval_minutes)
    return max(0, int((min(end, series.last) - max(start, series.first - interval)) / interval))


def _of_hour(cell: Cell, start: datetime, end: datetime, series: SiteSeries) -> Span:
    return Span(
        start=start,
        end=end,
        generated=Decimal(str(cell.generated)),
        consumed=Decimal(str(cell.consumed)),
        readings=cell.readings,
        left_out=cell.left_out,
        expected=expected_between(start, end, series),
        flagged=cell.flagged,
        rules=listed(cell.rules),
        worst=cell.worst,
    )


def _of_reading(reading: Reading, start: datetime, end: datetime) -> Span:
    generated, consumed = reading.energy_generated_kwh, reading.energy_consumed_kwh
    if not reading.anomaly:
        return Span(start, end, generated, consumed)
    rules = listed([flag.rule for flag in reading.flags] or [rule_of(reading)])
    return Span(start, end, generated, consumed, flagged=1, rules=rules, worst=reading)


def _of_day(day: Day, series: SiteSeries) -> Span:
    totals, tomorrow = day.totals, day.date + timedelta(days=1)
    return Span(
        start=midnight(day.date, series.zone),
        end=midnight(tomorrow, series.zone),
        generated=totals.generated,
        consumed=totals.consumed,
        readings=totals.readings,
        left_out=totals.left_out,
        expected=expected_in_day(day.date, series),
        flagged=totals.flagged,
        rules=listed([f"{rule} on {count(times, 'reading')}" for rule, times in totals.by_rule.most_common()]),
        worst=day.worst,
    )
