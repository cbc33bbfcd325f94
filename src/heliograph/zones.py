"""A site's time zone: the days and hours that it makes, and which names a registry may hold.

The zone is the one registered, else its longitude's (an hour for each 15 degrees), else UTC. An interval lies in the
day and hour that its last second is in. All who reckon in a site's time do it here: evaluations, the API, the charts.

A registry may hold the names of the IANA database's own list for people to choose from (`zone.tab`, a row for each zone
of each country, such as Europe/Oslo), and `UTC`, `Etc/UTC` and the fixed offsets `Etc/GMT+1`: one name for each zone,
so that sites of one zone share their digest. Other names of the database are links of former days (Asia/Calcutta,
US/Pacific, EST5EDT); they are refused with the name that is valid.
"""

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import TZPATH, ZoneInfo, ZoneInfoNotFoundError

if TYPE_CHECKING:
    from heliograph.site import Site

_DEGREES_AN_HOUR: Final = 15.0
_FORTNIGHT: Final = 14
_DAY_SECONDS: Final = 86_400
# All of Europe changes its clocks at one moment, America an hour of its own in each zone.
_SUMMER_TIMES: Final = (
    "Europe/Paris",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Santiago",
    "Australia/Sydney",
    "Pacific/Auckland",
)
_INSTANT: Final = timedelta(seconds=1)
_FIXED: Final = re.compile(r"Etc/GMT[+-](?:[1-9]|1[0-4])\Z", re.ASCII)
_UTC: Final = frozenset({"UTC", "Etc/UTC"})
_ALSO_UTC: Final = frozenset({"Etc/UTC", "Etc/GMT"})


class Span(NamedTuple):
    """One local day. date: `YYYY-MM-DD`. A reading is in it if start < END <= ends, seconds since 1970."""

    date: str
    start: int
    ends: int


def zone_of(site: "Site") -> tzinfo:
    """Return a site's time zone: the one registered, else its longitude's, else UTC."""
    return zone_at(site.timezone, site.longitude)


def region_of(site: "Site") -> str:
    """Return the region that a site shares its weather, grid and providers with; empty where nothing says.

    It is the site's time zone, else its longitude's offset. A zone is a region whose clocks have agreed since 1970
    [IANA, Theory and pragmatics of the tz code and data]: mostly a country, or a part of a large one.
    """
    return "" if site.timezone is None and site.longitude is None else str(zone_of(site))


def zone_of_region(region: str) -> tzinfo:
    """Return the registered time zone that a region is named after; UTC where it is none."""
    try:
        return ZoneInfo(region) if region and not region.startswith("UTC") else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


@lru_cache(maxsize=1024)
def zone_at(name: str | None, longitude: float | None) -> tzinfo:
    """Return the time zone of a name, else of a longitude in degrees east, else UTC; its text is a name or an offset.

    Raises:
        ZoneInfoNotFoundError: there is no zone of that name.
        ValueError: the name can't be one.
    """
    if name is not None:
        return ZoneInfo(name)
    if longitude is not None:
        return timezone(timedelta(hours=round(longitude / _DEGREES_AN_HOUR)))
    return UTC


def midnight(day: date, zone: tzinfo) -> datetime:
    """Return the moment a local date begins, UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def local_date(end: datetime, zone: tzinfo) -> date:
    """Return the local date that an interval lies in which ends at `end`: one that ends at midnight, the day before."""
    return (end - _INSTANT).astimezone(zone).date()


def local_hour(end: datetime, zone: tzinfo) -> datetime:
    """Return the local hour that an interval lies in which ends at `end`."""
    return (end - _INSTANT).astimezone(zone).replace(minute=0, second=0, microsecond=0)


def wall_time(site: "Site", moment: int) -> int:
    """Return what a site's clock on the wall shows at a moment, as seconds: equal times of days are days apart."""
    return moment + int(_offset(moment, zone_of(site)).total_seconds())


def spans(site: "Site", first_end: int, last_end: int) -> list[Span]:
    """Return the local days that the intervals ending from `first_end` to `last_end` lie in, in order."""
    zone = zone_of(site)
    day = local_date(datetime.fromtimestamp(first_end, UTC), zone)
    found = []
    while (span := _span(zone, day)).start < last_end:
        found.append(span)
        day += timedelta(days=1)
    return found


def span_of(site: "Site", end: int) -> Span:
    """Return the local day of the interval that ends at `end`."""
    return spans(site, end, end)[0]


def span_on(site: "Site", local: str) -> Span:
    """Return the local day of a date `YYYY-MM-DD`."""
    return _span(zone_of(site), date.fromisoformat(local))


@lru_cache(maxsize=4096)
def _span(zone: tzinfo, day: date) -> Span:
    start, ends = midnight(day, zone), midnight(day + timedelta(days=1), zone)
    return Span(day.isoformat(), int(start.timestamp()), int(ends.timestamp()))


def clocks_changed(site: "Site", span: Span, days: int) -> bool:
    """Return whether summer time began or ended at the site within so many days before this one ended."""
    if site.timezone is None:
        return False
    zone = ZoneInfo(site.timezone)
    then = datetime.fromtimestamp(span.ends, zone) - timedelta(days=days)
    # A fortnight on: loggers and their data sets don't always keep to this year's date.
    soon = datetime.fromtimestamp(span.ends, zone) + timedelta(days=_FORTNIGHT)
    return then.utcoffset() != soon.utcoffset()


def clocks_go_back(site: "Site", first: int, last: int) -> bool:
    """Return whether summer time ends between two moments, seconds since 1970: a local hour comes twice then.

    Where no zone with a summer time is registered, by any of the great ones: a feed may go by a clock nobody named.
    """
    return any(_offset(first, each) > _offset(last, each) for each in _summer_times(site, last))


def clocks_change(site: "Site", first: int, last: int) -> bool:
    """Return whether summer time begins or ends between two moments; zones as in `clocks_go_back`."""
    return any(_offset(first, each) != _offset(last, each) for each in _summer_times(site, last))


def _summer_times(site: "Site", near: int) -> tuple[tzinfo, ...]:
    """Return the site's zone where it has a summer time in the year from a moment on, else all great ones."""
    zone = zone_of(site)
    offsets = {datetime.fromtimestamp(near + month * 30 * _DAY_SECONDS, zone).utcoffset() for month in range(12)}
    return (zone,) if len(offsets) > 1 else tuple(map(ZoneInfo, _SUMMER_TIMES))


def _offset(moment: int, zone: tzinfo) -> timedelta:
    return datetime.fromtimestamp(moment, zone).utcoffset() or timedelta()


def zone_fault(name: str) -> str:
    """Return why a name isn't one that a site's time zone may have; empty where it is."""
    canonical = _canonical()
    if name in canonical or name in _UTC or _FIXED.match(name):
        return "" if zone_exists(name) else _unknown(name)
    known = {each.lower(): each for each in (*canonical, *_links(), *_UTC)}
    found = known.get(name.lower())
    if found is None:
        # Without the database's lists, what can be opened under this very name has to do.
        if not zone_exists(name):
            return _unknown(name)
        return _placeless(name) if canonical else ""
    valid = _target(found)
    if valid is None:
        return _placeless(name)
    return f"{name!r} isn't the zone's canonical name; use {valid!r}"


def _target(name: str) -> str | None:
    """Return the canonical name of a zone; None where it has none."""
    canonical, links = _canonical(), _links()
    while name not in canonical and name not in _UTC and name in links:
        name = links[name]
    if name in _ALSO_UTC:
        return "UTC"
    return name if name in canonical or name in _UTC else None


@lru_cache(maxsize=1024)
def zone_exists(name: str) -> bool:
    """Return whether this machine knows a zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _placeless(name: str) -> str:
    return f"{name!r} belongs to no place; use the site's own zone, such as Europe/Berlin, or UTC"


def _unknown(name: str) -> str:
    return f"{name!r} isn't an IANA time zone, such as Europe/Berlin"


@cache
def _canonical() -> frozenset[str]:
    """Return the names of zone.tab: country, coordinates, name, remarks, parted by tabs."""
    rows = (line.split("\t") for line in _database("zone.tab").splitlines() if not line.startswith("#"))
    return frozenset(row[2] for row in rows if len(row) > 2)  # noqa: PLR2004 - the third column


@cache
def _links() -> dict[str, str]:
    """Return the database's other names, each with the name it stands for; a line `L target name` each."""
    lines = (line.split() for line in _database("tzdata.zi").splitlines() if line.startswith("L "))
    return {name: target for _, target, name in lines}


def _database(file: str) -> str:
    """Return a file of the IANA database: of the package tzdata, else of this machine; empty where neither has it."""
    try:
        return (files("tzdata") / "zoneinfo" / file).read_text("utf-8")
    except (ModuleNotFoundError, FileNotFoundError):
        paths = (Path(folder) / file for folder in TZPATH)
        return next((path.read_text("utf-8") for path in paths if path.is_file()), "")
