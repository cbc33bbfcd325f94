"""What a site's values do by themselves: how long they hold still at a level, and how long they go along a line.

A coarse meter repeats its counts, a battery its set point, a home at rest its standby, an inverter its limit. A day
keeps its longest runs, level by level; the weeks together tell what is usual here, and only what lasts far longer is a
fault. Levels are bands of a quarter of an octave: values in neighbouring bands differ by less than two fifths.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from math import inf, log2
from operator import sub
from typing import Final, NamedTuple

from heliograph.checks.flag import Limit

TOP: Final = Limit(
    "clipping",
    0.97,
    "share of the most",
    "a plateau there is clipping: an inverter at its limit holds it within its own accuracy, 2 to 3 %",
)
LONGER: Final = Limit(
    "longer than by itself",
    2.5,
    "times the usual most",
    "runs by chance grow rarer by a factor with each reading: 2.5 times the weeks' most is met once in many years",
)
STALE_MINUTES: Final = Limit(
    "shortest freeze",
    120.0,
    "minutes",
    "loggers that restart, and links that are made again, repeat values for less than that",
)
FINE_COUNTS: Final = Limit(
    "counts of a fine value",
    1000.0,
    "counts",
    "of so many, one in a thousand still moves it: no sun, wind or household holds still like that",
)
FINE_MINUTES: Final = Limit(
    "shortest freeze of a fine value", 60.0, "minutes", "an hour of it is an hour whose energy nobody knows"
)
COARSE_COUNTS: Final = Limit(
    "counts of a coarse value",
    100.0,
    "counts",
    "a value of fewer counts holds still while what it measures moves by 1 %, as it does for hours",
)
COARSE_MINUTES: Final = Limit(
    "shortest freeze of a coarse value", 330.0, "minutes", "the sun moves output by a tenth and more in that time"
)
FEW_COUNTS_MINUTES: Final = Limit(
    "shortest freeze of a few counts", 660.0, "minutes", "a day around its noon, or a night's standby, lasts less"
)
STEADIER: Final = Limit(
    "steadier use",
    3.0,
    "times the counts",
    "what a load uses moves less than what the weather gives: consumption needs more counts to show it",
)
FEW_COUNTS: Final = Limit(
    "a few counts", 10.0, "counts", "a value of fewer holds still while what it measures moves by a tenth"
)
EQUAL: Final = Limit("difference of equal values", 1e-5, "share", "pvanalytics.quality.gaps.stale_values_diff, rtol")

Held = dict[int, int]  # band -> the longest run of equal values in it, readings

_BANDS: Final = 4  # an octave
HELD_BANDS: Final = _BANDS  # a coarse value's neighbours: an octave to either side
LINE_SHARE: Final = EQUAL.value / 10
_LEAST_RISE: Final = 2.0  # steps
_FLATTEST: Final = 1e-4
_DIGITS: Final = (1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6)
_AGREES: Final = 1e-3  # of a digit: what floats leave of a decimal
_SAMPLED: Final = 48
_FLOATS: Final = 1e-12  # share of a value: more than sums of a few floats are off
TOP_BAND: Final = 1 << 16  # where no band lies: the day's top, wherever that is
_SHORTEST: Final = 3  # two equal readings are met anywhere
_EXTREME: Final = 2  # a fault of two days teaches nothing


def band_of(value: float) -> int:
    """Return the band of a value, which isn't zero."""
    return int(log2(abs(value)) * _BANDS // 1)


def shortest_minutes(value: float, step: float, field: str) -> float:
    """Return how long values of so many counts of a step may hold still by themselves, minutes."""
    steadier = STEADIER.value if field == "consumed" else 1.0
    if value >= FINE_COUNTS.value * steadier * step:
        return FINE_MINUTES.value
    if value >= COARSE_COUNTS.value * steadier * step:
        return STALE_MINUTES.value
    return COARSE_MINUTES.value if value >= FEW_COUNTS.value * steadier * step else FEW_COUNTS_MINUTES.value


class Neighbours(NamedTuple):
    """What values show beside each other: worked out once for a series, and cut for its days.

    largest: the size of the largest value, or of one beyond these. equal: the positions of values that equal the one
    before. falls: of those below the one before. bends: how far each value leaves the middle of those beside it, kWh;
    the first and the last value have no such two.
    """

    largest: float
    equal: list[int]
    falls: list[int]
    bends: list[float]

    def part(self, first: int, after: int) -> "Neighbours":
        """Return the same of the values from a position to before another."""
        equal, falls = (
            [position - first for position in each[bisect_right(each, first) : bisect_left(each, after)]]
            for each in (self.equal, self.falls)
        )
        return Neighbours(self.largest, equal, falls, self.bends[first : max(first, after - 2)])


def neighbours(values: Sequence[float]) -> Neighbours:
    """Work out what values show beside each other."""
    share, largest = EQUAL.value, max(map(abs, values), default=0.0)
    steps, most = list(map(sub, values[1:], values)), share * largest
    near = [position for position, step in enumerate(steps, 1) if -most <= step <= most]  # by day nearly none
    triples = zip(values, values[1:], values[2:], strict=False)
    return Neighbours(
        largest,
        equal=[position for position in near if abs(steps[position - 1]) <= share * abs(values[position])],
        falls=[position for position, step in enumerate(steps, 1) if step < 0],
        bends=[value - (before + then) / 2 for before, value, then in triples],
    )


def longest_held(values: Sequence[float], above: float, top: float = inf, beside: Neighbours | None = None) -> Held:
    """Return how long a day's values hold still at most, by band: of those above a value; from `top` on, as the top.

    beside: what they show beside each other, where that is known.
    """
    found: Held = {}
    first = last = -2
    for position in (*(beside or neighbours(values)).equal, -1):
        if position != last + 1:
            length = last - first + 2
            if length >= _SHORTEST and (level := abs(values[last])) > above:
                band = band_of(level) if level < top else TOP_BAND
                found[band] = max(length, found.get(band, 0))
            first = position
        last = position
    return found


def usually_held(days: Sequence[Held]) -> Held:
    """Return how long values are held still at each band: the most of the days but the two most extreme."""
    by_band: dict[int, list[int]] = {}
    for day in days:
        for band, length in day.items():
            by_band.setdefault(band, []).append(length)
    return {band: sorted(lengths)[-1 - _EXTREME] for band, lengths in by_band.items() if len(lengths) > _EXTREME}


def held_near(held: Mapping[int, int], value: float, bands: int) -> int:
    """Return how many readings in a row values within so many bands of one are held at most; 1 where they never are."""
    at = band_of(value)
    return max((held.get(band, 1) for band in range(at - bands, at + bands + 1)), default=1)


def lines(
    values: Sequence[float], margin: float, share: float, least: int, beside: Neighbours | None = None
) -> list[tuple[int, int]]:
    """Return the stretches of at least `least` values that lie along a line and aren't zero: first, and after.

    margin, share: how far a value may lie from the line through the first one, kWh and of its size. A line that is
    rounded to a meter's step goes up by regular stairs: it lies within a step of it, and so do its bends.
    beside: as `longest_held` has it.
    """
    beside = beside or neighbours(values)
    most = margin / 2 + (share + _FLOATS) * beside.largest
    near = [position for position, bend in enumerate(beside.bends, 1) if -most <= bend <= most]  # by day nearly none
    straight = [
        position
        for position in near
        if (value := values[position]) or values[position - 1] != values[position + 1]
        if abs(values[position - 1] - 2 * value + values[position + 1]) <= margin + share * abs(value)
    ]
    found: list[tuple[int, int]] = []
    first = last = -2
    for position in (*straight, -1):
        if position != last + 1:
            if last - first + 3 >= least:
                found += _along(values, first - 1, last + 2, (margin, share), least)
            first = position
        last = position
    return found


def _along(
    values: Sequence[float], first: int, after: int, near: tuple[float, float], least: int
) -> list[tuple[int, int]]:
    """Cut a stretch without great bends where it leaves the line through its first value."""
    found: list[tuple[int, int]] = []
    lowest, highest = -inf, inf
    begin = first
    for position in range(first + 1, after):
        margin, steps = near[0] + near[1] * abs(values[position]), position - begin
        rise = values[position] - values[begin]
        lowest, highest = max(lowest, (rise - margin) / steps), min(highest, (rise + margin) / steps)
        if lowest > highest:
            if position - begin >= least:
                found.append((begin, position))
            begin = position - 1
            rise = values[position] - values[begin]
            lowest, highest = rise - margin, rise + margin
    if after - begin >= least:
        found.append((begin, after))
    return found


def drawn(
    values: Sequence[float], margin: float, share: float, least: int, beside: Neighbours | None = None
) -> list[tuple[int, int]]:
    """Return the lines of at least `least` values that start at a true one and are off it by their rounding alone.

    Values that were filled in between two true ones are rounded to the meter's step, so they are off by half of it.
    Around them a line may go on by chance. margin, share, beside: as in `lines`.
    """
    near = margin / 2, share
    return [
        line
        for first, after in lines(values, margin, share, least, beside)
        for line in _longest(values, first, after, near, least)
    ]


def _longest(
    values: Sequence[float], first: int, after: int, near: tuple[float, float], least: int
) -> list[tuple[int, int]]:
    """Return the longest line between two positions, and those on both sides of it."""
    begin = length = 0
    for each in range(first, after - least + 1):
        if after - each <= length:
            break
        reached = _reach(values, each, after, near) - each
        if reached > length:
            begin, length = each, reached
    if length < least:
        return []
    end = begin + length
    before, behind = (_longest(values, *part, near, least) for part in ((first, begin + 1), (end - 1, after)))
    return [*before, (begin, end), *behind]


def _reach(values: Sequence[float], begin: int, after: int, near: tuple[float, float]) -> int:
    """Return the position behind the line that starts at a value."""
    lowest, highest, start = -inf, inf, values[begin]
    for position in range(begin + 1, after):
        steps, margin = position - begin, near[0] + near[1] * abs(values[position])
        rise = values[position] - start
        lowest, highest = max(lowest, (rise - margin) / steps), min(highest, (rise + margin) / steps)
        if lowest > highest:
            return position
    return after


def longest_line(values: Sequence[float], step: float, beside: Neighbours | None = None) -> int:
    """Return the readings of a day's longest line; 0 where it has none. step: the meter's, kWh. beside: see `lines`."""
    unit = 1.01 * max(step, last_digit(values))
    found = drawn(values, unit, LINE_SHARE, _SHORTEST, beside)
    return max(
        (after - first for first, after in found if is_rising(values, first, after, _LEAST_RISE * unit)), default=0
    )


def is_rising(values: Sequence[float], first: int, after: int, least: float) -> bool:
    """Return whether a line isn't level: it rises or falls by more than `least`, and than a share of its values."""
    begin, end = values[first], values[after - 1]
    return abs(end - begin) > max(least, _FLATTEST * abs(begin), _FLATTEST * abs(end))


def last_digit(values: Sequence[float]) -> float:
    """Return the worth of the last digit of some values, kWh, from a sample of them; 0.0 where it is below 1e-6."""
    some = list(filter(None, values))
    sample = some[:: 1 + len(some) // _SAMPLED]
    return next((1 / scale for scale in _DIGITS if _are_whole(sample, scale)), 0.0)


def _are_whole(values: Sequence[float], scale: float) -> bool:
    """Return whether all values, times a scale, are whole numbers but for what floats leave of a decimal."""
    for value in values:
        scaled = value * scale
        if not -_AGREES < scaled - round(scaled) < _AGREES:
            return False
    return True
