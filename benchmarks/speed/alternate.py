"""Several subjects run in turn, so that a noisy minute hits all of them; a ratio is of runs side by side."""

from collections.abc import Callable, Mapping, Sequence
from statistics import median, quantiles
from typing import Final

import msgspec

from speed.processes import Subject, Took

_LEAST_FOR_SPREAD: Final = 2


class Runs(msgspec.Struct):
    """A subject's runs: CPU and wall, ms, in the order of the rounds."""

    cpu: list[float]
    wall: list[float]

    def add(self, took: Took) -> None:
        """Take in one run."""
        self.cpu.append(took.cpu)
        self.wall.append(took.wall)


def alternating(
    subjects: Mapping[str, Subject], rounds: int, before_each: Callable[[], None] = lambda: None
) -> dict[str, Runs]:
    """Run each subject once a round; the first round, in which connections open, isn't counted."""
    found = {name: Runs([], []) for name in subjects}
    for number in range(rounds + 1):
        for name, subject in subjects.items():
            before_each()
            took = subject.run()
            if number:
                found[name].add(took)
    return found


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return how many times theirs is of ours, as the median over rounds."""
    return median(their / our for our, their in zip(ours, theirs, strict=True))


def spread(values: Sequence[float]) -> tuple[float, float]:
    """Return the quarter points of some runs."""
    if len(values) < _LEAST_FOR_SPREAD:
        return values[0], values[0]
    low, _, high = quantiles(values, n=4, method="inclusive")
    return low, high
