"""A site's own time: its zone, its days, the range the user asks for, and how a chart puts them on an axis.

A chart's time axis knows only UTC and the reader's own zone. So each moment is drawn at the site's wall-clock time, as
if that were UTC. Where the clocks change within the chart, an hour would be drawn twice or left open: there one offset
holds throughout, and the axis says so.
"""

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Final, NamedTuple, TypeAlias
from zoneinfo import ZoneInfoNotFoundError

import msgspec

from heliograph import zones
from words import MINUS

_AN_HOUR: Final = timedelta(hours=1)
_A_DAY: Final = timedelta(days=1)
# No zone's clocks change by less, or stand at an odd fraction of it.
_STEP: Final = timedelta(minutes=15)
PeriodBound: TypeAlias = date | datetime | None


class Zone(msgspec.Struct, frozen=True):
    """A site's time zone, and the words for it."""

    info: tzinfo
    name: str


def zone_of(timezone_name: str | None, longitude: float | None = None) -> Zone:
    """Return a site's zone as the API reckons in it; where it is none that was registered, its name says so."""
    try:
        info = zones.zone_at(timezone_name, longitude)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return Zone(UTC, f"UTC ({timezone_name!r} isn't a known time zone)")
    if timezone_name is not None:
        return Zone(info, timezone_name)
    if longitude is not None:
        return Zone(info, f"{str(info).replace('-', MINUS)} (by the site's longitude)")
    return Zone(info, "UTC (the site's time zone isn't known)")


def fixed_over(zone: Zone, start: datetime, end: datetime) -> Zone:
    """Return a zone with no change of clocks from `start` to `end`: this one, or its offset at `end` throughout."""
    offsets = {moment.astimezone(zone.info).utcoffset() for moment in _daily(start, end)}
    if len(offsets) == 1:
        return zone
    offset = end.astimezone(zone.info).utcoffset() or timedelta()
    label = timezone(offset).tzname(None).replace("-", MINUS)
    return Zone(timezone(offset), f"{zone.name} ({label} throughout, though the clocks change)")


def _daily(start: datetime, end: datetime) -> list[datetime]:
    days = (end - start) // timedelta(days=1)
    return [*(start + timedelta(days=day) for day in range(days + 1)), end]


def on_axis(moment: datetime, zone: Zone) -> str:
    """Write a moment as the site's wall-clock time, in the form a UTC axis reads."""
    return moment.astimezone(zone.info).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


class Hour(NamedTuple):
    """One hour of a day by a site's clock, from `start` to `end`, UTC.

    Where the clocks go forward an hour is missing from the day; where they go back one comes twice, distinguished by
    `fold`, as in Python's datetime: 1 for the second of two with the same name.
    """

    hour: int
    fold: int
    start: datetime
    end: datetime


def local_day(interval_end: datetime, zone: Zone) -> date:
    """Return the day by the site's clock in which an interval lies: that of its last second."""
    return zones.local_date(interval_end, zone.info)


def days_between(first: date, last: date) -> list[date]:
    """Return every day from the first to the last."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def hours_of(day: date, zone: Zone) -> list[Hour]:
    """Return the hours that a day has at a site, in order."""
    start, end = midnight(day, zone), midnight(day + _A_DAY, zone)
    if is_plain(day, zone):
        return [Hour(hour, 0, start + hour * _AN_HOUR, start + (hour + 1) * _AN_HOUR) for hour in range(24)]
    found: list[Hour] = []
    while start < end:
        local = start.astimezone(zone.info)
        if found and (found[-1].hour, found[-1].fold) == (local.hour, local.fold):
            found[-1] = found[-1]._replace(end=start + _STEP)
        else:
            found.append(Hour(local.hour, local.fold, start, start + _STEP))
        start += _STEP
    return found


def is_plain(day: date, zone: Zone) -> bool:
    """Return whether a day has its 24 hours, each once."""
    first, last = (midnight(when, zone) for when in (day, day + _A_DAY))
    # Where the clocks go forward at midnight, both ends have the same offset and the day has 23 hours.
    return last - first == _A_DAY and first.astimezone(zone.info).utcoffset() == last.astimezone(zone.info).utcoffset()


def midnight(day: date, zone: Zone) -> datetime:
    """Return the moment a day begins at the site, in UTC."""
    return zones.midnight(day, zone.info)


class ChartsError(Exception):
    """The charts can't be drawn; the message is for the user."""


class NothingToDraw(ChartsError):
    """The API holds no reading in what was asked for."""


def parse_bound(text: str | None) -> PeriodBound:
    """Read a day, or a moment with an offset; None for none.

    Raises:
        ChartsError: the text is neither.
    """
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ChartsError(f"{text!r} is neither a day (2016-08-01) nor a moment (2016-08-01T06:00:00-08:00)") from None
    if moment.tzinfo is None:
        raise ChartsError(f"{text!r} has no offset: add Z or one like -08:00")
    return moment


def require_order(start: PeriodBound, end: PeriodBound) -> None:
    """Raise a `ChartsError` where the range is empty whatever the time zone."""
    if type(start) is type(end) and start is not None and end is not None and start >= end:
        raise ChartsError(f"the range from {start} to {end} is empty: --end is exclusive and comes after --start")


def in_utc(bound: PeriodBound, zone: Zone) -> datetime | None:
    """Return the moment a bound means for a site.

    A day begins at the site's own midnight. A reading is stamped with the END of its interval, so the one stamped with
    midnight itself belongs to the day before: a day's bound is a second later.
    """
    if bound is None or isinstance(bound, datetime):
        return None if bound is None else bound.astimezone(UTC)
    return midnight(bound, zone) + timedelta(seconds=1)


def as_query(moment: datetime | None) -> str | None:
    """Write a moment as the API takes it."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")
