"""From one record to a reading, or the reason why not."""

from decimal import Decimal
from typing import Any, Final

import msgspec

from heliograph.errors import ReadingError
from heliograph.feed.csv_layout import CsvFault
from heliograph.feed.record import LENIENT, Record
from heliograph.reading import Reading, parse_energy, parse_site_id, parse_timestamp

_UNSET: Final = msgspec.UNSET


class _Fields(msgspec.Struct, gc=False):
    """The fields of a record as they came; what else it holds is skipped."""

    site_id: Any = msgspec.UNSET
    timestamp: Any = msgspec.UNSET
    energy_generated_kwh: Any = msgspec.UNSET
    energy_consumed_kwh: Any = msgspec.UNSET


_FIELDS: Final = msgspec.json.Decoder(_Fields, float_hook=Decimal)


def to_reading(record: Record) -> Reading:
    """Read one record, or raise `ReadingError` with the reason, naming the first field that is wrong."""
    fields = _fields(record)
    site_id, timestamp = fields.site_id, fields.timestamp
    generated, consumed = fields.energy_generated_kwh, fields.energy_consumed_kwh
    if site_id is _UNSET or timestamp is _UNSET or generated is _UNSET or consumed is _UNSET:
        missing = (name for name in _Fields.__struct_fields__ if getattr(fields, name) is _UNSET)
        raise ReadingError(f"{next(missing)} is missing")
    return Reading(
        parse_site_id(site_id),
        parse_timestamp(timestamp),
        parse_energy(generated, "energy_generated_kwh"),
        parse_energy(consumed, "energy_consumed_kwh"),
    )


def _fields(record: Record) -> _Fields:
    if record.is_read:
        return _fields_of(record.value)
    content = record.content or b""
    try:
        return _FIELDS.decode(content)
    except (msgspec.DecodeError, RecursionError, ValueError, ArithmeticError) as error:
        return _fields_leniently(content, error)


def _fields_leniently(content: bytes, why: Exception) -> _Fields:
    """Read a record that msgspec refuses, so that the reason names the field and not only the byte."""
    try:
        value = LENIENT.decode(content.decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError):
        raise ReadingError(f"the record isn't JSON: {why}") from None
    return _fields_of(value)


def _fields_of(value: object) -> _Fields:
    if isinstance(value, CsvFault):
        raise ReadingError(str(value))
    if not isinstance(value, dict):
        kind = "null" if value is None else type(value).__name__
        raise ReadingError(f"the record is {_KINDS.get(kind, kind)}, not an object")
    return _Fields(**{name: value[name] for name in _Fields.__struct_fields__ if name in value})


_KINDS: Final = {"list": "a list", "str": "text", "Decimal": "a number", "bool": "true or false"}
