"""Excel workbooks, `.xlsx` and `.xls`: their lines of cells, once it is known that they don't unpack to more than fits.

A workbook's reader keeps a sheet as a full rectangle, so a cell at its far corner asks for gigabytes, and ends the
whole process; and a kilobyte may unpack to gigabytes, too. So its size is looked at first (`workbook_size`).
"""

import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from heliograph.errors import ProfileMismatch
from heliograph.profiles.rows import Cell
from heliograph.profiles.workbook_size import readable, require_moderate


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
    from python_calamine import CalamineError  # noqa: PLC0415

    with readable(CalamineError):
        lines = book.get_sheet_by_name(sheet or book.sheet_names[0]).to_python(skip_empty_area=False)
    for number, cells in enumerate(lines, 1):
        yield number, [_sheet_cell(cell) for cell in cells]


def _opened(body: bytes) -> Any:  # noqa: ANN401 - a workbook of python-calamine
    from python_calamine import CalamineError, CalamineWorkbook  # heavy, and rarely needed  # noqa: PLC0415

    with readable(CalamineError):
        require_moderate(body)
        return CalamineWorkbook.from_filelike(io.BytesIO(body))


def _sheet_cell(cell: Cell) -> Cell:
    if isinstance(cell, float):
        return Decimal(repr(cell))
    return cell.strip() if isinstance(cell, str) else cell
