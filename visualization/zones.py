"""A site's own time: its zone, its days, and how a chart puts them on an axis.

A chart's time axis knows only UTC and the reader's own zone. So each moment is drawn at the site's wall-clock time, as
if that were UTC. Where the clocks change within the chart, an hour would be drawn twice or left open: there one offset
holds throughout, and the axis says so.
"""

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from words import MINUS

_INSTANT: Final = timedelta(seconds=1)


class Zone(msgspec.Struct, frozen=True):
    """A site's time zone, and the words for it."""

    info: tzinfo
    name: str


def zone_of(timezone_name: str | None) -> Zone:
    """Return a site's zone; UTC, and said so, where it isn't known."""
    if timezone_name is None:
        return Zone(UTC, "UTC (the site's time zone isn't known)")
    try:
        return Zone(ZoneInfo(timezone_name), timezone_name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return Zone(UTC, f"UTC ({timezone_name!r} isn't a known time zone)")


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


def local_end(interval_end: datetime, zone: Zone) -> datetime:
    """Return the last second of an interval by the site's clock: its day and hour are those the interval lies in."""
    return (interval_end - _INSTANT).astimezone(zone.info)


def day_hours(day: date, zone: Zone) -> float:
    """Return how long a day is at the site, hours: 23 or 25 where the clocks change."""
    return (midnight(day + timedelta(days=1), zone) - midnight(day, zone)) / timedelta(hours=1)


def midnight(day: date, zone: Zone) -> datetime:
    """Return the moment a day begins at the site, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone.info).astimezone(UTC)
