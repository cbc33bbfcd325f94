"""What every figure is given and gives back, and the words they share."""

from collections.abc import Iterable
from typing import Final

import altair as alt
import msgspec
from altair.typing import ChartType

import words
from series import SiteSeries

# A bar chart with more rows than this can't be read on one screen.
MOST_BARS: Final = 40
BAR_STEP: Final = 27


class Drawing(msgspec.Struct, frozen=True):
    """One chart, ready to be saved.

    name: its file's name without a suffix. title: what it says. site_id: the one site it shows; None for the fleet.
    """

    name: str
    title: str
    chart: ChartType
    site_id: str | None = None


class Fleet(msgspec.Struct, frozen=True):
    """The sites to draw, and what is said under each title.

    source: the API's address.
    """

    sites: tuple[SiteSeries, ...]
    source: str


def headed(chart: ChartType, title: str, subtitle: list[str]) -> ChartType:
    """Set a chart's title and the lines under it."""
    return chart.properties(title=alt.TitleParams(title, subtitle=subtitle))


def rows(values: list[dict[str, object]]) -> alt.InlineData:
    """Hold rows as a chart's data; as they are, so no limit on their number and no pandas."""
    return alt.InlineData(values=values)


def range_and_source(fleet: Fleet) -> str:
    """Say which days of which time zone a fleet's chart covers, and who was asked."""
    first = min(site.days[0].date for site in fleet.sites)
    last = max(site.days[-1].date for site in fleet.sites)
    zones = {site.zone.name for site in fleet.sites}
    zone = zones.pop() if len(zones) == 1 else "each site's own time zone"
    return f"{words.days(first, last)}, days in {zone}  ·  Source: Heliograph API at {fleet.source}"


def left_out_note(sites: Iterable[SiteSeries]) -> str:
    """Say how many readings the sums leave out for a flag; nothing where they count all."""
    readings = sum(site.totals.left_out for site in sites)
    return f"{words.count(readings, 'flagged reading')} left out of the sums" if readings else ""


def joined(*notes: str) -> str:
    """Put notes in one line; empty ones fall away."""
    return "  ·  ".join(note for note in notes if note)


def hidden(total: int, shown: int, which: str) -> str:
    """Say that a chart shows a part of the sites only; nothing where it shows all."""
    return f"Shown: the {shown} sites {which}; {total - shown:,} more are left out" if total > shown else ""
