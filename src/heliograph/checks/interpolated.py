"""Values that were not measured, since a historian drew them along a line from one true value to the next.

Any meter has short lines by itself, the coarser the longer. A line is drawn where it is far longer than those of this
site, and than chance makes them by the bends around it; or where its values aren't whole counts of the meter.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from math import ceil, inf
from statistics import median
from typing import Final

from heliograph.baseline import Field
from heliograph.checks.energy import NIGHT_DEADBAND
from heliograph.checks.flag import Flag, Limit, Rule
from heliograph.checks.held import LINE_SHARE, LONGER, TOP, Neighbours, drawn, is_rising, last_digit
from heliograph.checks.plausible import ENOUGH_AROUND
from heliograph.checks.view import BY_CHANCE, Run, View, beyond_chance, follows, judged, last_digits, length
from heliograph.formatting import count
from heliograph.series import Series

STRAIGHT_READINGS: Final = Limit(
    "readings on a line", 5, "readings", "two true values and three between them; fewer say nothing of a line"
)
STRAIGHT_MINUTES: Final = Limit(
    "shortest line",
    30.0,
    "minutes",
    "grid codes' ramps of a tenth a minute (VDE-AR-N 4105) are over in 10; three times that",
)
DRIVEN_MINUTES: Final = Limit(
    "shortest line where a control drives it",
    60.0,
    "minutes",
    "a storage's or an engine's plan has ramps of most of an hour",
)
CURVE_MINUTES: Final = Limit(
    "straightest ramp of the sun, at 1,000 counts",
    90.0,
    "minutes",
    "where a sine of a day turns, it leaves its chord by the cube of the time over 72 times the root of 3, and in 90 "
    "minutes by half of a count of 1,000; a coarser meter's is longer by the cube root",
)
DRIFT: Final = Limit(
    "least rise of a line at a site that isn't known yet",
    0.2,
    "times the usual change between neighbours",
    "two true values an hour and more apart differ by about as much as neighbours do; five hours of a home's standby "
    "drift by a twentieth",
)
RISE: Final = Limit("least rise of a line", 10.0, "steps", "flatter ones are the meter's own steps")
SUN_RISE: Final = Limit(
    "least rise of a line that is longer than the sun's own",
    3.0,
    "steps",
    "one count may have come before the line and one behind it; beyond them its length tells, not its rise",
)

_UNKNOWN: Final = 0.02  # the chance where too few bends are seen around
_SEEN: Final = 0.02  # a straight stretch that was nearly seen, so that none isn't impossible
_ENDS: Final = 2  # a line of n readings has n - 2 bends to look at
_LEAST_LIKELY: Final = 0.001  # one bend is like the next, so a missing one says no more
_COUNTS: Final = 1000
_OFF: Final = 0.1  # of a step: a value as far from whole counts isn't of this meter
_MOST_OFF: Final = 0.5


def on_a_line(view: View) -> Iterator[tuple[int, Flag]]:
    """Flag the readings on straight lines that are longer than chance, and the site itself, make them."""
    for field in view.fields:
        for run in view.facts.by_neighbours(_lines_of(field, _rounded(view.step(field)))):
            positions = judged(run, view)
            if positions and length(run, view) >= (least := _least_readings(view, run, field)):
                flag = _line_flag(view, run, field, least)
                yield from ((position, flag) for position in positions)


def _rounded(step: float) -> float:
    """Return a step with as many digits as matter, so that the same lines are looked for once."""
    return float(f"{step:.3g}")


@lru_cache(maxsize=256)
def _lines_of(field: Field, step: float) -> Callable[[Series, Mapping[Field, Neighbours]], list[Run]]:
    """Return the function that finds a series' lines, for a meter of a step; one for each, so that it is kept."""

    def find(series: Series, beside: Mapping[Field, Neighbours]) -> list[Run]:
        values = series.generated if field == "generated" else series.consumed
        unit = max(step, last_digit(values)) * 1.01
        found = drawn(values, unit, LINE_SHARE, int(STRAIGHT_READINGS.value), beside[field])
        runs = (Run(*each) for each in found if is_rising(values, *each, SUN_RISE.value * unit))
        return [run for run in runs if _is_unbroken(run, series)]

    return find


def _is_unbroken(run: Run, series: Series) -> bool:
    return series.ends[run.after - 1] - series.ends[run.first] == (len(run) - 1) * series.seconds and all(
        follows(series, position) for position in range(run.first + 1, run.after)
    )


def _least_readings(view: View, run: Run, field: Field) -> int:
    """Return from how many readings on a line is drawn: by the site's own lines, and by how it bends around it."""
    values, step, minutes = view.values(field), view.step(field), view.series.minutes
    digit = view.facts.of(last_digits)[field]
    unit = max(step, digit)
    inner = values[run.first + 1 : run.after - 1]
    usual_value = median(map(abs, inner))
    off = sum(abs(value / step - round(value / step)) > _OFF for value in inner) if step > 0 else 0
    # A true end and start may be a meter's whole counts; what was drawn between them is not.
    is_off = off > _MOST_OFF * len(inner) and step > 2 * digit
    straight = (DRIVEN_MINUTES if _is_driven(view, field) else STRAIGHT_MINUTES).value
    if field == "generated" and view.may_be_solar:
        straight = max(straight, _sun_minutes(digit if is_off else unit, usual_value))
    least = max(STRAIGHT_READINGS.value, straight / minutes)
    is_flat = not is_rising(values, *run, RISE.value * 1.01 * unit)
    if (is_flat and not _is_by_sun(view, field)) or len(run) < least:
        return len(view.series) + 1
    if is_off:
        return ceil(least)
    if not view.baseline.known and not _leads_somewhere(view, run, field):
        return len(view.series) + 1
    usual = view.baseline.line[field == "consumed"] - _ENDS if view.baseline.known else 0
    own = 1 + LONGER.value * usual
    drawn_too = _longer_lines(view, run, field, max(least, _ENDS + own)) if view.baseline.known else []
    bends = max(own, beyond_chance(_chance_of_no_bend(view, run, drawn_too, field, unit)))
    return ceil(max(least, _ENDS + bends))


def _is_by_sun(view: View, field: Field) -> bool:
    """Return whether a side's lines can't be longer than the sun's own course is straight: a solar plant's output."""
    return field == "generated" and view.site.kind == "solar"


def _longer_lines(view: View, run: Run, field: Field, least: float) -> list[Run]:
    """Return the other lines that are longer than those of the site's weeks: drawn ones tell nothing of its bends."""
    lines = view.facts.by_neighbours(_lines_of(field, _rounded(view.step(field))))
    return [each for each in lines if each != run and len(each) >= least]


def _leads_somewhere(view: View, run: Run, field: Field) -> bool:
    """Return whether a line's ends differ as neighbours around it do: a slow drift of what stands by does not.

    Asked while the site's own lines aren't known.
    """
    values, ends = view.values(field), (run.first, run.after - 1)
    first, after = max(0, run.first - view.reach), min(len(values), run.after + view.reach)
    changes = [abs(then - before) for before, then in pairwise(values[first:after]) if then != before]
    return abs(values[ends[1]] - values[ends[0]]) >= DRIFT.value * median(changes)


def _is_driven(view: View, field: Field) -> bool:
    """Return whether a control may draw a side's lines; a load behind a storage is seen by a sum that never holds."""
    if field == "consumed" and view.baseline.known and not view.baseline.held[1]:
        return view.site.kind is None
    return view.site.kind is None or view.site.traits.holds


def _sun_minutes(unit: float, value: float) -> float:
    """Return how long output may be straight within half of a meter's step by the sun's own course, minutes."""
    return CURVE_MINUTES.value * (_COUNTS * unit / value) ** (1 / 3) if value > 0 else 0.0


def _chance_of_no_bend(view: View, run: Run, others: list[Run], field: Field, unit: float) -> float:
    """Return the share of the readings around a line, those that move, that lie on a line with their neighbours.

    others: lines around it that tell nothing.

    Those at rest and on a plateau at the top tremble by their last digit, and say nothing of lines.
    """
    values = view.values(field)
    first, after = max(1, run.first - view.reach), min(len(values) - 1, run.after + view.reach)
    full = view.baseline.full if field == "generated" and view.baseline.known else 0.0
    rest, top = (NIGHT_DEADBAND.value * full, TOP.value * full) if full else (-1.0, inf)
    margin = 1.01 * unit
    moving = straight = 0
    for begin, stop in _between((first, after), sorted([run, *others])):
        part = values[max(0, begin - 1) : stop + 1]
        for before, value, then in zip(part, part[1:], part[2:], strict=False):
            if before != then and rest < abs(value) < top:
                moving += 1
                near = margin + LINE_SHARE * abs(value)
                straight += -near <= before - 2 * value + then <= near
    if moving < ENOUGH_AROUND.value:
        return _UNKNOWN
    return max(_LEAST_LIKELY, (straight + _SEEN) / (moving + 2 * _SEEN))


def _between(around: tuple[int, int], lines: list[Run]) -> Iterator[tuple[int, int]]:
    """Yield what lies between lines, ascending, within a stretch: the first position, and the one behind the last."""
    begin, stop = around
    for line in lines:
        if begin < min(line.first, stop):
            yield begin, min(line.first, stop)
        begin = max(begin, line.after)
    if begin < stop:
        yield begin, stop


def _line_flag(view: View, run: Run, field: Field, least: int) -> Flag:
    readings = length(run, view)
    message = (
        f"energy_{field}_kwh lies on a straight line for {count(readings, 'reading')}; "
        "the values are filled in between two true ones, not measured"
    )
    return INTERPOLATED.flag(readings, least, message)


INTERPOLATED: Final = Rule(
    name="interpolated",
    severity="warning",
    unit="readings",
    sentence="values on a straight line: filled in, not measured",
    headline="Values are filled in, not measured, from {when}",
    advice="Ask whoever runs the logger or the historian to send measured values only and to leave gaps empty. "
    "Look for the outage that was filled in.",
    limits=(
        STRAIGHT_READINGS,
        STRAIGHT_MINUTES,
        DRIVEN_MINUTES,
        CURVE_MINUTES,
        RISE,
        SUN_RISE,
        DRIFT,
        LONGER,
        BY_CHANCE,
        ENOUGH_AROUND,
    ),
    on_series=on_a_line,
)
