"""What the hours of a gap had: the usual of each, the neighbours' sky over it, and what persists from its ends."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from heliograph.checks.place import SitePlace, registered_place
from heliograph.estimation.hours import HOUR_SECONDS, DayHours
from heliograph.estimation.model import Gap, Method, Neighbour
from heliograph.estimation.neighbours import LEAST_AGREED, LEAST_COVERED, SharedSky, index_of, sky
from heliograph.estimation.past import PastHours, nearest, past_hours
from heliograph.estimation.persistence import SUN_MEMORY, USE_MEMORY, WIND_MEMORY, Course, EdgeStretch, persisting
from heliograph.estimation.usual import DARKEST, Fitted, usual_of
from heliograph.site import Site

_MEMORIES: Final = {"sun": SUN_MEMORY, "steady": WIND_MEMORY, "clock": USE_MEMORY}


class Around(NamedTuple):
    """What is known around a gap: the site, its own days, its neighbours', and a place that its days tell."""

    site: Site
    history: Sequence[DayHours]
    neighbours: Sequence[Neighbour] = ()
    fitted_place: SitePlace | None = None

    @property
    def place(self) -> SitePlace | None:
        """Where the site lies: as registered, else as fitted."""
        return registered_place(self.site.latitude, self.site.longitude) or self.fitted_place


class Hourly(NamedTuple):
    """Energies by hour. kwh: by begin, seconds since 1970, of the gap's hours and one on either side.

    grid: begin of any hour, seconds since 1970. method: how they were found.
    """

    kwh: Mapping[int, float]
    grid: int
    method: Method

    def within(self, begin: int, seconds: int) -> float:
        """Return what an interval in these hours had, kWh; one that is shorter than an hour has its part by the course.

        begin: seconds since 1970.
        """
        first = begin - (begin - self.grid) % HOUR_SECONDS
        if seconds < HOUR_SECONDS and begin + seconds <= first + HOUR_SECONDS:
            return _part(self.kwh, first, begin + seconds / 2) * seconds / HOUR_SECONDS
        end = begin + seconds
        return sum(
            self.kwh.get(hour, 0.0) * (min(end, hour + HOUR_SECONDS) - max(begin, hour)) / HOUR_SECONDS
            for hour in range(first, end, HOUR_SECONDS)
        )


def hourly(gap: Gap, around: Around, *, is_off: bool = True) -> Hourly | None:
    """Return what each hour of a gap had; None where the site's own days are too few to say it.

    is_off: whether a site that was off before or behind was so in the gap, too; else its weather alone persists.
    """
    past = past_hours(nearest(around.history, (gap.begins, gap.ends[-1])), gap.side, around.site)
    fitted = usual_of(past, gap.side, around.site, around.place)
    if fitted is None:
        return None
    grid = past.begins[0]
    first = gap.begins - (gap.begins - grid) % HOUR_SECONDS
    hours = range(first, gap.ends[-1], HOUR_SECONDS)
    beside = (first - HOUR_SECONDS, *hours, hours[-1] + HOUR_SECONDS)
    usual = {begin: fitted.usual.kwh(begin) for begin in beside}
    index = _index({begin: usual[begin] for begin in hours}, _sky(gap, around, past, fitted))
    course = _course(gap, past, fitted, index, is_off=is_off)
    hidden = [(max(begin, gap.begins), min(begin + HOUR_SECONDS, gap.ends[-1])) for begin in hours]
    more = persisting(course, hidden, _MEMORIES[fitted.usual.shape])
    kwh = {
        begin: max(0.0, usual[begin] * (index.get(begin // HOUR_SECONDS, 1.0) + each))
        for begin, each in zip(beside, (more[0], *more, more[-1]), strict=True)
    }
    return Hourly(kwh, grid, "neighbours" if index else "profile")


def _sky(gap: Gap, around: Around, past: PastHours, fitted: Fitted) -> SharedSky:
    """Return what the neighbours say of the hours of a gap, and of those around it."""
    span = gap.begins, gap.ends[-1]
    said = [index_of(each, gap.side, around.site, around.place, span) for each in around.neighbours]
    hours = zip(past.begins, past.kwh, fitted.kwh, strict=True)
    return sky({begin // HOUR_SECONDS: (kwh, usual) for begin, kwh, usual in hours} if said else {}, said)


def _index(usual: Mapping[int, float], found: SharedSky) -> dict[int, float]:
    """Return the index of all hours of a gap, and around; empty where neighbours don't agree, or have too few of them.

    usual: of the gap's hours, kWh. An hour that no neighbour knows has the mean of the others.
    """
    known = {begin: kwh for begin, kwh in usual.items() if begin // HOUR_SECONDS in found.by_hour}
    weight = sum(known.values())
    if found.agreed < LEAST_AGREED.value or weight <= 0 or weight < LEAST_COVERED.value * sum(usual.values()):
        return {}
    mean = sum(kwh * found.by_hour[begin // HOUR_SECONDS] for begin, kwh in known.items()) / weight
    return dict.fromkeys((begin // HOUR_SECONDS for begin in usual), mean) | found.by_hour


def _course(gap: Gap, past: PastHours, fitted: Fitted, index: Mapping[int, float], *, is_off: bool) -> Course:
    """Return how far the measured hours lie from what is usual under their sky."""
    begins, ends = gap.begins, gap.ends[-1]
    least = DARKEST.value if fitted.usual.shape == "sun" and not is_off else -1.0
    course = Course([], [], [], [])
    for begin, kwh, usual in zip(past.begins, past.kwh, fitted.kwh, strict=True):
        expected = index.get(begin // HOUR_SECONDS) if index else 1.0
        if usual <= 0 or expected is None or kwh < least * usual:
            continue
        excess = kwh - usual * expected
        if begin >= ends or begin + HOUR_SECONDS <= begins:
            course.begins.append(begin)
            course.excess.append(excess)
            course.usual.append(usual)
        elif edge := _edge(begin, begins, ends):
            share = (edge[1] - edge[0]) / HOUR_SECONDS
            course.edges.append(EdgeStretch(*edge, excess * share, usual * share))
    if is_off:
        course.edges.extend(_beside(gap, past.begins[0], fitted, index))
    return course


def _edge(begin: int, begins: int, ends: int) -> tuple[int, int] | None:
    """Return the part of an hour that lies before or behind a gap; None where it lies on both sides, or on none."""
    if begin < begins and ends < begin + HOUR_SECONDS:
        return None
    if begin < begins:
        return begin, begins
    return (ends, begin + HOUR_SECONDS) if ends < begin + HOUR_SECONDS else None


def _beside(gap: Gap, grid: int, fitted: Fitted, index: Mapping[int, float]) -> list[EdgeStretch]:
    """Return the intervals right before and behind a gap, where these are shorter than an hour."""
    if gap.seconds >= HOUR_SECONDS:
        return []
    found = []
    for value, begin in ((gap.before, gap.begins - gap.seconds), (gap.after, gap.ends[-1])):
        hour = begin - (begin - grid) % HOUR_SECONDS
        expected = index.get(hour // HOUR_SECONDS) if index else 1.0
        if value is None or expected is None:
            continue
        near = {turn: fitted.usual.kwh(turn) for turn in (hour - HOUR_SECONDS, hour, hour + HOUR_SECONDS)}
        usual = _part(near, hour, begin + gap.seconds / 2) * gap.seconds / HOUR_SECONDS
        found.append(EdgeStretch(begin, begin + gap.seconds, float(value) - usual * expected, usual))
    return found


def _part(kwh: Mapping[int, float], hour: int, moment: float) -> float:
    """Return the power at a moment of an hour, kW: on the lines between the hours' middles, all adding up to the hour.

    kwh: by begin, of the hour and those beside it.
    """
    own = kwh.get(hour, 0.0)
    before, behind = kwh.get(hour - HOUR_SECONDS, own), kwh.get(hour + HOUR_SECONDS, own)
    mean = (before + 6 * own + behind) / 8
    from_middle = (moment - hour) / HOUR_SECONDS - 0.5
    beside = behind if from_middle > 0 else before
    return own * (own + (beside - own) * abs(from_middle)) / mean if mean > 0 else 0.0
