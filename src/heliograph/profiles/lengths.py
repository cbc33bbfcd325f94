"""How long each interval of a file is, where its profile doesn't say: by the end that a row has, or by the spacing."""

import itertools
from collections import Counter
from collections.abc import Sequence
from datetime import tzinfo
from typing import Final

from heliograph.profiles.stamps import Stamp, seconds_of

# A step is usual where one in twenty is as long, or one in a hundred of a long file; a gap is rarer than that.
_USUAL_SHARE: Final = 20
_LEAST_COUNT: Final = 3
_LONGEST: Final = 86_400


def spacing(moments: Sequence[int]) -> list[int | None]:
    """Return the length of each interval by the stamps around it, seconds; None where nothing tells.

    moments: of the stamps of one site, ascending, each once. An interval is as long as the step to the next stamp, and
    where that is a gap, as the step before it. So each stretch of a file has its own length.
    """
    steps = [after - before for before, after in itertools.pairwise(moments)]
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
    """Return the steps that are intervals and not gaps, seconds.

    A gap is a whole number of a shorter usual step, and seldom.
    """
    counts = Counter(step for step in steps if 0 < step <= _LONGEST)
    if not counts:
        return frozenset()
    least = max(1, min(_LEAST_COUNT, len(steps) // 4), len(steps) // (_USUAL_SHARE * 5))
    (most, _), *_ = counts.most_common(1)
    common = {step for step, count in counts.items() if count >= least}
    return frozenset({most} | {step for step in common if step <= most or not _is_gap(step, counts)})


def _is_gap(step: int, counts: Counter[int]) -> bool:
    shorter = sum(count for each, count in counts.items() if each < step and step % each == 0)
    return counts[step] * _USUAL_SHARE < shorter


def to_end(start: int, until: Stamp, zone: tzinfo | None) -> int | None:
    """Return the length of an interval from its start to the end that its row has, seconds; None where there is none.

    When summer time ends the end may be read twice; it is the first moment behind the start.
    """
    ends = (seconds_of(until, zone, fold) for fold in (0, 1))
    lengths = [end - start for end in ends if 0 < end - start <= _LONGEST]
    return min(lengths, default=None)
