"""Saves drawings as pages and pictures that need nothing from outside: no browser to make, no network to open."""

import hashlib
import html
import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final, Literal

import msgspec
import vl_convert

from drawing import Drawing
from errors import ChartsError
from picture import picture

Format = Literal["html", "png"]

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME: Final = 120

# The page may run the scripts it holds and do nothing else: a chart that asked the network for anything would fail.
_POLICY: Final = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data: blob:"
)

_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>
body {{ margin: 0; padding: 12px; background: #fff; font: 14px/1.5 "Segoe UI", "Helvetica Neue", Arial, sans-serif; }}
nav, p {{ margin: 8px 20px; color: #616e7c; }}
a {{ color: #0072b2; }}
#chart {{ overflow-x: auto; }}
#vg-tooltip-element td.value {{ max-width: 420px; white-space: normal; }}
</style>
</head>
<body>
<nav><a href="index.html">All charts</a></nav>
<div id="chart"></div>
<p>{hint}</p>
<script>{library}</script>
<script>
const spec = {spec};
const actions = {{export: true, source: false, compiled: false, editor: false}};
vegaEmbed("#chart", spec, {{mode: "vega-lite", actions, downloadFileName: {name}}}).catch(error => {{
  document.getElementById("chart").textContent = "This chart can't be shown: " + error;
}});
</script>
</body>
</html>
"""


class Saved(msgspec.Struct, frozen=True):
    """A drawing and the files it is in, by format."""

    drawing: Drawing
    files: dict[Format, Path]


def save(drawing: Drawing, folder: Path, formats: Iterable[Format], taken: set[str]) -> Saved:
    """Write one drawing in each format. `taken` holds the names used so far, in lower case, and grows by this one.

    Raises:
        ChartsError: the folder can't be written.
    """
    name = file_name(drawing.name, taken)
    spec = drawing.chart.to_dict(validate=False)
    files: dict[Format, Path] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for kind in formats:
            files[kind] = folder / f"{name}.{kind}"
            files[kind].write_bytes(_page(drawing, spec, name) if kind == "html" else picture(spec))
    except OSError as error:
        raise ChartsError(f"the charts can't be written to {folder}: {error.strerror or error}") from error
    return Saved(drawing, files)


def file_name(name: str, taken: set[str]) -> str:
    """Give a name any file system takes and no other chart has, upper case or lower, and add it to `taken`."""
    safe = _UNSAFE.sub("_", name)[:_LONGEST_NAME].lstrip(".") or "chart"
    if safe != name or safe.lower() in taken:
        safe = f"{safe}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    taken.add(safe.lower())
    return safe


def in_script(value: object) -> str:
    """Write a value as JSON that stays inside the script it stands in, whatever text it holds."""
    return json.dumps(value).replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")


def _page(drawing: Drawing, spec: dict[str, object], name: str) -> bytes:
    zooms = "Point at the chart for figures." + (
        " Scroll on it to zoom, drag to move, double-click to go back." if "params" in spec else ""
    )
    page = _PAGE.format(
        policy=_POLICY,
        title=html.escape(drawing.title),
        hint=zooms,
        library=_library(),
        spec=in_script(spec),
        name=in_script(name),
    )
    return page.encode()


@cache
def _library() -> str:
    """Give Vega, Vega-Lite and Vega-Embed as one script, from vl-convert's own copy."""
    return str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))
