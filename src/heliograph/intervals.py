"""How long the intervals of readings are, as their ENDs tell: stretches of one length, and readings that overlap.

A reading's length is how its neighbours follow each other; the registry says it where they are too few. A meter that is
set from an hour to a quarter begins a new stretch. What comes between two readings of a stretch, and is no finer
interval, overlaps the one before it: a file read twice under other stamps, or a second meter under one site's name.

All goes by near neighbours, so it is the same whatever else is looked at, and in any order of landing.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import compress, pairwise
from operator import sub
from statistics import median
from typing import Final, NamedTuple, TypeVar

from heliograph.checks.flag import Limit

AGREE: Final = Limit("steps that agree", 0.1, "share", "stamps by a logger's own clock or by arrival drift by less")
IN_A_ROW: Final = Limit(
    "steps of a new interval", 6, "readings", "six in a row that are lost, or come early, are no accident"
)
OVERLAP: Final = Limit(
    "overlap", 0.53, "share of an interval", "more than half: an END between two others, and not midway between them"
)
REPEATS: Final = Limit(
    "second readings", 4, "among 33 readings", "a clock that is set, or starts anew, puts one END between others"
)

REACH: Final = 16  # readings to either side tell whether one overlaps another

_MINUTE: Final = 60
_DEFAULT_MINUTES: Final = 60
_DAY: Final = 86_400
_SHORT: Final = 1 - OVERLAP.value
COPIES_APART: Final = Limit(
    "how well copies keep their distance", 0.05, "share of an interval", "a logger's clock: half of what steps agree by"
)
COPIES_APART_SECONDS: Final = Limit(
    "least of it", 5.0, "seconds", "stamps of whole seconds, and a run that writes its file seconds sooner or later"
)
MOST_COPIES: Final = Limit("copies of a reading", 3, "readings", "more in one interval are a finer interval's own")
LOST_AMONG: Final = Limit(
    "intervals that a lost reading spans", 6, "intervals", "as many as begin a new interval: fewer may be lost in a row"
)
EXPLAINED: Final = Limit(
    "steps that two series explain",
    0.75,
    "share",
    "a quarter may be lost readings of either",
)
JITTER: Final = Limit(
    "step of two stamps that jitter",
    0.36,
    "share of two intervals",
    "one that is a quarter shorter has 0.375",
)
REGULAR: Final = Limit("steps that agree", 0.5, "share", "most of them: what fewer say is chance")
NEARLY_ALL: Final = Limit(
    "irregular steps within an interval", 0.9, "share", "the longest one in ten may be gaps of lost readings"
)

Energies = Sequence[tuple[object, object]]
T = TypeVar("T")


class Segment(NamedTuple):
    """Readings of one interval: positions `first` to before `after`. minutes: the interval's length."""

    first: int
    after: int
    minutes: int


class Overlap(NamedTuple):
    """A reading that lies in the interval of another one. position: its own. by: the other's where that comes later.

    seconds: how much of its interval, at least, the other one has already. is_copy: whether both energies are the same.
    is_sustained: whether others near it overlap likewise.
    """

    position: int
    seconds: int
    is_copy: bool
    is_sustained: bool = True
    by: int | None = None


def overlaps(ends: Sequence[int], energies: Energies, registered: int | None) -> list[Overlap]:
    """Return the readings that overlap one before them.

    ends: END of each interval, seconds since 1970, ascending. energies: generated and consumed, None on a side that
    isn't there: readings that share no side don't overlap. registered: what the registry says of the interval's length,
    minutes.
    """
    ordered = sorted(map(sub, ends[1:], ends))
    if len(ordered) < IN_A_ROW.value or ordered[0] >= _SHORT / OVERLAP.value * ordered[3 * len(ordered) // 4]:
        return []  # nearly always
    if _are_of_one_side_each(energies):
        return _by_side(energies, lambda one: overlaps(_of(one, ends), _of(one, energies), registered))
    found: dict[int, Overlap] = {}
    single = list(range(len(ends)))
    while new := _found(single, ends, energies, registered):
        found |= new
        single = [position for position in single if position not in new]
    return [
        found[position]._replace(is_sustained=sum(at in found for at in _around(position)) >= REPEATS.value)
        for position in sorted(found)
    ]


def stated_overlaps(ends: Sequence[int], lengths: Sequence[int], energies: Energies) -> list[Overlap]:
    """Return the readings that overlap another one, where each states its length, seconds.

    Of two the earlier one counts, or the longer one where it holds all of the other. energies: as in `overlaps`.
    """
    if _are_of_one_side_each(energies):
        return _by_side(energies, lambda one: stated_overlaps(_of(one, ends), _of(one, lengths), _of(one, energies)))
    found: dict[int, Overlap] = {}
    counted: list[int] = []
    for position, (end, seconds) in enumerate(zip(ends, lengths, strict=True)):
        begin, held = end - seconds, len(counted)
        while held and ends[counted[held - 1]] - lengths[counted[held - 1]] >= begin:
            held -= 1
        if held and ends[counted[held - 1]] > begin:
            other = counted[-1]
            overlap = ends[other] - max(begin, ends[other] - lengths[other])
            found[position] = Overlap(position, overlap, energies[position] == energies[other])
            continue
        found |= {each: Overlap(each, lengths[each], is_copy=False, by=position) for each in counted[held:]}
        counted[held:] = [position]
    return [
        found[position]._replace(is_sustained=sum(at in found for at in _around(position)) >= REPEATS.value)
        for position in sorted(found)
    ]


def _are_of_one_side_each(energies: Energies) -> bool:
    """Return whether two of the readings share no side."""
    return any(generated is None for generated, _ in energies) and any(consumed is None for _, consumed in energies)


def _of(chosen: Iterable[bool], column: Iterable[T]) -> list[T]:
    return list(compress(column, chosen))


def _by_side(energies: Energies, find: Callable[[list[bool]], Iterable[Overlap]]) -> list[Overlap]:
    """Return the overlaps among the readings of each side. find: finds those among the readings that are chosen."""
    found: dict[int, Overlap] = {}
    for side in (0, 1):
        chosen = [pair[side] is not None for pair in energies]
        places = _of(chosen, range(len(energies)))
        for each in find(chosen):
            by = None if each.by is None else places[each.by]
            found.setdefault(places[each.position], each._replace(position=places[each.position], by=by))
    return [found[position] for position in sorted(found)]


def _found(single: list[int], ends: Sequence[int], energies: Energies, registered: int | None) -> dict[int, Overlap]:
    """Return the overlaps among some positions, by position: one a turn of those that come three times."""
    steps = [0, *(ends[position] - ends[before] for before, position in pairwise(single))]
    kept = [energies[position] for position in single]
    found = {each.position: each for each in _copies(steps, kept)}
    for position in range(1, len(steps)):
        interval = _interleaved(steps, position, kept, registered)
        if interval:
            found[position] = Overlap(position, interval - steps[position], kept[position] == kept[position - 1])
    return {single[at]: each._replace(position=single[at]) for at, each in found.items()}


def _around(position: int) -> range:
    return range(max(1, position - REACH), position + REACH + 1)


def _interleaved(steps: list[int], position: int, energies: Energies, registered: int | None) -> int:
    """Return the interval of two series of readings of which the later one has this reading; 0 where it hasn't."""
    step = steps[position]
    interval = _pair(steps, position)
    if not interval or step > _SHORT * interval:
        return 0
    near = range(max(1, position - REACH), min(len(steps), position + REACH + 1))
    explained = sum(
        any(_is_near(steps[at], each, interval) for each in (step, interval - step, interval)) for at in near
    )
    alike = [
        at for at in near if _is_near(steps[at], step, interval) and _is_near(_pair(steps, at), interval, interval)
    ]
    if len(alike) < REPEATS.value or explained < EXPLAINED.value * len(near):
        return 0
    if registered and _is_near(registered * _MINUTE, interval, interval):
        return interval
    # Of a fine interval every third reading may be lost, and stamps may jitter: then only equal energies tell that
    # there are two series.
    times = round(interval / step)
    is_lost = times <= LOST_AMONG.value and _is_near(times * step, interval, interval)
    if is_lost or step > JITTER.value * interval:
        equal = all(energies[at] == energies[at - 1] for at in alike)
        return interval if equal and any(any(energies[at]) for at in alike) else 0
    return interval


def _pair(steps: list[int], position: int) -> int:
    """Return a step and the next one together, seconds; at the end, the one before it; 0 where there is but one."""
    beside = position + 1 if position + 1 < len(steps) else position - 1
    return steps[position] + steps[beside] if beside > 0 else 0


def _is_near(one: int, other: int, interval: int) -> bool:
    return abs(one - other) <= max(COPIES_APART_SECONDS.value, COPIES_APART.value * interval)


def _copies(steps: list[int], energies: Energies) -> list[Overlap]:
    """Return the readings that repeat one within its own interval: both energies are equal, and the next comes on time.

    steps: seconds from the reading before each.
    """
    found: list[Overlap] = []
    first = 0
    for position in range(1, len(steps) + 1):
        if position < len(steps) and energies[position] == energies[first]:
            continue
        span, copies = sum(steps[first + 1 : position]), position - first - 1
        if 0 < copies <= MOST_COPIES.value and position < len(steps) and any(energies[first]):
            interval = span + steps[position]
            beside = [steps[at] for at in (first - 1, first, position + 1) if 0 < at < len(steps)]
            if span <= _SHORT * interval and any(_is_near(each, interval, interval) for each in beside):
                found += [
                    Overlap(each, interval - sum(steps[first + 1 : each + 1]), is_copy=True)
                    for each in range(first + 1, position)
                ]
        first = position
    return found


def usual_minutes(ends: Sequence[int]) -> int:
    """Return the usual step between readings, whole minutes; an hour where there are too few to tell."""
    steps = list(map(sub, ends[1:], ends))
    return _minutes(median(steps)) if steps else _DEFAULT_MINUTES


def stretches(ends: Sequence[int], registered: int | None) -> list[Segment]:
    """Return the stretches of one interval each, oldest first; at least one.

    ends: of readings that don't overlap, seconds since 1970, ascending. registered: what the registry says, minutes.
    """
    steps = list(map(sub, ends[1:], ends))
    if not steps:
        return [Segment(0, len(ends), registered or _DEFAULT_MINUTES)]
    usual = registered * _MINUTE if registered else median(steps)
    least, most = (1 - AGREE.value) * usual, (1 + AGREE.value) * usual
    if least <= min(steps) and max(steps) <= most:  # nearly always
        return [Segment(0, len(ends), registered or _minutes(usual))]
    others = [position for position, step in enumerate(steps, 1) if not least <= step <= most]
    in_a_row = int(IN_A_ROW.value)
    if not any(after - first < in_a_row for first, after in zip(others, others[in_a_row - 1 :], strict=False)):
        return [Segment(0, len(ends), registered or _minutes(usual))]
    runs = _runs(steps)
    if not runs:
        return [Segment(0, len(ends), _irregular(steps, registered))]
    begins = [0, *(first for first, _ in runs[1:]), len(ends)]
    return [
        Segment(first, after, _registered_or(seconds, registered))
        for (first, after), (_, seconds) in zip(pairwise(begins), runs, strict=True)
    ]


def minutes_of(ends: Sequence[int], registered: int | None) -> list[int]:
    """Return the length of each reading's interval, minutes; see `stretches`."""
    return [minutes for first, after, minutes in stretches(ends, registered) for _ in range(first, after)]


def expected_so_far(expected: int, begins: float, ends: float, until: float) -> int:
    """Return how many of a period's readings would have come by a moment with none missing.

    expected: those of the whole period. begins, ends, until: seconds since 1970.
    """
    return round(expected * min(1.0, max(0.0, (until - begins) / (ends - begins))))


def _runs(steps: list[int]) -> list[tuple[int, float]]:
    """Return where steps of one length begin that are enough in a row, and their length; each other than before.

    Where most steps are in no such row, there is none: some are alike by chance.
    """
    found: list[tuple[int, float]] = []
    first = alike = 0
    for position in range(1, len(steps) + 1):
        if position < len(steps) and abs(steps[position] - steps[first]) <= AGREE.value * steps[first]:
            continue
        if position - first >= IN_A_ROW.value and steps[first] <= _DAY:
            length = median(steps[first:position])
            alike += position - first
            if not found or abs(length - found[-1][1]) > AGREE.value * found[-1][1]:
                found.append((first + 1, length))
        first = position
    return found if alike >= REGULAR.value * len(steps) / 2 else []


def _irregular(steps: list[int], registered: int | None) -> int:
    """Return the interval, minutes, of readings of which no few follow each other alike.

    Where most aren't the usual one apart, nor lost ones between them, nearly all come within the length returned.
    """
    usual = _minutes(median(steps))
    for minutes in (registered or usual, usual):
        apart = (step / (minutes * _MINUTE) for step in steps)
        if sum(abs(times - max(1, round(times))) <= AGREE.value for times in apart) >= REGULAR.value * len(steps):
            return minutes
    return _minutes(sorted(steps)[int(NEARLY_ALL.value * len(steps))])


def _registered_or(seconds: float, registered: int | None) -> int:
    """Return the length in minutes: the registry's, where the readings agree with that."""
    if registered and abs(seconds - registered * _MINUTE) <= AGREE.value * registered * _MINUTE:
        return registered
    return _minutes(seconds)


def _minutes(seconds: float) -> int:
    return max(1, round(seconds / _MINUTE))
