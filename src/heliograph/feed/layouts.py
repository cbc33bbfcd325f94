"""Which format a file has, found from its content, and its records one by one.

    JSON array            [{…}, {…}]
    JSON envelope         {"readings": [{…}, {…}]}
    one JSON object       {…}
    NDJSON                {…} a line
    CSV with a header     site_id,timestamp,…   (comma, semicolon or tab)

JSON is read by msgspec. What it refuses as JSON (NaN, Infinity, text that isn't UTF-8 or holds control characters) is
read again by the standard library, which tells such a record from its neighbours, so that only that record is lost.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

import msgspec

from heliograph.errors import UnknownFormat, UnreadableFile
from heliograph.feed.csv_layout import csv_records, looks_like_csv
from heliograph.feed.record import LENIENT, Record

__all__ = ["Record", "split"]


class _Envelope(msgspec.Struct):
    readings: list[msgspec.Raw]


_ARRAY: Final = msgspec.json.Decoder(list[msgspec.Raw])
_ENVELOPE: Final = msgspec.json.Decoder(_Envelope)
_OBJECT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
# What msgspec raises on JSON that is broken; the last where an object's key isn't UTF-8.
_BROKEN: Final = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)
# Of so many lines that look like objects one must be one, or the file is no NDJSON: to try them all could take minutes.
_LINES_TRIED: Final = 1000
_SPACE: Final = re.compile(r"[ \t\r\n]*")


def split(text: bytes) -> Iterable[Record]:
    """Give the records of an unpacked file.

    Raises:
        UnreadableFile: it begins like JSON and is broken.
        UnknownFormat: it is none of the formats above.
    """
    start = text.lstrip(b" \t\r\n")[:1]
    if start == b"[":
        return _lines(text) if _first_line_stands_alone(text) else _array(text)
    if start == b"{":
        return _object_or_lines(text)
    if looks_like_csv(text):
        return csv_records(text)
    if _holds_an_object(text.splitlines()):
        return _lines(text)
    raise UnknownFormat("the file is neither JSON, NDJSON nor CSV with a header naming site_id and timestamp")


def _array(text: bytes) -> Iterable[Record]:
    try:
        return _numbered(_ARRAY.decode(text))
    except _BROKEN as error:
        return _array_leniently(text, str(error))


def _object_or_lines(text: bytes) -> Iterable[Record]:
    if _first_line_stands_alone(text):
        return _lines(text)
    try:
        return _object(text)
    except _BROKEN as error:
        if _holds_an_object(text.splitlines()[1:]):
            return _lines(text)
        return _object_leniently(text, str(error))


def _object(text: bytes) -> Iterable[Record]:
    try:
        return _numbered(_ENVELOPE.decode(text).readings)
    except msgspec.ValidationError:  # not an envelope, so one record, if the rest of it is sound
        _OBJECT.decode(text)
        return [Record(1, text)]


def _numbered(contents: Iterable[msgspec.Raw]) -> Iterator[Record]:
    return (Record(position, bytes(content)) for position, content in enumerate(contents, 1))


def _lines(text: bytes) -> Iterator[Record]:
    for number, line in enumerate(text.splitlines(), 1):
        if line and not line.isspace():
            yield Record(number, line)


def _first_line_stands_alone(text: bytes) -> bool:
    """Tell NDJSON, whose first line is whole in itself and isn't the last, from one value over many lines."""
    first, _, rest = text.strip().partition(b"\n")
    return bool(rest) and _is_json(first)


def _is_json(line: bytes) -> bool:
    try:
        LENIENT.decode(line.decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError):
        return False
    return True


def _holds_an_object(lines: list[bytes]) -> bool:
    """Tell whether a line is an object whole in itself, as in NDJSON."""
    stripped = (line.strip() for line in lines)
    alike = (line for line in stripped if line.startswith(b"{") and line.endswith(b"}"))
    return any(_is_json(line) for line in islice(alike, _LINES_TRIED))


def _object_leniently(text: bytes, why: str) -> Iterable[Record]:
    """Read one object that msgspec refuses: an envelope with a bad record in it, or one bad record."""
    loose = text.decode("utf-8", "surrogateescape")
    try:
        value = LENIENT.decode(loose)
    except (ValueError, RecursionError):
        raise UnreadableFile(f"the file begins like JSON, but is broken: {why}") from None
    readings = value.get("readings")
    if not isinstance(readings, list):
        return [Record(1, text)]
    return [Record(position, None, content) for position, content in enumerate(readings, 1)]


def _array_leniently(text: bytes, why: str) -> list[Record]:
    loose = text.decode("utf-8", "surrogateescape")
    try:
        return list(_elements(loose, _skip(loose, 0) + 1))
    except (ValueError, IndexError, RecursionError):
        raise UnreadableFile(f"the file begins like a JSON array, but is broken: {why}") from None


def _elements(text: str, at: int) -> Iterator[Record]:
    """Walk the elements of a JSON array that opens just before `at`, each with its own text."""
    at = _skip(text, at)
    position = 0
    while text[at] != "]" or position:
        value, end = LENIENT.raw_decode(text, at)
        position += 1
        yield Record(position, text[at:end].encode("utf-8", "surrogateescape"), value)
        at = _skip(text, end)
        if text[at] == "]":
            break
        at = _skip(text, at + 1) if text[at] == "," else len(text)
    if text[at + 1 :].strip():
        raise ValueError("data after the array's end")


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at
