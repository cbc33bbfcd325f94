"""A clock that is always off, at a plant whose place is registered: told once, with its cause, and never of panels."""

import msgspec
import pytest
from msgspec.structs import replace

from heliograph.baseline import Baseline, unpack_shape
from heliograph.checks.flag import Flag
from heliograph.checks.place import SitePlace, SunDay, clock_offset
from heliograph.checks.time_shift import TIME_SHIFT
from heliograph.checks.view import SeriesFacts, View
from heliograph.checks.whole_day import WholeDay
from heliograph.evaluation.edges import edges_of
from heliograph.evaluation.evaluate import evaluate
from heliograph.evaluation.model import CONTEXT_SECONDS
from heliograph.incidents.detection import EpisodeRules, RuleObservations, episodes
from heliograph.series import Point, Series, series_of
from heliograph.site import Site
from unit.evaluation.panels import MINUTE, Panels, generated
from unit.evaluation.plant import DAY, HOUR, START, at, day_flags, decimal, evaluated, flagged, points, series

WEEKS = 42


def days_of(panels: Panels, minutes: int, late: int = 0, first: int = START // DAY) -> list[SunDay]:
    """Return six weeks of a plant's days. late: how much later its stamps are, minutes. first: days since 1970."""
    found = []
    for day in range(first, first + WEEKS):
        ends = list(range(day * DAY + minutes * MINUTE, (day + 1) * DAY + 1, minutes * MINUTE))
        values = [generated(panels, end - late * MINUTE, minutes) for end in ends]
        edges = edges_of(ends, values, minutes * MINUTE, sorted(values)[-2])
        if edges.rise >= 0:
            found.append(SunDay(edges.day, edges.rise, edges.fall))
    return found


@pytest.mark.parametrize("minutes", [5, 15, 60])
@pytest.mark.parametrize("season", [0, 91, 182])
@pytest.mark.parametrize("azimuth", [90.0, 180.0, 270.0])
@pytest.mark.parametrize("where", [(52.5, 13.4), (-34.0, 151.0), (40.0, -105.0), (20.0, 78.0)])
def test_panels_that_look_east_or_west_are_no_clock(
    where: tuple[float, float], azimuth: float, season: int, minutes: int
) -> None:
    """Steep panels of any direction, in any season, at a place registered three degrees off: the clock is right."""
    days = days_of(Panels(*where, 60.0, azimuth), minutes, first=START // DAY + season)
    for off in (-3.0, 0.0, 3.0):
        assert clock_offset(days, SitePlace(where[0] + off, where[1] + off)) == 0


@pytest.mark.parametrize("minutes", [5, 15, 60])
@pytest.mark.parametrize("where", [(52.5, 13.4), (-34.0, 151.0), (40.0, -105.0)])
@pytest.mark.parametrize("late", [-300, -120, -60, 60, 120, 600])
def test_an_offset_is_told_in_minutes(where: tuple[float, float], late: int, minutes: int) -> None:
    """A clock that is off by one to ten hours is so much off, north and south, by 5 minutes as by the hour."""
    found = clock_offset(days_of(Panels(*where), minutes, late), SitePlace(*where))
    assert abs(found - late) <= 15


def test_shade_in_the_morning_is_no_clock() -> None:
    """Three hours without output after each sunrise move noon by one and a half, and shorten the day as much."""
    days = days_of(Panels(48.0, 11.0), 15)
    shaded = [SunDay(day.day, (day.rise + 3 * HOUR) % DAY, day.fall) for day in days]
    assert clock_offset(shaded, SitePlace(48.0, 11.0)) == 0


def test_a_clock_that_was_set_right_is_right_within_days() -> None:
    """The weeks before still say two hours; most of the last seven days don't."""
    late, right = (days_of(Panels(48.0, 11.0), 15, minutes) for minutes in (120, 0))
    place = SitePlace(48.0, 11.0)
    assert clock_offset([*late[:39], *right[39:]], place) in range(105, 136)
    assert clock_offset([*late[:37], *right[37:]], place) == 0


BERLIN = Site("plant", "solar", 1.0, 52.5, 13.4, "Europe/Berlin")
SOUTH = Panels(52.5, 13.4)


def told(minutes: int, late: int, right_from: int = 99, site: Site = BERLIN) -> dict[str, Flag]:
    """Return what is told of the clock of a plant in June and July, by day. right_from: the day it is set right."""
    result = evaluate(*_evaluation(minutes, late, right_from, site))
    return day_flags(result, "time_shift")


def _evaluation(minutes: int, late: int, right_from: int, site: Site) -> tuple[Site, Series, tuple[()], int, int]:
    ends = range(START + minutes * MINUTE, START + 60 * DAY + 1, minutes * MINUTE)
    stamps = [end + (late * MINUTE if end <= START + right_from * DAY else 0) for end in ends]
    values = [generated(SOUTH, end, minutes) * minutes / 60 for end in ends]
    found = dict(zip(stamps, values, strict=True))
    sent = series_of([Point(end, decimal(found[end]), decimal(0.0)) for end in sorted(found)], site)
    return site, sent, (), sent.ends[0] - CONTEXT_SECONDS, sent.ends[-1]


@pytest.mark.parametrize(
    ("minutes", "late", "severity", "cause"),
    [
        (60, -60, "info", "stamped with their begin"),
        (15, 120, "warning", "local time is sent as UTC"),
        (15, -120, "warning", "UTC is taken for local time"),
        (15, 60, "info", "summer time"),
        (15, 240, "warning", "check the logger's clock"),
    ],
)
def test_the_cause_is_told(minutes: int, late: int, severity: str, cause: str) -> None:
    """A usual cause is named: one interval, the zone's offset either way, summer time; else the clock is to be seen."""
    flags = told(minutes, late)
    assert flags
    assert {flag.severity for flag in flags.values()} == {severity}
    assert all(cause in flag.message for flag in flags.values())


@pytest.mark.parametrize("site", [Site("plant", "solar", 1.0), Site("plant", "wind", 1.0, 52.5, 13.4)])
def test_without_a_registered_place_no_offset_is_told(site: Site) -> None:
    """The site's own days can't tell an offset from a longitude; nor does a turbine go by the sun."""
    assert told(60, 120, site=site) == {}


def test_it_is_one_incident_that_ends_when_the_clock_is_right() -> None:
    """Two hours late are one incident from the third week on; set right on the 45th day, it closes within a week."""
    site, sent, before, judge_from, now = _evaluation(15, 120, 45, BERLIN)
    result = evaluate(site, sent, before, judge_from, now)
    found = episodes(RuleObservations(result, {}, now).of("time_shift", "day"), EpisodeRules())
    assert len(found) == 1
    assert START + 14 * DAY <= found[0].onset <= START + 16 * DAY
    assert found[0].recovery is not None
    assert START + 45 * DAY < found[0].recovery <= START + 53 * DAY


HOME = Site("home")
MOVED = 2 * HOUR


def moved_days(site: Site, known: Baseline, moves: list[int], shorter: list[int]) -> Flag | None:
    """Return what is told on the last of some days. moves: of their noon; shorter: their half length, seconds."""
    middles, halves = [12 * HOUR + move for move in moves], [6 * HOUR - by for by in shorter]
    known = msgspec.structs.replace(known, middle=12 * HOUR, half=6 * HOUR, middles=middles[:-1], halves=halves[:-1])
    readings = series(points(1))
    view = View(site, readings, SeriesFacts(readings), known, 0, len(readings))
    today = unpack_shape(evaluated(points(1)).days["2026-06-01"].shape)
    rise, fall = middles[-1] - halves[-1], middles[-1] + halves[-1]
    shape = msgspec.structs.replace(today, middle=middles[-1], rise=rise, fall=fall)
    assert TIME_SHIFT.on_day is not None
    return TIME_SHIFT.on_day(WholeDay(view, shape, START, START + DAY, 24, clocks_changed=False))


@pytest.mark.parametrize(
    ("of_home", "is_told"),
    [
        ({"unsteady": 8, "top": 2.0, "low": 0.1}, True),  # a plant, and a load beside it that never ends
        ({"unsteady": 8}, True),  # a plant alone
        ({"unsteady": 8, "top": 2.0, "low": 0.005}, False),  # a two-way meter: nothing is drawn while it feeds in
        ({"unsteady": 30}, False),  # its edges are the household's
        ({"unsteady": 30, "top": 2.0, "low": 0.1}, True),  # cloudy mornings
        ({"unsteady": -1}, False),
    ],
)
def test_a_home_s_feed_in_tells_no_clock(of_home: dict[str, float], is_told: bool) -> None:  # noqa: FBT001
    """Of a site of unknown kind, only what shows the sun's edges day by day is judged: not what a household leaves."""
    known = Baseline(days=30, noon=12 * HOUR, place=SitePlace(48.0, 0.0, 30.0), **of_home)  # type: ignore[arg-type]
    assert (moved_days(HOME, known, [MOVED] * 3, [0] * 3) is not None) == is_told


def test_a_plant_whose_edges_wander_tells_no_clock() -> None:
    """Where an edge usually changes by as much as the least shift from day to day, three alike are chance."""
    for unsteady, is_told in ((30, True), (50, False)):
        known = Baseline(days=30, unsteady=unsteady)
        assert (moved_days(Site("plant", "solar"), known, [MOVED] * 3, [0] * 3) is not None) == is_told


def test_a_meter_whose_counts_hide_dawn_tells_no_clock() -> None:
    """A count of a tenth of an hour's most takes longer to come than the least shift."""
    for step, is_told in ((0.05, True), (0.1, False)):
        known = Baseline(days=30, full=1.0, step=(step, 0.0))
        assert (moved_days(Site("plant", "solar"), known, [MOVED] * 3, [0] * 3) is not None) == is_told


def test_clouds_between_neither_tell_nor_end_it() -> None:
    """Three moved days among cloudy ones are told, on a cloudy one too; a clear day that lies right ends it."""
    plant, known = Site("plant", "solar"), Baseline(days=30)
    clouds = (-HOUR, 3 * HOUR)
    moves, shorter = zip((MOVED, 0), clouds, (MOVED, 0), clouds, (MOVED + 600, 0), clouds, strict=True)
    assert moved_days(plant, known, list(moves), list(shorter)) is not None
    assert moved_days(plant, known, [*moves, 0], [*shorter, 0]) is None
    assert moved_days(plant, known, [*moves[:4], 0, MOVED], [*shorter[:4], 0, 0]) is None
    is_over = (15 * MINUTE, 30 * MINUTE)  # under clouds, but no clouds hide two hours
    assert moved_days(plant, known, [*moves, is_over[0]], [*shorter, is_over[1]]) is None


def late_plant(first: int, last: int, days: int) -> dict[str, Flag]:
    """Return what is told of a plant's clock that is two hours late on some days."""
    late = [
        replace(point, end=point.end + 2 * HOUR) if at(first, 0) < point.end <= at(last, 0) else point
        for point in points(days)
    ]
    unique = {point.end: point for point in late}
    seen = evaluated([unique[end] for end in sorted(unique)], Site("plant", "solar", 100.0))
    assert not [end for end in flagged(seen, "night_generation") if end > at(last + 1, 0)]
    return day_flags(seen, "time_shift")


def test_a_clock_that_is_set_right_teaches_nothing() -> None:
    """Ten days of it are told from the third on; once it is right, neither its way back nor the dark are told."""
    told_on = sorted(late_plant(30, 40, 75))
    assert told_on[0] <= "2026-07-04"
    assert told_on[-1] <= "2026-07-11"
    assert len(told_on) >= 7


def test_a_clock_that_stays_so_becomes_the_sites_own() -> None:
    """Within six weeks it is told no more."""
    told_on = sorted(late_plant(30, 100, 100))
    assert "2026-07-04" in told_on
    assert told_on[-1] < "2026-08-15"
