"""Precision, recall and F1, always with the counts they come from."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from quality.sample import Sample


class Counts(NamedTuple):
    """hits: true and found. false: found but not true. missed: true but not found."""

    hits: int = 0
    false: int = 0
    missed: int = 0

    @property
    def precision(self) -> float | None:
        """Of what was found, the share that is true; None where nothing was found."""
        return self.hits / (self.hits + self.false) if self.hits + self.false else None

    @property
    def recall(self) -> float | None:
        """Of what is true, the share that was found; None where there is nothing to find."""
        return self.hits / (self.hits + self.missed) if self.hits + self.missed else None

    @property
    def f1(self) -> float | None:
        """The harmonic mean of both; None where there is neither anything to find nor anything found."""
        whole = 2 * self.hits + self.false + self.missed
        return 2 * self.hits / whole if whole else None


def added(*counts: Counts) -> Counts:
    """Add counts up."""
    return Counts(*(sum(column) for column in zip(Counts(), *counts, strict=True)))


def count_readings(found: Collection[int], sample: Sample, among: Iterable[int] | None = None) -> Counts:
    """Count hits, false alarms and misses among the sample's readings, or those of them that end at `among`."""
    ends = {each.end for each in sample.sent} if among is None else set(among)
    true = sample.false_ends & ends
    said = set(found) & ends
    return Counts(len(said & true), len(said - true), len(true - said))


def split(sample: Sample) -> tuple[list[int], list[int]]:
    """Return the ENDs of the first third, on which limits may be tuned, and of the rest, on which they are reported."""
    ends = sorted(each.end for each in sample.sent)
    third = len(ends) // 3
    return ends[:third], ends[third:]
