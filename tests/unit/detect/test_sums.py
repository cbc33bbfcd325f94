"""A sum beside its parts, among however many columns."""

from decimal import Decimal

import pytest

from heliograph.detect.columns import Column
from heliograph.detect.sides import Amounts, joined


def amounts(name: str, values: list[int]) -> Amounts:
    """Make a column of energies."""
    return Amounts(
        column=Column(name, name, list(map(str, values))),
        role="production",
        unit="kWh",
        kind="interval",
        values=list(map(Decimal, values)),
        positive=True,
        negative=False,
        is_daily=False,
        resets=False,
    )


@pytest.mark.parametrize("count", [2, 3, 1500])
def test_a_sum_stands_for_its_parts(count: int) -> None:
    """Each row is summed once, and not once a column: thousands of columns would take minutes."""
    parts = [amounts(f"production {number}", [number % 7, 3, 5]) for number in range(1, count + 1)]
    whole = amounts("production 0", [sum(int(each.values[at] or 0) for each in parts) for at in range(3)])
    assert joined([*parts, whole]) == [[whole]]


def test_without_a_sum_all_of_them_are_parts() -> None:
    """Equal columns are no sum of each other."""
    parts = [amounts(f"production {number}", [1, 3, 5]) for number in range(1, 5)]
    assert joined(parts) == [parts]
