"""What neighbours say of a gap: how far they were from their own usual, as far as that agreed with the site before.

Sites of a kind in a region share the sky, or the wind. A neighbour's index of an hour is its energy over what is usual
of it there. How much of it goes over to the site is what went over in the weeks around, so a neighbour that has little
to do with the site says little.
"""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from heliograph.checks.flag import Limit
from heliograph.checks.place import SitePlace
from heliograph.estimation.hours import HOUR_SECONDS
from heliograph.estimation.model import Neighbour
from heliograph.estimation.past import PastHours, nearest, past_hours
from heliograph.estimation.usual import DARKEST, usual_of
from heliograph.registers import Side
from heliograph.site import Site

LEAST_AGREED: Final = Limit(
    "agreement with neighbours", 0.3, "share of variance", "below it the site's own days around say as much"
)
LEAST_COVERED: Final = Limit(
    "neighbours' hours in a gap", 0.75, "share of its usual energy", "a quarter may be lost with them"
)
COMPARED_DAYS: Final = Limit(
    "days that neighbours are compared on", 14, "days", "half of what the usual goes by: later ones say little more"
)
MOST_INDEX: Final = Limit("highest index", 5.0, "times the usual", "a windy hour of a calm month")
# What is believed of a neighbour before it was compared counts as so many hours of it.
_BELIEVED_HOURS: Final = 12.0
_BELIEVED_SHARE: Final = 0.7
_BELIEVED_VARIANCE: Final = 0.15
_BELIEVED_AGREED: Final = 0.5
# Hours in which a site usually has so little of a typical one tell more of noise than of weather.
_LEAST_USUAL: Final = 0.05
_FEW: Final = 3
_DAY_SECONDS: Final = 86_400
_Index = Mapping[int, float]


class SharedSky(NamedTuple):
    """What neighbours say. by_hour: the site's own expected index, by hours since 1970. agreed: share of variance."""

    by_hour: dict[int, float]
    agreed: float


class _Said(NamedTuple):
    """One neighbour. by_hour: its own index. level, share: the site's index is the level, and this share of it.

    error: mean square of what is left. agreed: the share of the site's variance that this explains.
    """

    by_hour: _Index
    level: float
    share: float
    error: float
    agreed: float


def index_of(
    neighbour: Neighbour, side: Side, site: Site, place: SitePlace | None, around: tuple[int, int]
) -> dict[int, float]:
    """Return a neighbour's index by hours since 1970.

    What is usual of it is what its days have kept, else what those given here show. In daylight a solar site that gives
    nothing is off, and says nothing of the sky. site, place: those of the site beside it. around: the gap's begin and
    end, seconds since 1970.
    """
    most = int(COMPARED_DAYS.value) + (around[1] - around[0]) // _DAY_SECONDS
    past = past_hours(nearest(neighbour.days, around, most), side, site)
    usual = _kept(neighbour, side, past) or _fitted(past, side, site, place)
    least = _LEAST_USUAL * max(usual, default=0.0)
    darkest = DARKEST.value if site.traits.by_sun and side == "generated" else -1.0
    return {
        begin // HOUR_SECONDS: min(MOST_INDEX.value, max(0.0, kwh / ordinary))
        for begin, kwh, ordinary in zip(past.begins, past.kwh, usual, strict=False)
        if ordinary > least and kwh >= darkest * ordinary
    }


def _kept(neighbour: Neighbour, side: Side, past: PastHours) -> list[float]:
    """Return what a neighbour's days have kept as usual of its measured hours; empty where they keep none."""
    kept = {
        day.start + turn * HOUR_SECONDS: usual
        for day in neighbour.days
        for turn, usual in enumerate(day.usual_of(side))
    }
    return [kept.get(begin, 0.0) for begin in past.begins] if kept else []


def _fitted(past: PastHours, side: Side, site: Site, place: SitePlace | None) -> list[float]:
    fitted = usual_of(past, side, site, place)
    return fitted.kwh if fitted else []


def sky(own: Mapping[int, tuple[float, float]], said: Sequence[_Index]) -> SharedSky:
    """Return what neighbours say of the site's index, in each hour that any of them knows.

    own: the site's measured hours, by hours since 1970: energy and what is usual of it, kWh. said: each neighbour's
    index.
    """
    compared = [_compared(own, index) for index in said if index]
    hours = sorted({hour for each in compared for hour in each.by_hour})
    agreed = max((each.agreed for each in compared), default=0.0)
    return SharedSky({hour: _middle(compared, hour) for hour in hours}, agreed)


def _compared(own: Mapping[int, tuple[float, float]], index: _Index) -> _Said:
    """Return how a neighbour's index goes over to the site, by the hours in which both are known."""
    both = [(usual, kwh / usual, index[hour]) for hour, (kwh, usual) in own.items() if usual > 0 and hour in index]
    typical = sum(usual for usual, _, _ in both) / len(both) if both else 1.0
    both = [(usual / typical, one, other) for usual, one, other in both if usual > _LEAST_USUAL * typical]
    weight = sum(usual for usual, _, _ in both) + _BELIEVED_HOURS
    mean = (sum(usual * one for usual, one, _ in both) + _BELIEVED_HOURS) / weight
    other_mean = (sum(usual * other for usual, _, other in both) + _BELIEVED_HOURS) / weight
    believed = _BELIEVED_HOURS * _BELIEVED_VARIANCE
    shared = sum(usual * (one - mean) * (other - other_mean) for usual, one, other in both)
    spread = sum(usual * (other - other_mean) ** 2 for usual, _, other in both)
    share = max(0.0, (shared + believed * _BELIEVED_SHARE) / (spread + believed))
    varied = sum(usual * (one - mean) ** 2 for usual, one, _ in both) + believed
    missed = sum(usual * (one - mean - share * (other - other_mean)) ** 2 for usual, one, other in both)
    missed += believed * (1 - _BELIEVED_AGREED)
    return _Said(index, mean - share * other_mean, share, missed / weight, 1 - missed / varied)


def _middle(said: Sequence[_Said], hour: int) -> float:
    """Return the weighted median of what neighbours say of an hour; of two, their weighted mean."""
    values = [
        (max(0.0, each.level + each.share * each.by_hour[hour]), 1 / each.error)
        for each in said
        if hour in each.by_hour
    ]
    if len(values) < _FEW:
        whole = sum(weight for _, weight in values)
        return sum(value * weight for value, weight in values) / whole
    values.sort()
    halves = accumulate(weight for _, weight in values)
    half = sum(weight for _, weight in values) / 2
    return next(value for (value, _), below in zip(values, halves, strict=True) if below >= half)
