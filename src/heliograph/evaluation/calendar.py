"""The site's own days: where one begins and ends, in seconds since 1970.

Days follow the site's time zone; where only the longitude is known, its hour (15 degrees each); else UTC.
"""

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from heliograph.site import Site

_DEGREES_AN_HOUR: Final = 15.0
_FORTNIGHT: Final = 14


class Span(NamedTuple):
    """One local day. date: `YYYY-MM-DD`. A reading is in it if start < END <= ends, seconds since 1970."""

    date: str
    start: int
    ends: int


def spans(site: Site, first_end: int, last_end: int) -> list[Span]:
    """Return the local days that the intervals ending from `first_end` to `last_end` lie in, in order."""
    zone = zone_of(site)
    day = _date_of(first_end, zone)
    found = []
    while (span := _span(zone, day)).start < last_end:
        found.append(span)
        day += timedelta(days=1)
    return found


def span_of(site: Site, end: int) -> Span:
    """Return the local day of the interval that ends at `end`."""
    return spans(site, end, end)[0]


def dates_of(site: Site, judge_from: int, now: int) -> list[str]:
    """Return the local dates that an evaluation from `judge_from` to `now` judges, in order."""
    return [span.date for span in spans(site, judge_from, now)]


def zone_of(site: Site) -> tzinfo:
    """Return a site's time zone: the one registered, else its longitude's, else UTC."""
    return _zone(site.timezone, site.longitude)


def clocks_changed(site: Site, span: Span, days: int) -> bool:
    """Return whether summer time began or ended at the site within so many days before this one ended."""
    if site.timezone is None:
        return False
    zone = ZoneInfo(site.timezone)
    then = datetime.fromtimestamp(span.ends, zone) - timedelta(days=days)
    # A fortnight on: loggers and their data sets don't always keep to this year's date.
    soon = datetime.fromtimestamp(span.ends, zone) + timedelta(days=_FORTNIGHT)
    return then.utcoffset() != soon.utcoffset()


def _date_of(end: int, zone: tzinfo) -> date:
    # An interval that ends at midnight belongs to the day before.
    return datetime.fromtimestamp(end - 1, zone).date()


@lru_cache(maxsize=4096)
def _span(zone: tzinfo, day: date) -> Span:
    start = datetime(day.year, day.month, day.day, tzinfo=zone)
    after = day + timedelta(days=1)
    ends = datetime(after.year, after.month, after.day, tzinfo=zone)
    return Span(day.isoformat(), int(start.timestamp()), int(ends.timestamp()))


@lru_cache(maxsize=1024)
def _zone(name: str | None, longitude: float | None) -> tzinfo:
    if name is not None:
        return ZoneInfo(name)
    if longitude is not None:
        return timezone(timedelta(hours=round(longitude / _DEGREES_AN_HOUR)))
    return UTC
