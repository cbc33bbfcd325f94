"""What a site would have given or used in a stretch, by all but the stretch itself; and what is usual of a day."""

from collections.abc import Sequence

import msgspec

from heliograph.checks.place import SitePlace
from heliograph.estimation.hourly import Around, hourly
from heliograph.estimation.hours import HOUR_SECONDS, DayHours
from heliograph.estimation.model import Gap, Neighbour
from heliograph.estimation.past import nearest, past_hours
from heliograph.estimation.usual import usual_of
from heliograph.sides import SIDES
from heliograph.site import Site


def expected_kwh(
    stretch: Gap,
    site: Site,
    history: Sequence[DayHours],
    neighbours: Sequence[Neighbour] = (),
    place: SitePlace | None = None,
) -> list[float]:
    """Return the energy expected of each interval, kWh, by the neighbours and the site's own days; empty if unknown.

    stretch: the side and the intervals, which needn't follow each other; what it says of its sum and of what lies
    around it isn't used. history, neighbours, place: as in `estimate.estimate`; what they have of the site's own hours
    within the stretch is left out, and hours in which a solar site gives nothing by day say nothing of the sky.
    """
    begins, ends = stretch.begins, stretch.ends[-1]
    known = [_hidden(day, begins, ends) for day in history]
    found = hourly(stretch, Around(site, known, neighbours, place), is_off=False)
    if found is None:
        return []
    return [found.within(end - stretch.seconds, stretch.seconds) for end in stretch.ends]


def with_usual(day: DayHours, site: Site, history: Sequence[DayHours], place: SitePlace | None = None) -> DayHours:
    """Return a day with what the site's own profile says of each of its hours, for its neighbours to compare with.

    history: the days before it. It stays as it is where they are too few.
    """
    where = Around(site, history, (), place).place
    hours = range(day.start, day.start + len(day.coverage) * HOUR_SECONDS, HOUR_SECONDS)
    near = nearest(history, (hours[0], hours[-1] + HOUR_SECONDS))
    usual: list[list[float]] = []
    for side in SIDES:
        past = past_hours(near, side, site)
        fitted = usual_of(past, side, site, where) if any(past.kwh) else None
        usual.append([fitted.usual.kwh(begin) for begin in hours] if fitted else [])
    return msgspec.structs.replace(day, usual=(usual[0], usual[1]))


def _hidden(day: DayHours, begins: int, ends: int) -> DayHours:
    """Return a day without what it measured in hours that lie in a stretch, or partly."""
    first = max(0, (begins - day.start) // HOUR_SECONDS)
    after = max(0, -((day.start - ends) // HOUR_SECONDS))
    if first >= len(day.coverage) or not after:
        return day
    hours = range(first, min(after, len(day.coverage)))
    generated, consumed = list(day.generated), list(day.consumed)
    coverage, other = list(day.coverage), list(day.consumed_coverage)
    for hour in hours:
        generated[hour] = consumed[hour] = coverage[hour] = 0.0
        if other:
            other[hour] = 0.0
    return DayHours(day.date, day.start, generated, consumed, coverage, other, day.usual)
