"""Energies from registers: exact, the same in any order of files, and honest where a total falls."""

from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from heliograph.registers import (
    AFTER,
    BEFORE,
    CountedEnergy,
    Register,
    RegisterFact,
    Side,
    around,
    energies_between,
    with_counted,
)

STEP = 900
DAYS = ("2026-06-01", "2026-06-02")


def fact(position: int, *totals: object, side: Side = "generated", step: int = STEP) -> RegisterFact:
    """Return what one or more counters of a side stood at."""
    named = (Register(side, str(name), Decimal(str(kwh))) for name, kwh in enumerate(totals))
    return RegisterFact(position * step, tuple(named))


def facts(*totals: object, step: int = STEP) -> list[RegisterFact]:
    """Return the facts of one counter, a step apart; None where it has none."""
    return [fact(position, kwh, step=step) for position, kwh in enumerate(totals) if kwh is not None]


def energies(found: Sequence[CountedEnergy]) -> list[str | None]:
    """Return what was generated, as text."""
    return [None if each.generated is None else str(each.generated) for each in found]


def notes(found: Sequence[CountedEnergy]) -> dict[int, str]:
    """Return the notes there are, by position."""
    return {position: each.note for position, each in enumerate(found) if each.note}


def test_energy_is_the_difference_and_the_first_fact_has_none() -> None:
    """Decimals stay exact, and what nobody can know is absent and not zero."""
    found = energies_between(facts("1000.001", "1000.25", "1000.25", "1003.1"))
    assert energies(found) == [None, "0.249", "0.00", "2.85"]
    assert [each.seconds for each in found] == [None, STEP, STEP, STEP]
    assert {each.consumed for each in found} == {None}


def test_a_gap_is_one_energy_over_its_whole_length() -> None:
    """What was counted while facts are missing isn't put into one interval."""
    found = energies_between(facts(10, 11, None, None, 17, 18))
    assert energies(found) == [None, "1", "6", "1"]
    assert [each.seconds for each in found] == [None, STEP, 3 * STEP, STEP]


def test_several_counters_are_summed_into_their_side() -> None:
    """Of a day and a night tariff only the sum is the side's energy."""
    assert energies(energies_between([fact(0, 100, 50), fact(1, 101, 50), fact(2, 101, 52)])) == [None, "1", "2"]


def test_a_side_of_which_a_counter_is_replaced_is_unknown_once_while_the_other_goes_on() -> None:
    """The sums of what the counters stood at would hide it, or turn it into energy."""
    stood = [(100, 50), (101, 51), (102, 0), (103, 1), (104, 2), (105, 3)]
    found = energies_between([
        RegisterFact(at * STEP, (*fact(0, *both).registers, Register("consumed", "0", Decimal(7 * at))))
        for at, both in enumerate(stood)
    ])  # fmt: skip
    assert energies(found) == [None, "2", None, "2", "2", "2"]
    assert [each.consumed for each in found] == [None, 7, 7, 7, 7, 7]
    assert notes(found) == {2: "replaced"}


@pytest.mark.parametrize("off", [["0"], ["0", "0"], ["0", "0", "0"], ["9999999"], ["500", "0"]])
def test_a_total_that_comes_back_is_a_fault_and_takes_no_energy(off: list[str]) -> None:
    """A logger that starts shows zeros for moments; then the counter goes on from where it was."""
    found = energies_between(facts("1000", "1001", *off, "1004", "1005", "1006", "1007"))
    assert notes(found) == dict.fromkeys(range(2, 2 + len(off)), "fault")
    assert found[2 + len(off)] == CountedEnergy((len(off) + 1) * STEP, Decimal(3))
    assert sum(each.generated or 0 for each in found) == 7


def test_a_new_meter_goes_on_from_its_own_start() -> None:
    """What the old one still counted is lost: the interval has no energy, and says why."""
    found = energies_between(facts(5000, 5001, 12, 13, 15, 16))
    assert energies(found) == [None, "1", None, "1", "2", "1"]
    assert notes(found) == {2: "replaced"}


def test_a_fall_is_only_named_once_it_could_have_come_back() -> None:
    """The newest facts don't tell a new meter from a fault: either way there is no energy."""
    found = energies_between(facts(5000, 5001, 12, 13))
    assert (energies(found), notes(found)) == ([None, "1", None, "1"], {2: "fell"})


@pytest.mark.parametrize(
    ("before", "after", "energy"),
    [("99999.5", "1.25", "1.75"), ("999999.999", "0.001", "0.002"), ("4294967.295", "0.004", "0.005")],
)
def test_a_full_counter_rolls_over(before: str, after: str, energy: str) -> None:
    """Five digits of a meter, or 32 bits of an inverter's Wh: what lies on both sides of zero is its energy."""
    found = energies_between(facts(Decimal(before) - 1, before, after, Decimal(after) + 1, 50, 60))
    assert (energies(found)[2], notes(found)) == (energy, {2: "rollover"})


@pytest.mark.parametrize(
    ("before", "after"), [("99900", "1"), ("99999.9", "90"), ("99.999", "0.001"), ("99999.9", "-1")]
)
def test_a_counter_that_wasn_t_full_was_replaced(before: str, after: str) -> None:
    """A meter of that width takes 1,500 hours to fill: in a quarter of an hour it counts far less."""
    found = energies_between(facts(Decimal(before) - 1, before, after, Decimal(after) + 1, 95, 96))
    assert (energies(found)[2], notes(found)) == (None, {2: "replaced"})


def test_a_long_gap_hides_no_more_than_a_tenth_of_a_width() -> None:
    """After half a year without a fact a register may have come round; from 60,000 to 5,000 that is a guess."""
    half_a_year = 4400 * 3600
    for before, energy in (("95000", "10000"), ("60000", None)):
        found = energies_between(facts(before, "5000", "5001", "5002", "5003", step=half_a_year))
        assert energies(found)[1] == energy


def test_a_known_width_goes_before_the_digits() -> None:
    """A meter of six digits isn't full at a hundred thousand, and one of its own width is."""

    def of(kwh: str, width: int) -> Register:
        return Register("generated", "0", Decimal(kwh), Decimal(width))

    for width, energy in ((100_000, "1.1"), (1_000_000, None), (120_000, None)):
        stood = [RegisterFact(at * STEP, (of(kwh, width),)) for at, kwh in enumerate(("99999.9", "1.0", "2", "3", "4"))]
        assert energies(energies_between(stood))[1] == energy
    stood = [RegisterFact(at * STEP, (of(kwh, 120_000),)) for at, kwh in enumerate(("119999.9", "1.0", "2", "3", "4"))]
    assert energies(energies_between(stood))[1] == "1.1"


def of_the_day(*rows: tuple[float, int, str]) -> list[RegisterFact]:
    """Return a daily counter's facts: hour, day, kWh."""
    return [
        RegisterFact(int((24 * day + hour) * 3600), (Register("generated", "0", Decimal(kwh), day=DAYS[day]),))
        for hour, day, kwh in rows
    ]


def test_a_total_of_the_day_begins_anew_each_day() -> None:
    """It falls to nothing at midnight, or was asleep from dusk to dawn, and is neither a fault nor a new meter."""
    found = energies_between(of_the_day((20, 0, "30"), (21, 0, "30.2"), (5, 1, "0"), (6, 1, "0.4"), (12, 1, "31")))
    assert energies(found) == [None, "0.2", "0", "0.4", "30.6"]
    assert notes(found) == {2: "new_day"}


def test_a_total_of_the_day_that_is_higher_after_a_night_began_anew_all_the_same() -> None:
    """Over a night the date tells, not the value; over minutes the value, for a clock may lag."""
    assert energies(energies_between(of_the_day((20, 0, "3"), (10, 1, "8")))) == [None, "8"]
    assert energies(energies_between(of_the_day((23.9, 0, "3"), (0.1, 1, "3"), (0.3, 1, "0.1")))) == [None, "0", "0.1"]


def test_a_total_of_the_day_over_two_days_is_unknown() -> None:
    """A whole day may be missing between them."""
    found = energies_between(of_the_day((1, 0, "3"), (2, 1, "1")))
    assert [(each.generated, each.note) for each in found[1:]] == [(None, "new_day")]


def test_a_fact_that_lacks_a_counter_takes_no_energy_from_the_next() -> None:
    """Half a telegram has no sum; the next whole one counts from the last whole one."""
    found = energies_between([fact(0, 100, 50), fact(1, 101), fact(2, 104, 52)])
    assert found == [CountedEnergy(), CountedEnergy(), CountedEnergy(2 * STEP, Decimal(6))]


totals = st.lists(st.integers(0, 400), min_size=1, max_size=60)
broken = st.lists(st.one_of(st.none(), st.integers(0, 40), st.integers(99_900, 100_100)), min_size=1, max_size=40)


@settings(max_examples=150)
@given(steps=totals, data=st.data())
def test_any_pieces_in_any_order_end_in_the_same_energies(steps: list[int], data: st.DataObject) -> None:
    """Landed in pieces, shuffled, with some twice: what is stored by moment is what one file would have stored."""
    stood, at = [], Decimal("5.5")
    for position, step in enumerate(steps):
        at += Decimal(step) / 1000
        stood.append(fact(position, at, 2 * at))
    whole = energies_between(stood)
    landed = data.draw(st.permutations([*stood, *data.draw(st.lists(st.sampled_from(stood), max_size=9))]))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(landed)), max_size=4)))
    stored: dict[int, RegisterFact] = {}
    for first, after in zip([0, *cuts], [*cuts, len(landed)], strict=True):
        stored |= {each.end: each for each in landed[first:after]}
    assert energies_between([stored[end] for end in sorted(stored)]) == whole
    assert sum(each.generated or 0 for each in whole) == 3 * sum(steps[1:], Decimal(0)) / 1000


@settings(max_examples=150)
@given(kwh=broken, first=st.integers(0, 40), length=st.integers(1, 12))
@example(kwh=[100, *[None] * 20, 0, 101], first=22, length=1)
def test_a_stretch_has_the_same_energies_as_the_whole(kwh: list[int | None], first: int, length: int) -> None:
    """Whatever is read: with its neighbours each fact gets the energy that it has in the whole series.

    Some facts are of no counter, as other readings of a site are.
    """
    stood = [fact(position) if each is None else fact(position, each) for position, each in enumerate(kwh)]
    begin, end = max(0, first - BEFORE), first + length + AFTER
    before, after = around(each.registers for each in stood[begin:end])
    begin, end = max(0, first - before), first + length + after
    part = energies_between(stood[begin:end])
    assert part[first - begin : first - begin + length] == energies_between(stood)[first : first + length]


@settings(max_examples=150)
@given(steps=totals, data=st.data())
def test_energies_never_count_twice(steps: list[int], data: st.DataObject) -> None:
    """However many facts are missing, the lengths tile the time and the energies add up to the counter's way."""
    stood = [fact(position, sum(steps[: position + 1])) for position in range(len(steps))]
    kept = sorted(data.draw(st.sets(st.sampled_from(range(len(stood))), min_size=1)))
    found = energies_between([stood[position] for position in kept])
    assert sum(each.generated or 0 for each in found) == sum(steps[kept[0] + 1 : kept[-1] + 1])
    assert sum(each.seconds or 0 for each in found) == (kept[-1] - kept[0]) * STEP


def test_half_telegrams_in_turn_count_no_energy_twice() -> None:
    """What a whole fact counted isn't counted again from half of one before it to half of one behind it."""
    found = energies_between([fact(0, 100, 50), fact(1, 101), fact(2, 104, 52), fact(3, 106), fact(4, 107, 53)])
    assert energies(found) == [None, None, "6", None, "4"]


def of_feeds(*counters: tuple[Side, str, dict[int, int]]) -> list[RegisterFact]:
    """Return the facts of counters: side, name, and what it stood at by the moment in minutes."""
    moments = sorted({minute for _, _, stood in counters for minute in stood})
    return [
        RegisterFact(
            minute * 60,
            tuple(Register(side, name, Decimal(stood[minute])) for side, name, stood in counters if minute in stood),
        )
        for minute in moments
    ]


@pytest.mark.parametrize(("fine", "coarse", "offset"), [(15, 15, 0), (5, 15, 0), (5, 60, 0), (15, 15, 7), (15, 5, 2)])
def test_two_feeds_of_a_side_each_count_by_themselves(fine: int, coarse: int, offset: int) -> None:
    """An inverter and a house meter, read at other times or as often as each other: each keeps all its energy."""
    inverter = {minute: minute * 2 for minute in range(0, 600, fine)}
    meter = {minute + offset: minute * 3 for minute in range(0, 600, coarse)}
    both = of_feeds(("generated", "pv:0", inverter), ("consumed", "p1:0", meter))
    found = energies_between(both)
    assert {each.generated for each in found[1:] if each.generated} == {2 * fine}
    assert {each.consumed for each in found[1:] if each.consumed} == {3 * coarse}
    assert sum(each.generated or 0 for each in found) == 2 * max(inverter)
    assert sum(each.consumed or 0 for each in found) == 3 * (max(meter) - offset)
    if not offset:
        assert {each.seconds for each in found[2:]} == {60 * min(fine, coarse)}
    for first in range(len(both)):
        begin, end = max(0, first - BEFORE), first + 1 + AFTER
        before, after = around(each.registers for each in both[begin:end])
        begin, end = max(0, first - before), first + 1 + after
        assert energies_between(both[begin:end])[first - begin] == found[first]


def test_a_gap_of_one_feed_is_told_beside_the_other_feed_s_interval() -> None:
    """What the meter counted while it was silent is no interval's: the reading says how long it is."""
    inverter = {minute: minute for minute in range(0, 120, 15)}
    meter = {minute: minute for minute in range(0, 120, 15) if not 30 < minute < 90}
    found = energies_between(of_feeds(("generated", "pv:0", inverter), ("consumed", "p1:0", meter)))
    assert [each.seconds for each in found[5:]] == [900, 3600, 900]
    assert energies(found)[5:] == ["15", "15", "15"]
    assert [each.consumed for each in found[5:]] == [None, 60, 15]


def test_two_feeds_of_one_side_are_never_one_counter() -> None:
    """Their totals have nothing to do with each other: neither a fault, nor a new meter, nor energy between the two."""
    one = {minute: 1000 + minute for minute in range(0, 120, 15)}
    other = {minute + 7: 50 + minute for minute in range(0, 120, 15)}
    found = energies_between(of_feeds(("consumed", "p1:0", one), ("consumed", "portal:0", other)))
    assert {each.note for each in found} == {""}
    assert [each.consumed for each in found] == [None, None, *[15] * 14]


def test_an_interval_s_energy_stays_beside_a_counter() -> None:
    """A counter says nothing of the side that another feed brought as energy."""
    registers, stored = (Register("generated", "pv:0", Decimal(7)),), (None, Decimal(3))
    assert with_counted(stored, registers, CountedEnergy(900, Decimal(2))) == (Decimal(2), Decimal(3))
    assert with_counted(stored, registers, CountedEnergy(note="fault")) == (None, Decimal(3))
