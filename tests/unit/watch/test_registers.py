"""Sites of registers, evaluated: the same days, flags and sums whatever came late, twice, in pieces or turned round."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.world import HOME, NOON, STEP, World, use
from heliograph.checks.judge import judge_history
from heliograph.evaluation.cycle import DueSite
from heliograph.evaluation.model import CONTEXT_SECONDS, StoredReading
from heliograph.evaluation.recent import pack, unpack
from heliograph.history import Assessed, Provenance, landing
from heliograph.reading import Reading, text_of
from heliograph.registers import AFTER, Note, Register
from heliograph.series import with_energies

DAY = 86_400
FIRST = NOON - 3 * DAY
Stood = dict[int, Decimal]


def stood(days: int = 3) -> Stood:
    """Return what a home's meter stood at, by END."""
    total, found = Decimal("41000.5"), {}
    for end in range(NOON - days * DAY, NOON + 1, STEP):
        total += Decimal(str(use(end)))
        found[end] = total
    return found


def land(world: World, facts: Stood, number: int = 1) -> None:
    """Store facts as one file brings them, and ask for an evaluation from the earliest on."""
    provenance = Provenance(text_of(world.now), f"raw/meter/{number}.csv@1", 1)
    readings = [
        Reading(HOME.site_id, text_of(end), None, None, registers=(Register("consumed", "0", kwh),))
        for end, kwh in facts.items()
    ]
    landings = [Assessed(landing(each, provenance), ()) for each in readings]
    world.readings.store(landings, lambda history: judge_history(history, HOME))
    world.watcher().evaluate(DueSite(HOME.site_id, text_of(min(facts))), world.now)


def landed(*files: Stood) -> World:
    """Return a world in which files came one after the other."""
    world = World()
    for number, facts in enumerate(files):
        land(world, facts, number)
        world.now += 60
    return world


def sums(world: World) -> dict[str, Decimal | None]:
    """Return what each day consumed."""
    return {date: day.consumed_kwh for (_, date), day in world.parts.kept_days.items()}


def whole_state(world: World) -> tuple[Any, ...]:
    """Return flags, and the days that are over, without when they landed."""
    flags = {key: each.watched for key, each in world.readings.kept.items()}
    days = {
        key: (day.generated_kwh, day.consumed_kwh, day.readings, day.expected, [flag.rule for flag in day.flags])
        for key, day in world.parts.kept_days.items()
        if day.ends <= world.now
    }
    return flags, days


def test_days_have_the_energy_between_registers() -> None:
    """The first fact gives none; nothing is negative, and nothing is flagged."""
    facts = stood()
    world = landed(facts)
    assert sum(each or 0 for each in sums(world).values()) == facts[NOON] - facts[FIRST]
    assert not world.flagged()
    assert not any(each.flags for each in world.readings.kept.values())


@settings(max_examples=12, deadline=timedelta(seconds=20))
@given(data=st.data())
def test_files_in_any_pieces_and_order_end_in_the_same_days(data: st.DataObject) -> None:
    """A late register between two others changes the energies of its neighbours: the days know."""
    facts = stood()
    ends = list(facts)
    cuts = sorted(data.draw(st.sets(st.sampled_from(range(1, len(ends))), max_size=4)))
    pieces = [
        {end: facts[end] for end in ends[first:after]}
        for first, after in zip([0, *cuts], [*cuts, len(ends)], strict=True)
    ]
    shuffled = data.draw(st.permutations([*pieces, *data.draw(st.lists(st.sampled_from(pieces), max_size=2))]))
    assert whole_state(landed(*shuffled)) == whole_state(landed(facts))


def test_a_register_that_lands_between_two_moves_energy_between_hours_and_not_the_day() -> None:
    """Missing facts leave one energy over the gap, which the day has; once they land each interval has its own."""
    facts = stood()
    gap = range(NOON - DAY, NOON - DAY + 3 * STEP, STEP)
    world = landed({end: kwh for end, kwh in facts.items() if end not in gap})
    before, day = sums(world), world.parts.kept_days["home", "2026-11-21"]
    assert day.readings == day.expected - 4, (
        "three facts that are missing leave four intervals without their own energy"
    )
    land(world, {end: facts[end] for end in gap}, 2)
    assert sums(world) == before
    assert world.parts.kept_days["home", "2026-11-21"].readings == day.expected


def changed(facts: Stood, change: dict[int, Decimal]) -> Stood:
    """Return facts with others in their place, by steps before the last."""
    return facts | {NOON - steps * STEP: kwh for steps, kwh in change.items()}


@pytest.mark.parametrize(
    ("change", "flags"),
    [
        ({20: Decimal(0)}, {20: ["register_fault"]}),
        ({steps: Decimal(20 - steps) for steps in range(21)}, {20: ["meter_replaced"]}),
    ],
)
def test_what_registers_show_is_flagged(change: dict[int, Decimal], flags: dict[int, list[str]]) -> None:
    """A false zero and a new meter are told apart, on the fact itself, though it has no energy."""
    world = landed(changed(stood(), change))
    expected = {text_of(NOON - steps * STEP): rules for steps, rules in flags.items()}
    found = {
        time: rules for time, rules in world.flagged().items() if set(rules) & {"register_fault", "meter_replaced"}
    }
    assert found == expected


def test_a_full_register_is_explained_and_its_energy_counts() -> None:
    """From 99,999.8 to 0.1 kWh is 0.3 kWh: the day has it, and only information says why."""
    facts = stood()
    shift = Decimal(100_000) - facts[NOON - 20 * STEP] - Decimal("0.05")
    world = landed({end: (kwh + shift) % 100_000 for end, kwh in facts.items()})
    assert sums(world) == sums(landed(facts))
    (flags,) = world.flagged().values()
    assert flags == ["register_rollover"]


def test_what_a_register_counts_is_judged_like_any_energy() -> None:
    """As it landed there was no energy to judge; a placeholder's step is a sentinel once it is worked out."""
    facts = stood()
    late = {end: kwh + (9999 if end >= NOON - 4 * STEP else 0) for end, kwh in facts.items()}
    step = {NOON - 4 * STEP: late[NOON - 5 * STEP] + Decimal(9999)}
    world = landed(late | step | dict.fromkeys(range(NOON - 3 * STEP, NOON + 1, STEP), step[NOON - 4 * STEP]))
    assert "sentinel" in world.flagged()[text_of(NOON - 4 * STEP)]


def points(facts: Stood) -> list[StoredReading]:
    """Return what a window reads."""
    stored = [StoredReading(end, None, None, registers=(Register("consumed", "0", kwh),)) for end, kwh in facts.items()]
    return with_energies(stored)


def test_what_is_packed_is_settled() -> None:
    """Energies and notes come out as they went in; the newest facts, which others may change, aren't packed."""
    found = points(changed(stood(), {40: Decimal(0)}))
    packed = pack(found, FIRST, 1, NOON + 4 * 3600)
    assert packed is not None
    unpacked = unpack(packed)
    assert unpacked == [msgspec.structs.replace(each, registers=()) for each in found[: len(found) - AFTER]]
    assert packed.last == found[-1 - AFTER].end


def test_an_evaluation_from_a_pack_sees_what_a_fresh_one_sees() -> None:
    """Half an hour on, the pack and what is younger are the same series as all of it."""
    facts = stood()
    world = landed({end: kwh for end, kwh in facts.items() if end <= NOON - 2 * STEP})
    packed = world.parts.recents["home"]
    land(world, {end: facts[end] for end in (NOON - STEP, NOON)}, 2)
    kept = [each for each in unpack(packed) if each.end >= NOON - CONTEXT_SECONDS]
    younger = world.windows.read("home", packed.last + 1, NOON, consistent=True)
    fresh = world.windows.read("home", NOON - CONTEXT_SECONDS, NOON, consistent=True)
    assert _energies([*kept, *younger]) == _energies(fresh)


def _energies(found: Iterable[StoredReading]) -> Sequence[tuple[int, Decimal | None, Note | None]]:
    return [(each.end, each.consumed_kwh, each.note) for each in found]
