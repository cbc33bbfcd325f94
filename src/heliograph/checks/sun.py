"""Where the sun stands, from astral (NOAA's solar equations).

The sun's own figures are the same for every site at one moment, so they are worked out once a moment and kept.
"""

from datetime import datetime
from functools import lru_cache
from math import asin, cos, degrees, radians, sin
from typing import Final

from astral.julian import julianday, julianday_to_juliancentury
from astral.sun import eq_of_time, sun_declination

_MINUTES_PER_DEGREE: Final = 4.0
_NOON_MINUTES: Final = 720.0


def sun_elevation(moment: datetime, latitude: float, longitude: float) -> float:
    """Give the sun's elevation above the horizon, degrees, without refraction; negative when it is below.

    moment: aware, UTC. latitude, longitude: degrees north and east.
    """
    declination, solar_minutes = _sun_at(moment)
    hour_angle = radians((solar_minutes - _NOON_MINUTES) / _MINUTES_PER_DEGREE + longitude)
    north = radians(latitude)
    height = sin(north) * sin(declination) + cos(north) * cos(declination) * cos(hour_angle)
    return degrees(asin(max(-1.0, min(1.0, height))))


@lru_cache(maxsize=4096)
def _sun_at(moment: datetime) -> tuple[float, float]:
    """Give the sun's declination, radians, and the solar time at longitude 0, minutes after midnight."""
    century = julianday_to_juliancentury(julianday(moment))
    minutes = moment.hour * 60 + moment.minute + moment.second / 60
    return radians(sun_declination(century)), minutes + eq_of_time(century)
