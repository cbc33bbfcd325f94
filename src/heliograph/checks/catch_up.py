"""Catch-up and unit errors: values too large for one interval, told apart by what went before."""

from collections.abc import Iterator

from heliograph.baseline import Field
from heliograph.checks import limits
from heliograph.checks.flag import Flag, rounded
from heliograph.checks.view import View, around
from heliograph.formatting import count, number


def too_large(view: View, field: Field) -> Iterator[tuple[int, Flag]]:
    """Flag a thousandfold value as a unit error, and one that holds an outage's energy as a catch-up."""
    values = view.series.generated if field == "generated" else view.series.consumed
    known = _most(view, field)
    cut = limits.CATCH_UP_TIMES.value * (known or 0.0)
    for position in range(view.first, view.after):
        value = values[position]
        if value <= cut or value <= 0:
            continue
        most = known or around(view.series, values, position)
        if most > 0 and value > limits.CATCH_UP_TIMES.value * most:
            flag = _unit_error(view, value, most, field) or _catch_up(view, values, position, most, field)
            if flag is not None:
                yield position, flag


def _most(view: View, field: Field) -> float | None:
    if field == "generated":
        return view.full
    return view.baseline.top if view.baseline.known and view.baseline.top > 0 else None


def _unit_error(_view: View, value: float, most: float, field: Field) -> Flag | None:
    limit = limits.UNIT_TIMES.value * most
    if value <= limit:
        return None
    message = (
        f"energy_{field}_kwh is {number(value)} kWh, {number(value / most)} times the site's most in an interval "
        f"({number(most)} kWh); Wh may have been sent as kWh"
    )
    return Flag("unit_error", rounded(value), rounded(limit), "kWh", "critical", message)


def _catch_up(view: View, values: list[float], position: int, most: float, field: Field) -> Flag | None:
    """Flag a value that follows missing or zero readings and could be their sum."""
    missed = _missed_before(view, values, position)
    if missed < limits.OUTAGE_READINGS.value or value_beyond(values[position], most, missed):
        return None
    limit = limits.CATCH_UP_TIMES.value * most
    message = (
        f"energy_{field}_kwh is {number(values[position])} kWh after {count(missed, 'interval')} without any; "
        f"one interval holds at most {number(most)} kWh: this reading has the energy of the whole outage"
    )
    return Flag("catch_up", rounded(values[position]), rounded(limit), "kWh", "warning", message)


def value_beyond(value: float, most: float, missed: int) -> bool:
    """Return whether a value is more than the missed intervals could have held, and its own."""
    return value > (missed + 1) * most * limits.CATCH_UP_TIMES.value


def _missed_before(view: View, values: list[float], position: int) -> int:
    """Return how many intervals before this one have no energy: no reading, or zero."""
    ends, seconds = view.series.ends, view.series.seconds
    least = max(0, position - view.reach)
    before = position - 1
    while before >= least and abs(values[before]) <= limits.ZERO.value * values[position]:
        before -= 1
    from_end = ends[before] if before >= 0 else ends[0] - seconds
    return round((ends[position] - from_end) / seconds) - 1
