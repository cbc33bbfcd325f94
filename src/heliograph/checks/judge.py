"""The checks that one reading alone allows: no history, no state; and the fast path past them for a sound reading."""

from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from heliograph.checks.energy import (
    NEGATIVE,
    NEGATIVE_DEADBAND,
    NIGHT_DEADBAND,
    NIGHT_GENERATION,
    OVER_CAPACITY,
    SENTINEL,
)
from heliograph.checks.flag import Flag
from heliograph.checks.landings import CONFLICTING_VALUES, EARLIEST, FUTURE_TIMESTAMP, IMPLAUSIBLE_TIMESTAMP, REVISED
from heliograph.checks.plausible import ABOVE_ZERO, BELOW_ZERO
from heliograph.checks.rule import Rule
from heliograph.checks.sun import NIGHT_SINE, sun_sine
from heliograph.history import History
from heliograph.reading import Reading, moment_of
from heliograph.site import Site

# The rules of the registry that judge a reading as it lands, in the order of its flags. They stand here so that the
# processor loads nothing of the checks over time.
LANDING_RULES: Final[tuple[Rule, ...]] = (
    SENTINEL,
    NEGATIVE,
    OVER_CAPACITY,
    FUTURE_TIMESTAMP,
    IMPLAUSIBLE_TIMESTAMP,
    NIGHT_GENERATION,
    REVISED,
    CONFLICTING_VALUES,
)
_ON_READING: Final = tuple(rule.on_reading for rule in LANDING_RULES if rule.on_reading)
_ON_HISTORY: Final = tuple(rule.on_history for rule in LANDING_RULES if rule.on_history)

# What lies between these is no sentinel.
_LOWEST_SENTINEL: Final = max(BELOW_ZERO)
_HIGHEST_SENTINEL: Final = min(ABOVE_ZERO)


def judge(reading: Reading, site: Site, landed_at: str) -> tuple[Flag, ...]:
    """Run every single-reading check.

    landed_at: when the reading's file landed, UTC text; the clock of the future check, so a replay judges alike.
    """
    if _is_beyond_doubt(reading, site, bounds_of(site), landed_at):
        return ()
    flags = (check(reading, site, landed_at) for check in _ON_READING)
    return tuple(flag for flag in flags if flag is not None)


def judge_history(history: History, site: Site) -> tuple[Flag, ...]:
    """Judge a reading by the values that hold, and by how often it landed with others."""
    flags = judge(history.reading, site, history.current.provenance.landed_at)
    return (*flags, *repeated(history)) if history.replaced else flags


def repeated(history: History) -> tuple[Flag, ...]:
    """Judge a reading that landed with more than one pair of values."""
    flags = (check(history) for check in _ON_HISTORY)
    return tuple(flag for flag in flags if flag is not None)


class Bounds(NamedTuple):
    """Within these no single-reading check has anything to say of a site's reading, kWh in an interval.

    Worked out once a site, since nearly every reading lies within.
    """

    least: Decimal
    most_generated: Decimal
    most_consumed: Decimal
    most_at_night: Decimal | None


@lru_cache(maxsize=65_536)
def bounds_of(site: Site) -> Bounds:
    """Work out a site's bounds."""
    full = site.max_interval_kwh
    sentinel_free = _HIGHEST_SENTINEL - 1
    if full is None:
        return Bounds(_LOWEST_SENTINEL + 1, sentinel_free, sentinel_free, None)
    least = max(_LOWEST_SENTINEL + 1, Decimal(-NEGATIVE_DEADBAND.value * full))
    most = min(sentinel_free, Decimal(full))
    placed = site.latitude is not None and site.longitude is not None
    night = Decimal(NIGHT_DEADBAND.value * full) if site.kind == "solar" and placed else None
    return Bounds(least, most, sentinel_free, night)


def _is_beyond_doubt(reading: Reading, site: Site, bounds: Bounds, landed_at: str) -> bool:
    generated = reading.energy_generated_kwh
    return (
        bounds.least <= generated <= bounds.most_generated
        and bounds.least <= reading.energy_consumed_kwh <= bounds.most_consumed
        and EARLIEST <= reading.timestamp <= landed_at
        and (bounds.most_at_night is None or generated <= bounds.most_at_night or _sun_is_up(reading, site))
    )


def _sun_is_up(reading: Reading, site: Site) -> bool:
    moment = int(moment_of(reading.timestamp).timestamp())
    return sun_sine(moment, site.latitude or 0.0, site.longitude or 0.0) >= NIGHT_SINE
