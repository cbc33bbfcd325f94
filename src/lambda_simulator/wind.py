"""A wind farm's power from the wind."""

from typing import Final

import msgspec

CUT_IN: Final = 3.0  # m/s; below it the rotor stands
RATED: Final = 12.0  # m/s; from here on the turbine gives its rated power
CUT_OUT: Final = 25.0  # m/s; from here on it stands, to be safe
_STORM_RAMP: Final = 1.0  # m/s over which a farm's turbines stop, one after the other


class Turbines(msgspec.Struct, frozen=True, gc=False):
    """A wind farm behind its meter.

    rated_kw: nameplate power, kW. availability: share of it that wakes and turbines in repair leave, 0 to 1.
    idle_kw: what heating, pitch and control draw from the grid while nothing is generated, kW.
    """

    rated_kw: float
    availability: float
    idle_kw: float


def output_share(speed: float) -> float:
    """Return the share of rated power at a wind `speed` in m/s: a cube law from cut-in to rated, then flat to cut-out.

    The energy in the wind grows with the cube of its speed; the three speeds are usual for pitch-controlled turbines.
    """
    if speed <= CUT_IN or speed >= CUT_OUT:
        return 0.0
    if speed < RATED:
        return (speed**3 - CUT_IN**3) / (RATED**3 - CUT_IN**3)
    return min(1.0, (CUT_OUT - speed) / _STORM_RAMP)


def power_kw(turbines: Turbines, speed: float) -> float:
    """Return the farm's power at the meter, kW."""
    return turbines.rated_kw * turbines.availability * output_share(speed)
