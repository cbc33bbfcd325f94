"""From rows to the energies of intervals: what rows of one moment, counters and held powers say."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import groupby, pairwise
from statistics import median_low
from typing import Final

import msgspec
from msgspec.structs import astuple, replace

from heliograph.feed import RejectedRecord
from heliograph.profiles.amounts import held, scaled
from heliograph.profiles.cells import Amount, ParsedRow
from heliograph.profiles.lengths import spacing, spacing_of_ends, to_end
from heliograph.profiles.model import Mark, Profile, zone_of
from heliograph.profiles.profiled import ProfiledFile, ProfiledReading
from heliograph.profiles.wall_times import resolved
from heliograph.registers import FEED_MARK, Register, RegisterFact, energies_between
from heliograph.sides import SIDES

# A power is held until its next sample; over more than this many usual steps it isn't known.
HELD_STEPS: Final = 3
# A row of so many times its profile's length sums the intervals beside it.
_A_SUM: Final = 2
# Words that tell a counter's rows are short; an item of a reading has to stay within its write unit.
_NAME_CHARACTERS: Final = 40
_ONE_MOMENT: Final = (
    "its time {} is the same moment as {} of row {}, which has another value; "
    "if the clock keeps one time all year, name a zone without summer time in the profile, such as Etc/GMT-1"
)
_WORST: Final[tuple[Mark, ...]] = ("substituted", "estimated", "actual")

Slots = Mapping[str, Mapping[int, "Slot"]]


class Slot(msgspec.Struct, gc=False):
    """What the rows of one site and moment say. local: its date and time as they stand."""

    position: int = 0
    local: datetime = datetime.max  # noqa: DTZ901 - the file's own clock
    seconds: int | None = None
    amounts: tuple[Amount, ...] = ()
    mark: Mark = "actual"

    def disagrees(self, local: datetime, amounts: tuple[Amount, ...]) -> bool:
        """Return whether a row of the same moment writes another time, and another value of the same register.

        Such are a time that the clocks skipped in spring and the one an hour on: a logger kept one time all year.
        """
        if local == self.local:
            return False
        known = {(each.side, each.register): each.value for each in self.amounts}
        return any(known.get((each.side, each.register), each.value) != each.value for each in amounts)

    def add(self, amounts: tuple[Amount, ...]) -> int:
        """Take in a row's amounts; of one register the last one counts. Return how many it had already."""
        if not self.amounts:
            self.amounts = amounts
            return 0
        known = {(each.side, each.register): each for each in (*self.amounts, *amounts)}
        repeated = len(self.amounts) + len(amounts) - len(known)
        self.amounts = tuple(known.values())
        return repeated


def slots_of(profile: Profile, parsed: Sequence[ParsedRow], found: ProfiledFile) -> dict[str, dict[int, Slot]]:
    """Bring rows together by site and moment."""
    zone = zone_of(profile)
    moments = resolved([each.wall_time for each in parsed], lambda at: (parsed[at].site_id, parsed[at].kind), zone)
    slots: dict[str, dict[int, Slot]] = defaultdict(dict)
    for each, moment in zip(parsed, moments, strict=True):
        if moment is None:
            reason = f"the time {each.wall_time.local} is in the hour that comes twice, and stands more than twice"
            found.rejected.append(RejectedRecord(each.position, str(each.wall_time.local), reason))
            continue
        start = moment + each.shift
        stated = to_end(start, each.wall_time, each.until, zone) if each.until else None
        if stated and each.seconds and stated >= _A_SUM * each.seconds:
            found.left_out += 1
            continue
        of_site = slots[each.site_id]
        slot = of_site.get(start)
        if slot is None:
            slot = of_site[start] = Slot(each.position, each.wall_time.local)
        elif slot.disagrees(each.wall_time.local, each.amounts):
            reason = _ONE_MOMENT.format(each.wall_time.local, slot.local, slot.position)
            found.rejected.append(RejectedRecord(each.position, str(each.wall_time.local), reason))
            continue
        slot.seconds = each.seconds or stated or slot.seconds
        found.repeated += slot.add(each.amounts)
        if each.mark != slot.mark:
            slot.mark = min(slot.mark, each.mark, key=_rank)
    return slots


def _rank(mark: Mark) -> int:
    return _WORST.index(mark) if mark in _WORST else len(_WORST)


def _totals(slot: Slot) -> tuple[Decimal | None, Decimal | None]:
    """Return the sum of a moment's registers of each side, generated and consumed."""
    generated: Decimal | None = None
    consumed: Decimal | None = None
    for each in slot.amounts:
        if each.side == "generated":
            generated = each.value if generated is None else generated + each.value
        else:
            consumed = each.value if consumed is None else consumed + each.value
    return generated, consumed


def intervals(
    profile: Profile, slots: Mapping[str, Mapping[int, Slot]], found: ProfiledFile
) -> Iterator[ProfiledReading]:
    """Return what interval energies and mean powers are: a reading each, its END by its length."""
    is_end = profile.time.marks == "end"
    is_mean = profile.quantity == "mean_power"
    for site_id, of_site in slots.items():
        moments = sorted(of_site)
        by_spacing: Sequence[int | None] = [None] * len(moments)
        if not all(slot.seconds for slot in of_site.values()):
            by_spacing = (spacing_of_ends if is_end else spacing)(moments)
        for moment, spaced in zip(moments, by_spacing, strict=True):
            slot = of_site[moment]
            seconds = slot.seconds or spaced
            generated, consumed = _totals(slot)
            if seconds is None and (not is_end or is_mean):
                reason = "nothing tells how long its interval is; say interval_minutes in the profile"
                found.rejected.append(RejectedRecord(slot.position, f"{site_id} {moment}", reason))
                continue
            if is_mean:
                generated, consumed = (None if kw is None else held(kw, seconds or 0) for kw in (generated, consumed))
            end = moment if is_end else moment + (seconds or 0)
            yield ProfiledReading(site_id, end, seconds, generated, consumed, slot.mark, slot.position)


def register_facts(profile: Profile, slots: Mapping[str, Mapping[int, Slot]]) -> Iterator[ProfiledReading]:
    """Return what counters stood at, as it is stored: energy is worked out wherever readings are read."""
    for site_id, of_site in slots.items():
        for moment, slot in of_site.items():
            found = tuple(_registers(profile, slot))
            if found:
                yield ProfiledReading(site_id, moment, None, None, None, slot.mark, slot.position, found)


def _registers(profile: Profile, slot: Slot) -> Iterator[Register]:
    """Return a moment's counters.

    Each is named by its feed, by its source's place in the profile, and by what tells its rows.
    """
    for side in SIDES:
        amounts = sorted((each.register, each.value) for each in slot.amounts if each.side == side)
        for (index, *words), kwh in amounts:
            source = getattr(profile, side)[index]
            width = scaled(Decimal(source.rolls_over_at), source, profile) if source.rolls_over_at else None
            name = "/".join([str(index), *words])[:_NAME_CHARACTERS]
            yield Register(
                side,
                f"{profile.name}{FEED_MARK}{name}",
                kwh,
                width,
                _day_of(slot.local) if source.resets == "daily" else "",
            )


def _day_of(local: datetime) -> str:
    """Return the local date whose total a counter of the day shows; midnight is the end of a day."""
    is_midnight = local.time() == time.min and local.date() > date.min
    return (local.date() - timedelta(days=is_midnight)).isoformat()


def counted(readings: Sequence[ProfiledReading]) -> list[ProfiledReading]:
    """Give the facts of counters their energies, and a note of what they show. readings: by site and END."""
    found: list[ProfiledReading] = []
    for _, of_site in groupby(readings, key=lambda reading: reading.site_id):
        kept = list(of_site)
        energies = energies_between([RegisterFact(each.end, each.registers) for each in kept])
        for each, (seconds, generated, consumed, note) in zip(kept, map(astuple, energies), strict=True):
            energy = {"seconds": seconds, "generated": generated, "consumed": consumed, "note": note}
            found.append(replace(each, **energy) if each.registers else each)
    return found


def held_powers(slots: Mapping[str, Mapping[int, Slot]]) -> Iterator[ProfiledReading]:
    """Return the energies of powers that are held until the next sample; over a gap nothing is known."""
    for site_id, of_site in slots.items():
        moments = sorted(moment for moment, slot in of_site.items() if slot.amounts)
        steps = [after - before for before, after in pairwise(moments)]
        longest = HELD_STEPS * median_low(steps) if steps else 0
        for start, end in pairwise(moments):
            if end - start > longest:
                continue
            values = [None if power is None else held(power, end - start) for power in _totals(of_site[start])]
            held_from = of_site[start]
            yield ProfiledReading(site_id, end, end - start, values[0], values[1], held_from.mark, held_from.position)
