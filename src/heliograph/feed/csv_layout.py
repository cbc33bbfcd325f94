"""CSV with a header, one record a line.

Each line is read by itself, so a stray quote spoils its own line and not the rest of the file. Where cells aren't
separated by commas, numbers may have decimal commas.
"""

import csv
import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Final

import msgspec

from heliograph.errors import UnreadableFile
from heliograph.feed.records import (
    ALL_NAMES,
    DETECT,
    MAX_RECORD_BYTES,
    NAMES,
    NUMBER,
    OPTIONAL_NAMES,
    SIDES,
    UNSET,
    Batch,
    Fields,
    Overlong,
    RecordFault,
    blocks_of_lines,
    line_end,
    listed,
    read_number,
    shown_names,
    text_of,
)
from heliograph.feed.to_reading import is_there, may_be_side

# Two neighbours that may be one number: 2,23 with a decimal comma, 1,234.5 with its thousands separated.
_WHOLE: Final = re.compile(r"[+-]?\d+\Z", re.ASCII)
_GOES_ON: Final = re.compile(r"\d+([eE][+-]?\d+)?\Z|\d{3}(\.\d*)?\Z", re.ASCII)
_DELIMITERS: Final = (",", ";", "\t")
_TIME = NAMES[1]
_GENERATED, _CONSUMED = SIDES
_SEPARATOR: Final = re.compile(rb"""(?:\xef\xbb\xbf)?["']?sep=([,;\t])["']?[,;\t ]*\Z""", re.IGNORECASE)
_BETWEEN_WORDS: Final = re.compile(r"[\s_-]+")
_COMMA_NUMBER: Final = re.compile(r"[+-]?(\d+,\d*|,\d+)([eE][+-]?\d+)?\Z", re.ASCII)
# One group of three digits behind a sign: 1.234 may be one and a bit, or a thousand.
_MAY_BE_THOUSANDS: Final = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}\Z", re.ASCII)
_VISIBLE: Final = re.compile(rb"\S")
_LINE_BREAK: Final = re.compile(rb"[\r\n]")
_TIME_NAME: Final = _TIME.encode()
# The name is looked for in stretches from the one size to the other: it stands near where many lines have it.
_FIRST_LOOK: Final = 512
_LAST_LOOK: Final = 256 * 1024
# So many lines with a header's name are looked at: in a file made to be slow all have it.
_NAMED_LOOKED_AT: Final = 50_000
# A file's header is looked for in so many lines, to say where it is.
_LINES_LOOKED_AT: Final = 50


class Header(msgspec.Struct, frozen=True):
    """What a CSV file's first line says, and a `sep=` line before it.

    cells: the columns' names as they are written; names: the same in small letters, their words joined by underscores.
    columns: where `ALL_NAMES` stand among them, from 0; None where not. lines: the header's, and the `sep=` line.
    """

    delimiter: str
    cells: tuple[str, ...]
    names: tuple[str, ...]
    columns: tuple[int | None, ...]
    lines: int

    @property
    def width(self) -> int:
        """How many columns there are."""
        return len(self.cells)


def header_lines(text: bytes) -> list[bytes]:
    """Return the first line that isn't blank, up to the length of a record; with a `sep=` line where one stands first.

    Excel begins a file with such a line, to say which sign separates its cells.
    """
    first, end = _visible_line(text, 0)
    return [first, _visible_line(text, end)[0]] if _SEPARATOR.match(first) else [first]


def _visible_line(text: bytes, at: int) -> tuple[bytes, int]:
    """Return the next line that isn't blank, and where it ends."""
    found = _VISIBLE.search(text, at)
    if not found:
        return b"", len(text)
    # White space before the first sign is cut off, the last line break before it included.
    end = min(line_end(text, found.start()), found.start() + MAX_RECORD_BYTES)
    return text[found.start() : end], end


def looks_like_csv(text: bytes) -> bool:
    """Return whether the first line is a header that names at least the site and the time."""
    header = _header(header_lines(text))
    return None not in header.columns[:2]


def header_of(text: bytes) -> Header | None:
    """Read the header of a file; None where its first line is none.

    Raises:
        UnreadableFile: it names a field twice, or is longer than a record may be.
    """
    lines = header_lines(text)
    header = _header(lines)
    if None in header.columns[:2]:
        return None
    if len(lines[-1]) == MAX_RECORD_BYTES:
        raise UnreadableFile(f"the CSV header has more than {MAX_RECORD_BYTES:,} bytes; leave out what isn't a reading")
    if twice := next((name for name in ALL_NAMES if header.names.count(name) > 1), ""):
        raise UnreadableFile(f"the CSV header names {twice} twice, so which column holds? Rename or remove one")
    return header


def require_columns(header: Header) -> None:
    """Refuse a file whose header lacks both sides, or one that another column may be meant for.

    Raises:
        UnreadableFile: it does, and the reason names what is missing and what there is.
    """
    lacking = [name for name, column in zip(NAMES, header.columns, strict=False) if column is None]
    if len(lacking) == len(SIDES) or (lacking and any(map(may_be_side, header.names))):
        raise UnreadableFile(
            f"the CSV header lacks {listed(lacking)}; it names {shown_names(header.cells)}. Rename the columns that "
            f"hold it, if they are energy of each interval in kWh, or {DETECT}"
        )


def shown_header(text: bytes) -> str:
    """Return what the first line of a file names that is no header, for the reason; nothing where it is one cell."""
    cells = _header(header_lines(text)).cells
    return shown_names(cells) if len(cells) > 1 else ""


def header_names(text: bytes) -> tuple[str, ...]:
    """Return the names of the columns that a file's first line has, in lower case; none where it is one cell."""
    names = _header(header_lines(text)).names
    return names if len(names) > 1 else ()


def _header(lines: list[bytes]) -> Header:
    """Read a line, and the `sep=` line before it, as a header, whatever it is."""
    shown = text_of(lines[-1], "surrogateescape").removeprefix("\N{BYTE ORDER MARK}")
    separator = _SEPARATOR.match(lines[0]) if len(lines) > 1 else None
    delimiter = separator[1].decode() if separator else max(_DELIMITERS, key=shown.count)
    try:
        cells = next(csv.reader([shown], delimiter=delimiter), [])
    except csv.Error:  # a cell is longer than the csv module reads
        cells = shown.split(delimiter)
    shown_cells = tuple(cell.strip() for cell in cells)
    names = tuple(_BETWEEN_WORDS.sub("_", cell.lower()) for cell in shown_cells)
    columns = tuple(names.index(name) if name in names else None for name in ALL_NAMES)
    return Header(delimiter, shown_cells, names, columns, len(lines))


def later_header(text: bytes) -> int | None:
    """Return the number of the line that looks like the header of a file that begins with other lines."""
    for number, lines in blocks_of_lines(text):
        for index, line in enumerate(lines[:_LINES_LOOKED_AT], number):
            if None not in _header([line]).columns[:2]:
                return index
        break
    return None


def require_one_header(text: bytes, header: Header) -> None:
    """Refuse a file in which a later line is a header too, and has the fields in other columns.

    That comes of files that were joined, each with its own spelling and byte-order mark. Rows behind such a line would
    be read under the wrong names. A header like the first one is only a row that is no reading.

    Raises:
        UnreadableFile: there is such a line.
    """
    first = header_lines(text)[-1]
    at = text.find(first) + len(first)
    for _ in range(_NAMED_LOOKED_AT):
        if (found := _time_name(text, at)) < 0:
            return
        start = max(at, text.rfind(b"\n", at, found) + 1, text.rfind(b"\r", at, found) + 1)
        stop = _line_stop(text, found)
        again = header_of(text[start:stop]) if stop - start < MAX_RECORD_BYTES and text[start:stop] != first else None
        if again and again.columns != header.columns:
            number = len(text[:start].splitlines()) + 1
            raise UnreadableFile(f"line {number} is another CSV header, with other columns; land them as two files")
        at = stop


def _time_name(text: bytes, at: int) -> int:
    """Return where the time's name stands next, however it is spelt; -1 where it doesn't."""
    stretch = _FIRST_LOOK
    while at < len(text):
        found = text[at : at + stretch + len(_TIME_NAME) - 1].lower().find(_TIME_NAME)
        if found >= 0:
            return at + found
        at, stretch = at + stretch, min(4 * stretch, _LAST_LOOK)
    return -1


def _line_stop(text: bytes, at: int) -> int:
    # `line_end` would look for the next \n each time, and a file may have none.
    found = _LINE_BREAK.search(text, at)
    return found.start() if found else len(text)


def csv_batches(text: bytes, header: Header, *, is_part: bool) -> Iterator[Batch]:
    """Read the rows behind the header. Rows of nothing are blank.

    is_part: whether these are some rows of a file, so that it can't be known how its numbers are written.
    """
    row = _CommaRows(header, mixed=True) if is_part and header.delimiter != "," else _rows(text, header)
    for positions, contents in _lines(text, header):
        fields = [row.fields(line, content) for line, content in zip(_texts(contents), contents, strict=True)]
        yield Batch(positions, fields, contents.__getitem__)


def _lines(text: bytes, header: Header) -> Iterator[tuple[list[int], list[bytes]]]:
    """Return the lines behind the header that aren't blank, a block at a time, each with its number."""
    left = header.lines
    for number, lines in blocks_of_lines(text):
        indexed = [(index, line) for index, line in enumerate(lines, number) if line and not line.isspace()]
        indexed, left = indexed[left:], max(0, left - len(indexed))
        yield [index for index, _ in indexed], [line for _, line in indexed]


def _texts(contents: list[bytes]) -> list[str]:
    """Decode lines; bytes that aren't UTF-8 stay in their line."""
    if not contents:
        return []
    try:
        # One call for all: a line holds no line break.
        return b"\n".join(contents).decode().split("\n")
    except UnicodeDecodeError:
        return [text_of(content, "surrogateescape") for content in contents]


def _rows(text: bytes, header: Header) -> "_Rows":
    """Return what reads a file's rows: where commas don't separate cells, they may be decimal signs."""
    if header.delimiter == "," or b"," not in text:
        return _Rows(header)
    signs: set[str] = set()
    plain = _Rows(header)
    for _, contents in _lines(text, header):
        for line, content in zip(_texts(contents), contents, strict=True):
            if isinstance(fields := plain.fields(line, content), Fields):
                signs.update(_decimal_sign(fields.energy_generated_kwh), _decimal_sign(fields.energy_consumed_kwh))
        if len(signs) > 1:
            break
    return _CommaRows(header, mixed=len(signs) > 1) if "," in signs else plain


def _decimal_sign(energy: object) -> str:
    """Return the sign between an energy's digits; nothing where it has none or is no number."""
    if isinstance(energy, Decimal):
        return "." if int(energy.as_tuple().exponent) < 0 else ""
    return "," if isinstance(energy, str) and _COMMA_NUMBER.match(energy) else ""


class _Rows:
    """Reads rows under one header."""

    def __init__(self, header: Header) -> None:
        self._delimiter = header.delimiter
        self._width = header.width
        self._site, self._time, self._generated, self._consumed, *optional = header.columns
        self._last = max(column for column in header.columns[: len(NAMES)] if column is not None)
        self._optional = (
            [*zip(OPTIONAL_NAMES, optional, strict=True)] if any(each is not None for each in optional) else []
        )

    def fields(self, line: str, content: bytes) -> Fields | RecordFault:
        """Read one row; a cell that is missing or empty is empty text, a column that there isn't is unset."""
        if isinstance(content, Overlong):
            return RecordFault(f"the line has {content.size:,} bytes; at most {MAX_RECORD_BYTES:,} are read")
        if '"' in line:
            try:
                cells = next(csv.reader([line], delimiter=self._delimiter, strict=True))
            except (csv.Error, StopIteration) as error:
                return RecordFault(f"the line isn't CSV: {error}")
        else:
            cells = line.split(self._delimiter)
        if len(cells) > self._width and (fault := self._surplus(cells)):
            return fault
        fields = Fields(
            _cell(cells, self._site),
            _cell(cells, self._time),
            _number(_cell(cells, self._generated)),
            _number(_cell(cells, self._consumed)),
        )
        if len(cells) <= self._last and any(is_there(getattr(fields, name)) for name in SIDES):
            return RecordFault(f"the line has {len(cells)} cells, the header {self._width}: it is cut short")
        for name, column in self._optional:
            setattr(fields, name, _number(_cell(cells, column)))
        return fields

    def _surplus(self, cells: list[str]) -> RecordFault | None:
        """Return what is wrong with a row that has more cells than the header; nothing where these are empty."""
        fault = f"the line has {len(cells)} cells, the header {self._width}"
        if self._delimiter == ",":
            # A number in two cells moves all cells behind it, whosever it is.
            for number, more in pairwise(cell.strip() for cell in cells[: self._last + 2]):
                if _WHOLE.match(number) and _GOES_ON.match(more):
                    return RecordFault(
                        f"{fault}: {number},{more} looks like one number with a decimal comma. Write it with a point, "
                        "or separate the cells by semicolons"
                    )
        return RecordFault(fault) if any(cell.strip() for cell in cells[self._width :]) else None


class _CommaRows(_Rows):
    """Reads rows whose numbers may have decimal commas. mixed: whether others of the file have decimal points."""

    def __init__(self, header: Header, *, mixed: bool) -> None:
        super().__init__(header)
        self._mixed = mixed

    def fields(self, line: str, content: bytes) -> Fields | RecordFault:
        """Read one row; where the file's numbers have points as well as commas, none that may be thousands is read."""
        read = super().fields(line, content)
        if isinstance(read, RecordFault):
            return read
        for name in (_GENERATED, _CONSUMED):
            energy = getattr(read, name)
            if self._mixed and _MAY_BE_THOUSANDS.match(str(energy)):
                return RecordFault(
                    f"{name} is {energy}: is that a fraction, or thousands? Other numbers of the file have the other "
                    "sign; write all with a decimal point and nothing between thousands"
                )
            if isinstance(energy, str) and _COMMA_NUMBER.match(energy):
                setattr(read, name, read_number(energy.replace(",", ".")))
        return read


def _cell(cells: list[str], column: int | None) -> object:
    if column is None:
        return UNSET
    return cells[column].strip() if column < len(cells) else ""


def _number(cell: object) -> object:
    """Return a cell's number exactly, or the cell as it is, for its reason to be given with the others'."""
    return read_number(cell) if isinstance(cell, str) and NUMBER.match(cell) else cell
