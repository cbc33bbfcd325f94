"""From a record's fields to the reading that it is: what it must have, what it may lack, what else it may say."""

import re
from decimal import Decimal
from typing import Final

from heliograph.errors import ReadingError
from heliograph.feed.records import (
    ALL_NAMES,
    NAMES,
    NUMBER,
    SIDES,
    UNSET,
    Fields,
    RecordFault,
    listed,
    read_number,
    text_of,
)
from heliograph.reading import QUALITIES, Quality, Reading, parse_energy, parse_site_id, parse_timestamp, short

# A year: the longest that a bill is of, which a utility's file may have beside its hours.
LONGEST_INTERVAL_SECONDS: Final = 366 * 86_400
# A name that speaks of energy, and is none of ours, may be that of a side that seems to be missing.
_OF_ENERGY: Final = re.compile("energ|kwh|gener|consum|produc|import|export", re.IGNORECASE)
_DERIVED: Final = frozenset({*ALL_NAMES, "net_energy_kwh"})
_NUMBERS: Final = frozenset({Decimal, int})
_KEY: Final = re.compile(rb'"([^"\\]{1,64})"\s*:')


def to_reading(fields: Fields | RecordFault, unmeasured: frozenset[str] = frozenset()) -> Reading:
    """Read one record in the strict form. unmeasured: the sides that none of its file names, see `unmeasured`.

    Raises:
        ReadingError: it isn't one; the reason names the first field that is wrong.
    """
    if isinstance(fields, RecordFault):
        raise ReadingError(str(fields))
    generated, consumed = fields.energy_generated_kwh, fields.energy_consumed_kwh
    is_whole = type(generated) in _NUMBERS and type(consumed) in _NUMBERS
    if is_whole and fields.interval_seconds is UNSET and fields.quality is UNSET:  # nearly always
        return Reading(
            parse_site_id(fields.site_id),
            parse_timestamp(fields.timestamp),
            parse_energy(generated, "energy_generated_kwh"),
            parse_energy(consumed, "energy_consumed_kwh"),
        )
    return _to_full_reading(fields, unmeasured)


def is_there(energy: object) -> bool:
    """Return whether a record has a value: neither null, nor empty, nor left out."""
    return type(energy) is Decimal or (energy is not None and energy is not UNSET and energy != "")


def _to_full_reading(fields: Fields, unmeasured: frozenset[str]) -> Reading:
    """Read a record that lacks a side, or says more than sites, times and energies."""
    site_id, timestamp = parse_site_id(fields.site_id), parse_timestamp(fields.timestamp)
    energies = [_side(fields, name, unmeasured) for name in SIDES]
    if energies == [None, None]:
        raise ReadingError("energy_generated_kwh and energy_consumed_kwh are missing: there is no value")
    is_partial = any(energy is None and name not in unmeasured for name, energy in zip(SIDES, energies, strict=True))
    length, mark = parse_interval(fields.interval_seconds), parse_quality(fields.quality)
    return Reading(site_id, timestamp, energies[0], energies[1], length, mark, is_partial)


def _side(fields: Fields, name: str, unmeasured: frozenset[str]) -> Decimal | None:
    value = getattr(fields, name)
    if value is UNSET and name not in unmeasured:
        raise ReadingError(f"{name} is missing")
    return parse_energy(value, name) if is_there(value) else None


def parse_interval(value: object) -> int | None:
    """Return the length of an interval that a record states, seconds; None where it states none.

    Raises:
        ReadingError: it is no whole number of seconds from 1 up to a year's.
    """
    if not is_there(value):
        return None
    number = read_number(value.strip()) if isinstance(value, str) and NUMBER.match(value.strip()) else value
    is_whole = type(number) is int or (isinstance(number, Decimal) and number == number.to_integral_value())
    if is_whole and 1 <= number <= LONGEST_INTERVAL_SECONDS:  # type: ignore[operator]
        return int(number)  # type: ignore[call-overload,no-any-return]
    raise ReadingError(f"interval_seconds is {short(str(value))}; write whole seconds such as 900, or leave it out")


def parse_quality(value: object) -> Quality:
    """Return what a record says of its values; where it says nothing they are actual.

    Raises:
        ReadingError: it is none of the words.
    """
    if not is_there(value):
        return "actual"
    word = value.strip().lower() if isinstance(value, str) else value
    for quality in QUALITIES:
        if word == quality:
            return quality
    raise ReadingError(f"quality is {short(str(value))}; it is {', '.join(QUALITIES)}, or nothing for actual")


def unmeasured(text: bytes) -> frozenset[str]:
    """Return the sides that nothing in a file names: its sites don't measure them.

    None where a name in it speaks of energy and isn't ours: that may be the side, misspelt.
    """
    lacking = frozenset(name for name in SIDES if f'"{name}"'.encode() not in text)
    if lacking and any(may_be_side(text_of(name, "replace")) for name in set(_KEY.findall(text))):
        return frozenset()
    return lacking


def may_be_side(name: str) -> bool:
    """Return whether a name that isn't ours may be meant for a side."""
    return name.strip().lower() not in _DERIVED and _OF_ENERGY.search(name) is not None


def missing(fields: Fields) -> str:
    """Return a sentence on the fields that a record lacks; nothing where it has all that it needs."""
    has_side = any(is_there(getattr(fields, name)) for name in SIDES)
    lacking = [name for name in NAMES if getattr(fields, name) is UNSET]
    empty = [
        name for name in NAMES if getattr(fields, name) == "" and name != "site_id" and not (has_side and name in SIDES)
    ]
    if not lacking and not empty:
        return ""
    said = f"{listed(lacking + empty)} {'is' if len(lacking + empty) == 1 else 'are'} missing"
    return said if lacking else f"{said}: there is no value"
