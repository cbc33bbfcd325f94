"""The registry as people write it: JSON or CSV, read into sites by one set of rules."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Final, NoReturn, get_args

import msgspec

from heliograph.errors import ReadingError, SiteError
from heliograph.reading import Measures
from heliograph.site import Kind, Site, operation_moment
from heliograph.zones import zone_fault

_AT: Final = re.compile(r"(.*) - at `\$\.?(\w*)[^`]*`")
_MOST_DIGITS: Final = 38
_LEAST_EXPONENT: Final = -130
_GREATEST_EXPONENT: Final = 125
_MONTH_MINUTES: Final = 31 * 24 * 60
_JSON_BEGINS: Final = (b"[", b"{", b'"')
# The words that a field takes, where they are few.
_WORDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"kind": get_args(Kind), "measures": get_args(Measures)}
)


def parse_sites(text: bytes) -> list[Site]:
    """Read a registry file: a JSON array of sites, one site, or CSV with a header of a site's fields.

    Raises:
        SiteError: it can't be used; the message names the site, the field and what to correct.
    """
    if not text.lstrip().startswith(_JSON_BEGINS) and text.strip():
        from heliograph.sites_csv import entries_of_csv  # noqa: PLC0415 - no Lambda reads registry files

        return [_read_entry(entry, f"line {line}") for line, entry in entries_of_csv(text)]
    try:
        found = _read_json(text)
    except (ValueError, RecursionError) as error:
        raise SiteError(f"the file isn't a JSON array of sites: {error}") from None
    entries = found if isinstance(found, list) else [found]
    sites = []
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, dict):
            raise SiteError(f"the file isn't a JSON array of sites: its entry {number} isn't an object")
        sites.append(_read_entry(entry, f"entry {number}"))
    return sites


def _read_entry(entry: Mapping[str, Any], where: str) -> Site:
    try:
        return read_site(entry)
    except SiteError as error:
        name = entry.get("site_id")
        which = f"site {name}" if isinstance(name, str) else where
        raise SiteError(f"{which}: {error.field}: {error}", error.field) from None


def read_fields(text: bytes) -> dict[str, Any]:
    """Read a JSON object, its numbers as they are written, for `read_site`.

    Raises:
        SiteError: it isn't one.
    """
    try:
        fields = _read_json(text)
    except (ValueError, RecursionError) as error:
        raise SiteError(f"it isn't a JSON object: {error}") from None
    if not isinstance(fields, dict):
        raise SiteError("it isn't a JSON object")
    return fields


def read_site(fields: Mapping[str, Any]) -> Site:
    """Return the site that these fields of JSON describe, by the one set of rules of the file, the command and the API.

    A field that isn't known is refused, since a misspelt one would switch a check off in silence. A number is refused
    that DynamoDB can't keep.

    Raises:
        SiteError: a field can't be used; the error names it.
    """
    for name, value in fields.items():
        if name not in Site.__struct_fields__:
            known = ", ".join(Site.__struct_fields__)
            raise SiteError(f"no site has a field of this name; it has {known}", name)
        if isinstance(value, Decimal):
            _require_storable(value, name)
        if name in _WORDS and isinstance(value, str) and value not in _WORDS[name]:
            *most, last = _WORDS[name]
            raise SiteError(
                f"{value[:64]!r} is none of {', '.join(most)} and {last}; where none fits, leave it out", name
            )
    try:
        site = msgspec.convert({name: _number(value) for name, value in fields.items()}, Site)
    except msgspec.ValidationError as error:
        found = _AT.fullmatch(str(error))
        reason, field = (found[1], found[2]) if found else (str(error), "")
        raise SiteError(reason, field or "site_id") from None
    if site.timezone is not None and (why := zone_fault(site.timezone)):
        raise SiteError(why, "timezone")
    _require_times(site)
    return site


def _require_times(site: Site) -> None:
    """Refuse a span or a moment that can't be read, and an end before its beginning.

    Raises:
        SiteError: with what to write instead.
    """
    minutes = site.delivered_within_minutes
    if site.delivered_within is not None and (minutes is None or not 0 < minutes <= _MONTH_MINUTES):
        raise SiteError(
            f"{site.delivered_within[:64]!r} isn't 1 minute to 31 days; write it such as 90min, 30h, 2d or PT30H",
            "delivered_within",
        )
    for field in ("commissioned", "decommissioned"):
        _require_moment(getattr(site, field), field)
    begins, ends = site.in_operation
    if begins is not None and ends is not None and ends <= begins:
        raise SiteError("it doesn't lie after commissioned; which of the two is wrong?", "decommissioned")


def _require_moment(text: str | None, field: str) -> None:
    try:
        operation_moment(text, None, None)
    except (ReadingError, ValueError):
        what = f"{(text or '')[:64]!r} is neither a date such as 2024-05-01 nor a time such as 2024-05-01T08:00:00Z"
        raise SiteError(f"{what}, from 1970 on", field) from None


def _read_json(text: bytes) -> object:
    """Read JSON strictly: UTF-8, numbers as they are written, and no member twice, of which one would win in silence.

    Raises:
        SiteError: an object has a member twice.
        ValueError, RecursionError: it isn't JSON, an object's text holds half a character, or it is nested too deeply.
    """
    return json.loads(
        text.decode(), object_pairs_hook=_members, parse_float=_exact, parse_int=_exact, parse_constant=_not_json
    )


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    for each in (*fields, *fields.values()):
        if isinstance(each, str):
            each.encode()  # a ValueError where an escape is half a character, such as \ud800
    if len(fields) < len(pairs):
        ((name, _),) = Counter(name for name, _ in pairs).most_common(1)
        site_id = fields.get("site_id")
        which = f"site {site_id[:64]}: " if isinstance(site_id, str) else ""
        raise SiteError(f"{which}{name[:64]} stands twice, so which holds? Keep one", name)
    return fields


def _exact(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError("a number's exponent has too many digits") from None


def _not_json(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _require_storable(value: Decimal, field: str) -> None:
    """Refuse what DynamoDB's numbers can't hold: 38 digits, 1E-130 to 9.9…E+125 [DynamoDB, naming rules, data types].

    Raises:
        SiteError: the number can't be kept.
    """
    if not value.is_finite():
        raise SiteError("it isn't a finite number", field)
    if value and not _LEAST_EXPONENT <= value.adjusted() <= _GREATEST_EXPONENT:
        raise SiteError("it is too small or too large to be kept; is it a slip?", field)
    if len("".join(map(str, value.as_tuple().digits)).strip("0")) > _MOST_DIGITS:
        raise SiteError(f"it has more than {_MOST_DIGITS} digits; round it", field)


def _number(value: object) -> object:
    """Take 5.0 for 5, as JSON does; other numbers as Python's floats."""
    if not isinstance(value, Decimal):
        return value
    near = abs(value.adjusted()) < _MOST_DIGITS
    return int(value) if near and value == value.to_integral_value() else float(value)
