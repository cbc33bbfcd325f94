"""An evaluation of a site: readings in, flags, days and `no_data` out. A pure function, for 48 hours as for a year.

calendar → the local days in the stretch
shape, baseline → what each day teaches, and what was known before it
checks → what the readings show in the light of that
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import chain
from typing import Final

from heliograph.baseline import NO_BASELINE
from heliograph.checks.flag import Flag
from heliograph.checks.registry import RULES
from heliograph.checks.timestamps import CLOCK_AHEAD, EARLIEST
from heliograph.checks.view import SeriesFacts, View
from heliograph.evaluation.calendar import span_of, spans
from heliograph.evaluation.day import day_in, shape_in
from heliograph.evaluation.listening import Listening
from heliograph.evaluation.model import CONTEXT_SECONDS, Day, EvaluationResult
from heliograph.evaluation.past import Past
from heliograph.series import Series, end_of
from heliograph.site import Site

AHEAD_SECONDS: Final = int(CLOCK_AHEAD.value * 60)

_EARLIEST: Final = end_of(EARLIEST)
_ON_SERIES: Final = tuple(rule.on_series for rule in RULES if rule.on_series)
_ON_SILENCE: Final = tuple(rule.on_silence for rule in RULES if rule.on_silence)


def evaluate(site: Site, series: Series, before: Sequence[Day], judge_from: int, now: int) -> EvaluationResult:
    """Evaluate a site.

    site: its registry entry. series: its readings from 24 hours before `judge_from` on. before: days of the past, those
    in the stretch that carry a baseline among them; else the baseline is fitted from the shapes of the others.
    judge_from: readings that end before it are context. now: seconds since 1970; later readings are left alone.
    """
    series = between(series, _EARLIEST, now + AHEAD_SECONDS)
    past = Past(before)
    facts = SeriesFacts(series)
    whole_from = _whole_from(series, judge_from, known=bool(before))
    days: dict[str, Day] = {}
    flags: dict[int, tuple[Flag, ...]] = {}
    views: list[View] = []
    for span in spans(site, series.ends[0], series.ends[-1]) if series.ends else []:
        first, after = bisect_right(series.ends, span.start), bisect_right(series.ends, span.ends)
        if first == after:
            continue
        is_context = span.ends <= judge_from
        view = View(site, series, facts, NO_BASELINE if is_context else past.baseline(span.date), first, after)
        if span.start >= whole_from:
            shape = shape_in(view)
            past.add(span.date, shape)
            if not is_context:
                days[span.date] = day_in(view, span, shape, now)
        if not is_context:
            judged_from = max(first, bisect_left(series.ends, judge_from))
            views.append(View(site, series, facts, view.baseline, judged_from, after))
            flags |= _flags(views[-1])
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
    view = View(site, series, SeriesFacts(series), baseline, len(series), len(series))
    return next(filter(None, (check(view, now) for check in _ON_SILENCE)), None)


def between(series: Series, first_end: int, last_end: int) -> Series:
    """Return the part of a series that ends from `first_end` to `last_end`: where no clock is far off."""
    first, after = bisect_left(series.ends, first_end), bisect_right(series.ends, last_end)
    if after - first == len(series):
        return series
    cut = slice(first, after)
    return Series(series.minutes, series.ends[cut], series.generated[cut], series.consumed[cut], series.exact[cut])


def _flags(view: View) -> dict[int, tuple[Flag, ...]]:
    """Run every check over time; of one rule's flags of a reading the first holds."""
    found: dict[int, dict[str, Flag]] = {}
    for position, flag in chain.from_iterable(check(view) for check in _ON_SERIES):
        found.setdefault(view.series.ends[position], {}).setdefault(flag.rule, flag)
    return {end: tuple(by_rule.values()) for end, by_rule in found.items()}


def _whole_from(series: Series, judge_from: int, *, known: bool) -> int:
    """Return the moment from which days are whole; a site's first day isn't, where it began within that day."""
    if known or not series.ends:
        return judge_from - CONTEXT_SECONDS
    return max(judge_from - CONTEXT_SECONDS, series.ends[0] - series.seconds)
