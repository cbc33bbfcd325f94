"""One site's evaluation: read its last days, evaluate, and write what changed.

What is written is a function of what is stored, so it can be done again at any point. Two looks at once can't leave
what only one of them saw: each reading is marked only where it is as it was read, and a look that finds that a sweep
came between begins anew.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import dropwhile
from typing import Final

import msgspec

from heliograph.baseline import BASELINE_DAYS
from heliograph.series import series_of, text_of
from heliograph.site import Site
from heliograph.storage.patience import Patience
from heliograph.watching.calendar import span_of
from heliograph.watching.day import Day
from heliograph.watching.look import AHEAD_SECONDS, CONTEXT_SECONDS, look
from heliograph.watching.plan import Clock, Plan, Sweep, judged_seconds, plan
from heliograph.watching.recent import LASTS_SECONDS, Recent, ends_soon, pack, two_days, unpack
from heliograph.watching.rounds import Visit
from heliograph.watching.seen import Seen
from heliograph.watching.summing import only_grew
from heliograph.watching.window import Change, Kept
from lambda_watch.ports import Keeper, Parts, Windows

# A local date differs from UTC's by at most one day.
_DATES_APART: Final = 1


class WatchStores(msgspec.Struct, frozen=True):
    """Where a watcher reads and writes."""

    windows: Windows
    parts: Parts
    keeper: Keeper


class Looked(msgspec.Struct, frozen=True):
    """What a look came to: how many readings it judged, and what it changed."""

    judged: int = 0
    marked: int = 0
    days: int = 0
    swept: bool = False


class Watcher:
    """Looks at sites, one at a time. period: minutes in a round. clock: seconds since 1970."""

    def __init__(
        self, stores: WatchStores, period: int, clock: Callable[[], int], patience: Patience | None = None
    ) -> None:
        """Keep the stores; nothing is called yet."""
        self._stores = stores
        self._period = period
        self._clock = clock
        self._patience = patience or Patience()

    def visit(self, visit: Visit, at: int) -> Looked | None:
        """Look at a site, until nobody interferes. at: when it was asked for, seconds since 1970.

        Returns:
            What changed; None where a sweep covers this look, or nobody knows the site.

        Raises:
            StillThrottled: others kept interfering until patience ran out.
            StorageError: a store refused for good or for too long.
        """
        mine: int | None = None
        for attempt in self._patience.attempts(f"look at site {visit.site_id}"):
            one = _Look(self._stores, visit, at, Clock(self._clock(), self._period, mine), fresh=attempt > 0)
            if one.run():
                return one.looked
            mine = one.claimed or mine
        return None


class _Look:
    """One attempt at a look. fresh: whether even a look in turn reads all that is stored by now."""

    def __init__(self, stores: WatchStores, visit: Visit, at: int, clock: Clock, *, fresh: bool) -> None:
        self._stores = stores
        self._visit = visit
        self._at = at
        self._clock = clock
        self._fresh = fresh or bool(visit.since)
        self._recent: Recent | None = None
        self.looked: Looked | None = None
        self.claimed: int | None = None

    def run(self) -> bool:
        """Look and write; False where another look came between."""
        from_date = _date(self._at - judged_seconds(self._clock.period), -_DATES_APART)
        known = self._stores.parts.read(self._visit.site_id, from_date, consistent=self._fresh)
        planned = plan(self._visit, self._at, known.sweep, self._clock)
        if known.site is None or planned is None:
            return True
        claim = self._claim(planned, known.sweep)
        if planned.is_sweep and claim is None:
            return False
        self._recent = None if self._fresh or planned.is_sweep else known.recent
        readings = self._read(planned, known.sweep)
        before, compared = self._days(planned, known.site, known.days, readings)
        series = series_of(readings, known.site)
        seen = look(known.site, series, before, planned.judge_from, self._clock.now)
        changes = self._write(known.site, seen, readings, compared)
        if changes is None:
            return False
        self._pack(planned, claim or known.sweep, readings, changes)
        return self._end(known.sweep, claim)

    def _claim(self, planned: Plan, last: Sweep | None) -> Sweep | None:
        """Let all others know that a sweep begins; return it, or None where it isn't ours to begin."""
        if planned.since is None:
            return None
        claim = Sweep(last.turn + 1 if last else 1, self._clock.now, planned.since, done=False)
        if not self._stores.parts.put_sweep(self._visit.site_id, claim):
            return None
        self.claimed = claim.turn
        return claim

    def _read(self, planned: Plan, last: Sweep | None) -> list[Kept]:
        """Read the readings, as far as they aren't packed."""
        first = planned.judge_from - CONTEXT_SECONDS
        if self._recent and (last is None or self._recent.turn != last.turn or self._recent.first > first):
            self._recent = None
        if self._recent:
            packed = [each for each in unpack(self._recent) if each.end >= first]
            younger = self._read_from(self._recent.last + 1, planned)
            if not younger or ends_soon(packed, self._recent):
                return packed + younger
            self._recent = None
        return self._read_from(first, planned)

    def _read_from(self, first: int, planned: Plan) -> list[Kept]:
        return self._stores.windows.read(
            self._visit.site_id,
            first,
            self._clock.now + AHEAD_SECONDS,
            consistent=self._fresh or planned.is_sweep,
        )

    def _pack(self, planned: Plan, sweep: Sweep | None, readings: list[Kept], changes: list[Change]) -> None:
        """Pack the last two days anew where that has become due, or where what is packed was changed."""
        now = self._clock.now
        if sweep is None or (not sweep.done and not planned.is_sweep):
            return  # another's sweep is at work, and will pack
        old = self._recent
        if old and now - old.last <= LASTS_SECONDS and not any(each.kept.end <= old.last for each in changes):
            return
        changed = {each.kept.end: each.after for each in changes}
        first = max(planned.judge_from - CONTEXT_SECONDS, two_days(self._clock.period, now))
        turn = sweep.turn + 1 if planned.is_sweep else sweep.turn
        recent = pack([changed.get(each.end, each) for each in readings], first, turn, now)
        if recent:
            self._stores.parts.put_recent(self._visit.site_id, recent)

    def _days(
        self, planned: Plan, site: Site, days: list[Day], readings: list[Kept]
    ) -> tuple[Sequence[Day], dict[str, Day]]:
        """Return the days that the baseline is taken or fitted from, and all kept days that may change, by date."""
        if planned.since is not None:
            days = self._stores.parts.days(site.site_id, _date(planned.judge_from, -BASELINE_DAYS - 2), _LAST_DATE)
            known_until = span_of(site, max(planned.since, 1)).date
            return [day for day in days if day.date < known_until], {day.date: day for day in days}
        judged = _dates_of(site, planned.judge_from, readings)
        kept = {day.date: day for day in days}
        if any(not _has_baseline(kept.get(each)) for each in judged):
            first, last = _date(planned.judge_from, -BASELINE_DAYS - 2), days[0].date if days else _LAST_DATE
            days = [*(day for day in self._stores.parts.days(site.site_id, first, last) if day.date not in kept), *days]
        return days, kept

    def _write(self, site: Site, seen: Seen, readings: list[Kept], kept: dict[str, Day]) -> list[Change] | None:
        """Write what changed, and return what changed of readings; None where one of them was changed meanwhile."""
        judged = _judged(seen, readings)
        changes = [Change(each, found) for each in judged if (found := seen.flags.get(each.end, ())) != each.watched]
        days = [day for date_, day in seen.days.items() if self._is_news(site, day, kept.get(date_), readings)]
        self.looked = Looked(len(judged), len(changes), len(days), swept=self.claimed is not None)
        if changes and not self._stores.windows.mark(site.site_id, changes):
            return None
        if days:
            self._stores.parts.put_days(site.site_id, days)
        self._stores.keeper.after_look(site, seen, {each.end: each.flags for each in judged if each.flags})
        return changes

    def _is_news(self, site: Site, day: Day, kept: Day | None, readings: list[Kept]) -> bool:
        """Return whether a day is to be written.

        The totals of a day that still runs grow with each reading, so they are written every few hours only; but at
        once where a reading in them was revised or came late, since nothing else would tell those who read the totals.
        """
        if kept is None:
            return True
        if day.ends <= self._clock.now or day.last_end - kept.last_end >= _RUNNING_SECONDS:
            return day != kept
        newer = [
            (each.generated_kwh, each.consumed_kwh) for each in readings if kept.last_end < each.end <= day.last_end
        ]
        return day.baseline != kept.baseline or not only_grew(day, kept, newer, site)

    def _end(self, last: Sweep | None, claim: Sweep | None) -> bool:
        """Finish a sweep, or make sure that none came between; False where one did."""
        site_id = self._visit.site_id
        if claim is not None:
            done = msgspec.structs.replace(claim, turn=claim.turn + 1, done=True)
            return self._stores.parts.put_sweep(site_id, done)
        changed = self.looked is not None and (self.looked.marked or self.looked.days)
        return not changed or self._stores.parts.sweep(site_id) == last


_LAST_DATE: Final = "9999-12-31"
# How far the kept totals of a day that still runs may lag behind.
_RUNNING_SECONDS: Final = 3 * 3600


def _date(end: int, days: int) -> str:
    """Return the UTC date so many days from the one `end` is in."""
    return (date.fromisoformat(text_of(end)[:10]) + timedelta(days=days)).isoformat()


def _dates_of(site: Site, judge_from: int, readings: list[Kept]) -> list[str]:
    """Return the local dates of the readings to be judged."""
    found: list[str] = []
    ends_at = 0
    for each in dropwhile(lambda reading: reading.end < judge_from, readings):
        if each.end > ends_at:
            span = span_of(site, each.end)
            ends_at = span.ends
            found.append(span.date)
    return found


def _has_baseline(day: Day | None) -> bool:
    return day is not None and bool(day.baseline)


def _judged(seen: Seen, readings: list[Kept]) -> list[Kept]:
    """Return the readings that were judged."""
    ends = set(seen.judged)
    return [each for each in readings if each.end in ends]
