"""How weather and use persist: an hour is like the hours next to it, less and less with the time between.

How far an hour lies above or below the usual is a random course whose memory fades. The best linear estimate of what is
hidden of it, from what was measured before and behind, is kriging: near hours count for most, both ends of a gap count,
and far from either the estimate goes back to the usual. With one end it is the best mix of climatology and persistence
[D. Yang, Solar Energy 193 (2019) 981-985].
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from math import exp, sqrt
from typing import Final, NamedTuple

from heliograph.estimation.hours import HOUR_SECONDS

# Hours are taken together the more, the further they lie from the gap: where such groups end, hours from its edge.
_GROUPS: Final = (0, 1, 3, 8, 24, 48, 96, 240)
_LEAST_VARIANCE: Final = 1e-9


class MemoryPart(NamedTuple):
    """A part of a memory. share: of the variance. hours: in which it fades to 1/e."""

    share: float
    hours: float


class Memory(NamedTuple):
    """How a course persists: its parts, whose shares add up to 1.

    noise: what a typical hour's own ups and downs add to the variance; where there is less energy, more.
    """

    parts: tuple[MemoryPart, ...]
    noise: float


# As the autocorrelation of hourly energy about its usual falls off at the sites of docs/quality/estimation.md, in round
# figures: clouds persist for most of a day's light, fronts for days [J. Gordon and T. Reddy, Solar Energy 41 (1988)
# 423-429].
SUN_MEMORY: Final = Memory(
    (MemoryPart(0.10, 1), MemoryPart(0.62, 6), MemoryPart(0.23, 36), MemoryPart(0.05, 240)), 0.02
)
WIND_MEMORY: Final = Memory((MemoryPart(0.30, 5), MemoryPart(0.68, 27), MemoryPart(0.02, 240)), 0.003)
USE_MEMORY: Final = Memory((MemoryPart(0.68, 1), MemoryPart(0.22, 20), MemoryPart(0.10, 240)), 0.05)


class EdgeStretch(NamedTuple):
    """A measured stretch beside what is usual of it. begin, end: seconds since 1970. Energies: kWh.

    excess: how far its energy lies above the usual.
    """

    begin: int
    end: int
    excess: float
    usual: float


class Course(NamedTuple):
    """What was measured around a gap: whole hours in lists, oldest first, and shorter stretches at the gap's edges.

    begins: seconds since 1970. excess, usual: as in `EdgeStretch`; nothing is usual of none of them.
    """

    begins: list[int]
    excess: list[float]
    usual: list[float]
    edges: list[EdgeStretch]


class _Group(NamedTuple):
    """Hours taken together. apart: from the gap, hours. length: hours. value: their excess as a share of the usual."""

    is_before: bool
    apart: float
    length: float
    value: float
    noise: float


def persisting(course: Course, hidden: Sequence[tuple[int, int]], memory: Memory) -> list[float]:
    """Return how far each hidden stretch is estimated above or below the usual, as a share of it.

    hidden: begin and end of each, seconds since 1970, ascending.
    """
    first, after = hidden[0][0], hidden[-1][1]
    groups = _groups(course, first, after, memory.noise)
    gap = (after - first) / HOUR_SECONDS
    parts = list(zip(memory.parts, _ends(groups, _weights(groups, gap, memory), memory), strict=True))
    return [_between((begin - first) / HOUR_SECONDS, (after - end) / HOUR_SECONDS, gap, parts) for begin, end in hidden]


def _between(since: float, until: float, gap: float, parts: Sequence[tuple[MemoryPart, tuple[float, float]]]) -> float:
    """Return the estimate of a hidden stretch: so many hours since the gap's begin and until its end.

    parts: each part of the memory, with what the two ends have of it.
    """
    length = gap - since - until
    return sum(
        share * _mean(length, hours) * (exp(-since / hours) * before + exp(-until / hours) * behind)
        for (share, hours), (before, behind) in parts
    )


def _ends(groups: Sequence[_Group], weights: Sequence[float], memory: Memory) -> list[tuple[float, float]]:
    """Return what the gap's two ends have of each part of a memory: all groups' weights, brought there."""
    found = []
    for _, hours in memory.parts:
        ends = [0.0, 0.0]
        for group, weight in zip(groups, weights, strict=True):
            ends[not group.is_before] += weight * _mean(group.length, hours) * exp(-group.apart / hours)
        found.append((ends[0], ends[1]))
    return found


def _groups(course: Course, first: int, after: int, noise: float) -> list[_Group]:
    """Return the hours before and behind a gap, taken together by their distance, and the stretches at its edges."""
    begins, usual = course.begins, course.usual
    typical = noise * sum(usual) / len(usual) if usual else noise
    found = [
        _group((each.begin, each.end), (each.excess, each.usual), (first, after), typical)
        for each in course.edges
        if each.usual > 0
    ]
    before = [bisect_right(begins, first - hours * HOUR_SECONDS - HOUR_SECONDS) for hours in _GROUPS]
    behind = [bisect_left(begins, after + hours * HOUR_SECONDS) for hours in _GROUPS]
    for low, high in (*((low, high) for high, low in pairwise(before)), *pairwise(behind)):
        if low < high and (ordinary := sum(usual[low:high])) > 0:
            span, energy = (begins[low], begins[high - 1] + HOUR_SECONDS), (sum(course.excess[low:high]), ordinary)
            found.append(_group(span, energy, (first, after), typical))
    return sorted(found, key=lambda group: (not group.is_before, group.apart))


def _group(span: tuple[int, int], energy: tuple[float, float], gap: tuple[int, int], typical: float) -> _Group:
    """Take hours together. span, gap: begin and end. energy: excess and usual. typical: noise of so much energy."""
    (begin, end), (excess, usual) = span, energy
    is_before = end <= gap[0]
    apart = gap[0] - end if is_before else begin - gap[1]
    return _Group(is_before, apart / HOUR_SECONDS, (end - begin) / HOUR_SECONDS, excess / usual, typical / usual)


def _mean(length: float, hours: float) -> float:
    """Return how much a stretch's mean has of what its nearest end is like; 1 of a short one."""
    return hours / length * (1 - exp(-length / hours))


def _covariances(groups: Sequence[_Group], gap: float, memory: Memory) -> list[list[float]]:
    """Return the covariance of each group's mean with those before it in the list, and behind them its variance."""
    rows = [[0.0] * (at + 1) for at in range(len(groups))]
    for share, hours in memory.parts:
        means = [_mean(group.length, hours) for group in groups]
        fades = [exp(-group.apart / hours) for group in groups]
        across = exp(-gap / hours)
        for at, group in enumerate(groups):
            row = rows[at]
            for other in range(at):
                near = groups[other]
                if near.is_before == group.is_before:
                    fade = exp(min(0.0, near.apart + near.length - group.apart) / hours)
                else:
                    fade = fades[at] * fades[other] * across
                row[other] += share * means[at] * means[other] * fade
            row[at] += share * 2 * hours / group.length * (1 - means[at])
    return rows


def _weights(groups: Sequence[_Group], gap: float, memory: Memory) -> list[float]:
    """Return the weights by which the groups make up an estimate: their covariances solved by Cholesky."""
    lower: list[list[float]] = []
    ahead: list[float] = []
    for group, covariances in zip(groups, _covariances(groups, gap, memory), strict=True):
        row: list[float] = []
        for covariance, other in zip(covariances, lower, strict=False):
            row.append((covariance - _product(row, other)) / other[-1])
        own = covariances[-1] + group.noise - _product(row, row)
        known = _product(row, ahead)
        row.append(sqrt(max(_LEAST_VARIANCE, own)))
        lower.append(row)
        ahead.append((group.value - known) / row[-1])
    weights = [0.0] * len(groups)
    for at in reversed(range(len(groups))):
        behind = sum(lower[later][at] * weights[later] for later in range(at + 1, len(groups)))
        weights[at] = (ahead[at] - behind) / lower[at][at]
    return weights


def _product(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the sum of products of two lists, as far as the shorter one goes."""
    return sum(a * b for a, b in zip(one, other, strict=False))
