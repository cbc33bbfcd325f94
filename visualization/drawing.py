"""What every figure is given and gives back, and the words and axes that they share."""

from collections.abc import Iterable
from datetime import UTC, datetime
from textwrap import wrap
from typing import Any, Final

import altair as alt
import msgspec
import polars as pl
from altair.typing import ChartType

import theme
import words
from heliograph.formatting import count
from series import SiteSeries
from zones import Zone

# A chart of more days is marked in months.
MONTHS_FROM: Final = 120
DAY_MS: Final = 86_400_000
# Midnight is written as the day it begins; in a chart of many months, the first of a month as the month, with its year.
LABEL: Final = "utcFormat(datum.value, utchours(datum.value) || utcminutes(datum.value) ? '%H:%M' : '%-d %b')"
MONTH_LABEL: Final = (
    "utcdate(datum.value) == 1 ? [utcFormat(datum.value, '%b'), "
    "datum.index == 0 || utcmonth(datum.value) == 0 ? utcFormat(datum.value, '%Y') : ''] : "
    "utcFormat(datum.value, '%-d %b')"
)
# A bar chart with more rows than this can't be read on one screen.
MOST_BARS: Final = 40
BAR_STEP: Final = 27
# What fits in one line over a chart.
_TITLE_SIGNS: Final = 92
_SUBTITLE_SIGNS: Final = 150


def time_x(field: str, title: str, ends: tuple[str, str] | None, *, months: bool, whole_days: bool) -> alt.X:
    """Return a time axis from one moment to another, both written as a UTC axis reads them.

    ends: None in a layer whose marks reach from x to x2, beside others that say it: Vega-Lite reads the ends of such a
    layer otherwise, and complains that the two differ.
    """
    step, label = (DAY_MS if whole_days else 1), (MONTH_LABEL if months else LABEL)
    axis = alt.Axis(grid=False, tickCount=10, labelExpr=label, labelOverlap=True, tickMinStep=step)
    scale = alt.Scale(type="utc") if ends is None else alt.Scale(type="utc", domain=list(ends))
    return alt.X(f"{field}:T", title=title, scale=scale, axis=axis)


class Drawing(msgspec.Struct, frozen=True):
    """One chart, ready to be saved.

    name: its file's name without a suffix. title: what it says. site_id: the one site it shows; None for the fleet.
    label: what kind of chart it is, in a word or two.
    """

    name: str
    title: str
    chart: ChartType
    site_id: str | None = None
    label: str = ""

    @property
    def anchor(self) -> str:
        """Its place in a page of several charts."""
        return "-".join(self.label.lower().split()) or "chart"


class Fleet(msgspec.Struct, frozen=True):
    """The sites to draw, and what is said under each title.

    source: the API's address. as_of: the moment up to which the sites were read: now, or the end that was asked for.
    """

    sites: tuple[SiteSeries, ...]
    source: str
    as_of: datetime

    @property
    def table(self) -> pl.DataFrame:
        """What each site's readings come to, a row a site, as `Totals` has it; net: generated minus consumed."""
        names = ("readings", "left_out", "flagged", "generated", "consumed", "covered", "net")
        found = [(site.site.site_id, *(getattr(site.totals, name) for name in names)) for site in self.sites]
        return pl.DataFrame(found, schema=["site", *names], orient="row")

    @property
    def zone(self) -> Zone:
        """The sites' time zone; UTC where they have several."""
        zones = {site.zone.name: site.zone for site in self.sites}
        return next(iter(zones.values())) if len(zones) == 1 else Zone(UTC, "UTC")


def headed(chart: ChartType, title: str, subtitle: list[str]) -> ChartType:
    """Set a chart's title and the lines under it; what is too long for a line goes on in the next."""
    lines = [line for text in subtitle if text for line in wrap(text, _SUBTITLE_SIGNS, break_long_words=False)]
    return chart.properties(title=alt.TitleParams(balanced(title, _TITLE_SIGNS), subtitle=lines))


def balanced(text: str, most: int) -> list[str]:
    """Part a text into as few lines as it takes, about alike in length, rather than leave a word to the last."""
    lines = -(-len(text) // most)
    return wrap(text, min(most, len(text) // lines + most // 8)) if lines else []


def rows(values: list[dict[str, object]]) -> alt.InlineData:
    """Hold rows as a chart's data; as they are, so no limit on their number and no pandas."""
    return alt.InlineData(values=values)


def bars_of(values: list[dict[str, Any]]) -> alt.Chart:
    """Lay out a bar chart of some rows, each of a `site`, in their order from the top."""
    y = alt.Y("site:N", sort=[each["site"] for each in values], title=None)
    base: alt.Chart = alt.Chart(rows(values), width=theme.WIDTH, height=BAR_STEP * len(values)).encode(y=y)
    return base


def range_and_source(fleet: Fleet) -> str:
    """Say which days of which time zone a fleet's chart covers, and who was asked."""
    first = min(site.days["day"][0] for site in fleet.sites)
    last = max(site.days["day"][-1] for site in fleet.sites)
    zones = {site.zone.name for site in fleet.sites}
    zone = zones.pop() if len(zones) == 1 else "each site's own time zone"
    return joined(f"{words.days(first, last)}, days in {zone}", source_line(fleet))


def source_line(fleet: Fleet) -> str:
    """Say who was asked."""
    return f"Source: Heliograph API at {fleet.source}"


def tooltips(titles: dict[str, str]) -> list[alt.Tooltip]:
    """Tell of some fields, each under its title, when a mark is pointed at."""
    return [alt.Tooltip(f"{field}:N", title=title) for field, title in titles.items()]


def left_out_note(sites: Iterable[SiteSeries]) -> str:
    """Say how many readings the sums leave out for a flag; nothing where they count all."""
    readings = sum(site.totals.left_out for site in sites)
    return f"{count(readings, 'flagged reading')} left out of the sums" if readings else ""


def joined(*notes: str) -> str:
    """Put notes in one line; empty ones fall away."""
    return "  ·  ".join(note for note in notes if note)


def hidden(total: int, shown: int, which: str) -> str:
    """Say that a chart shows a part of the sites only; nothing where it shows all."""
    return f"Shown: the {shown} sites {which}; {total - shown:,} more are left out" if total > shown else ""
