"""From a cell to an exact amount, and from an amount to kWh or kW."""

import re
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from typing import Any, Final, cast

from heliograph.errors import ReadingError
from heliograph.profiles.model import NO_VALUE, Profile, SideSource, Unit

# kWh or kW of one of each unit.
SCALES: Final = {
    "Wh": Decimal("0.001"),
    "kWh": Decimal(1),
    "MWh": Decimal(1000),
    "GWh": Decimal(1_000_000),
    "W": Decimal("0.001"),
    "kW": Decimal(1),
    "MW": Decimal(1000),
}
_EXACT: Final = Context(prec=60)
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?\Z", re.ASCII)
# As many digits as a meter may have, and some.
_SIMPLE: Final = {
    ".": re.compile(r"-?\d{1,15}(?:\.\d{1,12})?\Z", re.ASCII),
    ",": re.compile(r"-?\d{1,15}(?:,\d{1,12})?\Z", re.ASCII),
}
# A space, a narrow or fixed one, or an apostrophe between groups of thousands.
_GROUPS: Final = re.compile(r"(?<=\d)[\u00a0\u202f '\u2019](?=\d{3}(\D|\Z))")
_UNIT_BEHIND: Final = re.compile(r"\s*((?:k|M|G)?Wh?)\Z")
_POINTS: Final = re.compile(r"(?<=\d)\.(?=\d{3}(\D|\Z))")
_IN_THOUSANDS: Final = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?\Z", re.ASCII)
# A power times a length is rarely a whole number of kWh; a thousand-millionth of a Wh is nothing a meter tells.
_LEAST: Final = Decimal("1e-12")
# Far more than a reading may have in any unit; a few characters can write a number of a million digits.
_MOST_DIGITS: Final = 30
_DECIMALS: Final = 12
_AS_TEXT: Final = re.compile(r'="(.*)"\Z')


def is_no_value(cell: Any, missing: frozenset[str] = NO_VALUE) -> bool:  # noqa: ANN401 - a cell may be anything
    """Return whether a cell stands for no value. missing: in lower case."""
    if cell is None:
        return True
    if isinstance(cell, Decimal):
        return not cell.is_finite()
    return isinstance(cell, str) and cell.strip().lower() in missing


def amount_of(cell: Any, decimal: str = ".") -> Decimal:  # noqa: ANN401 - a cell may be anything
    """Return a cell's number exactly. decimal: the sign before its decimals.

    Raises:
        ReadingError: it isn't a number, or one that no meter has.
    """
    amount = cell if isinstance(cell, Decimal) else _parsed(cell, decimal)
    if not amount.is_finite() or amount.adjusted() >= _MOST_DIGITS:
        raise ReadingError(f"{str(cell)[:40]!r} isn't a number that a meter has")
    return amount


def simple_number(decimal: str) -> Callable[[str], object]:
    """Return what matches a number without space, groups, sign before it or unit, as nearly all cells are."""
    return _SIMPLE[decimal].match


def is_as_written(source: SideSource, profile: Profile) -> bool:
    """Return whether a source's amounts are kWh or kW with the sign of their side, as they stand in the file."""
    return SCALES[source.unit or profile.unit] == 1 and source.factor == "1" and source.take == "all"


def is_words(cell: Any) -> bool:  # noqa: ANN401 - a cell may be anything
    """Return whether a cell is text without a digit, such as a name or a unit; an empty one is, too."""
    return cell is None or (isinstance(cell, str) and not any(map(str.isdigit, cell)))


def unit_behind(cell: Any) -> Unit | None:  # noqa: ANN401 - a cell may be anything
    """Return the unit that stands behind a cell's number, such as that of `1.2 kW`."""
    if not isinstance(cell, str) or cell[-1:] not in {"W", "h"} or (found := _UNIT_BEHIND.search(cell)) is None:
        return None
    return cast("Unit", found[1]) if found[1] in SCALES else None


def of_unit(amount: Decimal, unit: Unit, wanted: Unit) -> Decimal:
    """Return an amount of one unit in another, exactly.

    Raises:
        ReadingError: one is of energy and the other of power.
    """
    if unit.endswith("h") != wanted.endswith("h"):
        raise ReadingError(f"the cell says {unit}, and the profile {wanted}")
    return _EXACT.divide(_EXACT.multiply(amount, SCALES[unit]), SCALES[wanted])


def _parsed(cell: Any, decimal: str) -> Decimal:  # noqa: ANN401 - a cell may be anything
    if isinstance(cell, bool) or not isinstance(cell, (int, str)):
        raise ReadingError(f"{cell!r} isn't a number"[:80])
    text = str(cell).strip()
    if (quoted := _AS_TEXT.match(text)) is not None:
        text = quoted[1]
    text = _UNIT_BEHIND.sub("", text)
    text = _GROUPS.sub("", text)
    if decimal == ",":
        text = _POINTS.sub("", text).replace(",", ".") if text.count(",") <= 1 else text
    elif _IN_THOUSANDS.match(text):
        text = text.replace(",", "")
    if not _NUMBER.match(text):
        hint = "; the profile's decimal sign is a point" if "," in text and decimal == "." else ""
        raise ReadingError(f"{str(cell)[:40]!r} isn't a number{hint}")
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ReadingError(f"{str(cell)[:40]!r} isn't a number") from None


def scaled(amount: Decimal, source: SideSource, profile: Profile) -> Decimal:
    """Return an amount in kWh or kW, with its source's sign; of a signed one only the part that the source takes."""
    value = _EXACT.multiply(amount, SCALES[source.unit or profile.unit])
    value = _EXACT.multiply(value, Decimal(source.factor))
    if source.take == "positive":
        return max(value, Decimal(0))
    if source.take == "negative":
        return max(-value, Decimal(0))
    return value


def held(power_kw: Decimal, seconds: int) -> Decimal:
    """Return the energy of a power that is held for some seconds, kWh, to 12 decimals."""
    energy = _EXACT.divide(_EXACT.multiply(power_kw, Decimal(seconds)), Decimal(3600))
    exact = energy.normalize(_EXACT)
    if -int(exact.as_tuple().exponent) <= _DECIMALS:
        return exact
    return energy.quantize(_LEAST, rounding=ROUND_HALF_EVEN, context=_EXACT)
