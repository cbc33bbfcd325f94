"""The interval that a file's own readings have, where it isn't the registry's: they are judged by that."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from heliograph.intervals import minutes_of
from heliograph.reading import Reading, end_of
from heliograph.series import site_at
from heliograph.site import Site


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
