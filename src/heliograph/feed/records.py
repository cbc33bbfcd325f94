"""A record of a file, and the reading that it is, or the reason why it is none.

Records come in batches, as they stand in a file; of each its bytes are kept until it is known, and its text for a
person to read.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import MAX_EMAX, Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

import msgspec

UNSET: Final = msgspec.UNSET
# A column or key that there isn't, and an empty cell.
_ABSENT: Final = (UNSET, "")
# A longer record is rejected as it is: a reading takes a few hundred bytes.
MAX_RECORD_BYTES: Final = 2**20
# Quarantine keeps this much of a record; all of it stays in the raw object.
MAX_KEPT_CHARACTERS: Final = 10_000
_MOST_BYTES_A_CHARACTER: Final = 4
_BLOCK: Final = 256 * 1024
_VISIBLE: Final = re.compile(rb"\S")
# A number as text writes it, its decimal sign a point.
NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\Z", re.ASCII)
# A reason names so many of the fields that a record has.
_FOUND_NAMED: Final = 12
_NAME_CHARACTERS: Final = 40


class Fields(msgspec.Struct, gc=False):
    """The fields of a record as they came; what else it holds is skipped."""

    site_id: Any = msgspec.UNSET
    timestamp: Any = msgspec.UNSET
    energy_generated_kwh: Any = msgspec.UNSET
    energy_consumed_kwh: Any = msgspec.UNSET
    interval_seconds: Any = msgspec.UNSET
    quality: Any = msgspec.UNSET


class _All(Fields, gc=False):
    """The same, and a record that lacks one of the first four doesn't decode."""

    site_id: Any
    timestamp: Any
    energy_generated_kwh: Any
    energy_consumed_kwh: Any


class RecordFault(str):
    """Stands for the fields of a record that can't be read; its text is the reason."""

    __slots__ = ()


class Batch(NamedTuple):
    """Some records of a file, in its order.

    positions, fields: of each record. content: gives a record's bytes by its index here.
    """

    positions: Sequence[int]
    fields: Sequence[Fields | RecordFault]
    content: Callable[[int], bytes]


ALL_NAMES: Final = Fields.__struct_fields__
NAMES: Final = ALL_NAMES[:4]
# What a record needn't have.
OPTIONAL_NAMES: Final = ALL_NAMES[4:]
SIDES: Final = NAMES[2:]
# What reads another format, for the reason of a refusal.
DETECT: Final = "`heliograph feeds detect FILE` reads such a file, and says what lands of it"


_QUOTED: Final = tuple(f'"{name}"'.encode() for name in ALL_NAMES)
_QUOTED_OPTIONAL: Final = _QUOTED[4:]


_FIELDS: Final = msgspec.json.Decoder(Fields, float_hook=Decimal)


_ALL: Final = msgspec.json.Decoder(_All, float_hook=Decimal)


_ALL_OF_ARRAY: Final = msgspec.json.Decoder(list[_All], float_hook=Decimal)


_RAW: Final = msgspec.json.Decoder(msgspec.Raw)


_RAWS: Final = msgspec.json.Decoder(list[msgspec.Raw])


# What msgspec raises on JSON that is broken; UnicodeDecodeError (a ValueError) where an object's key isn't UTF-8.
_REJECTED: Final = (msgspec.DecodeError, RecursionError, ValueError, ArithmeticError)


_KINDS: Final = {"list": "a list", "str": "text", "Decimal": "a number", "bool": "true or false", "NoneType": "null"}


def names_found(content: bytes) -> str:
    """Return what a JSON record has instead of what is missing, for its reason; nothing where that can't be said."""
    try:
        value = LENIENT.decode(content.decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError):
        return ""
    if not isinstance(value, Members):
        return ""
    return f"; the record has {shown_names(name for name, _ in value)}"


def shown_names(names: Iterable[str]) -> str:
    """Return the names of fields or columns for a reason, as many as a person reads."""
    found = [ascii(name[:_NAME_CHARACTERS])[1:-1] or '""' for name in names]
    more = f" and {len(found) - _FOUND_NAMED} more" if len(found) > _FOUND_NAMED else ""
    return (", ".join(found[:_FOUND_NAMED]) or "nothing") + more


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence lists them: a, b and c."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def is_blank(fields: Fields) -> bool:
    """Return whether a record names a side and has a value on none, and has both a site and a time, or neither."""
    sides = (fields.energy_generated_kwh, fields.energy_consumed_kwh)
    if not all(side is None or side in _ABSENT for side in sides) or sides == (UNSET, UNSET):
        return False
    is_named = [name is not None and name not in _ABSENT for name in (fields.site_id, fields.timestamp)]
    return is_named[0] == is_named[1]


def batch_of_lines(number: int, lines: list[bytes]) -> Batch:
    """Read JSON records, one a line."""
    indexed = [(index, line) for index, line in enumerate(lines, number) if line and not line.isspace()]
    contents = [line for _, line in indexed]
    return Batch([index for index, _ in indexed], _fields_of_many(contents), contents.__getitem__)


def batch_of_array(position: int, elements: bytes) -> Batch:
    """Read the JSON records of an array, sound JSON."""
    try:
        fields = _ALL_OF_ARRAY.decode(elements)
    except _REJECTED:
        fields = []
    if fields and _are_single(elements, len(fields)):
        return Batch(range(position, position + len(fields)), fields, _contents_of(elements))
    each = [bytes(raw) for raw in _RAWS.decode(elements)]
    return Batch(range(position, position + len(each)), _fields_of_many(each), each.__getitem__)


def _contents_of(elements: bytes) -> Callable[[int], bytes]:
    """Return what gives an element's bytes; the array is only read again when one is asked for."""
    raws: list[msgspec.Raw] = []

    def content(index: int) -> bytes:
        if not raws:
            raws.extend(_RAWS.decode(elements))
        return bytes(raws[index])

    return content


def _fields_of_many(contents: list[bytes]) -> Sequence[Fields | RecordFault]:
    try:
        fields = [_ALL.decode(content) for content in contents]
    except _REJECTED:
        return [fields_of(content) for content in contents]
    if _are_single(b"\n".join(contents), len(contents)):
        return fields
    return [fields_of(content) for content in contents]


def _are_single(text: bytes, records: int) -> bool:
    """Return whether none of some records has a field twice, given that each has all of them."""
    return (
        b"\\u00" not in text
        and all(text.count(name) == records for name in _QUOTED[:4])
        and all(text.count(name) in {0, records} for name in _QUOTED_OPTIONAL)
    )


def fields_of(content: bytes) -> Fields | RecordFault:
    """Read one JSON record, whatever it is."""
    if isinstance(content, Overlong):
        return RecordFault(f"the record has {content.size:,} bytes; at most {MAX_RECORD_BYTES:,} are read")
    if b"\\u00" not in content and all(content.count(name) <= 1 for name in _QUOTED):
        try:
            return _FIELDS.decode(content)
        except _REJECTED:
            pass
    return _fields_leniently(content)


def is_json(content: bytes) -> bool:
    """Return whether bytes are one JSON value, read as loosely as a record is."""
    try:
        _RAW.decode(content)
    except _REJECTED:
        try:
            LENIENT.decode(content.decode("utf-8", "surrogateescape"))
        except (ValueError, RecursionError):
            return False
    return True


def _fields_leniently(content: bytes) -> Fields | RecordFault:
    """Read a record that msgspec refuses or may misread, so that the reason names the field and not only the byte."""
    if content.lstrip().startswith(b"["):  # however deep it is
        return RecordFault("the record is a list, not an object")
    try:
        value = LENIENT.decode(content.decode("utf-8", "surrogateescape"))
    except RecursionError:
        return RecordFault("the record is nested too deeply")
    except ValueError as error:
        return RecordFault(f"the record isn't JSON: {error}")
    if not isinstance(value, Members):
        kind = type(value).__name__
        return RecordFault(f"the record is {_KINDS.get(kind, kind)}, not an object")
    return once(value)


def once(members: Iterable[tuple[str, object]]) -> Fields | RecordFault:
    """Take the fields from a record's members, of which none may stand twice."""
    fields = Fields()
    for name, value in members:
        if name in ALL_NAMES:
            if getattr(fields, name) is not UNSET:
                return RecordFault(f"{name} stands twice in the record, so which holds? Send it once")
            setattr(fields, name, value)
    return fields


def read_number(text: str) -> Decimal:
    """Return a number exactly as it is written.

    Of an exponent beyond what `decimal` holds it gives the farthest one: a number that is as far out of bounds.
    """
    try:
        return Decimal(text)
    except InvalidOperation:
        significand, _, exponent = text.lower().partition("e")
        sign = "-" if text.startswith("-") else ""
        digit = "1" if significand.strip("+-0.") else "0"
        return Decimal(f"{sign}{digit}e{'-' if exponent.startswith('-') else ''}{MAX_EMAX}")


class Members(list[tuple[str, object]]):
    """An object's members as they stand, those that stand twice included."""


# JSON as the standard library reads it, which is less strict than msgspec.
LENIENT: Final = json.JSONDecoder(
    parse_float=read_number, parse_int=read_number, parse_constant=Decimal, strict=False, object_pairs_hook=Members
)


class Overlong(bytes):
    """The beginning of a record of more than `MAX_RECORD_BYTES`. size: how many bytes it has."""

    size: int


def content_of(text: bytes, start: int, stop: int) -> bytes:
    """Return a record's bytes; of one that is too long, only as many as are kept of it."""
    if stop - start <= MAX_RECORD_BYTES:
        return text[start:stop]
    cut = Overlong(text[start : start + _MOST_BYTES_A_CHARACTER * MAX_KEPT_CHARACTERS])
    cut.size = stop - start
    return cut


def kept_text(content: bytes) -> str:
    """Return a record as text for a person to read, its end cut off where it is long."""
    size = content.size if isinstance(content, Overlong) else len(content)
    shown = text_of(content[: _MOST_BYTES_A_CHARACTER * MAX_KEPT_CHARACTERS], "backslashreplace")
    if size == len(content) and len(shown) <= MAX_KEPT_CHARACTERS:
        return shown
    return f"{shown[:MAX_KEPT_CHARACTERS]}… ({size} bytes; the raw object has them all)"


def text_of(content: bytes, errors: str) -> str:
    """Return bytes as text: UTF-8, else cp1252, as Windows writes it in Western Europe; else as `errors` says.

    The last character may be cut short.
    """
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            return content.decode("utf-8", errors)
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:
        return content.decode("utf-8", errors)


def blocks_of_lines(text: bytes, at: int = 0) -> Iterator[tuple[int, list[bytes]]]:
    """Cut a text from `at` on into its lines, a block at a time, each with the number of its first line, from 1.

    Lines end as `bytes.splitlines` says. Blocks of nothing but white space are left out.
    """
    number = 1
    while at < len(text):
        end = _block_end(text, at)
        # A block that is longer than this is one line, or its end would have been found earlier.
        stop = line_end(text, at) if end - at > MAX_RECORD_BYTES else end
        lines = [content_of(text, at, stop)] if stop - at > MAX_RECORD_BYTES else text[at:end].splitlines()
        if _VISIBLE.search(text, at, end):
            yield number, lines
        number += len(lines)
        at = end


def _block_end(text: bytes, at: int) -> int:
    """Return where a block of whole lines ends: near a round size, or behind one long line."""
    limit = at + _BLOCK
    if limit >= len(text):
        return len(text)
    if cut := text.rfind(b"\n", at, limit) + 1:
        return cut
    if cut := text.rfind(b"\r", at, limit - 1) + 1:  # no \n follows it, or that would have been found
        return cut
    feed = text.find(b"\n", limit) + 1 or len(text)
    back = text.find(b"\r", limit - 1, feed) + 1
    if not back:
        return feed
    return back + 1 if text[back : back + 1] == b"\n" else back


def line_end(text: bytes, at: int) -> int:
    """Return where the line ends that holds the byte `at`, without its line break."""
    feed = text.find(b"\n", at)
    feed = len(text) if feed < 0 else feed
    back = text.find(b"\r", at, feed)
    return feed if back < 0 else back
