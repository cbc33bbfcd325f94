"""From a file's bytes to rows of the cells that a profile names: CSV, Excel, JSON, NDJSON, NEM12 and Green Button.

A format's reader says where a row stood and gives its cells as they are: text, numbers exactly as written, dates of a
workbook. What they mean is for `read` to say.
"""

import codecs
import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain, islice
from operator import itemgetter
from typing import Any, Final

import msgspec

from heliograph.errors import ProfileMismatch, ReadingError, UnreadableFile
from heliograph.profiles.model import Profile
from heliograph.profiles.wall_times import parser_of, time_text

Cell = Any  # text, a number or a date, as the file has it
_BOMS: Final = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_SEPARATOR_LINE: Final = "sep="
# Rows above a header: portals write a dozen lines at most, and a file of another feed needn't be read to its end.
MOST_LINES_ABOVE: Final = 100
# How a blank row begins.
_BLANK: Final[tuple[list[Cell], ...]] = ([], [""], [None])
# The columns of tables that are turned: an amount, and the name of the column that it stood in.
VALUE: Final = "value"
NAME: Final = "name"


class FileRow(msgspec.Struct, frozen=True, gc=False):
    """A row of a file.

    position: its line, or its place among the records, from 1. cells: as `Profile.columns` orders them. slot: which of
    its table's turned columns it is, from 0.
    """

    position: int
    cells: Sequence[Cell]
    slot: int = 0


def rows(profile: Profile, body: bytes) -> Iterator[FileRow]:
    """Read a file's rows, in its order.

    body: the file, unpacked.

    Raises:
        ProfileMismatch: a column that the profile names isn't there.
        UnreadableFile: it isn't of the profile's format, or it is damaged.
    """
    return _READERS[profile.layout.format](profile, body)


def text_of(body: bytes, encoding: str = "") -> str:
    """Return a text file's text: as its byte-order mark says, as named, UTF-8, or else Windows' Western one.

    Raises:
        UnreadableFile: it isn't text in the encoding that was named.
    """
    marked = next((name for bom, name in _BOMS.items() if body.startswith(bom)), "")
    try:
        return body.decode(marked or encoding or "utf-8")
    except (ValueError, LookupError) as error:
        if marked or encoding:
            raise UnreadableFile(f"the file isn't {marked or encoding}: {error}") from None
    return body.decode("cp1252", "replace")


def csv_lines(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Read CSV text as lines of cells without space around them, each with its number; a `sep=` line is passed over.

    Raises:
        UnreadableFile: a cell is longer than a cell may be.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            if reader.line_num == 1 and cells and cells[0].lower().startswith(_SEPARATOR_LINE):
                continue
            yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error as error:
        if "limit" in str(error):
            said = f"has a cell of more than {csv.field_size_limit():,} characters; look for a quote that isn't closed"
        else:
            said = f"can't be read: {error}"
        raise UnreadableFile(f"line {reader.line_num} {said}") from None


def named(cells: Sequence[Cell]) -> list[str]:
    """Return the names of a header's columns: a second one of a name is `NAME (2)`, one without is `column N`."""
    counts: dict[str, int] = {}
    names = []
    for number, cell in enumerate(cells, 1):
        name = " ".join(str(cell).split()) or f"column {number}"
        counts[name] = counts.get(name, 0) + 1
        names.append(name if counts[name] == 1 else f"{name} ({counts[name]})")
    return names


def _csv(profile: Profile, body: bytes) -> Iterator[FileRow]:
    text = text_of(body, profile.layout.encoding)
    return _table(profile, csv_lines(text, profile.layout.delimiter))


def _excel(profile: Profile, body: bytes) -> Iterator[FileRow]:
    from heliograph.profiles.workbooks import sheet_lines  # noqa: PLC0415

    return _table(profile, sheet_lines(body, profile.layout.sheet))


def _table(profile: Profile, lines: Iterator[tuple[int, list[Cell]]]) -> Iterator[FileRow]:
    """Find the header, and give the rows below it; blank ones and repeated headers are passed over."""
    header, names, rest = _header(profile, lines)
    turned = _turned(profile, names, header)
    places = [names.index(name) if name in names else -1 for name in profile.columns]
    of_column = header if profile.layout.dated else names
    last = max(places)
    pick: Callable[[Sequence[Cell]], Sequence[Cell]] = itemgetter(*places, places[0])
    for number, cells in rest:
        if cells == header or (cells[:1] in _BLANK and not any(cell not in ("", None) for cell in cells)):
            continue
        if not turned:
            is_whole = len(cells) > last
            yield FileRow(number, pick(cells) if is_whole else [cells[at] if at < len(cells) else "" for at in places])
            continue
        for slot, place in enumerate(turned):
            own = {VALUE: cells[place] if place < len(cells) else "", NAME: of_column[place]}
            picked = [
                cells[at] if 0 <= at < len(cells) else own.get(name, "")
                for name, at in zip(profile.columns, places, strict=True)
            ]
            yield FileRow(number, picked, slot)


def _turned(profile: Profile, names: Sequence[str], header: Sequence[Cell]) -> list[int]:
    """Return where the columns stand of which each becomes a row: times, a day's intervals, or sites."""
    layout = profile.layout
    if layout.dated:
        return _dated(profile, header)
    if layout.wide:
        first = names.index(layout.wide.first)
        if first + layout.wide.count > len(names):
            raise ProfileMismatch(
                f"the file has {len(names) - first} columns from {layout.wide.first!r} on, and the profile says that a "
                f"day has {layout.wide.count} intervals"
            )
        return list(range(first, first + layout.wide.count))
    return [names.index(name) for name in layout.across]


def _dated(profile: Profile, cells: Sequence[Cell]) -> list[int]:
    """Return which cells of a header are times."""
    parse = parser_of(profile.time.format)
    found = []
    for place, cell in enumerate(cells):
        try:
            parse(time_text([cell]))
        except ReadingError:
            continue
        found.append(place)
    return found


def _wanted(profile: Profile) -> set[str]:
    """Return the columns that a table must have."""
    layout = profile.layout
    turned = {layout.wide.first} if layout.wide else set(layout.across)
    is_turned = turned or layout.dated
    return {name for name in profile.columns if not (is_turned and name in {VALUE, NAME})} | turned


def _header(
    profile: Profile, lines: Iterator[tuple[int, list[Cell]]]
) -> tuple[list[Cell], list[str], Iterator[tuple[int, list[Cell]]]]:
    wanted = _wanted(profile)
    if not profile.layout.header:
        first = list(islice(lines, MOST_LINES_ABOVE))
        widest = max((len(cells) for _, cells in first), default=0)
        names = [str(number) for number in range(1, widest + 1)]
        _require_columns(wanted, names)
        return [], names, chain(first, lines)
    closest: list[str] = []
    for count, (_, cells) in enumerate(lines):
        names = named(cells)
        if wanted <= set(names) and (not profile.layout.dated or _dated(profile, cells)):
            return cells, names, lines
        if len(wanted & set(names)) > len(wanted & set(closest)) or not closest:
            closest = names
        if count >= MOST_LINES_ABOVE:
            break
    _require_columns(wanted, closest)
    raise ProfileMismatch("the file has no line with the columns of the profile")


def _require_columns(wanted: set[str], names: Sequence[str]) -> None:
    """Refuse a file that lacks a column, with what it has.

    Raises:
        ProfileMismatch: it lacks one.
    """
    if missing := sorted(wanted - set(names)):
        shown = ", ".join(repr(name) for name in names[:20]) or "none"
        lacks = ", ".join(repr(name) for name in missing)
        raise ProfileMismatch(
            f"the file has no column {lacks}; it has {shown}. If its maker changed it, "
            "`heliograph feeds detect FILE` proposes a profile that fits"
        )


def flat(record: object) -> dict[str, Cell]:
    """Return a JSON record's values by their ways, such as `power.solar.power`; lists are left out."""
    found: dict[str, Cell] = {}
    waiting: list[tuple[str, object]] = [("", record)]
    while waiting:
        way, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [(f"{way}.{name}" if way else str(name), each) for name, each in value.items()]
        elif not isinstance(value, list):
            found[way] = value
    return found


def json_document(body: bytes) -> object:
    """Read a JSON document, its numbers exactly as they are written.

    Raises:
        UnreadableFile: it isn't one.
    """
    try:
        return json.loads(text_of(body), parse_float=Decimal, parse_int=Decimal)
    except RecursionError:
        raise UnreadableFile("the file isn't JSON of readings: its lists stand too deep in one another") from None
    except (ValueError, ArithmeticError) as error:
        raise UnreadableFile(f"the file isn't JSON: {error}") from None


def records_at(document: object, way: str) -> list[object]:
    """Return the list of records that stands at a way, such as `energy.values`; the document itself where it is empty.

    A number in the way is a place in a list, from 0.

    Raises:
        ProfileMismatch: no list is there.
    """
    found = document
    for name in filter(None, way.split(".")):
        if isinstance(found, list) and name.isdigit() and int(name) < len(found):
            found = found[int(name)]
        else:
            found = found.get(name) if isinstance(found, Mapping) else None
    if not isinstance(found, list):
        raise ProfileMismatch(f"the file has no list at {way!r}" if way else "the file isn't a JSON list")
    return found


def _json(profile: Profile, body: bytes) -> Iterator[FileRow]:
    records = records_at(json_document(body), profile.layout.records)
    return _of_records(profile, enumerate(records, 1))


def _ndjson(profile: Profile, body: bytes) -> Iterator[FileRow]:
    lines = ((number, line) for number, line in enumerate(text_of(body).split("\n"), 1) if line.strip())
    return _of_records(profile, ((number, json_document(line.encode())) for number, line in lines))


def _of_records(profile: Profile, records: Iterator[tuple[int, object]]) -> Iterator[FileRow]:
    seen: set[str] = set()
    for number, record in records:
        cells = flat(record)
        seen |= cells.keys()
        yield FileRow(number, [cells.get(name, "") for name in profile.columns])
    if missing := set(profile.columns) - seen:
        _require_columns(missing, sorted(seen))


def _nem12(profile: Profile, body: bytes) -> Iterator[FileRow]:
    from heliograph.profiles.nem12 import read_nem12  # noqa: PLC0415

    return _picked(profile, read_nem12(text_of(body)))


def _green_button(profile: Profile, body: bytes) -> Iterator[FileRow]:
    from heliograph.profiles.green_button import read_green_button  # noqa: PLC0415

    return _picked(profile, read_green_button(body))


def _picked(profile: Profile, found: Iterator[tuple[int, dict[str, Cell]]]) -> Iterator[FileRow]:
    for position, cells in found:
        yield FileRow(position, [cells[name] for name in profile.columns])


_READERS: Final[dict[str, Callable[[Profile, bytes], Iterator[FileRow]]]] = {
    "csv": _csv,
    "excel": _excel,
    "json": _json,
    "ndjson": _ndjson,
    "nem12": _nem12,
    "green_button": _green_button,
}


def delimiter_named(text: str) -> str:
    """Return the delimiter that a `sep=` line names; nothing where there is none."""
    first = text[:8].lstrip("\ufeff")
    return first[4:5] if first.lower().startswith(_SEPARATOR_LINE) else ""
