"""The readings table in pages: a site's readings, its anomalies, a day's anomalies of all sites."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

import msgspec

from heliograph.history import Assessed
from heliograph.reading import format_timestamp, moment_of
from heliograph.storage.batches import DynamoTable, Keys, get_many
from heliograph.storage.pages import Page, Range, Shards, query_page
from heliograph.storage.reading_items import READING_CODEC, reading_key
from heliograph.table_keys import (
    ANOMALIES_BY_DAY,
    ANOMALIES_BY_SITE,
    ANOMALY_SHARDS,
    READINGS,
    anomaly_keys,
    anomaly_list,
)

EARLIEST: Final = "0001-01-01T00:00:00Z"
LATEST: Final = "9999-12-31T23:59:59Z"


class DynamoReadingPages(DynamoTable):
    """Reads pages of the readings table. Times are UTC text; `start` is included, `end` isn't."""

    def of_site(
        self, site_id: str, start: str | None, end: str | None, limit: int, after: str | None
    ) -> Page[Assessed]:
        """Read a site's readings in time order, behind the one at `after`."""
        sort = (READINGS.sort, start or EARLIEST, _last_before(end))
        behind = {"site_id": site_id, "timestamp": after} if after else None
        return self._page(Range(self._table, ("site_id", site_id), sort, after=behind), limit)

    def anomalies_of_site(
        self, site_id: str, start: str | None, end: str | None, limit: int, after: str | None
    ) -> Page[Assessed]:
        """Read a site's anomalous readings in time order, behind the one at `after`."""
        index = ANOMALIES_BY_SITE
        sort = (index.sort, start or EARLIEST, _last_before(end))
        behind = {"site_id": site_id, "timestamp": after, index.sort: after} if after else None
        return self._page(Range(self._table, ("site_id", site_id), sort, index.name, behind), limit)

    def anomalies_of_day(self, day: str, limit: int, after: tuple[str, str] | None) -> Page[Assessed]:
        """Read all sites' anomalous readings of a UTC day `YYYY-MM-DD`, by site, behind the (site_id, timestamp)."""
        index = ANOMALIES_BY_DAY
        low = _behind(*after) if after else _FIRST
        ranges = [
            Range(self._table, (index.partition, anomaly_list(day, shard)), (index.sort, low, _LAST), index.name)
            for shard in range(ANOMALY_SHARDS)
        ]
        return Shards(ranges, _anomaly_key, self._page, _onward).page(limit)

    def get_many(self, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Assessed]:
        """Read the readings there are, by (site_id, timestamp), a hundred a call."""
        wanted = [reading_key(*key) for key in dict.fromkeys(keys)]
        found = get_many(self._dynamodb, Keys(self._table, wanted), READING_CODEC, self._retry_policy)
        return {(each.history.site_id, each.history.timestamp): each for each in found}

    def before(self, site_id: str, timestamp: str, limit: int) -> list[Assessed]:
        """Read the last readings of a site before a time, oldest first."""
        behind = {"site_id": site_id, "timestamp": timestamp}
        chosen = Range(self._table, ("site_id", site_id), after=behind, backwards=True)
        return self._page(chosen, limit).items[::-1]

    def first_of_site(self, site_id: str) -> Assessed | None:
        """Read a site's earliest reading, or None where it has none."""
        return self._end_of_site(site_id, backwards=False)

    def last_of_site(self, site_id: str) -> Assessed | None:
        """Read a site's latest reading, or None where it has none."""
        return self._end_of_site(site_id, backwards=True)

    def _end_of_site(self, site_id: str, *, backwards: bool) -> Assessed | None:
        page = self._page(Range(self._table, ("site_id", site_id), backwards=backwards), 1)
        return page.items[0] if page.items else None

    def _page(self, chosen: Range, limit: int) -> Page[Assessed]:
        return query_page(self._dynamodb, chosen, limit, READING_CODEC)


# Before and behind every site's id.
_FIRST: Final = "\0"
_LAST: Final = "~"


def _anomaly_key(stored: Assessed) -> str:
    return anomaly_keys(stored.history.site_id, stored.history.timestamp)[ANOMALIES_BY_DAY.sort]


def _behind(site_id: str, timestamp: str) -> str:
    """Return the first sort key behind an anomaly's."""
    return f"{anomaly_keys(site_id, timestamp)[ANOMALIES_BY_DAY.sort]}\0"


def _onward(chosen: Range, last: Assessed) -> Range:
    sort = (ANOMALIES_BY_DAY.sort, _behind(last.history.site_id, last.history.timestamp), _LAST)
    return msgspec.structs.replace(chosen, sort=sort)


def _last_before(end: str | None) -> str:
    """Return the last timestamp before `end`; readings are whole seconds."""
    if end is None:
        return LATEST
    return format_timestamp(moment_of(end) - timedelta(seconds=1)) if end > EARLIEST else EARLIEST
