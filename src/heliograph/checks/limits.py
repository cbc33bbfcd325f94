"""The limits of the checks, as data: each with its unit and where it comes from."""

from decimal import Decimal
from math import radians, sin
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
FUTURE_TIMESTAMP: Final = Limit(
    10.0,
    "minutes",
    "two 5-minute intervals: more than clocks kept by NTP drift, less than a time-zone error",
)

# Values that loggers and historians write for "no data": -999 and its like, 9999, and -1,000,000.
# Positive ones are flagged only where the site couldn't have generated them.
NEGATIVE_SENTINELS: Final = frozenset(map(Decimal, ("-99", "-999", "-9999", "-99999", "-999999", "-1000000")))
POSITIVE_SENTINELS: Final = frozenset(map(Decimal, ("9999", "99999", "999999", "9999999")))

EARLIEST: Final = "2001-01-01T00:00:00Z"
EARLIEST_SOURCE: Final = "loggers that lost their clock restart at 1970-01-01, 1980-01-06 (GPS) or 2000-01-01"

NIGHT_SINE: Final = sin(radians(NIGHT_ELEVATION.value))

# --- Over time. ---

# Fewer readings around one than this don't tell what is usual there.
ENOUGH_AROUND: Final = 12

EQUAL: Final = Limit(1e-5, "share", "pvanalytics.quality.gaps.stale_values_diff, rtol")
STALE_READINGS: Final = Limit(6, "readings", "pvanalytics.quality.gaps.stale_values_diff, window")
BY_CHANCE: Final = Limit(
    1e-9,
    "probability",
    "a 5-minute site has 1e5 readings a year: so that coarse meters, which repeat by chance, raise one false flag in "
    "10,000 years",
)
TOP: Final = Limit(
    0.97,
    "share of the most",
    "a plateau there is clipping: an inverter at its limit holds it within its own accuracy, 2 to 3 %",
)
FEED_IN_LIMITS: Final = (
    0.5,
    0.6,
    0.7,
)  # shares of nameplate: export limits, as by Germany's EEG 2012, paragraph 6 (70 %)
FEED_IN_MARGIN: Final = Limit(0.003, "share of capacity", "how well an inverter holds a power limit, 0.3 %")
LONGEST_PLATEAU: Final = Limit(
    14.0, "hours", "no limit holds a plant's output longer than the sun shines on it above the limit"
)

STRAIGHT_READINGS: Final = Limit(6, "readings", "pvanalytics.quality.gaps.interpolation_diff, window")

SPIKE_SHARE: Final = Limit(0.15, "share of the most", "smaller jumps are within what passing clouds do in minutes")
SPIKE_TIMES: Final = Limit(
    6.0,
    "times the steps around it",
    "Hampel (1974) takes 3 deviations; twice that, since steps of power have fat tails",
)
DIP: Final = Limit(
    0.15, "share of its neighbours", "a cloud leaves the diffuse light, 15 to 30 % of a clear sky's; less is no cloud"
)
ABOVE_CEILING: Final = Limit(
    1.1,
    "times what the hour ever gave, and a margin",
    "the margin, SPIKE_SHARE, covers what 28 days move the sun's height",
)
USE_SPIKE: Final = Limit(
    2.5, "times the usual most", "a new large load adds to a site's most, and stays for more than a reading"
)

DAYLIGHT_ELEVATION: Final = Limit(
    10.0, "degrees", "above it even an overcast sky lights panels beyond an inverter's start, 1 % of nameplate"
)
DAYLIGHT_SINE: Final = sin(radians(DAYLIGHT_ELEVATION.value))
ZERO: Final = Limit(0.001, "share of capacity", "a tenth of the least that daylight gives")
ALWAYS_GENERATES: Final = Limit(0.02, "share of the usual most", "four times the night's deadband, every day")
ABRUPT: Final = Limit(
    0.10, "share of capacity", "under storm clouds output fades over hours: 4 to 6 % comes before zero"
)
UNDER_LEAST: Final = Limit(20.0, "times less than the least of weeks", "appliances on standby draw no less than that")
LONG_ZERO_MINUTES: Final = Limit(
    240.0, "minutes", "the darkest winter afternoons of the homes' year, under storms, are of three hours"
)
ALWAYS_CONSUMES: Final = Limit(0.1, "share of the usual most", "a site whose least is near nothing may reach nothing")
ZERO_MINUTES: Final = Limit(
    60.0, "minutes", "shorter stops are restarts: inverters reconnect within minutes (IEEE 1547)"
)

OUTAGE_READINGS: Final = Limit(3, "readings", "fewer missing or zero readings are lost messages, made good by none")
CATCH_UP_TIMES: Final = Limit(1.5, "times the most of one interval", "one interval can't hold more than its own most")

UNIT_TIMES: Final = Limit(
    50.0, "times the most", "a thousandfold value is beyond it unless the site stood at 5 % or less"
)
UNIT_SHARE: Final = Limit(0.0011, "share of capacity", "1.1 times nameplate divided by 1,000")
UNIT_LEAST: Final = Limit(0.00005, "share of capacity", "a twentieth of nameplate divided by 1,000")
UNIT_STEP: Final = (500.0, 2000.0)  # times: a step of 1,000, and what a plant does between two readings
UNIT_FOLLOWS: Final = Limit(4.0, "times", "what follows such a step goes on near the value before it, times 1,000")

NO_DATA_READINGS: Final = Limit(3, "intervals", "one lost message is no silence")
NO_DATA_MINUTES: Final = Limit(30.0, "minutes", "loggers resend within two or three cycles")
COMPLETE: Final = Limit(
    0.9, "share of a day's readings", "a total over less misstates the day by more than a meter's class does"
)

SHIFT_MINUTES: Final = Limit(
    40.0, "minutes", "time zones and summer time move by 60 (a few by 30), clouds by less than 40"
)
LEVEL_SHARE: Final = Limit(0.82, "share of the weeks before", "weeks without a clear hour show by their scatter")
LEVEL_SCATTER: Final = Limit(0.08, "share", "clear hours of one week agree within 8 %")
LEVEL_DAYS: Final = Limit(3, "days", "that agree among the last seven")

NEGATIVE_BY_BASELINE: Final = Limit(
    0.03, "share of the usual most", "wider than with a nameplate, since the most is learned"
)
NIGHT_BY_BASELINE: Final = Limit(
    0.03, "share of the usual most", "wider than by the sun: days lengthen within the weeks it is fitted to"
)

SEASON: Final = Limit(
    0.6,
    "power of the noon sun's sine",
    "tilted panels follow the sun's height less than level ones, which follow it whole",
)
