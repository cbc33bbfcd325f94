"""How much of each day there is: a calendar, a row a month, with the share written where it isn't all."""

from datetime import date
from typing import Final

import altair as alt
import polars as pl
from altair.typing import ChartType

import theme
from drawing import Drawing, Fleet, headed, joined, rows, source_line, tooltips
from findings import completeness_finding
from heliograph.formatting import count
from series import SiteSeries, day_counts, has_stopped
from theme import ChartRow
from words import day as day_words
from words import days, interval, percent

# More rows than this can't be read on one screen; the latest are kept.
MOST_MONTHS: Final = 36

_CLASSES: Final = ("all", "90 % and more", "50 to 90 %", "less than half", "none")
_LIMITS: Final = (1.0, 0.9, 0.5)
# The classes whose fill is dark, so that light figures are read on it.
_LIGHT_ON: Final = ("less than half", "none")
_STEP: Final = 28


def draw(series: SiteSeries, fleet: Fleet) -> Drawing | None:
    """Draw a cell a day. None where nobody knows how many readings a day should have."""
    found = day_counts(series, fleet.as_of)
    if found.is_empty():
        return None
    months = pl.col("day").dt.month_start()
    shown = found.filter(months.rank("dense", descending=True) <= MOST_MONTHS)
    site_id, stopped = series.site.site_id, has_stopped(series.last, fleet.as_of)
    title = f"{site_id}: {completeness_finding(shown, series.last, series.zone, stopped=stopped)}"
    values = [_row(**each) for each in shown.iter_rows(named=True)]
    chart = headed(_chart(values), title, _subtitle(series, shown, len(found), fleet))
    return Drawing(f"completeness-{site_id}", title, chart, site_id, "Completeness")


def class_of(share: float) -> str:
    """Name the class of a day by the share that is there; one reading short isn't all."""
    if not share:
        return _CLASSES[-1]
    return next((name for name, limit in zip(_CLASSES, _LIMITS, strict=False) if share >= limit), _CLASSES[3])


def _subtitle(series: SiteSeries, shown: pl.DataFrame, found: int, fleet: Fleet) -> list[str]:
    present, expected = shown.select(pl.col("present", "expected").sum()).row(0)
    cut = f"the latest {MOST_MONTHS} months" if found > len(shown) else ""
    apart = interval(series.interval_minutes or 0)
    return [
        joined(f"{days(shown['day'][0], shown['day'][-1])}, days in {series.zone.name}", cut),
        joined(
            f"{present:,} of {count(expected, 'expected reading')}, one every {apart}", "Figures: per cent of a day"
        ),
        source_line(fleet),
    ]


def _row(day: date, present: int, expected: int, share: float) -> ChartRow:
    name = class_of(share)
    # What isn't quite all or nothing doesn't read as if it were.
    short = "" if name == _CLASSES[0] else f"{min(99, max(bool(present), round(share * 100))):d}"
    return {
        "month": f"{day:%b %Y}",
        "day": day.day,
        "class": name,
        "short": short,
        "ink": theme.PAPER if name in _LIGHT_ON else theme.INK,
        "when": f"{day:%a} {day_words(day)}",
        "readings": f"{present:,} of {expected:,}",
        "share": percent(share),
    }


def _chart(values: list[ChartRow]) -> ChartType:
    months = list(dict.fromkeys(str(row["month"]) for row in values))
    x = alt.X("day:O", title="Day of the month", sort=None, scale=alt.Scale(domain=list(range(1, 32)), padding=0.06))
    y = alt.Y("month:N", title=None, sort=months, scale=alt.Scale(padding=0.06))
    base = alt.Chart(rows(values), width=theme.WIDTH, height=_STEP * len(months)).encode(
        x=x.axis(labelAngle=0, ticks=False, domain=False, grid=False), y=y.axis(grid=False)
    )
    shown = [name for name in _CLASSES if any(row["class"] == name for row in values)]
    scale = alt.Scale(domain=shown, range=[theme.COMPLETENESS[_CLASSES.index(name)] for name in shown])
    legend = alt.Legend(title="Expected readings that are there", symbolType="square")
    titles = {"when": "Day", "readings": "Readings", "share": "There"}
    cells = base.mark_rect(cornerRadius=2).encode(
        color=alt.Color("class:N", scale=scale, sort=shown, legend=legend), tooltip=tooltips(titles)
    )
    figures = base.mark_text(fontSize=10.5).encode(text="short:N", color=alt.Color("ink:N", scale=None))
    chart: alt.LayerChart = alt.layer(cells, figures).resolve_scale(color="independent")
    return chart
