"""How grave a flag or an incident is, and which of several is the gravest."""

from typing import Final, Literal, get_args

from heliograph_client import Flag, Incident, Reading

Severity = Literal["info", "warning", "critical"]

# The least grave first.
_SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)


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
