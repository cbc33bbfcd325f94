"""The sun's position, from astral (NOAA's solar equations).

The sun's own figures are the same for every site at one moment, so they are worked out once an hour and kept. How high
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
_HOUR_SECONDS: Final = 3600

NIGHT_SINE: Final = sin(radians(NIGHT_ELEVATION.value))
DEEP_NIGHT_SINE: Final = sin(radians(DEEP_NIGHT_ELEVATION.value))
DAYLIGHT_SINE: Final = sin(radians(DAYLIGHT_ELEVATION.value))


def sun_elevation(moment: datetime, latitude: float, longitude: float) -> float:
    """Return the sun's elevation above the horizon, degrees, without refraction; negative when it is below.

    moment: aware, UTC. latitude, longitude: degrees north and east.
    """
    century = julianday_to_juliancentury(julianday(moment.astimezone(UTC)))
    declination = radians(sun_declination(century))
    seconds = int(moment.timestamp()) % _DAY_SECONDS
    hour_angle = _hour_angle(seconds / 60 + eq_of_time(century), longitude)
    north = radians(latitude)
    sine = sin(north) * sin(declination) + cos(north) * cos(declination) * cos(hour_angle)
    return degrees(asin(max(-1.0, min(1.0, sine))))


def sun_sine(moment: int, latitude: float, longitude: float) -> float:
    """Return the sine of the sun's elevation, a hundredth of a degree off at most; far cheaper than the angle.

    moment: seconds since 1970. latitude, longitude: degrees north and east.
    """
    sine, cosine, ahead = _sun_in(moment // _HOUR_SECONDS)
    hour_angle = _hour_angle(moment % _DAY_SECONDS / 60 + ahead, longitude)
    north = radians(latitude)
    return sin(north) * sine + cos(north) * cosine * cos(hour_angle)


def _hour_angle(solar_minutes: float, longitude: float) -> float:
    return (solar_minutes - _NOON_MINUTES + longitude * _MINUTES_PER_DEGREE) * _RADIANS_PER_MINUTE


def noon_sine(moment: int, latitude: float) -> float:
    """Return the sine of the sun's elevation at the noon of a day. moment: within it, seconds since 1970."""
    sine, cosine, _ = _sun_in(moment // _HOUR_SECONDS)
    north = radians(latitude)
    return sin(north) * sine + cos(north) * cosine


def sun_swing(moment: int, latitude: float) -> tuple[float, float]:
    """Return the middle of the sine of the sun's elevation on a day, and how far it swings from there to noon's.

    At an hour angle it is the middle plus the swing times that angle's cosine. moment: within the day, seconds since
    1970. latitude: degrees north.
    """
    sine, cosine, _ = _sun_in(moment // _HOUR_SECONDS)
    north = radians(latitude)
    return sin(north) * sine, cos(north) * cosine


def equation_of_time(moment: int) -> float:
    """Return how far sundials are ahead of clocks, minutes. moment: seconds since 1970."""
    return _sun_in(moment // _HOUR_SECONDS)[2]


@lru_cache(maxsize=16_384)
def _sun_in(hour: int) -> tuple[float, float, float]:
    """Return sine and cosine of the sun's declination, and the equation of time in minutes, of the middle of an hour.

    Within the hour they change by 30 seconds of arc and half a second. hour: hours since 1970.
    """
    moment = datetime.fromtimestamp(hour * _HOUR_SECONDS + _HOUR_SECONDS // 2, UTC)
    century = julianday_to_juliancentury(julianday(moment))
    declination = radians(sun_declination(century))
    return sin(declination), cos(declination), eq_of_time(century)
