"""The place that a site's own days tell, and the edges of these days."""

from functools import partial
from math import acos, cos, pi, radians, sin
from random import Random

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from heliograph.baseline import Baseline, DayShape, unpack_shape
from heliograph.checks.place import SitePlace, SunDay, fit_place
from heliograph.checks.sun import equation_of_time, noon_sine, sun_sine
from heliograph.checks.view import SeriesFacts, View
from heliograph.evaluation.edges import Edges, edges_of
from heliograph.evaluation.fitting import fit
from heliograph.site import Site
from unit.evaluation.plant import DAY, HOUR, points, series

# 2026-01-01, days since 1970.
NEW_YEAR = 20_454
MINUTE = 60
# A day of quarter hours, of which nothing is known but what a test adds.
BARE_DAY = partial(DayShape, peak=1.0, top=0.0, low=0.0, pairs=(0, 0), repeats=(0, 0), middle=-1, minutes=15)


def half_day(latitude: float, day: int, elevation: float = 0.0) -> float | None:
    """Return how long before noon the sun stands so high, minutes; None on days when it never crosses that height."""
    declination = noon_sine(day * DAY + DAY // 2, 90.0)
    north = radians(latitude)
    rest = sin(radians(elevation)) - sin(north) * declination
    cosine = rest / (cos(north) * (1 - declination**2) ** 0.5)
    return acos(cosine) * 720 / pi if abs(cosine) < 1 else None


def sun_days(where: tuple[float, float], days: range, seed: int, wakes_at: float = 4.0) -> list[SunDay]:
    """Return the days of a plant under clouds, which shorten them; a tenth are missing, a tenth cut by faults."""
    latitude, longitude = where
    draw = Random(seed)  # noqa: S311 - weather, no secret
    found = []
    for day in days:
        half = half_day(latitude, day, wakes_at)
        if half is None or draw.random() < 0.1:
            continue
        late, early = (abs(draw.gauss(0, 6)) + (draw.random() < 0.1) * draw.uniform(0, 120) for _ in "ab")
        rise, fall = (720 - longitude * 4 - half + late, 720 - longitude * 4 + half - early)
        found.append(SunDay(day, int(rise * MINUTE) % DAY, int(fall * MINUTE) % DAY))
    return found


@given(
    where=st.tuples(st.floats(-65, 65), st.floats(-180, 180)),
    first=st.integers(0, 364),
    days=st.integers(28, 42),
    wakes_at=st.floats(2, 6),
    minutes=st.sampled_from([5, 15, 30, 60]),
)
def test_a_place_is_within_what_it_says_to_be_sure_of(
    where: tuple[float, float], first: int, days: int, wakes_at: float, minutes: int
) -> None:
    """Anywhere, in any season, under clouds and with days missing: noon and sunrise of next week are no further off."""
    seen = range(NEW_YEAR + first, NEW_YEAR + first + days)
    truth = half_day(where[0], seen[-1] + 7)
    assume(truth is not None)
    place = fit_place(sun_days(where, seen, first * days, wakes_at), minutes)
    if place is not None and truth is not None:
        fitted = half_day(place.latitude, seen[-1] + 7)
        east = (place.longitude - where[1] + 180) % 360 - 180
        assert abs(east) * 4 <= place.sure_minutes
        assert fitted is not None
        assert abs(fitted - truth) <= place.sure_minutes


@pytest.mark.parametrize("latitude", [-55.0, -34.0, 20.0, 48.0, 60.0])
def test_around_an_equinox_the_change_of_the_days_tells_the_latitude(latitude: float) -> None:
    """Six weeks of autumn or spring are enough, north and south, whatever height output begins at."""
    place = fit_place(sun_days((latitude, 30.0), range(NEW_YEAR + 60, NEW_YEAR + 102), 7), 15)
    assert place is not None
    assert abs(place.latitude - latitude) <= 6
    assert abs(place.longitude - 30.0) <= 1.5


def test_in_the_tropics_the_longitude_is_sure_where_the_latitude_isn_t() -> None:
    """Days there are alike all year; noon still tells how far east a site lies."""
    place = fit_place(sun_days((2.0, 103.8), range(NEW_YEAR + 160, NEW_YEAR + 202), 3), 15)
    assert place is not None
    assert abs(place.longitude - 103.8) <= 1.5
    assert abs(place.latitude - 2.0) <= 20


def test_output_that_goes_by_no_sun_has_no_place() -> None:
    """Gusts come at any hour, a battery's evening is too short for a day, and ten days are the fewest."""
    draw = Random(5)  # noqa: S311 - gusts, no secret
    gusts = [SunDay(NEW_YEAR + day, draw.randrange(DAY), draw.randrange(DAY)) for day in range(42)]
    evenings = [SunDay(NEW_YEAR + day, 17 * HOUR, 21 * HOUR) for day in range(42)]
    assert fit_place(gusts, 15) is None
    assert fit_place(evenings, 15) is None
    assert fit_place(sun_days((48.0, 11.0), range(NEW_YEAR + 60, NEW_YEAR + 68), 1), 15) is None


def test_a_clock_s_constant_offset_is_part_of_the_longitude() -> None:
    """A site whose stamps are two hours late has the sun two hours late: 30 degrees further west."""
    late = [
        SunDay(day.day, (day.rise + 2 * HOUR) % DAY, (day.fall + 2 * HOUR) % DAY)
        for day in sun_days((48.0, 11.0), range(NEW_YEAR + 60, NEW_YEAR + 102), 1)
    ]
    place = fit_place(late, 15)
    assert place is not None
    assert abs(place.longitude - (11.0 - 30.0)) <= 1.5


def a_day(where: tuple[float, float], day: int, minutes: int, sky: float = 1.0) -> tuple[list[int], list[float]]:
    """Return a UTC day of a plant: ENDs, and kWh."""
    ends = list(range(day * DAY + minutes * MINUTE, (day + 1) * DAY + 1, minutes * MINUTE))
    fine = [[max(0.0, sun_sine(end - back * 5 * MINUTE, *where)) for back in range(minutes // 5)] for end in ends]
    return ends, [sky * sum(parts) / 12 for parts in fine]


def edges(ends: list[int], generated: list[float]) -> Edges:
    """Work out a day's edges."""
    return edges_of(ends, generated, ends[1] - ends[0], sorted(generated)[-2])


@pytest.mark.parametrize("minutes", [5, 15, 30, 60])
@pytest.mark.parametrize("where", [(48.0, 11.0), (-34.0, 151.0), (40.0, -105.0), (-15.0, -172.0)])
def test_a_day_s_edges_are_sunrise_and_sunset(where: tuple[float, float], minutes: int) -> None:
    """Output rises and falls within minutes of the sun, at any interval, wherever UTC's midnight cuts the day."""
    day = NEW_YEAR + 100
    found = edges(*a_day(where, day, minutes))
    half = half_day(where[0], day)
    assert half is not None
    noon = (720 - where[1] * 4) * MINUTE
    for seen, true in ((found.rise, noon - half * MINUTE), (found.fall, noon + half * MINUTE)):
        assert abs((seen - true + DAY / 2) % DAY - DAY / 2) <= (10 + minutes / 4) * MINUTE
    assert found.wakes == found.sleeps == -1, "its logger sends all night"


def test_clouds_and_single_counts_at_night_move_no_edge() -> None:
    """An overcast day begins and ends when a clear one does; a count at two in the morning is no sunrise."""
    clear, dull = (edges(*a_day((48.0, 11.0), NEW_YEAR + 100, 15, sky)) for sky in (1.0, 0.1))
    assert abs(clear.rise - dull.rise) <= MINUTE
    ends, generated = a_day((48.0, 11.0), NEW_YEAR + 100, 15)
    generated[8] = 0.1
    counted = edges(ends, generated)
    assert counted[:5] == clear[:5]
    assert (counted.night, clear.night) == (0.1, 0.0)


def test_a_pause_at_night_has_its_edges() -> None:
    """A logger that sends by day only wakes with its first interval's begin and sleeps with its last one's end."""
    ends, generated = a_day((48.0, 11.0), NEW_YEAR + 100, 15)
    kept = [(end, value) for end, value in zip(ends, generated, strict=True) if 5 * HOUR < end % DAY <= 18 * HOUR]
    found = edges([end for end, _ in kept], [value for _, value in kept])
    ahead = equation_of_time(kept[0][0]) * MINUTE
    assert abs(found.wakes - (5 * HOUR + ahead)) <= MINUTE
    assert abs(found.sleeps - (18 * HOUR + ahead)) <= MINUTE


def test_an_outage_by_day_is_no_sleep() -> None:
    """A pause around noon has no edges, though it is the longest of the day; one around the night has."""
    ends, generated = a_day((48.0, 11.0), NEW_YEAR + 100, 15)
    kept = [(end, value) for end, value in zip(ends, generated, strict=True) if not 8 * HOUR < end % DAY <= 14 * HOUR]
    assert edges([end for end, _ in kept], [value for _, value in kept])[3:5] == (-1, -1)


def test_what_never_rests_has_no_edges() -> None:
    """A turbine in a steady wind, and a day of nothing."""
    ends = a_day((48.0, 11.0), NEW_YEAR, 15)[0]
    assert edges(ends, [1.0] * len(ends))[1:3] == (-1, -1)
    assert edges(ends, [0.0] * len(ends))[1:3] == (-1, -1)
    assert edges_of([], [], 900, 0.0)[1:5] == (-1, -1, -1, -1)


def test_the_registered_place_counts_before_the_fitted_one() -> None:
    """A view goes by the registry; a fitted place is for what that lacks."""
    readings = series(points(1))
    learned = Baseline(days=20, place=SitePlace(10.0, 20.0, 30.0))
    registered = Site("plant", "solar", latitude=45.0, longitude=0.0)
    for site, expected in ((registered, SitePlace(45.0, 0.0)), (Site("plant", "solar"), learned.place)):
        assert View(site, readings, SeriesFacts(readings), learned, 0, len(readings)).place == expected


def test_a_clock_that_is_always_off_moves_the_sun_with_it() -> None:
    """At a registered place the sun stands as the stamps say: two hours are 30 degrees; 40 minutes may be hills."""
    readings = series(points(1))
    registered = Site("plant", "solar", latitude=45.0, longitude=0.0)
    for noon, longitude in ((14 * HOUR, -30.0), (12 * HOUR + 40 * MINUTE, 0.0), (-1, 0.0)):
        view = View(registered, readings, SeriesFacts(readings), Baseline(days=20, noon=noon), 0, len(readings))
        assert view.place is not None
        assert (view.place.latitude, view.place.longitude) == (45.0, longitude)


def test_a_place_is_fitted_only_where_it_is_asked_for() -> None:
    """Neither a turbine's days nor those of a registered solar site are fitted; those of an unknown kind have to be."""
    shapes = [
        BARE_DAY(highest=[0.0] * 24, lowest=[0.0] * 24, day=each.day, rise=each.rise, fall=each.fall)
        for each in sun_days((48.0, 11.0), range(NEW_YEAR + 60, NEW_YEAR + 102), 1)
    ]
    here = Site("s", latitude=48.0, longitude=11.0)
    assert fit(shapes, Site("s", "solar")).place is not None
    assert fit(shapes, here).place is not None
    assert fit(shapes, msgspec.structs.replace(here, kind="solar")).place is None
    assert fit(shapes, Site("s", "wind")).place is None


def test_output_that_goes_on_through_many_nights_has_no_place() -> None:
    """A turbine of unknown kind has days that look like the sun's, and as many that don't rest at all."""
    days = sun_days((48.0, 11.0), range(NEW_YEAR + 60, NEW_YEAR + 102), 1)
    for rests, is_placed in ((6, True), (2, False)):
        shapes = [
            BARE_DAY(highest=[0.0] * 24, lowest=[0.0] * 24, day=each.day, rise=each.rise, fall=each.fall)
            if position % rests
            else BARE_DAY(highest=[0.0] * 24, lowest=[0.0] * 24, day=each.day)
            for position, each in enumerate(days)
        ]
        assert (fit(shapes, Site("s")).place is not None) == is_placed


def test_a_few_outages_make_no_sleeper() -> None:
    """A logger that has sent in every hour of most days sends all night; four pauses until noon don't change that."""
    days = sun_days((48.0, 11.0), range(NEW_YEAR + 60, NEW_YEAR + 107), 1)
    for by_night, pauses in ((0.0, False), (-1.0, True)):
        highest = [by_night] * 4 + [0.5] * 20
        shapes = [
            BARE_DAY(highest=highest, lowest=highest, day=each.day, wakes=12 * HOUR if at % 10 == 0 else -1)
            for at, each in enumerate(days)
        ]
        assert fit(shapes, Site("s", "solar", latitude=48.0, longitude=11.0)).pauses is pauses


def test_what_was_packed_before_there_were_edges_is_read() -> None:
    """A shape that ends earlier has none."""
    shape = unpack_shape(msgspec.msgpack.encode([1.0, 2.0, 0.5, [3, 4], [0, 1], 43_200, [0.0] * 24, [0.0] * 24]))
    assert (shape.rise, shape.fall, shape.wakes, shape.sleeps) == (-1, -1, -1, -1)
