"""An unknown file as a table: its dialect, the line with its names, the rows below it, and what stands above."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from typing import Any, Final

import msgspec

from heliograph.detect.columns import Column, FileTable, looks_like_date, number_of
from heliograph.errors import UnreadableFile
from heliograph.profiles.amounts import is_no_value
from heliograph.profiles.model import Layout
from heliograph.profiles.rows import (
    MOST_LINES_ABOVE,
    NAME,
    VALUE,
    csv_lines,
    delimiter_named,
    flat,
    json_document,
    named,
    text_of,
)
from heliograph.profiles.workbook_size import may_be_workbook

_DELIMITERS: Final = (",", ";", "\t", "|")
# As much of a file is looked at; a profile is of its shape, which the rest shares.
MOST_ROWS: Final = 20_000
_THOUSANDS: Final = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+\Z")
_GROUPED: Final = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}\Z")
_UNIT_CELL: Final = re.compile(r"[\[(]?(k|M|G|m)?(Wh?|WH|V|A|Hz|Ohm|VA|VAr|varh|%|°C|m/s|W/m²)[\])]?\Z|\[.*\]\Z")
_FORMAT_CELL: Final = re.compile(r"[\[(]?[DdMmYyJjHhSsTt]{1,4}([ ./:-][DdMmYyJjHhSsTt]{1,4})+[\])]?\Z")
# What Campbell's loggers write under a name: how its value came about.
_KIND_CELL: Final = re.compile(r"(TS|RN|Avg|Smp|Tot|Min|Max|Std|Volts?|Amps?)\Z")
# A line of so many cells with so few different ones tells kinds, such as Analog and Status.
_FEW: Final = 4
# So many times beside each other name the columns of a table.
_LEAST_DATED: Final = 6
# Of a JSON list, as many records may hold a list of records themselves, such as a home of a few.
_MOST_LISTS: Final = 4
# A record of more values is a document whose values stand in another order.
_MOST_FIELDS: Final = 60


def table_of(body: bytes) -> FileTable:
    """Read an unknown file as a table.

    body: the file, unpacked.

    Raises:
        UnreadableFile: nothing in it looks like rows with a time.
    """
    if may_be_workbook(body):
        return _of_sheet(body)
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start in (b"{", b"["):
        return _of_json(body)
    text = text_of(body)
    found = [table for each in _delimiters(text) if (table := _of_csv(text, each))]
    if not found:
        raise UnreadableFile("nothing in the file looks like rows with a time and numbers")
    return max(found, key=lambda table: (table.count, len(table.columns)))


def _delimiters(text: str) -> Sequence[str]:
    by_name = delimiter_named(text)
    return (by_name,) if by_name in _DELIMITERS else _DELIMITERS


def _of_csv(text: str, delimiter: str) -> FileTable | None:
    lines = []
    for number, cells in csv_lines(text, delimiter):
        lines.append((number, cells))
        if len(lines) > MOST_ROWS:
            break
    layout = Layout(format="csv", delimiter=delimiter)  # type: ignore[arg-type]
    table = _of_lines([cells for _, cells in lines], layout)
    if table is None or len(table.columns) <= 1:
        return None
    decimal = _decimal_of(table, delimiter)
    return msgspec.structs.replace(table, layout=msgspec.structs.replace(table.layout, decimal=decimal))


def _of_sheet(body: bytes) -> FileTable:
    from heliograph.profiles.workbooks import sheets  # noqa: PLC0415

    found = []
    for name, lines in sheets(body):
        if table := _of_lines(lines[: MOST_ROWS + MOST_LINES_ABOVE], Layout(format="excel", sheet=name)):
            found.append(table)
    if not found:
        raise UnreadableFile("no sheet of the workbook has rows with a time and numbers")
    return max(found, key=lambda table: table.count)


def _of_lines(lines: list[list[Any]], layout: Layout) -> FileTable | None:
    """Find the rows with a time, the names above them, and what stands above those."""
    if table := _of_dated(lines, layout):
        return table
    hits: Counter[int] = Counter()
    for cells in lines:
        for index, cell in enumerate(cells):
            if not is_no_value(cell) and looks_like_date(cell):
                hits[index] += 1
    if not hits:
        return None
    most = max(hits.values())
    at = min(index for index, count in hits.items() if count * 10 >= most * 9)
    rows = [index for index, cells in enumerate(lines) if len(cells) > at and looks_like_date(cells[at])]
    first = _first_row(lines, rows, at)
    rows = [index for index in rows if index >= first]
    width = max(len(lines[index]) for index in rows)
    block = _names_above(lines, first, width)
    above, heads = (_joined(lines[: first - len(block)]), _joined(block))
    if not block:
        names, has_header = [str(number) for number in range(1, width + 1)], False
        labels = names
    else:
        header = _header_of(block)
        names, has_header = named([*header, *[""] * (width - len(header))])[:width], True
        texts = [[str(cells[i]) if i < len(cells) else "" for cells in block] for i in range(width)]
        labels = [" ".join(dict.fromkeys(filter(None, each))) for each in texts]
    if not rows or (len(rows) == 1 and not has_header):
        return None
    columns = [
        Column(name, label, [lines[row][i] if i < len(lines[row]) else "" for row in rows])
        for i, (name, label) in enumerate(zip(names, labels, strict=True))
    ]
    return FileTable(msgspec.structs.replace(layout, header=has_header), columns, above, heads)


def _of_dated(lines: list[list[Any]], layout: Layout) -> FileTable | None:
    """Read a table whose columns are named by times, as a row of each; None where it is no such."""
    for number, header in enumerate(lines[:MOST_LINES_ABOVE]):
        dated = [at for at, cell in enumerate(header) if not is_no_value(cell) and looks_like_date(cell)]
        if len(dated) < _LEAST_DATED or 2 * len(dated) < len(header):
            continue
        rows = [
            cells
            for cells in lines[number + 1 :]
            if any(number_of(cells[at], ".") is not None for at in dated if at < len(cells))
        ]
        if not rows or any(looks_like_date(cells[at]) for cells in rows for at in dated[:1] if at < len(cells)):
            return None
        names = named(header)
        own = [at for at in range(len(header)) if at not in set(dated)]
        seen = dated[: max(_LEAST_DATED, MOST_ROWS // len(rows))]
        cells_of = [(cells, at) for cells in rows for at in seen]
        columns = [
            Column(names[at], names[at], [cells[at] if at < len(cells) else "" for cells, _ in cells_of]) for at in own
        ]
        columns.append(Column(NAME, NAME, [header[at] for _, at in cells_of]))
        columns.append(Column(VALUE, VALUE, [cells[at] if at < len(cells) else "" for cells, at in cells_of]))
        layout = msgspec.structs.replace(layout, dated=True)
        return FileTable(layout, columns, _joined(lines[:number]), " ".join(names[at] for at in own))
    return None


def _joined(lines: list[list[Any]]) -> str:
    return "\n".join(str(cell) for cells in lines for cell in cells if str(cell).strip())


def _header_of(block: list[list[Any]]) -> list[Any]:
    """Return the line of a table's heads that names its columns: of those that aren't units, the fullest, the last."""
    lines = [cells for cells in block if not _is_beside_names(cells)] or block[-1:]
    return max(reversed(lines), key=lambda cells: len({str(cell).strip() for cell in cells} - {""}))


def _first_row(lines: list[list[Any]], rows: list[int], at: int) -> int:
    """Return the first row of the table: one with a date of the usual shape, as wide as most.

    A preamble's dates stand alone, or are written otherwise. at: the dates' column.
    """
    shapes = {index: re.sub(r"\d+", "9", str(lines[index][at]).strip()) for index in rows}
    counts = Counter(shapes.values())
    rows = [index for index in rows if counts[shapes[index]] * 20 >= len(rows) or len(counts) > len(rows) // 2] or rows
    widths = Counter(sum(not is_no_value(cell) for cell in lines[index]) for index in rows)
    usual = [width for width, count in widths.items() if count * 20 >= len(rows)]
    least = max(2, min(usual, default=2))
    first = next((i for i in rows if sum(not is_no_value(cell) for cell in lines[i]) >= least), rows[0])
    # Rows directly above with the same dates are rows without a value, and name nothing.
    dated = set(rows)
    while first - 1 in dated and len(lines[first - 1]) == len(lines[first]):
        first -= 1
    return first


def _names_above(lines: list[list[Any]], first: int, width: int) -> list[list[Any]]:
    """Return the lines directly above the first row that may name its columns, the uppermost first."""
    block: list[list[Any]] = []
    for cells in reversed(lines[max(0, first - 8) : first]):
        filled = [cell for cell in cells if not is_no_value(cell)]
        if filled and all(_UNIT_CELL.match(str(cell).strip()) for cell in filled):
            block.insert(0, cells)
            continue
        if (
            len(filled) < min(2, width)
            or len(filled) > width
            or all(number_of(cell, ".") is not None for cell in filled)
        ):
            break
        block.insert(0, cells)
    return block


def _is_beside_names(cells: Sequence[Any]) -> bool:
    """Return whether a line tells units, formats or kinds, which stand under names and are none."""
    filled = [str(cell).strip() for cell in cells if str(cell).strip()]
    bare = [text for text in filled if any(each.match(text) for each in (_UNIT_CELL, _FORMAT_CELL, _KIND_CELL))]
    few = len(filled) > _FEW and len(set(filled)) * _FEW <= len(filled)
    return len(bare) * 2 > len(filled) or few


def _decimal_of(table: FileTable, delimiter: str) -> str:
    """Return the decimal sign of a CSV's numbers; a comma can't be one where commas part the cells, unless quoted."""
    commas = points = 0
    for column in table.columns:
        for cell in column.cells[:2000]:
            text = str(cell).strip()
            if re.fullmatch(r"[+-]?[\d.' ]*\d?,\d+", text):
                commas += delimiter != "," or not _THOUSANDS.match(text)
            elif re.fullmatch(r"[+-]?[\d,' ]*\d?\.\d+", text):
                points += 1
    if not commas or (delimiter == "," and points >= commas):
        return "."
    return "," if commas > points else "."


def may_group_thousands(table: FileTable) -> bool:
    """Return whether a CSV's points may part thousands: each has three digits behind it, and no number is below one.

    Where commas part the cells, a point is a decimal sign.
    """
    if table.layout.format != "csv" or table.layout.delimiter == "," or table.layout.decimal != ".":
        return False
    texts = {str(cell).strip() for column in table.columns for cell in column.cells[:2000]}
    pointed = [text for text in texts if re.fullmatch(r"[+-]?\d+\.\d+", text)]
    whole = sum(text.isdigit() and 0 < len(text) <= len("999") for text in texts)
    return bool(pointed) and whole > 1 and all(_GROUPED.match(text) for text in pointed)


def _of_json(body: bytes) -> FileTable:
    try:
        document = json_document(body)
    except UnreadableFile:
        records = [json_document(line.encode()) for line in text_of(body).splitlines() if line.strip()]
        return _of_records(records, Layout(format="ndjson"), "")
    lists = list(_lists(document, ""))
    if not lists:
        if isinstance(document, dict) and len(flat(document)) <= _MOST_FIELDS:
            return _of_records([document], Layout(format="ndjson"), "")
        raise UnreadableFile("the JSON has no list of records")
    way, records = max(lists, key=lambda found: len(found[1]))
    beside = {name: value for name, value in flat(document).items() if isinstance(value, str)}
    return _of_records(records[:MOST_ROWS], Layout(format="json", records=way), "\n".join(chain(*beside.items())))


def _lists(value: object, way: str) -> Any:  # noqa: ANN401 - pairs of a way and its list
    if isinstance(value, list):
        if value and all(isinstance(each, dict) for each in value):
            yield way, value
        for index, each in enumerate(value[:_MOST_LISTS]):
            yield from _lists(each, f"{way}.{index}" if way else str(index))
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from _lists(each, f"{way}.{name}" if way else str(name))


def _of_records(records: Sequence[object], layout: Layout, above: str) -> FileTable:
    rows = [flat(record) for record in records[:MOST_ROWS]]
    names = list(dict.fromkeys(name for row in rows for name in row))
    # Every name is a cell of every record: names that differ from record to record would take a machine's memory.
    if len(names) * len(rows) > _MOST_FIELDS * MOST_ROWS:
        raise UnreadableFile(f"the JSON's {len(rows):,} records have {len(names):,} names, so it is no table; split it")
    columns = [Column(name, name.replace(".", " "), [row.get(name, "") for row in rows]) for name in names]
    return FileTable(layout, columns, above)
