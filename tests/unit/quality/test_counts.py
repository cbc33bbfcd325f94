"""Precision, recall and F1 are what they are defined to be, and unknown where they are 0 of 0."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.counts import Counts, added

numbers = st.integers(0, 1000)


def test_figures_of_a_known_case() -> None:
    """8 of 10 found are true, 8 of 16 true were found."""
    counts = Counts(hits=8, false=2, missed=8)
    assert (counts.precision, counts.recall) == (0.8, 0.5)
    assert counts.f1 == pytest.approx(2 * 0.8 * 0.5 / 1.3)


def test_nothing_of_nothing_is_unknown() -> None:
    """Where nothing was found precision is unknown, where nothing is true recall is."""
    assert Counts().precision is Counts().recall is Counts().f1 is None
    assert Counts(missed=1) == (0, 0, 1)
    assert Counts(missed=1).f1 == 0


@given(numbers, numbers, numbers)
def test_f1_is_the_harmonic_mean(hits: int, false: int, missed: int) -> None:
    """It lies between the two, and agrees with their definition."""
    counts = Counts(hits + 1, false, missed)
    assert counts.precision is not None
    assert counts.recall is not None
    assert counts.f1 == pytest.approx(2 / (1 / counts.precision + 1 / counts.recall))


def test_counts_add_up() -> None:
    """Column by column; none at all give zeros."""
    assert added(Counts(1, 2, 3), Counts(10, 20, 30)) == Counts(11, 22, 33)
    assert added() == Counts()
