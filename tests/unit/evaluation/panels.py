"""A plant's panels under a clear sky: tilted, looking anywhere, at any place."""

from functools import cache
from math import cos, exp, pi, radians, sin, sqrt
from typing import NamedTuple

from heliograph.checks.sun import equation_of_time, noon_sine
from unit.evaluation.plant import DAY, HOUR, hashed

MINUTE = 60


class Panels(NamedTuple):
    """A plant's panels: degrees north and east, their tilt, and where they look, degrees from north by east."""

    latitude: float
    longitude: float
    tilt: float = 30.0
    azimuth: float = 180.0


@cache
def clear_sky(panels: Panels, moment: int) -> float:
    """Return what panels give of their nameplate under a clear sky: the direct light, and a tenth of it scattered."""
    declination = noon_sine(moment, 90.0)
    rest = sqrt(1 - declination * declination)
    dial = moment % DAY / MINUTE + equation_of_time(moment // HOUR * HOUR)
    angle = (dial - 720) / 720 * pi + radians(panels.longitude)
    north, tilt, azimuth = map(radians, (panels.latitude, panels.tilt, panels.azimuth))
    up = sin(north) * declination + cos(north) * rest * cos(angle)
    if up <= 0:
        return 0.0
    east, away = -rest * sin(angle), cos(north) * declination - sin(north) * rest * cos(angle)
    facing = sin(tilt) * (sin(azimuth) * east + cos(azimuth) * away) + cos(tilt) * up
    return 1.1 * exp(-0.13 / (up + 0.05)) * max(0.0, facing) + 0.1 * sqrt(up) * (1 + cos(tilt)) / 2


def generated(panels: Panels, end: int, minutes: int) -> float:
    """Return the mean of an interval, under a sky of its own each six hours."""
    fine = [clear_sky(panels, end - back * 5 * MINUTE) for back in range(max(1, minutes // 5))]
    return (0.6 + 0.4 * hashed(end // (6 * HOUR))) * sum(fine) / len(fine)
