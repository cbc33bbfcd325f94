"""Faults that the simulated site's own meter can't show, known from the truth before any check has looked.

They are physics: a meter counts whole steps, panels give nothing in the dark and a clear sky's output through a gap in
the clouds, a thousandth of nothing is nothing, and a storage that covers its load shows nothing on either side. What a
sound meter sends by itself can't be called a fault, however it came about. Such events are listed apart.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from math import inf
from typing import Final

from lambda_simulator.energy import Energy
from lambda_simulator.fleet import INTERVAL_MINUTES, SimulatedSite

HIDDEN: Final = "_where_hidden"  # behind the fault's name
_COUNTS: Final = 2  # a sound meter's own: one count that was due before, and one that comes early
_OF_VALUES: Final = frozenset({"negative", "spike", "stale", "interpolated", "zero_output", "conflicting_values"})
_ALIKE: Final = 2.0  # times: values of about as many counts
_NEXT_TO_NOTHING: Final = 0.05  # of the most: below it a thousandth is what a meter shows at rest
_LINE_COUNTS: Final = 2  # a flatter line is a freeze

_DAY: Final = 24 * 60 // INTERVAL_MINUTES
_WEEKS_DAYS: Final = 14  # before and after
_NEAR: Final = 30 // INTERVAL_MINUTES

_Row = tuple[Energy, Sequence[Energy]]  # what was true, and what was sent of it


def is_hidden(fault: str, site: SimulatedSite, rows: Sequence[_Row], record: Sequence[Energy], first: int = 0) -> bool:
    """Return whether nothing that was sent tells the fault from what the site sends by itself.

    rows: of each interval that the fault changed. record: what the sound meter counts in all intervals. first: the
    position there of the first that it changed.
    """
    is_solar = site.site.kind == "solar"
    if fault == "no_data":
        return is_solar and all(true.generated <= 0 for true, _ in rows)
    if fault == "unit_error_mwh":
        return _is_next_to_nothing(site, rows)
    if fault == "spike" and is_solar:
        return rows[0][1][0].generated <= _most_of_the_hour(record, first)
    return fault in _OF_VALUES and (_is_within_accuracy(site, rows) or _is_its_own(fault, site, rows, record))


def _is_next_to_nothing(site: SimulatedSite, rows: Sequence[_Row]) -> bool:
    """Return whether the truth was next to nothing, or a storage sends nothing that covers its load."""
    if max(abs(value) for true, _ in rows for value in true) < _NEXT_TO_NOTHING * site.scale_kwh:
        return True
    return site.site.kind == "battery" and not any(value for _, sent in rows for each in sent for value in each)


def _is_its_own(fault: str, site: SimulatedSite, rows: Sequence[_Row], record: Sequence[Energy]) -> bool:
    """Return whether a freeze or a line is no longer than those that the sound, coarse meter sends by itself."""
    step = site.meter.step_kwh
    is_run = step is not None and fault in {"stale", "interpolated"}
    return is_run and all(_is_usual(fault, side, step or 0.0) for side in _sides(rows, record))


def _most_of_the_hour(record: Sequence[Energy], first: int) -> float:
    """Return the most that the sound meter gives at about this time of day in some weeks."""
    days = (first + day * _DAY for day in range(-_WEEKS_DAYS, _WEEKS_DAYS + 1))
    near = (each for day in days for each in record[max(0, day - _NEAR) : max(0, day + _NEAR + 1)])
    return max(each.generated for each in near)


def _is_within_accuracy(site: SimulatedSite, rows: Sequence[_Row]) -> bool:
    """Return whether a sound meter may have sent each of the values, by the phase of its counts and its own noise."""
    counts = (_COUNTS + 0.5) * (site.meter.step_kwh or 0.0)
    return all(
        abs(one - other) <= max(counts, 2 * site.meter_noise * abs(one))
        for true, sent in rows
        for each in sent
        for one, other in zip(true, each, strict=True)
    )


def _sides(rows: Sequence[_Row], record: Sequence[Energy]) -> Iterator[tuple[list[float], list[float]]]:
    """Yield, for generation and for consumption, what was sent and the sound meter's record; not where nothing is."""
    for side in (0, 1):
        values = [each[side] for each in record]
        if any(values):
            yield [sent[0][side] for _, sent in rows], values


def _is_usual(fault: str, side: tuple[list[float], list[float]], step: float) -> bool:
    """Return whether the sound meter itself repeats such a value, or climbs in such stairs, for as long."""
    sent, record = side
    longest = _longest_held(record, sent[0]) if fault == "stale" else _longest_stairs(record, step)
    return longest >= len(sent)


def _longest_held(record: Sequence[float], value: float) -> int:
    """Return the most readings in a row that are equal and of about a value."""
    low, high = sorted((value / _ALIKE, value * _ALIKE))
    return max((len(list(same)) for each, same in groupby(record) if low <= each <= high), default=0)


def _longest_stairs(record: Sequence[float], step: float) -> int:
    """Return the most readings in a row that lie within half a count of a line that isn't level."""
    longest = 0
    for begin, start in enumerate(record):
        lowest, highest = -inf, inf
        for steps, value in enumerate(record[begin + 1 :], 1):
            lowest = max(lowest, (value - start - step / 2) / steps)
            highest = min(highest, (value - start + step / 2) / steps)
            if lowest > highest:
                break
            if abs(value - start) >= _LINE_COUNTS * step:
                longest = max(longest, steps + 1)
    return longest
