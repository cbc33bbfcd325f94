"""Numbers as people read them in flags, incidents and on a terminal: one way to write each kind of figure.

Text for programs, such as JSON or a table's item, keeps the exact values and doesn't come by here.
"""

import re
from decimal import Decimal
from math import floor, log10
from typing import Final

_DIGITS: Final = 4
# As `duration` writes them, spaces or none, and as ISO 8601 does; days, hours and minutes.
_DURATIONS: Final = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        r"(?:(\d{1,5}) ?d)? ?(?:(\d{1,5}) ?h)? ?(?:(\d{1,7}) ?min)?",
        r"P(?:(\d{1,5})D)?(?:T(?=\d)(?:(\d{1,5})H)?(?:(\d{1,7})M)?)?",
    )
)
_NOUNS: Final = {"readings": "reading", "years": "year", "degrees": "degree"}


def number(value: float | Decimal, digits: int = _DIGITS) -> str:
    """Return a computed figure with so many significant digits, thousands set apart: `0.8433`, `96,449`.

    The whole part is never rounded, and no exponent is written.
    """
    if not value:
        return "0"
    decimals = max(0, digits - 1 - floor(log10(abs(float(value)))))
    return _without_zeros(f"{value:,.{decimals}f}")


def exact(value: Decimal) -> str:
    """Return a measured figure with all its digits, thousands set apart: `353.972`, `96,449.25`."""
    return _without_zeros(f"{value:,f}")


def percent(share: float) -> str:
    """Return a share of one as a percentage of at most two significant digits: `10 %`, `0.5 %`, `82 %`."""
    return f"{number(100 * share, 2)} %"


def count(amount: int, one: str, many: str | None = None) -> str:
    """Return how many there are, in the singular or the plural: `1 reading`, `8,760 readings`."""
    return f"{amount:,} {one if amount == 1 else many or one + 's'}"


def duration(minutes: float) -> str:
    """Return a length of time in its two largest units: `40 s`, `12 min`, `3 h 5 min`, `2 d 4 h`."""
    whole = round(minutes)
    if whole < 1:
        return f"{round(60 * minutes)} s"
    days, hours = divmod(whole // 60, 24)
    parts = ((days, "d"), (hours, "h")) if days else ((hours, "h"), (whole % 60, "min"))
    return " ".join(f"{amount} {unit}" for amount, unit in parts if amount)


def parse_duration(text: str) -> int | None:
    """Return the minutes of a length of time such as `90min`, `30h`, `1 d 6 h` or `PT30H`; None where it is none."""
    for pattern in _DURATIONS:
        found = pattern.fullmatch(text)
        if found and any(found.groups()):
            days, hours, minutes = (int(each or 0) for each in found.groups())
            return (24 * days + hours) * 60 + minutes
    return None


def quantity(value: Decimal, unit: str) -> str:
    """Return what a flag saw, or its limit, in the flag's unit; minutes as a duration: `5.5 kWh`, `3 h 5 min`."""
    if unit == "minutes":
        return f"{'-' if value < 0 else ''}{duration(abs(float(value)))}"
    return f"{exact(value)} {_NOUNS.get(unit, unit) if value == 1 else unit}"


def _without_zeros(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text
