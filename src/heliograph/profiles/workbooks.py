"""Excel workbooks, `.xlsx` and `.xls`: their lines of cells, once it is known that they don't unpack to more than fits.

A workbook's reader keeps a sheet as a full rectangle, so a cell at its far corner asks for gigabytes, and ends the
whole process; and a kilobyte may unpack to gigabytes, too. So its size is looked at first (`workbook_size`).
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, Final

from heliograph.errors import ProfileMismatch, UnreadableFile
from heliograph.profiles.rows import Cell
from heliograph.profiles.workbook_size import require_moderate

# What zip files, compound files and their readers raise of damaged bytes; a password is a RuntimeError.
_UNREADABLE: Final = (
    OSError, ValueError, LookupError, ArithmeticError, EOFError, RuntimeError, struct.error, zlib.error,
    zipfile.BadZipFile,
)  # fmt: skip


def sheets(body: bytes) -> Iterator[tuple[str, list[list[Cell]]]]:
    """Read all sheets of a workbook, each with its name and its lines of cells; it is opened once.

    Raises:
        UnreadableFile: it isn't a workbook, it is damaged or locked, or too large.
    """
    book = _opened(body)
    for name in book.sheet_names:
        yield name, [cells for _, cells in _lines(book, name)]


def sheet_lines(body: bytes, sheet: str = "") -> Iterator[tuple[int, list[Cell]]]:
    """Read a workbook's sheet as lines of cells; a number is exactly as it is shown.

    Raises:
        ProfileMismatch: it has no such sheet.
        UnreadableFile: it isn't a workbook, it is damaged or locked, or too large.
    """
    book = _opened(body)
    if sheet and sheet not in book.sheet_names:
        raise ProfileMismatch(f"the workbook has no sheet {sheet!r}; it has {', '.join(book.sheet_names)}")
    yield from _lines(book, sheet)


def _lines(book: Any, sheet: str) -> Iterator[tuple[int, list[Cell]]]:  # noqa: ANN401 - a workbook, too
    with _readable():
        lines = book.get_sheet_by_name(sheet or book.sheet_names[0]).to_python(skip_empty_area=False)
    for number, cells in enumerate(lines, 1):
        yield number, [_sheet_cell(cell) for cell in cells]


def _opened(body: bytes) -> Any:  # noqa: ANN401 - a workbook of python-calamine
    with _readable():
        require_moderate(body)
        from python_calamine import CalamineWorkbook  # heavy, and most feeds have no workbook  # noqa: PLC0415

        return CalamineWorkbook.from_filelike(io.BytesIO(body))


@contextmanager
def _readable() -> Iterator[None]:
    """Turn what a reader says of bytes that it can't read into an error of our own."""
    from python_calamine import CalamineError  # noqa: PLC0415

    try:
        yield
    except (CalamineError, *_UNREADABLE):
        raise UnreadableFile(
            "the workbook can't be read, it may be damaged, half written or locked; save it again as .xlsx or CSV"
        ) from None


def _sheet_cell(cell: Cell) -> Cell:
    if isinstance(cell, float):
        return Decimal(repr(cell))
    return cell.strip() if isinstance(cell, str) else cell
