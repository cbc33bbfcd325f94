"""An outage's energy in the one reading after it: more than an interval holds, and no more than was missed."""

from collections.abc import Iterator
from typing import Final

from heliograph.baseline import Field
from heliograph.checks.flag import Flag, Limit, Rule
from heliograph.checks.plausible import ENOUGH_AROUND, OUTAGE_READINGS, ZERO
from heliograph.checks.unit_error import UNIT_TIMES
from heliograph.checks.view import View
from heliograph.formatting import count, number

CATCH_UP_TIMES: Final = Limit(
    "more than an interval holds",
    1.5,
    "times the most of one interval",
    "one interval can't hold more than its own most",
)


def holds_an_outage(view: View) -> Iterator[tuple[int, Flag]]:
    """Flag a value that one interval can't hold, follows missing or zero readings, and could be their sum."""
    for field in view.fields:
        values, known, step = view.values(field), view.most(field), view.step(field)
        cut = CATCH_UP_TIMES.value * (known or 0.0) + step
        for position in range(view.first, view.after):
            value = values[position]
            if value <= cut or value <= 0:
                continue
            most = known or view.around(values, position)
            if most > 0 and CATCH_UP_TIMES.value * most + step < value <= UNIT_TIMES.value * most:
                flag = _catch_up(view, values, position, most, field)
                if flag is not None:
                    yield position, flag


def _catch_up(view: View, values: list[float], position: int, most: float, field: Field) -> Flag | None:
    """Flag a value that follows missing or zero readings and could be their sum."""
    missed = _missed_before(view, values, position, field)
    if missed < OUTAGE_READINGS.value or _is_beyond_the_outage(values[position], most, missed):
        return None
    message = (
        f"energy_{field}_kwh is {number(values[position])} kWh after {count(missed, 'interval')} without any; "
        f"one interval holds at most {number(most)} kWh: this reading has the energy of the whole outage"
    )
    return CATCH_UP.flag(values[position], CATCH_UP_TIMES.value * most, message)


def _is_beyond_the_outage(value: float, most: float, missed: int) -> bool:
    """Return whether a value is more than the missed intervals could have held, and its own."""
    return value > (missed + 1) * most * CATCH_UP_TIMES.value


def _missed_before(view: View, values: list[float], position: int, field: Field) -> int:
    """Return how many intervals before this one have no energy: no reading, or zero.

    A two-way meter that counts what a home feeds in is there, and shows that nothing is consumed.
    """
    generated = view.series.generated if field == "consumed" else []
    ends, seconds = view.series.ends, view.series.seconds
    least = max(0, position - view.reach)
    before = position - 1
    while (
        before >= least
        and abs(values[before]) <= ZERO.value * values[position]
        and not (generated and generated[before] > 0)
    ):
        before -= 1
    from_end = ends[before] if before >= 0 else ends[0] - seconds
    return round((ends[position] - from_end) / seconds) - 1


CATCH_UP: Final = Rule(
    name="catch_up",
    severity="warning",
    unit="kWh",
    sentence="the energy of an outage in the one reading after it",
    headline="An outage's energy comes in one reading on {when}",
    advice="Find out what stopped the readings before it. If the logger kept them, let it send each interval; "
    "the energy is real, but belongs to the whole outage.",
    limits=(CATCH_UP_TIMES, OUTAGE_READINGS, ZERO, ENOUGH_AROUND),
    on_series=holds_an_outage,
)
