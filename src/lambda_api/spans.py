"""The time span of totals: the site's own dates, or moments, and their defaults."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final, Literal

import msgspec

from heliograph.reading import format_timestamp
from heliograph.zones import midnight
from lambda_api.parameters import Period, parse_moment
from lambda_api.problems import invalid

By = Literal["hour", "day", "month"]

_SECOND: Final = timedelta(seconds=1)
_DAY: Final = timedelta(days=1)
_USUAL_DAYS: Final = 31
_USUAL_MONTHS: Final = 12
_USUAL_HOURS: Final = timedelta(hours=48)
MOST_DAYS: Final = 3_700  # ten years: 1 MB of items
MOST_HOURS: Final = timedelta(days=31, hours=1)  # October's 31 days may have an hour more


class Dates(msgspec.Struct, frozen=True):
    """Local dates, both included."""

    first: date
    last: date


def parse_dates(start: str | None, end: str | None, by: By, today: date) -> Dates:
    """Read local dates; `end` isn't included. today: at the site.

    Raises:
        ProblemRaised: they can't be read, hold nothing, or hold too much.
    """
    after = _date(end, "end") if end is not None else today + _DAY
    first = _date(start, "start") if start is not None else _usual(after, by)
    if by == "month":
        first = first.replace(day=1)
    _check(first < after, f"it must be after start; this is {first} to {after}")
    _check((after - first).days <= MOST_DAYS, f"it's more than {MOST_DAYS} days after start; ask for less at once")
    return Dates(first, after - _DAY)


def parse_moments(start: str | None, end: str | None, now: datetime, zone: tzinfo) -> Period:
    """Read moments, or local dates, which stand for the midnight they begin with; up to 31 days.

    Returns:
        What readings to ask for: an interval that ends at the start lies before it, one that ends at the end in it.

    Raises:
        ProblemRaised: they can't be read, hold nothing, or hold too much.
    """
    try:
        last = _moment(end, "end", zone) if end is not None else now
        first = _moment(start, "start", zone) if start is not None else _whole_hour(last - _USUAL_HOURS, zone)
        period = Period(format_timestamp(first + _SECOND), format_timestamp(last + _SECOND))
    except OverflowError:
        raise invalid("end" if start is None else "start", "it's outside the years 1 to 9999 in UTC") from None
    _check(first < last, f"it must be after start; this is {format_timestamp(first)} to {format_timestamp(last)}")
    _check(last - first <= MOST_HOURS, "by=hour goes up to 31 days after start; ask for less at once, or by=day")
    return period


def _usual(after: date, by: By) -> date:
    if after == date.min:
        return after
    if by == "day":
        return date.fromordinal(max(1, after.toordinal() - _USUAL_DAYS))
    last = after - _DAY
    months = last.year * 12 + last.month - _USUAL_MONTHS  # the first month's number, counted from 0
    return date(max(1, months // 12), months % 12 + 1, 1)


def _date(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise invalid(field, f"{text[:40]!a} isn't a date, such as 2026-11-22") from None


def _moment(text: str, field: str, zone: tzinfo) -> datetime:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return parse_moment(text, field).astimezone(UTC)
    return midnight(day, zone)


def _whole_hour(moment: datetime, zone: tzinfo) -> datetime:
    return moment.astimezone(zone).replace(minute=0, second=0, microsecond=0).astimezone(UTC)


def _check(holds: bool, message: str) -> None:  # noqa: FBT001 - it reads as what must hold
    if not holds:
        raise invalid("end", message)
