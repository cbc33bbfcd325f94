"""A reading: one site's energy in one interval.

A value that can't be a reading raises `ReadingError` with a reason a person can act on.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Context, Decimal, Inexact, InvalidOperation
from functools import lru_cache
from typing import Final, Literal, get_args

import msgspec

from heliograph.errors import ReadingError
from heliograph.registers import Register

SITE_ID_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"

# DynamoDB keeps 38 significant digits. Energies below 1e12 kWh with at most 24 decimals leave room for a net value
# (12 + 24 digits, and one for the carry), so generated - consumed is always exact.
MAX_WHOLE_DIGITS: Final = 12
MAX_DECIMALS: Final = 24

_SITE_ID: Final = re.compile(SITE_ID_PATTERN.removesuffix("$") + r"\Z", re.ASCII)
# Written out in so few signs, a number can have too many digits neither before the point nor behind it.
_IN_BOUNDS: Final = re.compile(r"[-.0-9]{1,12}\Z", re.ASCII)
# Date and time in the extended form or both in the basic one, seconds optional, as RFC 3339 and ISO 8601 write them.
_ISO_8601: Final = re.compile(
    r"(?P<whole>\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d)?|\Z)|\d{8}T\d{4}(?:\d\d)?)"
    r"(?:[.,](?P<fraction>\d+))?(?P<offset>[Zz]|[+-]\d\d(?::?[0-5]\d)?)?\Z",
    re.ASCII,
)
_DECIMAL_COMMA: Final = re.compile(r"[+-]?[\d.' ]*\d,\d+\Z", re.ASCII)
# What to do where a value is no number.
_SAY: Final = "write one such as 1.25, or leave the record out"
_NOTHING: Final = Decimal(0)
_1970: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_SECONDS: Final = 86_400
_EXACT: Final = Context(prec=38, traps=[Inexact, InvalidOperation])


# The fields of a record in the native format.
RECORD_FIELDS: Final = (
    "site_id",
    "timestamp",
    "energy_generated_kwh",
    "energy_consumed_kwh",
    "interval_seconds",
    "quality",
)
# What a feed says of a value: it was measured, or it stands in for one that wasn't.
Quality = Literal["actual", "estimated", "substituted"]
QUALITIES: Final[tuple[Quality, ...]] = get_args(Quality)
# Which energies a site or its feed measures.
Measures = Literal["generated", "consumed", "both"]


class Reading(msgspec.Struct, frozen=True, gc=False):
    """One site's energy in one interval. At least one side is there; one that isn't is None, never zero.

    site_id: the site's name, matching `SITE_ID_PATTERN`.
    timestamp: the END of the interval, UTC, `YYYY-MM-DDTHH:MM:SSZ`; text, so that it sorts and keys as it is.
    energy_generated_kwh: energy the site generated in the interval, kWh.
    energy_consumed_kwh: energy the site consumed in the interval, kWh.
    interval_seconds: length of the interval as its file states it; None where it doesn't.
    quality: what the feed says of the values.
    is_partial: whether its file names the side that isn't there: a measured value is missing then.
    registers: what the site's counters stood at then; such a reading lands without energies, which are worked out
    wherever readings are read, see `counted`.
    """

    site_id: str
    timestamp: str
    energy_generated_kwh: Decimal | None
    energy_consumed_kwh: Decimal | None
    interval_seconds: int | None = None
    quality: Quality = "actual"
    is_partial: bool = False
    registers: tuple[Register, ...] = ()

    @property
    def energies(self) -> list[tuple[str, Decimal]]:
        """The energies that are there, kWh, by field."""
        sides = (
            ("energy_generated_kwh", self.energy_generated_kwh),
            ("energy_consumed_kwh", self.energy_consumed_kwh),
        )
        return [(name, value) for name, value in sides if value is not None]

    @property
    def measures(self) -> Measures:
        """The sides that are measured as far as its file tells; one without a value here may be among them."""
        energies = self.energy_generated_kwh, self.energy_consumed_kwh
        if not self.registers:
            return measures_of(energies, is_partial=self.is_partial)
        counted = {each.side for each in self.registers}
        generated, consumed = (
            _NOTHING if side in counted else energy
            for side, energy in zip(("generated", "consumed"), energies, strict=True)
        )
        return measures_of((generated, consumed), is_partial=self.is_partial)

    @property
    def net_energy_kwh(self) -> Decimal | None:
        """The net as far as its file tells what is measured; see `net_kwh`."""
        return net_kwh(self.energy_generated_kwh, self.energy_consumed_kwh, self.measures)


def record_of(reading: Reading) -> dict[str, object]:
    """Return a reading as a record of the native format, which reads as the same reading."""
    values = {name: getattr(reading, name) for name in RECORD_FIELDS}
    if reading.quality == "actual":
        del values["quality"]
    kept = ("energy_generated_kwh", "energy_consumed_kwh") if reading.is_partial else ()
    return {name: value for name, value in values.items() if value is not None or name in kept}


def measures_of(values: tuple[Decimal | None, Decimal | None], *, is_partial: bool) -> Measures:
    """Return the sides that are measured: those with a value, and the others where a measured value is missing."""
    if is_partial or None not in values:
        return "both"
    return "consumed" if values[0] is None else "generated"


def all_measured(measures: Iterable[Measures]) -> Measures:
    """Return the sides that any of some readings measures; both where there are none."""
    found = set(measures)
    return found.pop() if len(found) == 1 else "both"


def total_kwh(energies: Iterable[Decimal | None]) -> Decimal | None:
    """Return the sum of the energies that are there, kWh, exact; None where none is."""
    found = [each for each in energies if each is not None]
    return sum(found, _NOTHING) if found else None


def net_kwh(generated: Decimal | None, consumed: Decimal | None, measures: Measures) -> Decimal | None:
    """Return what a site gave more than it took, kWh, exact.

    Where it measures one side that is the side, signed; where a measured one is missing there is none.
    """
    if measures == "generated":
        return generated
    if measures == "consumed":
        return None if consumed is None else _EXACT.minus(consumed)
    return None if generated is None or consumed is None else difference(generated, consumed)


def difference(generated: Decimal, consumed: Decimal) -> Decimal:
    """Return generated minus consumed, exact."""
    return _EXACT.subtract(generated, consumed)


def is_site_id(text: str) -> bool:
    """Return whether `text` is a site id."""
    return _SITE_ID.match(text) is not None


def parse_site_id(value: object) -> str:
    """Return `value` as a site id, or raise `ReadingError`."""
    if not isinstance(value, str):
        raise ReadingError(f"site_id must be text, not {_kind(value)}")
    if _SITE_ID.match(value):
        return value
    if not value:
        raise ReadingError("site_id is empty")
    raise ReadingError(f"site_id {short(value)} isn't 1 to 64 of A-Z a-z 0-9 . _ - beginning with a letter or digit")


def parse_timestamp(value: object) -> str:
    """Turn an ISO 8601 date and time with an offset into UTC text, or raise `ReadingError`.

    The forms are those of `_ISO_8601` and no others, whatever this Python's `fromisoformat` takes besides. Without an
    offset it is refused: a guess would move a site's day. Fractions of a second are refused too unless they are zero,
    since rounding could make two readings one.
    """
    if not isinstance(value, str):
        raise ReadingError(f"timestamp must be ISO 8601 text, not {_kind(value)}")
    return _utc_text(value)


@lru_cache(maxsize=4096)  # a file of many sites has few times
def _utc_text(value: str) -> str:
    moment, offset = split_timestamp(value)
    if offset is None:
        raise ReadingError(f"timestamp {short(value)} has no offset; add Z or one like -08:00")
    return utc_text(moment, offset, value)


def split_timestamp(value: str) -> tuple[datetime, str | None]:
    """Return the date and time that an ISO 8601 text writes, and its offset as written; None where it has none.

    Raises:
        ReadingError: it isn't one of the forms, there is no such date, or it has a fraction of a second.
    """
    form = _ISO_8601.match(value)
    if not form:
        raise ReadingError(f"timestamp {short(value)} isn't an ISO 8601 date and time such as 2026-11-28T09:05:00Z")
    try:
        moment = datetime.fromisoformat(form["whole"])
    except ValueError as error:
        raise ReadingError(f"timestamp {short(value)} isn't an ISO 8601 date and time: {error}") from None
    if (fraction := form["fraction"]) and fraction.strip("0"):
        raise ReadingError(f"timestamp {short(value)} has a fraction of a second; use whole seconds")
    return moment, form["offset"]


def utc_text(moment: datetime, offset: str, value: str) -> str:
    """Return a local date and time with its offset as a reading's timestamp. value: as it was written, for the reason.

    Raises:
        ReadingError: there is no such offset, or the time is outside the years 1 to 9999.
    """
    if offset in "Zz":
        return moment.isoformat() + "Z"
    try:
        return format_timestamp(datetime.fromisoformat(moment.isoformat() + offset))
    except ValueError as error:
        raise ReadingError(f"timestamp {short(value)} isn't an ISO 8601 date and time: {error}") from None
    except OverflowError:
        raise ReadingError(f"timestamp {short(value)} is outside the years 1 to 9999 in UTC") from None


def parse_energy(value: object, field: str) -> Decimal:
    """Turn a JSON number into an exact kWh value, or raise `ReadingError` naming `field`.

    `value` is an int, a Decimal (never a float, which would already have been rounded), or anything else a record
    may hold, which is refused.
    """
    if type(value) is Decimal and _IN_BOUNDS.match(str(value)):  # nearly always
        return value
    if isinstance(value, str):
        if _DECIMAL_COMMA.match(value):
            raise ReadingError(f"{field} is {short(value)}, which has a decimal comma; write it with a point")
        raise ReadingError(f"{field} must be a number, not the text {short(value)}; {_SAY}")
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise ReadingError(f"{field} must be a number, not {_kind(value)}; {_SAY}")
    number = Decimal(value)
    if not number.is_finite():
        raise ReadingError(f"{field} is {number}, not a finite number; {_SAY}")
    if number and number.adjusted() >= MAX_WHOLE_DIGITS:
        raise ReadingError(f"{field} has more than {MAX_WHOLE_DIGITS} digits before the point; it's in kWh")
    if -int(number.as_tuple().exponent) > MAX_DECIMALS:
        raise ReadingError(f"{field} has more than {MAX_DECIMALS} decimals")
    return number


def format_timestamp(moment: datetime) -> str:
    """Write an aware date and time as UTC `YYYY-MM-DDTHH:MM:SSZ`, dropping any fraction of a second."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def moment_of(timestamp: str) -> datetime:
    """Read back what `format_timestamp` wrote, as an aware date and time in UTC."""
    return datetime.fromisoformat(timestamp)


def text_of(end: int) -> str:
    """Write an END, seconds since 1970, as a reading's timestamp."""
    return datetime.fromtimestamp(end, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def end_of(timestamp: str) -> int:
    """Read a reading's timestamp as seconds since 1970."""
    since = datetime.fromisoformat(timestamp) - _1970  # half as long as asking for its timestamp
    return since.days * _DAY_SECONDS + since.seconds


def _kind(value: object) -> str:
    names = {type(None): "null", bool: "true or false", str: "text", list: "a list", dict: "an object"}
    return names.get(type(value), "a number")


def short(value: str, length: int = 40) -> str:
    """Return a value as a reason shows it: quoted, in ASCII, its end cut off where it is long."""
    return ascii(value if len(value) <= length else value[:length] + "…")
