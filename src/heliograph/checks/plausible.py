"""What can be energy: the values that stand for none, the most that a site's nameplate can give, and what is nothing.

Checks flag what can't, and a site's days and hours are summed without it. The API needs this and no check.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from heliograph.checks.flag import Limit
from heliograph.site import Site

_NO_VALUE: Final = "loggers and historians write it when they have no value"
NEGATIVE_SENTINELS: Final = tuple(
    Limit("stands for no value", value, "kWh", _NO_VALUE) for value in (-99, -999, -9999, -99999, -999999, -1000000)
)
POSITIVE_SENTINELS: Final = tuple(
    Limit("stands for no value", value, "kWh", f"{_NO_VALUE}; flagged where the site couldn't have generated it")
    for value in (9999, 99999, 999999, 9999999)
)
BELOW_ZERO: Final = frozenset(Decimal(each.value) for each in NEGATIVE_SENTINELS)
ABOVE_ZERO: Final = frozenset(Decimal(each.value) for each in POSITIVE_SENTINELS)

MOST_OF_CAPACITY: Final = Limit(
    "most of nameplate",
    1.10,
    "share of capacity",
    "inverters limit at nameplate; 10 % covers cloud-edge gain, meter class (IEC 62053-21, 2 %) and clock jitter",
)
ENOUGH_AROUND: Final = Limit("readings around one", 12, "readings", "fewer don't tell what is usual there")
OUTAGE_READINGS: Final = Limit(
    "shortest outage", 3, "readings", "fewer missing or zero readings are lost messages, made good by none"
)
ZERO: Final = Limit("zero", 0.001, "share of capacity", "a tenth of the least that daylight gives")

CLOCK_AHEAD: Final = Limit(
    "clock ahead of the landing",
    10.0,
    "minutes",
    "two 5-minute intervals: more than clocks kept by NTP drift, less than a time-zone error",
)
AHEAD_SECONDS: Final = int(CLOCK_AHEAD.value * 60)

_SENTINELS: Final = frozenset(float(each.value) for each in NEGATIVE_SENTINELS)
_HIGHEST_SENTINEL: Final = max(_SENTINELS)


def is_energy(value: float, most: float | None = None) -> bool:
    """Return whether a value can be energy: no sentinel, and no more than the site can give where that is known."""
    return value not in _SENTINELS and (most is None or abs(value) <= most or abs(value) <= most + last_count(value))


def last_count(value: float | Decimal) -> float:
    """Return what the last digit of a value counts, kWh: who sends 2 kWh may count whole kWh, one of them early."""
    exponent = Decimal(str(value)).normalize().as_tuple().exponent
    return 10.0**exponent if isinstance(exponent, int) and value else 0.0


def are_energies(values: Sequence[float], most: float | None = None) -> bool:
    """Return whether all of the values can be energy; quicker than `is_energy` of each, and nearly always so."""
    lowest = min(values, default=0.0)
    in_reach = most is None or (-most <= lowest and max(values, default=0.0) <= most)
    return in_reach and (lowest > _HIGHEST_SENTINEL or _SENTINELS.isdisjoint(values))


def most_kwh(site: Site) -> float | None:
    """Return what a site can't exceed in an interval, kWh; None where that isn't known."""
    full = site.max_interval_kwh
    return None if full is None else MOST_OF_CAPACITY.value * full


def is_summed(generated: Decimal | None, consumed: Decimal | None, most: float | None) -> bool:
    """Return whether a reading counts in sums: what it has can be energy. most: as `most_kwh` gives it."""
    return is_energy(float(generated or 0), most) and is_energy(float(consumed or 0))
