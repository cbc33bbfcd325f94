"""A flag: what one rule found on one reading, with a sentence for an operator; and how severities are ordered."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final, Literal, NamedTuple, get_args

import msgspec

Severity = Literal["info", "warning", "critical"]

# From the mildest to the worst.
SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)

# A reading is anomalous, and someone may be notified, from this severity up. `info` only explains.
ANOMALOUS: Final = frozenset({"warning", "critical"})


class Limit(NamedTuple):
    """A figure that a check compares with: its name in words, its value, its unit, and where it comes from."""

    name: str
    value: float
    unit: str
    source: str


class Flag(msgspec.Struct, frozen=True):
    """One rule's word on one reading.

    rule: the rule's name, as in `registry`.
    observed: what was seen, in `unit`.
    limit: the bound that was crossed, in `unit`.
    unit: kWh, readings, minutes, degrees, years or %.
    severity: info, warning or critical.
    message: the same in a sentence, with where the limit comes from.
    """

    rule: str
    observed: Decimal
    limit: Decimal
    unit: str
    severity: Severity
    message: str


def is_anomalous(flags: tuple[Flag, ...]) -> bool:
    """Return whether any of the flags is more than information."""
    return any(flag.severity in ANOMALOUS for flag in flags)


def worst(severities: Iterable[Severity]) -> Severity:
    """Return the worst of some severities, of which there is at least one."""
    return max(severities, key=SEVERITIES.index)


def rounded(value: float) -> Decimal:
    """Return a computed figure with 6 significant digits, as much as a limit means."""
    return Decimal(f"{value:.6g}")
