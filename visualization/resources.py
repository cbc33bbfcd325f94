"""What the API answers, as typed values. Fields the charts don't use are ignored."""

from decimal import Decimal
from typing import Final, Generic, Literal, TypeVar, get_args

import msgspec

T = TypeVar("T")

Severity = Literal["info", "warning", "critical"]

# The least grave first.
_SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)


class Flag(msgspec.Struct, frozen=True):
    """One rule's word on one reading: `observed` against `limit`, both in `unit`."""

    rule: str
    severity: str = "warning"
    message: str = ""
    observed: Decimal | None = None
    limit: Decimal | None = None
    unit: str = ""


class Reading(msgspec.Struct, frozen=True):
    """One site's energy in one interval, kWh, with what the checks say of it.

    timestamp: the END of the interval, UTC, `YYYY-MM-DDTHH:MM:SSZ`.
    anomaly: a flag is more than information.
    """

    site_id: str
    timestamp: str
    energy_generated_kwh: Decimal
    energy_consumed_kwh: Decimal
    anomaly: bool = False
    flags: tuple[Flag, ...] = ()


class Site(msgspec.Struct, frozen=True):
    """What is known of a site; only its id always is."""

    site_id: str
    kind: str | None = None
    timezone: str | None = None
    interval_minutes: int | None = None
    first_reading: Reading | None = None
    last_reading: Reading | None = None


class Incident(msgspec.Struct, frozen=True):
    """One rule's trouble at one site, from its onset to its recovery; None while it lasts. Times: UTC text.

    last_seen: the END of the last interval in it.
    """

    id: str
    site_id: str
    rule: str
    onset: str
    last_seen: str
    severity: str = "warning"
    recovery: str | None = None
    message: str = ""

    @property
    def is_open(self) -> bool:
        """Return whether the trouble lasts."""
        return self.recovery is None


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One page of a list, and the cursor of the next one; None on the last."""

    items: list[T]
    next: str | None = None


class Problem(msgspec.Struct, frozen=True):
    """An RFC 9457 problem: why the API says no."""

    title: str = ""
    detail: str = ""


def is_critical(reading: Reading) -> bool:
    """Return whether a flag says that the reading's values can't be right."""
    return any(flag.severity == "critical" for flag in reading.flags)


def gravest(flags: tuple[Flag, ...]) -> Flag | None:
    """Return the most severe flag, the first of equals; None where there is none."""
    return max(flags, key=gravity, default=None)


def gravity(flag: Flag | Incident | None) -> int:
    """Rank a severity; one not known here counts as a warning, no flag as nothing."""
    return -1 if flag is None else _SEVERITIES.index(severity_of(flag))


def severity_of(flag: Flag | Incident | None) -> Severity:
    """Name a severity as the charts know it; one not known here counts as a warning, no flag as information."""
    if flag is None:
        return "info"
    return next((name for name in _SEVERITIES if name == flag.severity), "warning")
