"""What a plant makes of sun, wind and clock: solar arrays, wind farms, loads, batteries.

Sources: the sun's place is astral's (NOAA's equations). Clear sky: B. Haurwitz, "Insolation in relation to cloudiness
and cloud density", J. Meteorology 2 (1945), in the form of pvlib's `clearsky.haurwitz`. Clouds: F. Kasten and
G. Czeplak, "Solar and terrestrial radiation dependent on the amount and type of cloud", Solar Energy 24 (1980). Tilted
panels: B. Liu and R. Jordan's isotropic sky (1963). Loads follow the German standard load profiles of BDEW (VDEW,
1999), by hour and weekday of their own clock: H0 for households, G1 for offices, and G3 for plants that never stop.

A battery charges while power is cheap or the sun is high, and carries the evening's peak. Its cycle is a fixed plan for
each local day, so a moment's power is known without walking through the day; what it gives in the evening it has taken
in before, with its losses.
"""

from datetime import datetime
from functools import lru_cache
from math import cos, exp, floor, radians, sin, tau
from typing import Final, Literal, NamedTuple

import msgspec
from astral import Observer
from astral.sun import zenith_and_azimuth

from lambda_simulator.weather import Sky

_FULL_SUN: Final = 1000.0  # W/m2 at which panels give their rated power (IEC 60904-3)
_CLEAR_BEAM_SHARE: Final = 0.85  # of a clear sky's light, what comes straight from the sun
_LOWEST_COSINE: Final = 0.05  # below 3 degrees of elevation the beam on a tilted panel would grow without bound
CUT_IN: Final = 3.0  # m/s; below it the rotor stands
RATED: Final = 12.0  # m/s; from here on the turbine gives its rated power
CUT_OUT: Final = 25.0  # m/s; from here on it stands, to be safe
_STORM_RAMP: Final = 1.0  # m/s over which a farm's turbines stop, one after the other
LoadShape = Literal["home", "office", "factory"]
_SATURDAY: Final = 5
_DAYS_A_YEAR: Final = 365.25
_TURNING_DAY: Final = 20  # of the year; a month after the solstice, as the ground is slow to warm and to cool
# Percent of the peak at each full hour: of a working day, a Saturday, a Sunday.
_HOME: Final = (
    (28, 23, 21, 20, 21, 26, 44, 62, 60, 54, 52, 56, 62, 58, 50, 48, 54, 70, 90, 100, 94, 78, 58, 40),
    (34, 28, 24, 22, 22, 24, 30, 42, 60, 72, 76, 80, 86, 78, 68, 62, 64, 74, 90, 98, 90, 76, 60, 46),
    (38, 31, 26, 23, 22, 23, 27, 36, 54, 70, 78, 88, 96, 84, 70, 62, 62, 72, 88, 98, 92, 76, 56, 40),
)  # fmt: skip
_OFFICE: Final = (
    (18, 17, 17, 17, 18, 20, 30, 55, 82, 95, 100, 99, 93, 94, 97, 95, 88, 68, 45, 32, 26, 22, 20, 19),
    (18, 17, 17, 17, 17, 18, 20, 24, 30, 34, 36, 36, 34, 30, 27, 24, 22, 21, 20, 19, 19, 18, 18, 18),
    (17, 17, 17, 17, 17, 17, 17, 18, 19, 19, 20, 20, 20, 19, 19, 18, 18, 18, 18, 18, 18, 18, 17, 17),
)  # fmt: skip
_FACTORY: Final = (
    (70, 69, 69, 70, 72, 78, 92, 97, 100, 100, 99, 97, 94, 97, 98, 96, 93, 90, 88, 87, 86, 84, 79, 73),
    (68, 67, 66, 66, 66, 68, 72, 74, 75, 75, 74, 73, 70, 66, 62, 58, 55, 53, 52, 51, 50, 49, 48, 48),
    (47, 46, 46, 46, 46, 46, 47, 47, 48, 48, 48, 48, 48, 48, 48, 48, 48, 49, 50, 52, 55, 60, 65, 68),
)  # fmt: skip
_SHAPES: Final = {"home": _HOME, "office": _OFFICE, "factory": _FACTORY}
ROUND_TRIP: Final = 0.85  # of the energy taken in, what comes out again; what NREL's ATB assumes for Li-ion
CHARGE_HOURS: Final = 5.0
DISCHARGE_FROM: Final = 17.0  # o'clock, local
DISCHARGE_HOURS: Final = 4.5
_RAMP_HOURS: Final = 0.75


class SolarArray(msgspec.Struct, frozen=True, gc=False):
    """A solar plant behind its meter.

    inverter_kw: most power it can give, kW. panels_kw: rated power of its panels, kW, often more than the inverter's.
    tilt, azimuth: of the panels, degrees from flat and clockwise from north. efficiency: from panel to meter, 0 to 1.
    auxiliary_kw: what inverter and logger draw from the grid while the panels give nothing, kW.
    """

    inverter_kw: float
    panels_kw: float
    tilt: float
    azimuth: float
    efficiency: float
    auxiliary_kw: float


class Sun(NamedTuple):
    """The sun's place in the sky, degrees: above the horizon, and clockwise from north."""

    elevation: float
    azimuth: float


@lru_cache(maxsize=8192)
def sun_at(moment: datetime, latitude: float, longitude: float) -> Sun:
    """Return the sun's place, without refraction. `moment` is aware; latitude and longitude are degrees north and east.

    Kept for the last few thousand (moment, place), because a fault looks again where the clean series has looked.
    """
    zenith, azimuth = zenith_and_azimuth(Observer(latitude, longitude), moment, with_refraction=False)
    return Sun(90.0 - zenith, azimuth)


def clear_sky(elevation: float) -> float:
    """Return the light on flat ground under a clear sky, W/m2, after Haurwitz; 0 with the sun below the horizon."""
    height = sin(radians(elevation))
    return 1098.0 * height * exp(-0.059 / height) if height > 0 else 0.0


def light_on_panels(array: SolarArray, sun: Sun, sky: Sky) -> float:
    """Return the light on tilted panels, W/m2, under the clouds of `sky`."""
    clear = clear_sky(sun.elevation)
    total = clear * (1.0 - sky.dimming * sky.cover**3.4)
    beam = min(total, clear * _CLEAR_BEAM_SHARE * (1.0 - sky.cover))
    seen_sky = (1.0 + cos(radians(array.tilt))) / 2.0
    return float(beam * _beam_gain(array, sun) + (total - beam) * seen_sky)


def solar_kw(array: SolarArray, sun: Sun, sky: Sky) -> float:
    """Return the plant's power at the meter, kW: at most the inverter's, and slightly negative in the dark."""
    from_panels = array.panels_kw * array.efficiency * light_on_panels(array, sun, sky) / _FULL_SUN
    return min(array.inverter_kw, from_panels - array.auxiliary_kw)


def _beam_gain(array: SolarArray, sun: Sun) -> float:
    """Return how much more of the beam the tilted panels catch than flat ground does."""
    height, tilt = radians(sun.elevation), radians(array.tilt)
    ahead = cos(radians(sun.azimuth - array.azimuth))
    incidence = sin(height) * cos(tilt) + cos(height) * sin(tilt) * ahead
    return max(0.0, incidence) / max(_LOWEST_COSINE, sin(height))


class Turbines(msgspec.Struct, frozen=True, gc=False):
    """A wind farm behind its meter.

    rated_kw: nameplate power, kW. availability: share of it that wakes and turbines in repair leave, 0 to 1.
    idle_kw: what heating, pitch and control draw from the grid while nothing is generated, kW. signed: whether the
    meter counts that draw as negative generation, as many a turbine's does, rather than as consumption.
    """

    rated_kw: float
    availability: float
    idle_kw: float
    signed: bool = False


def output_share(speed: float) -> float:
    """Return the share of rated power at a wind `speed` in m/s: a cube law from cut-in to rated, then flat to cut-out.

    The energy in the wind grows with the cube of its speed; the three speeds are usual for pitch-controlled turbines.
    """
    if speed <= CUT_IN or speed >= CUT_OUT:
        return 0.0
    if speed < RATED:
        return (speed**3 - CUT_IN**3) / (RATED**3 - CUT_IN**3)
    return min(1.0, (CUT_OUT - speed) / _STORM_RAMP)


def wind_kw(turbines: Turbines, speed: float) -> float:
    """Return the farm's power at the meter, kW."""
    return turbines.rated_kw * turbines.availability * output_share(speed)


class Demand(msgspec.Struct, frozen=True, gc=False):
    """A load behind its meter.

    peak_kw: power of its highest usual hour, kW. january_share: by how much of itself it swings with the year, above 0
    where it peaks in January, below where it peaks in July. restlessness: how far it wanders off its shape, as a share
    (one home wanders more than a street).
    """

    shape: LoadShape
    peak_kw: float
    january_share: float
    restlessness: float


def load_kw(demand: Demand, local: datetime, wander: float) -> float:
    """Return the load's power, kW.

    local: the moment on the site's own clock. wander: noise of mean 0 and deviation 1 that this load follows.
    """
    usual = shape_share(demand.shape, local) * (1.0 + demand.january_share * _january(local))
    return demand.peak_kw * usual * exp(demand.restlessness * wander)


def shape_share(shape: LoadShape, local: datetime) -> float:
    """Return the share of peak at a moment of the site's own clock, drawn straight from one full hour to the next."""
    hours = _SHAPES[shape][_day_class(local.weekday())]
    place = local.hour + local.minute / 60 + local.second / 3600
    hour = floor(place)
    here = hours[hour]
    following = hours[hour + 1] if hour + 1 < len(hours) else _SHAPES[shape][_day_class(local.weekday() + 1)][0]
    return (here + (following - here) * (place - hour)) / 100


def _day_class(weekday: int) -> int:
    """Return 0 for a working day, 1 for a Saturday, 2 for a Sunday; Monday is weekday 0, and 7 as well."""
    return max(0, weekday % 7 - _SATURDAY + 1)


def _january(local: datetime) -> float:
    """Return 1 late in January, -1 half a year away."""
    return cos(tau * (local.timetuple().tm_yday - _TURNING_DAY) / _DAYS_A_YEAR)


class Storage(msgspec.Struct, frozen=True, gc=False):
    """A battery and the load that stands behind the same meter.

    power_kw: most power either way, kW. energy_kwh: what a full battery gives, kWh. charge_from: o'clock, local, when
    it begins to charge. holds: whether its control holds the discharge at a set point, to the meter's last digit.
    """

    power_kw: float
    energy_kwh: float
    charge_from: float
    demand: Demand
    holds: bool = False


def discharge_kw(storage: Storage, local: datetime, depth: float) -> float:
    """Return the power the battery puts out, kW; `depth` is the share of a full battery it gives that day."""
    hour = _hour_of(local) - DISCHARGE_FROM
    return min(storage.power_kw, storage.energy_kwh * depth * _plateau(hour, DISCHARGE_HOURS))


def charge_kw(storage: Storage, local: datetime, depth: float) -> float:
    """Return the power the battery takes in, kW; `depth` is the share of a full battery it gives that day."""
    hour = _hour_of(local) - storage.charge_from
    return min(storage.power_kw, storage.energy_kwh * depth / ROUND_TRIP * _plateau(hour, CHARGE_HOURS))


def _plateau(hour: float, length: float) -> float:
    """Return a height over [0, length] hours that ramps up, stays, ramps down, and holds 1 in all."""
    if not 0.0 < hour < length:
        return 0.0
    share = min(1.0, hour / _RAMP_HOURS, (length - hour) / _RAMP_HOURS)
    return share / (length - _RAMP_HOURS)


def _hour_of(local: datetime) -> float:
    return local.hour + local.minute / 60 + local.second / 3600
