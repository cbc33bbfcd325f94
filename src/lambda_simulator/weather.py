"""Towns and their regions, and the clouds and wind over them: random, yet they last.

A region shares its slow weather; the quick part is each site's own.
"""

from math import exp, gamma, log
from typing import Final, NamedTuple

import msgspec

from lambda_simulator.noise import chance_below, key_of, smooth

_MINUTE: Final = 60.0
_HOUR: Final = 3600.0
_DAY: Final = 24 * _HOUR
# Steepness of the sky's swing between clear and overcast: most days are one or the other, few are half and half.
_CONTRAST: Final = 2.2
# How far passing clouds carry the cover at one spot from the region's, at its most, where half the sky is covered.
_BROKEN: Final = 0.45
# Share of a clear sky's light that an overcast takes: 0.75 on the whole (Kasten and Czeplak, 1980), more under rain.
_DIMMING: Final = 0.75
_DIMMING_SPREAD: Final = 0.09
_DIMMING_RANGE: Final = (0.5, 0.93)
# Rayleigh's shape of the wind's spread, the reference of IEC 61400-1 for a year's speeds.
_WEIBULL_SHAPE: Final = 2.0


class Region(msgspec.Struct, frozen=True):
    """A stretch of land under one weather.

    cloudiness: median share of the sky that clouds cover, 0 to 1.
    wind_mps: mean wind speed at hub height, m/s.
    january_load: by how much of itself a load there swings with the year; above 0 it peaks in January, below in July.
    """

    name: str
    timezone: str
    cloudiness: float
    wind_mps: float
    january_load: float


class Town(msgspec.Struct, frozen=True):
    """A place that sites stand around; degrees north and east."""

    region: Region
    latitude: float
    longitude: float


BAVARIA: Final = Region("bavaria", "Europe/Berlin", 0.66, 6.5, 0.22)
ANDALUSIA: Final = Region("andalusia", "Europe/Madrid", 0.22, 6.8, -0.12)
HIGHLANDS: Final = Region("highlands", "Europe/London", 0.78, 8.2, 0.25)
WEST_TEXAS: Final = Region("west-texas", "America/Chicago", 0.28, 8.2, -0.20)
CENTRAL_VALLEY: Final = Region("central-valley", "America/Los_Angeles", 0.20, 5.8, -0.22)
RAJASTHAN: Final = Region("rajasthan", "Asia/Kolkata", 0.25, 6.2, -0.18)
NEW_SOUTH_WALES: Final = Region("new-south-wales", "Australia/Sydney", 0.33, 7.0, 0.10)
KAROO: Final = Region("karoo", "Africa/Johannesburg", 0.20, 7.4, -0.12)
TOWNS: Final = (
    Town(BAVARIA, 48.37, 10.90),  # Augsburg
    Town(BAVARIA, 49.01, 12.10),  # Regensburg
    Town(ANDALUSIA, 37.39, -5.98),  # Seville
    Town(ANDALUSIA, 37.18, -3.60),  # Granada
    Town(HIGHLANDS, 57.48, -4.22),  # Inverness
    Town(WEST_TEXAS, 32.45, -99.73),  # Abilene
    Town(WEST_TEXAS, 33.58, -101.86),  # Lubbock
    Town(CENTRAL_VALLEY, 36.74, -119.79),  # Fresno
    Town(CENTRAL_VALLEY, 35.37, -119.02),  # Bakersfield
    Town(RAJASTHAN, 26.24, 73.02),  # Jodhpur
    Town(NEW_SOUTH_WALES, -32.25, 148.60),  # Dubbo
    Town(KAROO, -30.65, 24.01),  # De Aar
)


class Sky(NamedTuple):
    """The clouds over a site: the share of the sky they cover, 0 to 1, and the share of its light an overcast takes."""

    cover: float
    dimming: float


def sky_over(seed: int, region: str, site_id: str, seconds: float, median: float) -> Sky:
    """Return the clouds over a site.

    seconds: since 1970. median: the region's `cloudiness`. Fronts last about a day, cloud fields two hours, single
    clouds 20 minutes.
    """
    front = smooth(key_of(seed, region, "front"), seconds, _DAY)
    field = smooth(key_of(seed, site_id, "cloud-field"), seconds, 2 * _HOUR)
    odds = log(median / (1 - median)) + _CONTRAST * (0.95 * front + 0.3 * field)
    cover = 1 / (1 + exp(-odds))
    passing = smooth(key_of(seed, site_id, "cloud"), seconds, 20 * _MINUTE)
    dimming = _DIMMING + _DIMMING_SPREAD * smooth(key_of(seed, site_id, "cloud-depth"), seconds, 45 * _MINUTE)
    return Sky(
        _within(cover + _BROKEN * 4 * cover * (1 - cover) * passing, 0.0, 1.0), _within(dimming, *_DIMMING_RANGE)
    )


def wind_speed(seed: int, region: str, site_id: str, seconds: float, mean: float) -> float:
    """Return the wind's speed at hub height over a site, m/s.

    seconds: since 1970. mean: the region's `wind_mps`. Four waves, from days down to a quarter of an hour, add up to
    one normal deviate, whose rank is read off a Weibull spread with that mean.
    """
    deviate = (
        0.68 * smooth(key_of(seed, region, "wind-pressure"), seconds, 2.5 * _DAY)
        + 0.60 * smooth(key_of(seed, region, "wind-front"), seconds, 9 * _HOUR)
        + 0.40 * smooth(key_of(seed, site_id, "wind-local"), seconds, 2 * _HOUR)
        + 0.13 * smooth(key_of(seed, site_id, "wind-gusts"), seconds, 15 * _MINUTE)
    )
    scale = mean / gamma(1 + 1 / _WEIBULL_SHAPE)
    calmer_share = min(chance_below(deviate), 1 - 1e-12)
    return float(scale * (-log(1 - calmer_share)) ** (1 / _WEIBULL_SHAPE))


def _within(value: float, low: float, high: float) -> float:
    return max(low, min(high, value))
