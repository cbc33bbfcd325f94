"""When a site has a fault: at most one a day, decided by hashes of (seed, site, day) alone.

A site's day runs by the sun over it, from midnight to midnight at its longitude, and a fault ends within it. So faults
never overlap, and the fault of any tick is known without looking at another day.
"""

from datetime import UTC, datetime
from math import exp, floor, log
from typing import Final

import msgspec

from heliograph.site import Kind
from lambda_simulator.energy import INTERVAL
from lambda_simulator.faults import FAULTS, Fault
from lambda_simulator.fleet import INTERVAL_MINUTES, SimulatedSite
from lambda_simulator.noise import key_of, uniform

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICKS_AN_HOUR: Final = 60 // INTERVAL_MINUTES
_TICKS_A_DAY: Final = 24 * _TICKS_AN_HOUR
_DEGREES_AN_HOUR: Final = 15.0
_ANY_HOUR: Final = (0.0, 24.0)
_KINDS: Final[tuple[Kind, ...]] = ("solar", "wind", "battery", "load")
_FAULTS_OF: Final = {kind: tuple(fault for fault in FAULTS if kind in fault.kinds) for kind in _KINDS}


class Incident(msgspec.Struct, frozen=True):
    """One fault of one site: it may touch the intervals that end in [onset, ends)."""

    fault: Fault
    onset: datetime
    ends: datetime


def incident_at(site: SimulatedSite, tick_end: datetime, seed: int, fault_rate: float) -> Incident | None:
    """Give the fault that `site` has in the interval that ends at `tick_end`, or None.

    fault_rate: the share of a site's days that have a fault, 0 to 1.
    """
    incident = incident_of_day(site, day_of(site, tick_end - INTERVAL), seed, fault_rate)
    return incident if incident and incident.onset <= tick_end < incident.ends else None


def incident_of_day(site: SimulatedSite, day: int, seed: int, fault_rate: float) -> Incident | None:
    """Give the fault that `site` has on its day number `day`, reckoned from 1970 by the sun, or None."""
    if uniform(key_of(seed, site.site_id, "fault"), day) >= fault_rate:
        return None
    fault = _fault_of(site, day, seed)
    length = _length(fault, uniform(key_of(seed, site.site_id, "fault-length"), day))
    first = _first_tick(fault, length, site, uniform(key_of(seed, site.site_id, "fault-onset"), day))
    onset = _EPOCH + INTERVAL * (day * _TICKS_A_DAY + first + 1 - _sun_offset(site))
    return Incident(fault, onset, onset + INTERVAL * length)


def day_of(site: SimulatedSite, moment: datetime) -> int:
    """Give the number, from 1970, of the site's day that `moment` falls in, by the sun."""
    return ((moment - _EPOCH) // INTERVAL + _sun_offset(site)) // _TICKS_A_DAY


def _fault_of(site: SimulatedSite, day: int, seed: int) -> Fault:
    """Let the fault with the highest hash win, so that a new one in the registry changes only the days it wins."""
    return max(
        _FAULTS_OF[site.site.kind or "load"],
        key=lambda fault: uniform(key_of(seed, site.site_id, "fault", fault.name), day),
    )


def _length(fault: Fault, drawn: float) -> int:
    """Give the fault's length in ticks; short ones more often, as there are."""
    shortest, longest = fault.minutes
    return round(exp(log(shortest) + drawn * (log(longest) - log(shortest))) / INTERVAL_MINUTES)


def _first_tick(fault: Fault, length: int, site: SimulatedSite, drawn: float) -> int:
    earliest, latest = fault.solar_onset if site.site.kind == "solar" else _ANY_HOUR
    first = earliest * _TICKS_AN_HOUR
    last = min(latest * _TICKS_AN_HOUR, _TICKS_A_DAY - length)
    return floor(first + drawn * (last - first))


def _sun_offset(site: SimulatedSite) -> int:
    """Give how many ticks the sun's clock over the site is ahead of UTC."""
    return round(site.longitude / _DEGREES_AN_HOUR * _TICKS_AN_HOUR)
