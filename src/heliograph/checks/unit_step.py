"""Unit error by its step: from one reading to the next a thousandth of what was, and on from there."""

from collections.abc import Iterator

from heliograph.baseline import Field
from heliograph.checks import limits
from heliograph.checks.flag import Flag, rounded
from heliograph.checks.runs import follows
from heliograph.checks.view import View
from heliograph.formatting import number

_KILO = 1000.0
_FEWEST = int(limits.OUTAGE_READINGS.value)
# What is smaller than this share of the most is the meter's own noise.
_NOISE = 0.0005


def unit_step(view: View, field: Field) -> Iterator[tuple[int, Flag]]:
    """Flag readings that go on at a thousandth of the ones before, until they are back or for as long as is seen."""
    values = view.series.generated if field == "generated" else view.series.consumed
    least, most = limits.UNIT_STEP
    first, after = max(1, view.first - view.reach), view.after
    steps = [
        position
        for position, (before, value) in enumerate(zip(values[first - 1 :], values[first:after], strict=False), first)
        if value > 0 and least * value <= before <= most * value
    ]
    for position in steps:
        before = values[position - 1]
        if (
            follows(view.series, position)
            and before > _NOISE * view.full_around(position)
            and _goes_on(values, position, before)
        ):
            flag = _flag(values[position], before, field)
            yield from ((each, flag) for each in _run(view, values, position) if view.first <= each < view.after)


def _goes_on(values: list[float], position: int, before: float) -> bool:
    """Return whether the readings after the step, times 1,000, go on where the ones before it stopped."""
    near = limits.UNIT_FOLLOWS.value
    following = values[position : position + _FEWEST]
    return len(following) == _FEWEST and all(before / near <= _KILO * value <= before * near for value in following)


def _run(view: View, values: list[float], position: int) -> Iterator[int]:
    """Yield the positions from the step on, until the values are back or their step is out of reach."""
    least, _ = limits.UNIT_STEP
    last = min(len(values), position + view.reach)
    yield position
    for each in range(position + 1, last):
        if values[each] > least / 2 * max(values[each - 1], 0.0) or not follows(view.series, each):
            return
        yield each


def _flag(value: float, before: float, field: Field) -> Flag:
    message = (
        f"energy_{field}_kwh falls from {number(before)} to {number(value)} kWh and goes on a thousand times lower; "
        "MWh may have been sent as kWh"
    )
    return Flag("unit_error", rounded(value), rounded(before / limits.UNIT_STEP[0]), "kWh", "critical", message)
