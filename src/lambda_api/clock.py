"""The site's own clock, as `heliograph.watching.calendar` reckons a site's days."""

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from heliograph.site import Site

_DEGREES_AN_HOUR: Final = 15.0


def zone_of(site: Site) -> tzinfo:
    """Give a site's time zone: the one registered, else its longitude's, else UTC."""
    if site.timezone is not None:
        return ZoneInfo(site.timezone)
    if site.longitude is not None:
        return timezone(timedelta(hours=round(site.longitude / _DEGREES_AN_HOUR)))
    return UTC


def zone_name(site: Site) -> str:
    """Name a site's time zone: an IANA name, or an offset such as UTC+01:00."""
    return str(zone_of(site))


def midnight(day: date, zone: tzinfo) -> datetime:
    """Give the moment a local date begins, UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def hour_before(end: datetime, zone: tzinfo) -> datetime:
    """Give the local hour that an interval lies in which ends at `end`."""
    return (end - timedelta(seconds=1)).astimezone(zone).replace(minute=0, second=0, microsecond=0)
