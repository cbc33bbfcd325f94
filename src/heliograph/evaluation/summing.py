"""A whole day: its totals, its shape, and its flags."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from heliograph.baseline import BASELINE_DAYS, DayShape, pack
from heliograph.checks.flag import Flag
from heliograph.checks.plausible import is_summed, most_kwh
from heliograph.checks.registry import RULES
from heliograph.checks.view import View
from heliograph.checks.whole_day import WholeDay
from heliograph.evaluation.calendar import Span, clocks_changed
from heliograph.evaluation.model import Day
from heliograph.evaluation.shape import shape_of
from heliograph.site import Site

Pair = tuple[Decimal, Decimal]

_NOTHING: Final = Decimal(0)
_ON_DAY: Final = tuple(rule.on_day for rule in RULES if rule.on_day)


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
    changed = clocks_changed(view.site, span, BASELINE_DAYS)
    day = WholeDay(view, shape, span.start, span.ends, expected, changed)
    return tuple(flag for flag in (check(day) for check in _ON_DAY) if flag is not None)
