"""What the cells of one row say: its time, its site, its amounts and their mark; or why it is no reading."""

import re
from collections.abc import Hashable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple

import msgspec

from heliograph.errors import ProfileMismatch, ReadingError
from heliograph.feed import RejectedRecord
from heliograph.feed.records import kept_text
from heliograph.profiles.amounts import amount_of, is_no_value, is_words, of_unit, scaled, unit_behind
from heliograph.profiles.model import NO_VALUE, Mark, Profile, SideSource
from heliograph.profiles.profiled import SIDES, ProfiledFile
from heliograph.profiles.rows import FileRow
from heliograph.profiles.wall_times import WallTime, later, parser_of, time_text
from heliograph.reading import parse_site_id
from heliograph.registers import Side

# How portals begin a row that sums those above it, where others have their time.
_TOTAL: Final = re.compile(
    r"(grand |sub)?(totals?|totaal|totale?|summe|gesamt|somme|suma|soma|razem|summa|i alt)\b", re.IGNORECASE
)
_DAY_MINUTES: Final = 1440
# A year: the longest that a bill is of, which a utility's file may have beside its hours.
_MOST_SECONDS: Final = 366 * 86_400


# The place of a register's source in its profile, and the words that tell its rows from others.
RegisterName = tuple[Any, ...]


class Amount(NamedTuple):
    """An amount of a row, kWh or kW. register: what tells it from the side's other registers."""

    side: Side
    register: RegisterName
    value: Decimal


class ParsedRow(NamedTuple):
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
    amounts: tuple[Amount, ...]
    mark: Mark


class RowReader:
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

    def parsed(self, found: Iterator[FileRow]) -> Iterator[ParsedRow]:
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
                if self._is_heading(row, begun=begun):
                    self._found.headings += 1
                    continue
                self._found.rejected.append(RejectedRecord(row.position, self._kept(row), str(error)))
                continue
            begun = True
            yield parsed

    def _kept(self, row: FileRow) -> str:
        """Return a row as quarantine has it: its cells by their columns, as a JSON object."""
        cells = {
            name: str(row.cells[place]).encode(errors="replace").decode()  # JSON may write half a character
            for name, place in self._at.items()
        }
        return kept_text(msgspec.json.encode(cells))

    def _is_heading(self, row: FileRow, *, begun: bool) -> bool:
        """Return whether a row stands for no interval: one above the first, a head again, its units, a total."""
        if self._has_time(row):
            return False
        text = self._text(row, self._profile.time.columns)
        amounts = [row.cells[self._at[source.column]] for *_, source in self._sources]
        return not begun or bool(_TOTAL.match(text)) or all(map(is_words, amounts))

    def _has_time(self, row: FileRow) -> bool:
        try:
            self._parse(self._text(row, self._profile.time.columns))
        except ReadingError:
            return False
        return True

    def _text(self, row: FileRow, columns: Sequence[str]) -> str:
        return time_text([row.cells[self._at[name]] for name in columns])

    def _row(self, row: FileRow) -> ParsedRow:
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
        return ParsedRow(
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

    def _amounts(self, row: FileRow) -> Iterator[Amount]:
        """Return the amounts of a row; a side of which a column is empty beside another's value has none.

        Raises:
            ReadingError: a cell isn't a number, or only some of a side's columns have a value.
        """
        empty: dict[Side, str] = {}
        filled: dict[Side, list[Amount]] = {}
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
                if (unit := unit_behind(cell)) is not None:
                    amount = of_unit(amount, unit, source.unit or self._profile.unit)
            except ReadingError as error:
                raise ReadingError(f"column {source.column!r}: {error}") from None
            filled.setdefault(side, []).append(Amount(side, (index, *words), scaled(amount, source, self._profile)))
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
