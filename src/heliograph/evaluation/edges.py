"""The edges of a site's day: when its output rises and falls, and when a logger that pauses at night wakes and sleeps.

A day is looked at as a circle: its night is the longest pause on it, wherever the time zone that it is cut by puts
midnight. So a site's day may straddle midnight, and an unknown zone changes nothing.
"""

from bisect import bisect_right
from collections.abc import Sequence
from math import sqrt
from operator import sub
from typing import Final, NamedTuple

from heliograph.baseline import DAY_SECONDS
from heliograph.checks.flag import Limit
from heliograph.checks.held import FEW_COUNTS, TOP, last_digit
from heliograph.checks.sun import equation_of_time

_HOUR: Final = 3600
# Of the day's own most: output that is too small to be a meter's noise at rest, and reached minutes after the start. It
# goes with the day, so that an overcast one begins when a clear one does.
_LIT: Final = 0.005
# A count at night stands alone; a morning goes on within so many seconds, or intervals.
_SUPPORT_SECONDS: Final = 2 * _HOUR
_SUPPORT_INTERVALS: Final = 2
_FEWEST: Final = 3
# A pause shorter than this is no night: a few lost messages.
_PAUSE_SECONDS: Final = 2 * _HOUR
_PAUSE_INTERVALS: Final = 3


FLAT: Final = Limit(
    "a flat day",
    0.75,
    "share of the time with output",
    "an inverter half as large as its panels clips for two thirds of a clear day; a set point lasts from start to stop",
)


class Edges(NamedTuple):
    """The edges of one day, in sundial time at longitude 0, seconds of the day; -1 where it has none.

    rise, fall: when output begins and ends. wakes, sleeps: begin and end of the readings, where the logger pauses.
    day: days since 1970. night: the most generation in an interval of its night, an hour from its output and more, kWh;
    -1.0 where no such reading is known.
    """

    day: int
    rise: int
    fall: int
    wakes: int
    sleeps: int
    night: float

    @property
    def middle(self) -> int:
        """The middle between its rise and its fall, seconds of the day; -1 where it has none."""
        return -1 if self.rise < 0 else (self.rise + (self.fall - self.rise) % DAY_SECONDS // 2) % DAY_SECONDS


NO_EDGES: Final = Edges(0, -1, -1, -1, -1, -1.0)


def edges_of(ends: Sequence[int], generated: Sequence[float], seconds: int, peak: float) -> Edges:
    """Work out a day's edges.

    ends: of its intervals, seconds since 1970, ascending. generated: kWh, without what can't be energy.
    seconds: length of an interval. peak: second highest generation of the day, kWh.
    """
    if not ends:
        return NO_EDGES
    day = (ends[0] + ends[-1]) // 2 // DAY_SECONDS
    noon_to_clock = equation_of_time(ends[0] // _HOUR * _HOUR) * 60
    rise, fall, night = _output(ends, generated, seconds, _LIT * peak)

    def dial(moment: float | None) -> int:
        return -1 if moment is None else int(moment + noon_to_clock) % DAY_SECONDS

    up, down = dial(rise), dial(fall)
    wakes, sleeps = map(dial, _sending(ends, seconds))
    if up >= 0 and wakes >= 0 and not _lies_in(sleeps + (wakes - sleeps) % DAY_SECONDS // 2, down, up):
        wakes = sleeps = -1  # an outage of the day
    return Edges(day, up, down, wakes, sleeps, night)


def is_flat(generated: Sequence[float], peak: float) -> bool:
    """Return whether a site gives its most nearly all the time that it gives something; see `edges_of`.

    A coarse meter's few counts look flat under any sky.
    """
    if peak <= 0:
        return False
    least, most = _LIT * peak, TOP.value * peak
    lit = [value for value in generated if value > least]
    if len([value for value in lit if value >= most]) < FLAT.value * len(lit):
        return False  # nearly always
    return peak >= FEW_COUNTS.value * last_digit(generated)


def _lies_in(moment: int, begins: int, stops: int) -> bool:
    """Return whether a time of day lies between two others, on the circle of the day."""
    return (moment - begins) % DAY_SECONDS <= (stops - begins) % DAY_SECONDS


def _output(
    ends: Sequence[int], values: Sequence[float], seconds: int, limit: float
) -> tuple[float, float, float] | tuple[None, None, float]:
    """Return when output begins and when it ends, seconds since 1970, and the night's most, kWh; see `Edges`.

    There is no begin and no end where it never rests or never begins.
    """
    lit = [position for position, value in enumerate(values) if value > limit] if limit > 0 else []
    on = _supported(ends, lit, seconds)
    if len(on) < _FEWEST:
        return None, None, -1.0
    after, pause = _longest_pause([ends[position] for position in on])
    if pause < max(_SUPPORT_SECONDS, (_PAUSE_INTERVALS + 1) * seconds):
        return None, None, -1.0
    first, last = on[after % len(on)], on[after - 1]
    return (
        ends[first] - _lit_share(ends, values, seconds, (first, 1), limit) * seconds,
        ends[last] - seconds + _lit_share(ends, values, seconds, (last, -1), limit) * seconds,
        _most_between(ends, values, ends[last] + _HOUR, ends[first] - seconds - _HOUR),
    )


def _most_between(ends: Sequence[int], values: Sequence[float], begins: int, stops: int) -> float:
    """Return the most of the intervals after one time of day and before another, on its circle; -1.0 where none is."""
    if begins <= stops:
        night = values[bisect_right(ends, begins) : bisect_right(ends, stops)]
    else:
        night = [*values[bisect_right(ends, begins) :], *values[: bisect_right(ends, stops)]]
    return max(night, default=-1.0)


def _supported(ends: Sequence[int], on: list[int], seconds: int) -> list[int]:
    """Return those of some positions that have another near: single counts of a meter at night have none."""
    near = max(_SUPPORT_SECONDS, _SUPPORT_INTERVALS * seconds)
    around = [DAY_SECONDS + ends[on[0]] - ends[on[-1]]] if on else []
    moments = [ends[position] for position in on]
    apart = [*around, *map(sub, moments[1:], moments), *around]
    beside = zip(on, apart, apart[1:], strict=False)
    return [position for position, before, behind in beside if before <= near or behind <= near]


def _longest_pause(ends: Sequence[int]) -> tuple[int, int]:
    """Return the longest pause on the circle of the day: which of the moments ends it, and its length, seconds."""
    around = ends[0] + DAY_SECONDS - ends[-1]
    pauses = [around, *map(sub, ends[1:], ends)]
    pause = max(pauses)
    return pauses.index(pause), pause


def _lit_share(
    ends: Sequence[int], values: Sequence[float], seconds: int, edge: tuple[int, int], limit: float
) -> float:
    """Return the share of the first (or last) interval with output in which there was some.

    edge: its position, and the step into the day, 1 or -1. Output rises as a line from nothing, so that the energies of
    this interval and of the next tell where the line begins: with x the share, they are as x² to 2x + 1.
    """
    position, inward = edge
    value = values[position] - limit
    inner = (position + inward) % len(values)
    follows = inward * (ends[inner] - ends[position]) % DAY_SECONDS <= 1.5 * seconds
    then = max(values[inner] - limit, value) if follows else value
    ratio = value / then
    return min(1.0, ratio + sqrt(ratio * ratio + ratio))


def _sending(ends: Sequence[int], seconds: int) -> tuple[int, int] | tuple[None, None]:
    """Return when a logger that pauses begins to send and when it ends, seconds since 1970; None where it doesn't."""
    after, pause = _longest_pause(ends)
    if pause <= max(_PAUSE_SECONDS, _PAUSE_INTERVALS * seconds):
        return None, None
    return ends[after % len(ends)] - seconds, ends[after - 1]
