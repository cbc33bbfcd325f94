"""Sharing out energy among intervals: in proportion, within what a site can give, and exact to the last digit."""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final

# Sums of energies of 12 whole digits and 24 decimals are exact in it.
_EXACT: Final = Context(prec=60, rounding=ROUND_HALF_EVEN)
# A milliwatt-hour: far below any meter's step, and what is left of a share once its digits mean nothing.
FINEST: Final = Decimal("0.000001")


def spread(total: Decimal, weights: Sequence[float], most: float | None = None) -> list[Decimal]:
    """Share out a known energy in proportion to weights; the shares add up to it exactly.

    total: kWh, of either sign. weights: of each interval, none negative; where all are zero each gets as much.
    most: the most of an interval, kWh; what a share has above it goes to the others, as long as they have room.
    """
    shares = _within(abs(float(total)), list(weights), most)
    step = min(FINEST, Decimal(1).scaleb(int(total.as_tuple().exponent)))
    whole = sum(shares)
    parts: list[Decimal] = []
    given, running = Decimal(0), 0.0
    for share in shares[:-1]:
        running += share
        upto = _EXACT.quantize(_EXACT.multiply(total, Decimal(min(1.0, running / whole))), step)
        parts.append(_EXACT.subtract(upto, given))
        given = upto
    return [*parts, _EXACT.subtract(total, given)]


def _within(total: float, weights: list[float], most: float | None) -> list[float]:
    """Return each interval's share of a total; the weights themselves where nothing limits them."""
    largest = max(weights)
    if largest <= 0:
        return [1.0] * len(weights)
    # What is no millionth of the largest is nothing: its digits mean nothing, and it would never fill what is left.
    weights = [weight / largest if weight > largest * 1e-6 else 0.0 for weight in weights]
    if most is None or not 0 < total < most * len(weights):
        return weights
    shares = [total * weight / sum(weights) for weight in weights]
    while (over := sum(max(0.0, share - most) for share in shares)) > most * 1e-9:
        room = [max(0.0, most - share) for share in shares]
        # In proportion to what they have; where those with room have nothing, by room.
        wants = [share if left else 0.0 for share, left in zip(shares, room, strict=True)]
        by = wants if any(wants) else room
        if not any(by):
            break
        shares = [min(share, most) + over * each / sum(by) for share, each in zip(shares, by, strict=True)]
    return shares


def rounded(energies: Sequence[float]) -> list[Decimal]:
    """Return energies as decimals of six places, kWh."""
    return [_EXACT.quantize(Decimal(each), FINEST) for each in energies]
