"""Short gaps: power goes straight from what was before to what comes after."""

from decimal import Decimal
from typing import Final

from heliograph.checks.flag import Limit
from heliograph.estimation.model import Gap

SHORT_GAP: Final = Limit(
    "longest gap that is interpolated",
    1.0,
    "hours",
    "VEE practice interpolates up to one or two hours; beyond an hour a day's shape says more than its ends",
)


def is_short(gap: Gap) -> bool:
    """Return whether a gap is so short, and what lies around it is known, that a straight line fills it."""
    hours = len(gap.ends) * gap.seconds / 3600
    return gap.before is not None and gap.after is not None and (hours <= SHORT_GAP.value or len(gap.ends) == 1)


def straight(before: Decimal, after: Decimal, count: int) -> list[float]:
    """Return the energies of so many intervals on a straight line between two others, kWh."""
    first, last = float(before), float(after)
    return [first + (last - first) * turn / (count + 1) for turn in range(1, count + 1)]
