"""A severity's colour and shape, alike in every chart, with a legend of those that occur."""

import altair as alt

import theme

Row = dict[str, object]


def severity_fill(marks: list[Row], title: str) -> alt.Fill:
    """Return the colours of the severities some marks have."""
    names = _names(marks)
    colors = [theme.SEVERITY_COLORS[theme.SEVERITIES.index(name)] for name in names]
    return alt.Fill("severity:N", scale=alt.Scale(domain=names, range=colors), legend=alt.Legend(title=title))


def severity_shape(marks: list[Row], title: str) -> alt.Shape:
    """Return the shapes of the severities some marks have; with the same title its legend is that of the colours."""
    names = _names(marks)
    shapes = [theme.SEVERITY_SHAPES[theme.SEVERITIES.index(name)] for name in names]
    return alt.Shape("severity:N", scale=alt.Scale(domain=names, range=shapes), legend=alt.Legend(title=title))


def _names(marks: list[Row]) -> list[str]:
    occurring = {mark["severity"] for mark in marks}
    return [name for name in theme.SEVERITIES if name in occurring]
