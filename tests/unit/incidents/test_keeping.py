"""What looks and files change in what is kept: opened once, moved, closed, never opened again."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.stores import FakeIncidents
from heliograph.checks.flag import Flag
from heliograph.errors import StorageError
from heliograph.evaluation.model import Day
from heliograph.incidents.detection import Onsets
from heliograph.incidents.model import SiteChange
from heliograph.reading import Reading, end_of, format_timestamp
from unit.incidents.scenes import HOUR, STEP, Plant, World, at, ends, flag, found, run_day, text_at


def stale(first: int, last: int) -> dict[int, tuple[Flag, ...]]:
    """Return flags of readings from one minute to another."""
    return {end: (flag(),) for end in ends(first, last)}


def test_a_look_opens_moves_and_closes_an_incident() -> None:
    """It opens with the first flag, is brought up to date hourly, and closes an hour after the last flag."""
    world, plant = World(), Plant("a", ends(0, 600), stale(100, 300))
    assert world.evaluate(plant, at(90)) == 0
    assert world.evaluate(plant, at(120)) == 1
    (incident,) = world.incidents_of()
    assert incident.id == "a~stale~20260621T014000Z"
    assert (incident.onset, incident.last, incident.state) == (text_at(100), text_at(120), "open")
    assert world.evaluate(plant, at(150)) == 0, "a write an hour is enough"
    assert world.evaluate(plant, at(180)) == 1
    assert world.incidents_of()[0].last == text_at(180)
    assert world.evaluate(plant, at(350)) == 1
    assert world.evaluate(plant, at(370)) == 1
    (incident,) = world.incidents_of()
    assert (incident.onset, incident.last, incident.recovery) == (text_at(100), text_at(300), text_at(360))
    assert [world.evaluate(plant, at(minute)) for minute in (400, 500, 600)] == [0, 0, 0]
    assert len(world.incidents_of()) == 1


def test_a_clean_site_costs_no_write() -> None:
    """Looks that find nothing write nothing, and a read-ahead spares them their own read."""
    world, plant = World(), Plant("a", ends(0, 600))
    keeper = world.keeper
    keeper.fetch(["a", "b"])
    world.now = at(500)
    assert keeper.after_evaluation(plant.site, plant.seen(at(500)), {}) == 0
    assert world.incidents.writes == 0
    assert world.incidents.kept_states == {}


def test_information_opens_nothing() -> None:
    """A flag that only explains is no incident."""
    world = World()
    assert world.evaluate(Plant("a", ends(0, 60), {at(30): (flag(severity="info"),)}), at(60)) == 0


def test_the_stored_flags_of_single_readings_count_too() -> None:
    """What the processor flagged keeps its incident open; the evaluation takes it from the stored readings."""
    world, plant = World(), Plant("a", ends(0, 600))
    world.now = at(60)
    single = {end: (flag("sentinel"),) for end in ends(50, 200)}
    world.file(found("a", at(50)))
    for minute in (60, 120, 240):
        world.now = at(minute)
        known = {end: flags for end, flags in single.items() if end <= at(minute)}
        world.keeper.after_evaluation(plant.site, plant.seen(at(minute)), known)
        assert world.incidents_of()[0].state == "open"
    world.now = at(260)
    world.keeper.after_evaluation(plant.site, plant.seen(at(260)), single)
    (incident,) = world.incidents_of()
    assert (incident.source, incident.recovery) == ("raw/a@1", text_at(260))


def test_a_reading_from_the_future_holds_nothing_open() -> None:
    """A clock an hour ahead opens an incident as of now, and clean readings end it."""
    onsets = Onsets("raw/a@1", text_at(60))
    onsets.add(Reading("a", text_at(60 + 600), Decimal(1), Decimal(0)), (flag("future_timestamp", "critical"),))
    world, plant = World(), Plant("a", ends(0, 600))
    world.now = at(60)
    world.file(*onsets.found())
    assert world.incidents_of()[0].onset == text_at(60)
    world.evaluate(plant, at(125))
    assert world.incidents_of()[0].recovery == text_at(120)


def test_a_corrected_reading_withdraws_its_incident() -> None:
    """Where the flag that opened it is gone, the incident ends as if it had been one reading's."""
    world, plant = World(), Plant("a", ends(0, 600), stale(100, 130))
    world.evaluate(plant, at(130))
    plant.flags = {}
    world.evaluate(plant, at(180))
    (incident,) = world.incidents_of()
    assert (incident.state, incident.recovery) == ("closed", text_at(160))


def test_late_data_moves_an_onset_back() -> None:
    """Flags before the onset that belong to the same episode move it; the name stays."""
    world, plant = World(), Plant("a", ends(0, 600), stale(100, 130))
    world.evaluate(plant, at(130))
    plant.flags = stale(60, 130)
    world.evaluate(plant, at(140))
    (incident,) = world.incidents_of()
    assert (incident.onset, incident.id[-17:]) == (text_at(60), "~20260621T014000Z"[-17:])


def test_severity_only_gets_worse() -> None:
    """An incident that turns critical says so, and keeps saying so."""
    world, plant = World(), Plant("a", ends(0, 600), stale(100, 130))
    world.evaluate(plant, at(110))
    plant.flags[at(120)] = (flag(severity="critical"),)
    world.evaluate(plant, at(121))
    plant.flags[at(120)] = (flag(),)
    world.evaluate(plant, at(140))
    assert world.incidents_of()[0].severity == "critical"


def test_a_look_that_read_too_early_closes_nothing() -> None:
    """A processor opened an incident while an evaluation was under way that hadn't seen its readings."""
    world, plant = World(), Plant("a", ends(0, 600))
    world.now = at(300)
    world.file(found("a", at(100)))
    assert world.evaluate(plant, at(302)) == 0
    assert world.evaluate(plant, at(330)) == 1


def test_a_look_that_began_after_an_incident_was_found_may_close_it() -> None:
    """It has read all that the file brought, so what is over needn't stay open until the next evaluation."""
    world, plant = World(), Plant("a", ends(-60, 400))
    world.now = at(300)
    world.file(found("a", at(5)))
    (incident,) = world.incidents.kept.values()
    for began, state in ((at(300) + 5, "open"), (at(300) + 30, "closed")):
        world.now = at(301)
        seen = msgspec.structs.replace(plant.seen(at(300)), began=began)
        world.keeper.after_evaluation(plant.site, seen, {})
        assert world.incidents.kept[incident.id].state == state


def test_a_long_silence_is_one_incident() -> None:
    """Looks during it change nothing; it ends an hour after the site is back, on the reading that says so."""
    world, plant = World(), Plant("a", [*ends(0, 100), *ends(4000, 4200)])
    counts = [world.evaluate(plant, at(minute)) for minute in range(120, 4000, 30)]
    assert sum(counts) == 1
    (incident,) = world.incidents_of()
    assert (incident.rule, incident.basis, incident.onset) == ("no_data", "silence", text_at(100))
    for minute in range(4010, 4200, 30):
        world.evaluate(plant, at(minute))
    (incident,) = world.incidents_of()
    assert incident.recovery == text_at(4060)


def a_gap(minutes: int) -> Flag:
    """Return the flag of a gap of so many minutes."""
    return msgspec.structs.replace(flag("gap"), observed=Decimal(minutes))


def test_a_gap_is_no_second_incident_beside_the_silence() -> None:
    """What the silence leaves behind is explained by it, while it is open and in every evaluation after it."""
    world = World()
    plant = Plant("a", [*ends(0, 100), *ends(4000, 6000)], {at(4000): (a_gap(3895),)})
    for minute in range(120, 5900, 30):
        world.evaluate(plant, at(minute))
    (incident,) = world.incidents_of()
    assert (incident.rule, incident.state) == ("no_data", "closed")


def test_a_gap_that_nobody_saw_is_over_when_it_is_found() -> None:
    """It is dated to its hours and notifies nobody, neither of its onset nor of its recovery."""
    world = World()
    plant = Plant("a", [*ends(0, 100), *ends(4000, 6000)], {at(4000): (a_gap(3895),)})
    for minute in range(4000, 5000, 30):
        world.evaluate(plant, at(minute))
    (incident,) = world.incidents_of()
    assert (incident.rule, incident.onset, incident.recovery) == ("gap", text_at(100), text_at(4000))
    assert incident.suppressed
    assert world.tick() == 0


def day(number: int, *flags: Flag) -> Day:
    """Return a day behind the start by its number."""
    begun = at(number * 1440)
    return Day(
        date=f"2026-06-{21 + number}",
        start=begun,
        ends=begun + 24 * HOUR,
        minutes=5,
        readings=288,
        expected=288,
        generated_kwh=Decimal(0),
        consumed_kwh=Decimal(0),
        flags=flags,
    )


def test_a_days_trouble_lasts_from_day_to_day() -> None:
    """A day that is flagged opens, the next good day closes."""
    world, plant = World(), Plant("a", ends(0, 6000))
    plant.days = {"1": day(0, flag("level_shift"))}
    world.evaluate(plant, at(1441))
    plant.days = {"1": day(0, flag("level_shift")), "2": day(1, flag("level_shift"))}
    world.evaluate(plant, at(2 * 1440 + 1))
    (incident,) = world.incidents_of()
    assert (incident.onset, incident.last, incident.state) == (text_at(0), text_at(2880), "open")
    plant.days = {"2": day(1, flag("level_shift")), "3": day(2)}
    world.evaluate(plant, at(3 * 1440 + 1))
    assert world.incidents_of()[0].recovery == text_at(3 * 1440)


def test_an_incomplete_day_is_over_once_readings_come_as_usual() -> None:
    """It is told at midnight and closes an hour later, not a day; while readings go on missing, it stays open.

    An evaluation that doesn't hold the day any more closes it, too; never before the day was over.
    """
    for missing_until, sees_day, recovery in ((1300, True, 1500), (1300, False, 1500), (1605, True, 1665)):
        world = World()
        plant = Plant("a", [end for end in ends(0, 3000) if end > at(missing_until) or (end - at(0)) % (3 * STEP)])
        plant.days = {"1": day(0, flag("incomplete_day", "warning"))}
        world.evaluate(plant, at(1441))
        (incident,) = world.incidents_of()
        assert (incident.state, incident.suppressed) == ("open", False)
        plant.days = plant.days if sees_day else {}
        for minute in range(1450, recovery + 60, 30):
            world.evaluate(plant, at(minute))
        (incident,) = world.incidents_of()
        assert (incident.onset, incident.last, incident.recovery) == (text_at(0), text_at(1440), text_at(recovery))


def test_what_was_over_when_it_is_found_is_history() -> None:
    """A year that lands at once leaves its troubles as closed incidents nobody is told of, once each."""
    year = 60 * 24 * 60
    plant = Plant("a", ends(0, year, HOUR), {})
    for first in range(1000, year - 5000, 5000):
        plant.flags |= {end: (flag(),) for end in plant.sent if at(first) <= end <= at(first + 300)}
    world = World()
    world.now = at(year)
    noted = world.evaluate(plant, back=year * 60)
    assert noted == len(world.incidents_of()) > 10
    assert {(each.state, each.suppressed) for each in world.incidents_of()} == {("closed", True)}
    assert world.evaluate(plant, back=year * 60) == 0
    world.now += 2 * HOUR
    assert world.tick() == 0


def test_a_sweep_notes_what_lies_before_the_last_recovery() -> None:
    """Late data from before a known incident are history beside it, and don't double it."""
    world, plant = World(), Plant("a", ends(0, 10_000), stale(7000, 7100))
    for minute in range(7000, 7300, 30):
        world.evaluate(plant, at(minute))
    assert [each.suppressed for each in world.incidents_of()] == [False]
    plant.flags |= stale(500, 600)
    assert world.evaluate(plant, at(7400)) == 0, "out of its sight"
    assert world.evaluate(plant, at(7430), back=7430 * 60) == 1
    assert world.evaluate(plant, at(7460), back=7460 * 60) == 0
    assert [(each.onset, each.suppressed) for each in world.incidents_of()] == [
        (text_at(500), True),
        (text_at(7000), False),
    ]


def test_trouble_that_lasts_but_is_old_is_open_and_quiet() -> None:
    """A site whose data end in trouble days ago, as when history is loaded, has it open; nobody is told."""
    world, plant = World(), Plant("a", ends(0, 200), stale(100, 200))
    world.now = at(200 + 49 * 60)
    world.evaluate(plant, back=72 * HOUR)
    assert {each.rule: (each.state, each.suppressed) for each in world.incidents_of()} == {
        "stale": ("open", True),
        "no_data": ("open", True),
    }


def test_a_file_opens_an_incident_once() -> None:
    """The same file again, or another with more of the same trouble, opens nothing."""
    world = World()
    world.now = at(200)
    assert world.file(found("a", at(100)), found("a", at(110), "negative"), found("b", at(100))) == 2
    assert world.file(found("a", at(100))) == 0
    assert world.file(found("a", at(90)), found("a", at(150), "negative")) == 0
    assert len(world.incidents_of("a")) == 2


def test_a_replayed_file_does_not_open_what_has_recovered() -> None:
    """Flags from before the last recovery belong to the past; one behind it is new."""
    world, plant = World(), Plant("a", ends(0, 600))
    world.now = at(110)
    world.file(found("a", at(100)))
    world.evaluate(plant, at(300))
    assert world.incidents_of()[0].recovery == text_at(160)
    for end in (at(100), at(90), at(160)):
        assert world.file(found("a", end)) == 0
    world.file(found("a", at(100), last=at(290)))
    assert [each.onset for each in world.incidents_of()] == [text_at(100), text_at(290)]


def test_old_trouble_opens_nothing() -> None:
    """What is more than two days old when its file lands is flagged and calls nobody, nor does information."""
    landed = datetime(2026, 6, 21, 12, tzinfo=UTC)
    onsets = Onsets("raw/a@1", format_timestamp(landed))
    for hours, severity in ((49, "critical"), (47, "info"), (1, "info")):
        moment = format_timestamp(landed - timedelta(hours=hours))
        onsets.add(Reading("a", moment, Decimal(0), Decimal(0)), (flag(severity=severity),))  # type: ignore[arg-type]
    assert onsets.found() == []


def test_many_readings_of_a_file_are_gathered_in_any_order() -> None:
    """A rule's earliest and latest flagged reading are kept, with the first one's words."""
    times = [text_at(minute) for minute in (30, 10, 20)]
    for order in permutations(times):
        onsets = Onsets("raw/a@1", text_at(60))
        for time in order:
            onsets.add(Reading("a", time, Decimal(0), Decimal(0)), (flag(message=time),))
        (gathered,) = onsets.found()
        assert (gathered.first, gathered.last, gathered.flag.message) == (at(10), at(30), text_at(10))


def test_how_an_outage_ends_is_no_trouble_of_its_own() -> None:
    """The catch-up value after a silence is an incident nobody is told of, whether an evaluation or a file shows it."""
    world, plant = World(), Plant("a", [*ends(0, 100), *ends(300, 900)], {at(300): (flag("catch_up"),)})
    world.evaluate(plant, at(200))
    world.now = at(301)
    assert world.file(found("a", at(300), "over_capacity"), found("a", at(300), "sentinel")) == 1
    world.evaluate(plant, at(310))
    suppressed = {each.rule: each.suppressed for each in world.incidents_of()}
    assert suppressed == {"no_data": False, "catch_up": True, "over_capacity": True, "sentinel": False}


def test_what_lasts_after_an_outage_is_told() -> None:
    """A site that comes back with readings too large for an hour after the outage is over has another trouble."""
    flags = {end: (flag("over_capacity", "critical"),) for end in ends(300, 900)}
    world, plant = World(), Plant("a", [*ends(0, 100), *ends(300, 900)], flags)
    run_day(world, [plant], range(100, 480))
    notified = [message.attributes["rule"] for _, message in world.sent]
    assert notified == ["no_data", "no_data", "over_capacity"]
    (over,) = [each for each in world.incidents_of() if each.rule == "over_capacity"]
    assert (over.onset, over.suppressed) == (text_at(300), False)


def test_an_outage_under_another_open_incident_is_told() -> None:
    """A site that falls silent after one reading from the future, or with its clock moved, has nobody else to tell."""
    for cause in ("future_timestamp", "time_shift"):
        world, plant = World(), Plant("a", ends(0, 100), {at(100): (flag(cause, "critical"),)})
        run_day(world, [plant], range(60, 600))
        assert sorted(str(message.attributes["rule"]) for _, message in world.sent) == sorted([cause, "no_data"])


def test_no_output_for_longer_than_a_moved_clock_explains_is_told() -> None:
    """Under an open time_shift the edges of a day are dark for hours; a day without output is another fault."""
    moved, dark = flag("time_shift", "critical"), flag("zero_output", "critical")
    flags = {end: (moved, dark) if end >= at(300) else (moved,) for end in ends(100, 1400)}
    world, plant = World(), Plant("a", ends(0, 1400), flags)
    run_day(world, [plant], range(100, 300 + 6 * 60))
    assert [message.attributes["rule"] for _, message in world.sent] == ["time_shift"]
    run_day(world, [plant], range(300 + 6 * 60, 1400))
    assert [message.attributes["rule"] for _, message in world.sent] == ["time_shift", "zero_output"]


def test_the_same_rule_without_an_outage_is_told() -> None:
    """A value too large out of nothing is trouble like any other."""
    world, plant = World(), Plant("a", ends(0, 900), {at(300): (flag("catch_up"),)})
    world.evaluate(plant, at(310))
    assert [each.suppressed for each in world.incidents_of()] == [False]


class Interfering(FakeIncidents):
    """A table where another writer comes first, so many times."""

    def __init__(self, times: int) -> None:
        """Begin empty."""
        super().__init__()
        self.left = times

    def commit(self, changes: Any) -> list[SiteChange]:  # noqa: ANN401 - as the fake's
        """Change the state under the writer's feet, then write."""
        if self.left:
            self.left -= 1
            for change in changes:
                kept = self.kept_states.get(change.site_id, change.before)
                self.kept_states[change.site_id] = msgspec.structs.replace(kept, version=kept.version + 1)
        return super().commit(changes)


def test_side_by_side_writers_are_worked_out_again() -> None:
    """A change that met another writer is worked out anew from what is kept then; endless trouble is an error."""
    world = World()
    world.incidents = Interfering(2)
    world.now = at(200)
    assert world.file(found("a", at(100))) == 1
    world.incidents.left = 2
    assert world.evaluate(Plant("b", ends(0, 600), stale(100, 130)), at(130)) == 1
    world.incidents.left = 100
    with pytest.raises(StorageError, match="others kept writing"):
        world.file(found("c", at(100)))


events = st.lists(st.tuples(st.sampled_from(["file", "evaluate"]), st.integers(0, 5)), min_size=1, max_size=30)


@settings(deadline=None, max_examples=150)
@given(st.sets(st.integers(0, 5), min_size=1), events)
def test_any_order_of_files_and_looks_opens_one_trouble_once(hours: set[int], order: list[tuple[str, int]]) -> None:
    """Trouble of at most an hour's pause, its files processed in any order, doubled, among looks: one incident."""
    world = World()
    flagged = {at(100 + 10 * hour): (flag("sentinel"),) for hour in hours}
    plant = Plant("a", ends(0, 150))
    world.now = at(151)
    arrived: dict[int, tuple[Flag, ...]] = {}
    for kind, number in [*order, *(("file", hour) for hour in hours), ("evaluate", 0)]:
        end = at(100 + 10 * number)
        if kind == "evaluate":
            world.keeper.after_evaluation(plant.site, plant.seen(world.now), arrived)
        elif end in flagged:
            arrived[end] = flagged[end]
            world.file(found("a", end))
    world.tick()
    assert len(world.sent) == 1
    (incident,) = world.incidents_of()
    assert (incident.onset, incident.state) == (min(map(text_of, flagged)), "open")


def text_of(end: int) -> str:
    """Return an END as UTC text."""
    return text_at((end - at(0)) // 60)


def test_a_site_taken_out_of_operation_has_one_incident_until_that_is_registered() -> None:
    """Its silence and its fault end then, for good: neither old signs nor new readings open another one."""
    world = World()
    plant = Plant("a", ends(0, 3000), {end: (flag(),) for end in ends(500, 3000)})
    for minute in range(480, 900, 30):
        world.evaluate(plant, at(minute))
    (incident,) = world.incidents_of()
    assert incident.state == "open"
    for minute in range(900, 3600, 30):
        world.now = at(minute)
        seen = msgspec.structs.replace(plant.seen(at(minute)), operation=(None, at(600)))
        world.keeper.after_evaluation(plant.site, seen, {})
    (incident,) = world.incidents_of()
    assert (incident.rule, incident.state) == ("stale", "closed")
    assert at(600) <= end_of(incident.recovery) <= at(900)


def test_a_silence_ends_with_the_site_s_operation() -> None:
    """A site that is registered as taken out of operation sends no reading that could end its silence."""
    world, plant = World(), Plant("a", ends(0, 100))
    world.evaluate(plant, at(200))
    assert [each.state for each in world.incidents_of()] == ["open"]
    for minute in (300, 6000):
        world.now = at(minute)
        seen = msgspec.structs.replace(plant.seen(at(minute)), operation=(None, at(150)))
        world.keeper.after_evaluation(plant.site, seen, {})
        assert [(each.state, each.recovery) for each in world.incidents_of()] == [("closed", text_at(150))]
