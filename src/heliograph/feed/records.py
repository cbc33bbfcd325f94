"""From one record to a reading, or the reason why not."""

import json
from decimal import Decimal
from typing import Any, Final

import msgspec

from heliograph.errors import ReadingError
from heliograph.feed.csv_layout import CsvFault
from heliograph.feed.record import Record
from heliograph.reading import Reading, parse_energy, parse_site_id, parse_timestamp


class _Fields(msgspec.Struct):
    """The fields of a record as they came; what else it holds is skipped."""

    site_id: Any = msgspec.UNSET
    timestamp: Any = msgspec.UNSET
    energy_generated_kwh: Any = msgspec.UNSET
    energy_consumed_kwh: Any = msgspec.UNSET


_FIELDS: Final = msgspec.json.Decoder(_Fields, float_hook=Decimal)
_LENIENT: Final = json.JSONDecoder(parse_float=Decimal, parse_int=Decimal, parse_constant=Decimal)


def to_reading(record: Record) -> Reading:
    """Read one record, or raise `ReadingError` with the reason, naming the first field that is wrong."""
    fields = _fields(record)
    for name in _Fields.__struct_fields__:
        if getattr(fields, name) is msgspec.UNSET:
            raise ReadingError(f"{name} is missing")
    return Reading(
        site_id=parse_site_id(fields.site_id),
        timestamp=parse_timestamp(fields.timestamp),
        energy_generated_kwh=parse_energy(fields.energy_generated_kwh, "energy_generated_kwh"),
        energy_consumed_kwh=parse_energy(fields.energy_consumed_kwh, "energy_consumed_kwh"),
    )


def _fields(record: Record) -> _Fields:
    if record.is_read:
        return _fields_of(record.value)
    content = record.content or b""
    try:
        return _FIELDS.decode(content)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        return _fields_leniently(content, error)


def _fields_leniently(content: bytes, why: Exception) -> _Fields:
    """Read a record that msgspec refuses, so that the reason names the field and not only the byte."""
    try:
        value = _LENIENT.decode(content.decode("utf-8", "surrogateescape"))
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
