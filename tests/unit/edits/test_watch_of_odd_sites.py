"""Edits of counters, of silent sites and of gaps; and edits in any order, of what lands in any order."""

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.world import HOME, NOON, World, records, use
from heliograph.checks.judge import judge_history
from heliograph.evaluation.cycle import DueSite
from heliograph.history import Assessed, Provenance, landing
from heliograph.reading import Reading, end_of, text_of
from heliograph.registers import Register
from unit.edits.edited_world import DAY, HOUR, STALE, edit, open_rules, settled, undo


def test_a_counter_s_energy_is_edited_as_any_other() -> None:
    """Excluded it is no gap, scaled it is judged anew, and undone all is as before."""
    world, total = World(), Decimal(41_000)
    provenance = Provenance(text_of(NOON), "raw/meter/1.csv@1", 1)
    landings = []
    for end in range(NOON - 3 * DAY, NOON + 1, 1800):
        total += Decimal(str(use(end)))
        reading = Reading("home", text_of(end), None, None, registers=(Register("consumed", "0", total),))
        landings.append(Assessed(landing(reading, provenance), ()))
    world.readings.store(landings, lambda history: judge_history(history, HOME))
    world.evaluate()
    before, days = world.flagged(), dict(world.parts.kept_days)
    made = edit(world, "exclude", (NOON - DAY, NOON - DAY + 6 * HOUR))
    assert world.flagged() == before
    assert world.parts.kept_days["home", "2026-11-21"].readings == 48
    undo(world, made)
    assert world.parts.kept_days == days
    made = edit(world, "scale", (NOON - DAY, NOON - DAY + HOUR), factor=Decimal(1000))
    assert {rule for rules in world.flagged().values() for rule in rules} == {"unit_error"}
    undo(world, made)
    edit(world, "accept", (NOON - 4 * DAY, NOON))
    assert (world.flagged(), world.parts.kept_days) == (before, days)


def test_values_that_somebody_set_end_no_silence() -> None:
    """A site that sends no more is silent, whatever is put in the place of what it didn't send."""
    world = settled(records(NOON - 3 * DAY, NOON))
    world.now += 30 * HOUR
    world.evaluate()
    assert open_rules(world) == ["no_data"]
    stretch = NOON, NOON + 30 * HOUR
    edit(world, "set", stretch, generated_kwh=Decimal(0), consumed_kwh=Decimal("0.3"), interval_seconds=1800)
    assert open_rules(world) == ["no_data"]


def test_values_that_somebody_set_close_a_gap() -> None:
    """Each interval has one then: nothing is missing."""
    hole = range(NOON - 30 * HOUR, NOON - 20 * HOUR)
    sent = records(NOON - 3 * DAY, NOON)
    world = settled([each for each in sent if end_of(each["timestamp"]) not in hole])
    assert {rule for rules in world.flagged().values() for rule in rules} == {"gap"}
    stretch = hole.start - 1800, hole.stop - 1800
    edit(world, "set", stretch, generated_kwh=Decimal(0), consumed_kwh=Decimal("0.3"), interval_seconds=1800)
    assert not any("gap" in rules for rules in world.flagged().values())
    day = world.parts.kept_days["home", "2026-11-21"]
    assert (day.readings, day.flags) == (48, ())


def test_a_shift_s_flags_stay_when_an_evaluation_in_turn_sees_half_of_it() -> None:
    """What is judged of a reading is judged where its value belongs: not where it is stored."""
    world = settled([each for each in records(NOON - 3 * DAY, NOON, stale=STALE) if _is_early(each) or _is_stale(each)])
    edit(world, "shift", (STALE[0] - 1800, STALE[1]), shift_seconds=-20 * HOUR)
    flagged = world.flagged()
    assert all(STALE[0] <= end_of(end) <= STALE[1] for end in flagged)
    assert len(flagged) > 10
    for _ in range(60):
        world.now += 1800
        world.evaluate()
    assert world.flagged() == flagged


def _is_early(record: dict[str, Any]) -> bool:
    return bool(end_of(record["timestamp"]) < STALE[0] - 20 * HOUR)


def _is_stale(record: dict[str, Any]) -> bool:
    return bool(STALE[0] <= end_of(record["timestamp"]) <= STALE[1])


def test_what_is_shifted_into_sight_is_read() -> None:
    """An evaluation in turn reads two days, and before these what edits move into them, be it by two steps."""
    away = range(NOON - 18 * HOUR, NOON - 12 * HOUR)
    sent = [each for each in records(NOON - 4 * DAY, NOON) if end_of(each["timestamp"]) + 2 * DAY not in away]
    for each in sent:
        if end_of(each["timestamp"]) in away:
            each["timestamp"] = text_of(end_of(each["timestamp"]) - 2 * DAY)
    world = settled(sent)
    edit(world, "exclude", (away.start - DAY - 1800, away.stop - DAY - 1800))
    for days in (2, 1):
        begins, ends = (moment - days * DAY - 1800 for moment in (away.start, away.stop))
        edit(world, "shift", (begins, ends), shift_seconds=DAY)
    kept, marked = dict(world.parts.kept_days), world.windows.marked
    assert sum(day.readings for day in kept.values()) == len(sent) - 12
    world.now += 1800
    world.evaluate()
    assert (world.parts.kept_days, world.windows.marked) == (kept, marked)


def test_what_was_left_out_of_a_shift_is_no_reading() -> None:
    """A stored reading lies where a shift goes: it wins, and nothing is found of the one that gave way."""
    world = settled(records(NOON - 3 * DAY, NOON, stale=STALE))
    assert world.flagged()
    edit(world, "shift", (STALE[0] - 1800, STALE[1]), shift_seconds=10 * HOUR + 60)
    assert not any(end_of(end) <= STALE[1] for end in world.flagged())
    days = world.parts.kept_days
    assert days["home", "2026-11-22"].readings < 26


@given(st.data())
@settings(max_examples=8, deadline=None)
def test_edits_in_any_order_end_alike(data: st.DataObject) -> None:
    """What is kept of a site follows from its readings and edits, whatever was evaluated between them."""
    sent = records(NOON - 3 * DAY, NOON, stale=STALE)
    actions: list[dict[str, Any]] = [
        {"action": "accept", "rules": ("stale",)},
        {"action": "scale", "factor": Decimal(2)},
        {"action": "exclude"},
        {"action": "set", "consumed_kwh": Decimal("0.4")},
    ]
    worlds = [settled(sent), settled([])]
    for number in range(3):
        begins = NOON - data.draw(st.integers(4, 30)) * HOUR
        stretch = begins, begins + data.draw(st.integers(1, 10)) * HOUR
        wanted = data.draw(st.sampled_from(actions))
        is_undone = data.draw(st.booleans())
        for world in worlds:
            made = edit(world, stretch=(stretch[0], min(stretch[1], NOON)), **wanted)
            if is_undone:
                undo(world, made)
        if number == 1:
            worlds[1].send(sent, "raw/late.json")
            worlds[1].now += 60
            worlds[0].now += 60
            worlds[1].answer(worlds[1].queue.take())
    for world in worlds:
        world.watcher().evaluate(DueSite("home", text_of(NOON - 3 * DAY)), world.now)
    assert worlds[1].state() == worlds[0].state()
    assert [each.aside for each in worlds[1].readings.kept.values()] == [
        each.aside for each in worlds[0].readings.kept.values()
    ]
