"""Local times of a file: the zone of each site, and which pass of the hour that comes twice a record belongs to.

Where clocks go back, a local hour comes twice. Nothing in such a time says which pass it is, but the order of a site's
records does: times rise through the first pass, fall once, and rise through the second (newest first: the other way
round). What order doesn't tell is refused, for a guess would move energy by an hour.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from heliograph.errors import ReadingError
from heliograph.reading import short
from heliograph.zones import zone_exists

Zones = Callable[[frozenset[str]], Mapping[str, str]]
"""Tells the registered time zone of sites by IANA name; those without one are left out."""

# So many sites of a file may write local time: their zones are kept beside the file, to be read the same way again.
MOST_SITES: Final = 10_000
# So many of a file's records may lie in hours that come twice: a year of minutes at 800 sites has 96,000.
_MOST_REPEATED: Final = 500_000
# Clocks go back by an hour or less, at one place by two [IANA, Antarctica/Troll]; a longer way is another year's hour.
_ONE_CHANGE: Final = timedelta(hours=4)
_INSTANT: Final = timedelta(seconds=1)
_DAY: Final = timedelta(days=1)
_FEW_DAYS: Final = timedelta(days=7)
_FIRST_DAY: Final = datetime(1, 1, 3)  # noqa: DTZ001 - a local time
_LAST_DAY: Final = datetime(9999, 12, 29)  # noqa: DTZ001 - a local time


class LocalRecord(NamedTuple):
    """A record's site and local time, and its position in the file."""

    site_id: str
    moment: datetime
    position: int


class _Repeated(NamedTuple):
    """A local time of the repeated hour. edge: whether it is the hour's end, which one pass ends with and one doesn't.

    first, second: the zone's offsets in the two passes.
    """

    moment: datetime
    position: int
    edge: bool
    first: timedelta
    second: timedelta


class _Run(msgspec.Struct):
    """A site's records in a repeated hour that follow one another. before: the site's local time before them."""

    before: datetime | None = None
    times: list[_Repeated] = msgspec.field(default_factory=list)


class LocalTimes:
    """Reads local times by their sites' zones.

    zones: of each site that has one. offsets: of the records in a repeated hour whose order tells it, by position;
    None for the end of such an hour where neither is known.
    """

    def __init__(self, zones: Mapping[str, str], offsets: Mapping[int, timedelta | None]) -> None:
        """Keep them."""
        self._zones = zones
        self._offsets = offsets

    def utc(self, record: LocalRecord, written: str) -> datetime:
        """Return a record's local time as UTC, without a zone. written: as it stands in the record, for the reason.

        Raises:
            ReadingError: the site has no zone, the zone's clocks skip the time, or it comes twice and order doesn't
                tell which one is meant.
        """
        zone = self._zones.get(record.site_id)
        shown = f"timestamp {short(written)} has no offset"
        if zone is None:
            raise ReadingError(
                f"{shown}, and the registry has no time zone for site {record.site_id}; register its timezone, or "
                "write the offset, such as Z or -08:00"
            )
        if record.position in self._offsets:
            offset = self._offsets[record.position]
        else:
            first, second = _offsets(zone, record.moment)
            if first < second:
                raise ReadingError(f"{shown}, and clocks in {zone} skip this time; write it with its offset")
            offset = first if first == second else None
        if offset is None:
            raise ReadingError(
                f"{shown}, and in {zone} it comes twice, as clocks go back; the order of the site's records doesn't "
                "tell which one is meant. Write the offset"
            )
        try:
            return record.moment - offset
        except OverflowError:
            raise ReadingError(f"timestamp {short(written)} is outside the years 1 to 9999 in UTC") from None


def local_times(records: Callable[[], Iterable[LocalRecord]], zones: Zones, *, by_order: bool) -> LocalTimes:
    """Look through a file's local times once for the sites, and once for the hours that come twice.

    records: gives those of the file, in its order. by_order: whether the file's order means anything.
    """
    sites: set[str] = set()
    first, last = datetime.max, datetime.min  # noqa: DTZ901 - local times
    for record in records():
        first, last = min(first, record.moment), max(last, record.moment)
        if len(sites) < MOST_SITES:
            sites.add(record.site_id)
    known = {site: zone for site, zone in zones(frozenset(sites)).items() if zone_exists(zone)}
    twice = by_order and any(_may_go_back(zone, first, last) for zone in set(known.values()))
    return LocalTimes(known, _resolved(records(), known) if twice else {})


def _may_go_back(zone: str, first: datetime, last: datetime) -> bool:
    """Return whether a zone's clocks may go back between two local times; they don't change twice within days."""
    if last - first > _FEW_DAYS or first < _FIRST_DAY or last > _LAST_DAY:
        return True
    return _offsets(zone, first - _DAY)[0] > _offsets(zone, last + _DAY)[0]


def _resolved(records: Iterable[LocalRecord], zones: Mapping[str, str]) -> dict[int, timedelta | None]:
    """Return the offsets of the records in repeated hours, as far as order tells them; none where they are too many."""
    runs: dict[str, _Run] = {}
    offsets: dict[int, timedelta | None] = {}
    repeated = 0
    for record in records:
        if (zone := zones.get(record.site_id)) is None:
            continue
        run = runs.setdefault(record.site_id, _Run())
        time = _repeated(zone, record)
        if time and run.times and abs(run.times[0].moment - time.moment) > _ONE_CHANGE:
            offsets |= _passes(run, time.moment)
            run.before, run.times = None, []
        if time:
            run.times.append(time)
            repeated += 1
            if repeated > _MOST_REPEATED:
                return {}
            continue
        if run.times:
            offsets |= _passes(run, record.moment)
            run.times = []
        run.before = record.moment
    for run in runs.values():
        offsets |= _passes(run, None)
    return offsets


def _passes(run: _Run, after: datetime | None) -> dict[int, timedelta | None]:
    """Return the offset of each of a run's records. after: the site's local time behind them."""
    times = run.times
    if all(time.edge for time in times):
        return {}
    around = _is_forward(run, after)
    # Without records around, one direction must be two passes, and the other neither one nor two.
    forward = len(_falls(times)) == 1 if around is None else around
    ordered = times if forward else times[::-1]
    begins = _second_pass(ordered)
    if begins is None or (around is None and len(_falls(ordered[::-1])) <= 1):
        edges = [time for time in times if time.edge]
        return dict.fromkeys((time.position for time in edges), None) if len(edges) > 1 else {}
    return {time.position: time.first if index < begins else time.second for index, time in enumerate(ordered)}


def _second_pass(times: list[_Repeated]) -> int | None:
    """Return where the second pass begins among a run's records, oldest first; None where they aren't two passes."""
    falls = _falls(times)
    if len(falls) != 1:
        return None
    first, second = times[: falls[0]], times[falls[0] :]
    if first[0].edge or second[0].edge:
        return None
    # Where the first pass ends with the hour's end, that is the moment that the second would begin with.
    begin = first[-1].moment - (first[-1].first - first[-1].second)
    return None if first[-1].edge and second[0].moment <= begin else falls[0]


def _falls(times: list[_Repeated]) -> list[int]:
    """Return where a time isn't later than the one before it."""
    return [index for index, (one, other) in enumerate(pairwise(times), 1) if other.moment <= one.moment]


def _is_forward(run: _Run, after: datetime | None) -> bool | None:
    """Return whether the records around a run rise in time; None where there are none, or they say both."""
    begin = run.times[0].moment
    says = {run.before < begin} if run.before else set()
    says |= {after > begin} if after else set()
    return says.pop() if len(says) == 1 else None


def _repeated(zone: str, record: LocalRecord) -> _Repeated | None:
    first, second = _offsets(zone, record.moment)
    if first > second:
        return _Repeated(record.moment, record.position, edge=False, first=first, second=second)
    if record.moment < _FIRST_DAY:
        return None
    first, second = _offsets(zone, record.moment - _INSTANT)
    return _Repeated(record.moment, record.position, edge=True, first=first, second=second) if first > second else None


@lru_cache(maxsize=4096)
def _offsets(zone: str, moment: datetime) -> tuple[timedelta, timedelta]:
    """Return a zone's offset at a local time, read as before a change of clocks and as behind it."""
    here = moment.replace(tzinfo=ZoneInfo(zone))
    return here.utcoffset() or timedelta(), here.replace(fold=1).utcoffset() or timedelta()
