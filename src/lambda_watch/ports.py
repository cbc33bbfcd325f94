"""Where a watcher reads and writes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

from heliograph.checks.flag import Flag
from heliograph.estimation.hours import DayHours
from heliograph.evaluation.cycle import Reevaluation
from heliograph.evaluation.model import Day, EvaluationResult, FlagUpdate, StoredReading
from heliograph.evaluation.recent import Recent
from heliograph.site import Site
from heliograph.storage.evaluations import SiteParts


class Windows(Protocol):
    """The readings, a stretch of a site's at a time. Times are seconds since 1970."""

    def read(self, site_id: str, first: int, last: int, *, consistent: bool) -> list[StoredReading]:
        """Read a site's readings that end from `first` to `last`, oldest first."""
        ...

    def mark(self, site_id: str, changes: Sequence[FlagUpdate]) -> bool:
        """Write what was found to readings that are still as they were read; return whether all were."""
        ...


class Parts(Protocol):
    """What is kept of a site beside its readings."""

    def read(self, site_id: str, from_date: str, *, consistent: bool) -> SiteParts:
        """Read a site's days from a local date on, its registry entry and its last re-evaluation."""
        ...

    def days(self, site_id: str, from_date: str, to_date: str) -> list[Day]:
        """Read a site's days of local dates, both included, oldest first."""
        ...

    def put_days(self, site_id: str, days: Iterable[Day]) -> None:
        """Write days over those there are."""
        ...

    def drop_days(self, site_id: str, dates: Iterable[str]) -> None:
        """Delete days."""
        ...

    def put_recent(self, site_id: str, recent: Recent) -> None:
        """Write a site's last two days, packed."""
        ...

    def reevaluation(self, site_id: str) -> Reevaluation | None:
        """Read a site's last re-evaluation, as it is now."""
        ...

    def put_reevaluation(self, site_id: str, reevaluation: Reevaluation) -> bool:
        """Write a re-evaluation over the turn before it; False where another came between."""
        ...


class KeepsIncidents(Protocol):
    """Who keeps the incidents."""

    def fetch(self, site_ids: Iterable[str]) -> None:
        """Read ahead what is needed of the sites evaluated next."""
        ...

    def after_evaluation(self, site: Site, result: EvaluationResult, single: Mapping[int, tuple[Flag, ...]]) -> object:
        """Open, go on with and close a site's incidents. single: the processor's flags of judged readings, by END."""
        ...


class FindsNeighbours(Protocol):
    """The sites around a site, and what their days gave."""

    def neighbours_of(self, site: Site, most: int = ...) -> list[str]:
        """Return the nearest sites of the same region and kind, the nearest first."""
        ...

    def hours_of(self, site_ids: Iterable[str], dates: Iterable[str]) -> dict[str, list[DayHours]]:
        """Read what sites measured by the hour on local dates `YYYY-MM-DD`, oldest first."""
        ...


class WatchStores(msgspec.Struct, frozen=True):
    """Where a watcher reads and writes."""

    windows: Windows
    parts: Parts
    keeper: KeepsIncidents
    neighbours: FindsNeighbours
