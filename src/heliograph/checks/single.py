"""The checks that one reading alone allows: no history, no state.

A check that needs something the site's registry entry doesn't say is silent: it never flags on a guess.
"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from heliograph.checks import limits
from heliograph.checks.flag import Flag, rounded
from heliograph.checks.sun import sun_elevation, sun_sine
from heliograph.formatting import duration, exact, number, percent
from heliograph.history import History, Version
from heliograph.reading import Reading, moment_of
from heliograph.site import Site

_SUN_STEP_MINUTES: Final = 60

# What lies between these is no sentinel.
_LOWEST_SENTINEL: Final = max(limits.NEGATIVE_SENTINELS)
_HIGHEST_SENTINEL: Final = min(limits.POSITIVE_SENTINELS)

Check = Callable[[Reading, Site, str], Flag | None]


def judge(reading: Reading, site: Site, landed_at: str) -> tuple[Flag, ...]:
    """Run every single-reading check.

    landed_at: when the reading's file landed, UTC text; the clock of the future check, so a replay judges alike.
    """
    if _is_beyond_doubt(reading, site, bounds_of(site), landed_at):
        return ()
    flags = (check(reading, site, landed_at) for check in CHECKS)
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
    least = max(_LOWEST_SENTINEL + 1, Decimal(-limits.NEGATIVE_DEADBAND.value * full))
    most = min(sentinel_free, Decimal(full))
    placed = site.latitude is not None and site.longitude is not None
    night = Decimal(limits.NIGHT_DEADBAND.value * full) if site.kind == "solar" and placed else None
    return Bounds(least, most, sentinel_free, night)


def _is_beyond_doubt(reading: Reading, site: Site, bounds: Bounds, landed_at: str) -> bool:
    generated = reading.energy_generated_kwh
    return (
        bounds.least <= generated <= bounds.most_generated
        and bounds.least <= reading.energy_consumed_kwh <= bounds.most_consumed
        and limits.EARLIEST <= reading.timestamp <= landed_at
        and (bounds.most_at_night is None or generated <= bounds.most_at_night or _sun_is_up(reading, site))
    )


def _sun_is_up(reading: Reading, site: Site) -> bool:
    moment = int(moment_of(reading.timestamp).timestamp())
    return sun_sine(moment, site.latitude or 0.0, site.longitude or 0.0) >= limits.NIGHT_SINE


def sentinel(reading: Reading, site: Site, _landed_at: str) -> Flag | None:
    """Flag a value that loggers write for "no data"."""
    for name, value in _energies(reading):
        if value in limits.NEGATIVE_SENTINELS or (value in limits.POSITIVE_SENTINELS and not _possible(value, site)):
            message = f"{name} is exactly {exact(value)}, which loggers write when they have no value"
            return Flag("sentinel", value, value, "kWh", "critical", message)
    return None


def negative(reading: Reading, site: Site, _landed_at: str) -> Flag | None:
    """Flag energy below zero by more than a meter's own draw and noise explain."""
    full = site.max_interval_kwh
    if full is None:
        return None
    deadband = limits.NEGATIVE_DEADBAND.value * full
    for name, value in _energies(reading):
        if value < -deadband and value not in limits.NEGATIVE_SENTINELS:
            message = (
                f"{name} is {exact(value)} kWh; below {number(-deadband)} kWh "
                f"({percent(limits.NEGATIVE_DEADBAND.value)} of what {number(site.capacity_kw or 0, 6)} kW gives "
                "in an interval) it isn't auxiliary consumption"
            )
            return Flag("negative", value, rounded(-deadband), "kWh", "warning", message)
    return None


def over_capacity(reading: Reading, site: Site, _landed_at: str) -> Flag | None:
    """Flag generation beyond what the site's nameplate power can give in its interval."""
    full = site.max_interval_kwh
    value = reading.energy_generated_kwh
    if full is None or value <= full or value <= (limit := limits.OVER_CAPACITY.value * full):
        return None
    message = (
        f"energy_generated_kwh is {exact(value)} kWh; {number(site.capacity_kw or 0, 6)} kW gives at most "
        f"{number(limit)} kWh in {duration(site.interval_minutes or 0)}, "
        f"including a margin of {percent(limits.OVER_CAPACITY.value - 1)}"
    )
    return Flag("over_capacity", value, rounded(limit), "kWh", "critical", message)


def future_timestamp(reading: Reading, _site: Site, landed_at: str) -> Flag | None:
    """Flag an interval that ends after its own file landed: the logger's clock or time zone is off."""
    if reading.timestamp <= landed_at:
        return None
    ahead = (moment_of(reading.timestamp) - moment_of(landed_at)).total_seconds() / 60
    if ahead <= limits.FUTURE_TIMESTAMP.value:
        return None
    message = f"the interval ends {duration(ahead)} after its file landed; check the logger's clock and time zone"
    return Flag(
        "future_timestamp", rounded(ahead), rounded(limits.FUTURE_TIMESTAMP.value), "minutes", "critical", message
    )


def night_generation(reading: Reading, site: Site, _landed_at: str) -> Flag | None:
    """Flag a solar site that generates while the sun is well below the horizon for the whole interval."""
    full = site.max_interval_kwh
    value = reading.energy_generated_kwh
    if site.kind != "solar" or full is None or value <= limits.NIGHT_DEADBAND.value * full:
        return None
    highest = _highest_sun(reading, site)
    if highest is None or highest >= limits.NIGHT_ELEVATION.value:
        return None
    message = (
        f"{exact(value)} kWh generated with the sun {number(-highest, 2)} degrees below the horizon "
        f"(night begins at {number(-limits.NIGHT_ELEVATION.value)}); check the logger's clock, or the value is frozen"
    )
    limit = rounded(limits.NIGHT_ELEVATION.value)
    return Flag("night_generation", rounded(highest), limit, "degrees", "critical", message)


def implausible_timestamp(reading: Reading, _site: Site, _landed_at: str) -> Flag | None:
    """Flag an interval from before there was such a logger: its clock has lost the date."""
    if reading.timestamp >= limits.EARLIEST:
        return None
    years = rounded(int(limits.EARLIEST[:4]) - int(reading.timestamp[:4]))
    message = f"the interval ends {reading.timestamp}; {limits.EARLIEST_SOURCE}"
    return Flag("implausible_timestamp", years, rounded(0), "years", "critical", message)


def repeated(history: History) -> Flag:
    """Explain a reading that was landed with more than one pair of values; the latest landing holds.

    A later file that brings other values revises the reading, which is how it should be: information. One file that
    brings two values contradicts itself. Judged are the values that are kept: the newest few.
    """
    landings = {version.provenance.source for version in history.versions}
    if len(landings) == len(history.versions):
        return revised(history)
    values = ", ".join(exact(_net(version)) for version in history.versions)
    more = " and older ones" if history.counted else ""
    message = f"one file gives this interval {_times(history)}, net {values}{more} kWh; the last one holds"
    now, before = history.reading.net_energy_kwh, _net(history.replaced[0])
    return Flag("conflicting_values", now, before, "kWh", "warning", message)


def revised(history: History) -> Flag:
    """Explain a reading that a later file has revised."""
    now, before = history.reading.net_energy_kwh, _net(history.replaced[0])
    message = (
        f"landed {_times(history)} with other values; the latest, {history.current.provenance.source}, holds, "
        f"and the net of the one before it was {exact(before)} kWh"
    )
    return Flag("revised", now, before, "kWh", "info", message)


def _times(history: History) -> str:
    """Return how many pairs of values there were; of more than are kept, at least how many."""
    return f"{'at least ' if history.counted else ''}{history.revision_count + 1} times"


CHECKS: Final[tuple[Check, ...]] = (
    sentinel,
    negative,
    over_capacity,
    future_timestamp,
    implausible_timestamp,
    night_generation,
)


def _energies(reading: Reading) -> tuple[tuple[str, Decimal], ...]:
    return (
        ("energy_generated_kwh", reading.energy_generated_kwh),
        ("energy_consumed_kwh", reading.energy_consumed_kwh),
    )


def _net(version: Version) -> Decimal:
    return Reading("", "", *version.values).net_energy_kwh


def _possible(value: Decimal, site: Site) -> bool:
    full = site.max_interval_kwh
    return full is not None and value <= full * limits.OVER_CAPACITY.value


def _highest_sun(reading: Reading, site: Site) -> float | None:
    """Return the sun's highest elevation in the interval, degrees, looked at hourly; None where it can't be known."""
    if site.latitude is None or site.longitude is None or site.interval_minutes is None:
        return None
    ends = moment_of(reading.timestamp)
    steps = [*range(0, site.interval_minutes, _SUN_STEP_MINUTES), site.interval_minutes]
    moments = (ends - timedelta(minutes=back) for back in steps)
    return max(sun_elevation(moment, site.latitude, site.longitude) for moment in moments)
