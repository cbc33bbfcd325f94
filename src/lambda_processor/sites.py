"""What is known of the sites a file names, read in batches and kept for a short while."""

from collections.abc import Callable, Iterable
from typing import Final

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
        for site_id in sorted(wanted - self._kept.keys()):
            self._kept[site_id] = self._added(site_id)
        return {site_id: self._kept[site_id] for site_id in wanted}

    def _added(self, site_id: str) -> Site:
        site = Site(site_id)
        if self._sites.add(site):
            return site
        # Someone registered it since it was looked for.
        return self._sites.get_many([site_id]).get(site_id, site)

    def _forget_old(self) -> None:
        if self._clock() - self._since > KEEP_SECONDS or len(self._kept) > _MOST_KEPT:
            self._kept.clear()
            self._since = self._clock()
