"""A battery's day: it charges while power is cheap or the sun is high, and carries the evening's peak.

The cycle is a fixed plan for each local day, so a moment's power is known without walking through the day; what the
battery gives in the evening it has taken in before, with its losses.
"""

from datetime import datetime
from typing import Final

import msgspec

from lambda_simulator.load import Demand

ROUND_TRIP: Final = 0.85  # of the energy taken in, what comes out again; what NREL's ATB assumes for Li-ion
CHARGE_HOURS: Final = 5.0
DISCHARGE_FROM: Final = 17.0  # o'clock, local
DISCHARGE_HOURS: Final = 4.5
_RAMP_HOURS: Final = 0.75


class Storage(msgspec.Struct, frozen=True, gc=False):
    """A battery and the load that stands behind the same meter.

    power_kw: most power either way, kW. energy_kwh: what a full battery gives, kWh. charge_from: o'clock, local, when
    it begins to charge.
    """

    power_kw: float
    energy_kwh: float
    charge_from: float
    demand: Demand


def discharge_kw(storage: Storage, local: datetime, depth: float) -> float:
    """Return the power the battery puts out, kW; `depth` is the share of a full battery it gives that day."""
    hour = _hour_of(local) - DISCHARGE_FROM
    return min(storage.power_kw, storage.energy_kwh * depth * _plateau(hour, DISCHARGE_HOURS))


def charge_kw(storage: Storage, local: datetime, depth: float) -> float:
    """Return the power the battery takes in, kW; `depth` is the share of a full battery it gives that day."""
    hour = _hour_of(local) - storage.charge_from
    return min(storage.power_kw, storage.energy_kwh * depth / ROUND_TRIP * _plateau(hour, CHARGE_HOURS))


def _plateau(hour: float, length: float) -> float:
    """Return a height over [0, length] hours that ramps up, stays, ramps down, and holds 1 in all."""
    if not 0.0 < hour < length:
        return 0.0
    share = min(1.0, hour / _RAMP_HOURS, (length - hour) / _RAMP_HOURS)
    return share / (length - _RAMP_HOURS)


def _hour_of(local: datetime) -> float:
    return local.hour + local.minute / 60 + local.second / 3600
