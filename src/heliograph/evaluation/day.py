"""A local day of a site: its flags, and the shape that the baseline is fitted from."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from math import inf
from typing import Final

from heliograph.baseline import BASELINE_DAYS, DAY_SECONDS, HOURS, DayShape, Field, pack_baseline, pack_shape
from heliograph.checks.delivery import delays_of_day
from heliograph.checks.energy import NIGHT_DEADBAND, sustained_kwh
from heliograph.checks.flag import Flag
from heliograph.checks.held import TOP, Held, Neighbours, longest_held, longest_line, neighbours
from heliograph.checks.meter_step import step_of
from heliograph.checks.plausible import ZERO, are_energies, is_energy, most_kwh
from heliograph.checks.registry import RULES
from heliograph.checks.running_total import falls_from
from heliograph.checks.switched_off import longest_stop
from heliograph.checks.view import SeriesFacts, View, neighbours_of
from heliograph.checks.whole_day import WholeDay
from heliograph.evaluation.edges import edges_of, is_flat
from heliograph.evaluation.model import Day
from heliograph.reading import Measures, all_measured, measures_of
from heliograph.series import Series
from heliograph.zones import Span, clocks_changed

_ON_DAY: Final = tuple(rule.on_day for rule in RULES if rule.on_day)
_HOUR: Final = DAY_SECONDS // HOURS


def day_in(views: Sequence[View], whole: View, span: Span, shape: DayShape, now: int) -> Day:
    """Return a day, all but its sums.

    views: of all its readings, those of each interval by themselves. whole: of all together, see `joined`. shape: of
    these. now: seconds since 1970; the day's flags wait until it is over.
    """
    readings = sum(view.after - view.first for view in views)
    expected = _expected(views, span)
    last = views[-1].series
    return Day(
        date=span.date,
        start=span.start,
        ends=span.ends,
        minutes=last.minutes,
        readings=readings,
        expected=expected,
        measures=_measures(whole),
        last_end=last.ends[views[-1].after - 1],
        flags=_day_flags(whole, span, expected, shape) if span.ends <= now else (),
        shape=pack_shape(shape),
        baseline=pack_baseline(whole.baseline),
    )


def _measures(view: View) -> Measures:
    """Return the sides that a day's readings measure."""
    series = view.series
    if not any(series.absent):
        return "both"
    cut = slice(view.first, view.after)
    pairs = zip(series.ends[cut], series.exact[cut], strict=True)
    there = ((end, pair) for end, pair in pairs if pair != (None, None))  # all that was excluded by an edit
    return all_measured(measures_of(pair, is_partial=end in series.partial) for end, pair in there)


def is_measured(view: View) -> bool:
    """Return whether any value of a view is measured, and none only estimated; nor was a side excluded as a whole."""
    ends = view.series.ends[view.first : view.after]
    if any(gone and gone.issuperset(ends) for gone in view.series.excluded):
        return False
    return not all(lacking.issuperset(ends) for lacking in view.series.absent)


def _expected(views: Sequence[View], span: Span) -> int:
    """Return how many readings a day would have with none missing: of each interval as long as that was in use."""
    return round(sum(seconds / view.series.seconds for view, seconds in zip(views, _shares(views, span), strict=True)))


def _shares(views: Sequence[View], span: Span) -> list[int]:
    """Return for how many seconds each of a day's intervals was in use: to its last reading, or the day's end."""
    turns = [span.start, *(view.series.ends[view.after - 1] for view in views[:-1]), span.ends]
    return [later - earlier for earlier, later in pairwise(turns)]


def joined(views: Sequence[View], span: Span) -> View:
    """Join a day's readings of several intervals: their energies as of the one that was in use for longest."""
    shares = _shares(views, span)
    main = views[shares.index(max(shares))]
    ends: list[int] = []
    generated: list[float] = []
    consumed: list[float] = []
    delays: list[int] = []
    exact = [pair for view in views for pair in view.series.exact[view.first : view.after]]
    for view in views:
        cut, scale = slice(view.first, view.after), main.series.minutes / view.series.minutes
        ends += view.series.ends[cut]
        delays += view.series.delays[cut]
        generated += [value * scale for value in view.series.generated[cut]]
        consumed += [value * scale for value in view.series.consumed[cut]]
    absent, partial, excluded = main.series.absent, main.series.partial, main.series.excluded
    series = Series(
        main.series.minutes,
        ends,
        generated,
        consumed,
        exact,
        delays,
        absent=absent,
        partial=partial,
        excluded=excluded,
    )
    return View(main.site, series, SeriesFacts(series), main.baseline, 0, len(series))


def _day_flags(view: View, span: Span, expected: int, shape: DayShape) -> tuple[Flag, ...]:
    changed = clocks_changed(view.site, span, BASELINE_DAYS)
    day = WholeDay(view, shape, span.start, span.ends, expected, changed)
    return tuple(flag for flag in (check(day) for check in _ON_DAY) if flag is not None)


def shape_of(view: View) -> DayShape:
    """Work out the shape of a day. view: of all its readings."""
    series, first, after, most = view.series, view.first, view.after, most_kwh(view.site)
    (ends, sent), (used_ends, used_up) = (_measured(view, side) for side in (0, 1))
    generated, consumed = _energies(sent, most), _energies(used_up)
    beside = _beside(view, "generated", generated), _beside(view, "consumed", consumed)
    (lowest_generated, peak), (lowest_consumed, top) = _second(generated), _second(consumed)
    highest, lowest = _by_hour(ends, generated, series.seconds // 2)
    # Auxiliary consumption at night and a plateau at the top repeat by themselves, not because the meter is coarse.
    counts = _repeats(generated, NIGHT_DEADBAND.value * peak, TOP.value * peak), _repeats(consumed, 0.0, inf)
    steps = step_of(generated), step_of(consumed)
    edges = edges_of(ends, generated, series.seconds, peak)
    delivery = delays_of_day(series.ends[first:after], series.delays[first:after], series.seconds)
    return DayShape(
        peak=peak,
        top=top,
        low=max(0.0, lowest_consumed if len(consumed) > 1 else min(consumed, default=0.0)),
        pairs=(counts[0][0], counts[1][0]),
        repeats=(counts[0][1], counts[1][1]),
        middle=edges.middle,
        highest=highest,
        lowest=lowest,
        day=edges.day,
        minutes=series.minutes,
        rise=edges.rise,
        fall=edges.fall,
        wakes=edges.wakes,
        sleeps=edges.sleeps,
        night=edges.night,
        step=steps,
        rest=(_below_zero(lowest_generated), _below_zero(lowest_consumed)),
        bends=_bends(beside[0].bends),
        idle=_idle(consumed, _made_at(used_ends, ends, generated), series.minutes),
        held=_longest_held(generated, consumed, peak, beside),
        line=(longest_line(generated, steps[0], beside[0]), longest_line(consumed, steps[1], beside[1])),
        landed=delivery.landed,
        delays=delivery.longest,
        stop=longest_stop(ends, generated, series.seconds, peak),
        sustained=0.0 if most is None else sustained_kwh(sent, series.minutes, most),
        flat=is_flat(generated, peak),
        falls=falls_from(generated, beside[0].falls),
    )


def _measured(view: View, side: int) -> tuple[list[int], list[float]]:
    """Return a view's measured values of a side, with their ENDs; zeros where nothing has that side."""
    series, cut = view.series, slice(view.first, view.after)
    ends, lacking = series.ends[cut], series.absent[side]
    values = (series.consumed if side else series.generated)[cut]
    if not lacking or all(pair[side] is None for pair in series.exact[cut]):
        return ends, values
    there = [(end, value) for end, value in zip(ends, values, strict=True) if end not in lacking]
    return [end for end, _ in there], [value for _, value in there]


def _made_at(used_ends: list[int], ends: list[int], generated: list[float]) -> list[float]:
    """Return what was generated while consumption was measured; nothing where that isn't known."""
    if used_ends == ends:
        return generated
    made = dict(zip(ends, generated, strict=True))
    return [made.get(end, 0.0) for end in used_ends]


def _below_zero(lowest: float) -> float:
    """Return how far the second lowest of some values lies below zero; 0 where it doesn't."""
    return round(max(0.0, -lowest), 6)


def _idle(consumed: list[float], generated: list[float], minutes: int) -> tuple[int, int]:
    """Return how long nothing was consumed at a stretch, minutes: at all, and while nothing was generated either."""
    longest = [0, 0]
    running = [0, 0]
    least, dark = ZERO.value * max(consumed, default=0.0), ZERO.value * max(generated, default=0.0)
    if min(consumed, default=0.0) > least:
        return 0, 0  # nearly always
    for used, made in zip(consumed, generated, strict=True):
        if used > least:
            running = [0, 0]
            continue
        running = [running[0] + minutes, running[1] + minutes if made <= dark else running[1]]
        longest = [max(longest[0], running[0]), max(longest[1], running[1])]
    return longest[0], longest[1]


def _longest_held(
    generated: list[float], consumed: list[float], peak: float, beside: tuple[Neighbours, Neighbours]
) -> tuple[Held, Held]:
    """Return how long each side's values hold still; auxiliary consumption at night and a plateau at the top apart."""
    night, top = NIGHT_DEADBAND.value * peak, TOP.value * peak
    return longest_held(generated, night, top, beside[0]), longest_held(consumed, 0.0, beside=beside[1])


def _beside(view: View, field: Field, values: list[float]) -> Neighbours:
    """Return what a day's values show beside each other: cut from the whole series' where they are its own."""
    if values == view.values(field)[view.first : view.after]:  # nearly always
        return view.facts.of(neighbours_of)[field].part(view.first, view.after)
    return neighbours(values)


def _bends(bends: list[float]) -> tuple[float, float]:
    """Return how far values leave the middle of their neighbours, the second most of the day: upwards, downwards."""
    lowest, highest = _second(bends)
    return round(max(0.0, highest), 6), round(max(0.0, -lowest), 6)


def _second(values: list[float]) -> tuple[float, float]:
    """Return the second lowest and the second highest of some values; twice 0.0 of fewer than two."""
    ranked = sorted(values)
    return (ranked[1], ranked[-2]) if len(ranked) > 1 else (0.0, 0.0)


def _energies(values: list[float], most: float | None = None) -> list[float]:
    """Return values with nothing in place of what can't be energy."""
    if are_energies(values, most):
        return values
    return [value if is_energy(value, most) else 0.0 for value in values]


def _by_hour(ends: list[int], values: list[float], half: int) -> tuple[list[float], list[float]]:
    """Return the most and the least of each UTC hour; one that comes twice, as in a day of 25, has those of both."""
    highest, lowest = [-1.0] * HOURS, [-1.0] * HOURS
    first = 0
    while first < len(ends):
        since_1970 = (ends[first] - half) // _HOUR
        after = bisect_left(ends, (since_1970 + 1) * _HOUR + half, first)
        within, hour = values[first:after], since_1970 % HOURS
        most, least = round(max(0.0, *within), 6), round(max(0.0, min(within)), 6)
        lowest[hour] = least if highest[hour] < 0 else min(lowest[hour], least)
        highest[hour] = max(highest[hour], most)
        first = after
    return highest, lowest


def _repeats(values: list[float], above: float, below: float) -> tuple[int, int]:
    """Count the neighbours between two values, and the equal ones among them."""
    equal = [a == b for a, b in pairwise(values) if above < b < below]
    return len(equal), sum(equal)
