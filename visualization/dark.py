"""The same chart for a dark screen: each of the theme's colours is exchanged for one that serves on black.

It works on a chart's text, its specification or its SVG, so nothing is laid out a second time.
"""

import re
from typing import Final

import theme

PAPER: Final = "#14191F"

_RULES: Final = ("#E58BB9", "#5AAEE8", "#F0B23A", "#2FC79B", "#8CCEF2", "#DDA0C6", "#F0874A", "#7C848C")
_GENERATION: Final = ("#241F14", "#40320F", "#624A0C", "#8A6608", "#B58406", "#DDA310", "#F4C658", "#FFE9B4")
_CONSUMPTION: Final = ("#141F29", "#10304A", "#0C456C", "#0A5E93", "#137BBD", "#3E9BD8", "#82C2EC", "#CDE8FA")

# A colour of the light theme, and what stands for it on a dark screen.
DARK: Final[dict[str, str]] = {
    theme.PAPER: PAPER,
    theme.INK: "#E8EDF2",
    theme.MUTED: "#A9B4C0",
    theme.GRID: "#2A323B",
    theme.TRACK: "#222A33",
    theme.LINE: "#5A6673",
    theme.NOTHING: "#4A535D",
    theme.GAP: "#7C848C",
    theme.GENERATED: "#F0B23A",
    theme.CONSUMED: "#5AAEE8",
    theme.ANOMALY: "#E58BB9",
    **dict(zip(theme.SEVERITY_COLORS, ("#F48FBF", "#A85C88", "#8C97A3"), strict=True)),
    **dict(zip(theme.RULES, _RULES, strict=True)),
    **dict(zip(theme.GENERATION_RAMP, _GENERATION, strict=True)),
    **dict(zip(theme.CONSUMPTION_RAMP, _CONSUMPTION, strict=True)),
    **dict(zip(theme.COMPLETENESS, ("#1D3A4F", "#2F6C93", "#C99A2E", "#F07A2B", "#F48FC4"), strict=True)),
}

_COLOR: Final = re.compile("|".join(DARK))


def darkened(text: str) -> str:
    """Exchange every colour of the theme in a chart's text, each once."""
    return _COLOR.sub(lambda found: DARK[found.group()], text)
