"""From a record to a reading, or the reason why not. Records come in batches, as they stand in a file."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

import msgspec

from heliograph.errors import ReadingError
from heliograph.feed.record import LENIENT, MAX_RECORD_BYTES, Members, Overlong
from heliograph.reading import Reading, parse_energy, parse_site_id, parse_timestamp

UNSET: Final = msgspec.UNSET
# A column or key that there isn't, and an empty cell.
_ABSENT: Final = (UNSET, "")


class Fields(msgspec.Struct, gc=False):
    """The fields of a record as they came; what else it holds is skipped."""

    site_id: Any = msgspec.UNSET
    timestamp: Any = msgspec.UNSET
    energy_generated_kwh: Any = msgspec.UNSET
    energy_consumed_kwh: Any = msgspec.UNSET


class _All(Fields, gc=False):
    """The same, and a record that lacks one doesn't decode."""

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


NAMES: Final = Fields.__struct_fields__
_QUOTED: Final = tuple(f'"{name}"'.encode() for name in NAMES)
_FIELDS: Final = msgspec.json.Decoder(Fields, float_hook=Decimal)
_ALL: Final = msgspec.json.Decoder(_All, float_hook=Decimal)
_ALL_OF_ARRAY: Final = msgspec.json.Decoder(list[_All], float_hook=Decimal)
_RAW: Final = msgspec.json.Decoder(msgspec.Raw)
_RAWS: Final = msgspec.json.Decoder(list[msgspec.Raw])
# What msgspec raises on JSON that is broken; UnicodeDecodeError (a ValueError) where an object's key isn't UTF-8.
_REJECTED: Final = (msgspec.DecodeError, RecursionError, ValueError, ArithmeticError)
_KINDS: Final = {"list": "a list", "str": "text", "Decimal": "a number", "bool": "true or false", "NoneType": "null"}


def to_reading(fields: Fields | RecordFault) -> Reading | None:
    """Read one record; None for one that is blank.

    Raises:
        ReadingError: it is no reading; the reason names the first field that is wrong.
    """
    if isinstance(fields, RecordFault):
        raise ReadingError(str(fields))
    try:
        return Reading(
            parse_site_id(fields.site_id),
            parse_timestamp(fields.timestamp),
            parse_energy(fields.energy_generated_kwh, "energy_generated_kwh"),
            parse_energy(fields.energy_consumed_kwh, "energy_consumed_kwh"),
        )
    except ReadingError:
        if _is_blank(fields):
            return None
        for name in NAMES:
            value = getattr(fields, name)
            if value is UNSET or (value == "" and name != "site_id"):
                raise ReadingError(f"{name} is missing") from None
        raise


def _is_blank(fields: Fields) -> bool:
    """Return whether a record names a side and has a value on none, and has both a site and a time, or neither."""
    sides = (fields.energy_generated_kwh, fields.energy_consumed_kwh)
    told = [name is not None and name not in _ABSENT for name in (fields.site_id, fields.timestamp)]
    return told[0] == told[1] and sides != (UNSET, UNSET) and all(side is None or side in _ABSENT for side in sides)


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
    return b"\\u00" not in text and all(text.count(name) == records for name in _QUOTED)


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
        if name in NAMES:
            if getattr(fields, name) is not UNSET:
                return RecordFault(f"{name} stands twice in the record, so which holds? Send it once")
            setattr(fields, name, value)
    return fields
