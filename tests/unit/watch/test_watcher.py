"""An evaluation of a site over fake stores: what it finds is written once, whatever came late, twice, or in between."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import accumulate, pairwise
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.crashes import CallFailed, Crash, Fuse, Fused, Side
from fakes.sides import there
from fakes.world import HOME, NOON, PERIOD, PLANT, STEP, World, records, total, use
from heliograph.baseline import has_baseline, unpack_baseline
from heliograph.checks.flag import Flag
from heliograph.evaluation.cycle import DueSite
from heliograph.evaluation.model import FlagUpdate
from heliograph.reading import end_of, text_of
from heliograph.site import Site
from heliograph.validated.model import Part
from lambda_watch.ports import WatchStores
from lambda_watch.watcher import Watcher

DAY = 86400
# Stuck from 02:00 to 10:00 UTC of the last day.
STALE = (NOON - 10 * 3600, NOON - 2 * 3600)
FLAG = Flag("stale", Decimal(1), Decimal(1), "kWh", "warning", "one value for hours")


def settled(days: int = 3, stale: tuple[int, int] = STALE) -> World:
    """Return a world in which some days came, and were evaluated once."""
    world = World()
    world.send(records(NOON - days * DAY, NOON, stale=stale))
    world.queue.take()
    world.evaluate()
    return world


def test_a_stuck_meter_is_flagged() -> None:
    """Equal readings are flagged over time; each is anomalous and still has its own values."""
    world = settled()
    flagged = world.flagged()
    assert {rule for rules in flagged.values() for rule in rules} == {"stale"}
    assert all(STALE[0] <= end_of(time) <= STALE[1] for time in flagged)
    assert len(flagged) >= 10
    assert all(world.readings.kept["home", time].anomaly for time in flagged)


def test_a_second_look_writes_nothing() -> None:
    """Where nothing has changed, nothing is written: no reading, no day, no re-evaluation."""
    world = settled()
    before = world.windows.marked, world.parts.days_written, dict(world.parts.reevaluations), world.incidents.writes
    world.now += PERIOD * 60
    world.evaluate()
    assert (world.windows.marked, world.parts.days_written, world.parts.reevaluations, world.incidents.writes) == before
    assert world.windows.reads[-1][1] >= NOON - 52 * 3600, "a scheduled evaluation reads some two days"


def test_a_day_is_totalled_when_it_is_over() -> None:
    """The days that are over are kept with their totals, and the running one with its baseline.

    Of the site's first day as much is expected as there is of it, in this evaluation and in later ones.
    """
    world = settled()
    assert sorted(date for _, date in world.parts.kept_days) == [f"2026-11-{day}" for day in (19, 20, 21, 22)]
    for _ in range(2):
        first = world.parts.kept_days["home", "2026-11-19"]
        assert (first.readings, first.expected, first.flags, first.shape) == (23, 23, (), b"")
        world.now += PERIOD * 60
        world.evaluate()
    wanted = sum(
        record["energy_consumed_kwh"]
        for record in records(end_of("2026-11-20T23:30:00Z"), end_of("2026-11-21T23:00:00Z"))
    )
    assert float(total(world, "2026-11-21")) == pytest.approx(wanted)


def test_a_revision_is_in_the_running_day_s_totals_after_the_next_look() -> None:
    """A day that still runs is written every few hours while it grows; at once where its sums say what no longer is."""
    world = settled(stale=(0, 0))
    before = total(world, "2026-11-22")

    def send(end: int, kwh: float) -> Decimal:
        (was,) = records(end, end)
        world.objects.clock = world.clock()
        world.send([{**was, "energy_consumed_kwh": kwh}], f"raw/{end}-{kwh}.json")
        return Decimal(str(was["energy_consumed_kwh"]))

    world.now += 2 * STEP
    send(NOON + 2 * STEP, 0.3)
    world.evaluate()
    assert total(world, "2026-11-22") == before, "what comes on top is added where totals are read"
    was = send(NOON - 2 * STEP, 0.4125)
    world.answer(world.queue.take())
    revised = before + Decimal("0.3") + Decimal("0.4125") - was
    between = world.parts.kept_days["home", "2026-11-22"].sums.estimated
    assert between == Part(1, Decimal(0), (Decimal(str(use(NOON))) + Decimal("0.3")) / 2)
    assert total(world, "2026-11-22") == revised + there(between.consumed_kwh)
    send(NOON + STEP, 0.35)
    assert world.queue.take() == []
    world.evaluate()
    wanted = revised + Decimal("0.35")
    assert total(world, "2026-11-22") == wanted, "it came late, and too soon for an evaluation to be asked for"


def test_late_data_is_judged_as_if_it_had_come_in_time() -> None:
    """A stretch that comes days late is called for, and flags and totals end as if it had come in time."""
    hole = (NOON - 5 * DAY, NOON - 4 * DAY)
    whole = World()
    stale = (hole[0] + 6 * 3600, hole[0] + 14 * 3600)
    everything = records(NOON - 8 * DAY, NOON, stale=stale)
    whole.send(everything)
    whole.evaluate()
    world = World()
    missing = [each for each in everything if hole[0] < end_of(each["timestamp"]) <= hole[1]]
    world.send([each for each in everything if each not in missing])
    world.evaluate()
    world.queue.take()
    assert world.state() != whole.state()
    world.now += 120
    world.send(missing, "raw/late.json")
    (job,) = world.queue.take()
    assert job.sites == (DueSite("home", missing[0]["timestamp"]),)
    world.now += 60
    world.answer([job])
    world.now = whole.now
    assert world.state() == whole.state()
    assert "stale" in {rule for rules in world.flagged().values() for rule in rules}


def test_a_correction_is_judged_anew() -> None:
    """Other values for stuck readings unflag them, though the processor left the watch's flags as they were."""
    world = settled()
    world.now += 60
    corrected = records(NOON - 10 * 3600, NOON - 2 * 3600)
    world.send(corrected, "raw/b.json")
    assert world.flagged(), "the processor leaves them to the watch"
    jobs = world.queue.take()
    assert jobs[0].sites[0].since == corrected[0]["timestamp"]
    world.now += 60
    world.answer(jobs)
    assert world.flagged() == {}


def withdraw(world: World, first: int, last: int) -> None:
    """Take back the readings that end from `first` to `last`, and have the site evaluated from there on."""
    gone = [key for key in world.readings.kept if first <= end_of(key[1]) <= last]
    for key in gone:
        del world.readings.kept[key]
    world.now += 60
    world.watcher().evaluate(DueSite("home", min(end for _, end in gone)), world.now)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (NOON - 9 * DAY, NOON - 6 * DAY),
        (NOON - 4 * DAY, NOON - 2 * DAY),
        (NOON - 2 * DAY, NOON),
        (NOON - 9 * DAY, NOON),
    ],
)
def test_a_day_whose_readings_were_withdrawn_is_gone(first: int, last: int) -> None:
    """Days that are emptied lose their totals, at the begin, within and at the end; days left in part keep the rest."""
    everything = records(NOON - 9 * DAY, NOON)
    world, plain = World(), World()
    world.send(everything)
    world.evaluate()
    withdraw(world, first, last)
    plain.now = world.now
    plain.send([each for each in everything if not first <= end_of(each["timestamp"]) <= last])
    plain.evaluate()
    assert world.state() == plain.state()
    assert world.parts.kept_days.keys() == plain.parts.kept_days.keys()


def test_what_was_withdrawn_during_an_evaluation_is_gone_after_the_next() -> None:
    """A scheduled evaluation drops the totals of a day that it finds empty, too: nothing else would."""
    world = settled(stale=(0, 0))
    ghost = msgspec.structs.replace(world.parts.kept_days["home", "2026-11-22"])
    withdraw(world, end_of("2026-11-21T23:30:00Z"), NOON)
    assert ("home", "2026-11-22") not in world.parts.kept_days
    world.parts.kept_days["home", "2026-11-22"] = ghost
    world.now += PERIOD * 60
    world.evaluate()
    assert ("home", "2026-11-22") not in world.parts.kept_days


def test_totals_outlive_readings_that_expired() -> None:
    """A day from before the retention keeps its totals without readings: they are all that is left of it."""
    world = settled(days=9, stale=(0, 0))
    before = dict(world.parts.kept_days)
    for key in [key for key in world.readings.kept if end_of(key[1]) <= NOON - 4 * DAY]:
        del world.readings.kept[key]
    stores = WatchStores(world.windows, world.parts, world.keeper(), world.neighbours)
    watcher = Watcher(stores, PERIOD, lambda: world.now, retention=timedelta(days=4))
    watcher.evaluate(DueSite("home", text_of(NOON - 9 * DAY)), world.now)
    assert world.parts.kept_days.keys() == before.keys()


def test_fresh_data_calls_for_nothing() -> None:
    """A file of the last hour leaves all to the scheduled evaluation; its messages cost nothing."""
    world = World()
    world.send(records(NOON - 1800, NOON))
    assert world.queue.sent == []
    world.send(records(NOON - 3 * 3600, NOON - 7200), "raw/old.json")
    assert [delay for _, delay in world.queue.sent] == [60]


def test_many_late_files_meet_few_looks() -> None:
    """Forty files landing at once, in whatever order, are asked for forty times and re-evaluated four times."""
    world = settled()
    turn = world.parts.reevaluations["home"].turn
    world.now += 3600
    everything = records(NOON - 43 * DAY, NOON - 3 * DAY - STEP)
    for number in range(40):
        world.send(everything[number * 48 : number * 48 + 48], f"raw/{number * 7 % 40}.json")
    jobs = world.queue.take()
    assert len(jobs) == 40
    world.now += 60
    world.answer(reversed(jobs))
    assert (world.parts.reevaluations["home"].turn - turn) / 2 <= 4


def test_dropping_what_was_learned_ends_in_the_same() -> None:
    """Without the days and the last re-evaluation, the next one judges all from the first reading, and ends alike."""
    world = World()
    for day in range(14):
        world.now = NOON - (13 - day) * DAY
        world.send(records(world.now - DAY + STEP, world.now, stale=STALE), f"raw/{day}.json")
        world.queue.take()
        world.evaluate()
    before = world.state()
    assert world.flagged()
    world.parts.kept_days.clear()
    world.parts.reevaluations.clear()
    world.evaluate()
    assert world.state() == before


@pytest.mark.parametrize("old", [b"\x95\x14\x01\x02\x03\x04", b"no baseline at all", b"\xa0"])
def test_what_another_version_learned_is_dropped_by_itself(old: bytes) -> None:
    """A baseline that an older version kept is fitted anew; a day's shape that can't be read teaches nothing."""
    world = settled()
    sound = dict(world.parts.kept_days)
    for key, day in sound.items():
        spoiled = msgspec.structs.replace(day, baseline=old)
        world.parts.kept_days[key] = msgspec.structs.replace(spoiled, shape=old) if key == min(sound) else spoiled
    world.now += PERIOD * 60
    world.evaluate()
    last = max(sound)
    assert has_baseline(world.parts.kept_days[last].baseline)
    assert unpack_baseline(world.parts.kept_days[last].baseline).minutes == 30


def test_a_reading_revised_during_a_look_is_looked_at_again() -> None:
    """A mark doesn't take effect on what its evaluation didn't see; it reads all that is stored, and ends right."""
    world = World()
    world.send(records(NOON - 2 * DAY, NOON, stale=STALE))
    world.evaluate()
    world.now += 60
    mark = world.windows.mark

    def meets_a_revision(site_id: str, changes: Sequence[FlagUpdate]) -> bool:
        world.windows.mark = mark  # type: ignore[method-assign]
        world.send(records(STALE[0], STALE[1]), "raw/b.json")
        return mark(site_id, changes)

    for key, stored in world.readings.kept.items():
        world.readings.kept[key] = msgspec.structs.replace(stored, watched=())
    world.parts.recents.clear()
    world.windows.mark = meets_a_revision  # type: ignore[method-assign]
    world.evaluate()
    assert world.flagged() == {}
    assert world.windows.reads[-1][3], "the second time it reads consistently"


def test_a_sweep_in_between_begins_a_look_anew() -> None:
    """An evaluation that finds that a re-evaluation began meanwhile is done again, so its old view doesn't last."""
    world = settled(stale=(0, 0))
    for key, stored in world.readings.kept.items():
        if STALE[0] <= end_of(key[1]) <= STALE[1]:
            world.readings.kept[key] = msgspec.structs.replace(stored, watched=(FLAG,))
    world.parts.recents.clear()
    reevaluation, reads = world.parts.reevaluation, len(world.windows.reads)

    def meets_a_reevaluation(site_id: str) -> Any:  # noqa: ANN401 - a re-evaluation
        world.parts.reevaluation = reevaluation  # type: ignore[method-assign]
        last = world.parts.reevaluations[site_id]
        world.parts.reevaluations[site_id] = msgspec.structs.replace(last, turn=last.turn + 2)
        return world.parts.reevaluations[site_id]

    world.parts.reevaluation = meets_a_reevaluation  # type: ignore[method-assign]
    world.evaluate()
    assert len(world.windows.reads) - reads == 2


def test_a_look_in_turn_reads_what_isn_t_packed() -> None:
    """Two days are read once and packed; from then on the last hours are read, and all anew when they grow long."""
    world = settled(stale=(0, 0))
    reads = []
    for _ in range(20):
        world.send(records(world.now + STEP, world.now + STEP), f"raw/{world.now}.json")
        world.now += STEP
        world.evaluate()
        reads.append(world.now - world.windows.reads[-1][1])
    assert max(reads) <= 10 * 3600
    assert reads[0] < 2 * 3600 > min(reads[10:]), "packed again once eight hours had passed"
    assert world.queue.sent == []


def test_what_is_packed_may_be_changed_or_dropped() -> None:
    """Late, revised and flagged readings end alike, whether evaluations read them or have them packed."""
    packed, plain = World(), World()
    for hours in range(0, 40, 2):
        now = NOON + hours * 3600
        for world in (packed, plain):
            world.now = now
            world.send(records(now - 2 * 3600 + STEP, now, stale=(NOON + 3600, NOON + 7 * 3600)), f"raw/{hours}.json")
            if hours == 20:
                world.send(records(NOON + 2 * 3600, NOON + 9 * 3600), "raw/right.json")
            jobs = world.queue.take()
            if world is plain:
                world.parts.recents.clear()
            world.now += 120
            world.evaluate()
            world.answer(jobs)
        assert packed.state() == plain.state(), hours
        assert bool(packed.flagged()) == (4 <= hours < 20)
    assert all(first == packed.windows.reads[0][1] or last > first for _, first, last, _ in packed.windows.reads)


def test_what_was_packed_before_a_sweep_isnt_used() -> None:
    """A re-evaluation takes a turn: a pack of the turn before, written late by a slow evaluation, is passed over."""
    world = settled(stale=(0, 0))
    old = world.parts.recents["home"]
    world.now += 3600
    world.send(records(STALE[0], STALE[1], stale=STALE), "raw/late.json")
    jobs = world.queue.take()
    world.now += 60
    world.answer(jobs)
    flagged = world.flagged()
    world.parts.recents["home"] = old
    world.evaluate()
    assert world.flagged() == flagged
    assert flagged
    assert world.windows.reads[-1][1] < old.last


def test_nobody_known_is_looked_at_by_nobody() -> None:
    """A site that isn't registered any more is passed over."""
    world = World()
    assert world.watcher().evaluate(DueSite("gone"), world.now) is None


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_crash_at_any_boundary_is_recovered(side: Side) -> None:
    """Die before or after each call into a store; once the message is back, or with the next one, all is as it was."""

    def late_world() -> World:
        world = settled()
        world.now += 60
        world.send(
            records(NOON - 6 * DAY, NOON - 3 * DAY - STEP, stale=(NOON - 5 * DAY, NOON - 4 * DAY)), "raw/late.json"
        )
        return world

    clean = late_world()
    (job,) = clean.queue.take()
    clean.now += 60
    clean.answer([job])
    clean.now += 1800
    clean.evaluate()
    tried, died = 0, True
    while died:
        tried += 1
        world, fuse = late_world(), Fuse(Crash(tried, side, "failed"))
        world.now += 60
        wrapped = {name: Fused(name, getattr(world, name), fuse) for name in ("windows", "parts", "incidents")}
        try:
            world.watcher(**wrapped).evaluate(job.sites[0], end_of(job.at))
            died = False
        except CallFailed:
            world.now += 30
            world.answer([job])
            world.now += 1770
            world.evaluate()
            assert world.state() == clean.state()
            assert {(each.rule, each.onset, each.state) for each in world.incidents.kept.values()} == {
                (each.rule, each.onset, each.state) for each in clean.incidents.kept.values()
            }
    assert tried >= 8


chunks = st.lists(st.integers(1, 60), min_size=2, max_size=8)


# Five days are judged without a baseline; of seventeen the last are judged by the baseline of those before.
@pytest.mark.parametrize(("site", "days"), [(HOME, 5), (HOME, 17), (PLANT, 17)])
@settings(deadline=None, max_examples=15)
@given(sizes=chunks, chance=st.randoms(use_true_random=False))
def test_any_order_any_number_of_times_side_by_side(site: Site, days: int, sizes: list[int], chance: Random) -> None:
    """Files in any order, some doubled, with evaluations in between, end in the same readings, totals and flags."""
    files = cut(
        records(NOON - days * DAY, NOON, site.site_id, (NOON - 3 * DAY - 4 * 3600, NOON - 3 * DAY)), sizes, days
    )
    straight = World(site, now=NOON + 1800)
    for each in [straight.land(content, f"raw/{number}.json") for number, content in enumerate(files)]:
        straight.processor().process(each)
    mixed = World(site, now=NOON + 1800)
    landed = [mixed.land(content, f"raw/{number}.json") for number, content in enumerate(files)]
    landed += landed[:2]
    chance.shuffle(landed)
    for each in landed:
        mixed.processor().process(each)
        look_now_and_then(mixed, site, chance)
    for world in (straight, mixed):
        world.now = NOON + 3600
        world.answer(world.queue.take())
        world.now = NOON + 5400
        world.evaluate(site.site_id)
    assert mixed.state() == straight.state()
    assert mixed.flagged(site.site_id)


def cut(everything: list[dict[str, Any]], sizes: list[int], times: int) -> list[list[dict[str, Any]]]:
    """Cut records into files, the last with all that is left."""
    places = [0, *accumulate(size * times for size in sizes), len(everything)]
    files = [everything[first:after] for first, after in pairwise(places)]
    return [file for file in files if file]


def look_now_and_then(world: World, site: Site, chance: Random) -> None:
    """Let time pass, and sometimes scheduled evaluation, or make the evaluations that were called for."""
    world.now += 20
    if chance.random() < 0.5:
        world.evaluate(site.site_id)
    if chance.random() < 0.3:
        world.now += 60
        world.answer(world.queue.take())


def test_the_world_is_half_hourly() -> None:
    """What these tests land is what the registry says."""
    assert HOME.interval_minutes == STEP // 60
    assert text_of(NOON) == "2026-11-22T12:00:00Z"


def test_a_past_that_lands_bit_by_bit_leaves_no_silence() -> None:
    """History lands oldest first, evaluated in between: the site isn't silent while its newest reading is days old."""
    world = World()
    jobs: list[Any] = []
    for day in range(10, 0, -2):
        world.send(records(NOON - day * DAY + STEP, NOON - (day - 2) * DAY), f"raw/{day}.json")
        world.now += 30
        world.evaluate()
        world.answer(jobs)
        jobs = world.queue.take()
        world.now += 30
    for _ in range(3):
        world.send(records(world.now // STEP * STEP, world.now // STEP * STEP), f"raw/{world.now}.json")
        world.evaluate()
        world.answer(jobs)
        jobs = world.queue.take()
        world.now += STEP
    assert [each for each in world.incidents.kept.values() if each.rule == "no_data"] == []


def test_a_site_that_delivers_once_a_week_is_silent_once_it_misses_one() -> None:
    """Each Sunday noon a week lands. The next one's days are no silence; that it doesn't come on time is one."""
    world = World()
    for week in range(4):
        world.now = NOON + week * 7 * DAY
        world.objects.clock = world.clock()
        world.send(records(world.now - 7 * DAY + STEP, world.now), f"raw/{week}.json")
        world.answer(world.queue.take())
    told: list[float] = []
    for hour in range(0, 12 * 24, 6):
        world.now = NOON + 3 * 7 * DAY + hour * 3600
        world.evaluate()
        told += [hour / 24] if any(each.rule == "no_data" for each in world.incidents.kept.values()) else []
    assert 7 <= min(told) < 8
    assert len([each for each in world.incidents.kept.values() if each.rule == "no_data"]) == 1
