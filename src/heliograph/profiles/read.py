"""From a file and its profile to readings: a pure function, whatever the file's format.

A row gives amounts of one or both sides. Rows of one site and one END are one reading: the registers of a side are
summed, and of one register's rows the last one counts. A row that can't be read is rejected with a reason; it never
spoils its file.
"""

import re
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import median_low
from typing import Any, Final, Literal, NamedTuple

import msgspec

from heliograph.errors import ProfileMismatch, ReadingError
from heliograph.feed import RejectedRecord
from heliograph.profiles.amounts import amount_of, held, is_no_value, scaled
from heliograph.profiles.lengths import spacing, spacing_of_ends, to_end
from heliograph.profiles.model import NO_VALUE, Mark, Profile, SideSource, zone_of
from heliograph.profiles.rows import VALUE, FileRow, rows
from heliograph.profiles.wall_times import WallTime, later, parser_of, resolved, time_text
from heliograph.reading import parse_energy, parse_site_id, text_of

Side = Literal["generated", "consumed"]
SIDES: Final[tuple[Side, Side]] = ("generated", "consumed")
# A power is held until its next sample; over more than this many usual steps it isn't known.
HELD_STEPS: Final = 3
_DAY_MINUTES: Final = 1440
# A year: the longest that a bill is of, which a utility's file may have beside its hours.
_MOST_SECONDS: Final = 366 * 86_400
_WORST: Final[tuple[Mark, ...]] = ("substituted", "estimated", "actual")


class ProfiledReading(NamedTuple):
    """A reading as a profile gives it.

    end: END of its interval, seconds since 1970. seconds: its length; None if nothing tells. generated, consumed: kWh,
    exact; None on a side without a value. mark: what the feed says of it.
    """

    site_id: str
    end: int
    seconds: int | None
    generated: Decimal | None
    consumed: Decimal | None
    mark: Mark


class ProfiledFile(msgspec.Struct):
    """What a file holds. readings: by site and END. rejected: rows that are none, with the reason.

    blank: intervals without a value. headings: rows between the header and the first reading. left_out: rows that the
    profile says are no readings. repeated: amounts that stood in the file again. resets: falls of a running counter,
    whose energy isn't known.
    """

    readings: list[ProfiledReading] = []
    rejected: list[RejectedRecord] = []
    blank: int = 0
    headings: int = 0
    left_out: int = 0
    repeated: int = 0
    resets: int = 0


class _Amount(NamedTuple):
    side: Side
    register: Hashable
    value: Decimal


class _Parsed(NamedTuple):
    """A row that is read.

    shift: how long after its stamp its interval is, seconds. kind: the cells that tell its register, so that an hour
    that comes twice is told for each.
    """

    row: FileRow
    site_id: str
    wall_time: WallTime
    shift: int
    until: WallTime | None
    seconds: int | None
    kind: Hashable
    amounts: tuple[_Amount, ...]
    mark: Mark


class _Slot(msgspec.Struct):
    """What the rows of one site and moment say."""

    position: int = 0
    seconds: int | None = None
    amounts: dict[Side, dict[Hashable, Decimal]] = msgspec.field(default_factory=lambda: defaultdict(dict))
    mark: Mark = "actual"


def read_file(profile: Profile, body: bytes, file_name: str = "") -> ProfiledFile:
    """Read a file as its profile says.

    body: the file, unpacked. file_name: its last part, which may name the site.

    Raises:
        ProfileMismatch: it hasn't what the profile says.
        UnreadableFile: it isn't of the profile's format, or it is damaged.
    """
    found = ProfiledFile()
    parsed = list(_Reader(profile, file_name, found).parsed(rows(profile, body)))
    slots = _slots(profile, parsed, found)
    if profile.quantity == "register":
        found.readings = list(_differences(slots, found))
    elif profile.quantity == "instant_power":
        found.readings = list(_held_powers(slots))
    else:
        found.readings = list(_intervals(profile, slots, found))
    _reject_unstorable(found)
    return found


class _Reader:
    """Reads the rows of one file."""

    def __init__(self, profile: Profile, file_name: str, found: ProfiledFile) -> None:
        """Look up where the cells of each part of the profile stand."""
        self._profile = profile
        self._found = found
        self._site = _site_of_file(profile, file_name)
        self._at = {name: index for index, name in enumerate(profile.columns)}
        self._parse = parser_of(profile.time.format)
        self._missing = NO_VALUE | {word.strip().lower() for word in profile.missing}
        self._sources: list[tuple[Side, int, SideSource]] = [
            (side, index, source) for side in SIDES for index, source in enumerate(getattr(profile, side))
        ]
        wide = profile.layout.wide
        self._slot = timedelta(minutes=_DAY_MINUTES / wide.count) if wide else timedelta(0)

    def parsed(self, found: Iterator[FileRow]) -> Iterator[_Parsed]:
        """Read each row; one that can't be read is noted in the file's findings."""
        profile = self._profile
        begun = False
        for row in found:
            if any(str(row.cells[self._at[name]]) in words for name, words in profile.leave_out.items()):
                self._found.left_out += 1
                continue
            try:
                parsed = self._row(row)
            except ReadingError as error:
                if not begun and not self._has_time(row):
                    self._found.headings += 1
                    continue
                text = " | ".join(str(cell) for cell in row.cells)
                self._found.rejected.append(RejectedRecord(row.position, text[:1000], str(error)))
                continue
            begun = True
            yield parsed

    def _has_time(self, row: FileRow) -> bool:
        try:
            self._parse(self._text(row, self._profile.time.columns))
        except ReadingError:
            return False
        return True

    def _text(self, row: FileRow, columns: Sequence[str]) -> str:
        return time_text([row.cells[self._at[name]] for name in columns])

    def _row(self, row: FileRow) -> _Parsed:
        profile, time = self._profile, self._profile.time
        text = self._text(row, time.columns)
        if not text:
            raise ReadingError(f"the time is missing (column {time.columns[0]!r})")
        wall_time = self._parse(text)
        if profile.layout.wide:
            slot = row.slot + (time.marks == "end")
            wall_time = later(wall_time, slot * self._slot)
        until = self._parse(self._text(row, time.until)) if time.until else None
        mark = self._mark(row)
        amounts = () if mark == "missing" else tuple(self._amounts(row))
        kind = tuple(row.cells[self._at[name]] for *_, source in self._sources for name in source.where)
        return _Parsed(
            row, self._site_id(row), wall_time, self._shift(row), until, self._seconds(row), kind, amounts, mark
        )

    def _shift(self, row: FileRow) -> int:
        """Return how long after its day's beginning an interval that only has a number begins or ends, seconds."""
        time = self._profile.time
        if not time.number:
            return 0
        number = amount_of(row.cells[self._at[time.number]])
        if number != int(number) or not 1 <= number <= _DAY_MINUTES:
            raise ReadingError(f"{number} isn't the number of an interval in its day (column {time.number!r})")
        return (int(number) - (time.marks != "end")) * (time.interval_minutes or 0) * 60

    def _seconds(self, row: FileRow) -> int | None:
        time = self._profile.time
        if time.seconds:
            seconds = amount_of(row.cells[self._at[time.seconds]])
            if not 0 <= seconds <= _MOST_SECONDS:
                raise ReadingError(f"{seconds} s isn't the length of an interval (column {time.seconds!r})")
            return int(seconds) or None
        if self._profile.layout.wide:
            return int(self._slot.total_seconds())
        return None if time.interval_minutes is None else time.interval_minutes * 60

    def _site_id(self, row: FileRow) -> str:
        rule = self._profile.site
        text = self._site or _plain(row.cells[self._at[rule.column]])
        return parse_site_id(rule.names.get(text, text))

    def _mark(self, row: FileRow) -> Mark:
        rule = self._profile.quality
        if rule is None:
            return "actual"
        word = str(row.cells[self._at[rule.column]] or "").strip()
        mark = rule.marks.get(word)
        if mark is None:
            raise ReadingError(f"the quality {word[:40]!r} (column {rule.column!r}) isn't one that the profile knows")
        return mark

    def _amounts(self, row: FileRow) -> Iterator[_Amount]:
        """Return the amounts of a row; a side of which a column is empty beside another's value has none.

        Raises:
            ReadingError: a cell isn't a number, or only some of a side's columns have a value.
        """
        empty: dict[Side, str] = {}
        filled: dict[Side, list[_Amount]] = {}
        for side, index, source in self._sources:
            words = [_plain(row.cells[self._at[name]]) for name in source.where]
            if any(word not in allowed for word, allowed in zip(words, source.where.values(), strict=True)):
                continue
            cell = row.cells[self._at[source.column]]
            if is_no_value(cell, self._missing):
                empty[side] = source.column
                continue
            try:
                amount = amount_of(cell, self._profile.layout.decimal)
            except ReadingError as error:
                raise ReadingError(f"column {source.column!r}: {error}") from None
            filled.setdefault(side, []).append(_Amount(side, (index, *words), scaled(amount, source, self._profile)))
        for side, amounts in filled.items():
            if side in empty:
                raise ReadingError(f"column {empty[side]!r} has no value, so the sum of what is {side} isn't known")
            yield from amounts


def _plain(cell: Any) -> str:  # noqa: ANN401 - a cell may be anything
    """Return a cell's text, without what spreadsheets put around a number that is text."""
    text = str(cell).strip()
    return text[2:-1] if text.startswith('="') and text.endswith('"') else text


def _site_of_file(profile: Profile, file_name: str) -> str:
    """Return the site of a whole file; nothing where its rows name it.

    Raises:
        ProfileMismatch: the file's name doesn't hold the site.
    """
    rule = profile.site
    if not rule.file_name:
        return rule.id
    found = re.search(rule.file_name, file_name)
    if not found or not found[1]:
        raise ProfileMismatch(f"the file's name {file_name!r} doesn't match {rule.file_name!r}, which names the site")
    return found[1]


def _slots(profile: Profile, parsed: Sequence[_Parsed], found: ProfiledFile) -> dict[str, dict[int, _Slot]]:
    """Bring rows together by site and moment."""
    zone = zone_of(profile)
    keys = [(each.site_id, each.kind) for each in parsed]
    moments = resolved([each.wall_time for each in parsed], keys, zone)
    slots: dict[str, dict[int, _Slot]] = defaultdict(dict)
    for each, moment in zip(parsed, moments, strict=True):
        if moment is None:
            reason = f"the time {each.wall_time.local} is in the hour that comes twice, and stands more than twice"
            found.rejected.append(RejectedRecord(each.row.position, str(each.wall_time.local), reason))
            continue
        start = moment + each.shift
        slot = slots[each.site_id].setdefault(start, _Slot(each.row.position))
        slot.seconds = each.seconds or (to_end(start, each.until, zone) if each.until else None) or slot.seconds
        for side, register, value in each.amounts:
            found.repeated += register in slot.amounts[side]
            slot.amounts[side][register] = value
        slot.mark = min(slot.mark, each.mark, key=_rank)
    return slots


def _rank(mark: Mark) -> int:
    return _WORST.index(mark) if mark in _WORST else len(_WORST)


def _total(slot: _Slot, side: Side) -> Decimal | None:
    amounts = slot.amounts.get(side)
    return sum(amounts.values(), Decimal(0)) if amounts else None


def _intervals(
    profile: Profile, slots: Mapping[str, Mapping[int, _Slot]], found: ProfiledFile
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
            yield ProfiledReading(site_id, end, seconds, values[0], values[1], slot.mark)


def _differences(slots: Mapping[str, Mapping[int, _Slot]], found: ProfiledFile) -> Iterator[ProfiledReading]:
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
            )


def _held_powers(slots: Mapping[str, Mapping[int, _Slot]]) -> Iterator[ProfiledReading]:
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
            yield ProfiledReading(site_id, end, end - start, values[0], values[1], of_site[start].mark)


def _reject_unstorable(found: ProfiledFile) -> None:
    """Take out what has no value, and what has a time or more digits than a reading may have."""
    kept = []
    for reading in found.readings:
        if reading.generated is None and reading.consumed is None:
            found.blank += 1
            continue
        try:
            _require_storable_end(reading.end)
            for side in SIDES:
                if (value := getattr(reading, side)) is not None:
                    parse_energy(value, side)
        except ReadingError as error:
            found.rejected.append(RejectedRecord(0, f"{reading.site_id} {reading.end}", str(error)))
            continue
        kept.append(reading)
    found.readings = sorted(kept, key=lambda reading: (reading.site_id, reading.end))


def _require_storable_end(end: int) -> None:
    """Refuse an END that no text can write.

    Raises:
        ReadingError: it is one.
    """
    try:
        text_of(end)
    except (ValueError, OverflowError):
        raise ReadingError("the interval ends outside the years 1 to 9999") from None


__all__ = ["HELD_STEPS", "VALUE", "ProfiledFile", "ProfiledReading", "read_file"]
