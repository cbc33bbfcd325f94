"""From rows to the energies of intervals: what is told by rows of one moment, by a counter's steps, by held powers."""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from statistics import median_low
from typing import Final

import msgspec

from heliograph.feed import RejectedRecord
from heliograph.profiles.amounts import held
from heliograph.profiles.cells import ParsedRow
from heliograph.profiles.lengths import spacing, spacing_of_ends, to_end
from heliograph.profiles.model import Mark, Profile, zone_of
from heliograph.profiles.profiled import SIDES, ProfiledFile, ProfiledReading, Side
from heliograph.profiles.wall_times import resolved

# A power is held until its next sample; over more than this many usual steps it isn't known.
HELD_STEPS: Final = 3
_WORST: Final[tuple[Mark, ...]] = ("substituted", "estimated", "actual")

Slots = Mapping[str, Mapping[int, "Slot"]]


class Slot(msgspec.Struct):
    """What the rows of one site and moment say."""

    position: int = 0
    seconds: int | None = None
    amounts: dict[Side, dict[Hashable, Decimal]] = msgspec.field(default_factory=lambda: defaultdict(dict))
    mark: Mark = "actual"


def slots_of(profile: Profile, parsed: Sequence[ParsedRow], found: ProfiledFile) -> dict[str, dict[int, Slot]]:
    """Bring rows together by site and moment."""
    zone = zone_of(profile)
    keys = [(each.site_id, each.kind) for each in parsed]
    moments = resolved([each.wall_time for each in parsed], keys, zone)
    slots: dict[str, dict[int, Slot]] = defaultdict(dict)
    for each, moment in zip(parsed, moments, strict=True):
        if moment is None:
            reason = f"the time {each.wall_time.local} is in the hour that comes twice, and stands more than twice"
            found.rejected.append(RejectedRecord(each.row.position, str(each.wall_time.local), reason))
            continue
        start = moment + each.shift
        slot = slots[each.site_id].setdefault(start, Slot(each.row.position))
        slot.seconds = each.seconds or (to_end(start, each.until, zone) if each.until else None) or slot.seconds
        for side, register, value in each.amounts:
            found.repeated += register in slot.amounts[side]
            slot.amounts[side][register] = value
        slot.mark = min(slot.mark, each.mark, key=_rank)
    return slots


def _rank(mark: Mark) -> int:
    return _WORST.index(mark) if mark in _WORST else len(_WORST)


def _total(slot: Slot, side: Side) -> Decimal | None:
    amounts = slot.amounts.get(side)
    return sum(amounts.values(), Decimal(0)) if amounts else None


def intervals(
    profile: Profile, slots: Mapping[str, Mapping[int, Slot]], found: ProfiledFile
) -> Iterator[ProfiledReading]:
    """Return what interval energies and mean powers are: a reading each, its END by its length."""
    is_end = profile.time.marks == "end"
    for site_id, of_site in slots.items():
        moments = sorted(of_site)
        by_spacing = (spacing_of_ends if is_end else spacing)(moments)
        for moment, spaced in zip(moments, by_spacing, strict=True):
            slot = of_site[moment]
            seconds = slot.seconds or spaced
            values = [_total(slot, side) for side in SIDES]
            if seconds is None and (not is_end or profile.quantity == "mean_power"):
                reason = "nothing tells how long its interval is; say interval_minutes in the profile"
                found.rejected.append(RejectedRecord(slot.position, f"{site_id} {moment}", reason))
                continue
            if profile.quantity == "mean_power":
                values = [None if value is None else held(value, seconds or 0) for value in values]
            end = moment if is_end else moment + (seconds or 0)
            yield ProfiledReading(site_id, end, seconds, values[0], values[1], slot.mark, slot.position)


def differences(slots: Mapping[str, Mapping[int, Slot]], found: ProfiledFile) -> Iterator[ProfiledReading]:
    """Return the energies between a counter's readings; a counter that fell gives none."""
    for site_id, of_site in slots.items():
        ends: dict[int, dict[Side, tuple[Decimal, int]]] = defaultdict(dict)
        for side in SIDES:
            registers = {register for slot in of_site.values() for register in slot.amounts.get(side, ())}
            before: tuple[int, Decimal] | None = None
            for moment in sorted(of_site):
                amounts = of_site[moment].amounts.get(side, {})
                if not registers or amounts.keys() != registers:
                    continue
                total = sum(amounts.values(), Decimal(0))
                if before and total >= before[1]:
                    ends[moment][side] = (total - before[1], moment - before[0])
                elif before:
                    found.resets += 1
                before = (moment, total)
        for end in sorted(ends):
            sides = ends[end]
            generated, consumed = sides.get("generated"), sides.get("consumed")
            seconds = min(length for _, length in sides.values())
            yield ProfiledReading(
                site_id,
                end,
                seconds,
                generated[0] if generated and generated[1] == seconds else None,
                consumed[0] if consumed and consumed[1] == seconds else None,
                of_site[end].mark,
                of_site[end].position,
            )


def held_powers(slots: Mapping[str, Mapping[int, Slot]]) -> Iterator[ProfiledReading]:
    """Return the energies of powers that are held until the next sample; over a gap nothing is known."""
    for site_id, of_site in slots.items():
        moments = sorted(moment for moment, slot in of_site.items() if any(slot.amounts.values()))
        steps = [after - before for before, after in pairwise(moments)]
        longest = HELD_STEPS * median_low(steps) if steps else 0
        for start, end in pairwise(moments):
            if end - start > longest:
                continue
            powers = [_total(of_site[start], side) for side in SIDES]
            values = [None if power is None else held(power, end - start) for power in powers]
            held_from = of_site[start]
            yield ProfiledReading(site_id, end, end - start, values[0], values[1], held_from.mark, held_from.position)
