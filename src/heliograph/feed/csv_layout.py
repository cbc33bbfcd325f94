"""CSV with a header, one record a line.

Each line is read by itself, so a stray quote spoils its own line and not the rest of the file. Numbers are text in CSV,
so here, and only here, text becomes a number.
"""

import csv
import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import Final

from heliograph.feed.record import Record, read_number

_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\Z", re.ASCII)
_ENERGIES: Final = ("energy_generated_kwh", "energy_consumed_kwh")
_DELIMITERS: Final = (",", ";", "\t")


class CsvFault(str):
    """Stands for a row that can't be read as the header says; its text is the reason."""

    __slots__ = ()


def looks_like_csv(text: bytes) -> bool:
    """Tell whether the first line is a header that names at least the site and the time."""
    names = _header(_first_line(text))[0]
    return {"site_id", "timestamp"} <= set(names)


def csv_records(text: bytes) -> Iterator[Record]:
    """Give each row as a record whose value is a dict by the header's names, or a `CsvFault`."""
    lines = text.splitlines()
    start = next(number for number, line in enumerate(lines) if line.strip())
    names, delimiter = _header(lines[start])
    for number, line in enumerate(lines[start + 1 :], start + 2):
        if line and not line.isspace():
            yield Record(number, line, _row(line, names, delimiter))


def _first_line(text: bytes) -> bytes:
    return text.lstrip().partition(b"\n")[0].partition(b"\r")[0]


def _header(line: bytes) -> tuple[list[str], str]:
    shown = line.decode("utf-8", "surrogateescape")
    delimiter = max(_DELIMITERS, key=shown.count)
    cells = next(csv.reader([shown[:10_000]], delimiter=delimiter), [])
    return [cell.strip().lower() for cell in cells], delimiter


def _row(line: bytes, names: list[str], delimiter: str) -> dict[str, object] | CsvFault:
    try:
        cells = next(csv.reader([line.decode("utf-8", "surrogateescape")], delimiter=delimiter, strict=True))
    except (csv.Error, StopIteration) as error:
        return CsvFault(f"the line isn't CSV: {error}")
    if len(cells) > len(names) and any(cells[len(names) :]):
        return CsvFault(f"the line has {len(cells)} cells, the header {len(names)}")
    row: dict[str, object] = {
        name: cell.strip() for name, cell in zip_longest(names, cells[: len(names)], fillvalue="")
    }
    for name in _ENERGIES:
        row[name] = _number(row.get(name))
    return {name: value for name, value in row.items() if value != ""}


def _number(cell: object) -> object:
    """Give a cell's number exactly, or the cell as it is, for its reason to be told with the others'."""
    if isinstance(cell, str) and _NUMBER.match(cell):
        return read_number(cell)
    return "" if cell is None else cell
