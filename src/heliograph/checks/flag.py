"""A flag: what one rule found on one reading, with a sentence for an operator; and how severities are ordered."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Final, Literal, NamedTuple, get_args

import msgspec
from msgspec import Meta

Severity = Literal["info", "warning", "critical"]
# What a check sees: one reading alone, as it lands; its neighbours and the weeks before; a whole day, once it is over;
# or that no reading comes.
Scope = Literal["reading", "series", "day", "silence"]

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
    """One rule's word on one reading."""

    rule: Annotated[str, Meta(description="The rule's name.", examples=["over_capacity"])]
    observed: Annotated[Decimal, Meta(description="What was seen, in `unit`.", examples=[19.2])]
    limit: Annotated[Decimal, Meta(description="The bound that was crossed, in `unit`.", examples=[4.58333])]
    unit: Annotated[str, Meta(description="Their unit: kWh, readings, minutes, degrees, years or %.", examples=["kWh"])]
    severity: Annotated[
        Severity,
        Meta(
            description="`info` only explains; `warning` and `critical` make the reading anomalous.",
            examples=["critical"],
        ),
    ]
    message: Annotated[
        str,
        Meta(
            description="The same in a sentence, with where the limit comes from.",
            examples=["energy_generated_kwh is 19.2 kWh; 50 kW gives at most 4.583 kWh in 5 min"],
        ),
    ]


def is_anomalous(flags: tuple[Flag, ...]) -> bool:
    """Return whether any of the flags is more than information."""
    return any(flag.severity in ANOMALOUS for flag in flags)


def worst(severities: Iterable[Severity]) -> Severity:
    """Return the worst of some severities, of which there is at least one."""
    return max(severities, key=SEVERITIES.index)


def rounded(value: float) -> Decimal:
    """Return a computed figure with 6 significant digits, as much as a limit means."""
    return Decimal(f"{value:.6g}")
