"""A site: its registry entry.

Only the name is required. What isn't known switches off the checks that need it, and nothing is guessed. `site_entries`
reads what people write.
"""

import re
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated, Final, Literal, NamedTuple

import msgspec
from msgspec import Meta

from heliograph.formatting import parse_duration
from heliograph.reading import SITE_ID_PATTERN, Measures, end_of, parse_timestamp
from heliograph.zones import midnight, zone_at

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

_LEAST: Final = 1e-130
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
# Of dates that are kept as seconds since 1970, with room for a time zone at either end.
_YEARS: Final = range(1970, 9999)
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
            operation_moment(self.commissioned, self.timezone, self.longitude),
            operation_moment(self.decommissioned, self.timezone, self.longitude),
        )

    def operates(self, moment: int) -> bool:
        """Return whether a moment, seconds since 1970, lies in the site's operation, as far as that is registered."""
        begins, ends = self.in_operation
        return (begins is None or moment >= begins) and (ends is None or moment <= ends)


@lru_cache(maxsize=4096)
def operation_moment(text: str | None, zone: str | None, longitude: float | None) -> int | None:
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
