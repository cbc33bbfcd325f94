"""Where a site lies, as its own days tell where the registry doesn't: longitude from noon, latitude from their length.

The middle between the begin and the end of a day's output is the sun's noon, so it tells the longitude; what is left of
a clock's constant offset is in it too, and that is meant: the place is the one at which the sun stands as the site's
time stamps say. How long the days are, and how that changes with the sun's declination, tells the latitude, beside the
elevation at which this site begins: an inverter's start, panels that look another way, hills. In six weeks around an
equinox the change tells, around a solstice the length; what neither tells is in `sure_minutes`.

Clouds only shorten a day. So the longer days count more, and a third of the days may be faulty.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import acos, asin, cos, degrees, pi, radians, sin, sqrt
from statistics import median
from typing import Final, NamedTuple

import msgspec

from heliograph.checks.flag import Limit
from heliograph.checks.sun import noon_sine

FEWEST_DAYS: Final = Limit("days with output", 10, "days", "three times the figures that are fitted")
LEAST_SURE: Final = Limit(
    "least sure place", 90.0, "minutes", "further off, it can't distinguish night and day at the edges of a day"
)
NOON_SCATTER: Final = Limit(
    "scatter of noon",
    40.0,
    "minutes",
    "half of the clear days of a solar site agree within minutes; gusts and tariffs don't",
)
CLOCK_OFF: Final = Limit(
    "clock off all the time",
    45.0,
    "minutes",
    "panels that look east or west, and hills, move a site's noon by less; a wrong zone or summer time moves it by 60",
)
AS_LONG: Final = Limit(
    "shorter half of a day than the sun's",
    0.75,
    "share of the clock's offset",
    "shade, and panels that look east or west, shorten half of the day by what they move its middle",
)
SHORTEST_DAY: Final = Limit(
    "shortest day", 5.0, "hours", "of output, in midwinter at 60 degrees; shorter ones are peaks of a tariff"
)

_DAY_SECONDS: Final = 86_400
_MINUTES_A_RADIAN: Final = 720 / pi
# How much later the sun comes to a degree further west.
SECONDS_A_DEGREE: Final = 240
_HALF_DAY: Final = _DAY_SECONDS // 2
# The share of the days that clouds or faults shorten: the fitted day is longer than these.
_SHORTENED: Final = 0.6
# Output begins with the sun so high, degrees, and this much higher or lower at most sites: diffuse light first, then an
# inverter's start. Only where the days themselves don't tell does it matter.
_WAKES_AT: Final = 4.0
_WAKES_WITHIN: Final = 4.0
# Where a home consumes before it feeds in, that begins with the sun much higher.
_FEEDS_IN_WITHIN: Final = 8.0
_HIGHEST_LATITUDE: Final = 66
_COARSE: Final = 6
# From there on a day may vanish within weeks, and a degree is a quarter of an hour.
_NEAR_POLAR: Final = 60
# Of days in a row, weather and faults are alike: so many of them tell as much as one.
_ALIKE: Final = 3.0
_CAP_MINUTES: Final = 60.0
_LEAST_SCATTER: Final = 4.0
# So much less likely than the best (as twice the logarithm): what lies within is possible.
_POSSIBLE: Final = 4.0
# Hills and panels that look east or west move a site's noon as the sun sees it.
_SYSTEMATIC_MINUTES: Final = 5.0
# So sure is a longitude that stands on noon alone.
_BY_NOON_MINUTES: Final = 20.0
_AHEAD_DAYS: Final = 14
# The last days, most of which tell whether a clock is still off.
_RECENT_DAYS: Final = 7
# Of those as long as the shortest of the longer half: what is cut by an outage tells no noon.
_WHOLE_SHARE: Final = 0.9
_FLATTEST: Final = 0.15


class SitePlace(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Where a site lies: registered, or fitted.

    latitude, longitude: degrees north and east. sure_minutes: how far sunrise, noon or sunset may lie from what this
    place says; 0 for a registered one. wakes_at: the sun's elevation at which the site's output begins, degrees.
    """

    latitude: float
    longitude: float
    sure_minutes: float = 0.0
    wakes_at: float = 0.0

    @property
    def unsure_seconds(self) -> int:
        """How far a sunrise may lie from what the place says, seconds."""
        return round(60 * self.sure_minutes)


def registered_place(latitude: float | None, longitude: float | None) -> SitePlace | None:
    """Return the place that a registry entry gives, degrees north and east; None where it lacks either."""
    return None if latitude is None or longitude is None else SitePlace(latitude, longitude)


def moved_by_clock(registered: SitePlace, noon: int) -> SitePlace:
    """Return the place at which the sun stands as a site's stamps say: the registered one where its clock is right.

    noon: the site's usual noon, seconds of the day by a sundial at longitude 0; -1 where unknown.
    """
    if noon < 0:
        return registered
    late = _apart(noon, _HALF_DAY - round(registered.longitude * SECONDS_A_DEGREE))
    if abs(late) <= CLOCK_OFF.value * 60:
        return registered
    return SitePlace(registered.latitude, registered.longitude - late / SECONDS_A_DEGREE, _BY_NOON_MINUTES)


def sun_sine_at(place: SitePlace, day: int, dial: int) -> float:
    """Return the sine of the sun's elevation at a time by the sundial at longitude 0.

    day: days since 1970. dial: seconds of the day.
    """
    sine, cosine = _declination(day)
    north = radians(place.latitude)
    hour_angle = (dial - _HALF_DAY) / _HALF_DAY * pi + radians(place.longitude)
    return max(-1.0, min(1.0, sin(north) * sine + cos(north) * cosine * cos(hour_angle)))


def lowest_sine(place: SitePlace, day: int) -> float:
    """Return the sine of the sun's elevation at midnight. day: days since 1970."""
    sine, cosine = _declination(day)
    north = radians(place.latitude)
    return sin(north) * sine - cos(north) * cosine


class SunDay(NamedTuple):
    """A day's output: begin and end in sundial time at longitude 0, seconds of the day. day: days since 1970."""

    day: int
    rise: int
    fall: int

    @property
    def seconds(self) -> int:
        """How long it lasts."""
        return (self.fall - self.rise) % _DAY_SECONDS

    @property
    def noon(self) -> int:
        """Its middle, seconds of the day."""
        return (self.rise + self.seconds // 2) % _DAY_SECONDS


def usual_noon(days: Sequence[SunDay]) -> tuple[int, float] | None:
    """Return the usual noon of some days, seconds of the day, and how far half of them lie from it at most, minutes.

    Only the longer half counts: what shortens a day moves its middle. None where there are too few days, or where their
    output doesn't go by the sun.
    """
    if len(days) < FEWEST_DAYS.value or longest_day(days) < SHORTEST_DAY.value * 3600:
        return None
    longer = _longer(days)
    around = longer[0].noon
    apart = [_apart(day.noon, around) for day in longer]
    middle = median(apart)
    # The days may agree on a time half a day from the one that is gone by.
    again = [_apart(day.noon, int(around + middle)) for day in longer]
    noon = int(around + middle + median(again)) % _DAY_SECONDS
    scatter = median(abs(_apart(day.noon, noon)) for day in longer) / 60
    return (noon, scatter) if scatter <= NOON_SCATTER.value else None


def _longer(days: Sequence[SunDay]) -> list[SunDay]:
    """Return the longer half of some days: clouds and faults only shorten one."""
    return sorted(days, key=lambda day: day.seconds)[len(days) // 2 :]


def longest_day(days: Sequence[SunDay]) -> int:
    """Return how long nearly the longest of some days is, seconds."""
    return sorted(day.seconds for day in days)[-1 - len(days) // 10]


def clock_offset(days: Sequence[SunDay], registered: SitePlace) -> int:
    """Return how much later a site's stamps are than the sun at its registered place, minutes.

    days: those with output among the last weeks, oldest first. The last ones have to say so, too: a clock that was set
    right is right. Shade, and panels that look east or west, move a day's middle by what they cut from one of its ends,
    so half of it is shorter than the sun's by as much; a clock moves both ends. It is 0 where right or unknown.
    """
    noon = usual_noon(days)
    if noon is None:
        return 0
    sun = _HALF_DAY - round(registered.longitude * SECONDS_A_DEGREE)
    late = _apart(noon[0], sun) / 60
    longer = _longer(days)
    whole = _WHOLE_SHARE * longer[0].seconds
    moved = median([_apart(day.noon, noon[0]) / 60 for day in days[-_RECENT_DAYS:] if day.seconds > whole] or [0.0])
    if abs(late) <= CLOCK_OFF.value or abs(moved) > abs(late) / 2:
        return 0
    shorter = median(_half_day(registered.latitude, day.day, 0.0) - day.seconds / 120 for day in longer)
    return round(late) if shorter <= AS_LONG.value * abs(late) else 0


def fit_place(days: Sequence[SunDay], interval_minutes: float, *, is_solar: bool = True) -> SitePlace | None:
    """Fit a place to the days of a site; None where its output doesn't go by the sun, or too little is known.

    days: those with output among the last weeks. interval_minutes: length of an interval. is_solar: whether the output
    is known to be a plant's; else it may be what a home leaves of it.
    """
    noon = usual_noon(days)
    if noon is None:
        return None
    fitting = _Fitting(days, interval_minutes, _WAKES_WITHIN if is_solar else _FEEDS_IN_WITHIN)
    best, possible = fitting.latitudes()
    apart = max(fitting.minutes_apart(best, other) for other in possible)
    noon_error = noon[1] * (0.5 + 2 / sqrt(len(days) / _ALIKE))
    sure = sqrt(apart**2 + noon_error**2 + fitting.scatter(best) ** 2) + _SYSTEMATIC_MINUTES + interval_minutes / 4
    if sure > LEAST_SURE.value:
        return None
    longitude = _apart(_HALF_DAY, noon[0]) / SECONDS_A_DEGREE
    return SitePlace(float(best), longitude, round(sure, 1), round(degrees(asin(fitting.wake_sine(best))), 1))


class _Fitting:
    """The days of a site against each latitude."""

    def __init__(self, days: Sequence[SunDay], interval_minutes: float, wakes_within: float) -> None:
        suns = [_declination(day.day) for day in days]
        half_days = [min(pi, day.seconds / _DAY_SECONDS * pi) for day in days]
        self._days = [
            (sine, cosine * cos(half), cosine * max(_FLATTEST, sin(half)))
            for (sine, cosine), half in zip(suns, half_days, strict=True)
        ]
        self._last = days[-1].day
        self._wakes_within = wakes_within
        self._least = max(_LEAST_SCATTER, interval_minutes / 6)
        self._scale = self._least
        self._found: dict[int, tuple[float, float, float]] = {}

    def latitudes(self) -> tuple[int, list[int]]:
        """Return the best latitude, degrees, and other possible ones: its neighbours, and how far they go."""
        coarse = range(-_HIGHEST_LATITUDE, _HIGHEST_LATITUDE + 1, _COARSE)
        best = min(coarse, key=self._cost)
        for step in (2, 1):
            near = (best - step, best, best + step) if step == 1 else (best - 4, best - 2, best, best + 2, best + 4)
            best = min((each for each in near if abs(each) <= _HIGHEST_LATITUDE), key=self._cost)
        # As sure as the days agree: their scatter may be larger than a meter's.
        self._scale = max(self._least, self._at(best)[2])
        best = min(range(max(-_HIGHEST_LATITUDE, best - 2), min(_HIGHEST_LATITUDE, best + 2) + 1), key=self._cost)
        limit = self._cost(best) + _POSSIBLE
        possible = [each for each in coarse if self._cost(each) <= limit]
        beside = 3 if abs(best) >= _NEAR_POLAR else 1
        return best, [best - beside, best + beside, *possible, *self._edges(best, possible, limit)]

    def _edges(self, best: int, possible: list[int], limit: float) -> list[int]:
        """Return the outermost possible latitudes to either side, to a degree or two beyond those of the grid."""
        found = []
        for end, way in ((min([best, *possible]), -1), (max([best, *possible]), 1)):
            reached = end
            while abs(reached + 2 * way) <= _HIGHEST_LATITUDE and self._cost(reached + 2 * way) <= limit:
                reached += 2 * way
            found.append(reached)
        return found

    def wake_sine(self, latitude: int) -> float:
        """Return the sine of the sun's elevation at which output begins, as this latitude has it."""
        return self._at(latitude)[1]

    def scatter(self, latitude: int) -> float:
        """Return how far the days' edges lie from this latitude's by the usual day, minutes, for their number."""
        return self._at(latitude)[2] / sqrt(max(1.0, len(self._days) / _ALIKE))

    def minutes_apart(self, one: int, other: int) -> float:
        """Return by how much sunrise and the begin of output differ between two latitudes, in the days to come."""
        day = self._last + _AHEAD_DAYS
        return max(
            abs(_half_day(one, day, sine_one) - _half_day(other, day, sine_other))
            for sine_one, sine_other in ((0.0, 0.0), (self.wake_sine(one), self.wake_sine(other)))
        )

    def _cost(self, latitude: int) -> float:
        """Return how unlikely a latitude is, twice a negative logarithm: by the days, and by when sites begin."""
        unusual, _, scatter = self._at(latitude)
        return len(self._days) / _ALIKE * 2 * scatter / self._scale + unusual

    def _at(self, latitude: int) -> tuple[float, float, float]:
        """Return how unusual the begin of output is, its sine of the sun, and the days' scatter, minutes."""
        if latitude not in self._found:
            self._found[latitude] = self._judge(latitude)
        return self._found[latitude]

    def _judge(self, latitude: int) -> tuple[float, float, float]:
        north, east = sin(radians(latitude)), cos(radians(latitude))
        sines = [north * sine + east * cosine for sine, cosine, _ in self._days]
        wakes = sorted(sines)[int((1 - _SHORTENED) * len(sines))]
        late = [
            (each - wakes) / (east * slope) * _MINUTES_A_RADIAN
            for each, (_, _, slope) in zip(sines, self._days, strict=True)
        ]
        # Shorter than fitted is weather; longer is weather of the fitted days.
        weights = [
            (1 - _SHORTENED) * min(each, _CAP_MINUTES) if each > 0 else _SHORTENED * min(-each, _CAP_MINUTES)
            for each in late
        ]
        mean = 2 * sum(weights) / len(weights)
        prior = (degrees(asin(max(-1.0, min(1.0, wakes)))) - _WAKES_AT) / self._wakes_within
        return prior * prior, wakes, mean


def _apart(one: int, other: int) -> int:
    """Return how much later one time of day is than another, seconds, on the circle of the day."""
    return (one - other + _HALF_DAY) % _DAY_SECONDS - _HALF_DAY


@lru_cache(maxsize=512)
def _declination(day: int) -> tuple[float, float]:
    """Return sine and cosine of the sun's declination at the noon of a day. day: days since 1970."""
    sine = noon_sine(day * _DAY_SECONDS + _HALF_DAY, 90.0)
    return sine, sqrt(1 - sine * sine)


def _half_day(latitude: float, day: int, wake_sine: float) -> float:
    """Return how long before noon the sun stands so high, minutes. wake_sine: sine of its elevation."""
    sine, cosine = _declination(day)
    north, east = sin(radians(latitude)), cos(radians(latitude))
    return acos(max(-1.0, min(1.0, (wake_sine - north * sine) / max(1e-6, east * cosine)))) * _MINUTES_A_RADIAN
