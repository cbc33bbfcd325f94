"""How every chart looks: one theme, and colours that readers with any colour vision tell apart.

The hues are Okabe and Ito's (https://jfly.uni-koeln.de/color/), the anomalies' is Paul Tol's wine, which stays dark on
both of the fills it is drawn over. A severity has a shape beside its colour, and its colours differ in lightness too.
Each colour has a counterpart for dark screens: it is exchanged in a chart's text, its specification or its SVG, so that
nothing is laid out a second time.
"""

import re
from typing import Any, Final

import altair as alt

from heliograph.checks import flag

# One mark of a chart: the fields that it is drawn from.
ChartRow = dict[str, Any]

GENERATED: Final = "#E69F00"
CONSUMED: Final = "#0072B2"
ANOMALY: Final = "#882255"
GAP: Final = "#9AA0A6"
INK: Final = "#1F2933"
MUTED: Final = "#616E7C"
PAPER: Final = "#FFFFFF"
TRACK: Final = "#EEF1F4"
LINE: Final = "#9AA5B1"
NOTHING: Final = "#C3C9D0"

# By severity, the gravest first: colour and shape.
SEVERITIES: Final = tuple(reversed(flag.SEVERITIES))
SEVERITY_COLORS: Final = ("#882256", "#C0679A", "#7B8794")
SEVERITY_SHAPES: Final = ("triangle-up", "diamond", "circle")

# From nothing to the most: what a site generates, and what it consumes.
GENERATION_RAMP: Final = (
    "#FBF5E6", "#F8E3B4", "#F2C766", "#E6A000", "#C47E00", "#9C6100", "#734600", "#4A2D00",
)  # fmt: skip
CONSUMPTION_RAMP: Final = (
    "#EDF5FA", "#CBE2F1", "#97C7E4", "#56A5D3", "#1D83BE", "#00639C", "#004A76", "#003152",
)  # fmt: skip

# How much of a day there is: all of it, then less and less down to nothing.
COMPLETENESS: Final = ("#DCEBF5", "#9CC9E3", "#F2C14E", "#D5600A", "#7A1F4B")

# Rules, from the most frequent on; the last is for all the others together.
RULES: Final = ("#882255", "#0072B2", "#E69F00", "#009E73", "#56B4E9", "#CC79A7", "#D55E00", "#9AA0A6")

FONT: Final = "Inter, 'Segoe UI', 'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', sans-serif"
WIDTH: Final = 900

_NAME: Final = "heliograph"
GRID: Final = "#E4E7EB"


def enable() -> None:
    """Make the theme the one all charts are drawn in from now on."""
    alt.theme.register(_NAME, enable=True)(_theme)


def _theme() -> alt.theme.ThemeConfig:
    return {
        "config": {
            "background": PAPER,
            "font": FONT,
            "padding": 20,
            "view": {"stroke": None},
            "title": _title(),
            "axis": _axis(),
            "axisY": {"domain": False, "labelLimit": 320, "ticks": False},
            "legend": _legend(),
            "text": {"color": INK, "fontSize": 12},
        }
    }


def _title() -> alt.theme.TitleConfigKwds:
    return {
        "anchor": "start",
        "frame": "group",
        "color": INK,
        "fontSize": 19,
        "fontWeight": 600,
        "subtitleColor": MUTED,
        "subtitleFontSize": 12.5,
        "subtitleLineHeight": 18,
        "subtitlePadding": 8,
        "offset": 18,
    }


def _axis() -> alt.theme.AxisConfigKwds:
    return {
        "domainColor": LINE,
        "gridColor": GRID,
        "labelColor": MUTED,
        "labelFontSize": 12,
        "labelPadding": 6,
        "tickColor": LINE,
        "tickSize": 4,
        "titleColor": MUTED,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "titlePadding": 12,
    }


def _legend() -> alt.theme.LegendConfigKwds:
    return {
        "labelColor": INK,
        "labelFontSize": 12,
        "labelLimit": 260,
        "orient": "top",
        "offset": 8,
        "symbolSize": 120,
        "title": None,
        "titleColor": MUTED,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "titleLimit": 400,
        "columnPadding": 18,
    }


_RULES: Final = ("#E58BB9", "#5AAEE8", "#F0B23A", "#2FC79B", "#8CCEF2", "#DDA0C6", "#F0874A", "#7C848C")
_GENERATION: Final = ("#241F14", "#40320F", "#624A0C", "#8A6608", "#B58406", "#DDA310", "#F4C658", "#FFE9B4")
_CONSUMPTION: Final = ("#141F29", "#10304A", "#0C456C", "#0A5E93", "#137BBD", "#3E9BD8", "#82C2EC", "#CDE8FA")

# A colour of the light theme, and what stands for it on a dark screen.
DARK: Final[dict[str, str]] = {
    PAPER: "#14191F",
    INK: "#E8EDF2",
    MUTED: "#A9B4C0",
    GRID: "#2A323B",
    TRACK: "#222A33",
    LINE: "#5A6673",
    NOTHING: "#4A535D",
    GAP: "#7C848C",
    GENERATED: "#F0B23A",
    CONSUMED: "#5AAEE8",
    ANOMALY: "#E58BB9",
    **dict(zip(SEVERITY_COLORS, ("#F48FBF", "#A85C88", "#8C97A3"), strict=True)),
    **dict(zip(RULES, _RULES, strict=True)),
    **dict(zip(GENERATION_RAMP, _GENERATION, strict=True)),
    **dict(zip(CONSUMPTION_RAMP, _CONSUMPTION, strict=True)),
    **dict(zip(COMPLETENESS, ("#1D3A4F", "#2F6C93", "#C99A2E", "#F07A2B", "#F48FC4"), strict=True)),
}

_COLOR: Final = re.compile("|".join(DARK))


def darkened(text: str) -> str:
    """Exchange every colour of the theme in a chart's text, each once."""
    return _COLOR.sub(lambda found: DARK[found.group()], text)
