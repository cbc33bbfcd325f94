"""A registry file that is CSV: a header of a site's fields, and a row for each site.

The cells become what JSON would hold, and one set of rules reads both. An empty cell is a field that isn't given.
"""

import csv
import io
import re
from decimal import Decimal
from typing import Any, Final

from heliograph.errors import SiteError

NUMBERS: Final = frozenset(
    {
        "capacity_kw",
        "latitude",
        "longitude",
        "interval_minutes",
        "ac_capacity_kw",
        "meter_step_kwh",
        "price_per_kwh",
    }
)
LISTS: Final = frozenset({"groups", "tags"})
_DELIMITERS: Final = (",", ";", "\t")
_SEPARATOR: Final = re.compile(r'"?sep=([,;\t])"?[,;\t ]*\Z', re.IGNORECASE)
_BETWEEN_WORDS: Final = re.compile(r"[\s_-]+")
_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?\Z", re.ASCII)
_DECIMAL_COMMA: Final = re.compile(r"[+-]?\d+,\d+\Z", re.ASCII)


def entries_of_csv(text: bytes) -> list[tuple[int, dict[str, Any]]]:
    """Return the entries of a registry file with the numbers of their lines, as JSON would have them.

    Raises:
        SiteError: it has no header with site_id, names a field twice, or a row has more cells than the header.
    """
    lines = _text(text).splitlines(keepends=True)
    separator = _SEPARATOR.match(lines[0].strip()) if lines else None
    header = next((line for line in lines[bool(separator) :] if line.strip()), "")
    delimiter = separator[1] if separator else max(_DELIMITERS, key=header.count)
    rows = csv.reader(io.StringIO("".join(lines[bool(separator) :]), newline=""), delimiter=delimiter, strict=True)
    entries: list[tuple[int, dict[str, Any]]] = []
    names: list[str] = []
    try:
        for row in rows:
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            if not names:
                names = _names(cells)
                continue
            line = rows.line_num + bool(separator)
            entries.append((line, _entry(names, cells, line, decimal_comma=delimiter != ",")))
    except csv.Error as error:
        raise SiteError(f"line {rows.line_num + bool(separator)} isn't CSV: {error}") from None
    return entries


def _text(text: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return text.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SiteError("the file is neither UTF-8 nor cp1252; save it as UTF-8")


def _names(cells: list[str]) -> list[str]:
    """Read the header: capitals, spaces and hyphens don't matter, and empty names at the end are of empty columns."""
    names = [_BETWEEN_WORDS.sub("_", cell.lower()) for cell in cells]
    while names and not names[-1]:
        names.pop()
    if "site_id" not in names:
        raise SiteError(
            "the file is neither JSON nor CSV with a header that names site_id; its first line has "
            f"{', '.join(cell[:40] for cell in cells[:12])}"
        )
    for name in names:
        if names.count(name) > 1:
            raise SiteError(f"the header names {name[:64] or 'an empty name'} twice, so which column holds? Keep one")
    return names


def _entry(names: list[str], cells: list[str], line: int, *, decimal_comma: bool) -> dict[str, Any]:
    if any(cells[len(names) :]):
        raise SiteError(f"line {line} has {len(cells)} cells, the header {len(names)}; quote a cell that has one")
    return {
        name: _value(name, cell, decimal_comma=decimal_comma) for name, cell in zip(names, cells, strict=False) if cell
    }


def _value(name: str, cell: str, *, decimal_comma: bool) -> object:
    """Return what JSON would hold: a number, a list of words, or text; what can't be a number stays text."""
    if name in LISTS:
        return [word.strip() for word in cell.split("|") if word.strip()]
    if name in NUMBERS:
        number = cell.replace(",", ".") if decimal_comma and _DECIMAL_COMMA.match(cell) else cell
        return Decimal(number) if _NUMBER.match(number) else cell
    return cell
