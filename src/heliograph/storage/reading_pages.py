"""The readings table in pages: a site's readings, its anomalies, a day's anomalies of all sites.

What is served is `CountedPages`: what registers stood at, with the energies between. Only readings of registers cost
more: their neighbours are read, so that each has the same energies on whatever page.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Final, Protocol

import msgspec

from heliograph.counted import has_registers, is_shown, with_energies
from heliograph.history import Assessed
from heliograph.reading import format_timestamp, moment_of
from heliograph.registers import AFTER, BEFORE, around
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


class ReadingPages(Protocol):
    """The readings. Times are UTC text; `start` is included, `end` isn't; None leaves a side open."""

    def of_site(
        self, site_id: str, start: str | None, end: str | None, limit: int, after: str | None
    ) -> Page[Assessed]:
        """Read a site's readings in time order."""
        ...

    def anomalies_of_site(
        self, site_id: str, start: str | None, end: str | None, limit: int, after: str | None
    ) -> Page[Assessed]:
        """Read a site's anomalous readings in time order."""
        ...

    def anomalies_of_day(self, day: str, limit: int, after: tuple[str, str] | None) -> Page[Assessed]:
        """Read all sites' anomalous readings of a UTC day, by site, behind a (site_id, timestamp)."""
        ...

    def first_of_site(self, site_id: str) -> Assessed | None:
        """Read a site's earliest reading."""
        ...

    def last_of_site(self, site_id: str) -> Assessed | None:
        """Read a site's latest reading."""
        ...


class StoredPages(ReadingPages, Protocol):
    """Reads pages of readings as they are stored; see `DynamoReadingPages`."""

    def before(self, site_id: str, timestamp: str, limit: int) -> list[Assessed]:
        """Read the last readings of a site before a time, oldest first."""
        ...


class CountedPages:
    """Reads the same pages with energies. A fact of registers without energy and without flags is left out."""

    def __init__(self, pages: StoredPages) -> None:
        """Keep who reads what is stored."""
        self._pages = pages

    def of_site(
        self, site_id: str, start: str | None, end: str | None, limit: int, after: str | None
    ) -> Page[Assessed]:
        """Read a site's readings in time order, behind the one at `after`."""
        while True:
            page = self._pages.of_site(site_id, start, end, limit, after)
            if not any(map(has_registers, page.items)):  # nearly always
                return page
            shown = [each for each in self._with_energies(page.items) if is_shown(each)]
            if shown or not page.more:
                return Page(shown, page.more)
            after = page.items[-1].history.timestamp

    def anomalies_of_site(
        self, site_id: str, start: str | None, end: str | None, limit: int, after: str | None
    ) -> Page[Assessed]:
        """Read a site's anomalous readings in time order, behind the one at `after`."""
        return self._each(self._pages.anomalies_of_site(site_id, start, end, limit, after))

    def anomalies_of_day(self, day: str, limit: int, after: tuple[str, str] | None) -> Page[Assessed]:
        """Read all sites' anomalous readings of a UTC day, by site, behind the (site_id, timestamp)."""
        return self._each(self._pages.anomalies_of_day(day, limit, after))

    def first_of_site(self, site_id: str) -> Assessed | None:
        """Read a site's earliest reading, or None where it has none."""
        return self._end(site_id, self._pages.first_of_site)

    def last_of_site(self, site_id: str) -> Assessed | None:
        """Read a site's latest reading, or None where it has none."""
        return self._end(site_id, self._pages.last_of_site)

    def _end(self, site_id: str, read: Callable[[str], Assessed | None]) -> Assessed | None:
        found = read(site_id)
        return self._with_energies([found])[0] if found and has_registers(found) else found

    def _each(self, page: Page[Assessed]) -> Page[Assessed]:
        items = [self._with_energies([each])[0] if has_registers(each) else each for each in page.items]
        return Page(items, page.more)

    def _with_energies(self, items: list[Assessed]) -> list[Assessed]:
        """Give neighbouring readings of a site their energies."""
        site_id, first, last = items[0].history.site_id, items[0].history.timestamp, items[-1].history.timestamp
        wanted, found = (0, 0), (BEFORE, AFTER)
        while found != wanted:  # twice, where feeds are read at other times than each other
            wanted = found
            before = self._pages.before(site_id, first, wanted[0])
            behind = self._pages.of_site(site_id, None, None, wanted[1], last).items
            together = [*before, *items, *behind]
            found = max(wanted, around(each.history.current.registers for each in together))
        return with_energies(together)[len(before) : len(before) + len(items)]


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
