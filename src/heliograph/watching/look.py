"""One look at a site: its readings in, flags, days and silence out. A pure function, for 48 hours as for a year.

calendar → the local days in the stretch
shape, habits → what each day teaches, and what was known before it
checks → what the readings show in the light of that
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import chain
from typing import Final

from heliograph.checks import by_habit, limits, silence, whole_day
from heliograph.checks.catch_up import too_large
from heliograph.checks.flag import Flag
from heliograph.checks.interpolated import interpolated, straight_runs
from heliograph.checks.runs import Run, equal_runs
from heliograph.checks.spike import spike, use_spike
from heliograph.checks.stuck import stuck
from heliograph.checks.view import View
from heliograph.checks.zero_output import zero_output, zero_use
from heliograph.habits import LEARN_DAYS, STRANGER, Habits, Shape, learn, pack, unpack_habits, unpack_shape
from heliograph.series import Series
from heliograph.site import Site
from heliograph.watching.calendar import Span, clocks_changed, spans
from heliograph.watching.day import Day
from heliograph.watching.seen import Seen
from heliograph.watching.shape import is_energy, shape_of

AHEAD_SECONDS: Final = int(limits.FUTURE.value * 60)
# Readings this long before the first judged one are its context.
CONTEXT_SECONDS: Final = 24 * 3600
_NOTHING: Final = Decimal(0)


def look(site: Site, series: Series, before: Sequence[Day], judge_from: int, now: int) -> Seen:
    """Look at a site.

    site: its registry entry. series: its readings from 24 hours before `judge_from` on. before: days of the past, those
    in the stretch that carry habits among them; else habits are learned from the shapes of the others.
    judge_from: readings that end before it are context. now: seconds since 1970; later readings are left alone.
    """
    series = until(series, now + AHEAD_SECONDS)
    known = {day.date: day for day in before}
    runs = _Runs(series)
    whole_from = _whole_from(series, judge_from, known=bool(before))
    days: dict[str, Day] = {}
    flags: dict[int, tuple[Flag, ...]] = {}
    views: list[View] = []
    for span in spans(site, series.ends[0], series.ends[-1]) if series.ends else []:
        first, after = bisect_right(series.ends, span.start), bisect_right(series.ends, span.ends)
        habits = _habits_before(span, known, judge_from)
        if after > first and span.start >= whole_from:
            day = _day(View(site, series, habits, first, after), span, now)
            days[span.date] = known[span.date] = day
        if span.ends > judge_from:
            view = View(site, series, habits, max(first, bisect_left(series.ends, judge_from)), after)
            views.append(view)
            flags |= _flags(view, runs)
    return Seen(
        minutes=series.minutes,
        judged=series.ends[bisect_left(series.ends, judge_from) :],
        flags=flags,
        days=days,
        silent=silence.silent(views[-1], now) if views else None,
        last_end=series.ends[-1] if series.ends else None,
        could_speak=_Listening(views),
    )


def until(series: Series, end: int) -> Series:
    """Give the part of a series that ends at `end` or before."""
    after = bisect_right(series.ends, end)
    if after == len(series):
        return series
    return Series(
        series.minutes, series.ends[:after], series.generated[:after], series.consumed[:after], series.exact[:after]
    )


class _Runs:
    """The runs that several views share, found once in the whole series."""

    def __init__(self, series: Series) -> None:
        least = int(limits.STUCK_READINGS.value)
        self.equal_generated: list[Run] = list(equal_runs(series.generated, series, least))
        self.equal_consumed: list[Run] = list(equal_runs(series.consumed, series, least))
        self.straight_generated = straight_runs(series.generated, series, "generated")
        self.straight_consumed = straight_runs(series.consumed, series, "consumed")


def _flags(view: View, runs: _Runs) -> dict[int, tuple[Flag, ...]]:
    found: dict[int, list[Flag]] = {}
    for place, flag in _found(view, runs):
        end = view.series.ends[place]
        if flag.rule not in (each.rule for each in found.get(end, ())):
            found.setdefault(end, []).append(flag)
    return {end: tuple(flags) for end, flags in found.items()}


def _found(view: View, runs: _Runs) -> Iterator[tuple[int, Flag]]:
    """Run every check over time."""
    return chain(
        silence.after_silence(view),
        stuck(view, runs.equal_generated, "generated"),
        stuck(view, runs.equal_consumed, "consumed"),
        interpolated(view, runs.straight_generated, "generated"),
        interpolated(view, runs.straight_consumed, "consumed"),
        too_large(view, "generated"),
        too_large(view, "consumed"),
        spike(view),
        use_spike(view),
        zero_output(view),
        zero_use(view),
        by_habit.negative(view, "generated"),
        by_habit.negative(view, "consumed"),
        by_habit.night_generation(view),
    )


def _habits_before(span: Span, known: dict[str, Day], judge_from: int) -> Habits:
    """Give what was known of the site before a day: as kept with it, else learned; nothing for days of context."""
    kept = known.get(span.date)
    if kept is not None and kept.habits:
        return unpack_habits(kept.habits)
    if span.ends <= judge_from:
        return STRANGER
    earlier = sorted(date for date, day in known.items() if date < span.date and day.shape)
    return learn([unpack_shape(known[date].shape) for date in earlier[-LEARN_DAYS:]])


def _whole_from(series: Series, judge_from: int, *, known: bool) -> int:
    """Give the moment from which days are seen whole; a site's very first day isn't, if it began in the midst of it."""
    if known or not series.ends:
        return judge_from - CONTEXT_SECONDS
    return max(judge_from - CONTEXT_SECONDS, series.ends[0] - series.seconds)


def _day(view: View, span: Span, now: int) -> Day:
    series, first, after = view.series, view.first, view.after
    full = view.site.max_interval_kwh
    most = None if full is None else limits.OVER_CAPACITY.value * full
    shape = shape_of(series, first, after, most)
    kept = [pair for pair in series.exact[first:after] if is_energy(float(pair[0]), most) and is_energy(float(pair[1]))]
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
        flags=_day_flags(view, span, expected, shape) if span.ends <= now else (),
        shape=pack(shape),
        habits=pack(view.habits),
    )


def _day_flags(view: View, span: Span, expected: int, shape: Shape) -> tuple[Flag, ...]:
    readings = view.after - view.first
    found = [whole_day.incomplete(readings, expected, _in_silence(view.series, view.first, view.after))]
    changed = clocks_changed(view.site, span, LEARN_DAYS)
    if view.site.kind in {None, "solar"}:
        found += [
            whole_day.level_shift(shape, view.habits),
            whole_day.clock_shift(shape, view.habits, clocks_changed=changed),
        ]
    return tuple(flag for flag in found if flag is not None)


def _in_silence(series: Series, first: int, after: int) -> int:
    """Count the day's readings that are missing in silences, which are flagged themselves."""
    cut = (silence.longest_wait(series.minutes) + series.minutes) * 60
    apart = (series.ends[place] - series.ends[place - 1] for place in range(max(1, first), after))
    return sum(gap // series.seconds - 1 for gap in apart if gap > cut)


class _Listening:
    """Tells whether a rule could have spoken of a judged reading."""

    def __init__(self, views: list[View]) -> None:
        self._views = views

    def __call__(self, rule: str, end: int) -> bool:
        for view in self._views:
            place = bisect_left(view.series.ends, end)
            if view.first <= place < view.after and view.series.ends[place] == end:
                return _could_speak(view, rule, place)
        return False


def _could_speak(view: View, rule: str, place: int) -> bool:
    if rule == "zero_output":
        return view.bright(place)
    if rule == "night_generation":
        return view.dark(place)
    return True
