"""From the registers of a site, in order of time, to the energies between them: exact, one pure function for all.

A register is a meter's running total. What it stood at is a fact; the energy of an interval is the difference from the
fact before. So files in any order, late, doubled or sent again, end in the same energies. Where facts are missing the
difference is the energy of the whole gap, and the reading's length says so.

A total that falls is one of four things. It is a fault where it comes back within a few facts: what lies between is
left out. A total of the day begins anew each day. A full counter rolls over: its width and the standard's least time to
fill it say whether it can be. Else the meter was replaced: nobody knows what the old one still counted.

All goes by near neighbours, so a fact has the same energy whatever stretch is read, given `BEFORE` facts before it and
`AFTER` behind it.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Context, Decimal
from itertools import pairwise
from typing import Final, Literal

import msgspec

Side = Literal["generated", "consumed"]
# What a fact shows beside its energies: it is no true total; a counter was full and began at nothing; a new meter; a
# total that fell, and may come back yet; a total of the day that began anew.
Note = Literal["", "fault", "rollover", "replaced", "fell", "new_day"]

# So many facts in a row may be false: a logger that starts shows zeros, or a telegram is garbled, for moments.
MOST_FAULTS: Final = 3
# A fact's registers are looked for so many facts back; telegrams that lack one are rare.
_BACK: Final = 8
# Of two feeds one may be read so many times as often: every five minutes, and by the hour.
_OFTENER: Final = 12
# A step that is so many times as long as the one before it is a gap.
_LONGER: Final = 1.5
# What stands between a feed and its counter, in a counter's name.
FEED_MARK: Final = ":"
# So many facts before and behind a stretch settle each energy in it, where all are of the same counters.
BEFORE: Final = _BACK + MOST_FAULTS
AFTER: Final = MOST_FAULTS

# IEC 62052-11: a register holds at least 1,500 hours at the meter's full current before it begins at zero again.
LEAST_HOURS: Final = 1500
# Nor is so much of a register's width one difference, however long the gap.
_MOST_OF_WIDTH: Final = Decimal("0.1")
# A counter of fewer digits would be full within weeks.
_LEAST_WIDTH_KWH: Final = 1000
_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR
# Where the day's total falls later than its midnight, it does so within an hour; over more the clock decides.
_LATE_SECONDS: Final = _HOUR
_EXACT: Final = Context(prec=60)
# Counters in Wh, or in tenths, hundredths or thousandths of a kWh, that are whole numbers of 16, 31 or 32 bits.
_BINARY_WIDTHS: Final = tuple(Decimal(2**bits).scaleb(-decimals) for bits in (16, 31, 32) for decimals in range(4))


class Register(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True, gc=False):
    """What a counter stood at.

    side: whose energy it counts. name: its feed, and which of the side's counters it is, such as that of a tariff:
    `FEED:0`. kwh: its total, exact.
    rolls_over_at: the total at which it begins at zero, kWh; None where only its digits tell. day: of a counter that
    begins anew each day, the local date, `YYYY-MM-DD`; empty of all others.
    """

    side: Side
    name: str
    kwh: Decimal
    rolls_over_at: Decimal | None = None
    day: str = ""


class RegisterFact(msgspec.Struct, frozen=True, gc=False):
    """What a site's counters stood at. end: the moment, seconds since 1970. registers: none where it shows none."""

    end: int
    registers: tuple[Register, ...]


class CountedEnergy(msgspec.Struct, frozen=True, gc=False):
    """The energies up to a fact.

    seconds: since the fact they are counted from; None where there is none. generated, consumed: kWh, exact; None of a
    side that isn't counted, or isn't known. note: what the fact shows beside.
    """

    seconds: int | None = None
    generated: Decimal | None = None
    consumed: Decimal | None = None
    note: Note = ""


def around(registers: Iterable[Sequence[Register]]) -> tuple[int, int]:
    """Return how many facts before and behind a stretch settle each energy in it.

    registers: of the stretch and of `BEFORE` and `AFTER` facts beside it; none of a reading that isn't a fact.
    """
    kinds = {frozenset(map(_chain_of, each)) for each in registers}
    return (BEFORE, AFTER) if len(kinds) <= 1 else (_OFTENER * BEFORE, _OFTENER * AFTER)


def energies_between(facts: Sequence[RegisterFact]) -> list[CountedEnergy]:
    """Return the energies up to each fact. facts: of one site, by ascending moments.

    The counters of a side and feed are a chain of their own: two feeds may be read at other times, and none of them is
    the other's counter.
    """
    chains: dict[_Chain, dict[int, list[Register]]] = {}
    for position, fact in enumerate(facts):
        for register in fact.registers:
            chains.setdefault(_chain_of(register), {}).setdefault(position, []).append(register)
    found: list[list[tuple[CountedEnergy, bool]]] = [[] for _ in facts]
    for of_chain in chains.values():
        counted = _of_chain([RegisterFact(facts[at].end, tuple(registers)) for at, registers in of_chain.items()])
        steps = (None, *(each.seconds for each in counted))
        for position, energy, before in zip(of_chain, counted, steps, strict=False):
            is_gap = before is not None and (energy.seconds or 0) > _LONGER * before
            found[position].append((energy, is_gap))
    return [_of_both(energies) for energies in found]


def _of_both(energies: Sequence[tuple[CountedEnergy, bool]]) -> CountedEnergy:
    """Return the energies of several chains up to one fact, each with whether it is over a gap of its chain.

    Of a gap the length is told, lest its energy be taken for one interval's. Else it is that of the chain that is read
    most often.
    """
    if len(energies) <= 1:
        return energies[0][0] if energies else CountedEnergy()
    lengths = [each.seconds for each, _ in energies if each.seconds is not None]
    longest = max if any(is_gap for _, is_gap in energies) else min
    notes = {each.note for each, _ in energies}
    generated = next((each.generated for each, _ in energies if each.generated is not None), None)
    consumed = next((each.consumed for each, _ in energies if each.consumed is not None), None)
    gravest: Note = next((note for note in _GRAVEST if note in notes), "")
    return CountedEnergy(longest(lengths) if lengths else None, generated, consumed, gravest)


def _of_chain(facts: Sequence[RegisterFact]) -> list[CountedEnergy]:
    """Return the energies up to each fact of one side's counters, of one feed."""
    faults = _faults(facts)
    known = [_by_name(fact) for fact in facts]
    found: list[CountedEnergy] = []
    for position, fact in enumerate(facts):
        if position in faults:
            found.append(CountedEnergy(note="fault"))
            continue
        before = _before(known, found, faults)
        if before is None:
            found.append(CountedEnergy())
            continue
        counted = _counted(known[before], fact, fact.end - facts[before].end)
        is_open = counted.note == "replaced" and position + AFTER >= len(facts)
        found.append(msgspec.structs.replace(counted, note="fell") if is_open else counted)
    return found


def with_counted(
    stored: tuple[Decimal | None, Decimal | None], registers: Sequence[Register], energy: CountedEnergy
) -> tuple[Decimal | None, Decimal | None]:
    """Return the energies of a fact, generated and consumed, kWh: what is counted, and of a side that isn't its own."""
    counted = {register.side for register in registers}
    generated, consumed = stored
    return (
        energy.generated if "generated" in counted else generated,
        energy.consumed if "consumed" in counted else consumed,
    )


def lacks_a_side(registers: Sequence[Register], energy: CountedEnergy) -> bool:
    """Return whether a side that is counted has no energy."""
    known = {"generated": energy.generated, "consumed": energy.consumed}
    return any(known[register.side] is None for register in registers)


_GRAVEST: Final[tuple[Note, ...]] = ("fault", "fell", "replaced", "rollover", "new_day")
# A side and a feed; the feed is empty of counters that were stored without one.
_Chain = tuple[Side, str]
_Named = dict[tuple[Side, str], Register]


def _by_name(fact: RegisterFact) -> _Named:
    return {(register.side, register.name): register for register in fact.registers}


def _chain_of(register: Register) -> _Chain:
    feed, colon, _ = register.name.partition(FEED_MARK)
    return register.side, feed if colon else ""


def _before(known: Sequence[_Named], found: Sequence[CountedEnergy], faults: frozenset[int]) -> int | None:
    """Return the last sound fact that has the same counters as the next one, and none of whose energy is counted since.

    found: the energies so far.
    """
    position = len(found)
    names = known[position].keys()
    for at in range(position - 1, max(-1, position - 1 - _BACK), -1):
        if at in faults:
            continue
        if known[at].keys() == names:
            return at
        if found[at].seconds is not None and known[at].keys() & names:
            return None
    return None


def _counted(was: _Named, fact: RegisterFact, seconds: int) -> CountedEnergy:
    """Return the energies since a fact of the same counters. seconds: how long ago that was."""
    sums: dict[Side, Decimal | None] = {}
    notes: set[Note] = set()
    for register in fact.registers:
        energy, note = _energy(was[register.side, register.name], register, seconds)
        if register.side in sums:
            so_far = sums[register.side]
            energy = None if energy is None or so_far is None else _EXACT.add(so_far, energy)
        sums[register.side] = energy
        if note:
            notes.add(note)
    worst: Note = next((note for note in _GRAVEST if note in notes), "") if notes else ""
    return CountedEnergy(seconds, sums.get("generated"), sums.get("consumed"), worst)


def _energy(before: Register, now: Register, seconds: int) -> tuple[Decimal | None, Note]:
    """Return what a counter counted between two facts, kWh; None where nobody knows."""
    step = _EXACT.subtract(now.kwh, before.kwh)
    if now.day:
        return _of_the_day(before, now, seconds, step)
    if step >= 0:
        return step, ""
    rolled = _rolled_over(before, now, seconds)
    return (None, "replaced") if rolled is None else (rolled, "rollover")


def _of_the_day(before: Register, now: Register, seconds: int, step: Decimal) -> tuple[Decimal | None, Note]:
    """Return what a day's total counted: after the day began anew, all that it shows.

    What it counted between its last fact of a day and midnight isn't known; of an inverter that sleeps that is nothing.
    """
    is_another_day = now.day != before.day and seconds > _LATE_SECONDS
    if step >= 0 and not is_another_day:
        return step, ""
    return (now.kwh, "new_day") if seconds <= _DAY and now.kwh >= 0 else (None, "new_day")


def _rolled_over(before: Register, now: Register, seconds: int) -> Decimal | None:
    """Return what a full counter counted until it was full and since, kWh; None where it can't have been full."""
    widths = [now.rolls_over_at] if now.rolls_over_at else _widths(before.kwh)
    share = min(_MOST_OF_WIDTH, Decimal(seconds) / (LEAST_HOURS * _HOUR))
    possible = [
        energy
        for width in widths
        if width > before.kwh and (energy := _EXACT.add(_EXACT.subtract(width, before.kwh), now.kwh)) <= width * share
    ]
    return min(possible, default=None) if now.kwh >= 0 else None


def _widths(kwh: Decimal) -> list[Decimal]:
    """Return the widths at which a counter may be full: the power of ten above it, and those of binary counters."""
    next_digit = Decimal(1).scaleb(kwh.adjusted() + 1)
    return [width for width in (next_digit, *_BINARY_WIDTHS) if width >= _LEAST_WIDTH_KWH]


def _faults(facts: Sequence[RegisterFact]) -> frozenset[int]:
    """Return the facts of which a counter is off: below, or above, what it goes on from within a few facts."""
    series: dict[tuple[Side, str], list[tuple[int, Decimal]]] = {}
    for position, fact in enumerate(facts):
        for register in fact.registers:
            if not register.day:
                series.setdefault((register.side, register.name), []).append((position, register.kwh))
    return frozenset(position for each in series.values() for position in _faults_of(each))


def _faults_of(totals: Sequence[tuple[int, Decimal]]) -> Iterator[int]:
    """Return the positions at which a counter is off. totals: position and kWh, in order."""
    falls = [at for at, ((_, kwh), (_, then)) in enumerate(pairwise(totals), 1) if then < kwh]
    for fall in falls:
        for first in range(max(0, fall - 1 - MOST_FAULTS), fall):
            for last in range(fall, min(len(totals), first + MOST_FAULTS + 2)):
                yield from _between(totals, first, last)


def _between(totals: Sequence[tuple[int, Decimal]], first: int, last: int) -> Iterator[int]:
    """Return the positions between two totals, where all of them lie beyond the two and these go on over them."""
    (begin, low), (end, high) = totals[first], totals[last]
    inner = totals[first + 1 : last]
    if low <= high and end - begin <= MOST_FAULTS + 1 and all(not low <= kwh <= high for _, kwh in inner):
        yield from (position for position, _ in inner)
