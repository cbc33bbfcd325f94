"""The fleet and each of its sites in a few figures, for the page that links all charts."""

from datetime import datetime
from typing import Final, Literal

import msgspec
import polars as pl

from drawing import Fleet
from findings import energy_finding
from gaps import day_counts, has_stopped
from heliograph.formatting import count
from series import SiteSeries
from severity import gravity, severity_of
from words import clock, energy, moment, percent

CardState = Literal["critical", "warning", "info", "not_reporting", "fine"]

NO_DATA: Final = "no_data"

_MARKS: Final[dict[CardState, str]] = {
    "critical": "\N{BLACK UP-POINTING TRIANGLE}",
    "warning": "\N{BLACK DIAMOND}",
    "info": "\N{BLACK CIRCLE}",
    "not_reporting": "\N{CIRCLED TIMES}",
    "fine": "\N{CHECK MARK}",
}


class Figure(msgspec.Struct, frozen=True):
    """One key figure, in words."""

    name: str
    value: str


class SiteCard(msgspec.Struct, frozen=True):
    """One site as the overview tells of it. state: the gravest of what is open; mark: its sign; told: in words."""

    site_id: str
    kind: str
    state: CardState
    mark: str
    told: str
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
        told=_told(series, state),
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


def _told(series: SiteSeries, state: CardState) -> str:
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
