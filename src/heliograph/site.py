"""A site: its registry entry.

Only the name is required. What isn't known switches off the checks that need it, and nothing is guessed.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Final, Literal, NoReturn

import msgspec
from msgspec import Meta

from heliograph.errors import SiteError
from heliograph.reading import SITE_ID_PATTERN
from heliograph.zones import zone_fault

Kind = Literal["solar", "wind", "battery", "load"]

# To Python a `$` also stands before a line's end, which no name may have.
_WHOLE_SITE_ID: Final = SITE_ID_PATTERN.removesuffix("$") + r"\Z"

_AT: Final = re.compile(r"(.*) - at `\$\.?(\w*)`")
_MOST_DIGITS: Final = 38
_LEAST_EXPONENT: Final = -130
_LEAST: Final = 1e-130
_GREATEST_EXPONENT: Final = 125


class Site(msgspec.Struct, frozen=True, omit_defaults=True):
    """A site of the fleet."""

    site_id: Annotated[str, Meta(pattern=_WHOLE_SITE_ID)]
    kind: Annotated[
        Kind | None,
        Meta(
            description="What it is; `battery` is storage with load behind one meter, `load` only consumes.",
            examples=["solar"],
        ),
    ] = None
    capacity_kw: Annotated[
        Annotated[float, Meta(gt=0, le=1e9, extra_json_schema={"minimum": _LEAST})] | None,
        Meta(description="Nameplate generating power, kW.", examples=[50.0]),
    ] = None
    latitude: Annotated[
        Annotated[float, Meta(ge=-90, le=90)] | None, Meta(description="Degrees north, WGS 84.", examples=[48.14])
    ] = None
    longitude: Annotated[
        Annotated[float, Meta(ge=-180, le=180)] | None, Meta(description="Degrees east, WGS 84.", examples=[11.58])
    ] = None
    timezone: Annotated[
        Annotated[str, Meta(extra_json_schema={"format": "iana-time-zone"})] | None,
        Meta(
            description="Canonical IANA name of the site's time zone, such as Asia/Kolkata for Asia/Calcutta; its day "
            "is reckoned in it.",
            examples=["Europe/Berlin"],
        ),
    ] = None
    interval_minutes: Annotated[
        Annotated[int, Meta(ge=1, le=1440)] | None,
        Meta(description="Length of one reading's interval, minutes.", examples=[5]),
    ] = None

    @property
    def max_interval_kwh(self) -> float | None:
        """What the site generates in one interval at full power, kWh; None where capacity or interval is unknown."""
        if self.capacity_kw is None or self.interval_minutes is None:
            return None
        return self.capacity_kw * self.interval_minutes / 60


def parse_sites(text: bytes) -> list[Site]:
    """Read a registry file: a JSON array of sites, or one site.

    Raises:
        SiteError: it can't be used; the message names the site, the field and what to correct.
    """
    try:
        found = _read_json(text)
    except (ValueError, RecursionError) as error:
        raise SiteError(f"the file isn't a JSON array of sites: {error}") from None
    entries = found if isinstance(found, list) else [found]
    sites = []
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, dict):
            raise SiteError(f"the file isn't a JSON array of sites: its entry {number} isn't an object")
        try:
            sites.append(read_site(entry))
        except SiteError as error:
            name = entry.get("site_id")
            which = f"site {name}" if isinstance(name, str) else f"entry {number}"
            raise SiteError(f"{which}: {error.field}: {error}", error.field) from None
    return sites


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
    try:
        site = msgspec.convert({name: _number(value) for name, value in fields.items()}, Site)
    except msgspec.ValidationError as error:
        found = _AT.fullmatch(str(error))
        reason, field = (found[1], found[2]) if found else (str(error), "")
        raise SiteError(reason, field or "site_id") from None
    if site.timezone is not None and (why := zone_fault(site.timezone)):
        raise SiteError(why, "timezone")
    return site


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
