"""An evaluation's days with their sums: what is read for their gaps, and which of them are to be written."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

import msgspec

from heliograph.estimation.model import Neighbour
from heliograph.evaluation.completing import Completing, Evaluated
from heliograph.evaluation.model import Day
from heliograph.validated.one_side import KnownSum
from heliograph.zones import span_of
from lambda_watch.ports import WatchStores

# How far the kept totals of a day that still runs may lag behind: a write costs two units, to read what is younger half
# a unit an hour.
_RUNNING_SECONDS: Final = 4 * 3600
# What is usual of a site is taken from so many days before a gap.
_WEEKS_DAYS: Final = 28


class DaySums:
    """Completes evaluations. stores: where the site's weeks and its neighbours' days are read, where a gap needs them.

    kept: the days as they are kept, by date. anew: see `Completing`; all weeks that matter are among those kept then.
    """

    def __init__(self, stores: WatchStores, evaluated: Evaluated, kept: Mapping[str, Day], *, anew: bool) -> None:
        """Find the gaps; nothing is read yet."""
        self._stores = stores
        self._site = evaluated.site
        self._now = evaluated.now
        self._kept = kept
        self._anew = anew
        self._completing = Completing(evaluated, kept, anew=anew)

    @property
    def cut_off(self) -> KnownSum | None:
        """The energy over a gap that these days are only a part of; see `Completing`."""
        return self._completing.cut_off

    def news(self) -> tuple[list[Day], set[str]]:
        """Estimate the gaps, and return the days that are to be written, and the dates of all there are.

        Raises:
            StorageError: a store refused for good or for too long.
        """
        if self._completing.needs_history:
            first, last = self._dates()
            self._completing.estimate(self._weeks(first, last), self._neighbours(first, last))
        else:
            self._completing.estimate()
        days = self._completing.days()
        return [self._completing.with_hours(day) for day in days.values() if self._is_news(day)], set(days)

    def _dates(self) -> tuple[str, str]:
        """Return the local dates of the first gap and the last one."""
        ends = [end for gap in self._completing.gaps for end in (gap.ends[0], gap.ends[-1])]
        return span_of(self._site, min(ends)).date, span_of(self._site, max(ends)).date

    def _weeks(self, first: str, last: str) -> list[Day]:
        """Return the site's days around its gaps, and of the weeks before."""
        if self._anew:
            return list(self._kept.values())
        return self._stores.parts.days(self._site.site_id, _shifted(first, -_WEEKS_DAYS), last)

    def _neighbours(self, first: str, last: str) -> list[Neighbour]:
        """Return what the sites around measured on the days of the gaps and in the weeks before, nearest first."""
        names = self._stores.neighbours.neighbours_of(self._site)
        if not names:
            return []
        begin = date.fromisoformat(first) - timedelta(days=_WEEKS_DAYS)
        number = (date.fromisoformat(last) - begin).days + 1
        found = self._stores.neighbours.hours_of(
            names, [(begin + timedelta(days=turn)).isoformat() for turn in range(number)]
        )
        return [Neighbour(name, found[name]) for name in names if name in found]

    def _is_news(self, day: Day) -> bool:
        """Return whether a day is to be written.

        The totals of a day that still runs grow with each reading, so they are written every few hours only; but at
        once where a reading in them was revised, came late or was flagged, since nothing else would tell those who
        read the totals.
        """
        kept = self._kept.get(day.date)
        if kept is None:
            return True
        if day.ends <= self._now or day.last_end - kept.last_end >= _RUNNING_SECONDS:
            if self._anew:
                return self._completing.with_hours(day) != kept
            return day != msgspec.structs.replace(kept, hours=b"")
        return day.baseline != kept.baseline or not self._completing.only_grew(day, kept)


def _shifted(local: str, days: int) -> str:
    return (date.fromisoformat(local) + timedelta(days=days)).isoformat()
