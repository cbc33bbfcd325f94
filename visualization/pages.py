"""Pages from templates, which escape all that is put into them; first of all that of charts, to point at and zoom."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
import vl_convert
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from drawing import Drawing
from theme import DARK

_HERE: Final = Path(__file__).resolve().parent / "templates"
Spec = dict[str, object]


def filled(template: str, **values: object) -> str:
    """Fill a template; a value that is missing is an error."""
    return _environment().get_template(template).render(values)


def in_script(value: object) -> str:
    """Write a value as JSON that stays inside the script it stands in, whatever text it holds."""
    text = json.dumps(value, separators=(",", ":"))
    return text.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


class Group(msgspec.Struct, frozen=True):
    """What one page holds. name: its file's; heading, intro: what stands over the charts."""

    name: str
    heading: str
    intro: str


class _Chart(msgspec.Struct, frozen=True):
    """One chart as the template takes it. spec: as JSON that stays inside its script."""

    anchor: str
    label: str
    title: str
    subtitle: list[str]
    hint: str
    spec: str


def chart_page(group: Group, drawings: Sequence[Drawing], specs: Sequence[Spec]) -> str:
    """Return one page with all charts of a group, and all it needs to draw them."""
    charts = [_chart(drawing, spec) for drawing, spec in zip(drawings, specs, strict=True)]
    return filled("page.html", group=group, charts=charts, library=_library(), dark=in_script(DARK))


def _chart(drawing: Drawing, spec: Spec) -> _Chart:
    title = spec.get("title")
    subtitle = title.get("subtitle", []) if isinstance(title, dict) else []
    kept: Spec = {name: value for name, value in spec.items() if name != "title"}
    kept["description"] = drawing.title
    hint = "Point at the chart for figures."
    if "params" in spec:
        hint += " Pinch on it, or scroll with Ctrl held, to zoom; drag to move; double-click to go back."
    label = drawing.label or drawing.title
    return _Chart(drawing.anchor, label, drawing.title, subtitle, hint, in_script(kept))


@cache
def _library() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one script, from vl-convert's own copy."""
    return str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))
