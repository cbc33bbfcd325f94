"""Stretches of readings that follow each other without a gap and share something."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from math import ceil, log
from typing import NamedTuple

from heliograph.checks import limits
from heliograph.checks.view import View
from heliograph.series import Series


class Run(NamedTuple):
    """Places `first` to before `after`."""

    first: int
    after: int

    def __len__(self) -> int:
        """Return the number of readings."""
        return self.after - self.first


def runs_of(positions: Iterable[int], series: Series) -> Iterator[Run]:
    """Join positions, ascending, into runs without a gap in time."""
    first = last = -2
    for position in positions:
        if position != last + 1 or not follows(series, position):
            if last >= 0:
                yield Run(first, last + 1)
            first = position
        last = position
    if last >= 0:
        yield Run(first, last + 1)


def equal_runs(values: list[float], series: Series, least: int) -> Iterator[Run]:
    """Yield the runs of at least `least` equal readings."""
    share = limits.EQUAL.value
    same = [
        position for position, (a, b) in enumerate(pairwise(values), 1) if -share * abs(b) <= a - b <= share * abs(b)
    ]
    for run in runs_of(same, series):
        # The first of the equal ones equals none before it.
        if len(run) + 1 >= least and follows(series, run.first):
            yield Run(run.first - 1, run.after)


def follows(series: Series, position: int) -> bool:
    """Return whether the reading before this one is of the interval before."""
    return position > 0 and series.ends[position] - series.ends[position - 1] <= 1.5 * series.seconds


def judged(run: Run, view: View) -> range:
    """Return the positions of the run that the view is to judge."""
    return range(max(run.first, view.first), min(run.after, view.after))


def length(run: Run, view: View) -> int:
    """Return the run's number of readings, no more than what every reading of it can see."""
    return min(len(run), view.reach)


def beyond_chance(likely: float) -> int:
    """Return how many times in a row something as `likely` as this doesn't happen by chance."""
    return ceil(log(limits.BY_CHANCE.value) / log(min(likely, 0.9999))) if likely > 0 else 1
