"""Readings that arrive again as usual: they end the incident of a day that lacked some."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

# A reading is missing between two that end further apart than this many intervals.
_APART: Final = 1.5


class Arrival(NamedTuple):
    """A reading, and the run that ends with it, in which none is missing.

    end: seconds since 1970. readings: how many the run has. seconds: how long it is, its first interval included.
    """

    end: int
    readings: int
    seconds: int


def arrivals(ends: Sequence[int], minutes_at: Callable[[int], int]) -> list[Arrival]:
    """Return the arrivals of readings. ends: theirs, ascending. minutes_at: length of the interval that ends there."""
    found: list[Arrival] = []
    for end in ends:
        since = end - found[-1].end if found else None
        interval = minutes_at(end) * 60
        if since is not None and since <= _APART * interval:
            found.append(Arrival(end, found[-1].readings + 1, found[-1].seconds + since))
        else:
            found.append(Arrival(end, 1, interval))
    return found


def resumed(found: Sequence[Arrival], last: int, until: int | None, wanted: int, hold: int) -> int | None:
    """Return the END with which readings have arrived as usual for long enough, after `last` and before `until`.

    wanted, hold: how many in a row, and for how many seconds.
    """
    for each in found:
        if until is not None and each.end >= until:
            return None
        if each.readings >= wanted and min(each.seconds, each.end - last) >= hold:
            return each.end
    return None
