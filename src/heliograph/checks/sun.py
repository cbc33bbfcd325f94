"""The sun's position, from astral (NOAA's solar equations).

The sun's own figures are the same for every site at one moment, so they are worked out once a moment and kept. How high
it stands says when a solar site can't generate, and when it generates in any weather.
"""

from datetime import UTC, datetime
from functools import lru_cache
from math import asin, cos, degrees, pi, radians, sin
from typing import Final

from astral.julian import julianday, julianday_to_juliancentury
from astral.sun import eq_of_time, sun_declination

from heliograph.checks.flag import Limit

NIGHT_ELEVATION: Final = Limit(
    "night", -6.0, "degrees", "end of civil twilight: below it the sky is too dark for any measurable PV output"
)
DEEP_NIGHT_ELEVATION: Final = Limit(
    "deep night",
    -10.0,
    "degrees",
    "by a clock that is an hour off: the sun is 5 degrees high at most, and no plant gives a tenth of its most",
)
DAYLIGHT_ELEVATION: Final = Limit(
    "broad daylight",
    10.0,
    "degrees",
    "above it even an overcast sky lights panels beyond an inverter's start, 1 % of nameplate",
)

_MINUTES_PER_DEGREE: Final = 4.0
_RADIANS_PER_MINUTE: Final = pi / 720
_NOON_MINUTES: Final = 720.0
_DAY_SECONDS: Final = 86_400

NIGHT_SINE: Final = sin(radians(NIGHT_ELEVATION.value))
DEEP_NIGHT_SINE: Final = sin(radians(DEEP_NIGHT_ELEVATION.value))
DAYLIGHT_SINE: Final = sin(radians(DAYLIGHT_ELEVATION.value))


def sun_elevation(moment: datetime, latitude: float, longitude: float) -> float:
    """Return the sun's elevation above the horizon, degrees, without refraction; negative when it is below.

    moment: aware, UTC. latitude, longitude: degrees north and east.
    """
    return degrees(asin(max(-1.0, min(1.0, sun_sine(int(moment.timestamp()), latitude, longitude)))))


def sun_sine(moment: int, latitude: float, longitude: float) -> float:
    """Return the sine of the sun's elevation; cheaper than the angle, and it rises and falls with it.

    moment: seconds since 1970. latitude, longitude: degrees north and east.
    """
    sine, cosine, solar_minutes = _sun_at(moment)
    hour_angle = (solar_minutes - _NOON_MINUTES + longitude * _MINUTES_PER_DEGREE) * _RADIANS_PER_MINUTE
    north = radians(latitude)
    return sin(north) * sine + cos(north) * cosine * cos(hour_angle)


def noon_sine(moment: int, latitude: float) -> float:
    """Return the sine of the sun's elevation at the noon of a day. moment: within it, seconds since 1970."""
    sine, cosine, _ = _sun_at(moment)
    north = radians(latitude)
    return sin(north) * sine + cos(north) * cosine


def equation_of_time(moment: int) -> float:
    """Return how far sundials are ahead of clocks, minutes. moment: seconds since 1970."""
    _, _, solar_minutes = _sun_at(moment)
    return solar_minutes - moment % _DAY_SECONDS / 60


@lru_cache(maxsize=16_384)
def _sun_at(seconds: int) -> tuple[float, float, float]:
    """Return sine and cosine of the sun's declination, and the solar time at longitude 0 in minutes after midnight."""
    moment = datetime.fromtimestamp(seconds, UTC)
    century = julianday_to_juliancentury(julianday(moment))
    minutes = moment.hour * 60 + moment.minute + moment.second / 60
    declination = radians(sun_declination(century))
    return sin(declination), cos(declination), minutes + eq_of_time(century)
