"""Readings of an hour among those of its quarters, under one END: a coarser file that landed behind a finer one.

An hour's reading holds the energy of its quarters, so what remains of it once they are taken off is a quarter like
those beside it. Hour after hour that is no accident.
"""

from collections.abc import Sequence
from typing import Final

from heliograph.checks.flag import Limit

SUMS: Final = Limit(
    "sums in a row", 6, "intervals", "a load that is switched by the hour isn't as large as its quarters, too"
)
REMAINDER: Final = Limit(
    "remainder of a sum", 0.25, "share", "what an interval has lies between those beside it, but for clouds"
)

DENSE: Final = Limit(
    "sums among their intervals", 0.8, "share", "an hour in five may be dark or cloudy; a load isn't on in four of five"
)
SUM_RISES: Final = Limit(
    "a sum beside its parts",
    2.0,
    "times",
    "of three parts and more it is 2.25 times one of them, by the margin of a remainder",
)

_COARSER: Final = (3600, 1800, 900)  # settlement and tariff periods are these [ENTSO-E, survey on ancillary services]
_PARTS: Final = range(3, 13)  # of half hours in an hour a load's own rhythm looks alike; an hour has twelve of 5 min
_FEWEST_READINGS: Final = 24  # of six hours' quarters: of fewer parts an hour more often looks like their sum
_MISSED: Final = 2  # intervals between two sums: one has nothing, or was cloudy
_NEAR_SECONDS: Final = 30  # half a minute: stamps by arrival lie on the hour within that

Sides = Sequence[Sequence[float]]


def sums(ends: Sequence[int], sides: Sides) -> dict[int, int]:
    """Return the readings whose energy another reading holds as well: their positions, each with that one's.

    ends: of readings that don't overlap, seconds since 1970, ascending. sides: generated and consumed, kWh.
    """
    found: dict[int, int] = {}
    rising = _rising(ends, sides)
    for coarse in _COARSER:
        at = [position for position in rising if (ends[position] + _NEAR_SECONDS) % coarse <= 2 * _NEAR_SECONDS]
        if len(at) < SUMS.value:
            continue  # nearly always
        holding = {position: parts for position in at if (parts := _parts(ends, sides, position, coarse))}
        for run in _runs(list(holding), ends, coarse):
            parts = holding[run[0]]
            intervals = (ends[run[-1]] - ends[run[0]]) / coarse + 1
            if len(run) >= max(SUMS.value, _FEWEST_READINGS / parts) and len(run) >= DENSE.value * intervals:
                for position in run:
                    found |= dict.fromkeys(range(position - holding[position] + 1, position), position)
    return found


def _rising(ends: Sequence[int], sides: Sides) -> list[int]:
    """Return the positions where a sum may be: on the finest of the coarser intervals, which the others are made of."""
    (generated, consumed), times, finest = sides, SUM_RISES.value, _COARSER[-1]
    return [
        position
        for position in range(1, len(ends) - 1)
        if (ends[position] + _NEAR_SECONDS) % finest <= 2 * _NEAR_SECONDS
        and (
            generated[position] > times * generated[position - 1] or consumed[position] > times * consumed[position - 1]
        )
    ]


def _runs(positions: list[int], ends: Sequence[int], coarse: int) -> list[list[int]]:
    """Return positions, ascending, in runs of which no two neighbours are far apart."""
    runs: list[list[int]] = []
    for position in positions:
        if runs and ends[position] - ends[runs[-1][-1]] <= _MISSED * coarse + _NEAR_SECONDS:
            runs[-1].append(position)
        else:
            runs.append([position])
    return runs


def _parts(ends: Sequence[int], sides: Sides, position: int, coarse: int) -> int:
    """Return of how many finer intervals a reading holds the energy; 0 where it is no sum."""
    step = ends[position] - ends[position - 1]
    parts = round(coarse / step)
    first = position - parts + 1
    if parts not in _PARTS or first < 1 or abs(ends[position] - ends[first] - (parts - 1) * step) > _NEAR_SECONDS:
        return 0
    return parts if any(_is_sum(side, first, position) for side in sides) else 0


def _is_sum(side: Sequence[float], first: int, position: int) -> bool:
    """Return whether a value less those before it is like the ones beside it. first: the position of the first part."""
    rest = side[position] - sum(side[first:position])
    beside = side[position - 1], side[position + 1]
    return 0 < (1 - REMAINDER.value) * min(beside) <= rest <= (1 + REMAINDER.value) * max(beside)
