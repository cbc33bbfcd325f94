"""The site's own clock: its zone's name, its midnights and its hours."""

from datetime import UTC, date, datetime, timedelta, tzinfo

from heliograph.evaluation.calendar import zone_of
from heliograph.site import Site


def zone_name(site: Site) -> str:
    """Name a site's time zone: an IANA name, or an offset such as UTC+01:00."""
    return str(zone_of(site))


def midnight(day: date, zone: tzinfo) -> datetime:
    """Return the moment a local date begins, UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def hour_before(end: datetime, zone: tzinfo) -> datetime:
    """Return the local hour that an interval lies in which ends at `end`."""
    return (end - timedelta(seconds=1)).astimezone(zone).replace(minute=0, second=0, microsecond=0)
