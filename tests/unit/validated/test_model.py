"""What an interval is by its sides, and how sums add up."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.checks.registry import RULES
from heliograph.validated.model import NO_SUMS, QUALITY_CODES, Interval, Part, QualityCode, Sums

ENERGIES = st.none() | st.decimals(-1000, 10**12, places=24, allow_nan=False, allow_infinity=False)
PARTS = st.builds(Part, st.integers(0, 300), ENERGIES, ENERGIES)
SUMS = st.builds(Sums, PARTS, PARTS, PARTS, st.integers(0, 300), PARTS, st.integers(0, 300))


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        (("measured", "measured"), "measured"),
        (("measured", "edited"), "edited"),
        (("estimated", "edited"), "estimated"),
        (("estimated", "missing"), "missing"),
        (("measured", None), "measured"),
        ((None, "estimated"), "estimated"),
        ((None, None), "missing"),
    ],
)
def test_an_interval_is_what_its_worse_side_is(
    codes: tuple[QualityCode | None, QualityCode | None], code: QualityCode
) -> None:
    """A side that the site doesn't measure says nothing."""
    assert Interval(end=0, seconds=300, generated_kwh=None, consumed_kwh=None, codes=codes).code == code


@given(SUMS, SUMS, SUMS)
def test_sums_add_up_in_any_order(first: Sums, second: Sums, third: Sums) -> None:
    """Sites and days are added as they come, to the last digit that an energy may have."""
    assert (first + second) + third == first + (second + third)
    assert first + second == second + first
    assert first + NO_SUMS == first


@given(SUMS, SUMS)
def test_a_sum_is_the_sum_of_its_parts(first: Sums, second: Sums) -> None:
    """Counts and energies of both are in the sum, whatever they are."""
    both = first + second
    assert both.expected == first.expected + second.expected
    assert digits(both.generated_kwh) == digits(first.generated_kwh) + digits(second.generated_kwh)
    assert digits(both.consumed_kwh) == digits(first.consumed_kwh) + digits(second.consumed_kwh)


def digits(energy: Decimal | None) -> int:
    """Return an energy as a whole number of the last digit it may have."""
    return int(Fraction(energy or 0) * 10**24)


@pytest.mark.parametrize(
    ("sums", "completeness"),
    [
        (Sums(measured=Part(3), edited=Part(1), estimated=Part(2), missing=2), 0.5),
        (Sums(measured=Part(288)), 1.0),
        (NO_SUMS, None),
    ],
)
def test_completeness_is_the_share_that_is_measured_or_edited(sums: Sums, completeness: float | None) -> None:
    """Nothing is expected of a site that doesn't operate yet, so its completeness isn't known."""
    assert sums.completeness == completeness


def test_the_codes_are_in_order_of_what_is_known() -> None:
    """The worst of several is the last of them."""
    assert QUALITY_CODES == ("measured", "edited", "estimated", "missing")


def test_rules_that_explain_a_value_leave_it_in_the_totals() -> None:
    """Only what can't be the energy of its interval is excluded: a plant that stands still gave nothing indeed."""
    assert {rule.name for rule in RULES if rule.excludes} == {
        "sentinel",
        "negative",
        "running_total",
        "unit_error",
        "over_capacity",
        "future_timestamp",
        "implausible_timestamp",
        "spike",
        "stale",
        "register_fault",
    }
