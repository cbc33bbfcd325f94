"""Timestamps that can't be: an interval that ends after its own file landed, or before there was such a logger."""

from typing import Final

from heliograph.checks.flag import Flag, Limit
from heliograph.checks.rule import Rule
from heliograph.formatting import duration
from heliograph.reading import Reading, moment_of
from heliograph.site import Site

CLOCK_AHEAD: Final = Limit(
    "clock ahead of the landing",
    10.0,
    "minutes",
    "two 5-minute intervals: more than clocks kept by NTP drift, less than a time-zone error",
)
FIRST_YEAR: Final = Limit(
    "first plausible year",
    2001,
    "years",
    "loggers that lost their clock restart at 1970-01-01, 1980-01-06 (GPS) or 2000-01-01",
)
EARLIEST: Final = f"{FIRST_YEAR.value:.0f}-01-01T00:00:00Z"


def ends_in_the_future(reading: Reading, _site: Site, landed_at: str) -> Flag | None:
    """Flag an interval that ends after its own file landed: the logger's clock or time zone is off."""
    if reading.timestamp <= landed_at:
        return None
    ahead = (moment_of(reading.timestamp) - moment_of(landed_at)).total_seconds() / 60
    if ahead <= CLOCK_AHEAD.value:
        return None
    message = f"the interval ends {duration(ahead)} after its file landed; check the logger's clock and time zone"
    return FUTURE_TIMESTAMP.flag(ahead, CLOCK_AHEAD.value, message)


def ends_too_early(reading: Reading, _site: Site, _landed_at: str) -> Flag | None:
    """Flag an interval from before there was such a logger: its clock has lost the date."""
    if reading.timestamp >= EARLIEST:
        return None
    years = int(FIRST_YEAR.value) - int(reading.timestamp[:4])
    message = f"the interval ends {reading.timestamp}; {FIRST_YEAR.source}"
    return IMPLAUSIBLE_TIMESTAMP.flag(years, 0, message)


FUTURE_TIMESTAMP: Final = Rule(
    name="future_timestamp",
    severity="critical",
    unit="minutes",
    sentence="the interval ends after its file landed: a clock ahead",
    advice="Check the logger's clock and time zone, let it send UTC, and send the readings again with the right times.",
    limits=(CLOCK_AHEAD,),
    on_reading=ends_in_the_future,
)
IMPLAUSIBLE_TIMESTAMP: Final = Rule(
    name="implausible_timestamp",
    severity="critical",
    unit="years",
    sentence="the interval is from before 2001: a clock that lost its date",
    advice="Set the logger's date, replace its clock's battery if it loses it again, and send the readings again"
    " with the right times.",
    limits=(FIRST_YEAR,),
    on_reading=ends_too_early,
)
# A reading of such a clock says nothing of the days around it.
CLOCK_RULES: Final = frozenset({FUTURE_TIMESTAMP.name, IMPLAUSIBLE_TIMESTAMP.name})
