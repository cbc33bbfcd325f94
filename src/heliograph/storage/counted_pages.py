"""Pages of readings as they are served: what registers stood at, with the energies between.

Only readings of registers cost more: their neighbours are read, so that each has the same energies on whatever page.
"""

from collections.abc import Callable
from typing import Protocol

from heliograph.counted import has_registers, is_shown, with_energies
from heliograph.history import Assessed
from heliograph.registers import AFTER, BEFORE, around
from heliograph.storage.pages import Page


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
