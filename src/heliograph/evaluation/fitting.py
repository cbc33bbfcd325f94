"""Fitting a site's baseline from the shapes of its days.

A most or a least passes over the two most extreme days, so that a fault of a day or two teaches nothing.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import asin, degrees
from statistics import median
from typing import Final

import msgspec

from heliograph.baseline import ALWAYS_SENDS, DAY_SECONDS, ENOUGH_DAYS, HOURS, Baseline, DayShape, time_apart
from heliograph.checks.delivery import DayDelays, usual_delays
from heliograph.checks.held import usually_held
from heliograph.checks.level import HourlyPeaks, level_step
from heliograph.checks.meter_step import usual_step
from heliograph.checks.place import (
    SitePlace,
    SunDay,
    clock_offset,
    fit_place,
    lowest_sine,
    moved_by_clock,
    registered_place,
    sun_sine_at,
    usual_noon,
)
from heliograph.checks.sun import NIGHT_SINE
from heliograph.checks.switched_off import NO_STOP
from heliograph.checks.unit_error import UNDER_LEAST
from heliograph.rescaling import at_interval
from heliograph.site import Site

_RECENT_DAYS: Final = 28
_WEEK: Final = 7
# With today, the days among which some tell of the clock, in a cloudy autumn, too.
_LATELY: Final = 2 * _WEEK - 1
# A clock that isn't set right for so long is how the site's clock goes now.
_THREE_WEEKS: Final = 3 * _WEEK
# Days of a moved clock before the one that shows it.
_UNSEEN: Final = 3
_EXTREME: Final = 2
# What one day in so many reaches is the site's own: of six weeks more than five days, so that faults of a long weekend
# teach nothing, and an empty house's week does. Of a draw at rest it is one in four: a frost holds for a week of four.
_EIGHTH: Final = 8
_QUARTER: Final = 4
# A thousand, and what a day's most differs from another's: a day so far from the usual is in another unit.
_ANOTHER_UNIT: Final = 200.0
_MOST_OF_A_THOUSAND: Final = 1100.0
# What a day takes at least, times the usual: a cold or a busy day's is less than that, another unit's far more.
_SAME_STANDBY: Final = 10.0
_MINUTE: Final = 60
# An hour of the day is dark if it never gave more than this share of the site's usual most.
_DARK: Final = 0.005
# A day that reaches less of it is no cloudy one: panels under snow give no more.
_DIM: Final = 0.02
# Of the days with output, more are flat by a control; a plant that is curtailed has as many in a month.
_FLAT_DAYS: Final = 0.25
_AWAKE: Final = 0.8  # of the days: inverters' loggers often sleep at night
# A logger that pauses on so many of its nights does so by habit: a night or two are outages.
_PAUSES: Final = _EXTREME + 1
# Of the mornings, so many are earlier than a late one; the others may be outages.
_LATE: Final = 0.9
# A day has output if its most is such a share of the usual, and a site by the sun rests on so many of these.
_SOME: Final = 0.1
_DAILY: Final = 0.75


def wrong_days(moved: Sequence[bool]) -> list[bool]:
    """Return which of some days teach nothing, as their clock was wrong.

    moved: whether a day's flags say so, oldest first. A clock is known to have moved on the third day only.
    """
    wrong = [False] * len(moved)
    position = 0
    while position < len(moved):
        after = position
        while after < len(moved) and moved[after]:
            after += 1
        if 0 < after - position <= _THREE_WEEKS:
            first = max(0, position - _UNSEEN)
            wrong[first:after] = [True] * (after - first)
        position = max(after, position + 1)
    return wrong


def fit(shapes: Sequence[DayShape], site: Site | None = None, latest: Sequence[DayShape] = ()) -> Baseline:
    """Work out a site's baseline.

    shapes: of its days before, oldest first, at most `BASELINE_DAYS` of them. site: its registry entry; a place is
    fitted where that has none, or doesn't say whether the site is solar. latest: these days and those among them that
    teach nothing, where there are any.
    """
    minutes = shapes[-1].minutes if shapes else 0
    shapes = _in_one_unit([at_interval(shape, minutes) for shape in shapes])
    if len(shapes) < ENOUGH_DAYS:
        sustained = _sustained(shapes[-_WEEK:])
        return Baseline(
            days=len(shapes),
            step=_step(shapes),
            delays=_delays(shapes),
            sustained=sustained,
            minutes=minutes,
            falls=_falls(shapes),
        )
    recent = shapes[-_RECENT_DAYS:]
    full = _nearly_most([shape.peak for shape in recent])
    ceiling = [_nearly_most([shape.highest[hour] for shape in recent]) for hour in range(HOURS)]
    now = Baseline(
        days=len(shapes),
        full=full,
        top=_nearly_most([shape.top for shape in recent]),
        low=_least_used([shape.low for shape in shapes], recent),
        repeats=(_repeats(recent, 0), _repeats(recent, 1)),
        ceiling=ceiling,
        floor=[_floor(recent, hour) for hour in range(HOURS)],
        dark=[0 <= most <= _DARK * full for most in ceiling],
        awake=[_awake(recent, hour) for hour in range(HOURS)],
        step=_step(recent),
        rest=(_rest(recent, 0), _rest(recent, 1)),
        bends=(_nearly_most([shape.bends[0] for shape in shapes]), _nearly_most([shape.bends[1] for shape in shapes])),
        idle=(_idle(shapes, 0), _idle(shapes, 1)),
        held=(usually_held([shape.held[0] for shape in recent]), usually_held([shape.held[1] for shape in recent])),
        line=(_longest_line(recent, 0), _longest_line(recent, 1)),
        delays=_delays(shapes),
        stops=[shape.stop for shape in shapes if shape.stop != NO_STOP],
        sustained=_sustained(shapes[-_WEEK:]),
        minutes=minutes,
        falls=_falls(recent),
    )
    latest = latest or shapes
    return _with_edges(_with_past(now, shapes, latest), shapes, latest, site)


def _in_one_unit(shapes: Sequence[DayShape]) -> Sequence[DayShape]:
    """Return the days without those in another unit, such as Wh among kWh: they teach nothing until they are most.

    In another unit the least is another, too. A load that was switched on leaves the standby as it was, and so does a
    day that was in another unit for hours: a thousand times the usual is a load where it comes each week.
    """
    usual = [median([most for most in mosts if most > 0] or [0.0]) for mosts in zip(*map(_mosts, shapes), strict=True)]
    standby = median([each.low for each in shapes] or [0.0])
    as_wh = [each for each in shapes if usual[1] * _ANOTHER_UNIT < each.top <= usual[1] * _MOST_OF_A_THOUSAND]
    mistaken = as_wh if len(as_wh) < len(shapes) // _WEEK else []
    return [
        each
        for each in shapes
        if not _is_another_unit(each.peak, usual[0])
        and (
            not _is_another_unit(each.top, usual[1])
            or (0 < each.low <= _SAME_STANDBY * standby and each not in mistaken)
        )
    ]


def _mosts(shape: DayShape) -> tuple[float, float]:
    return shape.peak, shape.top


def _is_another_unit(most: float, usual: float) -> bool:
    return 0 < most < usual / _ANOTHER_UNIT or 0 < usual < most / _ANOTHER_UNIT


def _with_edges(
    baseline: Baseline, shapes: Sequence[DayShape], latest: Sequence[DayShape], site: Site | None
) -> Baseline:
    """Add what the edges of the days tell: the site's noon, its place, and when its logger sleeps."""
    kind = site.kind if site else None
    if kind not in {None, "solar"} or (kind is None and _is_set(shapes)):
        return baseline
    registered = registered_place(site.latitude, site.longitude) if site else None
    days = [SunDay(shape.day, shape.rise, shape.fall) for shape in shapes if shape.rise >= 0]
    noon = usual_noon(days) if kind or _rests_daily(shapes, baseline.full) else None
    is_fitted = noon and (registered is None or kind is None)
    fitted = fit_place(days, shapes[-1].minutes, is_solar=kind is not None) if is_fitted else None
    last = shapes[-_WEEK:]
    moved = moved_by_clock(registered, noon[0] if noon and kind else -1) if registered else None
    place = moved or fitted
    is_usual = sum(shape.wakes >= 0 for shape in shapes) >= _PAUSES and not all(baseline.awake)
    pauses = is_usual or _is_never_dark(place, shapes[-1].day)
    return msgspec.structs.replace(
        baseline,
        noon=noon[0] if noon else -1,
        rise=_usual([shape.rise for shape in last]),
        fall=_usual([shape.fall for shape in last]),
        wakes=_usual([shape.wakes for shape in last]),
        sleeps=_usual([shape.sleeps for shape in last]),
        pauses=pauses,
        wakes_at=_sun_at([(shape.day, shape.wakes) for shape in shapes], place) if pauses else ALWAYS_SENDS,
        sleeps_at=_sun_at([(shape.day, shape.sleeps) for shape in shapes], place) if pauses else ALWAYS_SENDS,
        place=fitted,
        step_down=level_step([HourlyPeaks(shape.day, shape.highest) for shape in shapes], place) if place else None,
        clock=clock_offset(days, registered) if registered and kind else 0,
        night=max(0.0, _nearly_most([shape.night for shape in shapes])),
        lost_days=_lost_days(latest, baseline.full, pauses=pauses),
    )


def _lost_days(shapes: Sequence[DayShape], full: float, *, pauses: bool) -> int:
    """Return on how many days a site gave next to nothing, or, where its logger pauses, sent nothing."""
    dim = sum(shape.peak < _DIM * full for shape in shapes)
    return dim + (shapes[-1].day - shapes[0].day + 1 - len(shapes) if pauses else 0)


def _is_set(shapes: Sequence[DayShape]) -> bool:
    """Return whether the days show that no sun but a control makes a site's output: many are flat, and few clouded."""
    return sum(shape.flat for shape in shapes) > _FLAT_DAYS * sum(shape.peak > 0 for shape in shapes)


def _rests_daily(shapes: Sequence[DayShape], full: float) -> bool:
    """Return whether output begins and ends on nearly each day that has some: a turbine runs through many a night."""
    running = [shape for shape in shapes if shape.peak >= _SOME * full]
    return sum(shape.rise >= 0 for shape in running) >= _DAILY * len(running)


def _is_never_dark(place: SitePlace | None, day: int) -> bool:
    """Return whether a day has no night at a place: whether the logger sends then isn't seen."""
    return place is not None and lowest_sine(place, day) > NIGHT_SINE


def _usual(times: list[int]) -> int:
    """Return the median of those times of day that are known, seconds; -1 where less than half are."""
    known = [time for time in times if time >= 0]
    return usual_middle(known) if 2 * len(known) >= len(times) else -1


def _sun_at(moments: list[tuple[int, int]], place: SitePlace | None) -> float:
    """Return the sun's elevation at a late one of some mornings, or an early one of evenings, degrees.

    moments: day, and sundial time as in `DayShape`, -1 where there was none.
    """
    if place is None:
        return ALWAYS_SENDS
    elevations = sorted(
        degrees(asin(sun_sine_at(place, day, time))) if time >= 0 else ALWAYS_SENDS for day, time in moments
    )
    return round(elevations[int(_LATE * len(elevations))], 2)


def _with_past(baseline: Baseline, shapes: Sequence[DayShape], latest: Sequence[DayShape]) -> Baseline:
    """Add what the slow checks compare with: the time before the last week, and the last days."""
    earlier = shapes[:-_WEEK]
    if len(earlier) < ENOUGH_DAYS:
        return baseline
    sunny = [SunDay(shape.day, shape.rise, shape.fall) for shape in earlier if shape.middle >= 0]
    noon = usual_noon(sunny)
    return msgspec.structs.replace(
        baseline,
        middle=noon[0] if noon else -1,
        middles=[shape.middle for shape in latest[-_LATELY:]],
        half=_half_to_be(sunny, latest[-1].day) if noon else 0,
        halves=[shape.half for shape in latest[-_LATELY:]],
        unsteady=_usual_change(sunny) if noon else -1,
    )


def _usual_change(days: Sequence[SunDay]) -> int:
    """Return the usual change of the edge that changes more from one day to the next, minutes. days: at least two."""
    pairs = list(pairwise(days))
    rise = median(abs(time_apart(after.rise, before.rise)) for before, after in pairs)
    fall = median(abs(time_apart(after.fall, before.fall)) for before, after in pairs)
    return round(max(rise, fall) / _MINUTE)


def _half_to_be(days: Sequence[SunDay], day: int) -> int:
    """Return how long half a day is to be, seconds, as the season goes on. days: before it, at least two of them."""
    middle = len(days) // 2
    older, younger = days[:middle], days[middle:]
    (then, before), (lately, after) = (
        (median(each.day for each in part), median(each.seconds for each in part) / 2) for part in (older, younger)
    )
    slope = (after - before) / (lately - then) if lately > then else 0.0
    return int(after + slope * (day - lately))


def usual_middle(middles: Sequence[int]) -> int:
    """Return the median of times of day, seconds, on the circle of the day."""
    around = middles[0]
    return int(around + median(time_apart(middle, around) for middle in middles)) % DAY_SECONDS


def _floor(shapes: Sequence[DayShape], hour: int) -> float:
    values = [shape.lowest[hour] for shape in shapes if shape.highest[hour] >= 0]
    return _nearly_least(values) if len(values) >= ENOUGH_DAYS else 0.0


def _awake(shapes: Sequence[DayShape], hour: int) -> bool:
    return sum(shape.highest[hour] >= 0 for shape in shapes) >= _AWAKE * len(shapes)


def _step(shapes: Sequence[DayShape]) -> tuple[float, float]:
    return usual_step([shape.step[0] for shape in shapes]), usual_step([shape.step[1] for shape in shapes])


def _delays(shapes: Sequence[DayShape]) -> list[int]:
    return usual_delays(DayDelays(shape.landed, shape.delays) for shape in shapes)


def _repeats(shapes: Sequence[DayShape], field: int) -> float:
    pairs = sum(shape.pairs[field] for shape in shapes)
    return sum(shape.repeats[field] for shape in shapes) / pairs if pairs else 0.0


def _idle(shapes: Sequence[DayShape], which: int) -> int:
    """Return what one day in eight reaches: outages of some days teach nothing, an empty house of a week does."""
    return sorted(shape.idle[which] for shape in shapes)[-1 - len(shapes) // _EIGHTH]


def _longest_line(shapes: Sequence[DayShape], field: int) -> int:
    """Return what one day in eight reaches, as in `_idle`: lines that were drawn on some days teach nothing."""
    return sorted(shape.line[field] for shape in shapes)[-1 - len(shapes) // _EIGHTH]


def _rest(shapes: Sequence[DayShape], field: int) -> float:
    """Return what a quarter of the days reach below zero: a fault of some days teaches nothing."""
    return sorted(shape.rest[field] for shape in shapes)[-1 - len(shapes) // _QUARTER]


def _sustained(shapes: Sequence[DayShape]) -> float:
    return max((shape.sustained for shape in shapes), default=0.0)


def _falls(shapes: Sequence[DayShape]) -> float:
    """Return what generation fell from on all but the two most extreme days."""
    return sorted(shape.falls for shape in shapes)[-1 - _EXTREME] if len(shapes) > _EXTREME else 0.0


def _nearly_most(values: list[float]) -> float:
    return sorted(values)[-1 - min(_EXTREME, len(values) - 1)]


def _least_used(lows: list[float], recent: Sequence[DayShape]) -> float:
    """Return the least of the recent days' but one, or what seven of eight days reach where that is another state.

    A supply that was cut, and a feed in MWh, go so far below the standby: such days teach nothing, a weekly rest does.
    """
    least, usual = _nearly_least([shape.low for shape in recent]), sorted(lows)[len(lows) // _EIGHTH]
    return usual if UNDER_LEAST.value * least < usual else least


def _nearly_least(values: list[float]) -> float:
    return sorted(values)[min(1, len(values) - 1)]
