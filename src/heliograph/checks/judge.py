"""A reading as it lands, by itself alone: its rules of timestamps and of other values, and what runs all its checks.

They need no history but its own landings, and no state. Nearly every reading is sound: the bounds of its site say so,
and no check is run.
"""

from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec

from heliograph.checks.energy import (
    NIGHT_GENERATION,
    OVER_CAPACITY,
    SENTINEL,
    UNMISTAKABLE,
)
from heliograph.checks.flag import Flag, Limit, Rule
from heliograph.checks.negative import NEGATIVE
from heliograph.checks.plausible import ABOVE_ZERO, BELOW_ZERO, CLOCK_AHEAD, MOST_OF_CAPACITY
from heliograph.checks.running_total import RUNNING_TOTAL
from heliograph.checks.sun import DEEP_NIGHT_SINE, sun_sine
from heliograph.checks.unit_error import UNIT_ERROR
from heliograph.formatting import duration, exact
from heliograph.history import History, Version
from heliograph.reading import Reading, end_of, moment_of, net_kwh
from heliograph.series import site_as_stated
from heliograph.sides import SIDES, content, holder, same_sides
from heliograph.site import Site
from heliograph.zones import clocks_change

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
CLOCK_CHANGE: Final = Limit(
    "near to a change of clocks",
    12.0,
    "hours",
    "a local time that is labelled as UTC lies no further from the change than its zone does from UTC",
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


def revised(history: History, _site: Site) -> Flag | None:
    """Explain a reading that later files have revised, which is how it should be."""
    if _contradiction(history):
        return None
    before = history.replaced[0]
    now = _instead(history, before)
    is_latest = now.provenance.landed_at >= before.provenance.landed_at
    which = "latest" if is_latest else f"actual one before any that is {before.quality}"
    message = (
        f"landed {_times(history)} with other values; the {which}, {now.provenance.source}, holds, "
        f"and {_shown(before)} doesn't"
    )
    return REVISED.flag(_figure(now), _figure(before), message)


def conflicting_values(history: History, site: Site) -> Flag | None:
    """Flag a reading of which one file brought two values: it contradicts itself.

    Where the clocks changed it is information: one hour of local time comes twice then, another never.
    """
    versions = _contradiction(history)
    if not versions:
        return None
    before = history.replaced[0]
    values = ", ".join(map(_shown, versions))
    one = "last one" if len({version.quality for version in versions}) == 1 else "first"
    now, before_kwh = _figure(_instead(history, before)), _figure(before)
    message = f"one file has it {_times(history)}: {values}; the {one} holds"
    if history.revision_count == 1 and _clocks_changed(history.timestamp, site):
        message = f"{message}. {_TWICE}"
        return CONFLICTING_VALUES.flag(now, before_kwh, message, severity="info")
    return CONFLICTING_VALUES.flag(now, before_kwh, message)


_TWICE: Final = (
    "Summer time began or ended then, and local time has an hour twice or never: let the feed send each time's offset"
)


def _clocks_changed(timestamp: str, site: Site) -> bool:
    end, near = end_of(timestamp), int(CLOCK_CHANGE.value * 3600)
    return clocks_change(site, end - near, end + near)


def _contradiction(history: History) -> list[Version]:
    """Return the versions of a side, of which one file brought two values; none where no file did."""
    for side in SIDES:
        versions = [each for each in history.versions if content(each, side)]
        brought = {(each.provenance.source, content(each, side)) for each in versions}
        if len({source for source, _ in brought}) < len(brought):
            return versions
    return []


def _instead(history: History, before: Version) -> Version:
    """Return what holds in place of values that don't: of the sides that these have, with who brought it."""
    held = same_sides(history.current, before)
    sides = (side for side in SIDES if content(before, side) not in {None, content(held, side)})
    by = next((each for side in sides if (each := holder(history.versions, side))), history.versions[0])
    return msgspec.structs.replace(held, provenance=by.provenance)


def _times(history: History) -> str:
    """Return how many pairs of values there were; of more than are kept, at least how many."""
    return f"{'at least ' if history.counted else ''}{history.revision_count + 1} times"


def _figure(version: Version) -> Decimal:
    """Return the net of a version, or what it has of it, kWh; of registers that of their totals."""
    if version.registers:
        totals = (each.kwh if each.side == "generated" else -each.kwh for each in version.registers)
        return sum(totals, _NOTHING)
    generated, consumed = version.values
    return (generated or _NOTHING) - (consumed or _NOTHING)


def _shown(version: Version) -> str:
    """Write a version for people."""
    if version.registers:
        return "registers at " + ", ".join(f"{exact(each.kwh)} kWh {each.side}" for each in version.registers)
    net = net_kwh(*version.values, "both")
    sides = zip(("generated", "consumed"), version.values, strict=True)
    there = (f"{exact(value)} kWh {side}" for side, value in sides if value is not None)
    return f"{exact(net)} kWh net" if net is not None else "".join(there)


FUTURE_TIMESTAMP: Final = Rule(
    name="future_timestamp",
    severity="critical",
    unit="minutes",
    sentence="the interval ends after its file landed: a clock ahead",
    headline="Readings come from the future on {when}",
    advice="Check the logger's clock and time zone, let it send UTC, and send the readings again with the right times.",
    limits=(CLOCK_AHEAD,),
    on_reading=ends_in_the_future,
)
IMPLAUSIBLE_TIMESTAMP: Final = Rule(
    name="implausible_timestamp",
    severity="critical",
    unit="years",
    sentence="the interval is from before 2001: a clock that lost its date",
    headline="Readings come from before 2001",
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
    headline="One file gives two values for {when}",
    advice="Ask the sender why one file has the interval twice: two meters under one site, or a clock that was "
    "set back, are common. Then send the right values in a new file.",
    limits=(DIFFERENCE, CLOCK_CHANGE),
    on_history=conflicting_values,
)

# The rules of the registry that judge a reading as it lands, in the order of its flags. They stand here so that the
# processor loads nothing of the checks over time.
LANDING_RULES: Final[tuple[Rule, ...]] = (
    SENTINEL,
    NEGATIVE,
    RUNNING_TOTAL,
    UNIT_ERROR,
    OVER_CAPACITY,
    FUTURE_TIMESTAMP,
    IMPLAUSIBLE_TIMESTAMP,
    NIGHT_GENERATION,
    REVISED,
    CONFLICTING_VALUES,
)
_ON_READING: Final = tuple(rule.on_reading for rule in LANDING_RULES if rule.on_reading)
_ON_HISTORY: Final = tuple(rule.on_history for rule in LANDING_RULES if rule.on_history)

_NOTHING: Final = Decimal(0)
# The sun's sine is worked out roughly; what lies so near is looked at by the check itself.
_ROUGHLY: Final = 0.001
# What lies between these is no sentinel.
_LOWEST_SENTINEL: Final = max(BELOW_ZERO)
_HIGHEST_SENTINEL: Final = min(ABOVE_ZERO)


def judge(reading: Reading, site: Site, landed_at: str) -> tuple[Flag, ...]:
    """Run every single-reading check.

    Its length is what its file states, else the registry's. landed_at: when the reading's file landed, UTC text; the
    clock of the future check, so a replay judges alike.
    """
    if reading.interval_seconds is not None:
        site = site_as_stated(site, reading.interval_seconds)
    if _is_beyond_doubt(reading, site, bounds_of(site), landed_at):
        return ()
    flags = (check(reading, site, landed_at) for check in _ON_READING)
    return tuple(flag for flag in flags if flag is not None)


def judge_history(history: History, site: Site) -> tuple[Flag, ...]:
    """Judge a reading by the values that hold, and by how often it landed with others."""
    flags = judge(history.reading, site, history.current.provenance.landed_at)
    return (*flags, *repeated(history, site)) if history.replaced else flags


def repeated(history: History, site: Site) -> tuple[Flag, ...]:
    """Judge a reading that landed with more than one pair of values."""
    flags = (check(history, site) for check in _ON_HISTORY)
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
    least = max(_LOWEST_SENTINEL + 1, Decimal(-MOST_OF_CAPACITY.value * full))
    most = min(sentinel_free, Decimal(full))
    placed = site.latitude is not None and site.longitude is not None
    night = Decimal(UNMISTAKABLE.value * full) if site.kind == "solar" and placed else None
    return Bounds(least, most, sentinel_free, night)


def _is_beyond_doubt(reading: Reading, site: Site, bounds: Bounds, landed_at: str) -> bool:
    # What isn't there is beyond doubt.
    generated, consumed = reading.energy_generated_kwh or _NOTHING, reading.energy_consumed_kwh or _NOTHING
    return (
        bounds.least <= generated <= bounds.most_generated
        and bounds.least <= consumed <= bounds.most_consumed
        and EARLIEST <= reading.timestamp <= landed_at
        and (bounds.most_at_night is None or generated <= bounds.most_at_night or _sun_is_up(reading, site))
    )


def _sun_is_up(reading: Reading, site: Site) -> bool:
    moment = int(moment_of(reading.timestamp).timestamp())
    return sun_sine(moment, site.latitude or 0.0, site.longitude or 0.0) >= DEEP_NIGHT_SINE + _ROUGHLY
