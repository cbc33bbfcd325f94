"""From a site's readings to what is drawn of it: totals, day totals, and the readings themselves where they are few.

One pass, in constant memory but for the days: a site with ten years of 5-minute readings is read like a small one.
Sums are exact, so a site's days always add up to its total.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Context, Decimal, Inexact
from typing import Final, Literal

import msgspec

from episodes import Episode, Episodes
from gravity import gravest, gravity, is_critical
from heliograph_client import Incident, Reading, Site
from hours import Cell, Hour, Hours
from zones import Zone, local_end, zone_of

# Up to here each reading is drawn; beyond it a chart a screen wide shows no single one, and a day's total says more.
MOST_POINTS: Final = 2000

# 12 digits before the point and 24 after it, times more readings than a site ever has; should it not do, it raises.
_EXACT: Final = Context(prec=60, traps=[Inexact])
_ZERO: Final = Decimal(0)


LeaveOut = Literal["none", "critical", "flagged"]

# Which readings the sums leave out. One sentinel of a million kWh would drown a fleet's year; a reading that is merely
# suspect, a frozen value say, is still the best there is.
LEFT_OUT: Final[dict[LeaveOut, Callable[[Reading], bool]]] = {
    "none": lambda _reading: False,
    "critical": is_critical,
    "flagged": lambda reading: reading.anomaly,
}


class Totals(msgspec.Struct):
    """What some readings come to. Counts are of all of them; energies, kWh, are of those not left out.

    left_out: readings whose energies aren't counted, because of a flag.
    covered: the part of the consumption that own generation met in the same interval.
    flagged: readings with an anomaly. by_rule: the same, each once, under the rule of its gravest flag.
    """

    readings: int = 0
    left_out: int = 0
    generated: Decimal = _ZERO
    consumed: Decimal = _ZERO
    covered: Decimal = _ZERO
    flagged: int = 0
    by_rule: Counter[str] = msgspec.field(default_factory=Counter)

    @property
    def net(self) -> Decimal:
        """Generated minus consumed, kWh; above zero the site gave more than it took."""
        return _EXACT.subtract(self.generated, self.consumed)

    @property
    def self_sufficiency(self) -> Decimal | None:
        """The share of consumption that own generation met, 0 to 1; None where nothing was consumed."""
        return self.covered / self.consumed if self.consumed > 0 else None


class Day(msgspec.Struct):
    """One day at a site, in its own time zone; `worst` is the flagged reading whose flag is gravest."""

    date: date
    totals: Totals
    worst: Reading | None = None


class SiteSeries(msgspec.Struct, frozen=True):
    """All the charts know of one site.

    points: every reading, in time order; None where there are too many to draw.
    interval_minutes: how far apart readings are when none is missing; None where it can't be told.
    first, last: the ends of the first and the last interval.
    hours: the latest days by the site's hours; those with a reading.
    episodes: of each rule that flagged a reading, its longest stretch.
    incidents: open and closed ones, by onset.
    """

    site: Site
    zone: Zone
    totals: Totals
    days: tuple[Day, ...]
    points: tuple[Reading, ...] | None
    interval_minutes: int | None
    first: datetime
    last: datetime
    hours: dict[date, dict[Hour, Cell]] = msgspec.field(default_factory=dict)
    episodes: tuple[Episode, ...] = ()
    incidents: tuple[Incident, ...] = ()


class _Gathering:
    """What one pass over a site's readings has gathered so far."""

    def __init__(self, zone: Zone, leave_out: LeaveOut) -> None:
        self.zone = zone
        self.leave_out = LEFT_OUT[leave_out]
        self.totals = Totals()
        self.days: dict[date, Day] = {}
        self.steps: Counter[int] = Counter()
        self.points: list[Reading] = []
        self.hours = Hours()
        self.episodes = Episodes()
        self.first: datetime | None = None
        self.last: datetime | None = None

    def take(self, reading: Reading) -> None:
        """Count in one reading, the next in time."""
        moment = datetime.fromisoformat(reading.timestamp)
        if self.last is not None:
            self.steps[int((moment - self.last).total_seconds())] += 1
        self.first, self.last = self.first or moment, moment
        local, leave_out = local_end(moment, self.zone), self.leave_out(reading)
        add(self.totals, reading, leave_out=leave_out)
        self._take_to_day(local.date(), reading, leave_out=leave_out)
        self.hours.take(local, reading, leave_out=leave_out)
        if reading.anomaly:
            self.episodes.take(moment, reading)
        if len(self.points) <= MOST_POINTS:
            self.points.append(reading)

    def _take_to_day(self, when: date, reading: Reading, *, leave_out: bool) -> None:
        day = self.days.get(when)
        if day is None:
            day = self.days[when] = Day(when, Totals())
        add(day.totals, reading, leave_out=leave_out)
        if reading.anomaly and (day.worst is None or _gravity(reading) > _gravity(day.worst)):
            day.worst = reading


def summarize(site: Site, readings: Iterable[Reading], leave_out: LeaveOut = "critical") -> SiteSeries | None:
    """Read a site's readings once, in time order. None where there is none."""
    got = _Gathering(zone_of(site.timezone), leave_out)
    for reading in readings:
        got.take(reading)
    if got.first is None or got.last is None:
        return None
    points = tuple(got.points) if len(got.points) <= MOST_POINTS else None
    apart = interval_of(site.interval_minutes, got.steps)
    days = tuple(got.days.values())
    longest = tuple(got.episodes.longest.values())
    return SiteSeries(site, got.zone, got.totals, days, points, apart, got.first, got.last, got.hours.days, longest)


def add(totals: Totals, reading: Reading, *, leave_out: bool = False) -> None:
    """Count one reading in, and its energies unless they are left out.

    A meter's standby draw, generation below zero, covers nothing.
    """
    generated, consumed = reading.energy_generated_kwh, reading.energy_consumed_kwh
    totals.readings += 1
    if reading.anomaly:
        totals.flagged += 1
        totals.by_rule[rule_of(reading)] += 1
    if leave_out:
        totals.left_out += 1
        return
    totals.generated = _EXACT.add(totals.generated, generated)
    totals.consumed = _EXACT.add(totals.consumed, consumed)
    totals.covered = _EXACT.add(totals.covered, max(min(generated, consumed), _ZERO))


def rule_of(reading: Reading) -> str:
    """Name the rule a flagged reading is counted under: that of its gravest flag."""
    flag = gravest(reading.flags)
    return "unexplained" if flag is None else flag.rule


def interval_of(registered: int | None, steps: Counter[int]) -> int | None:
    """Return how far apart readings are, minutes: the commonest step, or the registry's interval where that is shorter.

    steps: how often each distance between neighbours occurs, seconds.
    """
    if not steps:
        return registered
    common = max(1, min(steps, key=lambda step: (-steps[step], step)) // 60)
    return common if registered is None else min(registered, common)


def _gravity(reading: Reading) -> int:
    return gravity(gravest(reading.flags))
