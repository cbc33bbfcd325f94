"""A part of a plant that is gone: found by the clearest hours, at plants of any kind; no season and no weather is."""

from pathlib import Path
from random import Random

import pytest

from heliograph.baseline import unpack_shape
from heliograph.checks.level import HourlyPeaks, LevelStep, level_step
from heliograph.checks.place import SitePlace, registered_place
from heliograph.evaluation.evaluate import evaluate
from heliograph.feed import Numbered, decode
from heliograph.reading import end_of
from heliograph.series import Point, series_of
from heliograph.site import Site
from heliograph.site_entries import parse_sites
from unit.evaluation.panels import Panels, clear_sky
from unit.evaluation.plant import DAY, HOUR, START, day_flags, decimal, evaluated, points

WEEKS = 42
YEAR = 365
SITES = Path(__file__).parents[4] / "shared" / "data" / "sites"
PLANTS = [
    Panels(52.5, 13.4),
    Panels(47.0, 8.0, 60.0, 90.0),
    Panels(40.0, -105.0, 5.0),
    Panels(-34.0, 151.0, 25.0, 0.0),
    Panels(20.0, 78.0, 15.0, 270.0),
    Panels(59.0, 18.0, 40.0),
]


def hours_of(panels: Panels, day: int, sky: Random) -> HourlyPeaks:
    """Return the hours of a day: clear on half of the days, else cloudy by the hour, or dull."""
    weather = max(0, sky.randrange(4) - 1)
    shares = [(0.96 + 0.04 * sky.random(), 0.2 + 0.85 * sky.random(), 0.1 + 0.3 * sky.random()) for _ in range(24)]
    light = [clear_sky(panels, day * DAY + hour * HOUR + HOUR // 2) for hour in range(24)]
    return HourlyPeaks(day, [light[hour] * shares[hour][weather] for hour in range(24)])


def year_of(panels: Panels, seed: int) -> list[HourlyPeaks]:
    """Return a year of a sound plant."""
    sky = Random(seed)  # noqa: S311 - weather, no secret
    return [hours_of(panels, START // DAY + day, sky) for day in range(YEAR)]


def lowered(days: list[HourlyPeaks], first: int, share: float, last: int = 10_000) -> list[HourlyPeaks]:
    """Return the days with a share left from one of them on."""
    left = [share if first <= at < last else 1.0 for at in range(len(days))]
    return [HourlyPeaks(day.day, [by * most for most in day.highest]) for day, by in zip(days, left, strict=True)]


def found(days: list[HourlyPeaks], panels: Panels, upto: int) -> LevelStep | None:
    """Return the step that is known before a day."""
    return level_step(days[max(0, upto - WEEKS) : upto], SitePlace(panels.latitude, panels.longitude))


@pytest.mark.parametrize("panels", PLANTS)
def test_no_season_and_no_weather_is_a_step(panels: Panels) -> None:
    """A year of a sound plant has none, whatever its panels' tilt and direction, north and south."""
    days = year_of(panels, 1)
    assert [day for day in range(WEEKS, YEAR, 2) if found(days, panels, day)] == []


@pytest.mark.parametrize("panels", PLANTS)
def test_a_third_less_is_found_within_two_weeks(panels: Panels) -> None:
    """In any season, but where the sun is too low; and the day since when is told within four."""
    days = year_of(panels, 2)
    for first in range(WEEKS, YEAR - 20, 40):
        gone = lowered(days, first, 0.65)
        steps = [step for day in range(first, first + 16) if (step := found(gone, panels, day))]
        assert steps or panels.latitude > 55
        assert all(abs(step.since - days[first].day) <= 4 for step in steps[-1:])


@pytest.mark.parametrize("panels", PLANTS)
def test_a_plant_s_own_weeks_say_how_it_follows_the_sun(panels: Panels) -> None:
    """So a loss of a quarter is found through most of the year, be the season as strong as the step."""
    days = year_of(panels, 2)
    firsts = range(WEEKS, YEAR - 20, 30)
    seen = [any(found(lowered(days, first, 0.77), panels, first + 6 + day) for day in (0, 6, 12)) for first in firsts]
    assert sum(seen) >= 0.6 * len(seen)


def test_a_polar_night_is_no_step() -> None:
    """At 70 degrees north the sun sinks for weeks, stays away for two months and comes back."""
    tromso = Panels(69.65, 18.96)
    days = year_of(tromso, 3)
    assert [day for day in range(WEEKS, YEAR) if found(days, tromso, day)] == []


def test_snow_and_a_stop_are_no_step() -> None:
    """What gives less than a tenth is another rule's."""
    days = lowered(year_of(PLANTS[0], 4), 100, 0.05)
    assert [day for day in range(100, 140) if found(days, PLANTS[0], day)] == []


def test_a_step_becomes_usual_and_a_repair_ends_it() -> None:
    """A step is one stretch of days: until it is three weeks old, or until the plant is whole again."""
    panels, days = PLANTS[3], year_of(PLANTS[3], 5)
    lasting = [day for day in range(90, 200) if found(lowered(days, 100, 0.6), panels, day)]
    assert lasting == list(range(lasting[0], lasting[-1] + 1))
    assert 106 <= lasting[0] <= 112
    assert 118 <= lasting[-1] <= 125
    repaired = [day for day in range(90, 200) if found(lowered(days, 100, 0.6, last=112), panels, day)]
    assert 112 <= repaired[-1] <= 120


def test_more_than_before_is_no_fault() -> None:
    """A plant that was extended is the new normal."""
    days = lowered(year_of(PLANTS[0], 6), 0, 0.5, last=100)
    assert [day for day in range(90, 200) if found(days, PLANTS[0], day)] == []


def test_an_interval_that_changes_is_no_step() -> None:
    """From readings of an hour to those of 15 minutes, each has a quarter of the energy, and as much power."""
    site = Site("plant", "solar", None, 45.0, 0.0)
    half = START + 25 * DAY
    hourly, fine = (
        [
            Point(end, decimal(100 * clear_sky(Panels(45.0, 0.0), end - minutes * 30) * minutes / 60), decimal(0.0))
            for end in range(first + minutes * 60, first + 25 * DAY + 1, minutes * 60)
        ]
        for minutes, first in ((60, START), (15, half))
    )
    days = [*evaluated(hourly, site).days.values()]
    sent = series_of(fine, site)
    result = evaluate(site, sent, days, half, sent.ends[-1])
    assert sent.minutes == 15
    assert result.days
    assert day_flags(result, "level_shift") == {}


def test_a_home_s_feed_in_has_no_level() -> None:
    """What a household leaves of a plant falls with its own needs: without a kind, a two-way meter isn't judged."""
    gone = points(45, bend=lambda end, g, c: (0.6 * g if end > START + 30 * DAY else g, 0.0 if g > 1.0 else c))
    assert day_flags(evaluated(gone, Site("plant", latitude=45.0, longitude=0.0)), "level_shift") == {}
    assert day_flags(evaluated(gone), "level_shift")


@pytest.mark.cloud  # four years of hours: `make test-cloud` has them
@pytest.mark.skipif(not SITES.exists(), reason="the real sites lie beside the checkout, and aren't there")
@pytest.mark.parametrize("name", ["almeria", "nrel_serf_east", "sydney_82kwp", "turin"])
def test_at_real_plants_a_loss_of_30_percent_is_found(name: str) -> None:
    """Ten losses at random days of a clean year: nine or more are found within four weeks, and none without a loss."""
    site = parse_sites((SITES / f"{name}.sites.json").read_bytes())[0]
    place = registered_place(site.latitude, site.longitude)
    assert place is not None
    days = _real_days(name, site)
    draw = Random(name)  # noqa: S311 - a place, no secret
    firsts = [draw.randrange(WEEKS, len(days) - 28) for _ in range(10)]
    hits = 0
    for first in firsts:
        gone = lowered(days, first, 0.7)
        hits += any(level_step(gone[day - WEEKS : day], place) for day in range(first + 1, first + 28))
    assert hits >= 9
    assert [day for day in range(WEEKS, len(days)) if level_step(days[day - WEEKS : day], place)] == []


def _real_days(name: str, site: Site) -> list[HourlyPeaks]:
    import gzip  # noqa: PLC0415 - only where there are sites

    found_all = {}
    for entry in decode(gzip.decompress((SITES / f"{name}.ndjson.gz").read_bytes()), 2**30):
        assert isinstance(entry, Numbered)
        found_all[end_of(entry.reading.timestamp)] = entry.reading.energy_generated_kwh
    sent = series_of([Point(end, found_all[end], decimal(0.0)) for end in sorted(found_all)], site)
    result = evaluate(site, sent, (), sent.ends[0], sent.ends[-1])
    shapes = [unpack_shape(day.shape) for day in result.days.values()]
    return [HourlyPeaks(shape.day, shape.highest) for shape in shapes]
