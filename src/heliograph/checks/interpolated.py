"""Interpolated: values drawn along a straight line, as historians fill a gap."""

from collections.abc import Iterator
from statistics import median

from heliograph.baseline import Field
from heliograph.checks import limits
from heliograph.checks.flag import Flag, rounded
from heliograph.checks.runs import Run, beyond_chance, follows, judged, length, runs_of
from heliograph.checks.view import View
from heliograph.formatting import count
from heliograph.series import Series

_SAMPLED = 48
# A line's least rise, in steps of the meter's last digit: flatter ones are the meter's own steps.
_RISE = 10.0
_FLATTEST = 1e-4
_FINE_MINUTES = 30
_SMOOTH, _ROUGH = 0.01, 0.001  # the least chance of no bend, of fine readings and of coarse ones
_ENDS = 2  # a line of n readings has n - 2 bends to look at


def straight_runs(values: list[float], series: Series, field: Field) -> list[Run]:
    """Return the runs of readings that lie on a line which isn't level."""
    digit = last_digit(series, field)
    share = limits.EQUAL.value / 10
    straight = [
        position
        for position, (before, value, then) in enumerate(zip(values, values[1:], values[2:], strict=False), 1)
        if -digit - share * abs(value) <= before - 2 * value + then <= digit + share * abs(value) and before != then
    ]
    least = int(limits.STRAIGHT_READINGS.value) - _ENDS
    found = (_with_ends(run, series) for run in runs_of(straight, series) if len(run) >= least)
    return [run for run in found if run is not None and _rises(values, run, digit)]


def last_digit(series: Series, field: Field) -> float:
    """Return the worth of the meter's last digit, kWh, from a sample of its readings."""
    every = max(1, len(series) // _SAMPLED)
    decimals = [-int(pair[field == "consumed"].as_tuple().exponent) for pair in series.exact[::every]]
    return 1.001 * 10.0 ** -max(decimals, default=0)


def interpolated(view: View, runs: list[Run], field: Field) -> Iterator[tuple[int, Flag]]:
    """Flag the readings on straight lines that are longer than chance makes them."""
    values = view.series.generated if field == "generated" else view.series.consumed
    for run in runs:
        positions = judged(run, view)
        if positions and length(run, view) - _ENDS >= _least(view, values, run, field):
            flag = _flag(view, run, field)
            yield from ((position, flag) for position in positions)


def _with_ends(run: Run, series: Series) -> Run | None:
    whole = Run(run.first - 1, run.after + 1)
    return whole if follows(series, run.first) and follows(series, run.after) else None


def _rises(values: list[float], run: Run, digit: float) -> bool:
    rise = abs(values[run.after - 1] - values[run.first])
    most = max(abs(values[run.after - 1]), abs(values[run.first]))
    return rise > _RISE * digit and rise > _FLATTEST * most


def _least(view: View, values: list[float], run: Run, field: Field) -> int:
    """Return how many bends in a row must be missing, by how large the bends around the line usually are."""
    first, after = max(1, run.first - view.reach), min(len(values) - 1, run.after + view.reach)
    positions = (*range(first, run.first), *range(run.after, after))
    digit = last_digit(view.series, field)
    bends = (abs(values[position - 1] - 2 * values[position] + values[position + 1]) for position in positions)
    # Level stretches, as at night or while clipping, say nothing of how the values move.
    moving = [bend for bend in bends if bend > digit]
    # Under a clear sky one bend is like the next; the finer the readings, the less each says by itself.
    least_likely = _SMOOTH if view.series.minutes < _FINE_MINUTES else _ROUGH
    likely = min(1.0, max(least_likely, 2 * digit / median(moving))) if len(moving) >= limits.ENOUGH_AROUND else 0.02
    return max(int(limits.STRAIGHT_READINGS.value) - _ENDS, beyond_chance(likely))


def _flag(view: View, run: Run, field: Field) -> Flag:
    readings = length(run, view)
    message = (
        f"energy_{field}_kwh lies on a straight line for {count(readings, 'reading')}; "
        "the values are filled in between two true ones, not measured"
    )
    return Flag(
        "interpolated", rounded(readings), rounded(limits.STRAIGHT_READINGS.value), "readings", "warning", message
    )
