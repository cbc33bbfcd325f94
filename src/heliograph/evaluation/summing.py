"""A whole day: its totals, its shape, and its flags."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Final

from heliograph.baseline import BASELINE_DAYS, DAY_SECONDS, WEEK, DayShape, pack
from heliograph.checks import limits, no_data, whole_day
from heliograph.checks.flag import Flag
from heliograph.checks.sun import noon_sine
from heliograph.checks.view import View
from heliograph.evaluation.calendar import Span, clocks_changed
from heliograph.evaluation.day import Day
from heliograph.evaluation.energy import is_summed, most_kwh
from heliograph.evaluation.shape import shape_of
from heliograph.series import Series
from heliograph.site import Site

Pair = tuple[Decimal, Decimal]

_NOTHING: Final = Decimal(0)
_LOW_SUN: Final = 0.1  # of the sine: below it ratios mean nothing


def shape_in(view: View) -> DayShape:
    """Work out the shape of a day. view: with all the day's readings to judge."""
    return shape_of(view.series, view.first, view.after, most_kwh(view.site))


def day_in(view: View, span: Span, shape: DayShape, now: int) -> Day:
    """Sum up a day. view: of all its readings. now: seconds since 1970; its flags wait until it is over."""
    series, first, after = view.series, view.first, view.after
    most = most_kwh(view.site)
    kept = _counted(series.exact[first:after], most)
    expected = round((span.ends - span.start) / series.seconds)
    return Day(
        date=span.date,
        start=span.start,
        ends=span.ends,
        minutes=series.minutes,
        readings=after - first,
        expected=expected,
        generated_kwh=sum((generated for generated, _ in kept), _NOTHING),
        consumed_kwh=sum((consumed for _, consumed in kept), _NOTHING),
        left_out=after - first - len(kept),
        last_end=series.ends[after - 1],
        flags=_day_flags(view, span, expected, shape) if span.ends <= now else (),
        shape=pack(shape),
        baseline=pack(view.baseline),
    )


def only_grew(day: Day, kept: Day, newer: Sequence[Pair], site: Site) -> bool:
    """Return whether a day's sums are those kept before and its newer readings, generated and consumed, on top.

    They aren't where a reading among those summed up was revised, or came late.
    """
    counted = _counted(newer, most_kwh(site))
    return (day.readings, day.left_out, day.generated_kwh, day.consumed_kwh) == (
        kept.readings + len(newer),
        kept.left_out + len(newer) - len(counted),
        kept.generated_kwh + sum((generated for generated, _ in counted), _NOTHING),
        kept.consumed_kwh + sum((consumed for _, consumed in counted), _NOTHING),
    )


def _counted(pairs: Sequence[Pair], most: float | None) -> list[Pair]:
    return [pair for pair in pairs if is_summed(*pair, most)]


def _day_flags(view: View, span: Span, expected: int, shape: DayShape) -> tuple[Flag, ...]:
    readings = view.after - view.first
    found = [whole_day.incomplete(readings, expected, _in_gaps(view.series, view.first, view.after, span))]
    changed = clocks_changed(view.site, span, BASELINE_DAYS)
    if view.site.kind in {None, "solar"}:
        found += [
            whole_day.level_shift(shape, view.baseline, _season(view, span)),
            whole_day.time_shift(shape, view.baseline, clocks_changed=changed),
        ]
    return tuple(flag for flag in found if flag is not None)


def _season(view: View, span: Span) -> float:
    """Return what the sun's height at noon leaves of the ceiling of the weeks before the last one, as a share."""
    if not view.by_sun:
        return 1.0
    noon = (span.start + span.ends) // 2
    now, *before = (
        max(_LOW_SUN, noon_sine(noon - days * DAY_SECONDS, view.site.latitude or 0.0))
        for days in (0, WEEK, BASELINE_DAYS)
    )
    return float((now / max(before)) ** limits.SEASON.value)


def _in_gaps(series: Series, first: int, after: int, span: Span) -> int:
    """Count the day's readings that are missing in gaps, which are flagged themselves.

    What came before the day is left out, as it isn't there where the day is the first that is seen.
    """
    cut = (no_data.longest_wait(series.minutes) + series.minutes) * 60
    ends = (span.start, *series.ends[first:after])
    within = sum((end - before) // series.seconds - 1 for before, end in pairwise(ends) if end - before > cut)
    last = series.ends[after - 1]
    goes_on = after == len(series) or series.ends[after] - last > cut
    return within + ((span.ends - last) // series.seconds if goes_on else 0)
