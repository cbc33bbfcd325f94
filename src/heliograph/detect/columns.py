"""A table's columns: what their cells look like, dates, times of day or numbers."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from datetime import time as time_of_day
from decimal import Decimal
from typing import Any, Final

import msgspec

from heliograph.errors import ReadingError
from heliograph.profiles.amounts import amount_of, is_no_value, is_words, unit_behind
from heliograph.profiles.model import Layout, Unit

_DATE: Final = re.compile(
    r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2,4}|(19|20)\d{6}"
    r"|\d{1,2}[- /.]{0,2}[A-Za-zéûäçí]{3,10}\.?[- /.,]{0,2}\d{2,4}|[A-Za-z]{3,10}\.? \d{1,2},? \d{4})\.?"
    r"([T ,]{1,2}\d{1,2}:?\d\d(:?\d\d)?([.,]\d{1,9})? ?([AaPp]\.?[Mm]\.?|[A-Za-z]{1,5})? ?([+-]\d\d:?\d\d)?)?\Z"
)
# A cell with an interval's start and end, as `01.06.2025 00:00 - 01.06.2025 00:15`.
_RANGE: Final = re.compile(
    r"(.*\d:\d\d(?::\d\d)?)(?: - | to |/|-(?=\d{1,2}[./]\d{1,2}[./]\d)).*\d:\d\d(?::\d\d)?.{0,12}\Z"
)
_CLOCK: Final = re.compile(r"\d{1,2}(:\d\d){1,2}( ?[AaPp]\.?[Mm]\.?)?\Z|\d{1,2} ?[AaPp]\.?[Mm]\.?\Z")
_EPOCH: Final = re.compile(r"1[0-9]{9}(\d{3}){0,3}\Z|9\d{8}\Z")


class Column(msgspec.Struct):
    """A column of a table. name: as a profile calls it. labels: every text above its cells, its name among them.

    cells: of each row.
    """

    name: str
    labels: str
    cells: list[Any]

    def texts(self) -> list[str]:
        """Return the cells that have a value, as text."""
        return [str(cell).strip() for cell in self.cells if not is_no_value(cell)]

    def numbers(self, decimal: str) -> list[Decimal | None]:
        """Return the cells as numbers; None where one has no value or is none."""
        return [number_of(cell, decimal) for cell in self.cells]

    def is_numeric(self, decimal: str) -> bool:
        """Return whether nearly all cells that have a value are numbers, and one is."""
        return _share(self.cells, lambda cell: number_of(cell, decimal) is not None)

    def is_mostly_numeric(self, decimal: str) -> bool:
        """Return whether more than half of the cells that have a value are numbers."""
        values = [cell for cell in self.cells if not is_no_value(cell)]
        return 2 * sum(number_of(cell, decimal) is not None for cell in values) > len(values)

    def repeated_words(self) -> list[str]:
        """Return the words without a digit that stand in several cells, such as `---` where a meter was away."""
        counts = Counter(text for text in self.texts() if is_words(text))
        return sorted(text for text, count in counts.items() if count > 1)

    def units(self) -> set[Unit]:
        """Return the units that stand behind the cells' numbers."""
        return {unit for cell in self.cells if (unit := unit_behind(cell)) is not None}

    def is_date(self) -> bool:
        """Return whether nearly all cells are dates, with a time of day or without."""
        return _share(self.cells, looks_like_date)

    def is_clock(self) -> bool:
        """Return whether nearly all cells are times of day."""
        return _share(self.cells, looks_like_clock)


class FileTable(msgspec.Struct):
    """A file as a table. above: the text above its names, such as a portal's preamble. names: the text of its names."""

    layout: Layout
    columns: list[Column]
    above: str = ""
    names: str = ""

    @property
    def count(self) -> int:
        """How many rows it has."""
        return len(self.columns[0].cells) if self.columns else 0

    def column(self, name: str) -> Column | None:
        """Return the column of a name."""
        return next((column for column in self.columns if column.name == name), None)


def number_of(cell: Any, decimal: str) -> Decimal | None:  # noqa: ANN401 - a cell may be anything
    """Return a cell as a number; None where it has no value or is none. decimal: the sign before its decimals."""
    if is_no_value(cell):
        return None
    try:
        return amount_of(cell, decimal)
    except ReadingError:
        return None


def looks_like_date(cell: Any) -> bool:  # noqa: ANN401 - a cell may be anything
    """Return whether a cell is a date, with a time of day or without, or an epoch."""
    if isinstance(cell, (datetime, date)):
        return True
    text = str(cell).strip()
    return bool(_DATE.match(text) or _EPOCH.match(text) or _DATE.match(start_of_range(text)))


def start_of_range(text: str) -> str:
    """Return the first of two stamps that a cell holds, an interval's start and end; else the text itself."""
    found = _RANGE.match(text)
    return found[1] if found else text


def looks_like_clock(cell: Any) -> bool:  # noqa: ANN401 - a cell may be anything
    """Return whether a cell is a time of day."""
    return isinstance(cell, time_of_day) or bool(_CLOCK.match(str(cell).strip()))


def _share(cells: Sequence[Any], test: Any) -> bool:  # noqa: ANN401 - a test of a cell
    values = [cell for cell in cells if not is_no_value(cell)]
    return bool(values) and sum(map(test, values)) * 20 >= len(values) * 19
