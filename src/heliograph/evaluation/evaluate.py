"""An evaluation of a site: readings in, flags, days and `no_data` out. A pure function, for 48 hours as for a year.

calendar → the local days in the stretch
shape, baseline → what each day teaches, and what was known before it
checks → what the readings show in the light of that
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

from heliograph.baseline import NO_BASELINE
from heliograph.checks import by_baseline, limits, no_data
from heliograph.checks.catch_up import too_large
from heliograph.checks.flag import Flag
from heliograph.checks.interpolated import interpolated, straight_runs
from heliograph.checks.runs import Run, equal_runs
from heliograph.checks.spike import spike, use_spike
from heliograph.checks.stale import stale
from heliograph.checks.unit_step import unit_step
from heliograph.checks.view import View
from heliograph.checks.zero_output import zero_output, zero_use
from heliograph.evaluation.calendar import span_of, spans
from heliograph.evaluation.day import Day
from heliograph.evaluation.listening import Listening
from heliograph.evaluation.past import Past
from heliograph.evaluation.result import EvaluationResult
from heliograph.evaluation.summing import day_in, shape_in
from heliograph.series import Series, end_of
from heliograph.site import Site

AHEAD_SECONDS: Final = int(limits.FUTURE_TIMESTAMP.value * 60)
# Readings this long before the first judged one are its context.
CONTEXT_SECONDS: Final = 24 * 3600

_EARLIEST: Final = end_of(limits.EARLIEST)


def evaluate(site: Site, series: Series, before: Sequence[Day], judge_from: int, now: int) -> EvaluationResult:
    """Evaluate a site.

    site: its registry entry. series: its readings from 24 hours before `judge_from` on. before: days of the past, those
    in the stretch that carry a baseline among them; else the baseline is fitted from the shapes of the others.
    judge_from: readings that end before it are context. now: seconds since 1970; later readings are left alone.
    """
    series = between(series, _EARLIEST, now + AHEAD_SECONDS)
    past = Past(before)
    runs = _Runs(series)
    whole_from = _whole_from(series, judge_from, known=bool(before))
    days: dict[str, Day] = {}
    flags: dict[int, tuple[Flag, ...]] = {}
    views: list[View] = []
    for span in spans(site, series.ends[0], series.ends[-1]) if series.ends else []:
        first, after = bisect_right(series.ends, span.start), bisect_right(series.ends, span.ends)
        if first == after:
            continue
        is_context = span.ends <= judge_from
        view = View(site, series, NO_BASELINE if is_context else past.baseline(span.date), first, after)
        if span.start >= whole_from:
            shape = shape_in(view)
            past.add(span.date, shape)
            if not is_context:
                days[span.date] = day_in(view, span, shape, now)
        if not is_context:
            views.append(View(site, series, view.baseline, max(first, bisect_left(series.ends, judge_from)), after))
            flags |= _flags(views[-1], runs)
    return EvaluationResult(
        minutes=series.minutes,
        judged=series.ends[bisect_left(series.ends, judge_from) :],
        flags=flags,
        days=days,
        no_data=_no_data(site, series, past, now) if series.ends else None,
        last_end=series.ends[-1] if series.ends else None,
        could_speak=Listening(views),
        first_end=series.ends[0] if series.ends else None,
        began=now,
    )


def _no_data(site: Site, series: Series, past: Past, now: int) -> Flag | None:
    baseline = past.baseline(span_of(site, series.ends[-1]).date)
    return no_data.no_data(View(site, series, baseline, len(series), len(series)), now)


def between(series: Series, first_end: int, last_end: int) -> Series:
    """Return the part of a series that ends from `first_end` to `last_end`: where no clock is far off."""
    first, after = bisect_left(series.ends, first_end), bisect_right(series.ends, last_end)
    if after - first == len(series):
        return series
    cut = slice(first, after)
    return Series(series.minutes, series.ends[cut], series.generated[cut], series.consumed[cut], series.exact[cut])


class _Runs:
    """The runs that several views share, found once in the whole series."""

    def __init__(self, series: Series) -> None:
        least = int(limits.STALE_READINGS.value)
        self.equal_generated: list[Run] = list(equal_runs(series.generated, series, least))
        self.equal_consumed: list[Run] = list(equal_runs(series.consumed, series, least))
        self.straight_generated = straight_runs(series.generated, series, "generated")
        self.straight_consumed = straight_runs(series.consumed, series, "consumed")


def _flags(view: View, runs: _Runs) -> dict[int, tuple[Flag, ...]]:
    found: dict[int, list[Flag]] = {}
    for position, flag in _found(view, runs):
        end = view.series.ends[position]
        if flag.rule not in (each.rule for each in found.get(end, ())):
            found.setdefault(end, []).append(flag)
    return {end: tuple(flags) for end, flags in found.items()}


def _found(view: View, runs: _Runs) -> Iterator[tuple[int, Flag]]:
    """Run every check over time."""
    return chain(
        no_data.gap(view),
        stale(view, runs.equal_generated, "generated"),
        stale(view, runs.equal_consumed, "consumed"),
        interpolated(view, runs.straight_generated, "generated"),
        interpolated(view, runs.straight_consumed, "consumed"),
        too_large(view, "generated"),
        too_large(view, "consumed"),
        spike(view),
        use_spike(view),
        zero_output(view),
        zero_use(view),
        unit_step(view, "generated"),
        unit_step(view, "consumed"),
        by_baseline.negative(view, "generated"),
        by_baseline.negative(view, "consumed"),
        by_baseline.night_generation(view),
    )


def _whole_from(series: Series, judge_from: int, *, known: bool) -> int:
    """Return the moment from which days are whole; a site's first day isn't, where it began within that day."""
    if known or not series.ends:
        return judge_from - CONTEXT_SECONDS
    return max(judge_from - CONTEXT_SECONDS, series.ends[0] - series.seconds)
