"""The clean energies of any site at any tick: what a faultless meter would have sent."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import floor
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from lambda_simulator.fleet import INTERVAL_MINUTES, SimulatedSite
from lambda_simulator.noise import between, jitter, key_of, smooth, uniform
from lambda_simulator.plants import (
    Demand,
    SolarArray,
    Storage,
    Turbines,
    charge_kw,
    discharge_kw,
    load_kw,
    solar_kw,
    sun_at,
    wind_kw,
)
from lambda_simulator.weather import sky_over, wind_speed

INTERVAL: Final = timedelta(minutes=INTERVAL_MINUTES)
_HOURS: Final = INTERVAL / timedelta(hours=1)


class Energy(NamedTuple):
    """What a meter counts in one interval, kWh."""

    generated: float
    consumed: float


class Moment(NamedTuple):
    """The middle of an interval, which stands for all of it: UTC, seconds since 1970, and the site's own clock."""

    utc: datetime
    seconds: float
    local: datetime


def clean_energy(site: SimulatedSite, tick_end: datetime, seed: int) -> Energy:
    """Return what a faultless meter of `site` counts in the interval ending at `tick_end` (UTC), kWh, rounded as sent.

    Generation never exceeds the site's capacity, but by a count of a coarse meter. Where it reaches it, or a set point,
    the plant's control holds it there, and the meter doesn't tremble.
    """
    step = site.meter.step_kwh
    return _fine_energy(site, tick_end, seed) if step is None else _counted(site, tick_end, seed, step)


def _counted(site: SimulatedSite, tick_end: datetime, seed: int, step: float) -> Energy:
    """Return whole counts of a coarse meter: what it hasn't counted yet comes with the next count.

    It starts each hour at a phase of its own, so that a moment is known without walking through the days before.
    """
    start = (tick_end - INTERVAL).replace(minute=0, second=0)
    places = range(1, (tick_end - start) // INTERVAL + 1)
    fine = [_fine_energy(site, start + place * INTERVAL, seed) for place in places]
    phase = uniform(key_of(seed, site.site_id, "phase"), int(start.timestamp()))
    sides = zip(*fine, strict=True)
    counts = [_counts(side, phase, step) for side in sides]
    return Energy(*(rounded(count * step, site.decimals) for count in counts))


def _counts(energies: Sequence[float], phase: float, step: float) -> int:
    """Return the counts of the last of an hour's intervals; a meter that counts doesn't count backwards."""
    *before, last = (max(0.0, each) for each in energies)
    passed = phase + sum(before) / step
    return floor(passed + last / step) - floor(passed)


def is_asleep(site: SimulatedSite, tick_end: datetime) -> bool:
    """Return whether the site's logger sends nothing in this interval, since it lives by the sun, which is down."""
    if not site.meter.sleeps:
        return False
    return sun_at(tick_end - INTERVAL / 2, site.latitude, site.longitude).elevation <= 0


def _fine_energy(site: SimulatedSite, tick_end: datetime, seed: int) -> Energy:
    power = _power(site, _middle(site, tick_end), seed)
    noise = 1.0 + site.meter_noise * jitter(key_of(seed, site.site_id, "meter"), int(tick_end.timestamp()))
    most = site.site.max_interval_kwh or 0.0
    at_most = power.generated * _HOURS >= most
    held = isinstance(site.plant, Storage) and site.plant.holds
    generated = most if at_most else power.generated * _HOURS * (1.0 if held else noise)
    return Energy(
        generated=min(rounded(generated, site.decimals), float(floor(most * 10**site.decimals) / 10**site.decimals)),
        consumed=rounded(power.consumed * _HOURS * noise, site.decimals),
    )


def rounded(kwh: float, decimals: int) -> float:
    """Round as the meter does; never gives a negative zero."""
    return round(kwh, decimals) + 0.0


def _middle(site: SimulatedSite, tick_end: datetime) -> Moment:
    utc = tick_end - INTERVAL / 2
    return Moment(utc, utc.timestamp(), utc.astimezone(ZoneInfo(site.region.timezone)))


def _power(site: SimulatedSite, moment: Moment, seed: int) -> Energy:
    """Return the site's powers at one moment, kW."""
    match site.plant:
        case SolarArray():
            return _solar(site, site.plant, moment, seed)
        case Turbines():
            return _wind(site, site.plant, moment, seed)
        case Storage():
            return _battery(site, site.plant, moment, seed)
        case Demand():
            return Energy(0.0, _demand(site, site.plant, moment, seed))


def _solar(site: SimulatedSite, array: SolarArray, moment: Moment, seed: int) -> Energy:
    sun = sun_at(moment.utc, site.latitude, site.longitude)
    if sun.elevation <= 0:
        return Energy(-array.auxiliary_kw, 0.0)
    sky = sky_over(seed, site.region.name, site.site_id, moment.seconds, site.region.cloudiness)
    return Energy(solar_kw(array, sun, sky), 0.0)


def _wind(site: SimulatedSite, turbines: Turbines, moment: Moment, seed: int) -> Energy:
    speed = wind_speed(seed, site.region.name, site.site_id, moment.seconds, site.region.wind_mps)
    generated = wind_kw(turbines, speed)
    if generated > 0:
        return Energy(generated, 0.0)
    return Energy(-turbines.idle_kw, 0.0) if turbines.signed else Energy(0.0, turbines.idle_kw)


def _battery(site: SimulatedSite, storage: Storage, moment: Moment, seed: int) -> Energy:
    depth = between(0.55, 0.95, seed, site.site_id, "depth", moment.local.date().isoformat())
    behind_meter = _demand(site, storage.demand, moment, seed)
    charged = charge_kw(storage, moment.local, depth)
    return Energy(discharge_kw(storage, moment.local, depth), behind_meter + charged)


def _demand(site: SimulatedSite, demand: Demand, moment: Moment, seed: int) -> float:
    slow = smooth(key_of(seed, site.site_id, "load-day"), moment.seconds, 6 * 3600.0)
    quick = smooth(key_of(seed, site.site_id, "load-quick"), moment.seconds, 12 * 60.0)
    return load_kw(demand, moment.local, 0.45 * slow + 0.85 * quick)
