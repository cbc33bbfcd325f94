"""How large a workbook is, before it is opened: a few kilobytes may stand for more cells than a machine can hold.

Its sheets are read as whole tables, from the first cell to the last, so one cell in the far corner is enough.
"""

import io
import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Final, NamedTuple
from zipfile import BadZipFile, ZipFile

from heliograph.errors import TooLarge, UnreadableFile
from heliograph.profiles.compound_file import sheets_rows_and_columns

_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0"
# A year of minutes in twenty columns has 10 million cells; each takes some 30 bytes, and a Lambda has 1,024 MB.
MOST_CELLS: Final = 12_000_000
MOST_BYTES: Final = 128 * 2**20
_SHEET: Final = re.compile(r"xl/worksheets/[^/]+\.xml\Z")
# Where a cell or a row says that it is, however it is quoted.
_PLACE: Final = re.compile(rb"""\sr\s*=\s*["']([^"']*)""")
_PLACE_PARTS: Final = re.compile(rb"([A-Z]{0,3})(\d{1,7})\Z")
_ROW: Final = re.compile(rb"<(?:\w+:)?row[\s/>]")
_CELL: Final = re.compile(rb"<(?:\w+:)?c[\s/>]")
_LISTED: Final = re.compile(rb"<(?:\w+:)?sheet[\s/>]")
_WORKBOOK: Final = "xl/workbook.xml"
_LETTERS: Final = 26
# What the readers of zip and compound files raise of damaged bytes; a password is a RuntimeError.
_DAMAGED: Final[tuple[type[Exception], ...]] = (
    BadZipFile, RuntimeError, OSError, EOFError, ValueError, LookupError, ArithmeticError, struct.error, zlib.error,
)  # fmt: skip


class SheetSize(NamedTuple):
    """The rectangle that a sheet is read as: from its first cell to its last. cells: no less than it has elements."""

    rows: int
    columns: int
    cells: int


def may_be_workbook(body: bytes) -> bool:
    """Return whether a file begins as `.xlsx` or `.xls` do: as a zip or a compound file."""
    return body.startswith((_ZIP, _OLE))


@contextmanager
def readable(*errors: type[Exception]) -> Iterator[None]:
    """Turn what is raised of damaged bytes into an error of our own. errors: those that a reader has of its own.

    Raises:
        UnreadableFile: such an error was raised.
    """
    try:
        yield
    except _DAMAGED + errors:
        raise UnreadableFile(
            "the workbook can't be read, it may be damaged, half written or locked; save it again as .xlsx or CSV"
        ) from None


def require_moderate(body: bytes) -> None:
    """Refuse a workbook a sheet of which would take too much memory.

    Raises:
        TooLarge: it unpacks to too much, or a sheet has too many cells.
        UnreadableFile: it is damaged.
    """
    for size in sheet_sizes(body, MOST_BYTES):
        if size.cells > MOST_CELLS:
            raise TooLarge(
                f"a sheet has {size.rows:,} rows of {size.columns:,} columns; at most {MOST_CELLS:,} cells are read"
            )


def sheet_sizes(body: bytes, most_bytes: int) -> list[SheetSize]:
    """Return the sizes of a workbook's sheets, in any order; a sheet that is listed twice is there twice.

    Raises:
        TooLarge: it unpacks to more than `most_bytes`.
        UnreadableFile: it is damaged.
    """
    with readable():
        if not body.startswith(_ZIP):
            sheets, rows, columns = sheets_rows_and_columns(body)
            return [SheetSize(rows, columns, rows * columns)] * max(sheets, 1)
        return _sizes_in_zip(body, most_bytes)


def _sizes_in_zip(body: bytes, most_bytes: int) -> list[SheetSize]:
    sizes, listed = [], -1
    left = most_bytes
    with ZipFile(io.BytesIO(body)) as archive:
        for name in archive.namelist():
            with archive.open(name) as member:
                content = member.read(left + 1)
            left -= len(content)
            if left < 0:
                raise TooLarge(f"the workbook unpacks to more than {most_bytes // 2**20} MiB; split it")
            if _SHEET.search(name) or b"sheetData" in content:
                sizes.append(_size(content))
            if name == _WORKBOOK:
                listed = len(_LISTED.findall(content))
    if listed < 0:
        raise UnreadableFile("the file is a zip file and no .xlsx workbook; save it as .xlsx or CSV")
    # Several names may stand for one sheet, which is read for each of them.
    return sizes + [max(sizes, key=lambda size: size.cells)] * (listed - len(sizes)) if sizes else []


def _size(sheet: bytes) -> SheetSize:
    """Return a sheet's size: by the places that its cells say, and by how many there are, which may say none."""
    columns, rows = 0, 0
    for place in _PLACE.findall(sheet):
        found = _PLACE_PARTS.match(place)
        if found is None:
            raise UnreadableFile(f"the workbook has a cell at {place[:20]!r}, which is no place")
        columns, rows = max(columns, _column(found[1])), max(rows, int(found[2]))
    counts = [len(_CELL.findall(row)) for row in _ROW.split(sheet)]
    rows, columns = max(rows, len(counts) - 1), max(columns, *counts)
    return SheetSize(rows, columns, max(rows * max(columns, 1), sum(counts)))


@lru_cache(maxsize=1024)
def _column(letters: bytes) -> int:
    """Return a column's number from 1, by its letters."""
    number = 0
    for letter in letters:
        number = number * _LETTERS + letter - ord("A") + 1
    return number
