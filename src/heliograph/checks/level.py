"""A step down of what a solar plant gives in its clearest hours: a string, an inverter, or a part of them is gone.

Each hour of the last weeks is compared with the sun's height then, and with the best that the same hour of the day gave
by that. A day whose best three hours agree has a level; clouds make hours disagree. Then a step is looked for: a day
from which on the levels of the clearest days agree on less than those of the weeks before did.

How output follows the sun's height through the season depends on tilt and direction, which nobody knows here. So a step
must be one for level panels and for steep ones: neither autumn nor spring makes it. Where the clear days of the weeks
before tell how this plant follows the sun, it is one for panels between the two.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import exp, log
from typing import Final, NamedTuple

from heliograph.checks.flag import Limit
from heliograph.checks.place import SitePlace, sun_sine_at
from heliograph.checks.sun import equation_of_time

LOWER: Final = Limit(
    "lower level",
    0.8,
    "share of the level before",
    "on 18 years of 13 real plants, clear days of weeks without a fault agree on 0.83 of the weeks before, or more",
)
MUCH_LOWER: Final = Limit(
    "lower level of a few days", 0.75, "share of the level before", "a week's clouds tell less than a fortnight's"
)
FEW_DAYS: Final = Limit("a few days", 6, "days", "three clear ones among them, in most climates")
SURE_DAYS: Final = Limit("days that tell a smaller step", 10, "days", "with 10 days before them")
LEVEL_STEEP: Final = Limit(
    "season, steep panels",
    0.3,
    "power of the sun's sine",
    "clear-sky output at noon of panels as steep as the latitude: by air mass alone",
)
LEVEL_FLAT: Final = Limit(
    "season, level panels", 1.1, "power of the sun's sine", "level panels follow it whole, and air mass adds a tenth"
)
LOW_SUN: Final = Limit(
    "low sun", 0.12, "of the sun's sine", "7 degrees: below it haze, shade and the horizon decide, and polar night lies"
)
HOURS_AGREE: Final = Limit("scatter of a clear day's hours", 0.1, "share", "three clear hours agree within 10 %")
DIFFUSE: Final = Limit(
    "light of a bright overcast sky",
    0.5,
    "share of what an hour usually reaches",
    "15 to 30 % of a clear sky's light is diffuse, thin cloud leaves half: below it half of the hours have to agree",
)
DAYS_AGREE: Final = Limit("scatter of clear days", 0.12, "share", "the same, and a day's haze and temperature")
SEASON_SURE: Final = Limit(
    "scatter of clear weeks",
    0.01,
    "share",
    "what the mean of three clear days of ten is off by haze and temperature: so well they tell how the season goes",
)
STANDS: Final = Limit(
    "least level", 0.1, "share of the level before", "less is a stop, or snow on the panels, which `zero_output` tells"
)

_HOURS: Final = 24
_HOUR: Final = 3600
_DAY_SECONDS: Final = 86_400
# Hours in which the sun is half as high as at noon, or higher: there panels of every kind give most of their energy.
_NEAR_NOON: Final = 0.5
# An hour that gives less than that of the best one is in shade.
_SHADED: Final = 0.1
# The third best of an hour is its best: clouds' edges and faults of a day or two teach nothing.
_BEST: Final = 3
_CLEAR_HOURS: Final = 3
_CLEAR_DAYS: Final = 3
_BEFORE_DAYS: Final = 21
_LEAST_BEFORE: Final = int(SURE_DAYS.value)
# A step that is older has become what is usual.
_OLDEST_DAYS: Final = 21
_SEEN_DAYS: Final = 50
# Of so many days one may stand out: the edge of a cloud, or a fault.
_OUTLIER_DAYS: Final = 7
_OUTLIERS_BEFORE: Final = 2
# Hours that stand out from a day's level by more than a cloud's edge contradict it.
_CLOUD_EDGE: Final = 1.15


class HourlyPeaks(NamedTuple):
    """The most power of each UTC hour of a day, -1 where there is no reading; in any unit. day: days since 1970."""

    day: int
    highest: Sequence[float]


class LevelStep(NamedTuple):
    """A step down. share: of the level before that is left. since: its first day, days since 1970."""

    share: float
    since: int


class _Level(NamedTuple):
    """What a day reached, as shares of what its hours usually reach.

    level: of its best three hours that agree; 0.0 where none do. second: of its second best hour.
    """

    level: float
    second: float


def level_step(days: Sequence[HourlyPeaks], place: SitePlace) -> LevelStep | None:
    """Return the step down since when a plant's clearest hours give less; None where there is none, or nobody can tell.

    days: the last weeks', oldest first.
    """
    days = [each for each in days if days[-1].day - each.day < _SEEN_DAYS]
    if len(days) < _LEAST_BEFORE + FEW_DAYS.value:
        return None
    sines = [_sines(place, each.day) for each in days]
    steep, flat = (_levels(days, sines, season.value) for season in (LEVEL_STEEP, LEVEL_FLAT))
    steps = []
    for at in range(max(_LEAST_BEFORE, len(days) - _OLDEST_DAYS), len(days) - int(FEW_DAYS.value) + 1):
        shares = (_share(steep, at), _share(flat, at))
        limit = LOWER if len(days) - at >= SURE_DAYS.value else MUCH_LOWER
        if STANDS.value < min(shares) < limit.value and (most := _most_left(shares, steep, flat, at)) < limit.value:
            steps.append((most, at))
    if not steps:
        return None
    share, at = min(steps)
    since = _since(steep, at, share)
    return LevelStep(share, days[since].day) if len(days) - since <= _OLDEST_DAYS else None


def _most_left(shares: tuple[float, float], steep: Sequence[_Level], flat: Sequence[_Level], at: int) -> float:
    """Return the most that may be left, by how the plant itself followed the season in the weeks before a position.

    shares: of steep panels, and of level ones. Of panels between them the clear days before go neither up nor down.
    """
    rises = [_rise(levels[max(0, at - _BEFORE_DAYS) : at]) for levels in (steep, flat)]
    if None in rises or rises[0] == rises[1]:
        return max(shares)
    by_steep, by_flat = (each or 0.0 for each in rises)
    weight, unsure = by_steep / (by_steep - by_flat), abs(SEASON_SURE.value / (by_steep - by_flat))
    weights = (min(1.0, max(0.0, each)) for each in (weight - unsure, weight + unsure))
    return max(exp((1 - each) * log(shares[0]) + each * log(shares[1])) for each in weights)


def _rise(levels: Sequence[_Level]) -> float | None:
    """Return by how much the later half's clear days lie above the earlier half's, as a logarithm; None if unknown."""
    middle = len(levels) // 2
    earlier, later = _level_of(levels[:middle], 0), _level_of(levels[middle:], 0)
    return log(later / earlier) if earlier and later else None


def _since(levels: Sequence[_Level], at: int, share: float) -> int:
    """Return the position behind the last one that reached halfway back to the level before the step."""
    halfway = (1 + share) / 2 * _level_of(levels[max(0, at - _BEFORE_DAYS) : at], _OUTLIERS_BEFORE)
    return next((each + 1 for each in range(at - 1, -1, -1) if levels[each].second >= halfway), at)


@lru_cache(maxsize=256)  # the days of a window are those of the next one, too, but for one
def _sines(place: SitePlace, day: int) -> tuple[float, ...]:
    """Return the sine of the sun's elevation at the middle of each UTC hour that tells something; 0.0 in the others."""
    ahead = equation_of_time(day * _DAY_SECONDS + _DAY_SECONDS // 2) * 60
    dials = (int(hour * _HOUR + _HOUR // 2 + ahead) % _DAY_SECONDS for hour in range(_HOURS))
    sines = [sun_sine_at(place, day, dial) for dial in dials]
    least = max(LOW_SUN.value, _NEAR_NOON * max(sines))
    return tuple(sine if sine >= least else 0.0 for sine in sines)


def _levels(days: Sequence[HourlyPeaks], sines: Sequence[Sequence[float]], season: float) -> list[_Level]:
    """Return the level of each day. season: the power of the sun's sine that output follows."""
    hours = [
        [most / sine**season if sine and most >= 0 else -1.0 for most, sine in zip(day.highest, row, strict=True)]
        for day, row in zip(days, sines, strict=True)
    ]
    best = [_best([row[hour] for row in hours]) for hour in range(_HOURS)]
    least = _SHADED * max(best)
    return [_level(row, best, least) for row in hours]


def _best(values: list[float]) -> float:
    """Return the best of an hour of the day, without the two most; 0.0 where it is lit on less than a third of days."""
    known = sorted(value for value in values if value >= 0)
    return known[-_BEST] if len(known) >= max(_BEST, len(values) // 3) else 0.0


def _level(hours: Sequence[float], best: Sequence[float], least: float) -> _Level:
    shares = sorted(
        (hour / most for hour, most in zip(hours, best, strict=True) if hour >= 0 and most > least), reverse=True
    )
    if len(shares) < _CLEAR_HOURS:
        return _Level(0.0, 0.0)
    level = _agreed(shares, HOURS_AGREE.value, _CLEAR_HOURS, outliers=2)
    if level < DIFFUSE.value:
        half = max(_CLEAR_HOURS, (len(shares) + 1) // 2)
        level = _agreed(shares, HOURS_AGREE.value, half, outliers=2)
    return _Level(level, shares[1])


def _share(levels: Sequence[_Level], at: int) -> float:
    """Return what is left of the level before a position since it; 0.0 where either has none.

    A day that reaches halfway back to the level before contradicts a step, and so do several beyond clouds' edges.
    """
    before, since = levels[max(0, at - _BEFORE_DAYS) : at], levels[at:]
    outliers = len(since) // _OUTLIER_DAYS
    was = _level_of(before, _OUTLIERS_BEFORE)
    now = _level_of(since, outliers)
    reached = sorted((each.second for each in since), reverse=True)
    edge = _CLOUD_EDGE * now
    is_whole = reached[0] > max(edge, (was + now) / 2) or reached[outliers] > edge
    return now / was if was and not is_whole else 0.0


def _level_of(levels: Iterable[_Level], outliers: int) -> float:
    clear = sorted((each.level for each in levels if each.level), reverse=True)
    return _agreed(clear, DAYS_AGREE.value, _CLEAR_DAYS, outliers=outliers)


def _agreed(values: Sequence[float], within: float, count: int, *, outliers: int) -> float:
    """Return the mean of the highest values that agree, so many of them; 0.0 where none do.

    values: descending. within: how far they may lie apart, as a share. outliers: how many higher ones are left out.
    """
    for first in range(min(outliers + 1, len(values) - count + 1)):
        alike = values[first : first + count]
        if alike[0] - alike[-1] <= within * alike[0]:
            return sum(alike) / count
    return 0.0
