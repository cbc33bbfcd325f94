"""An edit is judged as late data is: what it changes is found anew, and undone it is as if there had been none."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from fakes.world import NOON, PERIOD, PLANT, World, generated, records
from heliograph.baseline import unpack_baseline
from heliograph.reading import text_of
from unit.edits.edited_world import DAY, HOUR, STALE, anomalies, edit, open_rules, settled, undo


def test_an_accepted_rule_leaves_a_stretch_alone() -> None:
    """Its flags are gone and its incident is closed, the values stay; undone, the flags are back."""
    world = settled(records(NOON - 3 * DAY, NOON, stale=(STALE[0], NOON)))
    flagged = world.flagged()
    assert open_rules(world) == ["stale"]
    before, day = world.state(), world.parts.kept_days["home", "2026-11-22"]
    assert (day.sums.left_out.intervals, day.sums.flagged) == (len(flagged), len(flagged))
    made = edit(world, "accept", (STALE[0] - HOUR, NOON), rules=("stale",))
    assert world.flagged() == {}
    assert anomalies(world) == []
    assert open_rules(world) == []
    accepted = world.parts.kept_days["home", "2026-11-22"]
    assert (accepted.shape, accepted.baseline, accepted.parts) == (day.shape, day.baseline, None)
    undo(world, made)
    assert world.flagged() == flagged
    assert world.state() == before
    assert world.parts.kept_days["home", "2026-11-22"] == day


def test_another_rule_s_flags_stay() -> None:
    """Only the rules that were named are silent, and only in the stretch."""
    world = settled(records(NOON - 3 * DAY, NOON, stale=STALE))
    flagged = world.flagged()
    edit(world, "accept", (STALE[0] - HOUR, NOON), rules=("spike",))
    assert world.flagged() == flagged
    edit(world, "accept", (STALE[0] - HOUR, STALE[0] + HOUR))
    assert world.flagged() == {end: rules for end, rules in flagged.items() if end > text_of(STALE[0] + HOUR)}


def test_what_is_excluded_is_no_value_to_the_checks() -> None:
    """Nothing is found of it, nor is it a gap: it was delivered, and somebody knows of it."""
    world = settled(records(NOON - 3 * DAY, NOON, stale=STALE))
    before = world.state()
    made = edit(world, "exclude", (STALE[0] - HOUR, STALE[1]))
    assert world.flagged() == {}
    assert anomalies(world) == []
    assert open_rules(world) == []
    day = world.parts.kept_days["home", "2026-11-22"]
    assert (day.flags, day.readings) == ((), 26)
    undo(world, made)
    assert world.state() == before


@pytest.mark.parametrize("side", ["both", "generated"])
def test_what_is_excluded_teaches_nothing(side: str) -> None:
    """Days that are excluded are missing to the baseline, not nights: what was usual stays so."""
    world = settled(records(NOON - 21 * DAY, NOON, PLANT.site_id), PLANT.site_id)
    edit(world, "exclude", (NOON - 14 * DAY, NOON - 10 * DAY), PLANT.site_id, side=side)
    found = unpack_baseline(world.parts.kept_days[PLANT.site_id, "2026-11-22"].baseline)
    assert found.days == 17
    assert found.floor[10] > 10
    assert world.parts.kept_days[PLANT.site_id, "2026-11-10"].shape == b""


def test_what_is_excluded_says_nothing_of_what_a_site_measures() -> None:
    """A day of a meter of one side is one of that side."""
    sent = records(NOON - 3 * DAY, NOON, PLANT.site_id)
    for each in sent:
        del each["energy_consumed_kwh"]
    world = settled(sent, PLANT.site_id)
    assert {day.measures for day in world.parts.kept_days.values()} == {"generated"}
    edit(world, "exclude", (NOON - DAY, NOON - HOUR), PLANT.site_id)
    assert {day.measures for day in world.parts.kept_days.values()} == {"generated"}
    assert world.parts.kept_days[PLANT.site_id, "2026-11-22"].readings == 26


def in_wh(end: int) -> Decimal:
    """Return what the plant generates, Wh."""
    return Decimal(str(round(generated(end, (0, 0)) * 1000, 1)))


def wh_for_kwh(world_is_wrong: bool) -> list[dict[str, Any]]:  # noqa: FBT001
    """Return a plant's three weeks, of which ten days came in Wh."""
    sent = records(NOON - 21 * DAY, NOON, PLANT.site_id)
    wrong = range(NOON - 14 * DAY + 1, NOON - 4 * DAY + 1) if world_is_wrong else range(0)
    return [
        each | {"energy_generated_kwh": float(in_wh(end))} if end in wrong else each
        for each, end in zip(sent, range(NOON - 21 * DAY, NOON + 1, 1800), strict=True)
    ]


def test_wh_for_kwh_is_as_if_it_had_come_right() -> None:
    """Scaled by 0.001: no flag, no open incident, the same days, and the same baseline."""
    world, right = (settled(wh_for_kwh(is_wrong), PLANT.site_id) for is_wrong in (True, False))
    assert anomalies(world)
    stretch = NOON - 14 * DAY, NOON - 4 * DAY
    made = edit(world, "scale", stretch, PLANT.site_id, factor=Decimal("0.001"), side="generated")
    assert anomalies(world) == []
    assert world.flagged(PLANT.site_id) == {}
    assert open_rules(world) == []
    assert _days(world) == _days(right)
    sums = world.parts.kept_days[PLANT.site_id, "2026-11-12"].sums
    assert (sums.edited.intervals, sums.measured.intervals, sums.measured.generated_kwh) == (48, 0, None)
    stored = world.readings.kept[PLANT.site_id, text_of(NOON - 10 * DAY)]
    assert stored.history.current.energy_generated_kwh == in_wh(NOON - 10 * DAY)
    assert stored.flags
    assert stored.every_flag == ()
    undo(world, made)
    assert anomalies(world)


def _days(world: World) -> dict[str, Any]:
    """Return a plant's days with their totals, shapes and baselines, whoever the values are from."""
    return {
        date: msgspec.structs.replace(day, parts=None)
        for (site, date), day in world.parts.kept_days.items()
        if site == PLANT.site_id
    }


def test_an_edited_value_is_judged_anew() -> None:
    """By the rules of single readings too, whose word on the stored value no longer holds."""
    world = settled(records(NOON - 3 * DAY, NOON, PLANT.site_id), PLANT.site_id)
    stretch = NOON - DAY, NOON - DAY + HOUR
    edit(world, "set", stretch, PLANT.site_id, generated_kwh=Decimal(90))
    rules = world.flagged(PLANT.site_id)
    assert set(rules) >= {text_of(stretch[1] - 1800), text_of(stretch[1])}
    assert all("over_capacity" in found for found in rules.values())


def test_a_flag_that_was_set_aside_holds_again() -> None:
    """Once the edit is undone that accepted it; the processor's word needs no other."""
    sent = records(NOON - 3 * DAY, NOON, PLANT.site_id)
    sent[-1]["energy_generated_kwh"] = 40
    world = settled(sent, PLANT.site_id)
    assert anomalies(world) == [text_of(NOON)]
    made = edit(world, "accept", (NOON - HOUR, NOON), PLANT.site_id, rules=("over_capacity", "spike"))
    (kept,) = [each for each in world.readings.kept.values() if each.flags]
    assert (kept.aside, kept.anomaly, kept.watched) == (("over_capacity",), False, ())
    undo(world, made)
    (kept,) = [each for each in world.readings.kept.values() if each.flags]
    assert kept.aside == ()
    assert anomalies(world) == [text_of(NOON)]


def hour_late(end: int) -> bool:
    """Return whether the clock was an hour ahead then."""
    return NOON - 30 * HOUR < end <= NOON - 5 * HOUR


def test_a_shifted_stretch_is_as_if_its_clock_had_been_right() -> None:
    """Its days are those of right stamps, and what is found of it goes to the readings as they are stored."""
    right = records(NOON - 3 * DAY, NOON, stale=STALE)
    times = range(NOON - 3 * DAY, NOON + 1, 1800)
    ahead = [
        each | {"timestamp": text_of(end + HOUR)} if hour_late(end) else each
        for each, end in zip(right, times, strict=True)
        if hour_late(end) or not hour_late(end - HOUR)
    ]
    kept = [hour_late(end) or not hour_late(end - HOUR) for end in times]
    want = settled([each for each, is_kept in zip(right, kept, strict=True) if is_kept])
    world = settled(ahead)
    made = edit(world, "shift", (NOON - 29 * HOUR, NOON - 4 * HOUR), shift_seconds=-HOUR)
    moved = {text_of(end): text_of(end + HOUR) for end in times if hour_late(end)}
    assert world.flagged() == {moved.get(end, end): rules for end, rules in want.flagged().items()}
    sums = {key: (day.readings, day.consumed_kwh, day.flags) for key, day in world.parts.kept_days.items()}
    assert sums == {key: (day.readings, day.consumed_kwh, day.flags) for key, day in want.parts.kept_days.items()}
    assert made.since == text_of(NOON - 30 * HOUR)


@pytest.mark.parametrize("times", [1000, 1])
def test_what_is_packed_is_edited_once(times: int) -> None:
    """It is packed as it is stored: evaluations in turn find what the edit led to, and write nothing."""
    sent = records(NOON - 8 * DAY, NOON, PLANT.site_id)
    for each in sent[-100:]:
        each["energy_generated_kwh"] = round(each["energy_generated_kwh"] * times, 4)
    world = settled(sent, PLANT.site_id)
    factor = Decimal("0.8") / times
    edit(world, "scale", (NOON - 3 * DAY, NOON), PLANT.site_id, factor=factor, side="generated")
    days, marked = dict(world.parts.kept_days), world.windows.marked
    assert any(each.aside for each in world.readings.kept.values()) == (times > 1)
    for _ in range(3):
        world.now += PERIOD * 60
        world.evaluate(PLANT.site_id)
    assert world.windows.reads[-1][1] > NOON - 3 * HOUR, "the rest was packed"
    assert (world.parts.kept_days, world.windows.marked) == (days, marked)


def test_an_evaluation_in_turn_sees_the_edits_too() -> None:
    """What is packed holds the readings as they are stored; nothing is written that the edit had settled."""
    world = settled(records(NOON - 3 * DAY, NOON, stale=STALE))
    made = edit(world, "exclude", (STALE[0] - HOUR, STALE[1]))
    marked, written = world.windows.marked, world.parts.days_written
    for _ in range(3):
        world.now += PERIOD * 60
        world.evaluate()
    assert (world.windows.marked, world.parts.days_written) == (marked, written)
    assert world.windows.reads[-1][1] > NOON - 3 * HOUR, "the rest was packed"
    assert world.flagged() == {}
    undo(world, made)
    world.now += PERIOD * 60
    world.evaluate()
    assert world.flagged() != {}


def test_what_lands_later_in_an_edited_stretch_is_edited_too() -> None:
    """A revision keeps what was set aside; the evaluation it calls for judges the new value after the edit."""
    world = settled(wh_for_kwh(world_is_wrong=True), PLANT.site_id)
    edit(world, "scale", (NOON - 14 * DAY, NOON - 4 * DAY), PLANT.site_id, factor=Decimal("0.001"), side="generated")
    end = NOON - 10 * DAY
    again = {"site_id": "plant", "timestamp": text_of(end), "energy_consumed_kwh": 0}
    world.send([again | {"energy_generated_kwh": 20_001}], "raw/b.json")
    assert world.readings.kept["plant", text_of(end)].aside
    world.now += 120
    world.answer(world.queue.take())
    assert anomalies(world) == []
    assert world.readings.kept["plant", text_of(end)].history.current.energy_generated_kwh == 20_001


def test_a_day_s_flag_is_accepted_where_its_rule_is_named() -> None:
    """For a day that the edit touches; where no rule is named, for the days that lie in it."""
    sent = [each for each in records(NOON - 4 * DAY, NOON) if not each["timestamp"].startswith("2026-11-20T1")]
    world = settled(sent)
    day = "home", "2026-11-20"
    assert [flag.rule for flag in world.parts.kept_days[day].flags] == ["incomplete_day"]
    begins = world.parts.kept_days[day].start
    edit(world, "accept", (begins + HOUR, begins + 2 * DAY))
    assert world.parts.kept_days[day].flags != ()
    made = edit(world, "accept", (begins + HOUR, begins + 2 * HOUR), rules=("incomplete_day",))
    assert world.parts.kept_days[day].flags == ()
    undo(world, made)
    assert world.parts.kept_days[day].flags != ()
    edit(world, "accept", (begins, begins + DAY))
    assert world.parts.kept_days[day].flags == ()


@pytest.mark.parametrize("action", ["exclude", "accept"])
def test_no_edit_costs_nothing(action: str) -> None:
    """Undone edits are passed over: the readings are the very ones that were read."""
    world = settled(records(NOON - 3 * DAY, NOON, stale=STALE))
    before = world.state()
    made = edit(world, action, (STALE[0] - HOUR, STALE[1]))
    undo(world, made)
    assert world.state() == before
    assert all(each.aside == () for each in world.readings.kept.values())
    later = world.clock() + timedelta(hours=1)
    assert msgspec.structs.replace(made, undone_at="") == made
    assert world.edits.undo(made.id, "bob", later) == (world.edits.kept[made.id], False)
