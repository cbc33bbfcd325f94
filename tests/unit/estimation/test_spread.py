"""A known sum over a gap: shared out in proportion, exact to its last digit."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from heliograph.estimation.estimate import estimate
from heliograph.estimation.model import Gap
from heliograph.estimation.spread import spread
from heliograph.site import Site

sums = st.decimals(min_value=0, max_value=10**9, allow_nan=False, allow_infinity=False, places=12)
weights = st.lists(st.floats(0, 1e6), min_size=1, max_size=40)


@given(sums, weights, st.one_of(st.none(), st.floats(1e-3, 1e6)))
def test_shares_add_up_exactly(total: Decimal, by: list[float], most: float | None) -> None:
    """Whatever the weights and the limit, not a digit is lost, and no share is negative."""
    shares = spread(total, by, most)
    assert sum(shares) == total
    assert all(share >= 0 for share in shares)


@given(sums, weights, st.floats(1e-3, 1e6))
def test_no_share_is_more_than_the_site_can_give(total: Decimal, by: list[float], most: float) -> None:
    """Where the sum fits into the intervals at full power, none has more."""
    if float(total) <= most * len(by):
        assert all(float(share) <= most * (1 + 1e-6) + 2e-6 for share in spread(total, by, most))


def test_a_negative_sum_keeps_its_sign() -> None:
    """A turbine that draws its own power at rest counts backwards."""
    assert spread(Decimal("-0.3"), [1.0, 2.0]) == [Decimal("-0.1"), Decimal("-0.2")]


def test_a_known_sum_goes_before_a_line() -> None:
    """A counter says what the gap gave, so what lies around it isn't asked."""
    gap = Gap("generated", [900, 1800], 900, known=Decimal("1.5"), before=Decimal(9), after=Decimal(9))
    found = estimate(gap, Site("a"))
    assert [(each.end, each.kwh, each.method) for each in found] == [
        (900, Decimal("0.75"), "known_sum"),
        (1800, Decimal("0.75"), "known_sum"),
    ]


def test_a_short_gap_lies_on_a_line() -> None:
    """Power goes straight from the interval before to the one behind."""
    gap = Gap("consumed", [900, 1800], 900, before=Decimal(1), after=Decimal("2.5"))
    assert [(each.kwh, each.method) for each in estimate(gap, Site("a"))] == [
        (Decimal("1.5"), "interpolation"),
        (Decimal(2), "interpolation"),
    ]


def test_nothing_is_said_where_nothing_is_known() -> None:
    """Without an end on either side and without history the intervals are missing."""
    assert estimate(Gap("generated", [900], 900, before=Decimal(1)), Site("a")) == []
    assert estimate(Gap("generated", [900 * turn for turn in range(1, 9)], 900), Site("a")) == []
