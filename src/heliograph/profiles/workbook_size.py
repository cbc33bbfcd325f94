"""How large a workbook is, before it is opened: a few kilobytes may stand for more cells than a machine can hold.

Its sheets are read as whole tables, from the first cell to the last, so one cell in the far corner is enough.
"""

import io
import re
import struct
import zlib
from functools import lru_cache
from typing import Final
from zipfile import BadZipFile, ZipFile

from heliograph.errors import TooLarge, UnreadableFile
from heliograph.profiles.compound_file import rows_and_columns

_ZIP: Final = b"PK\x03\x04"
# A year of minutes in twenty columns has 10 million cells; each takes some 30 bytes, and a Lambda has 1,024 MB.
MOST_CELLS: Final = 12_000_000
MOST_BYTES: Final = 128 * 2**20
_SHEET: Final = re.compile(r"xl/worksheets/[^/]+\.xml\Z")
# Where a cell or a row says that it is, however it is quoted.
_PLACE: Final = re.compile(rb"""\sr\s*=\s*["']([^"']*)""")
_PLACE_PARTS: Final = re.compile(rb"([A-Z]{0,3})(\d{1,7})\Z")
_WORKBOOK: Final = "xl/workbook.xml"
_LETTERS: Final = 26
# What the readers of zip and compound files raise of damaged bytes; a password is a RuntimeError.
_DAMAGED: Final = (BadZipFile, RuntimeError, OSError, EOFError, ValueError, LookupError, struct.error, zlib.error)


def require_moderate(body: bytes, most_cells: int | None = None, most_bytes: int | None = None) -> None:
    """Refuse a workbook that would take too much memory.

    most_cells: of a sheet; most_bytes: that it unpacks to; what is usual where they are None.

    Raises:
        TooLarge: it unpacks to too much, or a sheet has too many cells.
        UnreadableFile: it is damaged.
    """
    most_cells = MOST_CELLS if most_cells is None else most_cells
    most_bytes = MOST_BYTES if most_bytes is None else most_bytes
    try:
        if not body.startswith(_ZIP):
            _require_moderate_table(*rows_and_columns(body), most_cells)
            return
        with ZipFile(io.BytesIO(body)) as archive:
            left = most_bytes
            for name in archive.namelist():
                with archive.open(name) as member:
                    content = member.read(left + 1)
                left -= len(content)
                if left < 0:
                    raise TooLarge(f"the workbook unpacks to more than {most_bytes // 2**20} MiB; split it")
                if _SHEET.search(name):
                    _require_few_cells(content, most_cells)
            if _WORKBOOK not in archive.namelist():
                raise UnreadableFile("the file is a zip file and no .xlsx workbook; save it as .xlsx or CSV")
    except _DAMAGED as error:
        raise UnreadableFile(f"the workbook can't be read, it may be damaged or half written: {error}") from None


def _require_few_cells(sheet: bytes, most: int) -> None:
    columns, rows = 0, 0
    for place in _PLACE.findall(sheet):
        found = _PLACE_PARTS.match(place)
        if found is None:
            raise UnreadableFile(f"the workbook has a cell at {place[:20]!r}, which is no place")
        columns, rows = max(columns, _column(found[1])), max(rows, int(found[2]))
    _require_moderate_table(rows, columns, most)


def _require_moderate_table(rows: int, columns: int, most: int) -> None:
    if columns * rows > most:
        raise TooLarge(f"a sheet has {rows:,} rows of {columns:,} columns; at most {most:,} cells are read")


@lru_cache(maxsize=1024)
def _column(letters: bytes) -> int:
    """Return a column's number from 1, by its letters."""
    number = 0
    for letter in letters:
        number = number * _LETTERS + letter - ord("A") + 1
    return number
