"""What a solar plant's meter reads: the sun's place, the clear sky, the clouds, the panels, the inverter.

Sources: the sun's place is astral's (NOAA's equations). Clear sky: B. Haurwitz, "Insolation in relation to cloudiness
and cloud density", J. Meteorology 2 (1945), in the form of pvlib's `clearsky.haurwitz`. Clouds: F. Kasten and
G. Czeplak, "Solar and terrestrial radiation dependent on the amount and type of cloud", Solar Energy 24 (1980). Tilted
panels: B. Liu and R. Jordan's isotropic sky (1963).
"""

from datetime import datetime
from functools import lru_cache
from math import cos, exp, radians, sin
from typing import Final, NamedTuple

import msgspec
from astral import Observer
from astral.sun import zenith_and_azimuth

from lambda_simulator.weather import Sky

_FULL_SUN: Final = 1000.0  # W/m2 at which panels give their rated power (IEC 60904-3)
_CLEAR_BEAM_SHARE: Final = 0.85  # of a clear sky's light, what comes straight from the sun
_LOWEST_COSINE: Final = 0.05  # below 3 degrees of elevation the beam on a tilted panel would grow without bound


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


def power_kw(array: SolarArray, sun: Sun, sky: Sky) -> float:
    """Return the plant's power at the meter, kW: at most the inverter's, and slightly negative in the dark."""
    from_panels = array.panels_kw * array.efficiency * light_on_panels(array, sun, sky) / _FULL_SUN
    return min(array.inverter_kw, from_panels - array.auxiliary_kw)


def _beam_gain(array: SolarArray, sun: Sun) -> float:
    """Return how much more of the beam the tilted panels catch than flat ground does."""
    height, tilt = radians(sun.elevation), radians(array.tilt)
    ahead = cos(radians(sun.azimuth - array.azimuth))
    incidence = sin(height) * cos(tilt) + cos(height) * sin(tilt) * ahead
    return max(0.0, incidence) / max(_LOWEST_COSINE, sin(height))
