"""How every chart looks: one theme, and colours that readers with any colour vision tell apart.

The hues are Okabe and Ito's (https://jfly.uni-koeln.de/color/), the anomalies' is Paul Tol's wine, which stays dark on
both of the fills it is drawn over.
"""

from typing import Final

import altair as alt

GENERATED: Final = "#E69F00"
CONSUMED: Final = "#0072B2"
ANOMALY: Final = "#882255"
GAP: Final = "#9AA0A6"
INK: Final = "#1F2933"
MUTED: Final = "#616E7C"

# Rules, from the most frequent on; the last is for all the others together.
RULES: Final = ("#882255", "#0072B2", "#E69F00", "#009E73", "#56B4E9", "#CC79A7", "#D55E00", "#9AA0A6")

FONT: Final = "Inter, 'Segoe UI', 'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', sans-serif"
WIDTH: Final = 900

_NAME: Final = "heliograph"
_GRID: Final = "#E4E7EB"


def enable() -> None:
    """Make the theme the one all charts are drawn in from now on."""
    alt.theme.register(_NAME, enable=True)(_theme)


def _theme() -> alt.theme.ThemeConfig:
    return {
        "config": {
            "background": "#FFFFFF",
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
        "domainColor": "#9AA5B1",
        "gridColor": _GRID,
        "labelColor": MUTED,
        "labelFontSize": 12,
        "labelPadding": 6,
        "tickColor": "#9AA5B1",
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
        "columnPadding": 18,
    }
