"""Loggers that sleep at night: quiet in every season and hemisphere, and every daylight that is lost is told."""

from collections.abc import Callable, Iterable

import pytest
from msgspec.structs import replace

from fakes.sides import there
from heliograph.checks.energy import NIGHT_GENERATION
from heliograph.checks.sun import sun_sine
from heliograph.evaluation.model import EvaluationResult
from heliograph.incidents.detection import EpisodeRules, RuleObservations, episodes
from heliograph.reading import text_of
from heliograph.series import Point, delay_of
from heliograph.site import Site
from unit.evaluation.plant import DAY, HOUR, day_flags, decimal, evaluated, flagged, hashed

BERLIN = (52.5, 13.4)
SYDNEY = (-33.9, 151.2)
# 2026-01-01 and 2026-09-01, UTC.
WINTER, AUTUMN = 1_767_225_600, 1_788_220_800
KW = 8.0

Keep = Callable[[int], bool]


def always(_end: int) -> bool:
    """Keep every reading."""
    return True


def sleeper(  # noqa: PLR0913 - one plant
    where: tuple[float, float], start: int, days: int, minutes: int = 30, *, keep: Keep = always, wakes: float = 0.05
) -> list[Point]:
    """Return the readings of a plant that sends while the sun is up; under heavy clouds it wakes later.

    keep: of an END, whether that reading comes. wakes: sine of the sun from which it sends.
    """
    found = []
    for end in range(start + minutes * 60, start + days * DAY + 1, minutes * 60):
        sine = min(sun_sine(end, *where), sun_sine(end - minutes * 60, *where))
        clouds = hashed(end // (12 * HOUR))
        if sine > wakes + 0.04 * clouds and keep(end):
            most = KW * minutes / 60
            sky = 1 - 0.8 * clouds + 0.05 * hashed(end)
            found.append(Point(end, decimal(most * sine * sky), decimal(0.0)))
    return found


def site(where: tuple[float, float], knowledge: str) -> Site:
    """Return a registry entry: `whole`, without a `place`, or `bare`."""
    if knowledge == "bare":
        return Site("s")
    latitude, longitude = where if knowledge == "whole" else (None, None)
    return Site("s", "solar", KW, latitude, longitude, None, 30)


def silences(result: EvaluationResult) -> list[int]:
    """Return the ENDs behind gaps."""
    return flagged(result, "gap")


def between(*stretches: tuple[int, int]) -> Keep:
    """Return what keeps the readings outside of some stretches, seconds since 1970."""
    return lambda end: not any(first < end <= last for first, last in stretches)


@pytest.mark.parametrize("knowledge", ["whole", "place", "bare"])
@pytest.mark.parametrize(("where", "start"), [(BERLIN, AUTUMN), (BERLIN, WINTER), (SYDNEY, AUTUMN), (SYDNEY, WINTER)])
def test_nights_are_no_silence_from_the_first_day_on(where: tuple[float, float], start: int, knowledge: str) -> None:
    """While days shorten and while they lengthen, north and south, registered or not: no gap, no incomplete day."""
    found = sleeper(where, start - round(where[1] / 15) * HOUR, 90)
    result = evaluated(found, site(where, knowledge), now=found[-1].end + 8 * HOUR)
    assert silences(result) == []
    assert day_flags(result, "incomplete_day") == {}
    assert result.no_data is None


def thinned(days: int, lost: Callable[[int, float], bool]) -> list[Point]:
    """Return a plant's readings without those that are lost: by END, and sine of the sun."""
    return [
        Point(end, decimal(KW / 4 * max(0.0, sine)), decimal(0.0))
        for end in range(AUTUMN + 900, AUTUMN + days * DAY + 1, 900)
        if not lost(end, sine := sun_sine(end - 450, *BERLIN))
    ]


@pytest.mark.parametrize("knowledge", ["whole", "place", "bare"])
def test_readings_lost_between_two_of_nothing_leave_the_day_complete(knowledge: str) -> None:
    """Three in four of each night are lost: no energy is. Lost by day, they make the day incomplete."""
    by_night = thinned(40, lambda end, sine: sine < 0 and hashed(end) < 0.75)
    flags = day_flags(evaluated(by_night, site(BERLIN, knowledge)), "incomplete_day")
    assert {flag.severity for flag in flags.values()} <= {"info"}
    by_day = thinned(40, lambda end, sine: hashed(end) < (0.75 if sine < 0 else 0.4 * (end > AUTUMN + 39 * DAY)))
    found = day_flags(evaluated(by_day, site(BERLIN, knowledge)), "incomplete_day")
    assert [flag.severity for date, flag in found.items() if date == "2026-10-10"] == ["warning"]


@pytest.mark.parametrize("knowledge", ["whole", "place", "bare"])
def test_a_sleeper_that_loses_readings_by_day_has_an_incomplete_day(knowledge: str) -> None:
    """Its nights are no gaps that would explain what is missing here and there by day."""
    last = WINTER + 40 * DAY
    found = sleeper(BERLIN, WINTER, 41, keep=lambda end: end <= last or hashed(end) > 0.5)
    flags = day_flags(evaluated(found, site(BERLIN, knowledge), last + DAY), "incomplete_day")
    assert [flag.severity for flag in flags.values()] == ["warning"]


@pytest.mark.parametrize(("hours", "severity"), [({11, 13}, "info"), ({9, 11, 13}, "warning")])
def test_a_message_or_two_of_a_winter_s_day_wake_nobody(hours: set[int], severity: str) -> None:
    """Of its few hours each is a tenth: the day lacks it, and its owner sees so. From three on it is a warning."""
    last = WINTER + 40 * DAY
    found = sleeper(BERLIN, WINTER, 41, 60, keep=lambda end: end <= last or (end - last) // HOUR not in hours)
    flags = day_flags(
        evaluated(found, replace(site(BERLIN, "whole"), interval_minutes=60), last + DAY), "incomplete_day"
    )
    assert [(date, flag.severity) for date, flag in flags.items()] == [("2026-02-10", severity)]


@pytest.mark.parametrize("knowledge", ["whole", "place", "bare"])
def test_a_lost_daylight_is_told(knowledge: str) -> None:
    """A day without a reading, and half of one, are silences among sleepers too; the first one from the first week."""
    unknown, known = AUTUMN + 5 * DAY, AUTUMN + 50 * DAY
    lost = between((unknown, unknown + DAY), (known, known + DAY), (known + 5 * DAY + 9 * HOUR, known + 6 * DAY))
    ends = silences(evaluated(sleeper(BERLIN, AUTUMN, 60, keep=lost), site(BERLIN, knowledge)))
    assert [(end - AUTUMN) // DAY for end in ends] == [6, 51, 56]


def test_now_is_judged_by_the_morning() -> None:
    """A sleeper that doesn't wake is silent once the sun is well up, and not before."""
    last = AUTUMN + 50 * DAY
    found = sleeper(BERLIN, AUTUMN, 50)
    for knowledge in ("whole", "place", "bare"):
        early, late = (evaluated(found, site(BERLIN, knowledge), now=last + hours * HOUR).no_data for hours in (6, 11))
        assert early is None
        assert late is not None


def test_a_morning_under_the_heaviest_clouds_is_no_silence() -> None:
    """An inverter that starts an hour after its latest morning is late; two hours more, and it is told."""
    morning = AUTUMN + 50 * DAY
    usual = next(point.end for point in sleeper(BERLIN, AUTUMN, 60) if point.end > morning)
    for hours, expected in ((1, 0), (4, 1)):
        late = between((morning, usual + hours * HOUR))
        for knowledge in ("whole", "place", "bare"):
            result = evaluated(sleeper(BERLIN, AUTUMN, 60, keep=late), site(BERLIN, knowledge))
            assert len(silences(result)) == expected, (hours, knowledge)


def test_a_logger_that_sends_all_night_is_missed_at_night() -> None:
    """Without a place, habit tells: who sent every night is silent after three intervals of this one."""
    found = sleeper(BERLIN, AUTUMN, 50, wakes=-2.0)
    assert evaluated(found, site(BERLIN, "bare"), now=found[-1].end + 3 * HOUR).no_data is not None


def test_a_new_site_that_sent_through_a_night_is_missed_in_the_next() -> None:
    """A day and a night without a pause show that its logger doesn't sleep; before that nobody knows."""
    found = [point for point in sleeper(BERLIN, AUTUMN, 2, wakes=-2.0) if point.end <= AUTUMN + 47 * HOUR]
    for hours, is_silent in ((3, True), (0.5, False)):
        silent = evaluated(found, site(BERLIN, "whole"), now=found[-1].end + int(hours * HOUR)).no_data
        assert (silent is not None) is is_silent
    first_night = [point for point in found if point.end > AUTUMN + 30 * HOUR]
    assert evaluated(first_night, site(BERLIN, "whole"), now=first_night[-1].end + 3 * HOUR).no_data is None


@pytest.mark.parametrize(("consumed", "is_missed"), [(0.3, True), (0.0, False)])
def test_a_night_without_readings_is_a_gap_where_something_is_consumed(consumed: float, is_missed: bool) -> None:  # noqa: FBT001
    """A home at a registered place that consumes all night loses energy in it; a plant alone loses none."""
    lost = between((AUTUMN + 50 * DAY + 20 * HOUR, AUTUMN + 51 * DAY + 3 * HOUR))
    found = [
        replace(point, consumed_kwh=decimal(consumed)) for point in sleeper(BERLIN, AUTUMN, 60, keep=lost, wakes=-2.0)
    ]
    assert bool(silences(evaluated(found, site(BERLIN, "whole")))) == is_missed


def at_night(counts: Iterable[tuple[int, float]], days: int = 60, minutes: int = 15) -> list[Point]:
    """Return a plant that sends day and night, with some readings of the night in place of zero."""
    found = dict(counts)
    return [
        Point(point.end, decimal(found.get(point.end, max(0.0, float(there(point.generated_kwh))))), decimal(0.0))
        for point in sleeper(BERLIN, AUTUMN, days, minutes, wakes=-2.0)
    ]


def night(day: int, hour: float = 1.0) -> int:
    """Return an END in the night that begins a day."""
    return AUTUMN + day * DAY + int(hour * HOUR)


SOLAR = Site("s", "solar", KW, *BERLIN, None, 15)
UNPLACED = Site("s", "solar", KW, None, None, None, 15)


@pytest.mark.parametrize("entry", [SOLAR, UNPLACED])
def test_a_value_that_stays_in_the_dark_is_told(entry: Site) -> None:
    """Two readings in a row of a tenth of what the plant gives by day; one, if it is much more and no count."""
    pair = [(night(50), 0.1), (night(50, 1.25), 0.1)]
    assert flagged(evaluated(at_night(pair), entry), "night_generation") == [end for end, _ in pair]
    assert flagged(evaluated(at_night([(night(50), 1.3)]), entry), "night_generation") == [night(50)]


@pytest.mark.parametrize("entry", [SOLAR, UNPLACED])
def test_what_its_nights_are_used_to_is_no_fault(entry: Site) -> None:
    """A single count of a meter isn't, nor counts on many nights, nor a battery that discharges each evening."""
    assert flagged(evaluated(at_night([(night(50), 1.0)]), entry), "night_generation") == []
    counts = [(night(day, 23 + step / 4), 0.1) for day in range(40) for step in (0, 1)]
    known = flagged(evaluated(at_night(counts), entry), "night_generation")
    assert [end for end in known if end > night(20)] == []
    battery = [(night(day, 20 + step / 4), 1.5 - 0.2 * hashed(day)) for day in range(60) for step in range(8)]
    known = flagged(evaluated(at_night(battery), entry), "night_generation")
    assert [end for end in known if end > night(20)] == []


def test_a_clock_that_is_an_hour_off_is_no_generation_in_the_dark() -> None:
    """Its evenings lie in the dusk; that is for time_shift to tell."""
    late = [Point(p.end + HOUR, p.generated_kwh, p.consumed_kwh) for p in at_night([])]
    assert flagged(evaluated(late, SOLAR), "night_generation") == []


@pytest.mark.parametrize(
    ("zone", "hour", "explained"),
    [(None, 0, True), ("Europe/Lisbon", 0, True), (None, 4, False), ("America/Denver", 0, False)],
)
def test_the_hour_that_comes_twice_is_explained(zone: str | None, hour: int, *, explained: bool) -> None:
    """A feed in local time has it once when summer time ends, also where the registry has no zone.

    At other hours, or where the registered zone changes its clocks at another one, it is a gap like any other.
    """
    sunday = AUTUMN + 54 * DAY  # 25 October 2026: Europe's clocks go back at one o'clock UTC
    entry = Site("s", "load", timezone=zone, interval_minutes=15)
    ends = range(sunday - DAY, sunday + DAY, 900)
    found = [Point(end, decimal(0), decimal(1 + hashed(end))) for end in ends]
    left = [point for point in found if not sunday + hour * HOUR < point.end <= sunday + (hour + 1) * HOUR]
    result = evaluated(left, entry)
    (flag,) = [flag for flags in result.flags.values() for flag in flags if flag.rule == "gap"]
    assert ("summer time ended" in flag.message) == explained
    assert flag.severity == "info"


def test_days_that_lie_in_the_night_by_a_clock_that_is_off_are_no_incident() -> None:
    """They are flagged as they land, when nothing is known; once weeks are known, they are no evidence any more."""
    late = [Point(p.end + 7 * HOUR, p.generated_kwh, p.consumed_kwh) for p in at_night([], 40)]
    result = evaluated(late, SOLAR)
    flag = NIGHT_GENERATION.flag(-30, -10, "in the dark")
    lit = {p.end: (flag,) for p in late if there(p.generated_kwh) > 1}
    evidence = RuleObservations(result, lit, late[-1].end).of("night_generation", "reading").evidence
    assert evidence
    assert max(sign.end for sign in evidence) < night(16)
    assert flagged(result, "zero_output") == [] or max(flagged(result, "zero_output")) < night(16)


def test_nothing_is_missing_before_a_site_begins_and_after_it_ends() -> None:
    """A plant that was taken down isn't silent, and its last day lacks nothing; while nobody registered it, it is."""
    ended = AUTUMN + 40 * DAY + 12 * HOUR
    found = sleeper(BERLIN, AUTUMN, 60, keep=lambda end: end <= ended)
    now = ended + 9 * DAY
    known = Site("s", "solar", KW, *BERLIN, None, 30)
    assert evaluated(found, known, now=now).no_data is not None
    gone = replace(known, decommissioned=text_of(ended))
    result = evaluated(found, gone, now=now)
    assert result.no_data is None
    assert day_flags(result, "incomplete_day") == {}


def test_a_portal_that_delivers_by_the_next_day_is_in_time() -> None:
    """What is registered as delivered within 30 hours is no silence before; after that it is."""
    load = Site("s", "load", None, None, None, None, 30)
    found = [Point(end, decimal(0.0), decimal(1 + hashed(end))) for end in range(AUTUMN, AUTUMN + 20 * DAY, HOUR // 2)]
    last = found[-1].end
    portal = replace(load, delivered_within="30h")
    assert evaluated(found, load, now=last + 20 * HOUR).no_data is not None
    assert evaluated(found, portal, now=last + 30 * HOUR).no_data is None
    assert evaluated(found, portal, now=last + 34 * HOUR).no_data is not None


def test_a_gap_is_dated_to_its_hours() -> None:
    """Its evidence reaches from the last reading before it to the first one behind it."""
    first, after = AUTUMN + 9 * DAY, AUTUMN + 9 * DAY + 31 * HOUR
    kept = [end for end in range(AUTUMN, AUTUMN + 20 * DAY, HOUR // 2) if not first < end < after]
    found = [Point(end, decimal(0.0), decimal(1 + hashed(end))) for end in kept]
    result = evaluated(found, Site("s", "load", None, None, None, None, 30))
    observed = RuleObservations(result, {}, found[-1].end).of("gap", "reading")
    (sign,) = observed.evidence
    assert (sign.since, sign.end) == (first, after)
    (episode,) = episodes(observed, EpisodeRules())
    assert (episode.onset, episode.recovery) == (first, after), "it is over with the reading behind it"


@pytest.mark.parametrize(("hours", "severity"), [(3, "info"), (27, "info"), (28, "warning"), (200, "warning")])
def test_a_gap_is_a_warning_where_a_whole_day_is_in_it(hours: int, severity: str) -> None:
    """One that was over before anybody could act is information; none is critical long after it ended."""
    first = AUTUMN + 9 * DAY
    ends = [end for end in range(AUTUMN, AUTUMN + 20 * DAY, HOUR // 2) if not first < end < first + hours * HOUR]
    found = [Point(end, decimal(0.0), decimal(1 + hashed(end))) for end in ends]
    result = evaluated(found, Site("s", "load", None, None, None, None, 30))
    assert {flag.severity for flags in result.flags.values() for flag in flags if flag.rule == "gap"} == {severity}


def test_a_gap_is_no_incident_while_what_fills_it_may_still_land() -> None:
    """Files of one history land in any order: only hours later a hole between them is a gap."""
    first, after = AUTUMN + 9 * DAY, AUTUMN + 11 * DAY
    kept = [end for end in range(AUTUMN, AUTUMN + 20 * DAY, HOUR // 2) if not first < end < after]
    landed = kept[-1] + 600
    found = [Point(end, decimal(0.0), decimal(1 + hashed(end)), delay_of(end, landed)) for end in kept]
    for hours, expected in ((1, []), (8, [after])):
        now = landed + hours * HOUR
        result = evaluated(found, Site("s", "load", None, None, None, None, 30), now)
        assert flagged(result, "gap") == [after]
        assert [sign.end for sign in RuleObservations(result, {}, now).of("gap", "reading").evidence] == expected


def test_a_logger_that_sleeps_under_snow_can_wait() -> None:
    """In winter a silence of days is a warning that names snow; in summer, and of a logger by the mains, it isn't."""
    winter, summer = sleeper(BERLIN, WINTER, 30), sleeper(BERLIN, WINTER + 120 * DAY, 30)
    flags = [evaluated(found, site(BERLIN, "whole"), now=found[-1].end + 3 * DAY).no_data for found in (winter, summer)]
    assert [flag and flag.severity for flag in flags] == ["warning", "critical"]
    assert [bool(flag and "snow is possible" in flag.message) for flag in flags] == [True, False]
    awake = [Point(end, decimal(0.0), decimal(0.0)) for end in range(WINTER + 1800, WINTER + 30 * DAY, 1800)]
    whole = sorted({each.end: each for each in (*awake, *winter)}.values(), key=lambda each: each.end)
    silent = evaluated(whole, site(BERLIN, "whole"), now=whole[-1].end + 3 * DAY).no_data
    assert silent is not None
    assert silent.severity == "critical"


def test_readings_lost_here_and_there_are_no_night_s_sleep() -> None:
    """Half of a day's are missing: its night, in which the logger sleeps, is no gap that explains them."""
    day = AUTUMN // DAY + 40
    found = sleeper(BERLIN, AUTUMN, 45, keep=lambda end: (end - 1) // DAY != day or end // (30 * 60) % 2 == 0)
    flags = day_flags(evaluated(found, site(BERLIN, "whole")), "incomplete_day")
    assert [flag.severity for flag in flags.values()] == ["warning"]
