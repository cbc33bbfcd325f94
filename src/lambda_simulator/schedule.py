"""When a site has a fault: at most one a day, decided by hashes of (seed, site, day) alone.

A site's day runs by the sun over it, from midnight to midnight at its longitude, and a fault ends within it. So faults
never overlap, and the fault of any tick is known without looking at another day. A slow fault, if the plan has any,
takes whole days of a block of eight weeks and ends within its block, so it too is known from its own block alone; the
days it takes have no other fault.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import exp, floor, log
from typing import Final

import msgspec

from heliograph.site import Kind
from lambda_simulator.energy import INTERVAL
from lambda_simulator.faults import FAULTS, SLOW_FAULTS, Fault
from lambda_simulator.fleet import INTERVAL_MINUTES, SimulatedSite
from lambda_simulator.noise import key_of, uniform

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICKS_AN_HOUR: Final = 60 // INTERVAL_MINUTES
_TICKS_A_DAY: Final = 24 * _TICKS_AN_HOUR
_DEGREES_AN_HOUR: Final = 15.0
_ANY_HOUR: Final = (0.0, 24.0)
_KINDS: Final[tuple[Kind, ...]] = ("solar", "wind", "battery", "load")
_FAULTS_OF: Final = {kind: tuple(fault for fault in FAULTS if kind in fault.kinds) for kind in _KINDS}
_SLOW_OF: Final = {kind: tuple(fault for fault in SLOW_FAULTS if kind in fault.kinds) for kind in _KINDS}
_BLOCK_DAYS: Final = 56
# What a file of the day before can't show: its stamps lie in the past when it lands.
_STAMPED_AHEAD: Final = ("future_timestamp",)


class FaultOccurrence(msgspec.Struct, frozen=True):
    """One fault of one site: it may touch the intervals that end in [onset, ends)."""

    fault: Fault
    onset: datetime
    ends: datetime


class FaultPlan(msgspec.Struct, frozen=True):
    """How bad the faults are. size: of each; 1 is the standard. slow_rate: the share of blocks with a slow fault."""

    size: float = 1.0
    slow_rate: float = 0.0


LIVE: Final = FaultPlan()


def incident_at(
    site: SimulatedSite, tick_end: datetime, seed: int, fault_rate: float, plan: FaultPlan = LIVE
) -> FaultOccurrence | None:
    """Return the fault that `site` has in the interval that ends at `tick_end`, or None.

    fault_rate: the share of a site's days that have a fault, 0 to 1; days that a slow fault takes aren't among them.
    """
    day = day_of(site, tick_end - INTERVAL)
    incident = slow_incident_of(site, day, seed, plan) or incident_of_day(site, day, seed, fault_rate, plan)
    return incident if incident and incident.onset <= tick_end < incident.ends else None


def incident_of_day(
    site: SimulatedSite, day: int, seed: int, fault_rate: float, plan: FaultPlan = LIVE
) -> FaultOccurrence | None:
    """Return the fault that `site` has on its day number `day`, reckoned from 1970 by the sun, or None."""
    if uniform(key_of(seed, site.site_id, "fault"), day) >= fault_rate:
        return None
    fault = _fault_of(_FAULTS_OF, site, day, seed)
    length = _length(fault, uniform(key_of(seed, site.site_id, "fault-length"), day), plan.size)
    first = _first_tick(fault, length, site, uniform(key_of(seed, site.site_id, "fault-onset"), day))
    onset = _begin_of(site, day) + INTERVAL * first
    return FaultOccurrence(fault, onset, onset + INTERVAL * length)


def slow_incident_of(site: SimulatedSite, day: int, seed: int, plan: FaultPlan) -> FaultOccurrence | None:
    """Return the slow fault that takes the day number `day` of `site`, or None."""
    block = (day + _phase(site, seed)) // _BLOCK_DAYS
    rate = plan.slow_rate if _SLOW_OF[site.site.kind or "load"] else 0.0
    if uniform(key_of(seed, site.site_id, "slow"), block) >= rate:
        return None
    fault = _fault_of(_SLOW_OF, site, block, seed)
    shortest, longest = (minutes * _TICKS_AN_HOUR // (60 * _TICKS_A_DAY) for minutes in fault.minutes)
    days = shortest + floor(uniform(key_of(seed, site.site_id, "slow-length"), block) * (longest - shortest + 1))
    first = floor(uniform(key_of(seed, site.site_id, "slow-onset"), block) * (_BLOCK_DAYS - days + 1))
    begins = block * _BLOCK_DAYS - _phase(site, seed) + first
    if not begins <= day < begins + days:
        return None
    return FaultOccurrence(fault, _begin_of(site, begins), _begin_of(site, begins + days))


def day_of(site: SimulatedSite, moment: datetime) -> int:
    """Return the number, from 1970, of the site's day that `moment` falls in, by the sun."""
    return ((moment - _EPOCH) // INTERVAL + _sun_offset(site)) // _TICKS_A_DAY


def _begin_of(site: SimulatedSite, day: int) -> datetime:
    """Return the end of the first interval of the site's day number `day`."""
    return _EPOCH + INTERVAL * (day * _TICKS_A_DAY + 1 - _sun_offset(site))


def _phase(site: SimulatedSite, seed: int) -> int:
    """Return how many days the site's blocks are ahead, so that slow faults don't befall the fleet all at once."""
    return floor(uniform(key_of(seed, site.site_id, "slow-phase")) * _BLOCK_DAYS)


def _fault_of(among: Mapping[Kind, Sequence[Fault]], site: SimulatedSite, number: int, seed: int) -> Fault:
    """Let the fault with the highest hash win, so that a new one in the registry changes only the days it wins."""
    can = among[site.site.kind or "load"]
    if site.meter.delivers_at is not None:
        can = [fault for fault in can if fault.name not in _STAMPED_AHEAD]
    return max(
        can,
        key=lambda fault: uniform(key_of(seed, site.site_id, "fault", fault.name), number),
    )


def _length(fault: Fault, drawn: float, size: float) -> int:
    """Return the fault's length in ticks; short ones more often, as there are."""
    shortest, longest = fault.minutes
    minutes = exp(log(shortest) + drawn * (log(longest) - log(shortest))) * (size if fault.grows else 1.0)
    room = _TICKS_A_DAY - fault.solar_onset[0] * _TICKS_AN_HOUR
    return min(max(1, round(minutes / INTERVAL_MINUTES)), floor(room))


def _first_tick(fault: Fault, length: int, site: SimulatedSite, drawn: float) -> int:
    earliest, latest = fault.solar_onset if site.site.kind == "solar" else _ANY_HOUR
    first = earliest * _TICKS_AN_HOUR
    last = min(latest * _TICKS_AN_HOUR, _TICKS_A_DAY - length)
    return floor(first + drawn * (last - first))


def _sun_offset(site: SimulatedSite) -> int:
    """Return how many ticks the sun's clock over the site is ahead of UTC."""
    return round(site.longitude / _DEGREES_AN_HOUR * _TICKS_AN_HOUR)
