"""What a landing says against itself: an interval from the future or long ago, and other values for the same interval.

Of a reading that landed with other values, the values that are kept are judged: the newest few. The latest holds.
"""

from decimal import Decimal
from typing import Final

from heliograph.checks.flag import Flag, Limit
from heliograph.checks.rule import Rule
from heliograph.formatting import duration, exact
from heliograph.history import History, Version
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
DIFFERENCE: Final = Limit(
    "difference from the values before",
    0.0,
    "kWh",
    "energies are exact decimals (ADR 8): what is sent again is equal in every digit, and changes nothing",
)


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


def revised(history: History) -> Flag | None:
    """Explain a reading that later files have revised, which is how it should be."""
    if _is_contradictory(history):
        return None
    now, before = history.reading.net_energy_kwh, _net(history.replaced[0])
    message = (
        f"landed {_times(history)} with other values; the latest, {history.current.provenance.source}, holds, "
        f"and the net of the one before it was {exact(before)} kWh"
    )
    return REVISED.flag(now, before, message)


def conflicting_values(history: History) -> Flag | None:
    """Flag a reading of which one file brought two values: it contradicts itself."""
    if not _is_contradictory(history):
        return None
    now, before = history.reading.net_energy_kwh, _net(history.replaced[0])
    values = ", ".join(exact(_net(version)) for version in history.versions)
    more = " and older ones" if history.counted else ""
    message = f"one file gives this interval {_times(history)}, net {values}{more} kWh; the last one holds"
    return CONFLICTING_VALUES.flag(now, before, message)


def _is_contradictory(history: History) -> bool:
    """Return whether two of the values that are kept come from one file."""
    return len({version.provenance.source for version in history.versions}) < len(history.versions)


def _times(history: History) -> str:
    """Return how many pairs of values there were; of more than are kept, at least how many."""
    return f"{'at least ' if history.counted else ''}{history.revision_count + 1} times"


def _net(version: Version) -> Decimal:
    return Reading("", "", *version.values).net_energy_kwh


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
REVISED: Final = Rule(
    name="revised",
    severity="info",
    unit="kWh",
    sentence="a later file brought other values; they hold",
    advice="Nothing is to be done if the sender meant to correct the reading; the earlier values stay with it as"
    " revisions.",
    limits=(DIFFERENCE,),
    on_history=revised,
)
CONFLICTING_VALUES: Final = Rule(
    name="conflicting_values",
    severity="warning",
    unit="kWh",
    sentence="one file gives the same interval twice with other values",
    advice="Ask the sender why one file has the interval twice: two meters under one site, or a clock that was "
    "set back, are common. Then send the right values in a new file.",
    limits=(DIFFERENCE,),
    on_history=conflicting_values,
)
