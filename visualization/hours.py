"""A site's days hour by hour, as its own clock shows them.

Where the clocks go forward an hour is missing from the day; where they go back one comes twice, told apart by `fold`,
as in Python's datetime.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

import msgspec

from gravity import gravest, gravity
from heliograph_client import Reading
from zones import Zone, midnight

# More days than this, and a chart's cells are thinner than two dots.
MOST_DAYS: Final = 400

_A_DAY: Final = timedelta(days=1)
# No zone's clocks change by less, or stand at an odd fraction of it.
_STEP: Final = timedelta(minutes=15)


class Hour(NamedTuple):
    """One hour of a site's clock; fold is 1 for the second of two with the same name."""

    hour: int
    fold: int


class Cell(msgspec.Struct):
    """What the readings of one hour come to; energies, kWh, are of those not left out of the sums.

    flagged: readings with an anomaly; rules: their gravest flags'; worst: the one whose flag is gravest.
    """

    readings: int = 0
    left_out: int = 0
    generated: float = 0.0
    consumed: float = 0.0
    flagged: int = 0
    rules: list[str] = msgspec.field(default_factory=list)
    worst: Reading | None = None


class Hours:
    """A site's latest days by hour, filled reading by reading in time order."""

    def __init__(self) -> None:
        """Begin without a day."""
        self.days: dict[date, dict[Hour, Cell]] = {}

    def take(self, local: datetime, reading: Reading, *, leave_out: bool) -> None:
        """Count one reading in; `local`: its interval's last second by the site's clock."""
        day = self.days.get(local.date())
        if day is None:
            day = self.days[local.date()] = {}
            if len(self.days) > MOST_DAYS:
                del self.days[next(iter(self.days))]
        cell = day.setdefault(Hour(local.hour, local.fold), Cell())
        _count(cell, reading, leave_out=leave_out)


def hours_of(day: date, zone: Zone) -> dict[Hour, int]:
    """Return the hours a day has at a site, in order, and how long each is in it, minutes."""
    start, end = midnight(day, zone), midnight(day + _A_DAY, zone)
    found: dict[Hour, int] = {}
    while start < end:
        local = start.astimezone(zone.info)
        name = Hour(local.hour, local.fold)
        found[name] = found.get(name, 0) + _STEP.seconds // 60
        start += _STEP
    return found


def timed_hours(day: date, zone: Zone) -> list[tuple[Hour, datetime, datetime]]:
    """Return the hours a day has at a site, each with the moments it begins and ends, UTC."""
    begins = midnight(day, zone)
    found: list[tuple[Hour, datetime, datetime]] = []
    for name, minutes in (PLAIN if is_plain(day, zone) else hours_of(day, zone)).items():
        found.append((name, begins, begins + timedelta(minutes=minutes)))
        begins = found[-1][2]
    return found


def is_plain(day: date, zone: Zone) -> bool:
    """Return whether a day has its 24 hours, each once."""
    first, last = (midnight(when, zone) for when in (day, day + _A_DAY))
    # Where the clocks go forward at midnight, both ends have the same offset and the day has 23 hours.
    return last - first == _A_DAY and first.astimezone(zone.info).utcoffset() == last.astimezone(zone.info).utcoffset()


def by_calendar(first: date, last: date) -> list[date]:
    """Return every day from the first to the last."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _count(cell: Cell, reading: Reading, *, leave_out: bool) -> None:
    cell.readings += 1
    if reading.anomaly:
        _count_flagged(cell, reading)
    if leave_out:
        cell.left_out += 1
        return
    cell.generated += float(reading.energy_generated_kwh)
    cell.consumed += float(reading.energy_consumed_kwh)


def _count_flagged(cell: Cell, reading: Reading) -> None:
    cell.flagged += 1
    worst = gravest(reading.flags)
    rule = "unexplained" if worst is None else worst.rule
    if rule not in cell.rules:
        cell.rules.append(rule)
    if cell.worst is None or gravity(worst) > gravity(gravest(cell.worst.flags)):
        cell.worst = reading


PLAIN: Final = hours_of(date(2000, 1, 1), Zone(UTC, "UTC"))
