"""What a watch sums up: gaps, silences and counters that go on after them, each day exactly once and all of it."""

from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.sides import there
from fakes.world import HOME, NOON, PLANT, STEP, World, records
from heliograph.checks.judge import judge_history
from heliograph.evaluation.completing import SILENT_DAYS
from heliograph.evaluation.cycle import DueSite
from heliograph.evaluation.model import Day
from heliograph.history import Assessed, Provenance, landing
from heliograph.intervals import REACH
from heliograph.reading import Reading, end_of, text_of
from heliograph.registers import Register
from heliograph.site import Site
from heliograph.validated.model import DayFrame, Sums
from heliograph.validated.packing import unpack_estimates
from heliograph.validated.series import validated
from heliograph.validated.sums import by_hour, together
from unit.watch.test_registers import stood

DAY: Final = 86_400
HOUR: Final = 3600


def settled(first: int, last: int, site_id: str = "home", gap: tuple[int, int] = (0, 0)) -> World:
    """Return a world in which a site sent all but a gap, and was evaluated."""
    world = World(HOME, PLANT, now=last)
    world.send([each for each in records(first, last, site_id) if not gap[0] < end_of(each["timestamp"]) <= gap[1]])
    world.queue.take()
    world.evaluate(site_id)
    return world


def days(world: World, site_id: str = "home") -> dict[str, Day]:
    """Return a site's days by date."""
    return {date: day for (site, date), day in sorted(world.parts.kept_days.items()) if site == site_id}


def go_on(world: World, hours: int, site_id: str = "home") -> None:
    """Let time pass, with an evaluation each half hour."""
    for _ in range(2 * hours):
        world.now += STEP
        world.evaluate(site_id)


def methods(day: Day) -> set[str]:
    """Return how a day's intervals were estimated."""
    return {each.method for side in unpack_estimates(day.estimates) for each in side.values()}


def test_every_day_says_what_it_is_made_of() -> None:
    """A day in which all is measured keeps no more than before; one with a gap says what is estimated."""
    world = settled(NOON - 6 * DAY, NOON, gap=(NOON - DAY - HOUR, NOON - DAY))
    found = days(world)
    assert [day.parts is None for day in found.values()] == [True] * 5 + [False, True]
    sums = found["2026-11-21"].sums
    assert (sums.measured.intervals, sums.estimated.intervals, sums.expected) == (46, 2, 48)
    assert methods(found["2026-11-21"]) == {"interpolation"}


def test_a_day_is_estimated_from_the_weeks_before() -> None:
    """Three weeks of a home say what it uses in a day without a reading; the same evaluation again reads no weeks."""
    lost = (end_of("2026-11-19T23:00:00Z"), end_of("2026-11-20T23:00:00Z"))
    world = settled(NOON - 21 * DAY, NOON, gap=lost)
    day = days(world)["2026-11-20"]
    assert (day.readings, day.expected, day.sums.estimated.intervals) == (0, 48, 48)
    assert methods(day) == {"profile"}
    assert float(there(day.consumed_kwh)) == pytest.approx(
        float(there(days(world)["2026-11-19"].consumed_kwh)), rel=0.1
    )
    written = world.parts.days_written
    world.now += STEP
    world.evaluate()
    assert world.parts.days_written == written


def test_a_silent_site_has_days_for_a_month() -> None:
    """Each day of its silence is missing or estimated, until it isn't expected back any more."""
    world = settled(NOON - 10 * DAY, NOON)
    go_on(world, 24 * 3)
    assert list(days(world))[-3:] == ["2026-11-22", "2026-11-23", "2026-11-24"]
    world.now += 40 * DAY
    for _ in range(12):
        world.now += STEP
        world.evaluate()
    found = days(world)
    silent = [day for day in found.values() if not day.readings]
    assert len(silent) == SILENT_DAYS
    assert all(day.sums.expected == 48 for day in silent)
    assert found["2026-11-22"].sums.expected == 48, "its end is missing, too"


def test_a_site_that_ended_its_operation_has_no_silent_days() -> None:
    """After it nothing is expected."""
    world = World(Site("home", "load", timezone="Europe/Berlin", interval_minutes=30, decommissioned="2026-11-23"))
    world.send(records(NOON - 4 * DAY, NOON))
    world.evaluate()
    go_on(world, 72)
    assert list(days(world))[-1] == "2026-11-22"


def land(world: World, facts: Iterable[tuple[int, Decimal]], number: int) -> None:
    """Store what a counter stood at."""
    provenance = Provenance(text_of(world.now), f"raw/meter/{number}.csv@1", 1)
    readings = [
        Reading(HOME.site_id, text_of(end), None, None, registers=(Register("consumed", "0", kwh),))
        for end, kwh in facts
    ]
    landings = [Assessed(landing(each, provenance), ()) for each in readings]
    world.readings.store(landings, lambda history: judge_history(history, HOME))


@pytest.mark.parametrize("lost_hours", [6, 20, 40, 100])
@pytest.mark.parametrize("is_asked", [True, False])
def test_a_counter_s_energy_over_a_gap_is_in_its_days(lost_hours: int, *, is_asked: bool) -> None:
    """Over a midnight, or several: each day has a share, and all days together what the counter counted.

    So it is where the facts behind the gap come in time, and only the evaluation in turn sees them.
    """
    facts = stood(9)
    gap = range(NOON - 4 * DAY - lost_hours * HOUR // 2, NOON - 4 * DAY + lost_hours * HOUR // 2, STEP)
    world = World(now=min(gap) - STEP)
    land(world, [(end, kwh) for end, kwh in facts.items() if end < min(gap)], 1)
    world.watcher().evaluate(DueSite("home", text_of(min(facts))), world.now)
    while world.now < max(gap):
        go_on(world, 1)
    world.now = max(gap) + STEP
    land(world, [(world.now, facts[world.now])], 2)
    due = DueSite("home", text_of(world.now) if is_asked else "")
    world.watcher().evaluate(due, world.now)
    go_on(world, 1)
    rest = [(end, kwh) for end, kwh in facts.items() if end > max(gap) + STEP]
    world.now = NOON
    land(world, rest, 3)
    world.watcher().evaluate(DueSite("home", text_of(rest[0][0])), world.now)
    sums = together(day.sums for day in days(world).values())
    assert sums.consumed_kwh == facts[NOON] - facts[min(facts)]
    assert sums.missing == 0
    assert sums.expected == 9 * 48
    assert sums.estimated.intervals == len(gap) + 1


def test_neighbours_say_what_the_sky_was() -> None:
    """A plant beside another one of its region is estimated by what that one gave on the days of the gap."""
    beside = Site("beside", "solar", 50.0, 52.51, 13.41, "Europe/Berlin", 30)
    lost = (end_of("2026-11-19T23:00:00Z"), end_of("2026-11-20T23:00:00Z"))
    world = World(PLANT, beside, now=NOON)
    sent = records(NOON - 28 * DAY, NOON, "plant")
    world.send([each | {"site_id": "beside"} for each in sent], "raw/beside.json")
    world.send([each for each in sent if not lost[0] < end_of(each["timestamp"]) <= lost[1]])
    world.evaluate("beside")
    world.neighbours.days = {key: day.hours for key, day in world.parts.kept_days.items()}
    world.evaluate("plant")
    assert world.neighbours.asked == ["plant"]
    day, other = days(world, "plant")["2026-11-20"], days(world, "beside")["2026-11-20"]
    assert "neighbours" in methods(day)
    assert float(there(day.generated_kwh)) == pytest.approx(float(there(other.generated_kwh)), rel=0.05)


def test_a_healthy_site_asks_nobody() -> None:
    """A day that ends whole needs no neighbours: most sites are evaluated with the two queries that they were."""
    world = settled(NOON - 6 * DAY, NOON, PLANT.site_id)
    for _ in range(48):
        world.now += STEP
        world.objects.clock = world.clock()
        world.send(records(world.now, world.now, PLANT.site_id), f"raw/{world.now}.json")
        world.evaluate(PLANT.site_id)
    assert days(world, PLANT.site_id)["2026-11-22"].parts is None
    assert world.neighbours.asked == []


def worked_out(world: World, day: Day) -> Sums:
    """Return what a day adds up to as whoever asks for its intervals works it out: from readings and its estimates."""
    around = REACH * STEP
    readings = world.windows.read("home", day.start - around, min(day.ends + around, world.now), consistent=True)
    until = day.ends if day.ends <= world.now else day.last_end
    frame = DayFrame(day.start, day.ends, until, day.minutes, day.measures, unpack_estimates(day.estimates))
    intervals = validated(readings, HOME, frame)
    hours = by_hour([each for each in intervals if each.end <= until], HOME)
    return together(sums for _, sums in hours)


def spoil(sent: dict[int, dict[str, Any]], kind: str, first: int, length: int) -> None:
    """Let a stretch of records go missing, freeze, leap or lack a side. sent: the records by END."""
    for end in range(first, first + (1 if kind == "spike" else length) * STEP, STEP):
        if kind == "missing":
            sent.pop(end, None)
        elif end in sent:
            sent[end] = sent[end] | {"energy_consumed_kwh": {"stale": 0.317, "spike": 9.0, "one side": None}[kind]}


KINDS: Final = st.sampled_from(["missing", "stale", "spike", "one side"])
ENDS: Final = st.integers(0, 3 * 48).map(lambda steps: NOON - steps * STEP)


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.tuples(KINDS, ENDS, st.integers(1, 60)), max_size=4),
    st.sets(st.integers(1, 80), max_size=2),
    st.sets(ENDS, max_size=2),
    st.randoms(use_true_random=False),
)
def test_intervals_and_hours_add_up_to_the_days_that_are_kept(
    spoilt: list[tuple[str, int, int]], cuts: set[int], revised: set[int], chance: Random
) -> None:
    """Whatever is missing, frozen, far off, late or revised, and whenever the evaluations came."""
    sent = {end_of(each["timestamp"]): each for each in records(NOON - 3 * DAY, NOON)}
    for each in spoilt:
        spoil(sent, *each)
    left = [record for _, record in sorted(sent.items())]
    pieces = [left[first:after] for first, after in pairwise([0, *sorted(cuts), len(left)])]
    chance.shuffle(pieces)
    corrections = [[sent[end] | {"energy_consumed_kwh": 0.4321}] for end in revised if end in sent]
    world = World()
    for number, piece in enumerate([*pieces, *corrections]):
        world.now += 60
        world.send(piece, f"raw/{number}.json")
        world.answer(world.queue.take())
        world.evaluate()
    kept = days(world)
    assert {date: worked_out(world, day) for date, day in kept.items()} == {
        date: day.sums for date, day in kept.items()
    }
    assert all(day.sums.expected == 48 for day in list(kept.values())[1:] if day.ends <= world.now)
