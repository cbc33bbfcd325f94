"""What the cells of one row say: its time, its site, its amounts and their mark; or why it is no reading."""

import re
from collections.abc import Callable, Hashable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

import msgspec

from heliograph.errors import ProfileMismatch, ReadingError
from heliograph.feed import RejectedRecord
from heliograph.feed.records import kept_text
from heliograph.profiles.amounts import (
    amount_of,
    is_as_written,
    is_no_value,
    is_words,
    of_unit,
    scaled,
    simple_number,
    unit_behind,
)
from heliograph.profiles.model import LONGEST_NAME, NO_VALUE, Mark, Profile, QualityRule, SideSource
from heliograph.profiles.profiled import ProfiledFile
from heliograph.profiles.rows import FileRow
from heliograph.profiles.wall_times import WallTime, cut_to_seconds, later, parser_of, time_text
from heliograph.reading import parse_site_id
from heliograph.registers import Side
from heliograph.sides import SIDES

# How portals begin a row that sums those above it, where others have their time.
_TOTAL: Final = re.compile(
    r"(grand |sub)?(totals?|totaal|totale?|summe|gesamt|somme|suma|soma|razem|summa|i alt)\b", re.IGNORECASE
)
_DAY_MINUTES: Final = 1440
# A year: the longest that a bill is of, which a utility's file may have beside its hours.
_MOST_SECONDS: Final = 366 * 86_400


# The place of a register's source in its profile, and the words that tell its rows from others.
RegisterName = tuple[Any, ...]


class Amount(msgspec.Struct, frozen=True, gc=False):
    """An amount of a row, kWh or kW. register: what tells it from the side's other registers."""

    side: Side
    register: RegisterName
    value: Decimal


class ParsedRow(msgspec.Struct, frozen=True, gc=False):
    """A row that is read.

    position: of the row in its file. shift: how long after its stamp its interval is, seconds. kind: the cells that
    name its register, so that an hour that comes twice is resolved for each.
    """

    position: int
    site_id: str
    wall_time: WallTime
    shift: int
    until: WallTime | None
    seconds: int | None
    kind: Hashable
    amounts: tuple[Amount, ...]
    mark: Mark


class _Source(msgspec.Struct, frozen=True):
    """A source as its rows are read. place: of its column among a row's cells. where: places and the words they take.

    simple: matches a number that needs no reading. is_as_written: whether an amount is kWh or kW as it stands.
    """

    side: Side
    register: RegisterName
    source: SideSource
    place: int
    where: tuple[tuple[int, frozenset[str]], ...]
    simple: Callable[[str], object] | None
    is_as_written: bool


class RowReader:
    """Reads the rows of one file."""

    def __init__(self, profile: Profile, file_name: str, found: ProfiledFile) -> None:
        """Look up where the cells of each part of the profile stand."""
        self._profile = profile
        self._found = found
        self._site = _site_of_file(profile, file_name)
        self._at = {name: index for index, name in enumerate(profile.columns)}
        # A counter or a sample may be a fraction of a second off; an interval may not.
        self._parse = (cut_to_seconds if profile.time.marks == "instant" else parser_of)(profile.time.format)
        self._times: dict[str, WallTime] = {}
        self._sites: dict[str, str] = {}
        self._missing = NO_VALUE | {word.strip().lower() for word in profile.missing}
        self._sources = [
            _Source(
                side,
                (index,),
                source,
                self._at[source.column],
                tuple((self._at[name], frozenset(words)) for name, words in source.where.items()),
                None if profile.missing else simple_number(profile.layout.decimal),
                is_as_written(source, profile),
            )
            for side in SIDES
            for index, source in enumerate(getattr(profile, side))
        ]
        self._kinds = [place for source in self._sources for place, _ in source.where]
        self._left_out = [(self._at[name], frozenset(words)) for name, words in profile.leave_out.items()]
        self._time_places = [self._at[name] for name in profile.time.columns]
        wide = profile.layout.wide
        # With columns for a day of 25 hours, a column tells the time since the day began, not the clock's.
        self._is_elapsed = bool(wide and wide.count % 25 == 0)
        of_day = wide.count * 24 // 25 if wide and self._is_elapsed else wide.count if wide else 1
        self._slot = timedelta(minutes=_DAY_MINUTES / of_day) if wide else timedelta(0)
        minutes = profile.time.interval_minutes
        self._length = int(self._slot.total_seconds()) if wide else None if minutes is None else minutes * 60

    def parsed(self, found: Iterator[FileRow]) -> Iterator[ParsedRow]:
        """Read each row; one that can't be read is noted in the file's findings."""
        left_out = self._left_out
        for row in found:
            if left_out and any(str(row.cells[place]) in words for place, words in left_out):
                self._found.left_out += 1
                continue
            try:
                parsed = self._row(row)
            except ReadingError as error:
                if self._is_heading(row):
                    self._found.headings += 1
                    continue
                self._found.rejected.append(RejectedRecord(row.position, self._kept(row), str(error)))
                continue
            yield parsed

    def _kept(self, row: FileRow) -> str:
        """Return a row as quarantine has it: its cells by their columns, as a JSON object."""
        cells = {
            name: str(row.cells[place]).encode(errors="replace").decode()  # JSON may write half a character
            for name, place in self._at.items()
        }
        return kept_text(msgspec.json.encode(cells))

    def _is_heading(self, row: FileRow) -> bool:
        """Return whether a row stands for no interval: a head, its units, a title, a total."""
        if self._has_time(row):
            return False
        text = self._time_text(row)
        amounts = [row.cells[source.place] for source in self._sources]
        return bool(_TOTAL.match(text)) or all(map(is_words, amounts))

    def _has_time(self, row: FileRow) -> bool:
        try:
            self._parse(self._time_text(row))
        except ReadingError:
            return False
        return True

    def _time_text(self, row: FileRow) -> str:
        first, *others = self._time_places
        cell = row.cells[first]
        if not others and type(cell) is str:
            return cell.strip()
        return time_text([cell, *(row.cells[place] for place in others)])

    def _time(self, text: str) -> WallTime:
        """Read a time, once: the rows of a moment's other sites and registers have it again."""
        if text not in self._times:
            self._times[text] = self._parse(text)
        return self._times[text]

    def _row(self, row: FileRow) -> ParsedRow:
        profile, time = self._profile, self._profile.time
        text = self._time_text(row)
        if not text:
            raise ReadingError(f"the time is missing (column {time.columns[0]!r})")
        wall_time = self._times.get(text) or self._time(text)
        shift = self._shift(row) if time.number else 0
        if profile.layout.wide:
            slot = row.slot + (time.marks == "end")
            if self._is_elapsed:
                shift = int((slot * self._slot).total_seconds())
            else:
                wall_time = later(wall_time, slot * self._slot)
        until = self._time(time_text([row.cells[self._at[name]] for name in time.until])) if time.until else None
        mark = self._mark(row, profile.quality) if profile.quality else "actual"
        amounts = () if mark == "missing" else self._amounts(row.cells)
        kind = tuple([row.cells[place] for place in self._kinds]) if self._kinds else ()
        seconds = self._seconds(row) if time.seconds else self._length
        return ParsedRow(row.position, self._site_id(row), wall_time, shift, until, seconds, kind, amounts, mark)

    def _shift(self, row: FileRow) -> int:
        """Return how long after its day's beginning an interval that only has a number begins or ends, seconds."""
        time = self._profile.time
        number = amount_of(row.cells[self._at[time.number]])
        if number != int(number) or not 1 <= number <= _DAY_MINUTES:
            raise ReadingError(f"{number} isn't the number of an interval in its day (column {time.number!r})")
        return (int(number) - (time.marks != "end")) * (time.interval_minutes or 0) * 60

    def _seconds(self, row: FileRow) -> int | None:
        """Return the length that a row says of its interval, seconds; None where it says zero."""
        column = self._profile.time.seconds
        seconds = amount_of(row.cells[self._at[column]])
        if not 0 <= seconds <= _MOST_SECONDS:
            raise ReadingError(f"{seconds} s isn't the length of an interval (column {column!r})")
        return int(seconds) or None

    def _site_id(self, row: FileRow) -> str:
        rule = self._profile.site
        text = self._site or str(row.cells[self._at[rule.column]])
        found = self._sites.get(text)
        if found is None:
            name = _plain(text)
            found = self._sites[text] = parse_site_id(rule.names.get(name, name))
        return found

    def _mark(self, row: FileRow, rule: QualityRule) -> Mark:
        word = str(row.cells[self._at[rule.column]] or "").strip()
        mark = rule.marks.get(word)
        if mark is None:
            raise ReadingError(f"the quality {word[:40]!r} (column {rule.column!r}) isn't one that the profile knows")
        return mark

    def _amounts(self, cells: Sequence[Any]) -> tuple[Amount, ...]:
        """Return the amounts of a row; a side of which a column is empty beside another's value has none.

        Raises:
            ReadingError: a cell isn't a number, or only some of a side's columns have a value.
        """
        filled: list[Amount] = []
        empty: dict[Side, str] = {}
        for each in self._sources:
            register = each.register
            if each.where:
                words = [_plain(cells[place]) for place, _ in each.where]
                if any(word not in allowed for word, (_, allowed) in zip(words, each.where, strict=True)):
                    continue
                register = (*register, *words)
            cell = cells[each.place]
            if type(cell) is str and each.simple and each.simple(cell):
                amount = Decimal(cell.replace(",", "."))
            elif is_no_value(cell, self._missing):
                empty[each.side] = each.source.column
                continue
            else:
                amount = self._amount(cell, each.source)
            filled.append(Amount(each.side, register, amount if each.is_as_written else self._scaled(amount, each)))
        for side, column in empty.items():
            if any(amount.side == side for amount in filled):
                raise ReadingError(f"column {column!r} has no value, so the sum of what is {side} isn't known")
        return tuple(filled)

    def _amount(self, cell: Any, source: SideSource) -> Decimal:  # noqa: ANN401 - a cell may be anything
        try:
            amount = amount_of(cell, self._profile.layout.decimal)
            if (unit := unit_behind(cell)) is not None:
                amount = of_unit(amount, unit, source.unit or self._profile.unit)
        except ReadingError as error:
            raise ReadingError(f"column {source.column!r}: {error}") from None
        return amount

    def _scaled(self, amount: Decimal, each: _Source) -> Decimal:
        return scaled(amount, each.source, self._profile)


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
    if len(file_name) > LONGEST_NAME:
        raise ProfileMismatch(
            f"the file's name has more than {LONGEST_NAME} characters; the site isn't looked for in it"
        )
    found = re.search(rule.file_name, file_name)
    if not found or not found[1]:
        raise ProfileMismatch(f"the file's name {file_name!r} doesn't match {rule.file_name!r}, which names the site")
    return found[1]
