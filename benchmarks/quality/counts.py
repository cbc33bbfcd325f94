"""Precision, recall and F1, always with the counts they come from."""

from typing import NamedTuple


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
