"""Which format a file has, found from its content, and its records in batches.

    JSON array            [{…}, {…}]
    JSON envelope         {"readings": [{…}, {…}]}
    one JSON object       {…}
    NDJSON                {…} a line
    CSV with a header     site_id,timestamp,…   (comma, semicolon or tab)

JSON is read by msgspec. What it refuses as JSON (NaN, Infinity, text that isn't UTF-8 or holds control characters) is
read again by the standard library, so that only that record is lost.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Final

from heliograph.errors import TooLarge, UnknownFormat
from heliograph.feed.csv_layout import (
    csv_batches,
    header_lines,
    header_names,
    header_of,
    later_header,
    require_columns,
    require_one_header,
    shown_header,
)
from heliograph.feed.json_outline import (
    MAX_RECORDS,
    BrokenJson,
    Elements,
    after_space,
    may_be_envelope,
    readings_of,
    too_many,
    value_end,
)
from heliograph.feed.records import (
    DETECT,
    MAX_RECORD_BYTES,
    NAMES,
    Batch,
    batch_of_array,
    batch_of_lines,
    blocks_of_lines,
    content_of,
    fields_of,
    is_json,
    line_end,
    listed,
)

Batches = Callable[[], Iterable[Batch]]

# So many lines say whether a file that begins with no object is NDJSON: to try them all could take minutes.
_LINES_TRIED: Final = 1000
_NEM12: Final = re.compile(rb"100,NEM1[23]|200,[^,\r\n]*,[^,\r\n]*,")
# An Atom feed, or the schema of the energy services provider interface, which stands near the beginning.
_GREEN_BUTTON: Final = (b"naesb.org/espi", b"http://www.w3.org/2005/Atom")
_SIGNS_BYTES: Final = 4096
# The first column's name, in a table that has no other of ours.
_TIMES: Final = (("timestamp",), ("time",), ("date",), ("datetime",))


def outlined(text: bytes, *, is_part: bool = False) -> Batches:
    """Check the outline of an unpacked file; return what reads its records.

    is_part: whether these are some records of a file, whose others would tell how its numbers are written.

    Raises:
        UnreadableFile: it begins like JSON and is broken.
        UnknownFormat: it is none of the formats above.
        TooLarge: it has more records than a file may have.
    """
    start = after_space(text, 0)
    first = text[start : start + 1]
    if first in {b"[", b"{"}:
        return _json(text, start, first)
    if header := header_of(text):
        _require_few_lines(text)
        require_columns(header)
        require_one_header(text, header)
        return partial(csv_batches, text, header, is_part=is_part)
    if _is_ndjson(text, 0):
        return _lines(text)
    raise UnknownFormat(_unknown(text))


def _json(text: bytes, start: int, first: bytes) -> Batches:
    if _first_line_stands_alone(text, start):
        return _lines(text)
    try:
        return _array(text, start) if first == b"[" else _object(text, start)
    except BrokenJson:
        if first == b"{" and _is_ndjson(text, line_end(text, start)):
            return _lines(text)
        raise


def _array(text: bytes, start: int) -> Batches:
    elements = Elements(text, start)
    _require_end(text, elements.end)
    return partial(_array_batches, text, elements)


def _object(text: bytes, start: int) -> Batches:
    if len(text) <= MAX_RECORD_BYTES and not may_be_envelope(text) and is_json(text):  # a file of one reading
        return _one(text[start:])
    found, end = readings_of(text, start)
    _require_end(text, end)
    if found:
        return partial(_array_batches, text, found)
    content = content_of(text, start, end)
    if len(content) == end - start and not is_json(content):
        raise BrokenJson("the file begins like JSON, but is broken: it isn't one object, and no line of it is")
    return _one(content)


def _one(content: bytes) -> Batches:
    return lambda: (_batch_of_one(1, content),)


def _batch_of_one(position: int, content: bytes) -> Batch:
    return Batch((position,), (fields_of(content),), lambda _: content)


def _require_end(text: bytes, end: int) -> None:
    if after_space(text, end) < len(text):
        raise BrokenJson(f"the file begins like JSON, but is broken: something follows its end (byte {end + 1})")


def _array_batches(text: bytes, elements: Elements) -> Iterator[Batch]:
    for position, start, stop, count in elements:
        if count > 1:
            yield batch_of_array(position, b"[" + text[start:stop] + b"]")
        else:
            yield _batch_of_one(position, content_of(text, start, stop))


def _lines(text: bytes) -> Batches:
    _require_few_lines(text)
    return lambda: (batch_of_lines(number, lines) for number, lines in blocks_of_lines(text))


def _require_few_lines(text: bytes) -> None:
    """Raise TooLarge where a file has too many lines that aren't blank."""
    if len(text) <= MAX_RECORDS or text.count(b"\n") + text.count(b"\r") < MAX_RECORDS:
        return
    found = 0
    for _, lines in blocks_of_lines(text):
        found += sum(1 for line in lines if line and not line.isspace())
        if found > MAX_RECORDS:
            raise TooLarge(too_many())


def _first_line_stands_alone(text: bytes, start: int) -> bool:
    """Return whether this is NDJSON, whose first line is a whole value and isn't the last."""
    end = line_end(text, start)
    if after_space(text, end) == len(text):
        return False
    if end - start <= MAX_RECORD_BYTES:
        return is_json(text[start:end])
    try:
        return after_space(text, value_end(text, start)) >= end
    except BrokenJson:
        return False


def _is_ndjson(text: bytes, at: int) -> bool:
    """Return whether a file that doesn't begin like NDJSON is it all the same, by its lines from `at` on.

    It has lines that are objects whole in themselves, and more of them than lines that go on: those of an array or
    envelope that is cut short end with a comma.
    """
    tried = islice((line.strip() for _, lines in blocks_of_lines(text, at) for line in lines), _LINES_TRIED)
    whole = going_on = 0
    for line in tried:
        going_on += line.endswith(b",")
        whole += line.startswith(b"{") and line.endswith(b"}") and is_json(line)
    return whole > going_on


def _unknown(text: bytes) -> str:
    if len(header_lines(text)[-1]) == MAX_RECORD_BYTES:
        return f"the file is no JSON, and no CSV: its first line has more than {MAX_RECORD_BYTES:,} bytes"
    if line := later_header(text):
        return f"lines stand before the CSV header, which is line {line}; remove them, or {DETECT}"
    return f"{_named(text)}; {DETECT}"


def _named(text: bytes) -> str:
    """Say what a file of another format is, by its beginning."""
    if _NEM12.match(text):
        return "the file is NEM12"
    if text[:1] == b"<":
        is_green_button = any(sign in text[:_SIGNS_BYTES] for sign in _GREEN_BUTTON)
        return "the file is Green Button XML" if is_green_button else "the file is XML or a web page"
    found = shown_header(text)
    if header_names(text)[:1] in _TIMES:
        return f"the file is a wide table, with a column for each site or time: its first line has {found}"
    reason = "the file is neither JSON, NDJSON nor CSV with a header that names " + listed(NAMES)
    return f"{reason}; its first line has {found}" if found else reason
