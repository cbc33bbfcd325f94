"""How long each interval of a file is, where its profile doesn't say: by the end that a row has, or by the spacing."""

from collections import Counter
from collections.abc import Sequence
from datetime import tzinfo
from itertools import groupby, pairwise
from typing import Final

from heliograph.profiles.wall_times import WallTime, is_twice, seconds_of

# Gaps of one length don't follow each other so often; intervals of a stretch do.
_STRETCH: Final = 3
_LONGEST: Final = 86_400
# The day on which summer time ends.
_LONGEST_DAY: Final = 90_000


def spacing(moments: Sequence[int]) -> list[int | None]:
    """Return the length of each interval by the stamps around it, seconds; None where nothing tells.

    moments: of the stamps of one site, ascending, each once. An interval is as long as the step to the next stamp, and
    where that is a gap, as the step before it. So each stretch of a file has its own length.
    """
    steps = [after - before for before, after in pairwise(moments)]
    usual = usual_steps(steps)
    lengths: list[int | None] = []
    for index in range(len(moments)):
        ahead = steps[index] if index < len(steps) else 0
        behind = steps[index - 1] if index else 0
        lengths.append(ahead if ahead in usual else behind if behind in usual else None)
    return lengths


def spacing_of_ends(moments: Sequence[int]) -> list[int | None]:
    """Return the same of stamps that are ends: an interval is as long as the step from the stamp before."""
    mirrored = spacing([-moment for moment in reversed(moments)])
    return list(reversed(mirrored))


def usual_steps(steps: Sequence[int]) -> frozenset[int]:
    """Return the steps that are intervals and not gaps, seconds: the commonest, and each that a stretch consists of."""
    possible = Counter(step for step in steps if 0 < step <= _LONGEST)
    if not possible:
        return frozenset()
    stretches = {step for step, run in groupby(steps) if step in possible and sum(1 for _ in run) >= _STRETCH}
    commonest = min(possible, key=lambda step: (-possible[step], step))
    return frozenset({commonest} | stretches)


def to_end(start: int, since: WallTime, until: WallTime, zone: tzinfo | None) -> int | None:
    """Return the length of an interval from its start to the end that its row has, seconds; None where there is none.

    start: the moment. since: as it stands in the row. When summer time ends the end may be read twice; it is the first
    moment behind the start. What begins in the hour that comes twice is as long as its row says: its first `02:00` to
    `03:00` is an hour, though the clocks show 03:00 after two.
    """
    lengths = [seconds_of(until, zone, fold) - start for fold in (0, 1)]
    if since.offset is None and zone is not None and is_twice(since.local, zone):
        lengths.append(int((until.local - since.local).total_seconds()))
    return min((length for length in lengths if 0 < length <= _LONGEST_DAY), default=None)
