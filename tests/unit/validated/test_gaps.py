"""The gaps of a side: which intervals belong together, what they add up to if that is known, and what lies around."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.estimation.model import Gap
from heliograph.validated.gaps import gaps_of
from heliograph.validated.model import Interval, QualityCode
from heliograph.validated.one_side import KnownSum

STEP: Final = 900


def series(text: str, step: int = STEP) -> list[Interval]:
    """Return intervals by a sign each: a digit is a measured energy, `-` a missing one, `.` one that isn't expected."""
    return [Interval((at + 1) * step, step, *_values(sign)) for at, sign in enumerate(text) if sign != "."]


def _values(sign: str) -> tuple[Decimal | None, None, tuple[QualityCode, None]]:
    return (None, None, ("missing", None)) if sign == "-" else (Decimal(sign), None, ("measured", None))


def found(
    intervals: Iterable[Interval], known: Iterable[KnownSum] = (), caught_up: frozenset[int] = frozenset()
) -> list[Gap]:
    """Return the gaps of the generated side."""
    return gaps_of(0, intervals, known, caught_up.__contains__)


def shown(gap: Gap) -> tuple[object, ...]:
    """Return a gap's positions, what is known of it, and what lies around it."""
    return [end // STEP - 1 for end in gap.ends], gap.known, gap.before, gap.after


@pytest.mark.parametrize(
    ("text", "gaps"),
    [
        ("123", []),
        ("1--2", [([1, 2], None, 1, 2)]),
        ("--2", [([0, 1], None, None, 2)]),
        ("1--", [([1, 2], None, 1, None)]),
        ("1-2-3", [([1], None, 1, 2), ([3], None, 2, 3)]),
        ("1-...-2", [([1], None, 1, None), ([5], None, None, 2)]),
    ],
)
def test_neighbours_without_a_value_are_one_gap(text: str, gaps: list[object]) -> None:
    """With the values right before and behind; what lies beyond a silence is another gap."""
    assert list(map(shown, found(series(text)))) == gaps


def test_a_side_that_isnt_measured_has_no_gaps() -> None:
    """Nothing is expected of it."""
    assert gaps_of(1, series("1--2"), (), frozenset[int]().__contains__) == []


def test_another_length_is_another_gap() -> None:
    """And what lies around is of no use for it."""
    quarters, hours = series("1--"), series(".--3", 4 * STEP)
    assert [(gap.seconds, len(gap.ends), gap.before, gap.after) for gap in found([*quarters, *hours])] == [
        (STEP, 2, 1, None),
        (4 * STEP, 2, None, 3),
    ]


def test_a_counter_says_what_its_gap_adds_up_to() -> None:
    """Missing intervals within it share the sum, also beside others; one that begins before them is of no use."""
    known = KnownSum(2 * STEP, 5 * STEP, Decimal(9))
    assert list(map(shown, found(series("1----6"), [known]))) == [
        ([1], None, 1, None),
        ([2, 3, 4], Decimal(9), None, 6),
    ]
    assert list(map(shown, found(series("---4"), [KnownSum(-5 * STEP, 3 * STEP, Decimal(9))]))) == [
        ([0, 1, 2], None, None, 4)
    ]
    assert list(map(shown, found(series("---4"), [KnownSum(0, 3 * STEP, Decimal(9))]))) == [
        ([0, 1, 2], Decimal(9), None, 4)
    ]


def test_a_reading_that_caught_up_shares_with_what_it_missed() -> None:
    """Zeros and missing intervals before it are its own, its interval among them; a value ends them."""
    assert list(map(shown, found(series("10-094"), caught_up=frozenset({5 * STEP})))) == [
        ([1, 2, 3, 4], Decimal(9), 1, 4)
    ]
    assert found(series("194"), caught_up=frozenset({2 * STEP})) == []


@given(
    st.text("12-.", max_size=40),
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 12), st.integers(0, 90)), max_size=3),
    st.sets(st.integers(1, 40)),
)
def test_each_missing_interval_is_in_one_gap(text: str, sums: list[tuple[int, int, int]], caught_up: set[int]) -> None:
    """Whatever is known of some: no interval is estimated twice, and none is forgotten."""
    intervals = series(text)
    known = [KnownSum(first * STEP, (first + length) * STEP, Decimal(kwh)) for first, length, kwh in sums]
    gaps = found(intervals, known, frozenset(at * STEP for at in caught_up))
    ends = [end for gap in gaps for end in gap.ends]
    assert len(ends) == len(set(ends))
    assert set(ends) >= {each.end for each in intervals if each.code == "missing"}
    assert all(gap.ends == sorted(gap.ends) for gap in gaps)
