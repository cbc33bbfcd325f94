"""The page that links all charts of one run."""

import html
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from urllib.parse import quote

from errors import ChartsError
from save import Saved

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' file:"

_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>Heliograph charts</title>
<style>
body {{ margin: 0 auto; max-width: 1240px; padding: 24px; color: #1f2933; background: #f5f7fa;
  font: 15px/1.5 "Segoe UI", "Helvetica Neue", Arial, sans-serif; }}
h1 {{ margin: 0; font-size: 26px; }}
h2 {{ margin: 32px 0 12px; font-size: 18px; }}
p {{ margin: 4px 0; color: #616e7c; }}
ul {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(min(380px, 100%), 1fr)); gap: 16px; margin: 0;
  padding: 0; list-style: none; }}
li {{ padding: 14px; border: 1px solid #e4e7eb; border-radius: 8px; background: #fff; }}
a {{ color: #1f2933; font-weight: 600; text-decoration: none; }}
a:hover, a:focus {{ color: #0072b2; text-decoration: underline; }}
img {{ display: block; width: 100%; height: auto; margin-top: 10px; }}
</style>
</head>
<body>
<h1>Heliograph charts</h1>
<p>{subtitle}</p>
{sections}
</body>
</html>
"""


def write_index(folder: Path, saved: list[Saved], subtitle: str) -> Path:
    """Write `index.html` beside the charts: the fleet's first, then each site's.

    Raises:
        ChartsError: the folder can't be written.
    """
    fleet = [chart for chart in saved if chart.drawing.site_id is None]
    sites = [chart for chart in saved if chart.drawing.site_id is not None]
    sections = "\n".join([_section("The fleet", fleet), _section("Site by site", sites)])
    path = folder / "index.html"
    try:
        path.write_text(
            _PAGE.format(policy=_POLICY, subtitle=html.escape(subtitle), sections=sections), encoding="utf-8"
        )
    except OSError as error:
        raise ChartsError(f"{path} can't be written: {error.strerror or error}") from error
    return path


def _section(title: str, saved: Iterable[Saved]) -> str:
    cards = "\n".join(_card(chart) for chart in saved)
    return f"<h2>{html.escape(title)}</h2>\n<ul>\n{cards}\n</ul>" if cards else ""


def _card(chart: Saved) -> str:
    """Give one chart's title, linked to its page, over its picture where there is one."""
    first = next(iter(chart.files.values()))
    target, title = _address(chart.files.get("html", first)), html.escape(chart.drawing.title)
    picture = chart.files.get("png")
    image = "" if picture is None else f'<img src="{_address(picture)}" alt="" loading="lazy">'
    return f'<li><a href="{target}">{title}{image}</a></li>'


def _address(path: Path) -> str:
    return html.escape(quote(path.name))
