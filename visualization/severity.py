"""How grave a flag or an incident is: its order, and its colour and shape, alike in every chart."""

import altair as alt

import theme
from heliograph.checks.flag import SEVERITIES, Severity
from heliograph_client import ApiFlag, ApiIncident, ApiReading


def is_critical(reading: ApiReading) -> bool:
    """Return whether a flag says that the reading's values can't be right."""
    return any(flag.severity == "critical" for flag in reading.flags)


def gravest(flags: tuple[ApiFlag, ...]) -> ApiFlag | None:
    """Return the most severe flag, the first of equals; None where there is none."""
    return max(flags, key=gravity, default=None)


def gravity(flag: ApiFlag | ApiIncident | None) -> int:
    """Rank a severity; one not known here counts as a warning, no flag as nothing."""
    return -1 if flag is None else SEVERITIES.index(severity_of(flag))


def severity_of(flag: ApiFlag | ApiIncident | None) -> Severity:
    """Name a severity as the charts know it; one not known here counts as a warning, no flag as information."""
    if flag is None:
        return "info"
    return next((name for name in SEVERITIES if name == flag.severity), "warning")


def severity_fill(marks: list[theme.ChartRow], title: str) -> alt.Fill:
    """Return the colours of the severities some marks have."""
    names = _names(marks)
    colors = [theme.SEVERITY_COLORS[theme.SEVERITIES.index(name)] for name in names]
    return alt.Fill("severity:N", scale=alt.Scale(domain=names, range=colors), legend=alt.Legend(title=title))


def severity_shape(marks: list[theme.ChartRow], title: str) -> alt.Shape:
    """Return the shapes of the severities some marks have; with the same title its legend is that of the colours."""
    names = _names(marks)
    shapes = [theme.SEVERITY_SHAPES[theme.SEVERITIES.index(name)] for name in names]
    return alt.Shape("severity:N", scale=alt.Scale(domain=names, range=shapes), legend=alt.Legend(title=title))


def _names(marks: list[theme.ChartRow]) -> list[str]:
    occurring = {mark["severity"] for mark in marks}
    return [name for name in theme.SEVERITIES if name in occurring]
