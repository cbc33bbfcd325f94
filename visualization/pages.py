"""Pages that need nothing from outside: one a group of charts, and the index that links them all.

Templates escape all that is put into them. The index has the fleet in figures, then each site with its state and
thumbnails. Pictures are drawn without a browser.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final, Literal
from urllib.parse import quote

import msgspec
import polars as pl
import vl_convert
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from drawing import Drawing, Fleet, range_and_source
from findings import energy_finding
from heliograph.formatting import count
from picture import THUMB_WIDTH, picture_of, svg_of, thumbnails
from series import SiteSeries, day_counts, has_stopped
from severity import gravity, severity_of
from theme import DARK
from words import clock, energy, moment, percent
from zones import ChartsError

_HERE: Final = Path(__file__).resolve().parent / "templates"
Spec = dict[str, object]
OutputFormat = Literal["html", "png"]
THUMBS: Final = "thumbs"
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME: Final = 120
CardState = Literal["critical", "warning", "info", "not_reporting", "fine"]
NO_DATA: Final = "no_data"
_MARKS: Final[dict[CardState, str]] = {
    "critical": "\N{BLACK UP-POINTING TRIANGLE}",
    "warning": "\N{BLACK DIAMOND}",
    "info": "\N{BLACK CIRCLE}",
    "not_reporting": "\N{CIRCLED TIMES}",
    "fine": "\N{CHECK MARK}",
}


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


class Saved(msgspec.Struct, frozen=True):
    """A drawing's words and the files it is in.

    page: the page that has it, with others of its group; picture: the PNG; thumbs: a light and a dark one. None where
    that wasn't asked for. anchor: where in the page it is.
    """

    label: str
    title: str
    site_id: str | None
    anchor: str
    page: Path | None = None
    picture: Path | None = None
    thumbs: tuple[Path, Path] | None = None

    @property
    def files(self) -> list[Path]:
        """The files a person opens."""
        return [path for path in (self.page, self.picture) if path is not None]


class Folder(msgspec.Struct):
    """Where charts are saved, in which formats. taken: the names used so far, in lower case."""

    path: Path
    formats: tuple[OutputFormat, ...]
    taken: set[str] = msgspec.field(default_factory=lambda: {"index", THUMBS})


def save_group(group: Group, drawings: Sequence[Drawing], folder: Folder) -> list[Saved]:
    """Write some drawings: each as a picture with its thumbnails, and all of them as one page.

    Raises:
        ChartsError: the folder can't be written.
    """
    specs = [drawing.chart.to_dict(validate=False) for drawing in drawings]
    names = [file_name(drawing.name, folder.taken) for drawing in drawings]
    page = folder.path / f"{file_name(group.name, folder.taken)}.html" if "html" in folder.formats else None
    try:
        folder.path.mkdir(parents=True, exist_ok=True)
        if page is not None:
            page.write_text(chart_page(group, drawings, specs), encoding="utf-8")
        return [
            _saved(drawing, name, spec, folder, page)
            for drawing, name, spec in zip(drawings, names, specs, strict=True)
        ]
    except OSError as error:
        raise ChartsError(f"the charts can't be written to {folder.path}: {error.strerror or error}") from error


def _saved(drawing: Drawing, name: str, spec: Spec, folder: Folder, page: Path | None) -> Saved:
    words = Saved(drawing.label, drawing.title, drawing.site_id, drawing.anchor, page)
    if "png" not in folder.formats:
        return words
    svg = svg_of(spec)
    whole, small = folder.path / f"{name}.png", thumbnails(svg)
    thumbs = folder.path / THUMBS / f"{name}.png", folder.path / THUMBS / f"{name}-dark.png"
    thumbs[0].parent.mkdir(exist_ok=True)
    _write(((whole, picture_of(svg)), (thumbs[0], small.light), (thumbs[1], small.dark)))
    return msgspec.structs.replace(words, picture=whole, thumbs=thumbs)


def _write(files: Iterable[tuple[Path, bytes]]) -> None:
    for path, content in files:
        path.write_bytes(content)


def file_name(name: str, taken: set[str]) -> str:
    """Return a name any file system takes and no other chart has, upper case or lower, and add it to `taken`."""
    safe = _UNSAFE.sub("_", name)[:_LONGEST_NAME].lstrip(".") or "chart"
    if safe != name or safe.lower() in taken:
        safe = f"{safe}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    taken.add(safe.lower())
    return safe


class Figure(msgspec.Struct, frozen=True):
    """One key figure, in words."""

    name: str
    value: str


class SiteCard(msgspec.Struct, frozen=True):
    """One site as the overview shows it. state: the gravest of what is open; mark: its sign; status: in words."""

    site_id: str
    kind: str
    state: CardState
    mark: str
    status: str
    finding: str
    last: str
    figures: tuple[Figure, ...]


def fleet_figures(fleet: Fleet) -> tuple[Figure, ...]:
    """Return the fleet's key figures."""
    totals = [site.totals for site in fleet.sites]
    readings, flagged = sum(each.readings for each in totals), sum(each.flagged for each in totals)
    opened = [site for site in fleet.sites if any(each.is_open for each in site.incidents)]
    return (
        Figure("Sites", f"{len(fleet.sites):,}"),
        Figure("With an open incident", f"{len(opened):,}"),
        Figure("Readings", f"{readings:,}"),
        Figure("There of those expected", _completeness(fleet.sites, fleet.as_of)),
        Figure("Flagged", f"{flagged:,} ({percent(flagged / readings)})"),
        Figure("Generated", energy(sum(each.generated for each in totals))),
        Figure("Consumed", energy(sum(each.consumed for each in totals))),
    )


def site_card(series: SiteSeries, fleet: Fleet) -> SiteCard:
    """Describe one site."""
    totals, state = series.totals, state_of(series)
    flagged = percent(totals.flagged / totals.readings)
    return SiteCard(
        site_id=series.site.site_id,
        kind=series.site.kind or "site",
        state=state,
        mark=_MARKS[state],
        status=_status(series, state),
        finding=_finding(series, fleet.as_of),
        last=f"{clock(series.last.astimezone(series.zone.info))} in {series.zone.name}",
        figures=(
            Figure("Generated", energy(totals.generated)),
            Figure("Consumed", energy(totals.consumed)),
            Figure("Readings there", _completeness((series,), fleet.as_of)),
            Figure("Flagged", f"{totals.flagged:,} ({flagged})"),
        ),
    )


def state_of(series: SiteSeries) -> CardState:
    """Name what is gravest of a site's open incidents; silence before all else, as nothing more can be seen then."""
    opened = [each for each in series.incidents if each.is_open]
    if any(each.rule == NO_DATA for each in opened):
        return "not_reporting"
    return severity_of(max(opened, key=gravity)) if opened else "fine"


def urgency(series: SiteSeries) -> tuple[int, int, str]:
    """Order sites: those with the gravest open incidents first, of equals the one with most, then by name."""
    opened = [each for each in series.incidents if each.is_open]
    return -max((gravity(each) for each in opened), default=-1), -len(opened), series.site.site_id


def _status(series: SiteSeries, state: CardState) -> str:
    opened = [each for each in series.incidents if each.is_open]
    if not opened:
        return "No open incident"
    rules = ", ".join(sorted({each.rule for each in opened}))
    worst = "not_reporting" if state == "not_reporting" else state
    return f"{worst.capitalize()}: {count(len(opened), 'open incident')} ({rules})"


def _finding(series: SiteSeries, as_of: datetime) -> str:
    found = energy_finding(series, "Its readings are sound")
    if not has_stopped(series.last, as_of):
        return found
    return f"Nothing since {moment(series.last.astimezone(series.zone.info), year=True)}. {found}"


def _completeness(sites: tuple[SiteSeries, ...], as_of: datetime) -> str:
    counts = pl.concat([day_counts(site, as_of) for site in sites])
    present, expected = counts.select((pl.col("share") * pl.col("expected")).sum(), pl.col("expected").sum()).row(0)
    return percent(present / expected) if expected else "unknown"


class _Link(msgspec.Struct, frozen=True):
    """One chart as the template takes it. thumbs: addresses of a light and a dark one."""

    label: str
    title: str
    target: str
    thumbs: tuple[str, str] | None


class _Card(msgspec.Struct, frozen=True):
    """One site and its charts."""

    site: SiteCard
    target: str
    links: list[_Link]


def write_index(folder: Path, saved: list[Saved], fleet: Fleet) -> Path:
    """Write `index.html` beside the charts: the fleet's, then each site's, those with open incidents first.

    Raises:
        ChartsError: the folder can't be written.
    """
    path = folder / "index.html"
    try:
        path.write_text(index_page(saved, fleet), encoding="utf-8")
    except OSError as error:
        raise ChartsError(f"{path} can't be written: {error.strerror or error}") from error
    return path


def index_page(saved: list[Saved], fleet: Fleet) -> str:
    """Return the page's text."""
    by_site: dict[str | None, list[Saved]] = {}
    for chart in saved:
        by_site.setdefault(chart.site_id, []).append(chart)
    ordered = [site for site in sorted(fleet.sites, key=urgency) if site.site.site_id in by_site]
    cards = [_card(site_card(site, fleet), by_site[site.site.site_id]) for site in ordered]
    fine = sum(state_of(site) == "fine" for site in ordered)
    return filled(
        "index.html",
        subtitle=range_and_source(fleet),
        as_of=f"{clock(fleet.as_of.astimezone(fleet.zone.info))} in {fleet.zone.name}",
        figures=fleet_figures(fleet),
        fleet=[_link(chart) for chart in by_site.get(None, [])],
        parts=[
            ("alerting", "Sites with an open incident", cards[: len(cards) - fine]),
            ("fine", "Sites without an open incident", cards[len(cards) - fine :]),
        ],
        thumb_width=THUMB_WIDTH,
    )


def _card(site: SiteCard, charts: list[Saved]) -> _Card:
    links = [_link(chart) for chart in charts]
    return _Card(site, links[0].target.partition("#")[0], links)


def _link(chart: Saved) -> _Link:
    target = f"{_address(chart.page)}#{chart.anchor}" if chart.page else _address(chart.picture or Path())
    thumbs = None
    if chart.thumbs is not None:
        light, dark = (f"{THUMBS}/{_address(path)}" for path in chart.thumbs)
        thumbs = light, dark
    return _Link(chart.label, chart.title, target, thumbs)


def _address(path: Path) -> str:
    return quote(path.name)
