"""The fleet: its sites, and the truth about each that its registry entry doesn't show.

Site number n is the same in every fleet of a seed, so a fleet can grow without changing the sites it has.
"""

from collections.abc import Mapping
from functools import lru_cache
from math import floor, log10
from typing import Final, Literal

import msgspec

from heliograph.site import Site
from lambda_simulator.noise import between, pick
from lambda_simulator.plants import Demand, LoadShape, SolarArray, Storage, Turbines
from lambda_simulator.weather import TOWNS, Region, Town

Plant = SolarArray | Turbines | Storage | Demand

INTERVAL_MINUTES: Final = 5
# Half solar, a fifth wind, the rest storage and load; every kind stands among the first four.
SimulatedKind = Literal["solar", "wind", "battery", "load"]
_KINDS: Final[tuple[SimulatedKind, ...]] = ("solar", "wind", "battery", "load") + 3 * ("solar", "wind", "solar") + (
    "battery", "load", "solar", "battery", "load", "solar", "solar",
)  # fmt: skip
_SOLAR_KW: Final = ((3, 12), (3, 12), (50, 500), (50, 500), (1_000, 50_000))  # rooftop, commercial, farm
_WIND_KW: Final = ((800, 3_000), (10_000, 100_000))  # one turbine, farm
_BATTERY_KW: Final = ((4, 12), (60, 500))  # behind a home's meter, behind an office's
_LOAD_KW: Final[tuple[tuple[LoadShape, int, int], ...]] = (("home", 2, 9), ("office", 30, 400), ("factory", 300, 5_000))
_MOST_AUXILIARY: Final = 0.001  # of capacity: NREL's SERF East draws up to 0.12 % of its peak at night
# The meters and controls that real sites have and a plain one hasn't: one each in every so many sites of a kind.
_EVERY: Final = 10
_SLEEPS: Final = {"solar": (5, 7)}  # many inverters' loggers live off the panels
_COARSE: Final = {"solar": (6, 7), "battery": (3,), "load": (2, 6)}  # S0 pulses, and registers read in whole steps
_DAILY: Final = {"solar": (8,), "load": (3,)}  # a portal's or a grid operator's file of the day before
_SIGNED: Final = {"wind": (2, 4, 7)}
_HOLDS: Final = {"battery": (2, 4, 5)}
_COUNTS: Final = 20  # of a coarse meter in an interval at its usual most, at least: a tenth power of kWh is a step
_DELIVERS_AT: Final = 6  # o'clock
_DELIVERED_WITHIN: Final = "31h"  # of the first reading after midnight: the day's end, the night, and an hour
_SPREAD_DEGREES: Final = 0.25  # how far sites stand from their town


class SiteMeter(msgspec.Struct, frozen=True, gc=False):
    """How a site's meter counts, and how its logger sends.

    step_kwh: what one count is, kWh; what isn't counted yet comes with the next count. None: as fine as its digits.
    sleeps: whether the logger sends nothing while the sun is down. delivers_at: o'clock, local, at which a portal sends
    all of the day before in one file; None where each reading comes at once.
    """

    step_kwh: float | None = None
    sleeps: bool = False
    delivers_at: int | None = None


class SimulatedSite(msgspec.Struct, frozen=True, gc=False):
    """A site and the truth behind its meter.

    site: what the registry knows. region: its weather. plant: its physics. meter_noise: how far each reading is off, as
    a share. scale_kwh: what it generates (a load: consumes) in one interval at its usual most. decimals: of its kWh.
    meter: how it counts and sends.
    """

    site: Site
    region: Region
    plant: Plant
    meter_noise: float
    scale_kwh: float
    decimals: int
    meter: SiteMeter = SiteMeter()

    @property
    def site_id(self) -> str:
        """The site's name."""
        return self.site.site_id

    @property
    def latitude(self) -> float:
        """Degrees north."""
        return self.site.latitude or 0.0

    @property
    def longitude(self) -> float:
        """Degrees east."""
        return self.site.longitude or 0.0


@lru_cache(maxsize=8)
def make_fleet(size: int, seed: int) -> tuple[SimulatedSite, ...]:
    """Make the first `size` sites of the fleet of `seed`: half solar, 20 % wind, 15 % battery with load, 15 % load."""
    counts: dict[SimulatedKind, int] = {}
    fleet = []
    for index in range(size):
        kind = _KINDS[index % len(_KINDS)]
        counts[kind] = counts.get(kind, 0) + 1
        fleet.append(_make_site(kind, counts[kind], seed))
    return tuple(fleet)


def fleet_registry(size: int, seed: int) -> list[Site]:
    """Return the registry entries of the same fleet, for whoever loads the registry."""
    return [simulated.site for simulated in make_fleet(size, seed)]


def _make_site(kind: SimulatedKind, number: int, seed: int) -> SimulatedSite:
    site_id = f"{kind}-{number:04d}"
    town = pick(TOWNS, seed, site_id, "town")
    plant = _make_plant(kind, number, town, seed)
    capacity_kw = _capacity_kw(plant)
    peak_kw = plant.peak_kw if isinstance(plant, Demand) else capacity_kw or 0.0
    scale_kwh = peak_kw * INTERVAL_MINUTES / 60
    meter = _make_meter(kind, number, scale_kwh)
    return SimulatedSite(
        site=_registry_entry(kind, site_id, seed, town, capacity_kw, meter),
        region=town.region,
        plant=plant,
        meter_noise=between(0.001, 0.004, seed, site_id, "meter"),
        scale_kwh=scale_kwh,
        decimals=4 if peak_kw >= 100 else 6,  # noqa: PLR2004 - a small meter counts in mWh
        meter=meter,
    )


def _make_meter(kind: SimulatedKind, number: int, scale_kwh: float) -> SiteMeter:
    coarse, daily = _has(_COARSE, kind, number), _has(_DAILY, kind, number)
    return SiteMeter(
        step_kwh=10.0 ** floor(log10(scale_kwh / _COUNTS)) if coarse else None,
        sleeps=_has(_SLEEPS, kind, number),
        delivers_at=_DELIVERS_AT if daily else None,
    )


def _has(which: Mapping[str, tuple[int, ...]], kind: SimulatedKind, number: int) -> bool:
    """Return whether the site of this number, from 1, of its kind is one of those."""
    return number % _EVERY in which.get(kind, ())


def _registry_entry(  # noqa: PLR0913, PLR0917 - the truth that the registry knows of
    kind: SimulatedKind, site_id: str, seed: int, town: Town, capacity_kw: float | None, meter: SiteMeter
) -> Site:
    return Site(
        site_id=site_id,
        kind=kind,
        capacity_kw=capacity_kw,
        latitude=round(town.latitude + between(-_SPREAD_DEGREES, _SPREAD_DEGREES, seed, site_id, "north"), 2),
        longitude=round(town.longitude + between(-_SPREAD_DEGREES, _SPREAD_DEGREES, seed, site_id, "east"), 2),
        timezone=town.region.timezone,
        interval_minutes=INTERVAL_MINUTES,
        delivered_within=None if meter.delivers_at is None else _DELIVERED_WITHIN,
    )


def _capacity_kw(plant: Plant) -> float | None:
    """Return the nameplate generating power, kW; a load has none."""
    match plant:
        case SolarArray():
            return plant.inverter_kw
        case Turbines():
            return plant.rated_kw
        case Storage():
            return plant.power_kw
        case Demand():
            return None


def _make_plant(kind: SimulatedKind, number: int, town: Town, seed: int) -> Plant:
    site_id = f"{kind}-{number:04d}"
    match kind:
        case "solar":
            return _make_array(town, seed, site_id)
        case "wind":
            turbines = _make_turbines(seed, site_id)
            return msgspec.structs.replace(turbines, signed=_has(_SIGNED, kind, number))
        case "battery":
            storage = _make_storage(town, seed, site_id)
            return msgspec.structs.replace(storage, holds=_has(_HOLDS, kind, number))
        case "load":
            shape, low, high = pick(_LOAD_KW, seed, site_id, "class")
            return _make_demand(shape, _power(low, high, seed, site_id, "power"), town, seed, site_id)


def _make_array(town: Town, seed: int, site_id: str) -> SolarArray:
    low, high = pick(_SOLAR_KW, seed, site_id, "class")
    inverter_kw = _power(low, high, seed, site_id, "power")
    toward_noon = 180.0 if town.latitude >= 0 else 0.0
    draws_at_night = between(0, 1, seed, site_id, "standby-metered") < 0.8  # noqa: PLR2004 - some meters stop at zero
    return SolarArray(
        inverter_kw=inverter_kw,
        panels_kw=inverter_kw * between(1.0, 1.4, seed, site_id, "panels"),
        tilt=between(8, 38, seed, site_id, "tilt"),
        azimuth=toward_noon + between(-35, 35, seed, site_id, "azimuth"),
        efficiency=between(0.78, 0.90, seed, site_id, "efficiency"),
        auxiliary_kw=inverter_kw * between(0.0002, _MOST_AUXILIARY, seed, site_id, "standby")
        if draws_at_night
        else 0.0,
    )


def _make_turbines(seed: int, site_id: str) -> Turbines:
    low, high = pick(_WIND_KW, seed, site_id, "class")
    rated_kw = _power(low, high, seed, site_id, "power")
    return Turbines(
        rated_kw=rated_kw,
        availability=between(0.93, 0.99, seed, site_id, "availability"),
        idle_kw=rated_kw * between(0.002, 0.006, seed, site_id, "idle"),
    )


def _make_storage(town: Town, seed: int, site_id: str) -> Storage:
    low, high = pick(_BATTERY_KW, seed, site_id, "class")
    power_kw = _power(low, high, seed, site_id, "power")
    shape: LoadShape = "home" if (low, high) == _BATTERY_KW[0] else "office"
    return Storage(
        power_kw=power_kw,
        energy_kwh=power_kw * between(2.0, 3.2, seed, site_id, "hours"),
        charge_from=pick((1.0, 10.0, 10.5), seed, site_id, "charge-from"),
        demand=_make_demand(shape, power_kw * between(0.6, 1.1, seed, site_id, "load"), town, seed, site_id),
    )


def _make_demand(shape: LoadShape, peak_kw: float, town: Town, seed: int, site_id: str) -> Demand:
    return Demand(
        shape=shape,
        peak_kw=peak_kw,
        january_share=town.region.january_load * (0.3 if shape == "factory" else 1.0),
        restlessness=between(0.22, 0.35, seed, site_id, "wander") if shape == "home" else 0.06,
    )


def _power(low: float, high: float, *names: str | int) -> float:
    """Draw a power between low and high, kW: small ones more often, as there are, and round, as nameplates are."""
    drawn = 10 ** between(log10(low), log10(high), *names)
    unit = 10 ** (floor(log10(drawn)) - 1)
    return float(round(drawn / unit) * unit) if unit >= 1 else round(drawn, 1)
