"""How much light a clear sky gives: what a solar site's energy goes by, beside its own panels and the weather.

It is Haurwitz's model, which needs the sun's height alone [B. Haurwitz, J. Meteorology 2 (1945) 154-166; the best of
its kind by M. Reno et al., SAND2012-2389]. Full light is the sun overhead, without any air.
"""

from functools import lru_cache
from math import cos, exp, pi
from typing import Final

from heliograph.checks.place import SitePlace
from heliograph.checks.sun import equation_of_time, sun_sine, sun_swing
from heliograph.estimation.hours import HOUR_SECONDS
from heliograph.estimation.past import DAY_HOURS

_DAY_SECONDS: Final = DAY_HOURS * HOUR_SECONDS
# Of the light on a plane, exp(-0.057 / sine of the sun's height) gets through.
_EXTINCTION: Final = 0.057
# Above this sine light bends so little within an hour that the hour's middle tells its mean.
_HIGH: Final = 0.3
# The sine changes by less than this in half an hour.
_HALF_AN_HOUR: Final = 0.14
_FAINTEST: Final = 0.02
_EIGHTHS: Final = (1, 3, 5, 7)
_DEGREE: Final = pi / 180
_NOON: Final = _DAY_SECONDS // 2


def hour_light(begin: int, place: SitePlace | None) -> float:
    """Return how much light an hour has at a place, as a share of full light; 1 where no place is known.

    begin: seconds since 1970.
    """
    if place is None:
        return 1.0
    day, since = divmod(begin, _DAY_SECONDS)
    return day_light(place.latitude, place.longitude, day, since % HOUR_SECONDS)[since // HOUR_SECONDS]


@lru_cache(maxsize=4096)
def day_light(latitude: float, longitude: float, day: int, offset: int) -> tuple[float, ...]:
    """Return how much light each hour of a day in UTC has.

    latitude, longitude: degrees north and east. day: days since 1970. offset: seconds at which the hours begin, past
    those of UTC.
    """
    noon = day * _DAY_SECONDS + _NOON
    middle, swing = sun_swing(noon, latitude)
    ahead = offset + 60 * equation_of_time(noon) - _NOON
    east = longitude * _DEGREE
    found = []
    for begin in range(0, _DAY_SECONDS, HOUR_SECONDS):
        turn = (begin + ahead) / _NOON * pi + east
        sine = middle + swing * cos(turn + pi / DAY_HOURS)
        if sine > _HIGH:
            found.append(sine * exp(-_EXTINCTION / sine))
        elif sine < -_HALF_AN_HOUR:
            found.append(0.0)
        else:
            found.append(_mean([middle + swing * cos(turn + eighth * pi / 4 / DAY_HOURS) for eighth in _EIGHTHS]))
    return tuple(found)


def light_in(begin: int, seconds: int, place: SitePlace) -> float:
    """Return how much light an interval has, as a share of full light. begin: seconds since 1970."""
    moments = (begin + eighth * seconds // 8 for eighth in _EIGHTHS)
    return _mean([sun_sine(moment, place.latitude, place.longitude) for moment in moments])


def _mean(sines: list[float]) -> float:
    return sum(sine * exp(-_EXTINCTION / sine) for sine in sines if sine > _FAINTEST) / len(sines)
