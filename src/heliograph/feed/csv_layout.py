"""CSV with a header, one record a line.

Each line is read by itself, so a stray quote spoils its own line and not the rest of the file. Numbers are text in CSV,
so here, and only here, text becomes a number.
"""

import csv
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import msgspec

from heliograph.errors import UnreadableFile
from heliograph.feed.records import (
    MAX_RECORD_BYTES,
    NAMES,
    UNSET,
    Batch,
    Fields,
    Overlong,
    RecordFault,
    blocks_of_lines,
    line_end,
    read_number,
)

_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\Z", re.ASCII)
# Two neighbours that may be one number: 2,23 with a decimal comma, 1,234.5 with its thousands told apart.
_WHOLE: Final = re.compile(r"[+-]?\d+\Z", re.ASCII)
_GOES_ON: Final = re.compile(r"\d+([eE][+-]?\d+)?\Z|\d{3}(\.\d*)?\Z", re.ASCII)
_DELIMITERS: Final = (",", ";", "\t")
_SITE, _TIME, _GENERATED, _CONSUMED = NAMES
_VISIBLE: Final = re.compile(rb"\S")
_LINE_BREAK: Final = re.compile(rb"[\r\n]")
_TIME_NAME: Final = _TIME.encode()
_BYTE_ORDER_MARK: Final = "\N{BYTE ORDER MARK}"
# The name is looked for in stretches from the one size to the other: it stands near where many lines have it.
_FIRST_LOOK: Final = 512
_LAST_LOOK: Final = 256 * 1024
# So many lines with a header's name are looked at: in a file made to be slow all have it.
_NAMED_LOOKED_AT: Final = 50_000
# A file's header is looked for in so many lines, to say where it is.
_LINES_LOOKED_AT: Final = 50


class Header(msgspec.Struct, frozen=True):
    """What a CSV file's first line says.

    width: how many columns there are. columns: where the four fields stand among them, from 0; None where they don't.
    """

    delimiter: str
    width: int
    columns: tuple[int | None, ...]


def header_line(text: bytes) -> bytes:
    """Return the first line that isn't blank, up to the length of a record."""
    found = _VISIBLE.search(text)
    if not found:
        return b""
    # White space before the first sign is cut off, the last line break before it included.
    return text[found.start() : min(line_end(text, found.start()), found.start() + MAX_RECORD_BYTES)]


def looks_like_csv(text: bytes) -> bool:
    """Return whether the first line is a header that names at least the site and the time."""
    return {_SITE, _TIME} <= set(_cells_of_header(header_line(text))[0])


def header_of(text: bytes) -> Header | None:
    """Read the header of a file; None where its first line is none.

    Raises:
        UnreadableFile: it names a field twice, or is longer than a record may be.
    """
    line = header_line(text)
    names, delimiter = _cells_of_header(line)
    if not {_SITE, _TIME} <= set(names):
        return None
    if len(line) == MAX_RECORD_BYTES:
        raise UnreadableFile(f"the CSV header has more than {MAX_RECORD_BYTES:,} bytes; leave out what isn't a reading")
    for name in NAMES:
        if names.count(name) > 1:
            raise UnreadableFile(f"the CSV header names {name} twice, so which column holds? Rename or remove one")
    return Header(delimiter, len(names), tuple(names.index(name) if name in names else None for name in NAMES))


def later_header(text: bytes) -> int | None:
    """Return the number of the line that looks like the header of a file that begins with other lines."""
    for number, lines in blocks_of_lines(text):
        for index, line in enumerate(lines[:_LINES_LOOKED_AT], number):
            if {_SITE, _TIME} <= set(_cells_of_header(line)[0]):
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
    first = header_line(text)
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


def csv_batches(text: bytes, header: Header) -> Iterator[Batch]:
    """Read the rows behind the header. Rows of nothing are blank."""
    row = _Rows(header)
    is_header = True
    for number, lines in blocks_of_lines(text):
        indexed = [(index, line) for index, line in enumerate(lines, number) if line and not line.isspace()]
        if is_header:
            indexed, is_header = indexed[1:], False
        contents = [line for _, line in indexed]
        # One call for all: a line holds no line break, and bytes that aren't UTF-8 stay in their line.
        texts = b"\n".join(contents).decode("utf-8", "surrogateescape").split("\n") if contents else []
        fields = [row.fields(line, content) for line, content in zip(texts, contents, strict=True)]
        yield Batch([index for index, _ in indexed], fields, contents.__getitem__)


class _Rows:
    """Reads rows under one header."""

    def __init__(self, header: Header) -> None:
        self._delimiter = header.delimiter
        self._width = header.width
        self._site, self._time, self._generated, self._consumed = header.columns
        self._last = max(column for column in header.columns if column is not None)

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
        return Fields(
            _cell(cells, self._site),
            _cell(cells, self._time),
            _number(_cell(cells, self._generated)),
            _number(_cell(cells, self._consumed)),
        )

    def _surplus(self, cells: list[str]) -> RecordFault | None:
        """Return what is wrong with a row that has more cells than the header; nothing where these are empty."""
        told = f"the line has {len(cells)} cells, the header {self._width}"
        if self._delimiter == ",":
            # A number in two cells moves all cells behind it, whosever it is.
            for number, more in pairwise(cell.strip() for cell in cells[: self._last + 2]):
                if _WHOLE.match(number) and _GOES_ON.match(more):
                    return RecordFault(
                        f"{told}: {number},{more} looks like one number with a decimal comma. Write it with a point, "
                        "or separate the cells by semicolons"
                    )
        return RecordFault(told) if any(cell.strip() for cell in cells[self._width :]) else None


def _cells_of_header(line: bytes) -> tuple[list[str], str]:
    shown = line.decode("utf-8", "surrogateescape").removeprefix(_BYTE_ORDER_MARK)
    delimiter = max(_DELIMITERS, key=shown.count)
    try:
        cells = next(csv.reader([shown], delimiter=delimiter), [])
    except csv.Error:  # a cell is longer than the csv module reads
        cells = shown.split(delimiter)
    return [cell.strip().lower() for cell in cells], delimiter


def _cell(cells: list[str], column: int | None) -> object:
    if column is None:
        return UNSET
    return cells[column].strip() if column < len(cells) else ""


def _number(cell: object) -> object:
    """Return a cell's number exactly, or the cell as it is, for its reason to be told with the others'."""
    return read_number(cell) if isinstance(cell, str) and _NUMBER.match(cell) else cell
