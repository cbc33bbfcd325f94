"""The limits of the checks, as data: each with its unit and where it comes from."""

from decimal import Decimal
from typing import Final, NamedTuple


class Limit(NamedTuple):
    """A figure that a check compares with, its unit, and its source."""

    value: float
    unit: str
    source: str


NEGATIVE_DEADBAND: Final = Limit(
    0.005,
    "share of capacity",
    "4 times the night-time draw of a healthy system: NREL's SERF East reads down to -0.12 % of its peak",
)
OVER_CAPACITY: Final = Limit(
    1.10,
    "share of capacity",
    "inverters limit at nameplate; 10 % covers cloud-edge gain, meter class (IEC 62053-21, 2 %) and clock jitter",
)
NIGHT_ELEVATION: Final = Limit(
    -6.0,
    "degrees",
    "end of civil twilight: below it the sky is too dark for any measurable PV output",
)
NIGHT_DEADBAND: Final = Limit(
    0.005,
    "share of capacity",
    "the same deadband as for negative values, on the other side of zero",
)
FUTURE: Final = Limit(
    10.0,
    "minutes",
    "two 5-minute intervals: more than clocks kept by NTP drift, less than a time-zone error",
)

# Values that loggers and historians write for "no data": -999 and its like, 9999, and -1,000,000.
# Positive ones are flagged only where the site couldn't have generated them.
NEGATIVE_SENTINELS: Final = frozenset(map(Decimal, ("-99", "-999", "-9999", "-99999", "-999999", "-1000000")))
POSITIVE_SENTINELS: Final = frozenset(map(Decimal, ("9999", "99999", "999999", "9999999")))
