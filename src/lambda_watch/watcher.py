"""One site's evaluation: read its last days, evaluate, and write what changed.

What is written is a function of what is stored, so it can be done again at any point. Two evaluations at once can't
leave what only one of them saw: each reading is marked only where it is as it was read, and an evaluation that finds
that a re-evaluation came between begins anew.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from itertools import dropwhile
from typing import Final

import msgspec

from heliograph.baseline import BASELINE_DAYS, has_baseline
from heliograph.checks.plausible import AHEAD_SECONDS
from heliograph.edits.apply import reach
from heliograph.edits.evaluated import SeenReadings, seen
from heliograph.edits.model import Edit
from heliograph.evaluation.completing import Evaluated
from heliograph.evaluation.cycle import MINUTE, Clock, DueSite, EvaluationPlan, Reevaluation, judged_seconds, plan
from heliograph.evaluation.evaluate import emptied, evaluate
from heliograph.evaluation.model import CONTEXT_SECONDS, Day, FlagUpdate, StoredReading
from heliograph.evaluation.recent import Recent, ends_soon, holds, is_fresh, pack, two_days, unpack
from heliograph.reading import text_of
from heliograph.site import Site
from heliograph.storage.retry_policy import StoreRetryPolicy
from heliograph.validated.one_side import KnownSum
from heliograph.zones import span_of
from lambda_watch.day_sums import DaySums
from lambda_watch.ports import WatchStores

# A local date differs from UTC's by at most one day.
_DATES_APART: Final = 1
_LAST_DATE: Final = "9999-12-31"
# How often a site whose last two days have no reading is evaluated by its weeks: that reads all their days.
_SILENCE_SECONDS: Final = 6 * 3600
_RETENTION: Final = timedelta(days=1095)  # as the settings have it


class EvaluationSummary(msgspec.Struct, frozen=True):
    """What an evaluation came to: how many readings it judged, and what it changed."""

    judged: int = 0
    marked: int = 0
    days: int = 0
    reevaluated: bool = False


class Watcher:
    """Evaluates sites, one at a time.

    period: minutes in a cycle. clock: seconds since 1970. retention: how long readings are kept from their landing.
    """

    def __init__(
        self,
        stores: WatchStores,
        period: int,
        clock: Callable[[], int],
        retry_policy: StoreRetryPolicy | None = None,
        retention: timedelta = _RETENTION,
    ) -> None:
        """Keep the stores; nothing is called yet."""
        self._stores = stores
        self._period = period
        self._clock = clock
        self._retention_seconds = int(retention.total_seconds())
        self._retry_policy = retry_policy or StoreRetryPolicy()

    def evaluate(self, due_site: DueSite, at: int) -> EvaluationSummary | None:
        """Evaluate a site, until nobody interferes. at: when it was asked for, seconds since 1970.

        Returns:
            What changed; None where a re-evaluation covers this evaluation, or nobody knows the site.

        Raises:
            StillThrottled: others kept interfering until the retry policy's time was up.
            StorageError: a store refused for good or for too long.
        """
        mine: int | None = None
        for attempt in self._retry_policy.attempts(f"evaluate site {due_site.site_id}"):
            clock = Clock(self._clock(), self._period, mine, self._retention_seconds)
            one = _Evaluation(self._stores, due_site, at, clock, fresh=attempt > 0)
            if one.run():
                return one.summary
            mine = one.claimed or mine
        return None


class _Evaluation:
    """One attempt at an evaluation. fresh: whether even a scheduled evaluation reads all that is stored by now."""

    def __init__(self, stores: WatchStores, due_site: DueSite, at: int, clock: Clock, *, fresh: bool) -> None:
        self._stores = stores
        self._due_site = due_site
        self._at = at
        self._clock = clock
        self._fresh = fresh or bool(due_site.since)
        self._recent: Recent | None = None
        self.summary: EvaluationSummary | None = None
        self.claimed: int | None = None

    def run(self) -> bool:
        """Evaluate and write; False where another evaluation came between."""
        from_date = _date(self._at - judged_seconds(self._clock.period), -_DATES_APART)
        known = self._stores.parts.read(self._due_site.site_id, from_date, consistent=self._fresh)
        planned = plan(self._due_site, self._at, known.reevaluation, self._clock)
        if known.site is None or planned is None:
            return True  # nobody knows the site, or a re-evaluation covers this evaluation
        claim = self._claim(planned, known.reevaluation)
        is_taken_by_another = planned.is_reevaluation and claim is None
        if is_taken_by_another:
            return False
        self._recent = None if self._fresh or planned.is_reevaluation else known.recent
        found = self._read(planned, known.reevaluation, known.edits)
        readings = found.readings
        looks_back = self._clock.now % _SILENCE_SECONDS < self._clock.period * MINUTE
        if not readings and looks_back and not planned.is_reevaluation:
            self._evaluate_silence(known.site, known.edits)
            return True
        before, kept = self._days(planned, known.site, known.days, readings)
        series, now = found.series(known.site), self._clock.now
        result = found.without_accepted(evaluate(known.site, series, before, planned.judge_from, now))
        evaluated = Evaluated(known.site, readings, result, planned.judge_from, now)
        emptied_dates = self._emptied(evaluated, kept)
        there = {date_: day for date_, day in kept.items() if date_ not in emptied_dates}
        sums = DaySums(self._stores, evaluated, there, anew=planned.is_reevaluation)
        if self._goes_back(sums.cut_off, planned, known.reevaluation):
            return self.run()
        changes = self._write(evaluated, found, emptied_dates, sums)
        if changes is None:
            return False
        self._pack(planned, claim or known.reevaluation, found.stored, changes)
        return self._end(known.reevaluation, claim)

    def _goes_back(self, known: KnownSum | None, planned: EvaluationPlan, last: Reevaluation | None) -> bool:
        """Ask for a re-evaluation from the begin of a gap whose energy came; return whether it is needed."""
        if known is None:
            return False
        is_done = last is not None and last.since <= known.begin and last.began >= known.end
        if is_done if planned.since is None else planned.since <= known.begin:
            return False
        self._due_site = DueSite(self._due_site.site_id, text_of(known.begin))
        self._clock = msgspec.structs.replace(self._clock, mine=self.claimed)
        self._fresh = True
        return True

    def _evaluate_silence(self, site: Site, edits: Sequence[Edit]) -> None:
        """Evaluate a site that sent nothing for two days: by its weeks, since it may deliver once a week or a month.

        What its last readings and days show was reported when they came. Its days since are written, as missing ones.
        """
        days = self._stores.parts.days(site.site_id, _date(self._clock.now, -BASELINE_DAYS - 2), _LAST_DATE)
        known = [day for day in days if day.last_end]
        last = known[-1].last_end if known else 0
        wanted = last - CONTEXT_SECONDS, last
        readings = self._stores.windows.read(site.site_id, *reach(edits, *wanted), consistent=False)
        found = seen(readings, edits, *wanted)
        result = evaluate(site, found.series(site), known, last + 1, self._clock.now)
        no_more = msgspec.structs.replace(result, judged=[], flags={}, days={})
        evaluated = Evaluated(site, found.readings, result, last + 1, self._clock.now)
        missing, _ = DaySums(self._stores, evaluated, {day.date: day for day in days}, anew=False).news()
        if missing:
            self._stores.parts.put_days(site.site_id, missing)
        self._stores.keeper.after_evaluation(site, no_more, {})
        self.summary = EvaluationSummary(days=len(missing))

    def _claim(self, planned: EvaluationPlan, last: Reevaluation | None) -> Reevaluation | None:
        """Let all others know that a re-evaluation begins; return it, or None where it isn't ours to begin."""
        if planned.since is None:
            return None
        claim = Reevaluation(last.turn + 1 if last else 1, self._clock.now, planned.since, done=False)
        if not self._stores.parts.put_reevaluation(self._due_site.site_id, claim):
            return None
        self.claimed = claim.turn
        return claim

    def _read(self, planned: EvaluationPlan, last: Reevaluation | None, edits: Sequence[Edit]) -> SeenReadings:
        """Read the readings, as far as they aren't packed, and see them after the site's edits."""
        wanted = planned.judge_from - CONTEXT_SECONDS, self._clock.now + AHEAD_SECONDS
        return seen(self._stored(planned, last, reach(edits, *wanted)), edits, *wanted)

    def _stored(
        self, planned: EvaluationPlan, last: Reevaluation | None, reached: tuple[int, int]
    ) -> list[StoredReading]:
        first, until = reached
        if self._recent and not holds(self._recent, first, last):
            self._recent = None
        if self._recent:
            packed = [each for each in unpack(self._recent) if each.end >= first]
            younger = self._read_from(self._recent.last + 1, until, planned)
            if not younger or ends_soon(packed, self._recent):
                return packed + younger
            self._recent = None
        return self._read_from(first, until, planned)

    def _read_from(self, first: int, until: int, planned: EvaluationPlan) -> list[StoredReading]:
        is_consistent = self._fresh or planned.is_reevaluation
        return self._stores.windows.read(self._due_site.site_id, first, until, consistent=is_consistent)

    def _pack(
        self,
        planned: EvaluationPlan,
        reevaluation: Reevaluation | None,
        readings: list[StoredReading],
        changes: list[FlagUpdate],
    ) -> None:
        """Pack the last two days anew where that has become due, or where what is packed was changed."""
        now = self._clock.now
        if reevaluation is None:
            return
        is_for_another = not reevaluation.done and not planned.is_reevaluation  # it is at work, and will pack
        is_up_to_date = self._recent is not None and is_fresh(self._recent, now, changes)
        if is_for_another or is_up_to_date:
            return
        changed = {each.kept.end: each.after for each in changes}
        first = max(planned.judge_from - CONTEXT_SECONDS, two_days(self._clock.period, now))
        turn = reevaluation.turn + 1 if planned.is_reevaluation else reevaluation.turn
        recent = pack([changed.get(each.end, each) for each in readings], first, turn, now)
        if recent:
            self._stores.parts.put_recent(self._due_site.site_id, recent)

    def _days(
        self, planned: EvaluationPlan, site: Site, days: list[Day], readings: list[StoredReading]
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

    def _write(
        self, evaluated: Evaluated, found: SeenReadings, emptied_dates: list[str], sums: DaySums
    ) -> list[FlagUpdate] | None:
        """Write what changed, and return what changed of readings; None where one of them was changed meanwhile.

        emptied_dates: of the kept days that have no readings any more.
        """
        site, result = evaluated.site, evaluated.result
        changes = found.updates(result)
        days, dates = sums.news()
        gone = [each for each in emptied_dates if each not in dates]
        written = len(days) + len(gone)
        judged, is_again = len(result.judged), self.claimed is not None
        self.summary = EvaluationSummary(judged, len(changes), written, reevaluated=is_again)
        if changes and not self._stores.windows.mark(site.site_id, changes):
            return None
        if days:
            self._stores.parts.put_days(site.site_id, days)
        if gone:
            self._stores.parts.drop_days(site.site_id, gone)
        self._stores.keeper.after_evaluation(site, result, found.single(result))
        return changes

    def _emptied(self, evaluated: Evaluated, kept: Mapping[str, Day]) -> list[str]:
        """Return the kept dates that have no readings any more; of one that had none only a re-evaluation knows."""
        expired = self._clock.now - self._clock.retention_seconds
        found = emptied(evaluated.site, kept, evaluated.result, evaluated.judge_from, expired)
        return [each for each in found if self.claimed is not None or kept[each].readings]

    def _end(self, last: Reevaluation | None, claim: Reevaluation | None) -> bool:
        """Finish a re-evaluation, or make sure that none came between; False where one did."""
        site_id = self._due_site.site_id
        if claim is not None:
            done = msgspec.structs.replace(claim, turn=claim.turn + 1, done=True)
            return self._stores.parts.put_reevaluation(site_id, done)
        changed = self.summary is not None and (self.summary.marked or self.summary.days)
        return not changed or self._stores.parts.reevaluation(site_id) == last


def _date(end: int, days: int) -> str:
    """Return the UTC date so many days from the one `end` is in."""
    return (date.fromisoformat(text_of(end)[:10]) + timedelta(days=days)).isoformat()


def _dates_of(site: Site, judge_from: int, readings: list[StoredReading]) -> list[str]:
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
    return day is not None and has_baseline(day.baseline)
