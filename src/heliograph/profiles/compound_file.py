"""How large the sheets of an `.xls` workbook are, by its compound file (MS-CFB) and the cells in it (MS-XLS)."""

import struct
from collections.abc import Iterator
from typing import Final

# Of MS-XLS, the records that are cells: their row and column stand first.
_CELL_RECORDS: Final = frozenset({0x0006, 0x00BD, 0x00BE, 0x00FD, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E})
# One for each sheet: its name, and where it begins.
_SHEET_RECORD: Final = 0x0085
_LAST_SECTOR: Final = 0xFFFFFFFA
_HEADER: Final = 512
_ENTRY: Final = 128
_MINI: Final = 64


def sheets_rows_and_columns(body: bytes) -> tuple[int, int, int]:
    """Return how many sheets an `.xls` file has, the rows of the longest and the columns of the widest, empty ones too.

    Raises:
        struct.error, ValueError, LookupError: it is none, or damaged.
    """
    stream = _workbook_stream(body)
    at = sheets = columns = rows = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        sheets += kind == _SHEET_RECORD
        if kind in _CELL_RECORDS and length >= 4:  # noqa: PLR2004 - a row and a column
            row, column = struct.unpack_from("<HH", stream, at + 4)
            if kind in {0x00BD, 0x00BE}:
                (column,) = struct.unpack_from("<H", stream, at + 4 + length - 2)
            rows, columns = max(rows, row + 1), max(columns, column + 1)
        at += 4 + length
    return sheets, rows, columns


def _workbook_stream(body: bytes) -> bytes:
    """Return the bytes of a compound file's workbook."""
    size = 1 << struct.unpack_from("<H", body, 30)[0]
    fat_count, directory = struct.unpack_from("<II", body, 44)
    cutoff, mini_fat = struct.unpack_from("<II", body, 56)

    def sector(number: int) -> bytes:
        return body[_HEADER + number * size : _HEADER + (number + 1) * size]

    def chain(first: int, table: list[int]) -> Iterator[int]:
        for _ in table:
            if first >= _LAST_SECTOR:
                return
            yield first
            first = table[first]

    fats = list(struct.unpack_from("<109I", body, 76))
    more = struct.unpack_from("<I", body, 68)[0]
    while more < _LAST_SECTOR and len(fats) < fat_count:
        *numbers, more = struct.unpack(f"<{size // 4}I", sector(more))
        fats += numbers
    fat = [number for at in fats[:fat_count] for number in struct.unpack(f"<{size // 4}I", sector(at))]

    def stream(first: int) -> bytes:
        return b"".join(sector(number) for number in chain(first, fat))

    entries = stream(directory)
    found = {}
    for at in range(0, len(entries), _ENTRY):
        length = struct.unpack_from("<H", entries, at + 64)[0]
        name = entries[at : at + max(0, length - 2)].decode("utf-16-le")
        found[name.lower()] = struct.unpack_from("<II", entries, at + 116)
    first, length = found.get("workbook") or found["book"]
    if length >= cutoff:
        return stream(first)[:length]
    minis = stream(mini_fat)
    small = list(struct.unpack(f"<{len(minis) // 4}I", minis))
    inner = stream(found["root entry"][0])
    return b"".join(inner[number * _MINI : (number + 1) * _MINI] for number in chain(first, small))[:length]
