"""An evaluation of a site: readings in, flags, days and `no_data` out. A pure function, for 48 hours as for a year.

The days have all but their sums; see `completing`.

zones → the local days in the stretch
day, baseline → what each day teaches, and what was known before it
checks → what the readings show in the light of that
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain
from typing import Final

import msgspec

from heliograph.baseline import (
    BASELINE_DAYS,
    ENOUGH_DAYS,
    NO_BASELINE,
    Baseline,
    DayShape,
    unpack_baseline,
    unpack_shape,
)
from heliograph.checks.flag import Flag
from heliograph.checks.judge import EARLIEST, judge
from heliograph.checks.lengths import WholeSeries
from heliograph.checks.plausible import AHEAD_SECONDS
from heliograph.checks.registry import BY_NAME, RULES
from heliograph.checks.sides import by_side
from heliograph.checks.time_shift import is_moved
from heliograph.checks.view import SeriesFacts, View
from heliograph.evaluation.day import day_in, is_measured, joined, shape_of
from heliograph.evaluation.fitting import fit, wrong_days
from heliograph.evaluation.model import CONTEXT_SECONDS, Day, EvaluationResult
from heliograph.reading import Reading, end_of, text_of
from heliograph.rescaling import at_interval
from heliograph.series import UNKNOWN_DELAY, Lengths, Series, lengths_of, site_at
from heliograph.site import Site
from heliograph.zones import Span, span_of, span_on, spans

# Files of one history, or of what a logger kept, land within such a time of each other, in any order.
YOUNG_SECONDS: Final = 6 * 3600
_EARLIEST: Final = end_of(EARLIEST)
_ON_LENGTHS: Final = tuple(rule.on_lengths for rule in RULES if rule.on_lengths)
_ON_ARRIVALS: Final = tuple(rule.on_series for rule in RULES if rule.on_series and not rule.of_values)
_ON_VALUES: Final = tuple(rule.on_series for rule in RULES if rule.on_series and rule.of_values)
_ON_SILENCE: Final = tuple(rule.on_silence for rule in RULES if rule.on_silence)


def evaluate(site: Site, series: Series, before: Sequence[Day], judge_from: int, now: int) -> EvaluationResult:
    """Evaluate a site.

    site: its registry entry. series: its readings from 24 hours before `judge_from` on. before: days of the past, those
    in the stretch that carry a baseline among them; else the baseline is fitted from the shapes of the others.
    judge_from: readings that end before it are context. now: seconds since 1970; later readings are left alone.
    """
    series = between(series, _EARLIEST, now + AHEAD_SECONDS)
    lengths = lengths_of(series, site)
    judging = _Judging(site, lengths, before, judge_from, now)
    for span in spans(site, series.ends[0], series.ends[-1]) if series.ends else ():
        judging.day(span)
    whole = WholeSeries(series, lengths, site, is_first=not before)
    judging.add(chain.from_iterable(check(whole) for check in _ON_LENGTHS))
    judging.add(_single(series, lengths, site))
    flags = {end: found for end, found in judging.flags.items() if site.operates(end)}
    return EvaluationResult(
        minutes=lengths.stretches[-1].minutes,
        judged=_judged(series, judge_from, now + AHEAD_SECONDS),
        flags=flags,
        days=judging.days,
        no_data=judging.no_data() if series.ends else None,
        last_end=series.ends[-1] if series.ends else None,
        could_flag=CleanReadings(judging.views),
        first_end=series.ends[0] if series.ends else None,
        began=now,
        young=_young(series, flags, now),
        operation=site.in_operation,
        intervals=[(each.ends[0], each.minutes) for each in lengths.stretches if each.ends],
        lengths=lengths,
    )


def emptied(site: Site, kept: Iterable[str], result: EvaluationResult, judge_from: int, expired: int) -> list[str]:
    """Return those of some kept dates that an evaluation saw whole and found without readings: they were withdrawn.

    judge_from: as `evaluate` had it. expired: readings that landed until then may have expired, seconds since 1970; of
    days that began before, the totals are all that is left.
    """
    whole_from, seen_until = max(judge_from - CONTEXT_SECONDS, expired), result.began + AHEAD_SECONDS
    gone = (span_on(site, each) for each in kept if each not in result.days)
    return [each.date for each in gone if whole_from <= each.start < seen_until and each.ends > judge_from]


class _Judging:
    """One evaluation under way, local day by local day: what was found up to now."""

    def __init__(self, site: Site, lengths: Lengths, before: Sequence[Day], judge_from: int, now: int) -> None:
        self.flags: dict[int, tuple[Flag, ...]] = {}
        self.days: dict[str, Day] = {}
        self.views: list[View] = []
        self._site = site
        self._stretches = [(each, SeriesFacts(each)) for each in lengths.stretches]
        self._past = Past(before, site)
        self._judge_from = judge_from
        self._whole_from = judge_from - CONTEXT_SECONDS
        self._began = _began(lengths.stretches[0], before)
        self._now = now
        self._accepts = lengths.stretches[0].accepts

    def day(self, span: Span) -> None:
        """Judge a local day. One that ends before `judge_from` is context: of it only the shape is kept."""
        is_context, is_whole = span.ends <= self._judge_from, span.start >= self._whole_from
        parts = self._within(span)
        if not parts:
            return
        baseline = NO_BASELINE if is_context else self._past.baseline(span.date)
        views = [self._view(at, baseline, first, after) for at, first, after in parts]
        if is_whole:
            whole = views[0] if len(views) == 1 else joined(views, span)
            self._sum_up(views, whole, span, is_context=is_context)
        for view in () if is_context else views:
            begin = max(view.first, bisect_left(view.series.ends, self._judge_from))
            judged = msgspec.structs.replace(view, first=begin)
            self.views.append(judged)
            self.flags |= _flags(judged)

    def _sum_up(self, views: list[View], whole: View, span: Span, *, is_context: bool) -> None:
        """Sum up a day that is seen whole. A site's first day is what there is of it: it teaches nothing.

        A stamp that comes seconds after its interval's end is no such begin.
        """
        is_full = span.start >= self._began - whole.series.seconds // 2
        seen = span if is_full else span._replace(start=self._began)
        shape = shape_of(whole)
        teaches = is_full and is_measured(whole)
        day = None if is_context else self._accepted(day_in(views, whole, seen, shape, self._now))
        if teaches:
            self._past.add(span.date, shape, day)
        if day is not None:
            self.days[span.date] = day if teaches else msgspec.structs.replace(day, shape=b"")

    def _accepted(self, day: Day) -> Day:
        """Return a day without the flags that somebody called wrong."""
        accepts = self._accepts
        if accepts is None or not day.flags:
            return day
        right = tuple(flag for flag in day.flags if not accepts(flag.rule, day.start, day.ends))
        return msgspec.structs.replace(day, flags=right)

    def _within(self, span: Span) -> list[tuple[int, int, int]]:
        """Return the stretches with readings in a day, and the positions of these: the first, and behind the last."""
        found = []
        for at, (series, _) in enumerate(self._stretches):
            first, after = bisect_right(series.ends, span.start), bisect_right(series.ends, span.ends)
            if first < after:
                found.append((at, first, after))
        return found

    def add(self, found: Iterable[tuple[int, Flag]]) -> None:
        """Add flags of judged readings, each with the END of its reading."""
        for end, flag in found:
            if end >= self._judge_from:
                self.flags[end] = (*self.flags.get(end, ()), flag)

    def no_data(self) -> Flag | None:
        """Return the flag of a site that has stopped sending; there is a reading."""
        last = len(self._stretches) - 1
        ends = self._stretches[last][0].ends
        baseline = self._past.baseline(span_of(self._site, ends[-1]).date)
        view = self._view(last, baseline, len(ends), len(ends))
        return next(filter(None, (check(view, self._now) for check in _ON_SILENCE)), None)

    def _view(self, at: int, baseline: Baseline, first: int, after: int) -> View:
        series, facts = self._stretches[at]
        minutes = series.minutes
        return View(site_at(self._site, minutes), series, facts, at_interval(baseline, minutes), first, after)


def _judged(series: Series, first: int, last: int) -> list[int]:
    """Return the ENDs of all readings that are judged: those whose energy is of no single interval among them."""
    inner = series.ends[bisect_left(series.ends, first) :]
    aside = {*series.notes, *(each.end for each in series.sums)}.difference(inner)
    return sorted([*inner, *(end for end in aside if first <= end <= last)]) if aside else inner


def _single(series: Series, lengths: Lengths, site: Site) -> Iterator[tuple[int, Flag]]:
    """Judge each energy by itself that wasn't there to be judged as its reading landed."""
    for part in lengths.stretches if series.counted else ():
        at = site_at(site, part.minutes)
        for end, energies in zip(part.ends, part.exact, strict=True):
            if end in series.counted:
                timestamp = text_of(end)
                reading = Reading(site.site_id, timestamp, *energies)
                yield from ((end, flag) for flag in judge(reading, at, timestamp))


def between(series: Series, first_end: int, last_end: int) -> Series:
    """Return the part of a series that ends from `first_end` to `last_end`: where no clock is far off."""
    first, after = bisect_left(series.ends, first_end), bisect_right(series.ends, last_end)
    if after - first == len(series):
        return series
    return series.part(first, after)


def _young(series: Series, flagged: Iterable[int], now: int) -> frozenset[int]:
    """Return those of some ENDs whose readings landed within the last hours."""
    delay_of = dict(zip(series.ends, series.delays, strict=True)) if series.notes else None
    delays = (
        (end, delay_of.get(end, UNKNOWN_DELAY) if delay_of else series.delays[bisect_left(series.ends, end)])
        for end in flagged
    )
    return frozenset(end for end, delay in delays if delay != UNKNOWN_DELAY and end + delay * 60 > now - YOUNG_SECONDS)


def _flags(view: View) -> dict[int, tuple[Flag, ...]]:
    """Run every check over time; of one rule's flags of a reading the first holds."""
    found: dict[int, dict[str, Flag]] = {}
    for seen, checks in ((view, _ON_ARRIVALS), *((side, _ON_VALUES) for side in by_side(view))):
        for position, flag in chain.from_iterable(check(seen) for check in checks):
            found.setdefault(seen.series.ends[position], {}).setdefault(flag.rule, flag)
    return {end: tuple(by_rule.values()) for end, by_rule in found.items()}


def _began(series: Series, before: Sequence[Day]) -> int:
    """Return when a site's readings began as far as is known, seconds since 1970: before it nothing is expected."""
    first = series.ends[0] - series.seconds if series.ends else 0
    return min([first, *(day.start for day in before)])


class Past:
    """The days behind an evaluation, and those it has passed."""

    def __init__(self, days: Sequence[Day], site: Site) -> None:
        """Keep the baselines and shapes that the days carry."""
        self._site = site
        self._kept = {day.date: day.baseline for day in days if day.baseline}
        self._shapes: dict[str, DayShape] = {}
        for day in days:
            with suppress(msgspec.MsgspecError):  # another version's shape teaches nothing
                self._shapes |= {day.date: unpack_shape(day.shape)} if day.shape else {}
        self._moved = {day.date for day in days if is_moved(day.flags)}

    def baseline(self, date: str) -> Baseline:
        """Return what was known before a day, `YYYY-MM-DD`."""
        kept = unpack_baseline(self._kept.get(date, b""))
        if kept is not NO_BASELINE:
            return kept
        earlier = sorted(each for each in self._shapes if each < date)[-BASELINE_DAYS:]
        shapes = [self._shapes[each] for each in earlier]
        wrong = wrong_days([each in self._moved for each in earlier])
        sound = [shape for shape, is_wrong in zip(shapes, wrong, strict=True) if not is_wrong]
        return fit(sound if len(sound) >= ENOUGH_DAYS else shapes, self._site, shapes)

    def add(self, date: str, shape: DayShape, day: Day | None) -> None:
        """Note the shape of a day that the evaluation has passed. day: the day, where it is judged."""
        self._shapes[date] = shape
        if day is not None and is_moved(day.flags):
            self._moved.add(date)
        elif day is not None:
            self._moved.discard(date)


class CleanReadings:
    """Tells whether a rule could have flagged a judged reading: only such clean readings end an incident."""

    def __init__(self, views: list[View]) -> None:
        """Keep the views of the judged readings, in order of time."""
        self._views = views

    def __call__(self, rule: str, end: int) -> bool:
        """Return whether the rule could have flagged the reading that ends at `end`, seconds since 1970."""
        for view in self._views:
            position = bisect_left(view.series.ends, end)
            if view.first <= position < view.after and view.series.ends[position] == end:
                can_flag = BY_NAME[rule].can_flag if rule in BY_NAME else None
                return can_flag is None or can_flag(view, position)
        return False
