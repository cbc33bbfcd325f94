"""Edits as people send them: JSON, read strictly into what an edit says."""

import re
from decimal import Decimal
from typing import Any, Final

import msgspec

from heliograph.edits.model import EditBody
from heliograph.errors import EditRefused, SiteError
from heliograph.reading import short
from heliograph.site_entries import read_fields

_AT: Final = re.compile(r"(.*) - at `\$\.?(\w*)[^`]*`")
_REQUIRED: Final = ("id", "site_id", "action", "start", "end", "reason")
_ENERGIES: Final = frozenset({"factor", "generated_kwh", "consumed_kwh"})
_MOST_DIGITS: Final = 38


def read_edit(text: bytes) -> EditBody:
    """Read an edit from a JSON object, its numbers as they are written. `check.checked` says whether it can be made.

    Raises:
        EditRefused: it isn't one; a field has another type, isn't an edit's, or stands twice. The error names it.
    """
    try:
        fields = read_fields(text)
    except SiteError as error:
        raise EditRefused(str(error), error.field) from None
    for name, value in fields.items():
        if name not in EditBody.__struct_fields__:
            known = ", ".join(EditBody.__struct_fields__)
            raise EditRefused(f"no edit has a field {short(name)}; it has {known}", name[:64])
        if name in _ENERGIES and isinstance(value, str):
            raise EditRefused(f"{name} is a number; write it without quotes", name)
    for name in _REQUIRED:
        if name not in fields:
            raise EditRefused(f"{name} is missing; every edit has one", name)
    try:
        return msgspec.convert({name: _number(name, value) for name, value in fields.items()}, EditBody)
    except msgspec.ValidationError as error:
        found = _AT.fullmatch(str(error))
        reason, field = (found[1], found[2]) if found else (str(error), "")
        raise EditRefused(f"{field}: {reason}" if field else reason, field) from None


def _number(name: str, value: Any) -> Any:  # noqa: ANN401 - of JSON
    """Take 900.0 for 900 where a whole number is wanted, as JSON does."""
    if not isinstance(value, Decimal) or name in _ENERGIES:
        return value
    is_whole = abs(value.adjusted()) < _MOST_DIGITS and value == value.to_integral_value()
    return int(value) if is_whole else float(value)
