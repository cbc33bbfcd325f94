"""Figures and dates as a reader takes them in: three digits, a unit, a month by its name."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

import msgspec

from heliograph.formatting import count, quantity

MINUS: Final = "\N{MINUS SIGN}"
_TWO_HOURS: Final = 120
_TWO_DAYS: Final = 2880

TO: Final = "\N{EN DASH}"


class EnergyUnit(msgspec.Struct, frozen=True):
    """A unit of energy: its name, and how many kWh it is."""

    name: str
    kwh: float

    def of(self, kwh: float) -> float:
        """Return an amount in this unit, for drawing."""
        return kwh / self.kwh


KWH: Final = EnergyUnit("kWh", 1.0)
_UNITS: Final = (EnergyUnit("GWh", 1e6), EnergyUnit("MWh", 1e3), KWH, EnergyUnit("Wh", 1e-3))
# What is smaller is the rounding of a sum.
_DIGITS: Final = 9


def unit_for(amounts: Iterable[float]) -> EnergyUnit:
    """Return the unit in which the largest of some amounts (kWh) is a plain number."""
    largest = max(map(abs, amounts), default=0.0)
    return next((unit for unit in _UNITS if largest >= unit.kwh), KWH)


def energy(kwh: float | None, *, signed: bool = False) -> str:
    """Write an amount: `1.23 MWh`, `45.6 kWh`; with `signed`, `+1.23 MWh`; a dash where nothing is measured."""
    if kwh is None:
        return "\u2013"
    unit = unit_for([kwh])
    return f"{number(unit.of(kwh), signed=signed)} {unit.name}"


def number(value: float, *, signed: bool = False) -> str:
    """Write a figure with three digits at least, thousands set apart: `1.23`, `45.6`, `1,204`."""
    value = round(value, _DIGITS)
    decimals = 0 if abs(value) >= 99.95 or value == 0 else 1 if abs(value) >= 9.995 else 2  # noqa: PLR2004 - digits
    return f"{value:{'+' if signed and value else ''},.{decimals}f}".replace("-", MINUS)


def exact(value: Decimal | None, unit: str = "") -> str:
    """Write a value as the API gave it, with its unit; nothing where there is none."""
    if value is None:
        return ""
    return quantity(value, unit).rstrip().replace("-", MINUS)


def percent(share: float) -> str:
    """Write a share of one: `34 %`, `0.14 %`; what isn't quite nothing or all doesn't read as if it were."""
    value = share * 100
    decimals = 0 if value == 0 or 10 <= value <= 99 or value >= 100 else 1 if 1 <= value < 99.9 else 2  # noqa: PLR2004
    return f"{value:.{decimals}f} %"


def day(when: date) -> str:
    """Write a day: `1 Aug 2016`."""
    return f"{when.day} {when:%b %Y}"


def days(first: date, last: date) -> str:
    """Write a range of days, both included."""
    return day(first) if first == last else f"{day(first)} {TO} {day(last)}"


def clock(when: datetime) -> str:
    """Write a moment by the clock it carries: `Mon 1 Aug 2016, 14:05`."""
    return f"{when:%a} {day(when)}, {when:%H:%M}"


def moment(when: datetime, *, year: bool = False) -> str:
    """Write a moment in a sentence, by the clock it carries: `3 Jun at 14:05`, `3 Jun at noon`; midnight is the day."""
    at = {"00:00": "", "12:00": " at noon"}.get(f"{when:%H:%M}", f" at {when:%H:%M}")
    return (day(when) if year else f"{when.day} {when:%b}") + at


def clock_hour(hour: int) -> str:
    """Write an hour of the day: `09:00`."""
    return f"{hour:02}:00"


def power(kilowatts: float) -> str:
    """Write a power: `1.23 MW`, `45.6 kW`, `250 W`."""
    unit = unit_for([kilowatts])
    return f"{number(unit.of(kilowatts))} {unit.name.removesuffix('h')}"


def lasting(time: timedelta) -> str:
    """Write a length of time in its largest unit that is whole enough: `25 minutes`, `5 hours`, `3 days`."""
    minutes = round(time / timedelta(minutes=1))
    if minutes < _TWO_HOURS:
        return count(minutes, "minute")
    return count(round(minutes / 60), "hour") if minutes < _TWO_DAYS else count(round(minutes / 1440), "day")


def listed(items: Sequence[str], most: int = 3) -> str:
    """Write a list: `a, b and c`; beyond `most`, `a, b, c and 4 more`."""
    if len(items) > most:
        return f"{', '.join(items[:most])} and {len(items) - most:,} more"
    return " and ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else "".join(items)


def interval(minutes: int) -> str:
    """Write the length of an interval: `hour`, `5 minutes`."""
    hours, rest = divmod(minutes, 60)
    if rest:
        return "minute" if minutes == 1 else f"{minutes} minutes"
    return "hour" if hours == 1 else f"{hours} hours"
