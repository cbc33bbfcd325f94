"""The consumption of a household, an office or a factory, by hour and weekday of its own clock.

The shapes follow the German standard load profiles of BDEW (VDEW, 1999): H0 for households, G1 for offices, and G3 for
plants that never stop.
"""

from datetime import datetime
from math import cos, exp, floor, tau
from typing import Final, Literal

import msgspec

Shape = Literal["home", "office", "factory"]

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


class Demand(msgspec.Struct, frozen=True, gc=False):
    """A load behind its meter.

    peak_kw: power of its highest usual hour, kW. january_share: by how much of itself it swings with the year, above 0
    where it peaks in January, below where it peaks in July. restlessness: how far it wanders off its shape, as a share
    (one home wanders more than a street).
    """

    shape: Shape
    peak_kw: float
    january_share: float
    restlessness: float


def power_kw(demand: Demand, local: datetime, wander: float) -> float:
    """Return the load's power, kW.

    local: the moment on the site's own clock. wander: noise of mean 0 and deviation 1 that this load follows.
    """
    usual = shape_share(demand.shape, local) * (1.0 + demand.january_share * _january(local))
    return demand.peak_kw * usual * exp(demand.restlessness * wander)


def shape_share(shape: Shape, local: datetime) -> float:
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
