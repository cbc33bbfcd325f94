"""The input of a check over time: the readings around those it judges, their site, and the runs they form."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from math import ceil, log
from typing import Any, Final, NamedTuple, TypeVar

import msgspec

from heliograph.baseline import Baseline, Field
from heliograph.checks.flag import Limit
from heliograph.checks.held import Neighbours, last_digit, neighbours
from heliograph.checks.meter_step import step_of
from heliograph.checks.place import SitePlace, moved_by_clock, registered_place
from heliograph.checks.plausible import ENOUGH_AROUND
from heliograph.checks.sun import DAYLIGHT_SINE, NIGHT_SINE, equation_of_time, sun_sine
from heliograph.series import Series
from heliograph.site import Site

_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR
# No check looks further than this from the reading it judges.
REACH_SECONDS: Final = 23 * _HOUR

ALWAYS_GENERATES: Final = Limit(
    "least of an hour that always generates",
    0.02,
    "share of the usual most",
    "four times the night's deadband, every day",
)
STEADY_EDGES: Final = Limit(
    "change of a day's edge",
    15.0,
    "minutes from one day to the next, usually",
    "19 of 20 fits at real plants change by less, overcast days among them; where a home uses part, by 15 to 50",
)
OWN_USE: Final = Limit(
    "least consumption of a load",
    0.01,
    "share of its most",
    "what stands by in a house never ends; a two-way meter counts next to nothing while the plant feeds in",
)
BY_CHANCE: Final = Limit(
    "chance of a false flag",
    1e-9,
    "probability",
    "a 5-minute site has 1e5 readings a year: so that coarse meters, which repeat by chance, raise one false flag in "
    "10,000 years",
)

FIELDS: Final[tuple[Field, Field]] = ("generated", "consumed")

T = TypeVar("T")


def neighbours_of(series: Series) -> dict[Field, Neighbours]:
    """Return what the values of a series show beside each other."""
    return {"generated": neighbours(series.generated), "consumed": neighbours(series.consumed)}


class SeriesFacts:
    """What checks find in a whole series, found once for all views of it."""

    def __init__(self, series: Series) -> None:
        """Find nothing yet."""
        self._series = series
        self._found: dict[Callable[..., Any], Any] = {}

    def of(self, find: Callable[[Series], T]) -> T:
        """Return what a function of the whole series finds."""
        if find not in self._found:
            self._found[find] = find(self._series)
        found: T = self._found[find]
        return found

    def by_neighbours(self, find: Callable[[Series, dict[Field, Neighbours]], T]) -> T:
        """Return what a function finds in the whole series and in what its values show beside each other."""
        if find not in self._found:
            self._found[find] = find(self._series, self.of(neighbours_of))
        found: T = self._found[find]
        return found


class View(msgspec.Struct, gc=False):
    """One stretch of a site's readings, all in one local day.

    first, after: the positions of the readings to judge, `first` to before `after`; the others are context.
    baseline: what was known of the site before this day. facts: what was found in the whole series.
    fields: the sides that are measured: no check of values looks at another.
    """

    site: Site
    series: Series
    facts: SeriesFacts
    baseline: Baseline
    first: int
    after: int
    fields: tuple[Field, ...] = FIELDS

    @property
    def full(self) -> float | None:
        """The site's most generation in an interval, kWh: by its nameplate, else by the baseline; None if unknown."""
        nameplate = self.site.full_kw
        if nameplate is not None:
            return nameplate * self.series.minutes / 60
        return self.baseline.full if self.baseline.known and self.baseline.full > 0 else None

    @property
    def reach(self) -> int:
        """How many intervals a check may look to either side."""
        return REACH_SECONDS // self.series.seconds

    @property
    def place(self) -> SitePlace | None:
        """Where the site lies: as registered, else as its own days tell, else None.

        Where a registered solar site's clock is off by the same all the time, it is the place that its stamps speak of.
        """
        registered = registered_place(self.site.latitude, self.site.longitude)
        if registered is None:
            return self.baseline.place
        return moved_by_clock(registered, self.baseline.noon) if self.site.kind == "solar" else registered

    @property
    def is_placed(self) -> bool:
        """Return whether the registry says that the site is solar, and where."""
        return self.site.kind == "solar" and self.site.latitude is not None and self.site.longitude is not None

    @property
    def by_sun(self) -> bool:
        """Return whether the sun tells when this site can generate; one of unknown kind has to show it."""
        if self.site.kind == "solar":
            return self.place is not None
        return self.site.kind is None and self.baseline.place is not None

    @property
    def may_be_solar(self) -> bool:
        """Return whether nothing says that the site isn't solar, neither its registry entry nor its own days."""
        if self.site.kind is None:
            return not self.baseline.known or self.baseline.noon >= 0
        return self.site.traits.by_sun is True

    @property
    def may_feed_in(self) -> bool:
        """Return whether its generation may be what a home leaves of it: kind unknown, and it consumes, too.

        Then nothing generated says nothing of the plant.
        """
        return self.site.kind is None and self.baseline.known and self.baseline.top > 0

    @property
    def shows_plant(self) -> bool:
        """Return whether its generation is all that a solar plant gives, and not what a home leaves of it.

        Where the kind is unknown its days have to show it: what is consumed never falls to nothing while the plant
        would feed in; or, where no consumption is known, the edges of its days are the sun's, day by day.
        """
        if self.site.kind is not None:
            return self.site.kind == "solar"
        base = self.baseline
        if base.top > 0:
            return self.by_sun and base.low >= OWN_USE.value * base.top
        return self.by_sun and 0 <= base.unsteady <= STEADY_EDGES.value

    @property
    def with_context(self) -> tuple[int, int]:
        """The positions that a check may look at: the first, and the one behind the last."""
        return max(0, self.first - self.reach), min(len(self.series), self.after + self.reach)

    def values(self, field: Field) -> list[float]:
        """Return the energies of a field, kWh."""
        return self.series.generated if field == "generated" else self.series.consumed

    def most(self, field: Field) -> float | None:
        """Return the site's most of a field in an interval, kWh: `full`, or the usual most consumed; None unknown.

        What a home feeds in for weeks with little sun, or with its heating on, tells nothing of its plant. Plants are
        of the order of the load that they are built for.
        """
        top = self.baseline.top if self.baseline.known and self.baseline.top > 0 else None
        if field == "consumed":
            return top
        return max(self.full or 0.0, top or 0.0) if self.may_feed_in and self.site.full_kw is None else self.full

    def step(self, field: Field) -> float:
        """Return the step of the meter of a field, kWh: the registry's, else the learned one; 0.0 where it is fine.

        Readings can't differ by less, and a margin that is narrower finds only the meter's own counts.
        """
        registered = self.site.meter_step_kwh
        if registered is not None:
            return registered
        if self.baseline.days:
            return self.baseline.step[field == "consumed"]
        return self.facts.of(_steps)[field]

    def counted_in(self, field: Field) -> float:
        """Return what the values of a field are counted in, kWh: the meter's step, or the last digit that is sent."""
        return max(self.step(field), self.facts.of(last_digits)[field])

    def follows(self, position: int) -> bool:
        """Return whether the reading before this one is of the interval before."""
        return follows(self.series, position)

    def around(self, values: list[float], position: int) -> float:
        """Return the second highest of the values within reach of a position's own hour; 0.0 where there are too few.

        It goes by the hour, so that it doesn't depend on where the series begins.
        """
        begin, after = self.hours_around(position)
        near = sorted(values[begin:after])
        return near[-2] if len(near) >= ENOUGH_AROUND.value else 0.0

    def hours_around(self, position: int) -> tuple[int, int]:
        """Return the positions within reach of a position's own hour: the first, and the one behind the last."""
        hour = self.series.ends[position] // _HOUR * _HOUR
        begin = bisect_left(self.series.ends, hour - REACH_SECONDS + _HOUR)
        return begin, bisect_right(self.series.ends, hour + REACH_SECONDS)

    def full_around(self, position: int) -> float:
        """Return the most generation, kWh: as `full`, else the second most of the readings around `position`."""
        return self.full or self.around(self.series.generated, position)

    def hour(self, position: int) -> int:
        """Return the UTC hour that the middle of the interval lies in."""
        return self.hour_of(self.series.ends[position])

    def hour_of(self, end: int) -> int:
        """Return the UTC hour that the middle of the interval ending at `end` lies in."""
        return (end - self.series.seconds // 2) % _DAY // _HOUR

    def dial(self, position: int) -> int:
        """Return the middle of the interval by a sundial at longitude 0, seconds of the day."""
        end = self.series.ends[position]
        return int(end - self.series.seconds // 2 + equation_of_time(end // _HOUR * _HOUR) * 60) % _DAY

    def highest_sun(self, position: int) -> float:
        """Return the sine of the sun's highest elevation in the interval, hour by hour; asked only where `by_sun`.

        At a place that is fitted, the interval is as much longer at both ends as that isn't sure.
        """
        place = self.place
        if place is None:
            return 0.0
        unsure = place.unsure_seconds
        end = self.series.ends[position]
        start = end - self.series.seconds - unsure
        moments = (*range(end + unsure, start, -_HOUR), start)
        return max([sun_sine(moment, place.latitude, place.longitude) for moment in moments])

    def dark(self, position: int) -> bool:
        """Return whether the site can't generate in the interval, by the sun or by the baseline; False if unknown."""
        if self.by_sun:
            return self.highest_sun(position) < NIGHT_SINE
        return self.baseline.known and self.baseline.full > 0 and self.baseline.dark[self.hour(position)]

    def bright(self, position: int) -> bool:
        """Return whether the site generates then in any weather, by the sun or by the baseline; False where unknown."""
        return bool(self.bright_of((position,)))

    def bright_of(self, positions: Iterable[int]) -> list[int]:
        """Return those of the positions at which the site generates in any weather; see `bright`.

        What a site of unknown kind generates may be what its consumption leaves: only its own least tells.
        """
        ends, half = self.series.ends, self.series.seconds // 2
        place = self.place
        if place is not None and self.site.kind == "solar":
            north, east, unsure = place.latitude, place.longitude, place.unsure_seconds
            middles = [(each, ends[each] - half) for each in positions]
            if not unsure:
                return [each for each, middle in middles if sun_sine(middle, north, east) > DAYLIGHT_SINE]
            return [
                each
                for each, middle in middles
                if sun_sine(middle - unsure, north, east) > DAYLIGHT_SINE < sun_sine(middle + unsure, north, east)
            ]
        if not self.baseline.known or not self.may_be_solar:
            return []
        least = ALWAYS_GENERATES.value * self.baseline.full
        return [each for each in positions if self.baseline.floor[self.hour(each)] > least]

    def sun(self, moment: int) -> float:
        """Return the sine of the sun's elevation at a moment, seconds since 1970; asked only where `by_sun`."""
        place = self.place
        return sun_sine(moment, place.latitude, place.longitude) if place else 0.0


def _steps(series: Series) -> dict[Field, float]:
    """Return the steps that a series shows at first: for the first day of a site, which has no baseline yet."""
    after = bisect_right(series.ends, series.ends[0] + 2 * _DAY)
    return {
        "generated": max(0.0, step_of(series.generated[:after])),
        "consumed": max(0.0, step_of(series.consumed[:after])),
    }


def last_digits(series: Series) -> dict[Field, float]:
    """Return the worth of the last digit of a series' values, kWh."""
    return {"generated": last_digit(series.generated), "consumed": last_digit(series.consumed)}


class Run(NamedTuple):
    """Readings that follow each other without a gap and share something: positions `first` to before `after`."""

    first: int
    after: int

    def __len__(self) -> int:
        """Return the number of readings."""
        return self.after - self.first


def runs_of(positions: Iterable[int], series: Series) -> Iterator[Run]:
    """Join positions, ascending, into runs without a gap in time."""
    first = last = -2
    for position in positions:
        if position != last + 1 or not follows(series, position):
            if last >= 0:
                yield Run(first, last + 1)
            first = position
        last = position
    if last >= 0:
        yield Run(first, last + 1)


def follows(series: Series, position: int) -> bool:
    """Return whether the reading before this one is of the interval before."""
    return position > 0 and series.ends[position] - series.ends[position - 1] <= 1.5 * series.seconds


def judged(run: Run, view: View) -> range:
    """Return the positions of the run that the view is to judge."""
    return range(max(run.first, view.first), min(run.after, view.after))


def minutes_of(run: Run, view: View) -> int:
    """Return how long the run lasts, minutes."""
    return len(run) * view.series.minutes


def length(run: Run, view: View) -> int:
    """Return the run's number of readings, no more than what every reading of it can see."""
    return min(len(run), view.reach)


def beyond_chance(likely: float) -> int:
    """Return how many times in a row something as `likely` as this doesn't happen by chance."""
    return ceil(log(BY_CHANCE.value) / log(min(likely, 0.9999))) if likely > 0 else 1
