"""A file's sites: as the registry has them, and at the interval that the file's own readings have."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from heliograph.intervals import minutes_of
from heliograph.reading import Reading, end_of
from heliograph.series import site_at
from heliograph.site import Site
from heliograph.storage.ports import Sites

KEEP_SECONDS: Final = 60.0
_MOST_KEPT: Final = 50_000


class KnownSites:
    """The registry as one processor knows it: a change there is seen within `KEEP_SECONDS`.

    A site that isn't registered is added with nothing but its name, so that it is listed and counted.
    """

    def __init__(self, sites: Sites, clock: Callable[[], float]) -> None:
        """Begin knowing none. clock: seconds, monotonic."""
        self._sites = sites
        self._clock = clock
        self._kept: dict[str, Site] = {}
        self._since = clock()

    def of(self, site_ids: Iterable[str]) -> dict[str, Site]:
        """Return each site's registry entry, by site id."""
        self._forget_old()
        wanted = set(site_ids)
        unknown = sorted(wanted - self._kept.keys())
        if unknown:
            self._kept |= self._sites.get_many(unknown)
        if new := {site_id: Site(site_id) for site_id in unknown if site_id not in self._kept}:
            known = self._sites.add_many(new.values())
            # Someone registered these since they were looked for.
            self._kept |= new | (self._sites.get_many(sorted(known)) if known else {})
        return {site_id: self._kept[site_id] for site_id in wanted}

    def zones_of(self, site_ids: Iterable[str]) -> dict[str, str]:
        """Return the registered time zone of those sites that have one; none is added."""
        found = self._sites.get_many(sorted(site_ids))
        return {site_id: site.timezone for site_id, site in found.items() if site.timezone}

    def _forget_old(self) -> None:
        if self._clock() - self._since > KEEP_SECONDS or len(self._kept) > _MOST_KEPT:
            self._kept.clear()
            self._since = self._clock()


class SitesAsSent:
    """The sites of some readings of one file, each at the interval that these readings have.

    It is asked only for readings that something speaks against, so nothing is worked out before.
    """

    def __init__(self, sites: Mapping[str, Site], readings: Sequence[Reading]) -> None:
        """Keep them. sites: as registered, by name. readings: two batches of the file's, lest the last one is short."""
        self._sites = sites
        self._readings = readings
        self._intervals: dict[str, tuple[list[int], list[int]]] = {}

    def of(self, reading: Reading) -> Site:
        """Return the site of a reading as it is to be judged: the batch's readings beside it tell its interval."""
        site = self._sites[reading.site_id]
        if site.interval_minutes is None:
            return site
        if site.site_id not in self._intervals:
            ends = sorted({end_of(each.timestamp) for each in self._readings if each.site_id == site.site_id})
            self._intervals[site.site_id] = ends, minutes_of(ends, site.interval_minutes)
        ends, minutes = self._intervals[site.site_id]
        return site_at(site, minutes[bisect_left(ends, end_of(reading.timestamp))])
