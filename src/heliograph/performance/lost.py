"""The energy that a fault cost: what the site would have given under its sky, less what it gave.

It goes by the hour. A day's packed hours are small enough to be read for weeks and for the neighbours at once, and an
hour's clouds even out. What was not measured is unknown and counts as nothing: a silence costs no energy that anybody
could name [IEC TS 63019: information unavailable is a category of its own, and no outage].
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from heliograph.estimation.expected import expected_kwh
from heliograph.estimation.hours import HOUR_SECONDS, DayHours
from heliograph.estimation.model import Gap, Neighbour
from heliograph.site import Site
from heliograph.zones import span_of, span_on


class FaultSpan(NamedTuple):
    """When a fault lasted: its begin and its end, seconds since 1970."""

    begins: int
    ends: int


class Surroundings(NamedTuple):
    """What says what a site would have given. days: its own packed hours, of the weeks before and of the fault itself.

    neighbours: sites of its kind close by, nearest first, with the hours of the days in question.
    """

    site: Site
    days: Sequence[DayHours]
    neighbours: Sequence[Neighbour] = ()


class EnergyLost(NamedTuple):
    """What a fault cost. kwh: until now. settled_kwh: the part of it until `settled_until`, seconds since 1970.

    That part is over for a day and worked out no more; nothing is settled where `settled_until` is 0.
    """

    kwh: float = 0.0
    settled_kwh: float = 0.0
    settled_until: int = 0


NOTHING_SETTLED: Final = EnergyLost()


class _Hour(NamedTuple):
    """A measured hour of a day. end: its END. coverage: the share of it measured. inside: the share in a stretch."""

    end: int
    kwh: float
    coverage: float
    inside: float


def energy_lost(
    stretch: FaultSpan, around: Surroundings, settles: int, before: EnergyLost = NOTHING_SETTLED
) -> EnergyLost | None:
    """Return what a fault cost; None where nothing says what to expect.

    settles: of local days that end by then nothing more is awaited, seconds since 1970. before: what is settled of it.
    """
    begins = max(stretch.begins, before.settled_until)
    by_day = lost_by_day(FaultSpan(begins, stretch.ends), around)
    if not by_day and not before.settled_until:
        return None
    midnight = span_of(around.site, min(settles, stretch.ends)).start
    if midnight <= begins:
        return before._replace(kwh=before.settled_kwh + sum(by_day.values()))
    over = sum(kwh for date, kwh in by_day.items() if span_on(around.site, date).ends <= midnight)
    return EnergyLost(before.settled_kwh + sum(by_day.values()), before.settled_kwh + over, midnight)


def lost_by_day(stretch: FaultSpan, around: Surroundings) -> dict[str, float]:
    """Return the generated energy lost in a stretch, kWh, by local date; empty where nothing says what to expect.

    Σ max(0, expected - used) over a day's hours that were measured: a day that gave more than expected lost nothing.
    """
    days = {day.date: hours for day in around.days if (hours := list(_hours_in(day, stretch)))}
    ends = sorted(hour.end for hours in days.values() for hour in hours)
    if not ends:
        return {}
    expected = expected_kwh(Gap("generated", ends, HOUR_SECONDS), around.site, around.days, around.neighbours)
    if not expected:
        return {}
    would_be = dict(zip(ends, expected, strict=True))
    return {date: _lost(hours, would_be) for date, hours in sorted(days.items())}


def _hours_in(day: DayHours, stretch: FaultSpan) -> Iterator[_Hour]:
    """Yield the measured hours of a day that lie in a stretch, or partly."""
    for place, (kwh, coverage) in enumerate(zip(day.energy_of("generated"), day.coverage_of("generated"), strict=True)):
        begin = day.start + place * HOUR_SECONDS
        inside = min(begin + HOUR_SECONDS, stretch.ends) - max(begin, stretch.begins)
        if inside > 0 and coverage > 0:
            yield _Hour(begin + HOUR_SECONDS, kwh, coverage, inside / HOUR_SECONDS)


def _lost(hours: Sequence[_Hour], would_be: dict[int, float]) -> float:
    """Return what a day's hours lost, kWh.

    Of an hour that lies in the stretch in part, how much of its energy came before the fault isn't known: it lost no
    more than its part would have given, and no less than nothing.
    """
    lost = 0.0
    for each in hours:
        expected = would_be[each.end]
        missed = expected * each.coverage - each.kwh
        lost += missed if each.inside == 1.0 else min(max(0.0, missed), expected * each.inside)
    return max(0.0, lost)
