"""A meter's step: the energy of one count, learned from what the meter has sent.

Every reading of a meter is a whole number of its counts: 10 Wh, 1 kWh, a pulse of 1/600 kWh, 40 Wh behind a current
transformer, or a watt over five minutes. Two readings can't differ by less, so a step is no spike, equal counts in a
row are no frozen meter, and one count at night is no sun. A fine meter's step is its last digit, or nothing.

A day tells its step where its values changed often enough; the days together tell it surely.
"""

from collections.abc import Sequence
from math import ceil, gcd, log
from operator import ne, sub
from typing import Final

UNKNOWN_STEP: Final = -1.0

_MICRO: Final = 1e6  # steps are looked for in units of 1e-6 kWh: most feeds have no finer digit
_WHOLE_KWH: Final = 1_000_000
_NO_DIGIT: Final = 1e-9  # kWh: floats with noise agree so far
_AGREES: Final = 0.01  # of a unit: what floats leave of a decimal
# Six significant digits, as `%g` prints and as a 32-bit float holds, are off by as much of their value.
_SIX_DIGITS: Final = 5e-6
_ROUNDED: Final = 0.55  # of the last digit
# A value lies by chance as near to a multiple of a step as its rounding. So many changes must not be chance, on a day.
_SURE: Final = log(1000.0)
_FEWEST_CHANGES: Final = 4
_SAMPLED: Final = 48
_CLEAR: Final = 8.0  # times its rounding: a smaller step can't be told from the last digit
_PARTS: Final = (1, 2, 3, 4)  # the smallest gap that is seen may be of a few steps
_OUTLIERS: Final = 0.02
_DAYS: Final = 7  # the days that know it, the latest ones: a new meter is known within the week
_MOST_DAYS: Final = 0.75
_NEAR_MULTIPLE: Final = 0.02


def step_of(values: Sequence[float]) -> float:
    """Return the step that a day's energies show, kWh; `UNKNOWN_STEP` where they are too few, or too seldom change."""
    changes = sum(map(ne, values, values[1:]))
    levels = sorted(set(map(abs, values)) - {0.0}) if changes >= _FEWEST_CHANGES else []
    if not levels:
        return UNKNOWN_STEP
    units = [level * _MICRO for level in levels[:: 1 + len(levels) // _SAMPLED]]
    counts = list(map(round, units))
    is_decimal = max(map(abs, map(sub, units, counts))) < _AGREES
    if not is_decimal or not (shared := gcd(*counts)):
        return _step_of_fractions(levels, changes, _NO_DIGIT, _SIX_DIGITS)
    digit = _last_digit(shared)
    if shared == digit:
        # Rounded fractions, such as watts over five minutes, share nothing but their last digit.
        found = _step_of_fractions(levels, changes, digit / _MICRO, 0.0)
        return found or digit / _MICRO
    return shared / _MICRO if changes * log(shared / digit) >= _SURE else UNKNOWN_STEP


def usual_step(days: Sequence[float]) -> float:
    """Return a meter's step, kWh, from what its days show, oldest first; 0.0 where none knows it.

    A day of few counts may show a multiple of it, and an outlier may hide it on a day: the greatest is taken that
    nearly all days are multiples of.
    """
    known = [step for step in days if step > 0][-_DAYS:]
    for step in sorted(set(known), reverse=True):
        multiples = sum(_is_multiple(each, step) for each in known)
        if multiples >= _MOST_DAYS * len(known):
            return step
    return min(known, default=0.0)


def intervals_to_count(usual: float, step: float, counts: int) -> int:
    """Return how many intervals of a usual energy, kWh, hold so many counts of a meter's step: at least 1.

    A check that compares energies with each other takes so many together, since one count more or less is no finding.
    """
    return max(1, ceil(counts * step / usual - _NEAR_MULTIPLE)) if usual > 0 else 1


def _last_digit(shared: int) -> int:
    """Return the greatest power of ten that divides a number of units, up to 1 kWh."""
    digit = 1
    while digit < _WHOLE_KWH and shared % (10 * digit) == 0:
        digit *= 10
    return digit


def _is_multiple(value: float, step: float) -> bool:
    times = value / step
    return times >= 1 - _NEAR_MULTIPLE and abs(times - round(times)) <= _NEAR_MULTIPLE


def _step_of_fractions(levels: list[float], changes: int, digit: float, share: float) -> float:
    """Return the step of values that are rounded multiples of it; 0.0 where none is finer than their rounding.

    levels: the day's different values, ascending. digit, share: how far rounding moves them, kWh and of their value.
    """
    rounding = _ROUNDED * digit + share * levels[-1]
    gaps = [gap for gap in map(sub, levels, (0.0, *levels)) if gap > 2 * rounding]
    smallest = min(gaps, default=0.0)
    if smallest < _CLEAR * rounding:
        return UNKNOWN_STEP if share else 0.0
    if len(gaps) * log(smallest / (2 * rounding)) < _SURE:
        return UNKNOWN_STEP
    for parts in _PARTS:
        step = _fitted(levels, smallest / parts, digit, share)
        if step > _CLEAR * rounding and changes * log(step / (2 * rounding)) >= _SURE:
            return step
    return UNKNOWN_STEP


def _fitted(levels: list[float], step: float, digit: float, share: float) -> float:
    """Return a step made exact by the values, from the smallest to the largest; 0.0 where they don't fit it."""
    misfits, allowed = 0, int(_OUTLIERS * len(levels))
    for level in levels:
        times = max(1, round(level / step))
        rounding = _ROUNDED * digit + share * level
        if abs(level - times * step) <= 2 * rounding:
            step = level / times
        else:
            misfits += 1
            if misfits > allowed:
                return 0.0
    return step
