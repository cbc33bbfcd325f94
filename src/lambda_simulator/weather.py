"""Clouds and wind: random, yet they last. A region shares its slow weather; the quick part is each site's own."""

from math import exp, gamma, log
from typing import Final, NamedTuple

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
