"""The intervals that are expected of a site in a local day: its readings' own steps, and the steps of its gaps.

A day's grid follows from the day's readings and from the ones right before and behind it, so it is the same whatever
else is looked at.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from heliograph.intervals import AGREE

# Two ENDs are neighbours unless they are so many intervals apart: halfway between one and two.
_GAP: Final = 1.5


class Expected(NamedTuple):
    """An expected interval. end: its END, seconds since 1970. seconds: its length."""

    end: int
    seconds: int


class GridBounds(NamedTuple):
    """Where intervals are expected: begin < END <= until, seconds since 1970.

    before, after: ENDs of the nearest readings on both sides of that, where there are any close by: a stamp that comes
    seconds late doesn't make an interval missing on one side of a midnight. seconds: the length of an interval where no
    reading says it.
    """

    begin: int
    until: int
    seconds: int
    before: int | None = None
    after: int | None = None


def expected_in(bounds: GridBounds, there: Sequence[Expected]) -> list[Expected]:
    """Return the intervals that are expected, oldest first. there: those with readings, which are all among them."""
    if not there:
        return list(_empty(bounds))
    found = list(_before(bounds, there[0]))
    found.append(there[0])
    for earlier, later in pairwise(there):
        step = later.end - earlier.end
        if step >= _GAP * later.seconds:
            number = round(step / later.seconds)
            found += [Expected(earlier.end + turn * step // number, later.seconds) for turn in range(1, number)]
        found.append(later)
    found += _behind(bounds, there[-1])
    return found


def is_whole(bounds: GridBounds, first: int, last: int, seconds: int) -> bool:
    """Return whether none is expected before the first reading's END and none behind the last one's."""
    return not any(_before(bounds, Expected(first, seconds))) and not any(_behind(bounds, Expected(last, seconds)))


def is_gap(step: float, seconds: int) -> bool:
    """Return whether an interval is missing between two ENDs so many seconds apart."""
    return step >= _GAP * seconds


def _before(bounds: GridBounds, first: Expected) -> Iterator[Expected]:
    """Yield what is missing before the first reading; stamps that drift by less than `AGREE` begin no interval."""
    end, seconds = first
    if bounds.before is not None and not is_gap(end - bounds.before, seconds):
        return
    number = int((end - bounds.begin - AGREE.value * seconds) // seconds)
    yield from (Expected(end - turn * seconds, seconds) for turn in range(number, 0, -1))


def _behind(bounds: GridBounds, last: Expected) -> Iterator[Expected]:
    """Yield what is missing behind the last reading."""
    end, seconds = last
    if bounds.after is not None and not is_gap(bounds.after - end, seconds):
        return
    yield from (Expected(each, seconds) for each in range(end + seconds, bounds.until + 1, seconds))


def _empty(bounds: GridBounds) -> Iterator[Expected]:
    """Yield the intervals of a stretch without any reading; they begin with it."""
    begin, until, seconds, *_ = bounds
    number = max(0, round((until - begin) / seconds))
    yield from (Expected(min(until, begin + turn * seconds), seconds) for turn in range(1, number + 1))
