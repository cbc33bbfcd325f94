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

from heliograph.checks.flag import Limit

UNKNOWN_STEP: Final = -1.0

SURE: Final = Limit(
    "chance of a step that isn't one",
    0.001,
    "probability of a day",
    "values lie by chance as near to a step's multiples as their rounding; six weeks of days must agree on it as well",
)
SIX_DIGITS: Final = Limit(
    "rounding of six significant digits", 5e-6, "share of a value", "`%g` prints so many, and a 32-bit float holds them"
)
CLEAR_STEP: Final = Limit(
    "least step beside its rounding",
    8.0,
    "times",
    "a smaller one looks like the last digit",
)
STEP_OUTLIERS: Final = Limit("values off a step", 0.02, "share", "one level in fifty may be a sentinel or a catch-up")
STEP_DAYS: Final = Limit("days that know a step", 7, "days", "a new meter is known within the week")
MOST_STEP_DAYS: Final = Limit(
    "days that are multiples of a step", 0.75, "share", "six of seven: an outlier may hide it on one"
)
NEAR_MULTIPLE: Final = Limit(
    "near to a multiple", 0.02, "share of a step", "a day's step is made exact by levels that are rounded themselves"
)

_MICRO: Final = 1e6  # steps are looked for in units of 1e-6 kWh: most feeds have no finer digit
_WHOLE_KWH: Final = 1_000_000
_NO_DIGIT: Final = 1e-9  # kWh: floats with noise agree so far
_AGREES: Final = 0.01  # of a unit: what floats leave of a decimal
_ROUNDED: Final = 0.55  # of the last digit: half of it, and what floats add
_SURE: Final = -log(SURE.value)
_FEWEST_CHANGES: Final = 4  # three are a load that is switched on and off, and on again
_SAMPLED: Final = 48  # levels: enough to be sure of a step, and little to work out
_PARTS: Final = (1, 2, 3, 4)  # the smallest gap that is seen may be of a few steps


def step_of(values: Sequence[float]) -> float:
    """Return the step that a day's energies show, kWh; `UNKNOWN_STEP` where they are too few, or too seldom change."""
    changes = sum(map(ne, values, values[1:]))
    levels = sorted(set(values)) if changes >= _FEWEST_CHANGES else []
    if levels and levels[0] < 0:
        levels = sorted(set(map(abs, levels)))
    if levels and not levels[0]:
        del levels[0]
    if not levels:
        return UNKNOWN_STEP
    units = [level * _MICRO for level in levels[:: 1 + len(levels) // _SAMPLED]]
    counts = list(map(round, units))
    is_decimal = max(map(abs, map(sub, units, counts))) < _AGREES
    if not is_decimal or not (shared := gcd(*counts)):
        return _step_of_fractions(levels, changes, _NO_DIGIT, SIX_DIGITS.value)
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
    known = [step for step in days if step > 0][-int(STEP_DAYS.value) :]
    for step in sorted(set(known), reverse=True):
        multiples = sum(_is_multiple(each, step) for each in known)
        if multiples >= MOST_STEP_DAYS.value * len(known):
            return step
    return min(known, default=0.0)


def intervals_to_count(usual: float, step: float, counts: int) -> int:
    """Return how many intervals of a usual energy, kWh, hold so many counts of a meter's step: at least 1.

    A check that compares energies with each other takes so many together, since one count more or less is no finding.
    """
    return max(1, ceil(counts * step / usual - NEAR_MULTIPLE.value)) if usual > 0 else 1


def _last_digit(shared: int) -> int:
    """Return the greatest power of ten that divides a number of units, up to 1 kWh."""
    digit = 1
    while digit < _WHOLE_KWH and shared % (10 * digit) == 0:
        digit *= 10
    return digit


def _is_multiple(value: float, step: float) -> bool:
    times = value / step
    return times >= 1 - NEAR_MULTIPLE.value and abs(times - round(times)) <= NEAR_MULTIPLE.value


def _step_of_fractions(levels: list[float], changes: int, digit: float, share: float) -> float:
    """Return the step of values that are rounded multiples of it; 0.0 where none is finer than their rounding.

    levels: the day's different values, ascending. digit, share: how far rounding moves them, kWh and of their value.
    """
    rounding = _ROUNDED * digit + share * levels[-1]
    apart = 2 * rounding
    gaps = [gap for gap in map(sub, levels, (0.0, *levels)) if gap > apart]
    smallest = min(gaps, default=0.0)
    if smallest < CLEAR_STEP.value * rounding:
        return UNKNOWN_STEP if share else 0.0
    if len(gaps) * log(smallest / apart) < _SURE:
        return UNKNOWN_STEP
    for parts in _PARTS:
        step = _fitted(levels, smallest / parts, digit, share)
        if step > CLEAR_STEP.value * rounding and changes * log(step / apart) >= _SURE:
            return step
    return UNKNOWN_STEP


def _fitted(levels: list[float], step: float, digit: float, share: float) -> float:
    """Return a step made exact by the values, from the smallest to the largest; 0.0 where they don't fit it."""
    misfits, allowed, least = 0, int(STEP_OUTLIERS.value * len(levels)), _ROUNDED * digit
    for level in levels:
        times = round(level / step) or 1
        if abs(level - times * step) <= 2 * (least + share * level):
            step = level / times
        else:
            misfits += 1
            if misfits > allowed:
                return 0.0
    return step
