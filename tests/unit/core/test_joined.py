"""Feeds of one side of a site are one reading: in any order, late, doubled, revised or read anew, the same end."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from random import Random
from typing import Final

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.audit.histories import Brought, Judge, Kept, compare
from heliograph.checks.judge import repeated
from heliograph.history import (
    KEPT_REVISIONS,
    Assessed,
    History,
    Joined,
    Provenance,
    history_of,
    landing,
    merge,
    store_outcome,
)
from heliograph.reading import QUALITIES, Quality, Reading
from heliograph.registers import Register, Side
from heliograph.repeats import Repeats
from heliograph.replacing import in_place, without
from heliograph.sides import SIDES, content
from heliograph.site import Site
from heliograph.storage.reading_items import READING_CODEC, item_of

END: Final = "2026-06-01T10:00:00Z"
NAMES: Final = {"generated": "energy_generated_kwh", "consumed": "energy_consumed_kwh"}


def land(source: str, minute: int, generated: int | None, consumed: int | None, **said: object) -> History:
    """Return a landing of the reading these tests are about; minute: when its file landed."""
    energies = (None if value is None else Decimal(value) for value in (generated, consumed))
    reading = Reading("roof", END, *energies, **said)  # type: ignore[arg-type]
    return landing(reading, Provenance(f"2026-06-01T12:{minute:02}:00Z", source, 1))


def held(history: History) -> tuple[int | None, ...]:
    """Return what a reading has: generated, consumed and net, kWh."""
    return tuple(
        None if each is None else int(each) for each in (*history.current.values, history.reading.net_energy_kwh)
    )


def totals(history: History) -> list[int]:
    """Return what the counters of a reading stood at."""
    return [int(each.kwh) for each in history.current.registers]


def rules(history: History) -> list[str]:
    """Return what is flagged of landings that don't agree."""
    return [flag.rule for flag in repeated(history, Site("roof"))] if history.replaced else []


def lasting(history: History) -> tuple[object, ...]:
    """Return what has to be the same in any order."""
    return history.versions, history.counted, history.revision_count, history.current, history.replaced


energies = st.none() | st.integers(0, 4)
pairs = st.tuples(energies, energies).filter(lambda both: both != (None, None))
# One record of one file has one pair, so a provenance always comes with the same; three feeds, two of one side.
pv = st.tuples(st.integers(0, 4), st.none())
meter = st.tuples(st.none(), st.integers(0, 4))
feeds = st.one_of(st.tuples(st.just("pv"), pv), st.tuples(st.just("meter"), meter), st.tuples(st.just("both"), pairs))
landings = st.dictionaries(
    st.integers(0, 20), st.tuples(feeds, st.sampled_from(("actual", *QUALITIES)), st.booleans()), min_size=1, max_size=9
).map(
    lambda found: [
        land(f"raw/{feed}/{minute}@1", minute, *both, quality=mark, is_partial=partial and None in both)
        for minute, ((feed, both), mark, partial) in found.items()
    ]
)


def expected(arrived: Iterable[History], side: Side) -> Decimal | None:
    """Return the value of a side by the rule itself: the latest actual one, else the latest."""
    found = [each.current for each in arrived if content(each.current, side) is not None]
    best = max(found, key=lambda each: (each.quality == "actual", each.provenance), default=None)
    return None if best is None else getattr(best, NAMES[side])


@settings(max_examples=200)
@given(landings, st.randoms(use_true_random=False))
def test_each_side_has_its_latest_value_in_any_order(arrived: list[History], chance: Random) -> None:
    """Shuffled, doubled, in any grouping: the same reading, each side as if the other's feed weren't there."""
    doubled = [*arrived, *arrived[: len(arrived) // 2]]
    chance.shuffle(doubled)
    cut = chance.randint(1, len(doubled))
    grouped = [history_of(part) for part in (doubled[:cut], doubled[cut:]) if part]
    end = history_of(arrived)
    assert lasting(history_of(doubled)) == lasting(history_of(grouped)) == lasting(end)
    assert end.current.values == tuple(expected(arrived, side) for side in SIDES)
    assert all(merge(end, each) == end for each in arrived)


@settings(max_examples=100)
@given(landings)
def test_an_item_keeps_a_joined_reading_whole(arrived: list[History]) -> None:
    """What is written is read back equal, to who stored which side."""
    stored = Assessed(history_of(arrived), ())
    assert READING_CODEC.read(item_of(stored, 0)) == stored


@settings(max_examples=100)
@given(landings, st.integers(0, 8))
def test_what_one_file_brought_can_be_taken_out_or_replaced(arrived: list[History], chosen: int) -> None:
    """A replay of one feed touches nothing that another one brought, while all values are kept."""
    gone = arrived[chosen % len(arrived)]
    source, others = gone.inserted_by.source, [each for each in arrived if each is not gone]
    if len({each.current.identity for each in arrived}) != len(arrived) or history_of(arrived).counted:
        return  # of a value that two files brought the first one is known again when it is read
    left = without(history_of(arrived), source)
    assert (left and lasting(left)) == (lasting(history_of(others)) if others else None)
    anew = land(source, int(gone.inserted_by.landed_at[14:16]), 9, None)
    replaced = in_place(history_of(arrived), anew)
    assert lasting(replaced) == lasting(history_of([*others, anew]))
    assert set(replaced.stored_by) <= {each.inserted_by for each in (*others, anew)}
    if gone.current.values[1] is None:
        assert replaced.stored_by == history_of([anew if each is gone else each for each in arrived]).stored_by


@settings(max_examples=100)
@given(landings)
def test_the_audit_finds_what_is_stored_equal(arrived: list[History]) -> None:
    """Whatever came first: the files alone lead to the stored history."""
    brought = [Brought(each.reading, each.inserted_by, processed=True) for each in arrived]
    assert compare(brought, Kept(history_of(arrived)), Judge(lambda _: "processed")) is None


@settings(max_examples=150)
@given(landings)
def test_landings_count_alike_in_a_second_attempt(arrived: list[History]) -> None:
    """As many are stored as sides came with landings of their own; a crash behind any of them changes no count."""
    history, first = arrived[0], [store_outcome(arrived[0], arrived[0])]
    for each in arrived[1:]:
        history = merge(history, each)
        first.append(store_outcome(history, each))
        assert store_outcome(merge(history, each), each) == first[-1]
    assert first.count("stored") == len(history.stored_by)
    assert history.stored_by[0] == arrived[0].inserted_by


def test_a_pv_logger_and_a_house_meter_are_one_site() -> None:
    """Each brings its side: the net is of both, nothing is revised, and each counts as stored."""
    pv, meter = land("pv", 1, 5, None, is_partial=True), land("meter", 2, None, 3)
    for both in ((pv, meter), (meter, pv)):
        end = history_of(both)
        assert (held(end), rules(end), end.replaced, end.revision_count) == ((5, 3, 2), [], (), 0)
        assert [store_outcome(end, each) for each in both] == ["stored", "stored"]
        assert (end.reading.measures, end.reading.is_partial) == ("both", False)


def test_only_another_value_of_the_same_side_is_a_revision() -> None:
    """The PV logger corrects itself: that side is revised, by the file that did it, and the meter's stays."""
    arrived = [land("pv", 1, 5, None), land("meter", 2, None, 3), land("pv2", 3, 6, None), land("meter2", 4, None, 3)]
    end = history_of(arrived)
    assert (held(end), end.revision_count) == ((6, 3, 3), 1)
    assert [version.values for version in end.replaced] == [(Decimal(5), None)]
    (flag,) = repeated(end, Site("roof"))
    assert flag.message == "landed 2 times with other values; the latest, pv2, holds, and 5 kWh generated doesn't"
    assert (flag.observed, flag.limit) == (Decimal(6), Decimal(5))
    outcomes = [store_outcome(end, each) for each in arrived]
    assert outcomes == ["stored", "stored", "revised", "already_stored"]


@pytest.mark.parametrize(
    ("versions", "outcome"),
    [
        ([(5, None), (None, 3), (5, 3)], "already_stored"),
        ([(5, None), (None, 3), (5, 4)], "revised"),
        ([(5, 3), (5, None)], "already_stored"),
        ([(5, 3), (None, 4)], "revised"),
        ([(5, None), (5, 3)], "stored"),
        ([(5, None), (6, 3)], "stored"),
        ([(5, None), (6, None), (None, 3)], "stored"),
    ],
)
def test_a_file_counts_as_what_it_did_to_its_sides(
    versions: Sequence[tuple[int | None, int | None]], outcome: str
) -> None:
    """It stored a side that wasn't there, repeated what holds, or brought another value of a side."""
    arrived = [land(f"raw/{minute}", minute, *both) for minute, both in enumerate(versions)]
    assert store_outcome(history_of(arrived), arrived[-1]) == outcome


@pytest.mark.parametrize("order", [("pv", "pv-again"), ("pv-again", "pv")])
@pytest.mark.parametrize("before", [4, 5])
@pytest.mark.parametrize("is_meter_first", [False, True])
def test_a_replay_of_a_feed_whose_files_bring_the_same_leaves_what_each_counts_as(
    order: tuple[str, str], before: int, *, is_meter_first: bool
) -> None:
    """A logger's file landed twice and is read by another version, which changes its values by day and none by night.

    Each file still counts as what the audit works out, and the value stays when the other file goes.
    """
    landed = [land("pv", 1, before, None), land("meter", 0 if is_meter_first else 2, None, 3)]
    first, second = landed[::-1] if is_meter_first else landed
    history = history_of([first, second, land("pv-again", 3, before, None)])
    anew = {"pv": land("pv", 1, 5, None), "pv-again": land("pv-again", 3, 5, None)}
    outcomes = {}
    for name in order:
        history = in_place(history, anew[name])
        outcomes[name] = store_outcome(history, anew[name])
    files = [Brought(each.reading, each.inserted_by, processed=True) for each in (*anew.values(), landed[1])]
    assert compare(files, Kept(history), Judge(lambda _: "processed")) is None
    assert outcomes["pv"] == "stored" != outcomes["pv-again"]
    assert {each.source for each in history.stored_by} == {"pv", "meter"}
    for name in anew:
        left = without(history, name)
        assert left is not None
        assert held(left) == (5, 3, 2)


def test_the_audit_says_who_stored_a_side_where_only_that_is_wrong() -> None:
    """Values and landings are equal: what is stored and what should be are still different sentences."""
    arrived = [land("pv", 1, 5, None), land("meter", 2, None, 3), land("pv2", 3, 5, None)]
    history = history_of(arrived)
    wrong = msgspec.structs.replace(history, joined_by=Joined("generated", arrived[2].inserted_by), brought_by=())
    files = [Brought(each.reading, each.inserted_by, processed=True) for each in arrived]
    found = compare(files, Kept(wrong), Judge(lambda _: "processed"))
    assert found is not None
    assert "what is generated first stored by record 1 of pv2" in found.problem
    assert "should be" in found.problem.split("what is consumed first stored by record 1 of meter")[0]


def test_a_null_takes_no_value_away() -> None:
    """A PV logger that writes an empty column of consumption has nothing to say of it, however late it lands."""
    end = history_of([land("meter", 1, None, 3), land("pv", 2, 5, None, is_partial=True)])
    assert (held(end), rules(end)) == ((5, 3, 2), [])
    alone = history_of([land("pv", 1, 5, None, is_partial=True), land("pv2", 2, 6, None, is_partial=True)])
    assert (held(alone), rules(alone)) == ((6, None, None), ["revised"])


@pytest.mark.parametrize("quality", ["estimated", "substituted"])
def test_the_mark_counts_by_side_and_the_reading_has_the_less_sure_one(quality: Quality) -> None:
    """An actual value of the meter says nothing of the estimate that the PV portal made."""
    pv, meter = land("pv", 1, 5, None, quality=quality), land("meter", 2, None, 3)
    late = land("pv", 3, 7, None, quality="estimated")
    assert history_of([pv, meter]).reading.quality == quality
    assert held(history_of([pv, meter, late])) == (7, 3, 4)
    assert held(history_of([pv, meter, land("pv", 0, 4, None), late])) == (4, 3, 1)


@pytest.mark.parametrize(
    ("lengths", "length"), [((900, 900), 900), ((900, None), 900), ((None, 900), 900), ((300, 900), 300)]
)
def test_a_joined_reading_has_the_length_that_both_have(lengths: tuple[int | None, int | None], length: int) -> None:
    """Where they differ it is the shorter: else the reading would hold what lies before it."""
    pv, meter = (land(name, minute, *both, interval_seconds=seconds) for name, minute, both, seconds in zip(
        ("pv", "meter"), (1, 2), ((5, None), (None, 3)), lengths, strict=True))  # fmt: skip
    assert (
        history_of([pv, meter]).reading.interval_seconds == history_of([meter, pv]).reading.interval_seconds == length
    )


def test_a_side_that_lands_again_and_again_never_pushes_the_other_out() -> None:
    """A logger whose clock stands still has its few revisions, and the meter's only value stays."""
    arrived = [land("meter", 0, None, 3), *(land(f"pv/{minute}", minute, minute, None) for minute in range(1, 50))]
    end = history_of(arrived)
    assert (held(end)[:2], len(end.replaced)) == ((49, 3), KEPT_REVISIONS)
    assert KEPT_REVISIONS < end.revision_count <= 48
    assert lasting(history_of(arrived[::-1])) == lasting(end)


def test_registers_of_two_feeds_are_joined_by_side() -> None:
    """An inverter's counter and a house meter's stand beside each other; a later one of a side takes its place."""

    def stood(source: str, minute: int, *registers: tuple[Side, str, int]) -> History:
        named = tuple(Register(side, name, Decimal(kwh)) for side, name, kwh in registers)
        return land(source, minute, None, None, registers=named)

    pv, meter = (
        stood("pv", 2, ("generated", "pv:0", 70)),
        stood("p1", 1, ("consumed", "p1:0", 5), ("consumed", "p1:1", 6)),
    )
    end = history_of([pv, meter])
    assert [each.name for each in end.current.registers] == ["pv:0", "p1:0", "p1:1"]
    assert (rules(end), end.current) == ([], history_of([meter, pv]).current)
    later = history_of([pv, meter, stood("p1-again", 3, ("consumed", "p1:0", 5), ("consumed", "p1:1", 7))])
    assert (totals(later), rules(later)) == ([70, 5, 7], ["revised"])
    mixed = history_of([pv, land("meter", 3, None, 3)])
    assert (held(mixed), totals(mixed)) == ((None, 3, None), [70])


def test_one_file_may_bring_a_side_a_row() -> None:
    """Rows of one interval that share no side contradict nothing; a second row of a side repeats or contradicts."""
    rows = [land("file", 1, *both) for both in ((5, None), (None, 3), (5, None), (None, 4))]
    rows = [landing(each.reading, Provenance(each.inserted_by.landed_at, "file", at)) for at, each in enumerate(rows)]
    assert rules(history_of(rows[:2])) == []
    assert rules(history_of(rows)) == ["conflicting_values"]
    end = history_of(rows)
    outcomes = Repeats().among([each.reading for each in rows], [store_outcome(end, each) for each in rows])
    assert outcomes == ["stored", "stored", "already_stored", "revised"]
