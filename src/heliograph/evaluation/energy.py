"""What counts as energy: the rule by which a site's days and hours are summed."""

from decimal import Decimal
from typing import Final

from heliograph.checks.energy import BELOW_ZERO, MOST_OF_CAPACITY
from heliograph.site import Site

_SENTINELS: Final = frozenset(map(float, BELOW_ZERO))


def is_energy(value: float, most: float | None = None) -> bool:
    """Return whether a value can be energy: no sentinel, and no more than the site can give where that is known."""
    return value not in _SENTINELS and (most is None or abs(value) <= most)


def most_kwh(site: Site) -> float | None:
    """Return what a site can't exceed in an interval, kWh; None where that isn't known."""
    full = site.max_interval_kwh
    return None if full is None else MOST_OF_CAPACITY.value * full


def is_summed(generated: Decimal, consumed: Decimal, most: float | None) -> bool:
    """Return whether a reading counts in sums: both of its energies can be energy. most: as `most_kwh` gives it."""
    return is_energy(float(generated), most) and is_energy(float(consumed))
