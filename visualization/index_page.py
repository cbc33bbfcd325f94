"""The page that links all charts of one run: the fleet in figures, then each site with its state and thumbnails."""

from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import msgspec

from drawing import Fleet, range_and_source
from errors import ChartsError
from overview import SiteCard, fleet_figures, site_card, state_of, urgency
from pages import filled
from picture import THUMB_WIDTH
from save import THUMBS, Saved
from words import clock


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
    """Write `index.html` beside the charts: the fleet's first, then each site's, those in trouble before the others.

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
        as_of=_as_of(fleet.as_of, fleet),
        figures=fleet_figures(fleet),
        fleet=[_link(chart) for chart in by_site.get(None, [])],
        parts=[
            ("alerting", "Sites with an open incident", cards[: len(cards) - fine]),
            ("fine", "Sites without an open incident", cards[len(cards) - fine :]),
        ],
        thumb_width=THUMB_WIDTH,
    )


def _as_of(moment: datetime, fleet: Fleet) -> str:
    return f"{clock(moment.astimezone(fleet.zone.info))} in {fleet.zone.name}"


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
