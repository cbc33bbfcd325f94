"""What completes an evaluation: its days summed up by the validated series, gaps among them estimated.

It comes after the checks and says nothing to them: an estimate is never checked, and teaches no baseline. Most days
need no estimate. Where one needs more than what lies around its gap, the caller reads the site's own weeks and its
neighbours' days, and hands them in.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import Final

import msgspec

from heliograph.baseline import unpack_baseline
from heliograph.checks.judge import EARLIEST
from heliograph.checks.plausible import AHEAD_SECONDS
from heliograph.estimation.estimate import estimate, needs_history
from heliograph.estimation.hours import DayHours, day_hours, pack_hours, unpack_hours
from heliograph.estimation.model import Estimate, Gap, Neighbour
from heliograph.evaluation.model import Day, EvaluationResult, StoredReading
from heliograph.reading import all_measured, end_of
from heliograph.site import Site
from heliograph.validated.gaps import gaps_of
from heliograph.validated.model import NO_PART, DayFrame, Estimates, Interval, Part, Sums
from heliograph.validated.one_side import KnownSum
from heliograph.validated.packing import pack_estimates, unpack_estimates
from heliograph.validated.series import ValidatedSeries, marks_of
from heliograph.zones import Span, span_of, span_on, spans

# So long after its last reading a site is expected to come back; its days are estimated as long.
SILENT_DAYS: Final = 31
_EARLIEST: Final = end_of(EARLIEST)
_DAY_SECONDS: Final = 86_400
_MINUTE: Final = 60


class Evaluated(msgspec.Struct, frozen=True):
    """What an evaluation saw and found. readings: after edits, oldest first. judge_from, now: as `evaluate` has it."""

    site: Site
    readings: Sequence[StoredReading]
    result: EvaluationResult
    judge_from: int
    now: int


class Completing:
    """An evaluation's days on their way to their sums.

    kept: the days as they are kept, by date. anew: whether gaps are estimated anew that the kept days have estimates
    for, as a re-evaluation does: its readings, or those before, have changed.
    gaps: those that are to be estimated. cut_off: the energy over a gap that is known and lies in part before these
    days, which are to be evaluated with it; None where there is none.
    """

    def __init__(self, evaluated: Evaluated, kept: Mapping[str, Day], *, anew: bool) -> None:
        """Find the gaps."""
        self._site, self._now = evaluated.site, evaluated.now
        self._result = evaluated.result
        self._judge_from = evaluated.judge_from
        self._kept = kept
        self._anew = anew
        there = range(_EARLIEST, self._now + AHEAD_SECONDS + 1)
        self._ends = [each.end for each in evaluated.readings if each.end in there]
        marks = marks_of(evaluated.readings, evaluated.result.flags, evaluated.judge_from)
        self._series = ValidatedSeries(self._site, evaluated.result.lengths, marks)
        found = {**evaluated.result.days, **{day.date: day for day in self._silent_days()}}
        self._days = {date: found[date] for date in sorted(found)}
        self._frames = {date: self._frame(day) for date, day in self._days.items()}
        self._intervals: dict[str, list[Interval]] = {}
        self._estimates: tuple[dict[int, Estimate], dict[int, Estimate]] = ({}, {})
        self.gaps = [gap for gap in self._gaps() if anew or not self._is_estimated(gap)]
        self.cut_off = min((each for gap in self.gaps for each in self._cut_off(gap)), default=None)

    @property
    def needs_history(self) -> bool:
        """Whether an estimate goes by more than what lies around its gap."""
        return any(map(needs_history, self.gaps))

    def estimate(self, weeks: Sequence[Day] = (), neighbours: Sequence[Neighbour] = ()) -> None:
        """Estimate the gaps. weeks: the site's days before these, as they are kept. neighbours: nearest first."""
        history = self._history(weeks) if self.needs_history else []
        known = (day.baseline for day in reversed(self._days.values()) if day.baseline and self.gaps)
        place = unpack_baseline(next(known, b"")).place
        for gap in self.gaps:
            side = self._estimates[gap.side == "consumed"]
            side.update((each.end, each) for each in estimate(gap, self._site, history, neighbours, place))

    def days(self) -> dict[str, Day]:
        """Return the days with their sums, by date; call `estimate` first where there are gaps."""
        return {date: self._completed(day) for date, day in self._days.items()}

    def only_grew(self, day: Day, kept: Day) -> bool:
        """Return whether a day's sums are those kept before and those of its newer intervals on top.

        They aren't where a reading among those summed up was revised, came late, or was flagged since. An estimate that
        is only better by now can wait, unless all is evaluated anew.
        """
        then = kept.sums + self._series.sums(self._estimated(day.date), kept.last_end)
        return day.sums == then if self._anew else _but_estimates(day.sums) == _but_estimates(then)

    def with_hours(self, day: Day) -> Day:
        """Add what was measured in each hour: what estimates of other days and sites go by."""
        return msgspec.structs.replace(day, hours=pack_hours(self._hours(day.date)))

    def _hours(self, date: str) -> DayHours:
        span = span_on(self._site, date)
        return day_hours(date, span.start, span.ends, self._series.measured(self._frames[date]))

    def _history(self, weeks: Sequence[Day]) -> list[DayHours]:
        """Return the measured hours of the weeks before and of these days, oldest first, as they are read back."""
        packed = {day.date: day.hours for day in weeks if day.hours and day.date not in self._days}
        packed |= {date: pack_hours(self._hours(date)) for date, day in self._days.items() if day.readings}
        found = (unpack_hours(packed[date]) for date in sorted(packed))
        return [each for each in found if each is not None]

    def _silent_days(self) -> Iterator[Day]:
        """Yield the days without readings that are over: between readings, and for a month behind the last one."""
        if not self._ends:
            return
        last = min(self._now, self._ends[-1] + (SILENT_DAYS + 1) * _DAY_SECONDS)
        known = self._kept_before(span_of(self._site, self._ends[0]).date)
        first = min(self._ends[0], max(known, self._judge_from + 1)) if known else self._ends[0]
        for span in spans(self._site, first, max(last, self._ends[-1])):
            at = bisect_right(self._ends, span.start)
            is_silent = at == bisect_right(self._ends, span.ends) and span.date not in self._result.days
            before = self._ends[at - 1] if at else self._kept_before(span.date)
            is_over = self._judge_from < span.ends <= self._now
            if is_silent and is_over and before and self._is_expected(span, before):
                yield self._silent_day(span, before)

    def _kept_before(self, date: str) -> int:
        """Return the END of the last reading that a kept day before a date had, seconds since 1970; 0 without any."""
        return max((day.last_end for day in self._kept.values() if day.date < date), default=0)

    def _is_expected(self, span: Span, before: int) -> bool:
        """Return whether readings are expected in a day. before: END of the last reading, seconds since 1970."""
        begins, ends = self._site.in_operation
        is_over = (begins is not None and span.ends <= begins) or (ends is not None and ends <= span.start)
        is_soon = span.start - before <= SILENT_DAYS * _DAY_SECONDS
        return not is_over and (
            is_soon or any(each.begin < span.ends and span.start < each.end for each in self._known)
        )

    @cached_property
    def _known(self) -> list[KnownSum]:
        """The energies over gaps."""
        return [each for side in self._series.sides for each in side.known_sums()]

    def _cut_off(self, gap: Gap) -> list[KnownSum]:
        """Return the energy over a gap that lies in part before the days that are looked at."""
        first = next(iter(self._frames.values())).begin
        return [each for each in self._known if each.begin < first and each.begin < gap.begins < each.end]

    def _silent_day(self, span: Span, before: int) -> Day:
        latest = span_of(self._site, before).date
        day = self._result.days.get(latest) or self._kept.get(latest)
        return Day(
            date=span.date,
            start=span.start,
            ends=span.ends,
            minutes=self._result.minutes_at(before),
            readings=0,
            expected=0,
            measures=day.measures if day else self._site.measures or "both",
        )

    def _frame(self, day: Day) -> DayFrame:
        measures = day.measures if self._site.measures is None else all_measured((self._site.measures, day.measures))
        until = day.ends if day.ends <= self._now else self._last_end(day)
        return DayFrame(day.start, day.ends, until, day.minutes, measures)

    def _last_end(self, day: Day) -> int:
        """Return the END of a day's newest reading, be its energy over a gap, seconds since 1970; 0 without any."""
        return max([day.last_end, *self._series.over_gap_ends(day.start, day.ends)])

    def _gaps(self) -> list[Gap]:
        """Return the gaps of the days that lack something; of the days beside these what lies around a gap is taken."""
        dates = list(self._days)
        lacking = [at for at, date in enumerate(dates) if self._series.plain_sums(self._frames[date]) is None]
        if not lacking:
            return []
        around = sorted({near for at in lacking for near in (at - 1, at, at + 1) if 0 <= near < len(dates)})
        for at in around:
            self._intervals[dates[at]] = self._series.intervals(self._frames[dates[at]])
        intervals = list(chain.from_iterable(self._intervals.values()))
        return [
            gap
            for side, one in enumerate(self._series.sides)
            for gap in gaps_of(side, intervals, one.known_sums(), one.catches_up)
        ]

    @cached_property
    def _kept_estimates(self) -> Estimates:
        """The estimates that the kept days have."""
        generated: dict[int, Estimate] = {}
        consumed: dict[int, Estimate] = {}
        for date in self._intervals:
            day = self._kept.get(date)
            if day is not None and day.estimates:
                of_day = unpack_estimates(day.estimates)
                generated.update(of_day[0])
                consumed.update(of_day[1])
        return generated, consumed

    def _is_estimated(self, gap: Gap) -> bool:
        """Take the estimates of a gap that are kept, where it would cost reads to make them anew; return whether."""
        if not needs_history(gap):
            return False
        side = gap.side == "consumed"
        kept = self._kept_estimates[side]
        found = [kept[end] for end in gap.ends if end in kept]
        is_known = gap.known is not None or bool(self._cut_off(gap))
        if len(found) < len(gap.ends) or any((each.method == "known_sum") != is_known for each in found):
            return False
        if gap.known is not None and sum(each.kwh for each in found) != gap.known:
            return False
        self._estimates[side].update((each.end, each) for each in found)
        return True

    def _estimated(self, date: str) -> DayFrame:
        """Return a day's frame with its estimates."""
        frame = self._frames[date]
        if date not in self._intervals or not any(self._estimates):
            return frame
        generated, consumed = (
            {end: each for end, each in side.items() if frame.begin < end <= frame.ends} for side in self._estimates
        )
        return msgspec.structs.replace(frame, estimates=(generated, consumed))

    def _completed(self, day: Day) -> Day:
        frame = self._estimated(day.date)
        sums = self._series.sums(frame)
        generated, consumed = sums.generated_kwh, sums.consumed_kwh
        is_plain = sums == Sums(measured=Part(day.readings, generated, consumed))
        _, ends = self._site.in_operation
        left = (day.ends if ends is None else min(ends, day.ends)) - frame.until
        return msgspec.structs.replace(
            day,
            expected=sums.expected + max(0, left // (day.minutes * _MINUTE)),
            generated_kwh=generated,
            consumed_kwh=consumed,
            parts=None if is_plain else sums,
            last_end=self._last_end(day),
            estimates=pack_estimates(frame.estimates),
        )


def _but_estimates(sums: Sums) -> Sums:
    """Return sums in which what is estimated counts as missing."""
    missing = sums.missing + sums.estimated.intervals
    return msgspec.structs.replace(sums, estimated=NO_PART, missing=missing)
