"""A site: its registry entry.

Only the name is required. What isn't known switches off the checks that need it, and nothing is guessed.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, NamedTuple, NoReturn, get_args

import msgspec
from msgspec import Meta

from heliograph.errors import ReadingError, SiteError
from heliograph.formatting import parse_duration
from heliograph.reading import SITE_ID_PATTERN, Measures, end_of, parse_timestamp
from heliograph.zones import midnight, zone_at, zone_fault

Kind = Literal["solar", "wind", "battery", "load", "hydro", "chp", "hybrid", "ev"]


class KindTraits(NamedTuple):
    """What a kind of site does by itself, as the checks ask it.

    by_sun: whether it generates by the sun alone; None where nobody knows. holds: whether its control may hold one
    output for hours. gusts: whether its output swings by up to three quarters of its most between two readings.
    starts: whether it starts and stops within an interval, at any output.
    """

    by_sun: bool | None = False
    holds: bool = False
    gusts: bool = False
    starts: bool = False


# The one table of what a kind switches; docs/how-to/register-sites.md has it in words.
TRAITS: Final = MappingProxyType[Kind | None, KindTraits](
    {
        None: KindTraits(by_sun=None),
        "solar": KindTraits(by_sun=True),
        "wind": KindTraits(gusts=True),
        "battery": KindTraits(holds=True, starts=True),
        "load": KindTraits(),
        "hydro": KindTraits(holds=True, starts=True),
        "chp": KindTraits(holds=True, starts=True),
        "hybrid": KindTraits(holds=True, starts=True),
        "ev": KindTraits(holds=True, starts=True),
    }
)

# To Python a `$` also stands before a line's end, which no name may have.
_WHOLE_SITE_ID: Final = SITE_ID_PATTERN.removesuffix("$") + r"\Z"

_AT: Final = re.compile(r"(.*) - at `\$\.?(\w*)[^`]*`")
_MOST_DIGITS: Final = 38
_LEAST_EXPONENT: Final = -130
_LEAST: Final = 1e-130
_GREATEST_EXPONENT: Final = 125
_MONTH_MINUTES: Final = 31 * 24 * 60
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
# Of dates that are kept as seconds since 1970, with room for a time zone at either end.
_JSON_BEGINS: Final = (b"[", b"{", b'"')
_YEARS: Final = range(1970, 9999)
# The words that a field takes, where they are few.
_WORDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"kind": get_args(Kind), "measures": get_args(Measures)}
)
# Those years again, as a schema says them.
_FROM_1970: Final = r"^(19[7-9][0-9]|[2-8][0-9]{3}|9[0-8][0-9]{2}|99[0-8][0-9]|999[0-8])-"
_A_MOMENT: Final = {
    "anyOf": [{"format": "date", "pattern": _FROM_1970}, {"format": "date-time", "pattern": _FROM_1970}]
}
_Word = Annotated[str, Meta(min_length=1, max_length=64)]
_Power = Annotated[float, Meta(gt=0, le=1e9, extra_json_schema={"minimum": _LEAST})]


class Site(msgspec.Struct, frozen=True, omit_defaults=True):
    """A site of the fleet."""

    site_id: Annotated[str, Meta(pattern=_WHOLE_SITE_ID)]
    kind: Annotated[
        Kind | None,
        Meta(
            description="What it is; `battery` is storage with load behind one meter, `load` only consumes, `chp` is "
            "combined heat and power, `hybrid` several kinds behind one meter, `ev` charging points. Leave it out "
            "where none fits.",
            examples=["solar"],
        ),
    ] = None
    capacity_kw: Annotated[
        _Power | None,
        Meta(description="Nameplate generating power, kW; of a solar plant its modules' (kWp).", examples=[50.0]),
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

    delivered_within: Annotated[
        str | None,
        Meta(
            description="How long after an interval's end its reading may arrive: 1 minute to 31 days, such as "
            "`90min`, `30h`, `2d`, `1d 6h` or ISO 8601's `PT30H`.",
            examples=["30h"],
        ),
    ] = None
    measures: Annotated[
        Measures | None,
        Meta(description="Which energies the site measures; the other is no measured zero.", examples=["both"]),
    ] = None
    ac_capacity_kw: Annotated[
        _Power | None,
        Meta(
            description="The most power that its inverters or its connection give, kW, where that isn't capacity_kw.",
            examples=[40.0],
        ),
    ] = None
    meter_step_kwh: Annotated[
        Annotated[float, Meta(gt=0, le=1e6, extra_json_schema={"minimum": _LEAST})] | None,
        Meta(description="The meter's resolution: the energy of its last digit or of one pulse, kWh.", examples=[0.01]),
    ] = None
    commissioned: Annotated[
        Annotated[str, Meta(extra_json_schema=_A_MOMENT)] | None,
        Meta(
            description="When it went into operation: a date, from whose midnight at the site it counts, or a time "
            "with its offset. Before it nothing is expected.",
            examples=["2024-05-01"],
        ),
    ] = None
    decommissioned: Annotated[
        Annotated[str, Meta(extra_json_schema=_A_MOMENT)] | None,
        Meta(
            description="When it was taken out of operation for good: a date, from whose midnight at the site it "
            "counts, or a time with its offset. From it on nothing is expected, and its incidents have ended.",
            examples=["2039-04-30T10:00:00Z"],
        ),
    ] = None

    groups: Annotated[
        Annotated[tuple[_Word, ...], Meta(max_length=20)],
        Meta(description="The groups it belongs to, such as a portfolio or a region.", examples=[["north"]]),
    ] = ()
    tags: Annotated[
        Annotated[tuple[_Word, ...], Meta(max_length=20)],
        Meta(description="Words of your own, such as `contract=2031`.", examples=[["contract=2031"]]),
    ] = ()
    price_per_kwh: Annotated[
        Annotated[float, Meta(ge=0, le=1e6, extra_json_schema={"minimum": 0})] | None,
        Meta(description="What a kWh that it generates is worth, in your own currency.", examples=[0.082]),
    ] = None

    @property
    def full_kw(self) -> float | None:
        """The most power it can give, kW: its AC capacity where that is known, else its nameplate; None if unknown."""
        return self.capacity_kw if self.ac_capacity_kw is None else self.ac_capacity_kw

    @property
    def max_interval_kwh(self) -> float | None:
        """What the site generates in one interval at full power, kWh; None where power or interval is unknown."""
        full = self.full_kw
        if full is None or self.interval_minutes is None:
            return None
        return full * self.interval_minutes / 60

    @property
    def traits(self) -> KindTraits:
        """What its kind does by itself."""
        return TRAITS[self.kind]

    @property
    def delivered_within_minutes(self) -> int | None:
        """How long after an interval's end its reading may arrive, minutes; None where nobody registered it."""
        return None if self.delivered_within is None else parse_duration(self.delivered_within)

    @property
    def in_operation(self) -> tuple[int | None, int | None]:
        """When its operation begins and ends, seconds since 1970; None where nobody registered it."""
        return (
            _moment(self.commissioned, self.timezone, self.longitude),
            _moment(self.decommissioned, self.timezone, self.longitude),
        )

    def operates(self, moment: int) -> bool:
        """Return whether a moment, seconds since 1970, lies in the site's operation, as far as that is registered."""
        begins, ends = self.in_operation
        return (begins is None or moment >= begins) and (ends is None or moment <= ends)


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
        _moment(text, None, None)
    except (ReadingError, ValueError):
        what = f"{(text or '')[:64]!r} is neither a date such as 2024-05-01 nor a time such as 2024-05-01T08:00:00Z"
        raise SiteError(f"{what}, from 1970 on", field) from None


@lru_cache(maxsize=4096)
def _moment(text: str | None, zone: str | None, longitude: float | None) -> int | None:
    """Return the moment that a date begins at a site, or a time says, seconds since 1970.

    Raises:
        ReadingError, ValueError: it is neither, or out of reach.
    """
    if text is None:
        return None
    if int(text[:4]) not in _YEARS:
        raise ValueError(text)
    if _DATE.match(text):
        return int(midnight(date.fromisoformat(text), zone_at(zone, longitude)).timestamp())
    return end_of(parse_timestamp(text))


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
